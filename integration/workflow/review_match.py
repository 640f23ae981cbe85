"""A person decides who somebody on a list is, or that nobody can say; and may take the decision back.

Two reviewers cannot collide: whoever decides names the version that they saw, or was shown the one that stands.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, assert_never

from sqlalchemy import Connection, RowMapping, Select, select, update

from integration.domain.audit import Action
from integration.domain.case_list import Problem
from integration.domain.flag import FlagRule, FlagStatus
from integration.domain.matching import MatchGrade
from integration.domain.people import Patient, Role, Subject
from integration.domain.progress import SUBJECT_TRANSITIONS, ListState, SubjectState
from integration.errors import Conflict, UsageError
from integration.storage.database import Change
from integration.storage.records import get, move_subject, resolve_id
from integration.storage.tables import audit_events, cases, documents, flag_grounds, flags, lists, meetings, subjects
from integration.workflow.deployment import Deployment
from integration.workflow.end_flags import want_ended
from integration.workflow.match_subjects import FOUND_SINCE, OPPOSITE, says_otherwise_now
from integration.workflow.open_list import as_listed
from integration.workflow.raise_flags import (
    OPPOSITE_ON_RECORD,
    VERIFIED,
    OppositeInLedger,
    Wanted,
    recount_review,
    want_flag,
)
from integration.workflow.reasons import GivenReason, keep_reason, reasons_given
from integration.workflow.sealed import reading_of


class Answer(StrEnum):
    """What a reviewer may say."""

    MATCH = "match"
    NO_MATCH = "no-match"
    NOT_ENOUGH = "not-enough"
    TRANSCRIBED = "transcribed"  # dealt with by hand
    WITHDRAWN = "withdrawn"  # no longer on the list: the flag goes if nothing else supports it


TAKEN_BACK = "an earlier decision was taken back"
_OF_THEIR_TIME = frozenset({TAKEN_BACK, OPPOSITE, OPPOSITE_ON_RECORD, FOUND_SINCE})  # reasons that an undo ends
CHANGED_SINCE = "this entry has changed since you looked; show it again (`flagtag review show ID`), then decide"
STANDS = "its list is closed, and the decision stands"
OF_A_FLAG = "`flagtag flags undo ID` takes back a wrong flag itself"
OF_NOBODY = "whoever a later list names is looked for anew"
DECIDED = frozenset(
    state
    for state, following in SUBJECT_TRANSITIONS.items()
    if SubjectState.UNDER_REVIEW in following and state not in (SubjectState.UNDER_REVIEW, SubjectState.WAITING)
)  # of whom a decision, a person's or the rule's, can be taken back


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One person who waits, as the work list shows them: no name."""

    subject_id: str
    version: int
    role: Role
    area: str
    meeting_date: str
    why: tuple[str, ...]
    candidates: int
    state: SubjectState
    index_stale: bool  # as it was when somebody was last looked for


@dataclass(frozen=True, slots=True)
class Shown:
    """One person with everything that a reviewer compares; showing it is on record."""

    item: ReviewItem
    case_ref: str = field(repr=False)
    subject: Subject | None = field(repr=False)
    candidates: tuple[tuple[dict[str, Any], Patient | None], ...] = field(repr=False)
    patient: str | None  # whose record was decided on, by a person or the rule
    standing: Mapping[str, tuple[Role, ...]]  # by candidate: the roles of flags that stand on the record, or are owed
    said: tuple[GivenReason, ...] = field(repr=False)
    remarks: tuple[Problem, ...] = ()  # what the list says of the case and nothing is made of
    says_otherwise_now: bool = False  # the index, of somebody who still waits: it was updated since it was asked
    parameters: str | None = None  # the version by which they were last looked for
    stands: str = ""  # why the decision can no longer be taken back, if that is so


def waiting_for_review(deployment: Deployment) -> list[ReviewItem]:
    """Everybody who waits for a person, the earliest meeting first."""
    statement = (
        _with_meeting()
        .where(subjects.c.state == SubjectState.UNDER_REVIEW.value)
        .order_by(meetings.c.meeting_date, subjects.c.subject_id)
    )
    with deployment.database.reading() as connection:
        return [_item(row) for row in connection.execute(statement).mappings()]


