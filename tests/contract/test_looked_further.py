"""Who is looked for by less where nobody seems certain, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from builders import case, patient, subject
from patient_clock import NOW

from connectors.local_patient_index import LocalPatientIndex
from integration.domain.matching import MatchDecision, NeedsReview, NoMatch
from integration.domain.people import PersonName, Role, Subject


def decide(index: LocalPatientIndex, *subjects: Subject) -> list[MatchDecision]:
    (decisions,) = index.match([case("27/2026/001", *subjects)])
    return list(decisions)


def shown(decision: MatchDecision) -> list[str]:
    return [candidate.patient for candidate in decision.candidates] if isinstance(decision, NeedsReview) else []


@pytest.mark.parametrize(
    "said",
    [
        {"family": "Umpelbyn", "given": "Prgeine"},  # both misspelt beyond their sounds
        {"family": "Umpleby", "given": "Prgeine", "births": (date(1983, 3, 2),)},  # one, and a year off
        {"family": "Umpleby", "given": "P", "births": (date(1984, 3, 3),)},  # an initial, and a day off
    ],
)
def test_somebody_is_found_by_a_birth_and_both_first_letters(index: LocalPatientIndex, said: dict[str, str]) -> None:
    index.load([patient("1", "UMPLEBY", "Peregrine", nhs_number=None), patient("2", "TORDOFF", "Wendy")], NOW)
    elsewhere = subject(**said, line="", postcode=None)  # type: ignore[arg-type]
    assert shown(decide(index, elsewhere)[0]) == ["1"]


def test_nobody_is_looked_for_by_first_letters_beside_somebody_certain(index: LocalPatientIndex) -> None:
    theirs = patient("1", "UMPLEBY", "Peregrine", nhs_number=None, restricted=True)
    index.load([theirs, patient("2", "UMPLETHWAITE", "Penelope", nhs_number=None, line="", postcode=None)], NOW)
    assert shown(decide(index, subject(family="Umpelbyn", given="Prgeine", line="", postcode=None))[0]) == ["1", "2"]
    assert shown(decide(index, subject(family="Umpleby", given="Peregrine"))[0]) == ["1"]


@pytest.mark.parametrize(
    "less",
    [{"births": (date(1985, 3, 2),)}, {"births": (), "age": 42}, {"names": (PersonName("Tordoff", "Peregrike"),)}],
)
def test_somebody_is_found_by_a_family_name_of_another_of_the_case(
    index: LocalPatientIndex, less: dict[str, object]
) -> None:
    index.load([patient(family="Umpleby", given="Peregrine")], NOW)
    renamed = dataclasses.replace(
        subject(given="Peregrine", family="Tordoff", line="", postcode=None),
        **less,  # type: ignore[arg-type]
    )
    other = subject(
        Role.PERPETRATOR, family="Umpleby", given="Xerxes", births=(date(1979, 7, 1),), line="", postcode=None
    )
    assert isinstance(decide(index, renamed)[0], NoMatch)
    assert isinstance(decide(index, renamed, other)[0], NeedsReview)
