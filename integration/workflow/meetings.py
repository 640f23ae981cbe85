"""What people say about meetings: that one took place, that one was postponed, what it decided, what was done.

Nothing follows from a date alone: meetings are postponed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from integration.domain.audit import Action
from integration.domain.outcome import ActionStatus, MeetingAction, Outcome
from integration.domain.progress import SubjectState
from integration.errors import UsageError
from integration.storage.database import Change, new_id
from integration.storage.records import get
from integration.storage.tables import (
    actions,
    cases,
    documents,
    flag_grounds,
    lists,
    meetings,
    outcomes,
    subjects,
)
from integration.workflow.deployment import Deployment
from integration.workflow.raise_flags import recount_review
from integration.workflow.read_document import find_or_add_meeting
from integration.workflow.sealed import reading_of


def meeting_id_of(deployment: Deployment, area: str, meeting_date: date) -> str:
    """The meeting of an area on a day; raises `UsageError` if we know of none."""
    same = (meetings.c.area == area) & (meetings.c.meeting_date == meeting_date.isoformat())
    with deployment.database.reading() as connection:
        found = connection.execute(select(meetings.c.meeting_id).where(same)).scalar_one_or_none()
    if found is None:
        raise UsageError(f"no document has named a meeting of {area} on {meeting_date.isoformat()}")
    return str(found)


def record_held(deployment: Deployment, meeting_id: str) -> None:
    """A person says that a meeting took place; research forms of it may go from now on."""
    with deployment.database.change() as change:
        meeting = get(change.connection, meetings, meeting_id)
        if meeting["held_at"] is not None:
            return
        if meeting["meeting_date"] > deployment.today().isoformat():
            raise UsageError("that meeting lies in the future; `flagtag meetings postpone` moves one")
        values = {"held_at": change.now, "held_by": deployment.actor.actor_id}
        change.connection.execute(update(meetings).where(meetings.c.meeting_id == meeting_id).values(**values))
        change.also(deployment.event(Action.MEETING_HELD, "meeting", meeting_id))


def postpone(deployment: Deployment, meeting_id: str, to: date) -> None:
    """A person says that a meeting is on another day; its list and documents go with it."""
    with deployment.database.change() as change:
        meeting = get(change.connection, meetings, meeting_id)
        if meeting["held_at"] is not None:
            raise UsageError("that meeting is on record as held")
        if to < deployment.today():
            raise UsageError("that day has passed; a meeting is postponed to today or a later day")
        taken = find_or_add_meeting(change, meeting["area"], to)
        busy = select(lists.c.list_id).where(lists.c.meeting_id == taken)
        if taken == meeting_id or change.connection.execute(busy).first() is not None:
            raise UsageError("there is a list for that day already")
        if get(change.connection, meetings, taken)["held_at"] is not None:
            raise UsageError("the meeting of that day is on record as held; what is moved to it would go at once")
        # the meeting that we found or made takes over: documents that named the new day already point to it
        _move_grounds(deployment, change, meeting_id, to)
        for table in (lists, documents):
            change.connection.execute(update(table).where(table.c.meeting_id == meeting_id).values(meeting_id=taken))
        change.connection.execute(
            update(meetings).where(meetings.c.meeting_id == taken).values(postponed_from=meeting["meeting_date"])
        )
        if meeting["postponed_from"] == to.isoformat():  # moved back: nothing leads here from that day any longer
            back = update(meetings).where(meetings.c.meeting_id == meeting_id)
            change.connection.execute(back.values(postponed_from=None))
        change.also(deployment.event(Action.MEETING_POSTPONED, "meeting", meeting_id, to=taken, day=to.isoformat()))


def _move_grounds(deployment: Deployment, change: Change, meeting_id: str, to: date) -> None:
    """What flags rest on moves with its meeting, and so does their review, which counts from the last one (rule 10)."""
    on_list = (
        select(subjects.c.subject_id)
        .join(cases, cases.c.case_id == subjects.c.case_id)
        .join(lists, lists.c.list_id == cases.c.list_id)
        .where(lists.c.meeting_id == meeting_id)
    )
    moved = flag_grounds.c.subject_id.in_(on_list)
    affected = change.connection.execute(select(flag_grounds.c.flag_id).where(moved).distinct()).scalars().all()
    change.connection.execute(update(flag_grounds).where(moved).values(meeting_date=to.isoformat()))
    for flag_id in affected:
        recount_review(deployment, change, flag_id)


def record_outcome(deployment: Deployment, case_id: str, outcome: Outcome) -> str:
    """Put a case's brief outcome on record; a later one takes its place, and both stay.

    Actions that are still open go on under the later one: a corrected note ends none of them.
    """
    case_ref = _case_ref(deployment, case_id)
    outcome_id = new_id()
    words = {"case_ref": case_ref, "note": outcome.note, "fields": dict(outcome.extra)}
    sealed = deployment.secrets.seal_record(outcome_id, json.dumps(words, ensure_ascii=False).encode())
    with deployment.database.change() as change:
        meeting = _meeting_of_case(change, case_id)
        if meeting["held_at"] is None:
            raise UsageError("nobody has recorded that its meeting took place; `flagtag meetings held` does")
        earlier = outcomes.c.case_id == case_id
        change.connection.execute(update(outcomes).where(earlier).values(superseded=True))
        values = {
            "outcome_id": outcome_id,
            "case_id": case_id,
            "heard": outcome.heard,
            "heard_on": outcome.heard_on.isoformat(),
            "repeat": outcome.repeat,
            "sealed": sealed,
            "recorded_by": deployment.actor.actor_id,
        }
        change.connection.execute(insert(outcomes).values(**values, recorded_at=change.now))
        carried = _carry_open_actions(deployment, change, case_id, outcome_id)
        details = {"outcome": outcome_id, "heard": outcome.heard, "actions_carried": len(carried)}
        change.also(deployment.event(Action.OUTCOME_RECORDED, "case", case_id, **details))
        for action in outcome.actions:
            if action not in carried:  # else it was said again, and is one action
                _add_action(deployment, change, outcome_id, action)
    return outcome_id


def _carry_open_actions(
    deployment: Deployment, change: Change, case_id: str, outcome_id: str
) -> tuple[MeetingAction, ...]:
    """Move a case's open actions to its latest outcome; returns what they say."""
    open_ones = (
        select(actions)
        .join(outcomes, outcomes.c.outcome_id == actions.c.outcome_id)
        .where(outcomes.c.case_id == case_id, actions.c.status == ActionStatus.OPEN.value)
    )
    rows = list(change.connection.execute(open_ones).mappings())
    ids = [row["action_id"] for row in rows]
    change.connection.execute(update(actions).where(actions.c.action_id.in_(ids)).values(outcome_id=outcome_id))
    return tuple(
        MeetingAction(
            json.loads(deployment.secrets.open_record(row["action_id"], row["sealed"]))["text"],
            row["owner"],
            date.fromisoformat(row["due"]),
        )
        for row in rows
    )


