"""People, cases and readings: what cannot be built, where doubt stops, and nobody's data in a repr."""

from __future__ import annotations

from datetime import date

import pytest
from builders import case, patient, subject

from integration.domain.case_list import DocumentKind, MeetingNamed, Problem, Reading
from integration.domain.matching import Basis, MatchCandidate, Matched, MatchGrade
from integration.domain.people import Address, PersonName, Role, Sex, Subject

CANARIES = ("ZZTESTER", "Quillon", "Nowhere", "ZZ99", "1984", "9990000018", "07700900000", "27/2026/001")


def test_a_name_needs_a_part() -> None:
    with pytest.raises(ValueError, match="a family or a given part"):
        PersonName(" ", "")


@pytest.mark.parametrize("name", [PersonName(family="ZZTESTER"), PersonName(given="Quillon")])
def test_either_part_will_do(name: PersonName) -> None:
    assert name.family or name.given


def test_a_subject_needs_a_name() -> None:
    with pytest.raises(ValueError, match="a subject needs a name"):
        Subject(Role.VICTIM, ())


def test_the_opposite_role_stops_for_a_person() -> None:
    assert {role: role.opposite for role in Role} == {
        Role.VICTIM: Role.PERPETRATOR,
        Role.PERPETRATOR: Role.VICTIM,
        Role.CHILD: None,
        Role.OTHER: None,
    }


def test_no_repr_tells_who_it_is() -> None:
    somebody = subject(
        nhs_number="9990000018", phones=("07700900000",), sex=Sex.FEMALE, aka=(PersonName("ZZOTHER", "Quillon"),)
    )
    one = case("27/2026/001", somebody)
    reading = Reading(
        DocumentKind.CASE_LIST,
        "text/csv",
        "0" * 64,
        cases=(one,),
        problems=(Problem("row 3", "two people in one cell", "27/2026/001"),),
    )
    for thing in (somebody, one, reading, patient(), PersonName("ZZTESTER", "Quillon"), Address("Nowhere", "ZZ99 3VZ")):
        assert [canary for canary in CANARIES if canary in repr(thing)] == []


def test_a_candidates_reasons_stay_out_of_its_repr() -> None:
    best = MatchCandidate("1001", MatchGrade.CERTAIN, 31.2, ("NHS number and date of birth agree",))
    assert "date of birth" not in repr(Matched(best, Basis("1", 1)))


def reading(*problems: Problem) -> Reading:
    return Reading(
        DocumentKind.CASE_LIST, "text/csv", "0" * 64, MeetingNamed("Rotherham", date(2026, 12, 3)), (), problems
    )


def test_doubt_about_a_row_concerns_its_case_alone() -> None:
    row = Problem("row 17", "two people in one cell", "27/2026/009")
    doubted = reading(row)
    assert not doubted.doubts_whole_document()
    assert doubted.problems_of("27/2026/009") == (row,)
    assert doubted.problems_of("27/2026/010") == ()


def test_doubt_without_a_case_concerns_the_whole_document() -> None:
    assert reading(
        Problem("row 17", "two people in one cell", "27/2026/009"), Problem("header", "no role column")
    ).doubts_whole_document()


def test_no_doubt_is_no_doubt() -> None:
    assert not reading().doubts_whole_document()
