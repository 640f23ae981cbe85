"""The ledger and the register: one flag a patient and role, its grounds, and what each of a register's answers does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from builders import case, patient, subject
from deployments import Trust

from integration.domain.flag import FlagStatus
from integration.domain.people import Role
from integration.domain.progress import SubjectState
from integration.errors import Unavailable
from integration.storage.tables import flag_grounds, work_failures
from integration.workflow.end_flags import end_flag, take_back_flag
from integration.workflow.match_subjects import OPPOSITE
from integration.workflow.process_case_list import due_steps
from integration.workflow.raise_flags import HELD, OWED, UNPROVEN, VERIFIED, flag_of, place_flag
from integration.workflow.review_match import Answer, decide, show, undo, waiting_for_review
from integration.workflow.state_of_play import state_of_play

S = SubjectState
ANNA = subject(family="ZZTESTER", given="Quillon")
AS_PERPETRATOR = replace(ANNA, role=Role.PERPETRATOR)
LATER = date(2027, 1, 14)


def test_two_cases_of_one_patient_and_role_are_one_flag_with_two_grounds(trust: Trust) -> None:
    trust.issue(case("1", ANNA), case("2", ANNA, subject(Role.OTHER, family="ZZNOBODY", given="Ix")))
    (flag,) = trust.flags()
    assert (flag["state"], flag["status"], flag["patient"]) == (VERIFIED, "active", "1001")
    assert len(trust.rows(flag_grounds)) == 2
    assert sorted(row["state"] for row in trust.people() if row["role"] == "victim") == [S.ALREADY_FLAGGED, S.FLAGGED]
    assert trust.register.writes == 1


def test_a_repeat_puts_the_review_off_and_asks_the_register(trust: Trust) -> None:
    trust.issue(case("1", ANNA))
    assert trust.flags()[0]["review_on"] == "2027-12-03"
    trust.issue(case("5", ANNA), day=LATER)
    (flag,) = trust.flags()
    assert (flag["review_on"], flag["generation"], flag["attempts"]) == ("2028-01-14", 1, 2)
    assert trust.register.writes == 1
    assert sorted(trust.states()) == sorted([S.FLAGGED, S.ALREADY_FLAGGED])


def test_a_repeat_of_an_earlier_meeting_does_not_bring_the_review_forward(trust: Trust) -> None:
    trust.issue(case("5", ANNA), day=LATER)
    trust.issue(case("1", ANNA))
    assert trust.flags()[0]["review_on"] == "2028-01-14"


def test_a_renewed_flag_that_the_register_has_lost_is_placed_again(trust: Trust) -> None:
    trust.issue(case("1", ANNA))
    trust.register.flags.clear()
    trust.issue(case("5", ANNA), day=LATER)
    assert trust.register.writes == 2
    assert [str(flag.key) for flag, _ in trust.register.flags.values()] == [trust.flags()[0]["key"]]


def test_an_unavailable_register_is_tried_again_later_and_nobody_is_flagged_yet(trust: Trust) -> None:
    trust.register.fail_next("unavailable")
    trust.issue(case("1", ANNA))
    (flag,) = trust.flags()
    assert (flag["state"], flag["attempts"], flag["reason"]) == (OWED, 1, "connect: nothing answers at its address")
    assert trust.states() == [S.MATCHED]
    assert trust.only(work_failures)["work"] == f"place:{flag['flag_id']}"
    assert due_steps(trust.deployment) == []
    assert state_of_play(trust.deployment).owed > 0
    trust.clock.forward(minutes=1)
    trust.work()
    assert trust.states() == [S.FLAGGED]
    assert trust.rows(work_failures) == []
    assert state_of_play(trust.deployment).owed == 0


def test_each_failure_waits_longer(trust: Trust) -> None:
    for _ in range(6):
        trust.register.fail_next("unavailable")
    trust.issue(case("1", ANNA))
    (flag,) = trust.flags()
    for _ in range(5):
        trust.clock.forward(minutes=1)
        with pytest.raises(Unavailable):
            place_flag(trust.deployment, flag["flag_id"])
    (flag,) = trust.flags()
    waits = (instant_of(flag["due_at"]) - trust.clock()).total_seconds()
    assert flag["attempts"] == 6
    assert 15 <= waits <= 48


def instant_of(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(("lost", "writes"), [("lost", 1), ("unsent", 1)])
def test_a_lost_answer_is_looked_for_and_the_flag_stands_once(trust: Trust, lost: str, writes: int) -> None:
    trust.register.fail_next(lost)
    trust.issue(case("1", ANNA))
    assert (trust.flags()[0]["state"], trust.states()) == (UNPROVEN, [S.MATCHED])
    trust.clock.forward(minutes=1)
    trust.work()
    assert (trust.flags()[0]["state"], trust.states()) == (VERIFIED, [S.FLAGGED])
    assert (trust.register.writes, len(trust.register.flags)) == (writes, 1)


def test_a_kill_between_answer_and_record_places_nothing_twice(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    from integration.workflow import raise_flags

    class Killed(BaseException):
        pass

    def dying(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(raise_flags, "_conclude", dying)
        with pytest.raises(Killed):
            trust.issue(case("1", ANNA))
    trust.work()
    assert trust.states() == [S.FLAGGED]
    assert trust.register.writes == 1


def test_a_patient_who_disagrees_is_put_to_a_person_and_a_second_decision_tries_again(trust: Trust) -> None:
    trust.register.disagreeing.add("1001")
    trust.issue(case("1", ANNA))
    (flag,) = trust.flags()
    assert (flag["state"], flag["due_at"]) == (HELD, None)
    (item,) = waiting_for_review(trust.deployment)
    assert item.why == ("the record system's patient does not agree: the NHS numbers differ",)
    assert trust.register.writes == 0
    trust.register.disagreeing.clear()
    decide(trust.as_reviewer(), item.subject_id, item.version, Answer.MATCH, "1001", "the record is mended")
    trust.work()
    assert (trust.flags()[0]["state"], trust.states()) == (VERIFIED, [S.FLAGGED])


def test_who_comes_while_the_flag_is_held_is_put_to_a_person_too(trust: Trust) -> None:
    trust.register.disagreeing.add("1001")
    trust.issue(case("1", ANNA))
    trust.issue(case("5", ANNA), day=LATER)
    assert trust.states() == [S.UNDER_REVIEW, S.UNDER_REVIEW]
    assert len(waiting_for_review(trust.deployment)) == 2


def test_a_patient_who_has_left_the_index_is_put_to_a_person(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(type(trust.deployment.index), "patient", lambda _index, _id: None)
        trust.issue(case("1", ANNA))
    assert trust.flags()[0]["reason"] == "the patient is no longer in the index"
    assert trust.states() == [S.UNDER_REVIEW]
    assert trust.register.writes == 0


def foreign_opposite(trust: Trust) -> None:
    """The record carries an active perpetrator's flag that our ledger does not know."""
    trust.issue(case("9", AS_PERPETRATOR), day=LATER)
    from integration.storage.tables import flags, subjects

    with trust.deployment.database.change() as change:
        change.connection.execute(flag_grounds.delete())
        change.connection.execute(flags.delete())
        change.connection.execute(subjects.update().values(flag_id=None))