def _add_action(deployment: Deployment, change: Change, outcome_id: str, action: MeetingAction) -> None:
    action_id = new_id()
    sealed = deployment.secrets.seal_record(action_id, json.dumps({"text": action.text}).encode())
    values = {
        "action_id": action_id,
        "outcome_id": outcome_id,
        "owner": action.owner,
        "due": action.due.isoformat(),
        "status": ActionStatus.OPEN.value,
        "sealed": sealed,
    }
    change.connection.execute(insert(actions).values(**values))
    event = deployment.event(Action.ACTION_RECORDED, "action", action_id, due=action.due.isoformat())
    change.also(event)


def confirm_action(deployment: Deployment, action_id: str, status: ActionStatus, how: str) -> None:
    """Say in detail how an action ended (procedure 4.5)."""
    if status is ActionStatus.OPEN or not how.strip():
        raise UsageError("say how the action ended: its status, and in detail (--how)")
    with deployment.database.change() as change:
        row = get(change.connection, actions, action_id)
        words = json.loads(deployment.secrets.open_record(action_id, row["sealed"])) | {"how": how}
        values = {
            "status": status.value,
            "sealed": deployment.secrets.seal_record(action_id, json.dumps(words).encode()),
            "confirmed_at": change.now,
            "confirmed_by": deployment.actor.actor_id,
        }
        change.connection.execute(update(actions).where(actions.c.action_id == action_id).values(**values))
        change.also(deployment.event(Action.ACTION_CONFIRMED, "action", action_id, status=status.value))


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case of a meeting, for whoever records its outcome: the reference, and what our patients in it are."""

    case_id: str
    case_ref: str = field(repr=False)
    repeat: bool | None
    flagged: int
    recorded: bool


def cases_of_meeting(deployment: Deployment, meeting_id: str) -> list[CaseLine]:
    """A meeting's cases in the order of its list; the references come from the sealed reading."""
    statement = (
        select(cases)
        .join(lists, cases.c.list_id == lists.c.list_id)
        .where(lists.c.meeting_id == meeting_id, ~cases.c.withdrawn)
        .order_by(cases.c.case_no)
    )
    with deployment.database.reading() as connection:
        rows = list(connection.execute(statement).mappings())
        recorded = set(connection.execute(select(outcomes.c.case_id).where(~outcomes.c.superseded)).scalars())
        flagged = _flagged_by_case(connection.execute(select(subjects.c.case_id, subjects.c.state)).all())
        refs = {row["case_id"]: _recorded_ref(deployment, connection, row["case_id"]) for row in rows}
        readings = {
            d: reading_of(deployment, get(connection, documents, d)) for d in {row["document_id"] for row in rows}
        }
    lines = []
    for row in rows:
        reading = readings[row["document_id"]]
        known = reading is not None and row["case_no"] >= 0
        case_id = row["case_id"]
        ref = reading.cases[row["case_no"]].case_ref if reading is not None and known else refs[case_id]
        ref = ref or "(not read)"
        lines.append(CaseLine(case_id, ref, row["repeat"], flagged.get(case_id, 0), case_id in recorded))
    return lines


