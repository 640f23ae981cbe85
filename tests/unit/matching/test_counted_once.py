"""What counts only once, or for nobody, and is not said of those whom it does not concern."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from builders import case, patient, subject
from deciding import decide, decide_one

from integration.domain.matching import MatchDecision, Matched, NeedsReview
from integration.domain.people import Address, Role, Sex, Subject
from integration.matching.parameters import shipped_parameters
from integration.matching.people import Known, Sought
from integration.matching.places import compare_address
from integration.matching.weights import NameShares

CHILD = date(2017, 5, 6)
ROSE = dataclasses.replace(patient(birth=CHILD, sex=Sex.FEMALE), middle="Rosamund")


def why(decision: MatchDecision) -> tuple[str, ...]:
    assert isinstance(decision, NeedsReview)
    return decision.why


def test_too_little_evidence_is_not_blamed_on_another_patient() -> None:
    common = NameShares(1_000_000, {("f", "zztester"): 20_000, ("g", "quillon"): 20_000})
    ours = subject(births=(date(1984, 5, 2),), line="Nowhere Street", postcode="ZZ11 1AA")
    sister = patient("2", given="Wendy", birth=date(1990, 1, 9), nhs_number=None, postcode="ZZ11 1AA")
    for there in ([patient(postcode="ZZ11 1AA")], [patient(postcode="ZZ11 1AA"), sister]):
        (decision,) = decide([case("1", ours)], there, common)
        assert why(decision) == ("there is too little evidence to be certain",)


@pytest.mark.parametrize(
    ("role", "birth", "fits"),
    [
        (Role.VICTIM, patient().birth, True),
        (Role.PERPETRATOR, patient().birth, False),
        (Role.VICTIM, CHILD, False),
    ],
)
def test_beside_a_misspelt_family_name_it_stands_for_no_perpetrator_and_nobody_young(
    role: Role, birth: date, fits: bool
) -> None:
    ours = subject(role, family="Zztestre", given="Rosamund", births=(birth,), sex=Sex.FEMALE)
    decision = decide_one(ours, dataclasses.replace(ROSE, birth=birth))
    assert isinstance(decision, Matched) is fits
    assert fits or "the given name is not certain" in why(decision)


@pytest.mark.parametrize(
    "ours",
    [subject(), subject(line="", postcode=None, phones=("07700900123",))],
    ids=["whose own home agrees", "once, whose telephone agrees"],
)
def test_who_is_told_already_gains_nothing_by_a_home_that_is_shared(ours: Subject) -> None:
    """The home is the same fact again; that one lived there once only stands in for a third fact."""
    elsewhere = () if ours.addresses else (Address("1 New Road", "ZZ99 3WZ"),)
    there = dataclasses.replace(patient(), phone="07700900123", addresses=(*elsewhere, *patient().addresses))
    child = patient("2", given="Wendy", birth=date(2015, 4, 4), nhs_number=None)
    wendy = subject(Role.CHILD, given="Wendy", births=(date(2015, 4, 4),))
    (alone,), (beside, _) = (decide([case("1", ours, *others)], [there, child]) for others in ((), (wendy,)))
    assert isinstance(alone, Matched) and isinstance(beside, Matched)
    assert beside.best == alone.best


def test_a_number_that_agrees_is_not_said_to_be_anothers() -> None:
    restricted = patient(restricted=True)
    assert why(decide_one(subject(nhs_number="9990000018"), restricted)) == ("the patient's record is restricted",)


def test_a_name_of_two_patients_may_be_a_slip_and_is_no_other_name() -> None:
    for bearers, two in ((2, False), (3, True)):
        shares = NameShares(1_000_000, {("g", "jack"): bearers, ("g", "john"): 3})
        assert shares.are_two_names("jack", "john", shipped_parameters()) is two


@pytest.mark.parametrize(
    ("ours", "theirs", "outcome"),
    [
        ("12 Harry Road", "12 Harrytown Road", "near"),  # short names are too much alike by their letters in threes
        ("Mill Lane", "Mill Lane", "street"),  # no house
        ("Orchards Mill Lane Anytown", "Orchard Mill Lane Anytown", "street"),
        ("12 Mill Lane Anytown", "12 Mil Lane Anytown", "slip"),
    ],
)
def test_beside_a_slip_in_the_postcode_a_house_takes_its_number(ours: str, theirs: str, outcome: str) -> None:
    sought = Sought.from_subject(subject(line=ours, postcode="ZZ99 3VZ"), date(2026, 11, 22))
    assert compare_address(sought, Known.from_patient(patient(line=theirs, postcode="ZZ99 3VX"), 1)) == outcome