def show(deployment: Deployment, subject_id: str) -> Shown:
    """One person and the candidates side by side; an event says who looked."""
    row, document = row_and_document(deployment, subject_id)
    reading = reading_of(deployment, document)
    case, subject = (as_listed(deployment, reading, row) if reading is not None else None) or (None, None)
    found = tuple((c, deployment.index.patient(str(c["patient"]))) for c in row["candidates"] or ())
    event = deployment.event(Action.SUBJECT_DISPLAYED, "subject", subject_id, version=row["version"])
    with deployment.database.change(event):
        pass  # the display itself is the act; nothing else changes
    standing = standing_flags(deployment, [patient.local_id for _, patient in found if patient])
    with deployment.database.reading() as connection:
        said = reasons_given(deployment, connection, subject_id)
    remarks = tuple(r for r in reading.remarks if r.case_ref == case.case_ref) if reading and case else ()
    waits, asked = row["state"] == SubjectState.UNDER_REVIEW.value, row["index_generation"]
    updated = waits and asked is not None and asked < deployment.index.status().generation
    updated = updated and says_otherwise_now(deployment, row)
    ref, version, stands = case.case_ref if case else "", row["parameters"], _why_it_stands(row, row["list_state"])
    return Shown(_item(row), ref, subject, found, row["patient"], standing, said, remarks, updated, version, stands)


def standing_flags(deployment: Deployment, patients: Sequence[str]) -> Mapping[str, tuple[Role, ...]]:
    """The roles of our flags on each of these patients' records; what others have flagged there is looked up later."""
    active = (
        select(flags.c.patient, flags.c.role)
        .where(flags.c.register == deployment.register_name, flags.c.patient.in_(patients))
        .where(flags.c.status == FlagStatus.ACTIVE.value)
        .order_by(flags.c.role)
        .distinct()
    )
    roles: dict[str, tuple[Role, ...]] = {}
    with deployment.database.reading() as connection:
        for patient, role in connection.execute(active):
            roles[patient] = (*roles.get(patient, ()), Role(role))
    return roles


def decide(
    deployment: Deployment, subject_id: str, version: int, answer: Answer, patient: str | None, reason: str
) -> SubjectState:
    """Settle one person. Raises `Conflict` if somebody else was faster, `UsageError` if the answer does not fit."""
    row, _ = row_and_document(deployment, subject_id)
    if row["version"] != version:
        raise Conflict(CHANGED_SINCE)
    if row["state"] != SubjectState.UNDER_REVIEW.value:
        raise UsageError("this person does not wait for a decision; `flagtag review undo` takes one back")
    if not reason.strip():
        raise UsageError("a decision needs its reason (--reason)")
    if (answer is Answer.MATCH) != (patient is not None):
        raise UsageError("--patient goes with match, and only with match")
    if patient is not None and deployment.index.patient(patient) is None:
        raise UsageError("the index has no patient with that id")
    if patient is not None and patient not in _shown_in(row):
        raise UsageError("nobody with that id was shown for this person; `flagtag review search` finds others")
    with deployment.database.change() as change:
        _check_that_no_other_has_the_record(change, row, patient)
        then, consequences = _consequence(deployment, change, row, answer, patient)
        values = {"decided_by": deployment.actor.actor_id} | consequences  # why they were asked stays, for an undo
        details = {"answer": answer.value, "state": then.value, "before": row["candidates"] is not None}
        event = deployment.event(Action.REVIEW_DECIDED, "subject", subject_id, **details)
        move_subject(change, row, then, event, **values)
        keep_reason(deployment, change, Action.REVIEW_DECIDED, subject_id, reason)
    return then


def _shown_in(row: RowMapping) -> set[str]:
    """The patients whom a display of this entry shows: a mistyped number must not flag somebody quite different."""
    return {candidate["patient"] for candidate in row["candidates"] or ()} | ({row["patient"]} - {None})


def undo(deployment: Deployment, subject_id: str, version: int, reason: str) -> None:
    """Take a decision back: the person waits again, and a flag that rested on it alone is taken back too."""
    row, _ = row_and_document(deployment, subject_id)
    if row["version"] != version:
        raise Conflict(CHANGED_SINCE)
    if not reason.strip():
        raise UsageError("taking a decision back needs its reason (--reason)")
    if SubjectState(row["state"]) not in DECIDED:
        raise UsageError(f"nothing can be taken back of somebody who is {row['state'].replace('_', ' ')}")
    with deployment.database.change() as change:
        if stands := _why_it_stands(row, get(change.connection, lists, row["list_id"])["state"]):
            raise UsageError(stands)
        _lose_ground(deployment, change, row, FlagStatus.ENTERED_IN_ERROR)
        event = deployment.event(Action.REVIEW_UNDONE, "subject", subject_id)
        values = {"patient": None, "flag_id": None, "decided_by": None, "candidates": _as_found(row["candidates"])}
        why = [TAKEN_BACK, *(reason for reason in row["review_why"] or () if reason not in _OF_THEIR_TIME)]
        move_subject(change, row, SubjectState.UNDER_REVIEW, event, review_why=why, **values)
        keep_reason(deployment, change, Action.REVIEW_UNDONE, subject_id, reason)