def _flagged_by_case(rows: Iterable[Any]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for case_id, state in rows:
        if state in (SubjectState.FLAGGED.value, SubjectState.ALREADY_FLAGGED.value):
            counts[case_id] = counts.get(case_id, 0) + 1
    return counts


def _case_ref(deployment: Deployment, case_id: str) -> str:
    """A case's reference, from its list; once that is destroyed, from what was recorded of the case before."""
    with deployment.database.reading() as connection:
        row = get(connection, cases, case_id)
        document = get(connection, documents, row["document_id"])
        recorded = _recorded_ref(deployment, connection, case_id)
    reading = reading_of(deployment, document)
    if reading is None or row["case_no"] < 0:
        return recorded
    return str(reading.cases[row["case_no"]].case_ref)


def _recorded_ref(deployment: Deployment, connection: Connection, case_id: str) -> str:
    """The reference in the latest outcome that has one; empty if none has."""
    statement = select(outcomes).where(outcomes.c.case_id == case_id).order_by(outcomes.c.recorded_at.desc())
    for row in connection.execute(statement).mappings():
        words = json.loads(deployment.secrets.open_record(row["outcome_id"], row["sealed"]))
        if words["case_ref"]:
            return str(words["case_ref"])
    return ""


def _meeting_of_case(change: Change, case_id: str) -> RowMapping:
    statement = (
        select(meetings)
        .join(lists, lists.c.meeting_id == meetings.c.meeting_id)
        .join(cases, cases.c.list_id == lists.c.list_id)
        .where(cases.c.case_id == case_id)
    )
    row = change.connection.execute(statement).mappings().one_or_none()
    if row is None:
        raise UsageError("there is no case with that id")
    return row


def day_and_repeat(deployment: Deployment, case_id: str) -> tuple[date, bool | None]:
    """The day of a case's meeting, and whether the list calls it a repeat."""
    with deployment.database.reading() as connection:
        case = get(connection, cases, case_id)
        meeting = get(connection, meetings, get(connection, lists, case["list_id"])["meeting_id"])
    repeat: bool | None = case["repeat"]
    return date.fromisoformat(meeting["meeting_date"]), repeat
