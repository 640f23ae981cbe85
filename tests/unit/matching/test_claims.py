"""Thousands of people who claim one record: nobody takes it, and nobody waits for the comparison of each with each."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from builders import case, patient, subject
from deciding import decide

from integration.domain.matching import Matched, NeedsReview
from integration.domain.people import Address
from integration.matching import decide as deciding
from integration.matching.decide import ANOTHER_CLAIMS, Person

BORN = date(2015, 8, 9)


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """One for each pair of people who were looked at beside each other."""
    pairs: list[None] = []
    compare = deciding._one_person

    def compared(one: Person, other: Person) -> bool:
        pairs.append(None)
        return compare(one, other)

    monkeypatch.setattr(deciding, "_one_person", compared)
    return pairs


def test_a_person_may_stand_in_as_many_cases_as_are_looked_at_in_pairs(compared: list[None]) -> None:
    decisions = decide([case(str(number)) for number in range(40)], [patient()])
    assert all(isinstance(decision, Matched) for decision in decisions)
    assert len(compared) == 40 * 39


@pytest.mark.parametrize("cases", [41, 400])
@pytest.mark.parametrize("together", [True, False])
def test_of_more_nobody_takes_the_record(compared: list[None], cases: int, together: bool) -> None:
    people = [subject(row=number) for number in range(cases)]
    decisions = decide([case("1", *people)] if together else [case(str(p.row), p) for p in people], [patient()])
    assert len(decisions) == cases
    assert all(isinstance(decision, NeedsReview) and decision.why == (ANOTHER_CLAIMS,) for decision in decisions)
    assert not compared


@pytest.mark.parametrize(("others", "hears"), [(38, True), (39, False)])
def test_of_very_many_under_one_number_nobody_lives_with_the_others(others: int, hears: bool) -> None:
    child, parent = subject(given="Xanthe", births=(BORN,), line="", postcode=None), subject()
    there = [patient(), patient("2", given="Xanthe", birth=BORN, nhs_number=None)]
    crowd = [
        patient(f"c{n}", f"ZZ{chr(98 + n % 20)}{chr(98 + n // 20)}LORP", birth=BORN, nhs_number=None)
        for n in range(others)
    ]
    away = [replace(p, addresses=(Address("9 Far Road", f"ZZ11 {n % 9}AA"),)) for n, p in enumerate(crowd)]
    named = [
        subject(family=p.name.family, births=(BORN,), line="9 Far Road", postcode=p.addresses[0].postcode)
        for p in away
        if p.name
    ]
    decisions = decide([case("1", parent, child, *named)], [*there, *away])
    assert isinstance(decisions[1], Matched) is hears
