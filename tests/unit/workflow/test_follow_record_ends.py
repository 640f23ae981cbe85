"""A patient's record is merged or removed: no flag is ever missing, none is left behind, doubt is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

import pytest
from builders import case, patient, subject
from deployments import Trust
from reviews import ANNA, DOUBTFUL, LATER, answer, the_one

from integration.domain.flag import FlagStatus
from integration.domain.outcome import Outcome
from integration.domain.people import RecordEnd, Role
from integration.domain.progress import ListState, SubjectState
from integration.errors import Conflict, UsageError
from integration.ports import EndedRecords
from integration.storage.tables import subjects
from integration.workflow.end_flags import end_flag, find_drift, take_back_flag
from integration.workflow.follow_record_ends import (
    RECORD_GONE,
    RECORD_MERGED,
    REMOVED,
    TAKEN,
    ends_to_follow,
    follow_record_end,
    place_after_all,
)
from integration.workflow.match_subjects import ENDED, OPPOSITE
from integration.workflow.meetings import record_held, record_outcome
from integration.workflow.raise_flags import HELD, VERIFIED
from integration.workflow.review_match import Answer, decide, show, undo, waiting_for_review
from integration.workflow.state_of_play import state_of_play

S = SubjectState
SURVIVOR = patient("2001", nhs_number=None, line="9 New Road", postcode="ZZ99 4AA")
THERE = subject(line="9 New Road", postcode="ZZ99 4AA")  # who a list names at the address of 2001


class Standing(NamedTuple):
    patient: str
    role: Role
    status: FlagStatus


def at_the_register(trust: Trust) -> list[Standing]:
    return sorted(Standing(flag.patient, flag.role, flag.status) for flag, _ in trust.register.flags.values())


def merge(trust: Trust, obsolete: str = "1001", survivor: str = "2001") -> None:
    trust.deployment.index.end_records([RecordEnd(obsolete, survivor)])


@pytest.fixture
def flagged(trust: Trust) -> Trust:
    """Somebody is flagged on 1001; 2001, which the index gets later, is the same person's other record."""
    trust.issue(case("1", ANNA))
    trust.load(SURVIVOR)
    return trust


def test_a_flag_follows_to_the_surviving_record_and_the_old_one_ends(flagged: Trust) -> None:
    merge(flagged)
    flagged.work()
    victim = Role.VICTIM
    assert at_the_register(flagged) == [("1001", victim, FlagStatus.INACTIVE), ("2001", victim, FlagStatus.ACTIVE)]
    assert [(f["patient"], f["status"], f["state"]) for f in flagged.flags()] == [
        ("1001", "inactive", VERIFIED),
        ("2001", "active", VERIFIED),
    ]
    (person,) = flagged.people()
    assert (person["state"], person["patient"]) == (S.FLAGGED, "2001")
    assert person["flag_id"] == flagged.flags()[1]["flag_id"]
    assert find_drift(flagged.deployment) == (2, [])
    assert state_of_play(flagged.deployment).held == 0


@pytest.mark.parametrize("kind", ["unavailable", "unsent", "lost"])
def test_the_old_flag_stands_until_the_new_one_does(flagged: Trust, kind: str) -> None:
    merge(flagged)
    flagged.register.fail_next(kind)
    flagged.work()
    assert Standing("1001", Role.VICTIM, FlagStatus.ACTIVE) in at_the_register(flagged)
    flagged.clock.forward(hours=1)
    flagged.work()
    assert [s.status for s in at_the_register(flagged)] == [FlagStatus.INACTIVE, FlagStatus.ACTIVE]


def test_a_surviving_record_that_disagrees_there_waits_for_a_person(flagged: Trust) -> None:
    flagged.register.disagreeing.add("2001")
    merge(flagged)
    flagged.work()
    assert at_the_register(flagged) == [("1001", Role.VICTIM, FlagStatus.ACTIVE)]
    assert state_of_play(flagged.deployment).held == 1
    flagged.register.disagreeing.clear()
    place_after_all(flagged.as_reviewer(), flagged.flags()[1]["flag_id"], "merged over there by now")
    flagged.work()
    assert [s.status for s in at_the_register(flagged)] == [FlagStatus.INACTIVE, FlagStatus.ACTIVE]
    assert state_of_play(flagged.deployment).held == 0


