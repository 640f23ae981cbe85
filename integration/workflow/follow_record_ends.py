"""What follows when a patient's record was merged into another, or removed: flags and reviews go where the patient is.

1. A flag on the merged record is wanted on the surviving one, on the same grounds, as if its cases had named that.
2. Only when it stands there, read back, does the old one end: in between both stand, and none is ever missing.
3. What a guard stops (an opposite flag on the survivor, an ended one, two people of one case) waits for a person, and
   so does every flag whose patient was removed; until then the old one stands.
4. Who is under review is shown the surviving record, and a reviewer who saw the old one is told to look again.

The records of the index's upkeep say which ends are to be followed, so a kill between any two lines loses nothing.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, RowMapping, or_, select, update

from integration.domain.audit import Action
from integration.domain.flag import FlagStatus
from integration.domain.people import Role
from integration.domain.progress import ListState, SubjectState
from integration.errors import Conflict, UsageError
from integration.matching.record_ends import living
from integration.storage.database import Change
from integration.storage.records import get, move_subject
from integration.storage.tables import cases, flag_grounds, flags, lists, subjects
from integration.storage.upkeep_tables import record_ends
from integration.workflow.deployment import Deployment
from integration.workflow.end_flags import want_ended
from integration.workflow.match_subjects import ENDED, OPPOSITE
from integration.workflow.raise_flags import (
    HELD,
    OPPOSITE_ON_RECORD,
    OWED,
    VERIFIED,
    EndedBefore,
    HeldInLedger,
    OppositeInLedger,
    Wanted,
    want_flag,
)
from integration.workflow.reasons import keep_reason

REMOVED = "its patient was removed from the index"
TAKEN = "its patient was merged into the record of another person of the same case"
RECORD_MERGED = "a candidate's record was merged into another"
RECORD_GONE = "a candidate's record was removed from the index"
_SUPPORTS = (SubjectState.MATCHED.value, SubjectState.FLAGGED.value, SubjectState.ALREADY_FLAGGED.value)
_SETTLED_WITHOUT_FLAG = (SubjectState.CHILD_NOTED.value, SubjectState.NOT_FLAGGED_BY_RULE.value)


def ends_to_follow(connection: Connection) -> list[str]:
    """Ends of records that nothing has followed yet, the oldest first."""
    waiting = select(record_ends.c.end_id).where(record_ends.c.followed_at.is_(None))
    return list(connection.execute(waiting.order_by(record_ends.c.ended_at, record_ends.c.end_id)).scalars())


def flags_to_retire(connection: Connection) -> list[str]:
    """Flags on merged records whose successor stands, or is over itself."""
    successor = flags.alias()
    statement = (
        select(flags.c.flag_id)
        .join(successor, successor.c.flag_id == flags.c.moved_to)
        .where(flags.c.status == FlagStatus.ACTIVE.value)
        .where(or_(successor.c.state == VERIFIED, successor.c.status != FlagStatus.ACTIVE.value))
    )
    return list(connection.execute(statement).scalars())


def follow_record_end(deployment: Deployment, end_id: str) -> None:
    """Let flags and reviews follow one record's end. Safe to repeat."""
    with deployment.database.change() as change:
        end = get(change.connection, record_ends, end_id)
        if end["followed_at"] is not None:
            return
        counts = {"moved": 0, "held": 0, "reviews": 0}
        now_at = living(change.connection, end["local_id"])
        if now_at != end["local_id"]:  # else an extract has brought it back, and nothing has happened
            for flag in _standing_flags(deployment, change.connection, end["local_id"]):
                reason = REMOVED if now_at is None else _move(deployment, change, flag, now_at)
                counts["moved" if reason is None else "held"] += 1
                if reason is not None:
                    _hold(deployment, change, flag, reason)
            if now_at is not None:
                _point_the_others_there(deployment, change, end["local_id"], now_at)
            counts["reviews"] = _refresh_reviews(deployment, change, end["local_id"], now_at)
        followed = update(record_ends).where(record_ends.c.end_id == end_id).values(followed_at=change.now)
        change.connection.execute(followed)
        change.also(deployment.event(Action.RECORD_END_FOLLOWED, "record-end", end_id, **counts))


def retire_flag(deployment: Deployment, flag_id: str) -> None:
    """End a flag on a merged record, now that its successor stands. Safe to repeat."""
    with deployment.database.change() as change:
        if flag_id not in flags_to_retire(change.connection):
            return
        flag = get(change.connection, flags, flag_id)
        successor = FlagStatus(get(change.connection, flags, flag["moved_to"])["status"])
        want_ended(deployment, change, flag, FlagStatus.INACTIVE if successor is FlagStatus.ACTIVE else successor)


