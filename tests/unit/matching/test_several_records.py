"""What is said where several records come near: doubles, brothers and sisters, parents, strangers of one house."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import pytest
from builders import case, patient, subject
from deciding import decide, decide_one

from integration.domain.matching import MatchDecision, Matched, NeedsReview
from integration.domain.people import Address, Patient, PersonName, Role
from integration.matching.guards import ANOTHERS_NAME, NUMBER_OF_ANOTHER, is_registered_twice
from integration.matching.people import Known

CHILD = date(2017, 5, 6)
ADULT = date(1984, 3, 2)
TWICE = "the patient seems to be registered twice"
SIBLING = "another patient, perhaps a brother or sister, may go by that name"
PARENT = "the patient is a child, and an adult of that name lives there"
HOSTEL = "several families live at that address, and the date of birth says too little"
AWAY: dict[str, Any] = {"line": "9 Far Road", "postcode": "ZZ11 1AA"}


def why(decision: MatchDecision) -> tuple[str, ...]:
    return decision.why if isinstance(decision, NeedsReview) else ()


def known(**told: Any) -> Known:
    return Known.from_patient(dataclasses.replace(patient(nhs_number=None), **told), 1)


@pytest.mark.parametrize(
    ("given", "birth", "twice"),
    [
        ("Quillon", ADULT, True),
        ("Quilon", ADULT, True),  # a slip
        ("Q", ADULT, True),  # an initial
        ("Quillan", ADULT, True),
        ("Quillonette", ADULT, True),  # close
        ("Wendy", ADULT, False),
        ("Quillon", date(1984, 2, 3), True),  # day and month swapped
        ("Quillon", date(1985, 3, 2), True),
        ("Quillon", date(1984, 3, 9), False),
        ("Quillon", None, False),
        ("", ADULT, False),
    ],
)
def test_two_records_alike_in_name_birth_and_home_are_one_persons(given: str, birth: date | None, twice: bool) -> None:
    other = known(name=PersonName("ZZTESTER", given), birth=birth)
    assert is_registered_twice(known(), other) is twice
    assert is_registered_twice(other, known()) is twice


@pytest.mark.parametrize(
    ("one", "other"),
    [("John", "Jack"), ("Siobhan", "Chevonne"), ("Zzbruno", "Zzbrunno"), ("Quentin", "Kwentin"), ("Q Ann", "Q Paul")],
)
def test_a_short_form_another_spelling_and_a_like_sound_are_one_name(one: str, other: str) -> None:
    first, second = (known(name=PersonName("ZZTESTER", given)) for given in (one, other))
    assert is_registered_twice(first, second)


def test_two_records_of_one_number_are_one_persons_and_of_two_numbers_two() -> None:
    first, second = patient(), patient("2", given="Wendy", birth=CHILD)
    assert is_registered_twice(Known.from_patient(first, 1), Known.from_patient(second, 2))
    another = dataclasses.replace(first, nhs_number="9998765404")
    assert not is_registered_twice(Known.from_patient(first, 1), Known.from_patient(another, 2))


def test_a_second_record_of_the_patient_is_said_once_and_is_no_rival() -> None:
    assert why(decide_one(subject(), patient("1"), patient("2", nhs_number=None))) == (TWICE,)
    ifan = subject(given="Ifan", nhs_number="9990000018")
    assert why(decide_one(ifan, patient("1", given="Iwan"), patient("2", given="Ifan", nhs_number=None))) == (TWICE,)
    child = subject(Role.CHILD, births=(CHILD,))
    assert why(decide_one(child, patient("1", birth=CHILD), patient("2", nhs_number=None, birth=CHILD))) == (TWICE,)


def test_the_number_given_is_anothers_only_where_the_patient_does_not_have_it_too() -> None:
    ours = subject(nhs_number="9990000018")
    both = why(decide_one(ours, patient("1"), patient("2", given="Wendy")))
    assert NUMBER_OF_ANOTHER not in both
    others = [patient(str(n), given="Wendy") for n in (2, 3)]
    alone = why(decide_one(ours, patient("1", nhs_number=None), *others))
    assert alone.count(NUMBER_OF_ANOTHER) == 1
    wayne = patient("4", given="Wayne", nhs_number=None)
    assert NUMBER_OF_ANOTHER in why(decide_one(ours, patient("1", nhs_number=None), others[0], wayne))


def parents(*, given: str = "Quillon", birth: date = ADULT) -> Patient:
    return patient("2", given=given, birth=birth, nhs_number=None)


@pytest.mark.parametrize(
    ("child", "others", "said"),
    [
        (patient(birth=CHILD), [parents()], True),
        (patient(birth=CHILD), [parents(given="Wendy"), dataclasses.replace(parents(), local_id="3")], True),
        (patient(birth=CHILD, given="Quillon Paul"), [parents(given="Quillon Adam")], True),
        (patient(birth=None), [parents()], False),
    ],
)
def test_a_child_named_like_a_parent_may_be_the_parent_meant(child: Patient, others: list[Patient], said: bool) -> None:
    ours = subject(Role.PERPETRATOR, births=(CHILD,), given=child.name.given if child.name else "")
    assert (PARENT in why(decide_one(ours, child, *others))) is said


def brother(
    given: str, *, family: str = "ZZTESTER", birth: date = CHILD, home: bool = True, middle: str = ""
) -> Patient:
    there = patient("2", family, given, birth=birth, nhs_number=None, **({} if home else AWAY))
    return dataclasses.replace(there, middle=middle)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (brother("Quint"), False),
        (brother("Quil"), False),  # the same person's record
        (brother("Quil", birth=date(2018, 6, 5)), True),
        (brother("Wayne", middle="Quillon"), True),
        (brother("Wayne"), False),
        (brother("Baby"), True),
        (brother("Quil", birth=date(2017, 5, 28)), False),  # too many days apart
        (brother("Quil", home=False), True),
        (brother("Quil", home=False, family="ZZTESTERLEY"), False),
        (brother("Quil", home=False, birth=date(2018, 5, 6)), False),
        (brother("Quillon", home=False), False),  # a namesake
        (brother("Quillon Wayne", home=False), False),
        (brother("", home=False), True),
    ],
)
def test_a_brother_or_sister_may_go_by_the_name_sought(other: Patient, said: bool) -> None:
    ours = subject(Role.CHILD, births=(CHILD,))
    assert (SIBLING in why(decide_one(ours, patient(birth=CHILD), other))) is said
    beside = dataclasses.replace(brother("Wayne"), local_id="3")
    assert (SIBLING in why(decide_one(ours, patient(birth=CHILD), beside, other))) is said


def test_twins_may_be_recorded_elsewhere_under_another_spelling_of_their_family_name() -> None:
    ours, here = subject(Role.CHILD, "Khan", births=(CHILD,)), patient(family="Khan", birth=CHILD)
    assert SIBLING in why(decide_one(ours, here, brother("Quil", family="Khaan", home=False)))


def test_a_former_home_explains_no_other_family_name() -> None:
    here = dataclasses.replace(patient(), addresses=(*patient().addresses, Address("12 Old Row", "ZZ12 2BB")))
    for line, postcode, lives in (("12 Nowhere Street", "ZZ99 3VZ", True), ("12 Old Row", "ZZ12 2BB", False)):
        ours = subject(family="ZZMARRIED", line=line, postcode=postcode)
        assert ("the family name is not certain" not in why(decide_one(ours, here))) is lives


def test_a_namesake_by_another_spelling_is_no_twin() -> None:
    ours, here = subject(Role.CHILD, given="Stephen", births=(CHILD,)), patient(given="Stephen", birth=CHILD)
    assert SIBLING not in why(decide_one(ours, here, brother("Steven", home=False)))


@pytest.mark.parametrize(
    ("given", "aka", "theirs", "said"),
    [
        ("Ifan", "", patient("2", given="Ifan", birth=date(1975, 6, 7), nhs_number=None), True),
        ("Iwan", "", patient("2", given="Ifan", birth=date(1975, 6, 7), nhs_number=None), False),
        ("Ifan", "", patient("2", given="Ifan", birth=date(1975, 6, 7), nhs_number=None, **AWAY), False),
        ("Ifan", "", patient("2", "ZZOTHER", "Ifan", birth=date(1975, 6, 7), nhs_number=None), False),
        ("Wendy", "Iwan", patient("2", given="Wendy", birth=date(1975, 6, 7), nhs_number=None), True),
        ("Wendy", "Iwan", patient("2", given="Wayne", birth=date(1975, 6, 7), nhs_number=None), False),
    ],
)
def test_who_bears_the_very_name_where_the_patient_lives_may_be_meant(
    given: str, aka: str, theirs: Patient, said: bool
) -> None:
    """Though the birth is the patient's: a row about two brothers, or a sister's name given for one's own."""
    ours = subject(given=given, aka=(PersonName("ZZTESTER", aka),) if aka else ())
    told = decide_one(ours, patient(given="Iwan"), theirs)
    assert (ANOTHERS_NAME in why(told)) is said
    assert isinstance(told, Matched) is not said
    known_so = dataclasses.replace(patient(given="Iwan"), other_names=(PersonName("ZZTESTER", given),))
    assert ANOTHERS_NAME not in why(decide_one(ours, known_so, theirs))