def test_a_closed_list_s_flag_follows_too(flagged: Trust) -> None:
    flagged.clock.to(date(2026, 12, 3))
    record_held(flagged.as_reviewer(), flagged.meeting_id())
    record_outcome(flagged.as_reviewer(), flagged.cases()[0]["case_id"], Outcome(True, date(2026, 12, 3), False))
    flagged.work()
    assert flagged.list_state() is ListState.CLOSED
    merge(flagged)
    flagged.work()
    assert [s.status for s in at_the_register(flagged)] == [FlagStatus.INACTIVE, FlagStatus.ACTIVE]
    assert (flagged.list_state(), flagged.states()) == (ListState.CLOSED, [S.FLAGGED])


def test_a_flag_that_was_never_sent_is_wanted_on_the_survivor_alone(trust: Trust) -> None:
    trust.register.fail_next("unavailable")
    trust.issue(case("1", ANNA))
    trust.load(SURVIVOR)
    merge(trust)
    trust.clock.forward(hours=1)
    trust.work()
    assert Standing("2001", Role.VICTIM, FlagStatus.ACTIVE) in at_the_register(trust)
    assert Standing("1001", Role.VICTIM, FlagStatus.ACTIVE) not in at_the_register(trust)
    assert trust.states() == [S.FLAGGED]


@pytest.mark.parametrize("survivor", ["2001", None])
def test_a_record_that_ends_while_its_list_is_matched_is_not_flagged_after_its_end_was_followed(
    trust: Trust, monkeypatch: pytest.MonkeyPatch, survivor: str | None
) -> None:
    """Another host of the service may merge, and let the flags follow, between the answer and what it leads to."""
    trust.load(patient("2001", nhs_number=None, line="9 New Road", postcode="ZZ99 4AA"))
    index = type(trust.deployment.index)
    answered = index.match

    def match_then_end(self: Any, cases: Any) -> Any:
        monkeypatch.setattr(index, "match", answered)
        found = answered(self, cases)
        self.end_records([RecordEnd("1001", survivor)])
        with trust.deployment.database.reading() as connection:
            waiting = ends_to_follow(connection)
        for end_id in waiting:
            follow_record_end(trust.deployment, end_id)
        return found

    monkeypatch.setattr(index, "match", match_then_end)
    trust.issue(case("1", ANNA))
    assert trust.flags() == []
    assert trust.states() == [S.UNDER_REVIEW]  # asked again, of the index as it is: 2001 has the name and birth alone


def test_two_merges_in_a_row_end_at_the_last_record(flagged: Trust) -> None:
    flagged.load(patient("3001", nhs_number=None))
    flagged.deployment.index.end_records([RecordEnd("1001", "2001"), RecordEnd("2001", "3001")])
    flagged.work()
    active = [s.patient for s in at_the_register(flagged) if s.status is FlagStatus.ACTIVE]
    assert active == ["3001"]
    merge(flagged, "3001", "1002")
    flagged.work()
    active = [s.patient for s in at_the_register(flagged) if s.status is FlagStatus.ACTIVE]
    assert active == ["1002"]


def test_a_merged_record_that_the_record_system_purges_then_takes_no_flag_with_it(flagged: Trust) -> None:
    merge(flagged)
    assert flagged.deployment.index.end_records([RecordEnd("1001")]) == EndedRecords(0, 0, 1)
    flagged.work()
    active = [s.patient for s in at_the_register(flagged) if s.status is FlagStatus.ACTIVE]
    assert active == ["2001"] and state_of_play(flagged.deployment).held == 0


