"""Want a flag, and make it stand: the ledger says what should be, the register is made to agree, once.

1. The ledger's row is written with the decision that wants it; its key is the same for ever.
2. Each attempt is on record before it leaves the house.
3. The register looks, writes if it must, and reads back; a lost answer is "unproven", and looked up the next time.
4. The row says "verified", and the people whose flag it is reach their end state, in one transaction, last.

While the register is asked, a person may want otherwise. So the row is read again in the transaction before the call
and in the one after it: nothing leaves that is not wanted any more, and no answer to what was wanted hides what is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import assert_never
from uuid import UUID

from sqlalchemy import RowMapping, func, insert, select, update

from integration.domain.audit import Action
from integration.domain.flag import (
    Differs,
    Flag,
    FlagStatus,
    OppositeFlag,
    PatientDisagrees,
    Placed,
    PlaceResult,
    Unproven,
    flag_key,
    review_on,
)
from integration.domain.people import Patient, Role
from integration.domain.progress import SubjectState
from integration.errors import ConfigurationError, Unavailable
from integration.storage.database import Change, instant, new_id
from integration.storage.records import get, move_subject
from integration.storage.tables import flag_grounds, flags, subjects
from integration.workflow.backoff import seconds_until_attempt
from integration.workflow.deployment import Deployment

OWED, UNPROVEN, VERIFIED, HELD = "owed", "unproven", "verified", "held"
LATE_ARRIVAL = timedelta(minutes=15)  # for so long may a write whose answer was lost still arrive
MAY_ARRIVE = "its placing was never answered and may still arrive; it is looked for again"
NOT_IN_INDEX = "the patient is no longer in the index"
OPPOSITE_ON_RECORD = "the record carries a flag of the opposite role"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The ledger wants this flag; `new` if nothing wanted it before."""

    flag_id: str
    new: bool


@dataclass(frozen=True, slots=True)
class OppositeInLedger:
    """The patient has an active flag of the opposite role: a person decides (rule 12)."""


@dataclass(frozen=True, slots=True)
class EndedBefore:
    """The last flag of this patient and role was ended: never revived without a person."""


@dataclass(frozen=True, slots=True)
class HeldInLedger:
    """The flag of this patient and role waits for a person; so does everybody whose flag it would be."""

    reason: str


def want_flag(
    deployment: Deployment,
    change: Change,
    subject_id: str,
    patient: str,
    role: Role,
    meeting_date: str,
    *,
    by_person: bool = False,
    beside_opposite: bool = False,
) -> Wanted | OppositeInLedger | EndedBefore | HeldInLedger:
    """Make sure that the ledger wants a flag for this ground; the same person again renews it, not doubles it.

    `by_person`: somebody has said who this is; `beside_opposite`: and has done so with an opposite flag in view.
    """
    if role.opposite is not None and not beside_opposite and _active(deployment, change, patient, role.opposite):
        return OppositeInLedger()
    last = _last(deployment, change, patient, role)
    if last is not None and last["status"] == FlagStatus.ACTIVE.value:
        if last["state"] == HELD and not by_person:
            return HeldInLedger(last["reason"])
        _add_ground(change, last["flag_id"], subject_id, meeting_date)
        _renew(deployment, change, last, meeting_date, beside_opposite=beside_opposite)
        return Wanted(last["flag_id"], new=False)
    if last is not None and not by_person:
        return EndedBefore()
    generation = 1 if last is None else last["generation"] + 1
    flag_id = _new_flag(
        deployment, change, subject_id, patient, role, generation, meeting_date, beside_opposite=beside_opposite
    )
    return Wanted(flag_id, new=True)


def _active(deployment: Deployment, change: Change, patient: str, role: Role) -> bool:
    last = _last(deployment, change, patient, role)
    return last is not None and last["status"] == FlagStatus.ACTIVE.value


def _last(deployment: Deployment, change: Change, patient: str, role: Role) -> RowMapping | None:
    statement = (
        select(flags)
        .where(flags.c.register == deployment.register_name, flags.c.patient == patient, flags.c.role == role.value)
        .order_by(flags.c.generation.desc())
        .limit(1)
    )
    return change.connection.execute(statement).mappings().one_or_none()


def _new_flag(
    deployment: Deployment,
    change: Change,
    subject_id: str,
    patient: str,
    role: Role,
    generation: int,
    meeting_date: str,
    *,
    beside_opposite: bool,
) -> str:
    flag_id = new_id()
    key = flag_key(
        deployment.secrets.flag_secret,
        trust=deployment.trust,
        register=deployment.register_name,
        patient=patient,
        role=role,
        generation=generation,
    )
    values = {
        "flag_id": flag_id,
        "key": str(key),
        "register": deployment.register_name,
        "patient": patient,
        "role": role.value,
        "generation": generation,
        "status": FlagStatus.ACTIVE.value,
        "start": deployment.today().isoformat(),
        "review_on": _review_on(deployment, meeting_date),
        "state": OWED,
        "beside_opposite": beside_opposite,
        "due_at": change.now,
    }
    change.connection.execute(insert(flags).values(**values))
    _add_ground(change, flag_id, subject_id, meeting_date)
    change.also(deployment.event(Action.FLAG_WANTED, "flag", flag_id, role=role.value, generation=generation))
    return flag_id