def _why_it_stands(row: RowMapping, list_state: str) -> str:
    """Why a decision cannot be taken back, and what is left to do; nothing where it can."""
    if list_state != ListState.CLOSED.value:
        return ""
    return f"{STANDS}; {OF_A_FLAG if row['flag_id'] is not None else OF_NOBODY}"


def _consequence(
    deployment: Deployment, change: Change, row: RowMapping, answer: Answer, patient: str | None
) -> tuple[SubjectState, dict[str, object]]:
    match answer:
        case Answer.MATCH:
            assert patient is not None
            return _matched_by_person(deployment, change, row, patient)
        case Answer.NO_MATCH:
            _lose_ground(deployment, change, row, FlagStatus.ENTERED_IN_ERROR)
            rejected = _rejected(row["candidates"])
            return SubjectState.NOT_OUR_PATIENT, {"patient": None, "flag_id": None, "candidates": rejected}
        case Answer.NOT_ENOUGH:
            _lose_ground(deployment, change, row, FlagStatus.ENTERED_IN_ERROR)
            return SubjectState.NOT_ENOUGH_TO_SAY, {"patient": None, "flag_id": None}
        case Answer.TRANSCRIBED:
            if _is_owed(change, row):  # nobody would place it any more: whoever dealt with it by hand has seen to that
                _lose_ground(deployment, change, row, FlagStatus.INACTIVE)
            return SubjectState.TRANSCRIBED, {}
        case Answer.WITHDRAWN:
            _lose_ground(deployment, change, row, FlagStatus.INACTIVE)
            return SubjectState.WITHDRAWN, {}
        case _:
            assert_never(answer)


