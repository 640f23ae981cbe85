"""What people say about meetings: that they took place or were moved, what they decided, and what was done."""

from __future__ import annotations

import json
from datetime import date

import pytest
from builders import case, subject
from deployments import AREA, MEETING, Trust
from sqlalchemy import insert

from integration.domain.case_list import DocumentKind
from integration.domain.outcome import ActionStatus, MeetingAction, Outcome
from integration.domain.progress import DocumentState, ListState
from integration.errors import UsageError
from integration.storage.tables import actions, documents, lists, meetings, outcomes
from integration.workflow.late_lists import late_lists
from integration.workflow.meetings import (
    cases_of_meeting,
    confirm_action,
    day_and_repeat,
    meeting_id_of,
    postpone,
    record_held,
    record_outcome,
)

ANNA = subject(family="ZZTESTER", given="Quillon")
MOVED, LATER = date(2026, 12, 10), date(2026, 12, 17)
HEARD = Outcome(True, MEETING, False, note="safe for now")


@pytest.fixture
def case_id(trust: Trust) -> str:
    trust.issue(case("27/1", ANNA, repeat=True))
    return str(trust.cases()[0]["case_id"])


def hold_meeting(trust: Trust) -> None:
    trust.clock.to(MEETING)
    record_held(trust.as_reviewer(), trust.meeting_id())


def test_a_meeting_in_the_future_was_not_held(trust: Trust, case_id: str) -> None:
    with pytest.raises(UsageError, match="future"):
        record_held(trust.as_reviewer(), trust.meeting_id())
    assert trust.only(meetings)["held_at"] is None


def test_that_a_meeting_was_held_is_said_once(trust: Trust, case_id: str) -> None:
    hold_meeting(trust)
    before, said = trust.log_length(), trust.only(meetings)
    record_held(trust.as_reviewer(), trust.meeting_id())
    assert (trust.log_length(), trust.only(meetings)) == (before, said)
    assert said["held_by"] == trust.as_reviewer().actor.actor_id


def test_a_meeting_that_nobody_named_is_not_known(trust: Trust, case_id: str) -> None:
    assert meeting_id_of(trust.deployment, AREA, MEETING) == trust.meeting_id()
    with pytest.raises(UsageError):
        meeting_id_of(trust.deployment, AREA, MOVED)


def test_postponing_moves_list_and_documents(trust: Trust, case_id: str) -> None:
    trust.issue(case("27/1", ANNA, repeat=True), kind=DocumentKind.RESEARCH_FORM)
    postpone(trust.as_reviewer(), trust.meeting_id(), MOVED)
    moved = trust.only(meetings, meetings.c.meeting_date == MOVED.isoformat())
    assert trust.only(lists)["meeting_id"] == moved["meeting_id"]
    assert {row["meeting_id"] for row in trust.rows(documents)} == {moved["meeting_id"]}
    assert moved["postponed_from"] == MEETING.isoformat()
    assert day_and_repeat(trust.deployment, case_id) == (MOVED, True)
    trust.clock.to(MEETING)
    with pytest.raises(UsageError, match="future"):
        record_held(trust.as_reviewer(), moved["meeting_id"])


def test_postponing_puts_off_the_review_of_its_flags(trust: Trust, case_id: str) -> None:
    """Twelve months count from the meeting as it is (rule 10)."""
    assert trust.flags()[0]["review_on"] == "2027-12-03"
    postpone(trust.as_reviewer(), trust.meeting_id(), MOVED)
    assert trust.flags()[0]["review_on"] == "2027-12-10"


def test_a_list_for_the_new_day_continues_the_old_one(trust: Trust, case_id: str) -> None:
    postpone(trust.as_reviewer(), trust.meeting_id(), MOVED)
    trust.issue(case("27/1", ANNA, repeat=True), day=MOVED)
    assert len(trust.rows(lists)) == 1
    assert len(trust.people()) == 1


@pytest.mark.parametrize("days", [(MOVED,), (MOVED, LATER), (MOVED, MEETING)], ids=["once", "twice", "and back"])
def test_what_still_names_the_old_day_goes_to_the_meeting_that_took_over(
    trust: Trust, case_id: str, days: tuple[date, ...]
) -> None:
    for day in days:
        postpone(trust.as_reviewer(), str(trust.only(lists)["meeting_id"]), day)
    form = trust.issue(case("27/1", ANNA, repeat=True), kind=DocumentKind.RESEARCH_FORM)
    again = trust.issue(case("27/1", ANNA, repeat=True), case("27/2", ANNA))
    of_the_list = trust.only(lists)["meeting_id"]
    assert trust.only(meetings, meetings.c.meeting_id == of_the_list)["meeting_date"] == days[-1].isoformat()
    assert {trust.document(one)["meeting_id"] for one in (form, again)} == {of_the_list}


