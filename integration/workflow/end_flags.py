"""End a flag, take back a wrong one, and ask the register whether ours still stand (rule 11). Never a deletion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import RowMapping, func, select, update

from integration.domain.audit import Action
from integration.domain.flag import Differs, FlagStatus, Missing, Placed
from integration.domain.people import Patient
from integration.domain.progress import ListState, SubjectState
from integration.errors import ConfigurationError, UsageError
from integration.storage.database import Change
from integration.storage.records import get, move_subject
from integration.storage.tables import cases, flag_grounds, flags, lists, subjects
from integration.workflow.deployment import Deployment
from integration.workflow.raise_flags import HELD, OWED, VERIFIED, flag_of, people_waiting_for
from integration.workflow.reasons import keep_reason

TAKEN_BACK = "its flag was taken back as wrong"
ENDED_MEANWHILE = "its flag was ended before it stood for this case"


def want_ended(deployment: Deployment, change: Change, flag: RowMapping, status: FlagStatus) -> None:
    """Write in the ledger that a flag is over; one that never reached the register needs no call to end it.

    An end that the register did not take is owed once more; what was wrong stays wrong.
    """
    if _is_over(flag):
        return
    if flag["status"] == FlagStatus.ENTERED_IN_ERROR.value:
        status = FlagStatus.ENTERED_IN_ERROR
    never_sent = flag["attempts"] == 0
    values: dict[str, object] = {
        "status": status.value,
        "end": flag["end"] or max(deployment.today().isoformat(), flag["start"]),
        "state": VERIFIED if never_sent else OWED,
        "due_at": None if never_sent else change.now,
        "reason": None,
    }
    change.connection.execute(update(flags).where(flags.c.flag_id == flag["flag_id"]).values(**values))
    change.also(deployment.event(Action.FLAG_ENDED, "flag", flag["flag_id"], status=status.value, sent=not never_sent))


def end_flag(deployment: Deployment, flag_id: str, reason: str) -> None:
    """A person agrees that a flag's time is over: status inactive. Whoever still waits for it is put to a person."""
    _check_reason(reason)
    with deployment.database.change() as change:
        flag = get(change.connection, flags, flag_id)
        _check_not_over(flag)
        want_ended(deployment, change, flag, FlagStatus.INACTIVE)
        keep_reason(deployment, change, Action.FLAG_ENDED, flag_id, reason)
        for subject, _ in people_waiting_for(change, flag):
            then = SubjectState.UNDER_REVIEW
            event = deployment.event(Action.SUBJECT_SETTLED, "subject", subject["subject_id"], state=then.value)
            move_subject(change, subject, then, event, review_why=[ENDED_MEANWHILE])


def take_back_flag(deployment: Deployment, flag_id: str, reason: str) -> int:
    """A person says that a flag is wrong: status entered-in-error, and its people of open lists wait again.

    Returns how many people wait again.
    """
    _check_reason(reason)
    with deployment.database.change() as change:
        flag = get(change.connection, flags, flag_id)
        _check_not_over(flag)
        grounds = flag_grounds.c.flag_id == flag_id
        change.connection.execute(update(flag_grounds).where(grounds).values(lost_at=change.now))
        want_ended(deployment, change, flag, FlagStatus.ENTERED_IN_ERROR)
        keep_reason(deployment, change, Action.FLAG_ENDED, flag_id, reason)
        people = _people_of_open_lists(change, flag_id)
        for subject in people:
            event = deployment.event(Action.REVIEW_UNDONE, "subject", subject["subject_id"], flag=flag_id)
            values = {"patient": None, "flag_id": None, "review_why": [TAKEN_BACK]}
            move_subject(change, subject, SubjectState.UNDER_REVIEW, event, **values)
    return len(people)


def _people_of_open_lists(change: Change, flag_id: str) -> list[RowMapping]:
    settled = (SubjectState.FLAGGED.value, SubjectState.ALREADY_FLAGGED.value, SubjectState.MATCHED.value)
    statement = (
        select(subjects)
        .join(cases, subjects.c.case_id == cases.c.case_id)
        .join(lists, cases.c.list_id == lists.c.list_id)
        .where(subjects.c.flag_id == flag_id, subjects.c.state.in_(settled), lists.c.state != ListState.CLOSED.value)
    )
    return list(change.connection.execute(statement).mappings())