def _add_ground(change: Change, flag_id: str, subject_id: str, meeting_date: str) -> None:
    same = (flag_grounds.c.flag_id == flag_id) & (flag_grounds.c.subject_id == subject_id)
    if change.connection.execute(select(flag_grounds.c.flag_id).where(same)).first() is not None:
        values = {"meeting_date": meeting_date, "lost_at": None}
        change.connection.execute(update(flag_grounds).where(same).values(**values))
        return
    row = {"flag_id": flag_id, "subject_id": subject_id, "meeting_date": meeting_date}
    change.connection.execute(insert(flag_grounds).values(**row))


def _renew(
    deployment: Deployment, change: Change, flag: RowMapping, meeting_date: str, *, beside_opposite: bool
) -> None:
    """A repeat puts the review off (rule 10), and the register is asked whether the flag still stands."""
    later = max(flag["review_on"], _review_on(deployment, meeting_date))
    values: dict[str, object] = {"review_on": later, "beside_opposite": flag["beside_opposite"] or beside_opposite}
    if flag["state"] in (VERIFIED, HELD):
        values |= {"state": OWED, "due_at": change.now}
    change.connection.execute(update(flags).where(flags.c.flag_id == flag["flag_id"]).values(**values))
    change.also(deployment.event(Action.FLAG_RENEWED, "flag", flag["flag_id"], review_on=later))


def _review_on(deployment: Deployment, meeting_date: str) -> str:
    return review_on(date.fromisoformat(meeting_date), deployment.rules.review_after_months).isoformat()


def recount_review(deployment: Deployment, change: Change, flag_id: str) -> bool:
    """Count the review from the last meeting that the flag still rests on; False if it rests on none."""
    live = (flag_grounds.c.flag_id == flag_id) & flag_grounds.c.lost_at.is_(None)
    last = change.connection.execute(select(func.max(flag_grounds.c.meeting_date)).where(live)).scalar()
    if last is None:
        return False
    due = _review_on(deployment, last)
    change.connection.execute(update(flags).where(flags.c.flag_id == flag_id).values(review_on=due))
    return True


def place_flag(deployment: Deployment, flag_id: str) -> None:
    """Make the register agree with one row of the ledger. Safe to repeat; raises `Unavailable`."""
    with deployment.database.reading() as connection:
        read = get(connection, flags, flag_id)
    if read["state"] not in (OWED, UNPROVEN):
        return None
    if read["register"] != deployment.register_name:
        raise ConfigurationError(f"flags.kind: the flag belongs to the register {read['register']}, and to no other")
    patient = deployment.index.patient(read["patient"])
    if patient is None and read["status"] == FlagStatus.ACTIVE.value:
        return _hold(deployment, read, NOT_IN_INDEX)
    patient = patient or Patient(read["patient"])  # what is over ends where it stands, whoever is known by now
    row = _record_attempt(deployment, read)
    if row is None:
        return None  # a person was faster: what they want is due by itself
    flag = flag_of(row)
    try:
        result = _ask(deployment, flag, patient, beside_opposite=row["beside_opposite"])
    except Unavailable as failure:
        _put_off(deployment, row, f"{failure.phase}: {failure.reason}", unanswered_since=row["unanswered_since"])
        raise
    return _conclude(deployment, row, result)


def flag_of(row: RowMapping) -> Flag:
    """A row of the ledger as the flag that should stand."""
    end = date.fromisoformat(row["end"]) if row["end"] else None
    status = FlagStatus(row["status"])
    return Flag(UUID(row["key"]), row["patient"], Role(row["role"]), status, date.fromisoformat(row["start"]), end)


def _ask(deployment: Deployment, flag: Flag, patient: Patient, *, beside_opposite: bool) -> PlaceResult:
    if flag.status is FlagStatus.ACTIVE:
        return deployment.register.place(flag, patient, beside_opposite=beside_opposite)
    return deployment.register.change(flag, patient)


def _record_attempt(deployment: Deployment, read: RowMapping) -> RowMapping | None:
    """The row as it is just before the call, its attempt on record; None if what was read is not wanted any more."""
    with deployment.database.change() as change:
        row = get(change.connection, flags, read["flag_id"])
        if (row["status"], row["state"]) != (read["status"], read["state"]):
            return None
        # due again later: should we be killed before the answer is on record, the next attempt looks first
        values: dict[str, object] = {"attempts": row["attempts"] + 1, "due_at": change.now}
        if row["status"] == FlagStatus.ACTIVE.value:
            values["unanswered_since"] = change.now
        change.connection.execute(update(flags).where(flags.c.flag_id == row["flag_id"]).values(**values))
        attempt = row["attempts"] + 1
        change.also(deployment.event(Action.FLAG_ATTEMPTED, "flag", row["flag_id"], attempt=attempt))
    return row