def test_the_survivor_s_own_flag_gets_one_more_ground(flagged: Trust) -> None:
    flagged.issue(case("2", THERE), day=LATER)
    assert [f["patient"] for f in flagged.flags()] == ["1001", "2001"]
    merge(flagged)
    flagged.work()
    assert [s.status for s in at_the_register(flagged)] == [FlagStatus.INACTIVE, FlagStatus.ACTIVE]
    assert {p["flag_id"] for p in flagged.people()} == {flagged.flags()[1]["flag_id"]}


def test_an_undone_decision_after_a_merge_takes_the_flag_back_on_both(flagged: Trust) -> None:
    merge(flagged)
    flagged.work()
    (person,) = flagged.people()
    undo(flagged.as_reviewer(), person["subject_id"], person["version"], "a namesake after all")
    flagged.work()
    assert [s.status for s in at_the_register(flagged)] == [FlagStatus.INACTIVE, FlagStatus.ENTERED_IN_ERROR]


def test_an_undo_between_wanting_and_standing_ends_both_as_wrong(flagged: Trust) -> None:
    merge(flagged)
    flagged.register.fail_next("unsent")
    flagged.work()
    (person,) = flagged.people()
    undo(flagged.as_reviewer(), person["subject_id"], person["version"], "a namesake after all")
    flagged.clock.forward(hours=1)
    flagged.work()
    assert [s.status for s in at_the_register(flagged)] == [FlagStatus.ENTERED_IN_ERROR]
    assert all(f["state"] == VERIFIED for f in flagged.flags())


def test_an_opposite_flag_on_the_survivor_puts_it_to_a_person(flagged: Trust) -> None:
    flagged.issue(case("2", replace(THERE, role=Role.PERPETRATOR)), day=LATER)
    merge(flagged)
    flagged.work()
    assert Standing("1001", Role.VICTIM, FlagStatus.ACTIVE) in at_the_register(flagged)
    (old,) = [f for f in flagged.flags() if f["patient"] == "1001"]
    assert (old["state"], old["reason"]) == (HELD, OPPOSITE)
    assert state_of_play(flagged.deployment).held == 1
    with pytest.raises(UsageError, match="--reason"):
        place_after_all(flagged.as_reviewer(), old["flag_id"], " ")
    place_after_all(flagged.as_reviewer(), old["flag_id"], "both are true")
    flagged.work()
    active = {(s.patient, s.role) for s in at_the_register(flagged) if s.status is FlagStatus.ACTIVE}
    assert active == {("2001", Role.VICTIM), ("2001", Role.PERPETRATOR)}
    assert state_of_play(flagged.deployment).held == 0


def test_an_ended_flag_on_the_survivor_is_not_revived_without_a_person(flagged: Trust) -> None:
    flagged.issue(case("2", THERE), day=LATER)
    ended = next(f for f in flagged.flags() if f["patient"] == "2001")
    end_flag(flagged.as_reviewer(), ended["flag_id"], "its time is over")
    flagged.work()
    merge(flagged)
    flagged.work()
    old = next(f for f in flagged.flags() if f["patient"] == "1001")
    assert (old["status"], old["state"], old["reason"]) == ("active", HELD, ENDED)
    place_after_all(flagged.as_reviewer(), old["flag_id"], "the newer case stands")
    flagged.work()
    active = [s.patient for s in at_the_register(flagged) if s.status is FlagStatus.ACTIVE]
    assert active == ["2001"]


def test_two_people_of_one_case_never_come_to_one_record(trust: Trust) -> None:
    trust.load(patient("2001", "ZZELSE", "Wilhelmina", nhs_number="9990000034", birth=date(1950, 5, 1)))
    other = subject(family="ZZELSE", given="Wilhelmina", births=(date(1950, 5, 1),))
    trust.issue(case("1", ANNA, other))
    assert trust.states() == [S.FLAGGED, S.FLAGGED]
    merge(trust)
    trust.work()
    old = next(f for f in trust.flags() if f["patient"] == "1001")
    assert (old["status"], old["state"], old["reason"]) == ("active", HELD, TAKEN)
    with pytest.raises(UsageError, match="another person of the same case"):
        place_after_all(trust.as_reviewer(), old["flag_id"], "really")
    assert [s.status for s in at_the_register(trust)] == [FlagStatus.ACTIVE, FlagStatus.ACTIVE]


