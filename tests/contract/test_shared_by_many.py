"""What very many patients share is evidence of none of them: telephones, NHS numbers, a hostel's address."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from builders import case, patient, subject
from patient_clock import NOW, Clock

from connectors.local_patient_index import LocalPatientIndex
from integration.domain.audit import Actor, ActorKind
from integration.domain.matching import MatchCandidate, MatchDecision, Matched, NeedsReview
from integration.domain.people import Address, Patient, Role, Subject
from integration.matching.parameters import shipped_parameters
from integration.storage.database import Database

MANY, CROWD = 4, 8
SWITCHBOARD, HOSTEL = "01632960123", Address("14 Hostel Road", "ZZ11 1AA")
NO_HOME = subject(line="", postcode=None)


@pytest.fixture
def index(database: Database, clock: Clock) -> LocalPatientIndex:
    actor = Actor("0" * 32, ActorKind.PROCESS)
    few = replace(shipped_parameters(), one_number=MANY, crowd=CROWD)
    return LocalPatientIndex(database, actor=actor, stale_after=timedelta(hours=48), clock=clock, parameters=few)


def others(how_many: int) -> list[Patient]:
    """Strangers to whoever is sought, each to the other too."""
    named = [(f"ZZ{letter}AWSON", f"Y{letter}orick") for letter in "bcdfghklmnprst"[:how_many]]
    return [
        patient(f"9{number}", family, given, birth=date(1950, 5, 6 + number), nhs_number=None)
        for number, (family, given) in enumerate(named)
    ]


def decide(index: LocalPatientIndex, *subjects: Subject) -> list[MatchDecision]:
    (decisions,) = index.match([case("27/2026/001", *subjects)])
    return list(decisions)


def reasons(candidate: MatchCandidate) -> dict[str, str]:
    return dict(said.split(": ", 1) for said in candidate.reasons)


def test_a_telephone_of_many_is_no_evidence(index: LocalPatientIndex) -> None:
    ours, bearers = replace(NO_HOME, phones=(SWITCHBOARD,)), [replace(p, phone=SWITCHBOARD) for p in others(9)]
    index.load([replace(patient(), phone=SWITCHBOARD), *bearers[: MANY - 1]], NOW)
    assert isinstance(decide(index, ours)[0], Matched)
    index.load(bearers, NOW)
    (decision,) = decide(index, ours)
    assert isinstance(decision, NeedsReview)
    assert decision.why == ("nothing beside name and date of birth agrees but what very many patients share",)
    (candidate,) = decision.candidates
    assert reasons(candidate)["telephone"] == "left out, for many patients have the one on the list"


def test_a_telephone_of_ones_own_counts_beside_a_switchboards(index: LocalPatientIndex) -> None:
    index.load([replace(patient(), phone="07700900123"), *(replace(p, phone=SWITCHBOARD) for p in others(9))], NOW)
    (decision,) = decide(index, replace(NO_HOME, phones=(SWITCHBOARD, "07700900123")))
    assert isinstance(decision, Matched)


def test_an_nhs_number_of_many_is_no_evidence(index: LocalPatientIndex) -> None:
    ours = replace(NO_HOME, nhs_number="9990000018", phones=(SWITCHBOARD,))
    index.load([patient(), *(replace(p, phone=SWITCHBOARD) for p in others(9))], NOW)
    assert isinstance(decide(index, ours)[0], Matched)
    index.load([replace(p, phone=SWITCHBOARD, nhs_number="9990000018") for p in others(9)], NOW)
    (decision,) = decide(index, ours)
    assert isinstance(decision, NeedsReview)
    (candidate,) = decision.candidates
    assert reasons(candidate)["NHS number"] == "left out, for many patients have the one on the list"


def test_a_home_of_many_is_no_evidence(index: LocalPatientIndex) -> None:
    ours, there = replace(subject(), addresses=(HOSTEL,)), [replace(p, addresses=(HOSTEL,)) for p in others(9)]
    index.load([replace(patient(nhs_number=None), addresses=(HOSTEL,)), *there[: CROWD - 1]], NOW)
    assert isinstance(decide(index, ours)[0], Matched)
    index.load(there, NOW)
    (decision,) = decide(index, ours)
    assert isinstance(decision, NeedsReview)
    assert "nothing beside name and date of birth agrees but what very many patients share" in decision.why
    assert "so many patients live there" in reasons(decision.candidates[0])["address"]


@pytest.mark.parametrize("postcode", [None, "ZZ11 1AB"])
def test_nor_is_its_house_where_the_list_gives_no_postcode_or_a_wrong_one(
    index: LocalPatientIndex, postcode: str | None
) -> None:
    ours = replace(subject(), addresses=(Address(HOSTEL.line, postcode),))
    there = [replace(p, addresses=(HOSTEL,)) for p in (patient(nhs_number=None), *others(9))]
    index.load(there[:CROWD], NOW)
    assert isinstance(decide(index, ours)[0], Matched)
    index.load(there, NOW)
    (decision,) = decide(index, ours)
    assert isinstance(decision, NeedsReview)
    assert decision.why == ("nothing beside name and date of birth agrees but what very many patients share",)
    assert "so many patients live there" in reasons(decision.candidates[0])["address"]


def test_who_lives_among_many_is_still_looked_for_there(index: LocalPatientIndex) -> None:
    index.load([replace(p, addresses=(HOSTEL,)) for p in (patient(nhs_number=None), *others(9))], NOW)
    by_birth = subject(family="Umpleby", given="Wendover")
    by_a_slip_of_it = replace(by_birth, births=(date(1985, 3, 2),))
    by_age_and_given_name = subject(family="Zztestwe", births=(), age=42)
    for ours in (by_birth, by_a_slip_of_it, by_age_and_given_name):
        (decision,) = decide(index, replace(ours, addresses=(HOSTEL,)))
        assert isinstance(decision, NeedsReview) and [c.patient for c in decision.candidates] == ["1001"]


@pytest.mark.parametrize("shared", ["home", "telephone"])
def test_two_of_a_case_in_a_hostel_are_no_household(index: LocalPatientIndex, shared: str) -> None:
    both = [patient(nhs_number=None), patient("2", given="Xanthe", birth=date(2015, 8, 9), nhs_number=None)]
    several = [replace(p, addresses=(HOSTEL,) if shared == "home" else ()) for p in (*both, *others(9))]
    if shared == "telephone":
        several = [replace(p, phone=SWITCHBOARD) for p in several]
    child = subject(Role.CHILD, given="Xanthe", births=(date(2015, 8, 9),), line="", postcode=None)
    index.load([*several[:MANY], patient("8", "UMPLEBY", line="9 Far Road", postcode=None, nhs_number=None)], NOW)
    assert all(isinstance(decision, Matched) for decision in decide(index, NO_HOME, child))
    index.load(several if shared == "home" else several[: MANY + 2], NOW)
    assert all(isinstance(decision, NeedsReview) for decision in decide(index, NO_HOME, child))