def _record_answer(change: Change, row: RowMapping, values: Mapping[str, object]) -> bool:
    """Put an answer on record; False if somebody has wanted otherwise since `row` was sent: that is owed at once."""
    now = get(change.connection, flags, row["flag_id"])
    same = (now["status"], now["beside_opposite"]) == (row["status"], row["beside_opposite"])
    if not same and now["attempts"] == 0:
        return False  # nothing was ever sent, so nothing is owed
    if not same:
        about_the_register = {"server_id", "server_version", "unanswered_since"}
        values = {name: value for name, value in values.items() if name in about_the_register}
        values |= {"state": OWED, "due_at": change.now}
    change.connection.execute(update(flags).where(flags.c.flag_id == row["flag_id"]).values(**values))
    return same


def _put_off(deployment: Deployment, row: RowMapping, reason: str, state: str | None = None, **values: object) -> None:
    due = instant(deployment.in_(seconds_until_attempt(row["attempts"] + 1)))
    event = deployment.event(Action.WORK_FAILED, "flag", row["flag_id"], step="place", reason=reason)
    with deployment.database.change(event) as change:
        _record_answer(change, row, {"due_at": due, "reason": reason, "state": state or row["state"]} | values)


def _conclude(deployment: Deployment, row: RowMapping, result: PlaceResult) -> None:
    before = row["unanswered_since"]  # whatever the register says now, what was lost before may still arrive
    match result:
        case Placed():
            _verified(deployment, row, result)
        case Unproven(reason=reason):
            _put_off(deployment, row, reason, UNPROVEN)
        case PatientDisagrees(reason=reason):
            _hold(deployment, row, f"the record system's patient does not agree: {reason}", unanswered_since=before)
        case OppositeFlag():
            _hold(deployment, row, OPPOSITE_ON_RECORD, unanswered_since=before)
        case Differs(server_id="") if row["status"] != FlagStatus.ACTIVE.value and row["server_id"] is None:
            _not_there(deployment, row)
        case Differs(fields=fields):
            reason = f"the register holds it otherwise: {', '.join(fields)}"
            _hold(deployment, row, reason, unanswered_since=before)
        case _:
            assert_never(result)


def _verified(deployment: Deployment, row: RowMapping, placed: Placed) -> None:
    event = deployment.event(Action.FLAG_VERIFIED, "flag", row["flag_id"], status=row["status"], already=placed.already)
    with deployment.database.change(event) as change:
        values = {
            "state": VERIFIED,
            "server_id": placed.server_id,
            "server_version": placed.version,
            "verified_at": change.now,
            "unanswered_since": None,
            "due_at": None,
            "reason": None,
        }
        if not _record_answer(change, row, values):
            return
        for subject, first in people_waiting_for(change, row):
            then = SubjectState.FLAGGED if first else SubjectState.ALREADY_FLAGGED
            settled = deployment.event(Action.SUBJECT_SETTLED, "subject", subject["subject_id"], state=then.value)
            move_subject(change, subject, then, settled)  # the last line: only now is the person flagged


def _not_there(deployment: Deployment, row: RowMapping) -> None:
    """The flag is over and the register does not hold it: all is as it should be, unless it may still arrive."""
    since = row["unanswered_since"]
    if since is not None and deployment.clock() < datetime.fromisoformat(since) + LATE_ARRIVAL:
        return _put_off(deployment, row, MAY_ARRIVE)
    event = deployment.event(Action.FLAG_VERIFIED, "flag", row["flag_id"], status=row["status"], stood=False)
    with deployment.database.change(event) as change:
        _record_answer(change, row, {"state": VERIFIED, "unanswered_since": None, "due_at": None, "reason": None})
    return None


def people_waiting_for(change: Change, flag: RowMapping) -> list[tuple[RowMapping, bool]]:
    """The people whose flag this is and who wait for it; True for the one whose case it was first placed for."""
    statement = (
        select(subjects)
        .join(flag_grounds, flag_grounds.c.subject_id == subjects.c.subject_id)
        .where(flag_grounds.c.flag_id == flag["flag_id"], flag_grounds.c.lost_at.is_(None))
        .where(subjects.c.state == SubjectState.MATCHED.value)
    )
    stood = flag["verified_at"] is not None
    waiting = list(change.connection.execute(statement).mappings())
    return [(row, number == 0 and not stood) for number, row in enumerate(waiting)]


def _hold(deployment: Deployment, row: RowMapping, reason: str, **values: object) -> None:
    """Nothing was written and a person has to look: the flag waits, and so do the people whose flag it is."""
    with deployment.database.change() as change:
        if not _record_answer(change, row, {"state": HELD, "reason": reason, "due_at": None} | values):
            return
        change.also(deployment.event(Action.FLAG_HELD, "flag", row["flag_id"], reason=reason))
        for subject, _ in people_waiting_for(change, row):
            then = SubjectState.UNDER_REVIEW
            settled = deployment.event(Action.SUBJECT_SETTLED, "subject", subject["subject_id"], state=then.value)
            move_subject(change, subject, then, settled, review_why=[reason])