def test_their_family_name_may_be_a_former_one_or_spelt_otherwise() -> None:
    ours, here = subject(family="Khan", given="Ifan"), patient(family="Khan", given="Iwan")
    away = patient("2", "ZZOTHER", "Ifan", birth=date(1975, 6, 7), nhs_number=None)
    former = dataclasses.replace(away, other_names=(PersonName("Khan", ""),))
    otherwise = patient("2", "Khaan", "Ifan", birth=date(1975, 6, 7), nhs_number=None)
    assert ANOTHERS_NAME in why(decide_one(ours, here, former))
    assert ANOTHERS_NAME in why(decide_one(ours, here, otherwise))
    assert ANOTHERS_NAME not in why(decide_one(subject(family="Khan", given=""), here, former))


def test_so_may_they_where_given_and_family_name_changed_places() -> None:
    ours = subject(family="Ifan", given="ZZTESTER")
    assert ANOTHERS_NAME in why(decide_one(ours, patient(given="Iwan"), brother("Ifan")))


def test_of_a_name_that_brothers_share_the_word_after_it_is_asked_for() -> None:
    ours = subject(Role.CHILD, given="Mohammed Zakir", births=(CHILD,))
    here = patient(given="Mohammed Zakir", birth=CHILD)
    assert SIBLING not in why(decide_one(ours, here, brother("Mohammed Bilal")))
    assert SIBLING in why(decide_one(ours, here, brother("Bilal", middle="Zakir")))
    two = subject(Role.CHILD, given="Mohammed Syed", births=(CHILD,))
    here = patient(given="Mohammed Syed", birth=CHILD)
    assert SIBLING in why(decide_one(two, here, brother("Wayne", middle="Mohammed")))
    assert SIBLING not in why(decide_one(two, here, brother("Wayne", middle="Syed")))