def _is_over(flag: RowMapping) -> bool:
    """Whether it has ended and nothing stands against it: an end that is held may be asked for again."""
    return bool(flag["status"] != FlagStatus.ACTIVE.value and flag["state"] != HELD)


def _check_not_over(flag: RowMapping) -> None:
    if _is_over(flag):
        raise UsageError("this flag has ended already")


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise UsageError("a reason is needed (--reason)")


@dataclass(frozen=True, slots=True)
class FlagRow:
    """One row of the ledger, as people see it: ids and states, no name."""

    flag_id: str
    patient: str
    role: str
    status: str
    state: str
    start: str
    review_on: str
    grounds: int
    reason: str | None

    def is_due_for_review(self, today: date) -> bool:
        return self.status == FlagStatus.ACTIVE.value and self.review_on <= today.isoformat()


def ledger(deployment: Deployment) -> list[FlagRow]:
    """Every flag that we ever wanted, the newest first."""
    grounds = (
        select(func.count())
        .where(flag_grounds.c.flag_id == flags.c.flag_id, flag_grounds.c.lost_at.is_(None))
        .scalar_subquery()
    )
    statement = select(flags, grounds.label("grounds")).order_by(flags.c.start.desc(), flags.c.flag_id)
    names = FlagRow.__dataclass_fields__
    with deployment.database.reading() as connection:
        return [FlagRow(**{n: row[n] for n in names}) for row in connection.execute(statement).mappings()]


def flags_left_elsewhere(deployment: Deployment) -> str | None:
    """What still stands or is owed in a register other than the configured one, and what to do; None if nothing."""
    statement = (
        select(flags.c.register, func.count())
        .where(flags.c.register != deployment.register_name)
        .where((flags.c.status == FlagStatus.ACTIVE.value) | (flags.c.state != VERIFIED))
        .group_by(flags.c.register)
    )
    with deployment.database.reading() as connection:
        found = [f"{number} in the register {name}" for name, number in connection.execute(statement)]
    if not found:
        return None
    return f"flags.kind: flags of ours stand or are owed: {', '.join(found)}; set it back, and end them there first"


def check_register(deployment: Deployment) -> None:
    """Raise `ConfigurationError` while another register holds flags of ours: nobody may be flagged in two."""
    elsewhere = flags_left_elsewhere(deployment)
    if elsewhere is not None:
        raise ConfigurationError(elsewhere)


@dataclass(frozen=True, slots=True)
class Drift:
    """A flag that the register does not hold as the ledger says; `what` is a fixed sentence."""

    flag_id: str
    what: str


def find_drift(deployment: Deployment) -> tuple[int, list[Drift]]:
    """Ask the register, flag by flag, whether it stands as it should; returns how many were asked, and the drift."""
    with deployment.database.reading() as connection:
        ours = flags.c.register == deployment.register_name
        statement = select(flags).where(flags.c.state == VERIFIED, flags.c.attempts > 0, ours)
        rows = list(connection.execute(statement).mappings())
    drifted = []
    for row in rows:
        what = _drift_of(deployment, row)
        if what is not None:
            drifted.append(Drift(row["flag_id"], what))
            with deployment.database.change(deployment.event(Action.FLAG_DRIFTED, "flag", row["flag_id"], what=what)):
                pass  # the finding is the act; a person decides what follows
    return len(rows), drifted


def _drift_of(deployment: Deployment, row: RowMapping) -> str | None:
    patient = deployment.index.patient(row["patient"])
    if patient is None and row["status"] == FlagStatus.ACTIVE.value:
        return "its patient is no longer in the index"
    match deployment.register.verify(flag_of(row), patient or Patient(row["patient"])):
        case Placed():
            return None
        case Differs(fields=fields):
            return f"the register holds it otherwise: {', '.join(fields)}"
        case Missing():
            never_stood = row["server_id"] is None and row["status"] != FlagStatus.ACTIVE.value
            return None if never_stood else "the register does not hold it"