def test_a_reviewer_is_shown_the_survivor_and_may_not_decide_on_what_was_seen(trust: Trust) -> None:
    trust.issue(case("1", DOUBTFUL))
    seen = the_one(trust)
    trust.load(SURVIVOR)
    merge(trust)
    trust.work()
    with pytest.raises(Conflict):
        decide(trust.as_reviewer(), seen.subject_id, seen.version, Answer.NO_MATCH, None, "nobody")
    assert RECORD_MERGED in the_one(trust).why
    shown = show(trust.as_reviewer(), seen.subject_id)
    assert "1001" not in {c["patient"] for c, _ in shown.candidates}
    assert [c["patient"] for c, _ in shown.candidates].count("2001") == 1
    assert all(found is not None for _, found in shown.candidates)
    answer(trust, the_one(trust), Answer.MATCH, "2001")
    assert trust.states() == [S.FLAGGED]


def test_a_child_is_noted_on_the_survivor(trust: Trust) -> None:
    trust.issue(case("1", replace(ANNA, role=Role.CHILD)))
    trust.load(SURVIVOR)
    merge(trust)
    trust.work()
    assert [(p["state"], p["patient"]) for p in trust.people()] == [(S.CHILD_NOTED, "2001")]


def test_a_flag_of_a_removed_patient_is_put_to_a_person_and_can_be_ended(flagged: Trust) -> None:
    flagged.deployment.index.end_records([RecordEnd("1001")])
    flagged.work()
    (flag,) = flagged.flags()
    assert (flag["status"], flag["state"], flag["reason"]) == ("active", HELD, REMOVED)
    assert at_the_register(flagged) == [("1001", Role.VICTIM, FlagStatus.ACTIVE)]
    assert state_of_play(flagged.deployment).held == 1
    with pytest.raises(UsageError, match="not in the index"):
        place_after_all(flagged.as_reviewer(), flag["flag_id"], "again")
    take_back_flag(flagged.as_reviewer(), flag["flag_id"], "never our patient")
    flagged.work()
    assert at_the_register(flagged) == [("1001", Role.VICTIM, FlagStatus.ENTERED_IN_ERROR)]


def test_a_patient_removed_by_mistake_comes_back_with_the_flag(flagged: Trust) -> None:
    flagged.deployment.index.end_records([RecordEnd("1001")])
    flagged.work()
    flagged.load(patient())
    place_after_all(flagged.as_reviewer(), flagged.flags()[0]["flag_id"], "loaded again")
    flagged.work()
    assert flagged.flags()[0]["state"] == VERIFIED
    assert state_of_play(flagged.deployment).held == 0


def test_a_record_that_an_extract_has_brought_back_keeps_its_flag(flagged: Trust) -> None:
    merge(flagged)
    flagged.load(patient())
    flagged.work()
    assert at_the_register(flagged) == [("1001", Role.VICTIM, FlagStatus.ACTIVE)]
    assert flagged.states() == [S.FLAGGED]


def test_a_removed_candidate_is_said_and_not_shown(trust: Trust) -> None:
    trust.issue(case("1", DOUBTFUL))
    trust.deployment.index.end_records([RecordEnd("1001")])
    trust.work()
    item = the_one(trust)
    assert RECORD_GONE in item.why
    assert "1001" not in {c["patient"] for c in trust.only(subjects)["candidates"]}


def test_who_waits_for_a_flag_on_a_removed_record_waits_for_a_person(trust: Trust) -> None:
    trust.register.fail_next("unavailable")
    trust.issue(case("1", ANNA))
    trust.deployment.index.end_records([RecordEnd("1001")])
    trust.work()
    assert trust.states() == [S.UNDER_REVIEW]
    assert [item.why for item in waiting_for_review(trust.deployment)] == [(REMOVED, RECORD_GONE)]
