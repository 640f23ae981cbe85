"""What follows from each answer of the matching: who acts alone, who waits for a person, who is looked for again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from builders import case, patient, subject
from deployments import Trust, open_trust, reading
from sqlalchemy import update

from integration.domain.audit import Action
from integration.domain.flag import FlagRule
from integration.domain.people import Patient, Role, Subject
from integration.domain.progress import ListState, SubjectState
from integration.errors import IntegrityBroken, Unavailable
from integration.matching.name_sets import name_sets
from integration.matching.parameters import shipped_parameters
from integration.storage.tables import audit_events, lists, subjects, work_failures
from integration.workflow.deployment import FlagRules
from integration.workflow.match_subjects import (
    ENDED,
    FOUND_SINCE,
    NOT_ENOUGH,
    OPPOSITE,
    TO_CONFIRM,
    UNDER_TEN,
    match_list,
)
from integration.workflow.process_case_list import due_steps
from integration.workflow.review_match import Answer, decide, undo, waiting_for_review

S = SubjectState
ANNA = subject(family="ZZTESTER", given="Quillon")
NOBODY = subject(family="ZZNOBODY", given="Ix", births=(date(1970, 1, 1),), postcode="ZZ98 1AA")
DOUBTFUL = subject(family="ZZTESTER", given="Quillon", line="", postcode=None)  # nothing but name and date of birth
TOO_LITTLE = subject(family="ZZTESTER", given="", births=(), line="", postcode=None)


def as_role(one: Subject, role: Role) -> Subject:
    return replace(one, role=role)


EXPECTED = {
    (Role.VICTIM, "found"): S.FLAGGED,
    (Role.VICTIM, "in doubt"): S.UNDER_REVIEW,
    (Role.VICTIM, "nobody"): S.NOT_OUR_PATIENT,
    (Role.VICTIM, "too little"): S.UNDER_REVIEW,
    (Role.PERPETRATOR, "found"): S.FLAGGED,
    (Role.PERPETRATOR, "in doubt"): S.UNDER_REVIEW,
    (Role.PERPETRATOR, "nobody"): S.NOT_OUR_PATIENT,
    (Role.PERPETRATOR, "too little"): S.UNDER_REVIEW,
    (Role.CHILD, "found"): S.CHILD_NOTED,
    (Role.CHILD, "in doubt"): S.UNDER_REVIEW,
    (Role.CHILD, "nobody"): S.NOT_OUR_PATIENT,
    (Role.CHILD, "too little"): S.NOT_ENOUGH_TO_SAY,
    (Role.OTHER, "found"): S.NOT_FLAGGED_BY_RULE,
    (Role.OTHER, "in doubt"): S.NOT_FLAGGED_BY_RULE,
    (Role.OTHER, "nobody"): S.NOT_OUR_PATIENT,
    (Role.OTHER, "too little"): S.NOT_ENOUGH_TO_SAY,
}
PEOPLE = {"found": ANNA, "in doubt": DOUBTFUL, "nobody": NOBODY, "too little": TOO_LITTLE}


def test_each_role_and_answer_has_its_consequence(trust: Trust) -> None:
    for number, (role, who) in enumerate(EXPECTED):  # a list each, so that no two claim one record
        trust.issue(case(str(number), as_role(PEOPLE[who], role)), day=date(2026, 12, 1 + number))
        if EXPECTED[role, who] is S.FLAGGED:
            trust.register.flags.clear()
            forget_flags(trust)
    with trust.deployment.database.reading() as connection:
        rows = connection.execute(subjects.select()).mappings()
        by_list = {(row["role"], row["fingerprint"]): row["state"] for row in rows}
    assert len(by_list) == len(EXPECTED)
    assert sorted(by_list.values()) == sorted(EXPECTED.values())


def forget_flags(trust: Trust) -> None:
    """As if the flag before had never been: the next role is matched on a clean record."""
    from integration.storage.tables import flag_grounds, flags

    with trust.deployment.database.change() as change:
        change.connection.execute(flag_grounds.delete())
        change.connection.execute(flags.delete())


@pytest.mark.parametrize(
    ("rule", "then", "why", "known"),
    [
        (FlagRule.AUTOMATIC, S.FLAGGED, None, "1001"),
        (FlagRule.CONFIRM, S.UNDER_REVIEW, [TO_CONFIRM], None),
        (FlagRule.OFF, S.NOT_FLAGGED_BY_RULE, None, "1001"),
    ],
)
def test_the_trusts_rule_for_the_role_is_kept(
    trust: Trust, rule: FlagRule, then: SubjectState, why: list[str] | None, known: str | None
) -> None:
    trust.change_deployment(rules=FlagRules(rule, FlagRule.AUTOMATIC, 12))
    trust.issue(case("1", ANNA))
    (row,) = trust.people()
    assert (row["state"], row["review_why"], row["patient"]) == (then, why, known)
    assert row["candidates"][0]["patient"] == "1001"
    assert len(trust.register.flags) == (rule is FlagRule.AUTOMATIC)


@pytest.mark.parametrize(
    ("role", "birth", "then", "why"),
    [
        (Role.PERPETRATOR, date(2018, 5, 6), S.UNDER_REVIEW, (UNDER_TEN,)),
        (Role.PERPETRATOR, date(2014, 5, 6), S.FLAGGED, ()),
        (Role.VICTIM, date(2018, 5, 6), S.FLAGGED, ()),
    ],
)
def test_a_perpetrator_under_ten_is_flagged_only_by_a_person(
    trust: Trust, role: Role, birth: date, then: SubjectState, why: tuple[str, ...]
) -> None:
    trust.load(patient(birth=birth))
    trust.issue(case("1", as_role(subject(births=(birth,)), role)))
    assert trust.states() == [then]
    assert [item.why for item in waiting_for_review(trust.deployment)] == [why] * bool(why)
    if why:
        (item,) = waiting_for_review(trust.deployment)
        decide(trust.deployment, item.subject_id, item.version, Answer.MATCH, "1001", "asked the police")
        trust.work()
        assert trust.states() == [S.FLAGGED]


def test_what_the_decision_rested_on_is_on_record(trust: Trust) -> None:
    trust.clock.forward(hours=49)
    trust.issue(case("1", NOBODY))
    (row,) = trust.people()
    assert (row["parameters"], row["index_generation"]) == (shipped_parameters().version, 1)
    assert (row["index_stale"], row["decided_by"]) == (True, None)
    said = [e["canonical"] for e in trust.rows(audit_events) if e["action"] == Action.SUBJECT_MATCHED.value][-1]
    assert f'"name_sets":"{name_sets().version}","parameters":"{shipped_parameters().version}"'.encode() in said


def test_too_little_about_a_victim_is_put_to_a_person(trust: Trust) -> None:
    trust.issue(case("1", TOO_LITTLE))
    assert waiting_for_review(trust.deployment)[0].why == (NOT_ENOUGH,)


def test_an_empty_index_decides_nobody(tmp_path_factory: pytest.TempPathFactory) -> None:
    trust = open_trust(tmp_path_factory.mktemp("empty"), patients=[])
    trust.issue(case("1", ANNA))
    assert trust.states() == [S.WAITING]
    assert trust.list_state() is ListState.READ
    failure = trust.only(work_failures)
    assert failure["reason"] == "patient index: read: it is empty; load it by `flagtag index load FILE`"
    with pytest.raises(Unavailable):
        match_list(trust.deployment, trust.only(lists)["list_id"])
    trust.load(patient())
    trust.clock.forward(minutes=1)
    trust.work()
    assert trust.states() == [S.FLAGGED]
    assert trust.rows(work_failures) == []
    trust.deployment.database.close()


def test_who_was_not_found_is_looked_for_at_each_update(trust: Trust) -> None:
    trust.issue(case("1", NOBODY))
    assert trust.list_state() is ListState.FLAGGED
    trust.load(patient("1001"))
    trust.work()
    assert (trust.states(), trust.people()[0]["index_generation"]) == ([S.NOT_OUR_PATIENT], 2)
    trust.load(patient("1009", "ZZNOBODY", "Ix", birth=date(1970, 1, 1), postcode="ZZ98 1AA", nhs_number=None))
    trust.work()
    assert trust.states() == [S.FLAGGED]
    assert trust.list_state() is ListState.FLAGGED


def test_who_comes_late_in_a_load_is_found_although_the_service_looks_during_it(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.local_patient_index.BATCH", 1)
    trust.issue(case("1", NOBODY))

    def watched() -> Iterator[Patient]:
        yield patient("1008", "ZZBEFORE", nhs_number=None)
        trust.issue(case("2", replace(NOBODY, where="row 3")), day=date(2026, 12, 4))  # as the service would
        assert trust.states() == [S.NOT_OUR_PATIENT, S.WAITING]
        assert "begun and not ended" in trust.only(work_failures)["reason"]
        yield patient("1009", "ZZNOBODY", "Ix", birth=date(1970, 1, 1), postcode="ZZ98 1AA", nhs_number=None)

    trust.deployment.index.load(watched(), trust.clock())
    trust.clock.forward(minutes=5)
    trust.work()
    assert [state in (S.FLAGGED, S.ALREADY_FLAGGED) for state in trust.states()] == [True, True]


def test_without_an_update_nobody_is_looked_for_again(trust: Trust) -> None:
    trust.issue(case("1", NOBODY))
    assert "match" not in {due.step for due in due_steps(trust.deployment)}


def test_whom_a_person_has_rejected_is_not_offered_again(trust: Trust) -> None:
    trust.issue(case("1", DOUBTFUL))
    (item,) = waiting_for_review(trust.deployment)
    decide(trust.as_reviewer(), item.subject_id, item.version, Answer.NO_MATCH, None, "another person")
    trust.load(patient("1001", line="13 Elsewhere Road"))
    trust.work()
    assert trust.states() == [S.NOT_OUR_PATIENT]
    row = trust.people()[0]
    assert row["decided_by"] == trust.as_reviewer().actor.actor_id
    assert {c["grade"] for c in row["candidates"]} == {"certainly-not"}
    assert "match" not in {due.step for due in due_steps(trust.deployment)}


def test_a_patient_who_was_not_there_when_a_person_found_nobody_is_put_to_a_person(trust: Trust) -> None:
    trust.issue(case("1", replace(DOUBTFUL, addresses=NOBODY.addresses)))
    (item,) = waiting_for_review(trust.deployment)
    decide(trust.as_reviewer(), item.subject_id, item.version, Answer.NO_MATCH, None, "another person")
    trust.work()
    assert trust.list_state() is ListState.FLAGGED
    known = patient("2001", nhs_number=None)
    trust.load(replace(known, addresses=NOBODY.addresses))
    trust.work()
    (item,) = waiting_for_review(trust.deployment)
    assert (item.why, trust.list_state()) == ((FOUND_SINCE,), ListState.MATCHED)
    row = trust.people()[0]
    offered = [c["patient"] for c in row["candidates"] if c["grade"] != "certainly-not"]
    assert offered == ["2001"] and "1001" in {c["patient"] for c in row["candidates"]}
    decide(trust.as_reviewer(), item.subject_id, item.version, Answer.NO_MATCH, None, "nor is it this one")
    trust.load(patient("3001", "ZZFAR", "Wilhelmina", nhs_number=None, birth=date(1950, 5, 1), line="", postcode=None))
    trust.work()
    assert trust.states() == [S.NOT_OUR_PATIENT]


def test_undoing_a_no_gives_the_candidates_their_grades_again(trust: Trust) -> None:
    trust.issue(case("1", DOUBTFUL))
    before = trust.people()[0]["candidates"]
    (item,) = waiting_for_review(trust.deployment)
    decide(trust.as_reviewer(), item.subject_id, item.version, Answer.NO_MATCH, None, "another person")
    undo(trust.as_reviewer(), item.subject_id, item.version + 1, "looked at the wrong one")
    after = trust.people()[0]["candidates"]
    assert [(c["patient"], c["grade"]) for c in after] == [(c["patient"], c["grade"]) for c in before]


def test_a_role_with_an_opposite_flag_in_the_ledger_is_put_to_a_person(trust: Trust) -> None:
    trust.issue(case("1", ANNA))
    trust.issue(case("2", as_role(ANNA, Role.PERPETRATOR)), day=date(2026, 12, 10))
    (item,) = waiting_for_review(trust.deployment)
    assert (item.role, item.why) == (Role.PERPETRATOR, (OPPOSITE,))
    assert [row["role"] for row in trust.flags()] == ["victim"]


def test_an_ended_flag_is_not_revived_without_a_person(trust: Trust) -> None:
    from integration.workflow.end_flags import end_flag

    trust.issue(case("1", ANNA))
    end_flag(trust.as_reviewer(), trust.flags()[0]["flag_id"], "its time is over")
    trust.work()
    trust.issue(case("2", ANNA), day=date(2026, 12, 10))
    (item,) = waiting_for_review(trust.deployment)
    assert item.why == (ENDED,)
    assert [row["status"] for row in trust.flags()] == ["inactive"]
    decide(trust.as_reviewer(), item.subject_id, item.version, Answer.MATCH, "1001", "again at risk")
    trust.work()
    assert [(row["generation"], row["status"], row["state"]) for row in trust.flags()] == [
        (1, "inactive", "verified"),
        (2, "active", "verified"),
    ]
    assert len(trust.register.flags) == 2


def test_a_person_who_is_faster_is_not_overruled(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    trust.deliver(reading(case("1", ANNA)))
    real = type(trust.deployment.index).match

    def slow(index: object, cases: object) -> object:
        answer = real(index, cases)  # type: ignore[arg-type]
        with trust.deployment.database.change() as change:
            values = {"state": S.TRANSCRIBED.value, "version": 5, "decided_by": "7" * 32}
            change.connection.execute(update(subjects).values(**values))
        return answer

    monkeypatch.setattr(type(trust.deployment.index), "match", slow)
    trust.run()
    assert trust.states() == [S.TRANSCRIBED]
    assert trust.flags() == []


def test_nobody_is_matched_for_what_was_said_of_somebody_else(trust: Trust) -> None:
    """Should a row ever point to the wrong place in a reading, nothing is decided."""
    trust.change_deployment(index=trust.deployment.index)
    trust.issue(case("1", NOBODY))
    with trust.deployment.database.change() as change:
        change.connection.execute(update(subjects).values(fingerprint="0" * 64, state=S.WAITING.value))
    with pytest.raises(IntegrityBroken):
        match_list(trust.deployment, trust.only(lists)["list_id"])
    assert trust.states() == [S.WAITING]
