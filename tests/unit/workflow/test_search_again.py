"""A reviewer searches again with other details: what is found is shown with its reasons, and can be decided on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from builders import case, patient, subject
from deployments import Trust
from reviews import ANNA, DOUBTFUL, answer, the_one

from integration.domain.matching import MatchGrade
from integration.domain.people import Address, BirthYear, PersonName, Role, Sex
from integration.domain.progress import SubjectState
from integration.errors import ConfigurationError, Conflict, UsageError
from integration.matching.decide import ANOTHER_CLAIMS
from integration.storage.tables import subjects
from integration.workflow.review_match import Answer, decide, show, version_shown, waiting_for_review
from integration.workflow.search_again import BY_NAME, Changed, search_again

MARRIED = patient("1003", "ZZWEDDED", "Rosalind", birth=date(1979, 7, 8), nhs_number=None, postcode="ZZ98 1AA")
AMONG_MARRIED = Changed("ZZWEDDED", "Rosalind", date(1979, 7, 8), "zz981aa")


def test_an_empty_detail_stays_as_the_list_says() -> None:
    listed = subject(phones=("07700900123",), aka=(PersonName("ZZOTHER", "Ann"),))
    assert Changed().applied_to(listed, Role.VICTIM) == listed
    changed = Changed(given="Ann", birth=date(1990, 1, 2), postcode="ZZ98 1AA").applied_to(listed, Role.VICTIM)
    assert changed.names == (PersonName("ZZTESTER", "Ann"), *listed.names[1:])
    assert (changed.births, changed.addresses) == ((date(1990, 1, 2),), (Address("", "ZZ98 1AA"),))
    assert changed.phones == listed.phones
    in_a_year = Changed(birth=BirthYear(1990)).applied_to(listed, Role.VICTIM)
    assert (in_a_year.births, in_a_year.born_in) == ((), BirthYear(1990))
    assert Changed(birth=date(1990, 1, 2)).applied_to(in_a_year, Role.VICTIM).born_in is None


def test_a_search_for_somebody_of_whom_nothing_is_left_needs_a_name() -> None:
    assert Changed("ZZTESTER").applied_to(None, Role.PERPETRATOR).role is Role.PERPETRATOR
    with pytest.raises(UsageError, match="needs a name"):
        Changed(postcode="ZZ98 1AA").applied_to(None, Role.VICTIM)


def test_whom_a_search_finds_is_shown_with_reasons_and_can_be_decided_on(trust: Trust) -> None:
    trust.load(MARRIED)
    trust.issue(case("1", DOUBTFUL))
    show(trust.as_reviewer(), the_one(trust).subject_id)
    found = search_again(trust.as_reviewer(), the_one(trust).subject_id, AMONG_MARRIED)
    (best, record), *_ = found.candidates
    assert record == trust.deployment.index.patient("1003")
    assert {"family name: agrees", "address: postcode agrees"} <= set(best["reasons"])
    row = trust.only(subjects)
    assert {"1001", "1003"} <= {c["patient"] for c in row["candidates"]}
    assert version_shown(trust.as_reviewer(), row["subject_id"]) == row["version"]  # they have it all in view
    assert answer(trust, the_one(trust), Answer.MATCH, "1003") is SubjectState.MATCHED
    assert [flag["patient"] for flag in trust.flags()] == ["1003"]


def test_a_number_that_nobody_was_shown_flags_nobody(trust: Trust) -> None:
    trust.load(MARRIED)
    trust.issue(case("1", DOUBTFUL))
    item = the_one(trust)
    with pytest.raises(UsageError, match="nobody with that id was shown"):
        decide(trust.as_reviewer(), item.subject_id, item.version, Answer.MATCH, "1003", "a slip of the finger")
    assert trust.flags() == []


def test_who_had_seen_the_entry_before_a_search_looks_again(trust: Trust) -> None:
    trust.load(MARRIED)
    trust.issue(case("1", DOUBTFUL))
    item = the_one(trust)
    search_again(trust.as_reviewer(), item.subject_id, AMONG_MARRIED)
    with pytest.raises(Conflict):
        decide(trust.as_reviewer(), item.subject_id, item.version, Answer.NO_MATCH, None, "none of those shown")
    with pytest.raises(UsageError, match="look before you decide"):  # a search shows what it finds, not the entry
        version_shown(trust.as_reviewer(), item.subject_id)


def test_that_the_index_says_otherwise_is_said_until_it_is_asked_anew_with_the_list_s_details(trust: Trust) -> None:
    trust.issue(case("1", DOUBTFUL))
    subject_id = the_one(trust).subject_id
    assert not show(trust.as_reviewer(), subject_id).says_otherwise_now
    trust.load(patient("1005", nhs_number=None))
    trust.work()
    assert show(trust.as_reviewer(), subject_id).says_otherwise_now
    search_again(trust.as_reviewer(), subject_id, AMONG_MARRIED)  # of other details it says nothing of the list's
    assert show(trust.as_reviewer(), subject_id).says_otherwise_now
    search_again(trust.as_reviewer(), subject_id, Changed())
    row = trust.only(subjects)
    assert {"1001", "1005"} <= {c["patient"] for c in row["candidates"]}
    assert version_shown(trust.as_reviewer(), subject_id) == row["version"]
    trust.load()
    assert not show(trust.as_reviewer(), subject_id).says_otherwise_now


def test_an_update_that_concerns_others_is_not_said(trust: Trust) -> None:
    trust.load(MARRIED)
    trust.issue(case("1", DOUBTFUL))
    subject_id = the_one(trust).subject_id
    search_again(trust.as_reviewer(), subject_id, AMONG_MARRIED)  # adds somebody whom the list does not mean
    trust.load(patient("1006", "ZZNEWCOMER", "Ix", birth=date(1970, 3, 3), nhs_number=None))
    assert not show(trust.as_reviewer(), subject_id).says_otherwise_now


def test_a_search_hears_the_whole_list_as_a_decision_does(trust: Trust) -> None:
    trust.issue(case("1", replace(ANNA, sex=Sex.FEMALE)), case("2", replace(ANNA, sex=Sex.MALE)))
    [one, _] = waiting_for_review(trust.deployment)
    assert one.why == (ANOTHER_CLAIMS,)
    shown = [c for c, _ in show(trust.as_reviewer(), one.subject_id).candidates]
    found = search_again(trust.as_reviewer(), one.subject_id, Changed())
    assert [c for c, _ in found.candidates] == shown  # alone they would be certain
    assert not show(trust.as_reviewer(), one.subject_id).says_otherwise_now


def test_a_record_that_changed_is_said_and_weighed_anew_by_a_search(trust: Trust) -> None:
    trust.issue(case("1", DOUBTFUL))
    subject_id = the_one(trust).subject_id
    before = trust.only(subjects)["candidates"]
    trust.load(patient(birth=date(1984, 2, 3)))
    assert show(trust.as_reviewer(), subject_id).says_otherwise_now
    search_again(trust.as_reviewer(), subject_id, Changed())
    [after] = [c for c in trust.only(subjects)["candidates"] if c["patient"] == "1001"]
    assert after["reasons"] != before[0]["reasons"]
    trust.load()
    assert not show(trust.as_reviewer(), subject_id).says_otherwise_now


def test_an_index_that_cannot_be_asked_hides_nobody_who_waits(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    trust.issue(case("1", DOUBTFUL))
    subject_id = the_one(trust).subject_id
    trust.load(patient("1005", nhs_number=None))

    def out_of_order(*_: object) -> None:
        raise ConfigurationError("the adopted matching parameters do not fit")

    monkeypatch.setattr(type(trust.deployment.index), "match", out_of_order)
    assert not show(trust.as_reviewer(), subject_id).says_otherwise_now


def test_no_match_says_no_to_whom_the_search_found_too(trust: Trust) -> None:
    trust.load(MARRIED)
    trust.issue(case("1", DOUBTFUL))
    search_again(trust.as_reviewer(), the_one(trust).subject_id, AMONG_MARRIED)
    answer(trust, the_one(trust), Answer.NO_MATCH)
    trust.load(patient("1004", "ZZNEWCOMER", "Ix", birth=date(1970, 3, 3), nhs_number=None))
    trust.work()
    grades = {c["patient"]: c["grade"] for c in trust.only(subjects)["candidates"]}
    assert {"1001", "1003"} <= set(grades) and set(grades.values()) == {MatchGrade.CERTAINLY_NOT.value}
    assert trust.states() == [SubjectState.NOT_OUR_PATIENT]


def test_who_merely_has_such_a_name_comes_last_and_a_search_of_the_settled_changes_nothing(trust: Trust) -> None:
    trust.load(MARRIED)
    trust.issue(case("1", DOUBTFUL))
    answer(trust, the_one(trust), Answer.NO_MATCH)
    before = trust.only(subjects)
    found = search_again(trust.as_reviewer(), before["subject_id"], Changed("ZZWEDDED", "Zelda", date(1950, 5, 5)))
    assert (found.candidates[-1][0]["patient"], found.candidates[-1][0]["reasons"]) == ("1003", [BY_NAME])
    assert trust.only(subjects) == before