@pytest.mark.parametrize(("age", "number", "said"), [(42, None, True), (41, None, True), (42, "9990000018", False)])
def test_in_a_hostel_an_age_needs_more_than_the_home(age: int, number: str | None, said: bool) -> None:
    others = [patient(str(n), family, nhs_number=None) for n, family in enumerate(("ZZUMPLEBY", "ZZTORDOFF"), 2)]
    ours = subject(births=(), age=age, nhs_number=number)
    assert (HOSTEL in why(decide_one(ours, patient(), *others))) is said


@pytest.mark.parametrize("line", ["", "12 Old Row"])
def test_nor_is_the_home_of_others_of_the_case_enough_there(line: str) -> None:
    here = dataclasses.replace(patient(), addresses=(*patient().addresses, Address("12 Old Row", "ZZ12 2BB")))
    others = [patient(str(n), family, nhs_number=None) for n, family in enumerate(("ZZUMPLEBY", "ZZTORDOFF"), 2)]
    wendy = patient("9", given="Wendy", birth=CHILD, nhs_number=None)
    ours = subject(births=(), age=42, line=line, postcode="ZZ12 2BB" if line else None)
    people = case("1", ours, subject(Role.CHILD, given="Wendy", births=(CHILD,)))
    assert HOSTEL in why(decide([people], [here, wendy, *others])[0])
    assert isinstance(decide([people], [here, wendy])[0], Matched)
