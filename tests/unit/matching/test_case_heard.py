"""What the others of a case add to a patient: once, only of who is found themselves, and only for what few share."""

from __future__ import annotations

import dataclasses

import pytest
from builders import patient, subject
from deciding import PARAMETERS, TODAY

from integration.domain.matching import Basis, MatchCandidate, Matched, NeedsReview
from integration.domain.people import Address, Patient, Role
from integration.matching.decide import Judge, Person
from integration.matching.people import Known, Sought
from integration.matching.weights import NameShares, Weighed, weigh

CHANCE = 10.0  # bits, of 1023 patients and one who is in no index
JUDGE = Judge(PARAMETERS, 1023, Basis("own", 7))
LIVES, LIVED = PARAMETERS.bits["household"]["same"], PARAMETERS.bits["household"]["past"]
AWAY = subject(line="", postcode=None)
CHILD = subject(Role.CHILD, given="Wendy", line="", postcode=None)
SHOWN = 2.0  # bits with which a patient is shown, and does not act


def weighed(theirs: Patient, pid: int, stranger: float = SHOWN, *, of_many: frozenset[str] = frozenset()) -> Weighed:
    known = dataclasses.replace(Known.from_patient(theirs, pid), of_many=of_many)
    one = weigh(Sought.from_subject(AWAY, TODAY), known, NameShares(9, {}), PARAMETERS)
    one.stranger, one.relative = CHANCE + stranger, 60.0
    return one


def child(stranger: float = 60.0, **theirs: object) -> Person:
    """Somebody else of the case, found in a record of their own."""
    found = dataclasses.replace(patient("9", given="Wendy", nhs_number=None), **theirs)  # type: ignore[arg-type]
    return Person(1, Sought.from_subject(CHILD, TODAY), [weighed(found, 9, stranger)])


def heard(other: Person, *those: Weighed) -> tuple[MatchCandidate, ...]:
    """Who is shown or taken for the one beside the child, with what the child adds."""
    decision = JUDGE.decide([Person(1, Sought.from_subject(AWAY, TODAY), list(those)), other])[0]
    if isinstance(decision, Matched):
        return (decision.best,)
    assert isinstance(decision, NeedsReview)
    return decision.candidates


def added(other: Person, one: Weighed) -> float:
    before = one.stranger
    (shown,) = heard(other, one)
    return round(shown.score - before, 1)


def test_a_home_shared_counts_in_full_and_once() -> None:
    assert added(child(), weighed(patient(), 1)) == round(LIVES, 1)
    known = weighed(patient(), 1)
    known.household = True  # the list itself says so
    assert added(child(), known) == 0


@pytest.mark.parametrize(
    "theirs", [{"phone": "07700900123"}, {"addresses": (Address("14 Nowhere Street", "ZZ99 3VZ"),)}]
)
def test_a_telephone_or_a_postcode_shared_counts_for_less(theirs: dict[str, object]) -> None:
    at = {"addresses": (Address("9 Far Road", "ZZ11 1AA"),)} if "phone" in theirs else {}
    one = dataclasses.replace(patient(nhs_number=None), phone="07700900123")
    assert added(child(**{**at, **theirs}), weighed(one, 1)) == round(LIVED, 1)  # type: ignore[arg-type]


def test_what_many_share_is_not_counted() -> None:
    crowd = frozenset({"ZZ993VZ"})
    assert added(child(), weighed(patient(), 1, of_many=crowd)) == 0
    phone = dataclasses.replace(patient(), phone="07700900123")
    assert added(child(phone="07700900123"), weighed(phone, 1, of_many=crowd)) == round(LIVED, 1)
    assert added(child(phone="07700900123"), weighed(phone, 1, of_many=crowd | {"07700900123"})) == 0


def test_no_house_is_no_home_shared() -> None:
    lane = {"addresses": (Address("Nowhere Lane", "ZZ11 1AA"),)}
    assert added(child(**lane), weighed(dataclasses.replace(patient(), **lane), 1)) == round(LIVED, 1)  # type: ignore[arg-type]


def test_having_lived_there_says_nothing_more_beside_another_fact() -> None:
    number = dataclasses.replace(AWAY, nhs_number="9990000018")
    one = weigh(
        Sought.from_subject(number, TODAY),
        dataclasses.replace(Known.from_patient(patient(), 1), phone="07700900123", postcode="ZZ111AA"),
        NameShares(9, {}),
        PARAMETERS,
    )
    one.stranger, one.relative = CHANCE + SHOWN, 60.0
    assert added(child(phone="07700900123"), one) == 0


def test_one_of_several_in_the_same_home_is_enough() -> None:
    phone = dataclasses.replace(patient(nhs_number=None), phone="07700900123")
    with_phone = child(addresses=(Address("9 Far Road", "ZZ11 1AA"),), phone="07700900123")
    with_phone.weighed[0].known.local_id = "8"
    with_phone.weighed[0].known.pid = 8
    sought = Sought.from_subject(AWAY, TODAY)
    (decision, *_) = JUDGE.decide([Person(1, sought, [weighed(phone, 1)]), child(), with_phone])
    assert isinstance(decision, Matched)
    assert round(decision.best.score - CHANCE - SHOWN, 1) == round(LIVES, 1)


@pytest.mark.parametrize(("short", "hears"), [(0.0, True), (0.01, False)])
def test_only_who_is_probable_is_found(short: float, hears: bool) -> None:
    assert (added(child(PARAMETERS.probable - short), weighed(patient(), 1)) > 0) is hears


def test_who_lives_with_the_others_comes_first() -> None:
    stranger = weighed(patient("2", nhs_number=None, line="9 Far Road", postcode="ZZ11 1AA"), 2, SHOWN + LIVES - 0.1)
    assert [one.patient for one in heard(child(), stranger, weighed(patient(), 1))] == ["1001", "2"]
    stranger.stranger += 0.2
    assert [one.patient for one in heard(child(), stranger, weighed(patient(), 1))] == ["2", "1001"]


@pytest.mark.parametrize("of_many", [frozenset[str](), frozenset({"phone"})])
@pytest.mark.parametrize("line", ["", "No fixed abode"])
def test_what_very_many_share_is_said_to_be_that(of_many: frozenset[str], line: str) -> None:
    sought = Sought.from_subject(subject(line=line, postcode=None if not line else "ZZ11 1AA"), TODAY)
    sought.of_many = of_many
    known = Known.from_patient(patient(line="No fixed abode", postcode="ZZ11 1AA"), 1)
    (decision,) = JUDGE.decide([Person(1, sought, [weigh(sought, known, NameShares(9, {}), PARAMETERS)])])
    assert isinstance(decision, NeedsReview)
    alone = "nothing beside name and date of birth agrees"
    assert decision.why == ((f"{alone} but what very many patients share",) if of_many or line else (alone,))


def test_what_many_share_stops_nobody_who_has_a_fact_of_their_own() -> None:
    sought = Sought.from_subject(subject(), TODAY)
    sought.of_many = frozenset({"phone"})
    (decision,) = JUDGE.decide(
        [Person(1, sought, [weigh(sought, Known.from_patient(patient(), 1), NameShares(9, {}), PARAMETERS)])]
    )
    assert isinstance(decision, Matched)