def test_an_opposite_flag_on_the_record_stops_for_a_person(trust: Trust) -> None:
    foreign_opposite(trust)
    trust.issue(case("1", ANNA))
    (item,) = waiting_for_review(trust.deployment)
    assert item.why == ("the record carries a flag of the opposite role",)
    assert trust.register.writes == 1
    show(trust.as_reviewer(), item.subject_id)
    decide(trust.as_reviewer(), item.subject_id, item.version, Answer.MATCH, "1001", "both are so")
    trust.work()
    assert trust.register.writes == 2
    assert sorted(flag.role for flag, _ in trust.register.flags.values()) == [Role.PERPETRATOR, Role.VICTIM]


def test_who_only_confirmed_the_person_has_not_seen_an_opposite_flag_on_the_record(trust: Trust) -> None:
    foreign_opposite(trust)
    trust.issue(case("1", subject(family="ZZTESTER", given="Quillon", line="", postcode=None)))
    (item,) = waiting_for_review(trust.deployment)
    decide(trust.as_reviewer(), item.subject_id, item.version, Answer.MATCH, "1001", "same person")
    trust.work()
    assert trust.register.writes == 1
    (item,) = waiting_for_review(trust.deployment)
    assert item.why == ("the record carries a flag of the opposite role",)


def test_who_only_confirmed_the_person_has_not_seen_an_opposite_flag_in_the_ledger(trust: Trust) -> None:
    trust.issue(case("9", AS_PERPETRATOR), day=LATER)
    trust.issue(case("1", subject(family="ZZTESTER", given="Quillon", line="", postcode=None)))
    (item,) = waiting_for_review(trust.deployment)
    assert OPPOSITE not in item.why
    assert decide(trust.as_reviewer(), item.subject_id, item.version, Answer.MATCH, "1001", "same") is S.UNDER_REVIEW
    (item,) = waiting_for_review(trust.deployment)
    assert item.why == (OPPOSITE,)
    assert [row["role"] for row in trust.flags()] == ["perpetrator"]
    show(trust.deployment, item.subject_id)  # somebody else was shown it, and that is not enough
    assert decide(trust.as_reviewer(), item.subject_id, item.version, Answer.MATCH, "1001", "both") is S.UNDER_REVIEW
    (item,) = waiting_for_review(trust.deployment)
    show(trust.as_reviewer(), item.subject_id)
    assert decide(trust.as_reviewer(), item.subject_id, item.version, Answer.MATCH, "1001", "both") is S.MATCHED
    trust.work()
    assert [(row["role"], row["state"]) for row in trust.flags()] == [("perpetrator", VERIFIED), ("victim", VERIFIED)]


