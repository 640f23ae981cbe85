"""Ending a flag, taking a wrong one back, and asking the register whether ours still stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from builders import case, subject
from deployments import Trust
from fakes.flag_register import FakeFlagRegister

from integration.domain.audit import Action
from integration.domain.flag import FlagStatus
from integration.domain.progress import SubjectState
from integration.errors import ConfigurationError, UsageError
from integration.storage.tables import audit_events
from integration.workflow.end_flags import TAKEN_BACK, check_register, end_flag, find_drift, ledger, take_back_flag
from integration.workflow.meetings import record_held, record_outcome
from integration.workflow.process_case_list import due_steps
from integration.workflow.raise_flags import HELD, OWED, VERIFIED, flag_of, place_flag
from integration.workflow.review_match import Answer, decide, waiting_for_review
from integration.workflow.state_of_play import state_of_play

S = SubjectState
ANNA = subject(family="ZZTESTER", given="Quillon")


@pytest.fixture
def flag_id(trust: Trust) -> str:
    trust.issue(case("1", ANNA))
    return str(trust.flags()[0]["flag_id"])


def standing(trust: Trust) -> list[FlagStatus]:
    return [flag.status for flag, _ in trust.register.flags.values()]


def test_an_ended_flag_is_inactive_at_the_register(trust: Trust, flag_id: str) -> None:
    trust.clock.to(date(2027, 12, 4))
    end_flag(trust.as_reviewer(), flag_id, "its time is over")
    trust.work()
    (row,) = trust.flags()
    assert (row["status"], row["end"], row["state"]) == ("inactive", "2027-12-04", VERIFIED)
    assert standing(trust) == [FlagStatus.INACTIVE]
    assert trust.states() == [S.FLAGGED]


def test_a_wrong_flag_is_entered_in_error_and_its_people_wait_again(trust: Trust, flag_id: str) -> None:
    assert take_back_flag(trust.as_reviewer(), flag_id, "a namesake") == 1
    trust.work()
    assert standing(trust) == [FlagStatus.ENTERED_IN_ERROR]
    (item,) = waiting_for_review(trust.deployment)
    assert item.why == (TAKEN_BACK,)
    assert [row.grounds for row in ledger(trust.deployment)] == [0]


def test_people_of_closed_lists_stay_as_they_were_counted(trust: Trust, flag_id: str) -> None:
    from integration.domain.outcome import Outcome

    trust.clock.to(date(2026, 12, 3))
    record_held(trust.as_reviewer(), trust.meeting_id())
    record_outcome(trust.as_reviewer(), trust.cases()[0]["case_id"], Outcome(True, date(2026, 12, 3), False))
    trust.work()
    assert take_back_flag(trust.as_reviewer(), flag_id, "a namesake") == 0
    assert trust.states() == [S.FLAGGED]


def test_a_flag_ends_once_and_with_a_reason(trust: Trust, flag_id: str) -> None:
    with pytest.raises(UsageError):
        end_flag(trust.as_reviewer(), flag_id, " ")
    with pytest.raises(UsageError):
        take_back_flag(trust.as_reviewer(), flag_id, "")
    end_flag(trust.as_reviewer(), flag_id, "its time is over")
    trust.work()
    for again in (end_flag, take_back_flag):
        with pytest.raises(UsageError, match="ended already"):
            again(trust.as_reviewer(), flag_id, "again")


def test_an_end_is_tried_until_the_register_takes_it(trust: Trust, flag_id: str) -> None:
    end_flag(trust.as_reviewer(), flag_id, "its time is over")
    for kind in ("unavailable", "unsent", "lost"):
        trust.register.fail_next(kind)
        trust.work()
        assert trust.flags()[0]["state"] != VERIFIED
        assert state_of_play(trust.deployment).owed > 0
        trust.clock.forward(minutes=1)
    trust.work()
    assert trust.flags()[0]["state"] == VERIFIED
    assert standing(trust) == [FlagStatus.INACTIVE]


def test_an_end_that_the_register_holds_against_waits_for_a_person_and_can_be_tried_again(
    trust: Trust, flag_id: str
) -> None:
    """A wrong flag that stands must never be forgotten."""
    right = flag_of(trust.flags()[0])
    trust.register.tamper(replace(right, status=FlagStatus.INACTIVE, end=right.start))
    trust.clock.forward(days=2)
    end_flag(trust.as_reviewer(), flag_id, "its time is over")
    trust.work()
    assert trust.flags()[0]["state"] == HELD
    assert state_of_play(trust.deployment).held == 1
    trust.register.tamper(right)  # its operators have mended it
    end_flag(trust.as_reviewer(), flag_id, "mended over there")
    trust.work()
    assert trust.flags()[0]["state"] == VERIFIED
    assert state_of_play(trust.deployment).held == 0
    assert standing(trust) == [FlagStatus.INACTIVE]


def test_a_held_end_can_become_a_wrong_flag_taken_back(trust: Trust, flag_id: str) -> None:
    right = flag_of(trust.flags()[0])
    trust.register.tamper(replace(right, status=FlagStatus.INACTIVE, end=right.start))
    trust.clock.forward(days=2)
    end_flag(trust.as_reviewer(), flag_id, "its time is over")
    trust.work()
    assert take_back_flag(trust.as_reviewer(), flag_id, "it was wrong from the start") == 1
    trust.work()
    assert (trust.flags()[0]["status"], trust.flags()[0]["state"]) == ("entered-in-error", VERIFIED)
    assert standing(trust) == [FlagStatus.ENTERED_IN_ERROR]


def test_a_flag_that_never_stood_is_over_once_the_register_says_that_it_is_not_there(trust: Trust) -> None:
    trust.register.disagreeing.add("1001")
    trust.issue(case("1", ANNA))
    (item,) = waiting_for_review(trust.deployment)
    decide(trust.as_reviewer(), item.subject_id, item.version, Answer.NO_MATCH, None, "another person")
    trust.work()
    assert [(f["status"], f["state"], f["reason"]) for f in trust.flags()] == [("entered-in-error", VERIFIED, None)]
    assert trust.register.flags == {}
    assert find_drift(trust.deployment) == (1, [])
    assert state_of_play(trust.deployment).held == 0


def test_flags_that_stand_as_they_should_do_not_drift(trust: Trust, flag_id: str) -> None:
    assert find_drift(trust.deployment) == (1, [])


@pytest.mark.parametrize("how", ["gone", "changed", "patient gone"])
def test_drift_is_found_and_on_record(trust: Trust, flag_id: str, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    flag = flag_of(trust.flags()[0])
    if how == "gone":
        trust.register.forget(flag)
    elif how == "changed":
        trust.register.tamper(replace(flag, status=FlagStatus.INACTIVE, end=flag.start))
    else:
        monkeypatch.setattr(type(trust.deployment.index), "patient", lambda _index, _id: None)
    asked, (drift,) = find_drift(trust.deployment)
    assert (asked, drift.flag_id) == (1, flag_id)
    assert len(trust.rows(audit_events, audit_events.c.action == Action.FLAG_DRIFTED.value)) == 1


def test_the_ledger_tells_which_flags_are_due_for_review(trust: Trust, flag_id: str) -> None:
    (row,) = ledger(trust.deployment)
    assert (row.flag_id, row.status, row.grounds) == (flag_id, "active", 1)
    assert not row.is_due_for_review(date(2027, 12, 2))
    assert row.is_due_for_review(date(2027, 12, 3))


def test_flags_of_one_register_are_never_placed_or_looked_for_in_another(trust: Trust) -> None:
    trust.issue(case("1", ANNA))
    trust.register.fail_next("unavailable")
    trust.issue(case("1", subject(family="ZZOTHER", given="Rowan", nhs_number="9990000026")))
    owed = next(f for f in trust.flags() if f["state"] == OWED)
    other = FakeFlagRegister("other")
    trust.change_deployment(register=other, register_name=other.name)
    trust.clock.forward(minutes=5)
    assert ("place", owed["flag_id"]) not in [(due.step, due.object_id) for due in due_steps(trust.deployment)]
    with pytest.raises(ConfigurationError):
        place_flag(trust.deployment, owed["flag_id"])
    assert find_drift(trust.deployment) == (0, [])
    assert other.flags == {}


def test_a_register_is_left_only_when_nothing_of_ours_stands_there(trust: Trust, flag_id: str) -> None:
    check_register(trust.deployment)
    before = {"register": trust.register, "register_name": trust.deployment.register_name}
    trust.change_deployment(register=FakeFlagRegister("other"), register_name="other")
    with pytest.raises(ConfigurationError, match="1 in the register fake"):
        check_register(trust.deployment)
    trust.change_deployment(**before)
    end_flag(trust.as_reviewer(), flag_id, "we move")
    trust.work()
    trust.change_deployment(register=FakeFlagRegister("other"), register_name="other")
    check_register(trust.deployment)