def test_a_new_list_for_the_old_day_stands_for_itself(trust: Trust, case_id: str) -> None:
    """Once somebody settled that the old day has a meeting of its own, what names that day belongs to it."""
    old = trust.meeting_id()
    postpone(trust.as_reviewer(), old, MOVED)
    with trust.deployment.database.change() as change:
        row = {"list_id": "1" * 32, "meeting_id": old, "state": ListState.READ.value, "opened_at": change.now}
        change.connection.execute(insert(lists).values(**row, late=False))
    form = trust.issue(case("28/1", ANNA), kind=DocumentKind.RESEARCH_FORM)
    assert trust.document(form)["meeting_id"] == old


def test_where_two_meetings_left_one_day_nobody_guesses(trust: Trust, case_id: str) -> None:
    old = trust.meeting_id()
    postpone(trust.as_reviewer(), old, MOVED)
    with trust.deployment.database.change() as change:
        row = {"meeting_id": "2" * 32, "area": AREA, "meeting_date": LATER.isoformat()}
        change.connection.execute(insert(meetings).values(**row, postponed_from=MEETING.isoformat()))
    form = trust.issue(case("27/1", ANNA), kind=DocumentKind.RESEARCH_FORM)
    assert trust.document(form)["meeting_id"] == old


def test_a_meeting_is_not_moved_onto_another_or_after_it_was_held(trust: Trust, case_id: str) -> None:
    first = trust.meeting_id()
    trust.issue(case("28/1", ANNA), day=MOVED)
    with pytest.raises(UsageError):
        postpone(trust.as_reviewer(), first, MOVED)
    with pytest.raises(UsageError):
        postpone(trust.as_reviewer(), first, MEETING)
    trust.clock.to(MEETING)
    record_held(trust.as_reviewer(), first)
    with pytest.raises(UsageError):
        postpone(trust.as_reviewer(), first, date(2026, 12, 17))
    assert len(trust.rows(meetings)) == 2


def test_a_meeting_is_not_moved_onto_one_that_was_held(trust: Trust, case_id: str) -> None:
    """Its research forms would be destroyed at once, though nobody has heard its cases."""
    first = trust.meeting_id()
    form = trust.issue(case("99/1", ANNA), kind=DocumentKind.RESEARCH_FORM, day=MOVED)
    trust.clock.to(MOVED)
    record_held(trust.as_reviewer(), meeting_id_of(trust.deployment, AREA, MOVED))
    with pytest.raises(UsageError, match="held"):
        postpone(trust.as_reviewer(), first, MOVED)
    assert trust.only(lists)["meeting_id"] == first
    assert trust.document(form)["meeting_id"] != first


def test_a_meeting_is_not_moved_into_the_past(trust: Trust, case_id: str) -> None:
    trust.clock.to(MEETING)
    with pytest.raises(UsageError, match="passed"):
        postpone(trust.as_reviewer(), trust.meeting_id(), date(2026, 12, 2))
    assert len(trust.rows(meetings)) == 1


def test_an_outcome_needs_a_meeting_that_was_held(trust: Trust, case_id: str) -> None:
    with pytest.raises(UsageError, match="took place"):
        record_outcome(trust.as_reviewer(), case_id, HEARD)
    assert trust.rows(outcomes) == []


def test_an_outcome_is_sealed_with_its_case(trust: Trust, case_id: str) -> None:
    hold_meeting(trust)
    outcome_id = record_outcome(trust.as_reviewer(), case_id, HEARD)
    (row,) = trust.rows(outcomes)
    words = json.loads(trust.deployment.secrets.open_record(outcome_id, row["sealed"]))
    assert words == {"case_ref": "27/1", "note": "safe for now", "fields": {}}
    assert (row["heard"], row["heard_on"], row["repeat"]) == (True, MEETING.isoformat(), False)
    assert b"27/1" not in row["sealed"]
    assert [line.recorded for line in cases_of_meeting(trust.deployment, trust.meeting_id())] == [True]


def test_a_later_outcome_takes_the_place_of_the_first_and_both_stay(trust: Trust, case_id: str) -> None:
    hold_meeting(trust)
    first = record_outcome(trust.as_reviewer(), case_id, HEARD)
    second = record_outcome(trust.as_reviewer(), case_id, Outcome(False, MEETING, None))
    assert {row["outcome_id"]: row["superseded"] for row in trust.rows(outcomes)} == {first: True, second: False}
    trust.work()
    assert trust.list_state() is ListState.CLOSED


def test_an_outcome_for_no_case_is_refused(trust: Trust, case_id: str) -> None:
    with pytest.raises(UsageError):
        record_outcome(trust.as_reviewer(), "f" * 32, HEARD)