def place_after_all(deployment: Deployment, flag_id: str, reason: str) -> None:
    """A person has looked at what holds a flag and lets it be placed: on the surviving record, if its own was merged.

    Raises `UsageError` where a person has to decide about somebody on a list first.
    """
    if not reason.strip():
        raise UsageError("a reason is needed (--reason)")
    with deployment.database.change() as change:
        flag = get(change.connection, flags, flag_id)
        if flag["state"] != HELD or flag["status"] != FlagStatus.ACTIVE.value:
            raise UsageError("this flag is not held")
        if not _grounds(change.connection, flag_id):
            raise UsageError("the people whose flag it is wait for a decision: `flagtag review list`")
        there = living(change.connection, flag["patient"])
        if there is None:
            raise UsageError("its patient is not in the index; load the patient again, or end the flag")
        if there == flag["patient"]:
            _owe_again(change, flag)
        elif (stopped := _move(deployment, change, flag, there, by_person=True)) is not None:
            raise UsageError(stopped)
        change.also(deployment.event(Action.FLAG_ALLOWED, "flag", flag_id, moved=there != flag["patient"]))
        keep_reason(deployment, change, Action.FLAG_ALLOWED, flag_id, reason)


def _owe_again(change: Change, flag: RowMapping) -> None:
    beside = flag["beside_opposite"] or flag["reason"] in (OPPOSITE, OPPOSITE_ON_RECORD)
    values = {"state": OWED, "due_at": change.now, "reason": None, "beside_opposite": beside}
    change.connection.execute(update(flags).where(flags.c.flag_id == flag["flag_id"]).values(**values))


def _standing_flags(deployment: Deployment, connection: Connection, patient: str) -> list[RowMapping]:
    """The active flags on a record that somebody's case supports; those of people under review wait for a person."""
    statement = select(flags).where(
        flags.c.patient == patient,
        flags.c.register == deployment.register_name,
        flags.c.status == FlagStatus.ACTIVE.value,
        flags.c.moved_to.is_(None),
    )
    found = connection.execute(statement.order_by(flags.c.start, flags.c.flag_id)).mappings().all()
    return [flag for flag in found if _grounds(connection, flag["flag_id"])]


def _grounds(connection: Connection, flag_id: str) -> list[RowMapping]:
    """The people who are flagged by it, with the meeting that each was named for."""
    statement = (
        select(subjects, flag_grounds.c.meeting_date)
        .join(flag_grounds, flag_grounds.c.subject_id == subjects.c.subject_id)
        .where(flag_grounds.c.flag_id == flag_id, flag_grounds.c.lost_at.is_(None), subjects.c.state.in_(_SUPPORTS))
        .order_by(flag_grounds.c.meeting_date, subjects.c.subject_id)
    )
    return list(connection.execute(statement).mappings())


def _move(
    deployment: Deployment, change: Change, flag: RowMapping, survivor: str, *, by_person: bool = False
) -> str | None:
    """Want the flag on the surviving record for all its grounds; returns why not, if a guard stops it."""
    grounds = _grounds(change.connection, flag["flag_id"])
    if any(_is_taken(change.connection, person, survivor) for person in grounds):
        return TAKEN
    beside = by_person or flag["beside_opposite"] or _stands_beside_another(change.connection, flag)
    for person in grounds:
        wanted = want_flag(
            deployment,
            change,
            person["subject_id"],
            survivor,
            Role(flag["role"]),
            person["meeting_date"],
            by_person=by_person,
            beside_opposite=beside,
        )
        match wanted:
            case Wanted(flag_id=successor):
                _point(deployment, change, person, patient=survivor, flag_id=successor)
            case OppositeInLedger():
                return OPPOSITE
            case EndedBefore():
                return ENDED
            case HeldInLedger(reason=reason):
                return reason
    lost = update(flag_grounds).where(flag_grounds.c.flag_id == flag["flag_id"])
    change.connection.execute(lost.values(lost_at=change.now))
    same = flags.c.flag_id == flag["flag_id"]
    change.connection.execute(update(flags).where(same).values(moved_to=successor, reason=None))
    change.also(deployment.event(Action.FLAG_MOVED, "flag", flag["flag_id"], to=successor))
    return None


def _stands_beside_another(connection: Connection, flag: RowMapping) -> bool:
    """Whether a person let the opposite flag stand beside this one: then both may, wherever they stand."""
    opposite = Role(flag["role"]).opposite
    statement = select(flags.c.flag_id).where(
        flags.c.patient == flag["patient"],
        flags.c.register == flag["register"],
        flags.c.role == (opposite.value if opposite else ""),
        flags.c.status == FlagStatus.ACTIVE.value,
        flags.c.beside_opposite,
    )
    return connection.execute(statement).first() is not None


