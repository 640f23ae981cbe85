"""A list moves on by itself and closes only over people who all have a counted end, with every outcome on record."""

from __future__ import annotations

from datetime import date

import pytest
from builders import case, subject
from deployments import MEETING, Trust

from integration.domain.audit import Action
from integration.domain.case_list import Problem
from integration.domain.outcome import Outcome
from integration.domain.people import Role
from integration.domain.progress import ListState, SubjectState
from integration.storage.tables import audit_events, lists
from integration.workflow.close_list import Balance, advance_list, balance_of
from integration.workflow.meetings import record_held, record_outcome
from integration.workflow.review_match import Answer, decide, undo, waiting_for_review
from integration.workflow.settle_held import accept_case, held_items, transcribe_case

S, L = SubjectState, ListState
ANNA = subject(family="ZZTESTER", given="Quillon")
DOUBTFUL = subject(family="ZZTESTER", given="Quillon", line="", postcode=None)
CHILD = subject(Role.CHILD, family="ZZOTHER", given="Rowan")
OTHER = subject(Role.OTHER, family="ZZOTHER", given="Rowan")
NOBODY = subject(family="ZZNOBODY", given="Ix", births=(date(1970, 1, 1),), postcode="ZZ98 1AA")


def balance(trust: Trust) -> Balance:
    with trust.deployment.database.reading() as connection:
        return balance_of(connection, trust.only(lists)["list_id"])


def hold_meeting(trust: Trust) -> None:
    trust.clock.to(MEETING)
    record_held(trust.as_reviewer(), trust.meeting_id())
    trust.work()


def record(trust: Trust, case_no: int = 0) -> None:
    record_outcome(trust.as_reviewer(), trust.cases()[case_no]["case_id"], Outcome(True, MEETING, False))
    trust.work()


def test_everybody_is_counted(trust: Trust) -> None:
    trust.issue(
        case("1", ANNA, CHILD, NOBODY), case("2", OTHER), case("3", DOUBTFUL), problems=[Problem("row 9", "torn", "4")]
    )
    sheet = balance(trust)
    assert dict(sheet.states) == {
        S.FLAGGED: 1,
        S.CHILD_NOTED: 1,
        S.NOT_OUR_PATIENT: 1,
        S.NOT_FLAGGED_BY_RULE: 1,
        S.UNDER_REVIEW: 1,
    }
    assert (sheet.people, sheet.ended, sheet.held_cases, sheet.balances) == (5, 4, 1, False)
    assert sheet.state is L.MATCHED


def test_a_list_waits_for_each_thing_in_turn(trust: Trust) -> None:
    trust.issue(case("1", ANNA), case("2", DOUBTFUL), problems=[Problem("row 9", "torn", "3")])
    assert trust.list_state() is L.MATCHED
    (item,) = waiting_for_review(trust.deployment)
    decide(trust.as_reviewer(), item.subject_id, item.version, Answer.NO_MATCH, None, "another")
    trust.work()
    assert trust.list_state() is L.MATCHED  # a case is held
    (waits,) = held_items(trust.deployment)
    transcribe_case(trust.as_reviewer(), waits.object_id, 1)
    trust.work()
    assert trust.list_state() is L.FLAGGED
    hold_meeting(trust)
    assert trust.list_state() is L.HEARD  # an outcome is missing
    assert balance(trust).outcomes_missing == 1
    record(trust, 1)
    assert trust.list_state() is L.CLOSED
    assert trust.only(lists)["closed_at"] is not None


def test_a_meeting_that_was_held_closes_no_list_in_doubt(trust: Trust) -> None:
    trust.issue(case("1", ANNA), case("2", DOUBTFUL))
    hold_meeting(trust)
    record(trust)
    record(trust, 1)
    assert trust.list_state() is L.MATCHED


def test_a_held_case_keeps_the_list_open_after_the_meeting(trust: Trust) -> None:
    trust.issue(case("1", ANNA), case("2", NOBODY), problems=[Problem("row 3", "torn", "2")])
    hold_meeting(trust)
    record(trust)
    assert trust.list_state() is L.MATCHED
    (waits,) = held_items(trust.deployment)
    accept_case(trust.as_reviewer(), waits.object_id)
    trust.work()
    assert trust.list_state() is L.CLOSED


def test_only_cases_with_a_flagged_patient_need_an_outcome(trust: Trust) -> None:
    trust.issue(case("1", NOBODY), case("2", CHILD))
    hold_meeting(trust)
    assert trust.list_state() is L.CLOSED


def test_an_undone_decision_sends_the_list_back(trust: Trust) -> None:
    trust.issue(case("1", ANNA))
    hold_meeting(trust)
    assert trust.list_state() is L.HEARD
    row = trust.people()[0]
    undo(trust.as_reviewer(), row["subject_id"], row["version"], "a namesake")
    trust.work()
    assert trust.list_state() is L.MATCHED


@pytest.mark.parametrize("role", [Role.VICTIM, Role.PERPETRATOR])
def test_an_unplaced_flag_keeps_the_list_open(trust: Trust, role: Role) -> None:
    trust.register.fail_next("unavailable")
    trust.issue(case("1", subject(role, family="ZZTESTER", given="Quillon")))
    hold_meeting(trust)
    assert trust.states() in ([S.MATCHED], [S.FLAGGED])
    trust.clock.forward(minutes=1)
    trust.work()
    assert trust.list_state() is L.HEARD


def test_each_move_is_on_record_with_the_counts(trust: Trust) -> None:
    trust.issue(case("1", NOBODY))
    hold_meeting(trust)
    moves = trust.rows(audit_events, audit_events.c.action == Action.LIST_CHANGED.value)
    (closed,) = trust.rows(audit_events, audit_events.c.action == Action.LIST_CLOSED.value)
    assert len(moves) == 3
    assert b'"not_our_patient":1,"people":1,"state":"closed"' in closed["canonical"]
    before = trust.log_length()
    advance_list(trust.deployment, trust.only(lists)["list_id"])
    assert trust.log_length() == before