def test_actions_are_due_on_the_friday_of_the_meetings_week(trust: Trust, case_id: str) -> None:
    hold_meeting(trust)
    action = MeetingAction.due_by_rule("call the housing officer", "DMR", MEETING)
    record_outcome(trust.as_reviewer(), case_id, Outcome(True, MEETING, False, (action,)))
    (row,) = trust.rows(actions)
    assert (row["due"], row["status"], row["owner"]) == ("2026-12-04", "open", "DMR")
    trust.clock.to(date(2026, 12, 4))
    assert not any("past their due day" in said for said in late_lists(trust.deployment))
    trust.clock.to(date(2026, 12, 5))
    assert "1 actions are past their due day" in late_lists(trust.deployment)


def test_an_action_is_confirmed_in_detail(trust: Trust, case_id: str) -> None:
    hold_meeting(trust)
    action = MeetingAction.due_by_rule("call the housing officer", "DMR", MEETING)
    record_outcome(trust.as_reviewer(), case_id, Outcome(True, MEETING, False, (action,)))
    action_id = trust.only(actions)["action_id"]
    for status, how in ((ActionStatus.OPEN, "still to do"), (ActionStatus.DONE, "  ")):
        with pytest.raises(UsageError):
            confirm_action(trust.as_reviewer(), action_id, status, how)
    trust.clock.to(date(2026, 12, 9))
    confirm_action(trust.as_reviewer(), action_id, ActionStatus.DONE, "spoke to them on Friday")
    row = trust.only(actions)
    words = json.loads(trust.deployment.secrets.open_record(action_id, row["sealed"]))
    assert (row["status"], words["how"]) == ("done", "spoke to them on Friday")
    assert not any("past their due day" in said for said in late_lists(trust.deployment))


def test_a_corrected_outcome_keeps_the_actions_that_are_open(trust: Trust, case_id: str) -> None:
    hold_meeting(trust)
    call = MeetingAction.due_by_rule("call the housing officer", "DMR", MEETING)
    write = MeetingAction.due_by_rule("write to the practice", "DMR", MEETING)
    record_outcome(trust.as_reviewer(), case_id, Outcome(True, MEETING, False, (call, write)))
    done = trust.rows(actions)[0]["action_id"]
    confirm_action(trust.as_reviewer(), done, ActionStatus.DONE, "spoke to them")
    corrected = record_outcome(trust.as_reviewer(), case_id, HEARD)
    (still_open,) = trust.rows(actions, actions.c.status == ActionStatus.OPEN.value)
    assert still_open["outcome_id"] == corrected
    assert trust.only(actions, actions.c.action_id == done)["outcome_id"] != corrected
    trust.clock.to(date(2026, 12, 9))
    assert "1 actions are past their due day" in late_lists(trust.deployment)


def test_an_action_that_is_said_again_stays_one_action(trust: Trust, case_id: str) -> None:
    hold_meeting(trust)
    call = MeetingAction.due_by_rule("call the housing officer", "DMR", MEETING)
    for _ in range(2):
        record_outcome(trust.as_reviewer(), case_id, Outcome(True, MEETING, False, (call,)))
    assert len(trust.rows(actions)) == 1


def test_an_outcome_that_is_corrected_after_its_list_was_destroyed_keeps_its_reference(trust: Trust) -> None:
    document_id = trust.issue(case("27/1", ANNA))
    case_id = str(trust.cases()[0]["case_id"])
    hold_meeting(trust)
    record_outcome(trust.as_reviewer(), case_id, HEARD)
    trust.work()
    assert trust.document(document_id)["state"] == DocumentState.DESTROYED
    corrected = record_outcome(trust.as_reviewer(), case_id, Outcome(False, MEETING, None))
    (row,) = trust.rows(outcomes, ~outcomes.c.superseded)
    words = json.loads(trust.deployment.secrets.open_record(corrected, row["sealed"]))
    assert words["case_ref"] == "27/1"
    assert [line.case_ref for line in cases_of_meeting(trust.deployment, trust.meeting_id())] == ["27/1"]


def test_a_day_that_passed_without_a_word_is_late(trust: Trust, case_id: str) -> None:
    trust.clock.to(MEETING)
    assert late_lists(trust.deployment) == []
    trust.clock.to(date(2026, 12, 4))
    assert late_lists(trust.deployment) == [
        "Rotherham 2026-12-03: the day has passed; record whether the meeting took place"
    ]


def test_a_meetings_cases_are_shown_with_their_references(trust: Trust) -> None:
    trust.issue(case("27/1", ANNA), case("27/2", subject(family="ZZNOBODY", given="Ix", births=(date(1970, 1, 1),))))
    lines = cases_of_meeting(trust.deployment, trust.meeting_id())
    assert [(line.case_ref, line.flagged, line.recorded) for line in lines] == [("27/1", 1, False), ("27/2", 0, False)]