def test_a_flag_that_stands_otherwise_is_put_to_a_person(trust: Trust) -> None:
    trust.issue(case("1", ANNA))
    flag = flag_of(trust.flags()[0])
    trust.register.tamper(replace(flag, status=FlagStatus.INACTIVE, end=flag.start))
    trust.issue(case("5", ANNA), day=LATER)
    assert trust.flags()[0]["reason"] == "the register holds it otherwise: status, period.end"
    (item,) = waiting_for_review(trust.deployment)
    assert item.meeting_date == LATER.isoformat()


def test_a_flag_that_is_ended_before_it_stands_flags_nobody(trust: Trust) -> None:
    """Whoever waits for it is put to a person: else they would count as flagged by a flag that is over."""
    trust.issue(case("1", ANNA))
    trust.register.fail_next("unavailable")
    trust.issue(case("5", ANNA), day=LATER)
    assert sorted(trust.states()) == sorted([S.FLAGGED, S.MATCHED])
    end_flag(trust.as_reviewer(), trust.flags()[0]["flag_id"], "its time is over")
    trust.clock.forward(minutes=1)
    trust.work()
    assert (trust.flags()[0]["status"], trust.flags()[0]["state"]) == ("inactive", VERIFIED)
    assert sorted(trust.states()) == sorted([S.FLAGGED, S.UNDER_REVIEW])