def _rejected(candidates: Sequence[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """The candidates as a person who was shown them leaves them: certainly not the one."""
    return [{"was": c["grade"], **c, "grade": MatchGrade.CERTAINLY_NOT.value} for c in candidates or ()]


def _as_found(candidates: Sequence[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """The candidates with the grades that matching gave them."""
    return [{**c, "grade": c.get("was", c["grade"])} for c in candidates or ()]


def _matched_by_person(
    deployment: Deployment, change: Change, row: RowMapping, patient: str
) -> tuple[SubjectState, dict[str, object]]:
    role = Role(row["role"])
    flag_id = row["flag_id"]
    if row["patient"] not in (None, patient):
        _lose_ground(deployment, change, row, FlagStatus.ENTERED_IN_ERROR)
        flag_id = None
    if role is Role.CHILD:
        return SubjectState.CHILD_NOTED, {"patient": patient}
    if deployment.rules.of(role) is FlagRule.OFF:
        return SubjectState.NOT_FLAGGED_BY_RULE, {"patient": patient}
    shown = version_last_shown(change.connection, deployment, row["subject_id"]) == row["version"]
    seen = shown and _says_that_an_opposite_flag_stands(row, patient)
    meeting_date = row["meeting_date"]
    wanted = want_flag(
        deployment, change, row["subject_id"], patient, role, meeting_date, by_person=True, beside_opposite=seen
    )
    if isinstance(wanted, OppositeInLedger):
        again = {"patient": patient, "flag_id": flag_id, "review_why": [OPPOSITE]}
        return SubjectState.UNDER_REVIEW, again | {"decided_by": None}
    assert isinstance(wanted, Wanted)  # a person has looked: nothing else stops it
    return SubjectState.MATCHED, {"patient": patient, "flag_id": wanted.flag_id}


def _says_that_an_opposite_flag_stands(row: RowMapping, patient: str) -> bool:
    """Whether the entry says so: only who was shown that may let a flag stand beside the opposite one (rule 12)."""
    candidates = row["candidates"] or [{"patient": None}]
    about = row["patient"] or candidates[0]["patient"]
    return about == patient and not {OPPOSITE, OPPOSITE_ON_RECORD}.isdisjoint(row["review_why"] or ())


def _is_owed(change: Change, row: RowMapping) -> bool:
    """Whether this person has a flag of which it is not known that it stands."""
    return row["flag_id"] is not None and get(change.connection, flags, row["flag_id"])["state"] != VERIFIED


def _lose_ground(deployment: Deployment, change: Change, row: RowMapping, status: FlagStatus) -> None:
    """This case no longer supports the flag; it ends if no other does, and never reaches the register if still owed."""
    if row["flag_id"] is None:
        return
    ground = (flag_grounds.c.flag_id == row["flag_id"]) & (flag_grounds.c.subject_id == row["subject_id"])
    change.connection.execute(update(flag_grounds).where(ground).values(lost_at=change.now))
    if not recount_review(deployment, change, row["flag_id"]):
        want_ended(deployment, change, get(change.connection, flags, row["flag_id"]), status)


def _check_that_no_other_has_the_record(change: Change, row: RowMapping, patient: str | None) -> None:
    """Two people whom one case names now never take one record; who was dropped by a later version is gone."""
    if patient is None:
        return
    statement = (
        select(subjects.c.subject_id)
        .join(cases, subjects.c.case_id == cases.c.case_id)
        .where(
            cases.c.list_id == row["list_id"],
            subjects.c.case_id == row["case_id"],
            subjects.c.patient == patient,
            subjects.c.subject_id != row["subject_id"],
            subjects.c.state != SubjectState.WITHDRAWN.value,
            subjects.c.document_id == cases.c.document_id,
        )
    )
    if change.connection.execute(statement).first() is not None:
        raise UsageError("another person of the same case has that record; undo that decision first")


def _with_meeting() -> Select[Any]:
    """People on lists, with their case, list and meeting."""
    return (
        select(
            subjects,
            cases.c.case_no,
            cases.c.list_id,
            lists.c.state.label("list_state"),
            meetings.c.area,
            meetings.c.meeting_date,
        )
        .join(cases, subjects.c.case_id == cases.c.case_id)
        .join(lists, cases.c.list_id == lists.c.list_id)
        .join(meetings, lists.c.meeting_id == meetings.c.meeting_id)
    )


def row_and_document(deployment: Deployment, subject_id: str) -> tuple[RowMapping, RowMapping]:
    """A person's entry with its case and meeting, and the document that names them."""
    with deployment.database.reading() as connection:
        statement = _with_meeting().where(subjects.c.subject_id == subject_id)
        row = connection.execute(statement).mappings().one_or_none()
        if row is None:
            raise UsageError("nobody on a list has that id")
        return row, get(connection, documents, row["document_id"])


def _item(row: RowMapping) -> ReviewItem:
    state = SubjectState(row["state"])
    return ReviewItem(
        subject_id=row["subject_id"],
        version=row["version"],
        role=Role(row["role"]),
        area=row["area"],
        meeting_date=row["meeting_date"],
        why=tuple(row["review_why"] or ()) if state is SubjectState.UNDER_REVIEW else (),
        candidates=len(row["candidates"] or ()),
        state=state,
        index_stale=row["index_stale"],
    )


def resolve(deployment: Deployment, prefix: str) -> str:
    """A person's whole id from its beginning; raises `UsageError`."""
    with deployment.database.reading() as connection:
        return resolve_id(connection, subjects, prefix)


def version_of(deployment: Deployment, subject_id: str) -> int:
    """The version of a person's entry as it is now, for somebody who has just looked."""
    with deployment.database.reading() as connection:
        return int(get(connection, subjects, subject_id)["version"])


def version_shown(deployment: Deployment, subject_id: str) -> int:
    """The version that whoever acts was last shown, by the log; raises `UsageError` if they never looked."""
    with deployment.database.reading() as connection:
        version = version_last_shown(connection, deployment, subject_id)
    if version is None:
        raise UsageError("look before you decide: `flagtag review show ID`; or name the version that you saw")
    return version


def version_last_shown(connection: Connection, deployment: Deployment, subject_id: str) -> int | None:
    displays = (
        select(audit_events.c.canonical)
        .where(audit_events.c.object_id == subject_id, audit_events.c.action == Action.SUBJECT_DISPLAYED.value)
        .order_by(audit_events.c.seq.desc())
    )
    for canonical in connection.execute(displays).scalars():
        said = json.loads(canonical)
        if said["actor"] == deployment.actor.actor_id and "version" in said["details"]:
            return int(said["details"]["version"])
    return None