def _is_taken(connection: Connection, person: RowMapping, survivor: str) -> bool:
    """Whether somebody else of the same case is the surviving record: two people never take one record."""
    statement = (
        select(subjects.c.subject_id)
        .join(cases, cases.c.case_id == subjects.c.case_id)
        .where(
            subjects.c.case_id == person["case_id"],
            subjects.c.subject_id != person["subject_id"],
            subjects.c.patient == survivor,
            subjects.c.state != SubjectState.WITHDRAWN.value,
            subjects.c.document_id == cases.c.document_id,
        )
    )
    return connection.execute(statement).first() is not None


def _hold(deployment: Deployment, change: Change, flag: RowMapping, reason: str) -> None:
    """Leave the flag where it stands until a person has looked; who still waited for it waits for that person."""
    same = flags.c.flag_id == flag["flag_id"]
    change.connection.execute(update(flags).where(same).values(state=HELD, reason=reason, due_at=None))
    change.also(deployment.event(Action.FLAG_HELD, "flag", flag["flag_id"], reason=reason))
    for person in _grounds(change.connection, flag["flag_id"]):
        if person["state"] == SubjectState.MATCHED.value:
            _put_to_a_person(deployment, change, person, reason)


def _point_the_others_there(deployment: Deployment, change: Change, obsolete: str, survivor: str) -> None:
    """Whoever was found to be the patient without being flagged is now found to be the surviving record."""
    noted = select(subjects).where(subjects.c.patient == obsolete, subjects.c.state.in_(_SETTLED_WITHOUT_FLAG))
    for person in change.connection.execute(noted).mappings().all():
        if not _is_taken(change.connection, person, survivor):
            _point(deployment, change, person, patient=survivor)
        elif _list_is_open(change.connection, person):
            _put_to_a_person(deployment, change, person, TAKEN)


def _refresh_reviews(deployment: Deployment, change: Change, obsolete: str, survivor: str | None) -> int:
    """Show reviewers the surviving record in the place of the one that ended; whoever saw that has to look again."""
    waiting = select(subjects).where(subjects.c.state == SubjectState.UNDER_REVIEW.value)
    refreshed = 0
    for person in change.connection.execute(waiting).mappings().all():
        shown = person["candidates"] or []
        if not any(candidate["patient"] == obsolete for candidate in shown):
            continue
        why = [*(person["review_why"] or []), RECORD_GONE if survivor is None else RECORD_MERGED]
        event = deployment.event(Action.SUBJECT_SETTLED, "subject", person["subject_id"], state=person["state"])
        values = {"candidates": _renamed(shown, obsolete, survivor), "review_why": list(dict.fromkeys(why))}
        move_subject(change, person, SubjectState.UNDER_REVIEW, event, **values)
        refreshed += 1
    return refreshed


def _renamed(shown: list[dict[str, Any]], obsolete: str, survivor: str | None) -> list[dict[str, Any]]:
    """The candidates with the survivor for the obsolete one, once, with what speaks most for them; best first."""
    found: dict[str, dict[str, Any]] = {}
    for candidate in shown:
        patient = survivor if candidate["patient"] == obsolete else candidate["patient"]
        if patient is not None and (patient not in found or found[patient]["score"] < candidate["score"]):
            found[patient] = {**candidate, "patient": patient}
    return sorted(found.values(), key=lambda candidate: -float(candidate["score"]))


def _list_is_open(connection: Connection, person: RowMapping) -> bool:
    case = get(connection, cases, person["case_id"])
    return bool(get(connection, lists, case["list_id"])["state"] != ListState.CLOSED.value)


def _point(deployment: Deployment, change: Change, person: RowMapping, **values: object) -> None:
    """The same person, the same state, another record: on record as a match of its own."""
    same = (subjects.c.subject_id == person["subject_id"]) & (subjects.c.version == person["version"])
    moved = change.connection.execute(update(subjects).where(same).values(version=person["version"] + 1, **values))
    if moved.rowcount != 1:
        raise Conflict("somebody else has changed this person's entry; it is tried again")
    details = {"state": person["state"], "role": person["role"], "merged": True}
    change.also(deployment.event(Action.SUBJECT_MATCHED, "subject", person["subject_id"], **details))


def _put_to_a_person(deployment: Deployment, change: Change, person: RowMapping, reason: str) -> None:
    event = deployment.event(
        Action.SUBJECT_SETTLED, "subject", person["subject_id"], state=SubjectState.UNDER_REVIEW.value
    )
    move_subject(change, person, SubjectState.UNDER_REVIEW, event, review_why=[reason])