def test_a_flag_that_was_never_sent_is_ended_without_a_call(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        from integration.workflow import process_case_list

        patch.setitem(process_case_list.STEPS, "place", lambda _deployment, _flag_id: None)
        trust.issue(case("1", ANNA))
    end_flag(trust.as_reviewer(), trust.flags()[0]["flag_id"], "a mistake")
    trust.work()
    assert (trust.flags()[0]["status"], trust.register.flags) == ("inactive", {})
    assert trust.states() == [S.UNDER_REVIEW]


def test_a_flag_starts_today_in_england(trust: Trust) -> None:
    trust.load(patient())
    trust.clock.to(date(2026, 7, 1))
    trust.clock.forward(hours=11, minutes=30)  # half past midnight in England
    trust.issue(case("1", ANNA))
    assert trust.flags()[0]["start"] == "2026-07-02"


# --- a person wants otherwise while the register is asked


def taken_back_during(trust: Trust, monkeypatch: pytest.MonkeyPatch, owner: object, method: str, *, late: bool) -> None:
    """The flag is taken back while `method` is under way: before it acts, or (`late`) after it has acted."""
    real = getattr(type(owner), method)

    def meanwhile(itself: object, *given: object, **named: object) -> object:
        monkeypatch.undo()
        if late:
            found = real(itself, *given, **named)
        take_back_flag(trust.as_reviewer(), trust.flags()[0]["flag_id"], "a namesake")
        return found if late else real(itself, *given, **named)

    monkeypatch.setattr(type(owner), method, meanwhile)


@pytest.mark.parametrize(
    ("answer", "late"),
    [
        ("", False),
        ("", True),
        ("lost", False),
        ("lost", True),
        ("unsent", False),
        ("unsent", True),
        ("unavailable", False),
    ],
)
def test_a_flag_taken_back_while_it_is_placed_is_taken_back(
    trust: Trust, monkeypatch: pytest.MonkeyPatch, answer: str, late: bool
) -> None:
    if answer:
        trust.register.fail_next(answer)
    taken_back_during(trust, monkeypatch, trust.register, "place", late=late)
    trust.issue(case("1", ANNA))
    for _ in range(12):
        trust.clock.forward(minutes=5)
        trust.work()
    assert [(f["status"], f["state"]) for f in trust.flags()] == [("entered-in-error", VERIFIED)]
    assert all(flag.status is FlagStatus.ENTERED_IN_ERROR for flag, _ in trust.register.flags.values())
    assert trust.states() == [S.UNDER_REVIEW]


def test_a_flag_taken_back_between_look_and_attempt_is_never_sent(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It had no attempt, so that its end needed no call; what was read before must not leave afterwards."""
    with monkeypatch.context() as patch:
        from integration.workflow import process_case_list

        patch.setitem(process_case_list.STEPS, "place", lambda _deployment, _flag_id: None)
        trust.issue(case("1", ANNA))
    taken_back_during(trust, monkeypatch, trust.deployment.index, "patient", late=False)
    trust.work()
    (row,) = trust.flags()
    assert (row["status"], row["state"], row["attempts"]) == ("entered-in-error", VERIFIED, 0)
    assert trust.register.flags == {}


@pytest.mark.parametrize("disagrees", [False, True])
def test_an_undone_decision_during_the_call_is_not_overwritten_by_its_answer(
    trust: Trust, monkeypatch: pytest.MonkeyPatch, disagrees: bool
) -> None:
    if disagrees:
        trust.register.disagreeing.add("1001")
    real = type(trust.register).place

    def meanwhile(itself: object, *given: object, **named: object) -> object:
        monkeypatch.undo()
        row = trust.people()[0]
        found = real(itself, *given, **named)  # type: ignore[arg-type]
        undo(trust.as_reviewer(), row["subject_id"], row["version"], "a namesake")
        return found

    monkeypatch.setattr(type(trust.register), "place", meanwhile)
    trust.issue(case("1", ANNA))
    assert [(f["status"], f["state"]) for f in trust.flags()] == [("entered-in-error", VERIFIED)]
    assert [flag.status for flag, _ in trust.register.flags.values()] == (
        [] if disagrees else [FlagStatus.ENTERED_IN_ERROR]
    )
    assert trust.states() == [S.UNDER_REVIEW]


# --- an answer that was lost may be a write that arrives late


def test_a_lost_write_that_was_undone_is_looked_for_until_it_can_no_longer_arrive(trust: Trust) -> None:
    trust.register.fail_next("unsent")
    trust.issue(case("1", ANNA))
    (flag,) = trust.flags()
    assert flag["state"] == UNPROVEN
    take_back_flag(trust.as_reviewer(), flag["flag_id"], "a namesake")
    trust.work()
    assert trust.flags()[0]["state"] == OWED
    assert state_of_play(trust.deployment).owed > 0
    trust.register.flags[flag["key"]] = (flag_of(flag), 1)  # only now does the first write arrive
    trust.clock.forward(minutes=10)
    trust.work()
    assert trust.flags()[0]["state"] == VERIFIED
    assert [found.status for found, _ in trust.register.flags.values()] == [FlagStatus.ENTERED_IN_ERROR]


def test_a_lost_write_that_never_arrives_is_closed_in_the_end(trust: Trust) -> None:
    trust.register.fail_next("unsent")
    trust.issue(case("1", ANNA))
    take_back_flag(trust.as_reviewer(), trust.flags()[0]["flag_id"], "a namesake")
    for minutes in (5, 9):
        trust.clock.forward(minutes=minutes)
        trust.work()
        assert trust.flags()[0]["state"] == OWED
    trust.clock.forward(minutes=16)
    trust.work()
    assert (trust.flags()[0]["state"], trust.register.flags) == (VERIFIED, {})
    assert state_of_play(trust.deployment).owed == 0


def test_a_later_answer_does_not_vouch_for_what_was_lost_before(trust: Trust) -> None:
    trust.register.fail_next("unsent")
    trust.issue(case("1", ANNA))
    trust.register.disagreeing.add("1001")
    trust.clock.forward(minutes=1)
    trust.work()
    assert trust.flags()[0]["state"] == HELD
    take_back_flag(trust.as_reviewer(), trust.flags()[0]["flag_id"], "a namesake")
    trust.work()
    assert trust.flags()[0]["state"] == OWED
