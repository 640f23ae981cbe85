"""Whom the list's own words make somebody else: a doubt, two people in a cell, a relation, an alias, nobody."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from builders import patient, subject
from deciding import decide_one

from integration.domain.matching import MatchDecision, Matched, NeedsReview
from integration.domain.people import PersonName, Role, Subject
from integration.matching.as_listed import ALIAS, DOUBTED, GENERATION, GROWN_UP, RELATION, STILL_A_CHILD, TWO_PEOPLE
from integration.matching.guards import NAMED_SO

CHILD = date(2017, 5, 6)
DOUBTS = [
    *("possibly", "poss", "maybe", "perhaps", "probably", "believed", "unsure", "unclear", "unconfirmed", "TBC", "tbd"),
    *("approx", "unverified", "likely", "suspected", "(false name)", "- not verified"),
]


def why(decision: MatchDecision) -> tuple[str, ...]:
    return decision.why if isinstance(decision, NeedsReview) else ()


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("Quillon?", DOUBTED),
        ("Quillon or Wendy", DOUBTED),
        ("Quillon (not confirmed)", DOUBTED),
        *((f"Quillon {word}", DOUBTED) for word in DOUBTS),
        ("Quillon & Wendy", TWO_PEOPLE),
        ("Quillon + Wendy", TWO_PEOPLE),
        ("Quillon and Wendy", TWO_PEOPLE),
        ("Quillon's brother", RELATION),
        ("Quillon (wife of)", RELATION),
        ("Quillon Jr", GENERATION),
    ],
)
def test_a_name_that_may_be_another_s_is_put_to_a_person(role: Role, given: str, said: str) -> None:
    assert why(decide_one(subject(role, given=given), patient())) == (said,)


@pytest.mark.parametrize("given", ["Quillon", "Quillon Anderson", "Son", "Ex"])
def test_other_words_say_nothing(given: str) -> None:
    """A Vietnamese may be called Son."""
    assert isinstance(decide_one(subject(given=given), patient(given=given)), Matched)


def test_a_son_is_listed_by_a_word_in_either_name_unless_the_record_has_it_too() -> None:
    assert why(decide_one(subject(family="ZZTESTER Junior"), patient())) == (GENERATION,)
    junior = dataclasses.replace(patient(), middle="Junior")
    for record in (junior, patient(given="Quillon Junior"), patient(family="ZZTESTER JUNIOR")):
        assert isinstance(decide_one(subject(given="Quillon Junior"), record), Matched)
    for name in (PersonName("ZZTESTER", "Junior"), PersonName("JUNIOR", "")):
        aka = dataclasses.replace(patient(), other_names=(name,))
        assert GENERATION not in why(decide_one(subject(given="Quillon Junior"), aka))


def listed(*givens: str, role: Role = Role.PERPETRATOR, birth: date = date(1984, 3, 2)) -> Subject:
    names = tuple(PersonName("ZZTESTER", given) for given in givens)
    return dataclasses.replace(subject(role, births=(birth,)), names=names)


def test_a_brother_s_name_beside_one_s_own_makes_nobody_a_perpetrator() -> None:
    """Who is stopped by the police gives a brother's name now and then, and lists carry it as an alias."""
    assert why(decide_one(listed("Wendy", "Quillon"), patient())) == (ALIAS,)
    for role, acts in ((Role.VICTIM, True), (Role.CHILD, True)):
        assert isinstance(decide_one(listed("Wendy", "Quillon", role=role), patient()), Matched) is acts
    both = dataclasses.replace(patient(), other_names=(PersonName("ZZTESTER", "Zzbruno"),))
    for record in (patient(), both):
        assert why(decide_one(listed("Quillonette", "Quillon"), record)) == (ALIAS,)
    for first in ("Quillon", "Quilon", "Q"):
        assert isinstance(decide_one(listed(first, "Wendy", "Quillon"), patient()), Matched)


def test_one_name_of_several_that_tells_of_a_relative_is_enough() -> None:
    assert why(decide_one(listed("Quillon's brother", "Quillon"), patient())) == (RELATION,)


def test_a_young_person_may_have_been_listed_by_a_twin_s_name_too() -> None:
    for role in Role:
        assert why(decide_one(listed("Wendy", "Quillon", role=role, birth=CHILD), patient(birth=CHILD))) == (ALIAS,)


def test_who_is_recorded_by_both_names_is_one() -> None:
    both = dataclasses.replace(patient(), other_names=(PersonName("ZZTESTER", "Wendy"),))
    assert isinstance(decide_one(listed("Wendy", "Quillon"), both), Matched)


@pytest.mark.parametrize("name", ["Mrs", "Child 1", "Wife", "Sister", "Suspect", "Tw2", "Test"])
def test_what_stands_for_a_given_name_is_none_and_may_be_a_family_s(name: str) -> None:
    """Of a family name none of these is sure to be missing: Child and Test are names."""
    assert "the given name is not certain" in why(decide_one(subject(given=name), patient(given=name)))
    assert isinstance(decide_one(subject(family=name), patient(family=name)), Matched)
    assert isinstance(decide_one(subject(given=f"{name} Quillon"), patient(given=f"{name} Quillon")), Matched) is (
        name in {"Mrs", "Suspect", "Tw2", "Test"}
    )


@pytest.mark.parametrize("name", ["LNU", "XXX", "No Surname", "Unkown", "Unspecified", "Babygirl", "TwinOne"])
def test_what_stands_for_any_name_is_nobody_s(name: str) -> None:
    assert "the given name is not certain" in why(decide_one(subject(given=name), patient(given=name)))
    assert "the family name is not certain" in why(decide_one(subject(family=name), patient(family=name)))


NEW_YEAR = date(1990, 1, 1)


@pytest.mark.parametrize(
    ("ours", "theirs", "birth", "stops"),
    [
        (("Hassan", "Ali"), ("Ali", "Hassan"), NEW_YEAR, True),
        (("Hassan", "Ali"), ("Ali", "Hassan"), date(1990, 1, 2), False),
        (("Hassan", "Ali"), ("Hassan", "Ali"), NEW_YEAR, False),
        (("Quillon", "Zztester"), ("Zztester", "Quillon"), NEW_YEAR, False),
        (("Hassan", "Zztester"), ("Zztester", "Hassan"), NEW_YEAR, False),
        (("Zztester", "Hassan"), ("Hassan", "Zztester"), NEW_YEAR, False),
    ],
)
def test_of_two_given_names_the_other_order_may_be_a_cousin_s(
    ours: tuple[str, str], theirs: tuple[str, str], birth: date, stops: bool
) -> None:
    """Named by their fathers, cousins of one home are Ali Hassan and Hassan Ali, born on a day that nobody knows."""
    there = dataclasses.replace(patient(family=theirs[0], given=theirs[1], birth=birth), phone="07700900123")
    sought = subject(family=ours[0], given=ours[1], births=(birth,))
    assert (NAMED_SO in why(decide_one(sought, there))) is stops
    for more in ({"phones": ("07700 900123",)}, {"nhs_number": "9990000018"}):
        assert NAMED_SO not in why(decide_one(dataclasses.replace(sought, **more), there))


@pytest.mark.parametrize(
    ("birth", "stops"),
    [(date(1992, 5, 6), True), (date(1990, 5, 7), True), (date(1990, 6, 5), False), (CHILD, False)],
)
def test_a_perpetrator_of_two_given_names_in_the_other_order_is_born_on_that_day(birth: date, stops: bool) -> None:
    there = patient(family="Ali", given="Hassan", birth=CHILD if birth == CHILD else date(1990, 5, 6))
    for role in Role:
        told = why(decide_one(subject(role, family="Hassan", given="Ali", births=(birth,)), there))
        assert (NAMED_SO in told) is (stops and role is Role.PERPETRATOR)


def test_a_doubt_beside_the_family_name_is_one_too_unless_the_record_is_called_so() -> None:
    for family in ("ZZTESTER?", "ZZTESTER TBC", "ZZTESTER or ZZOTHER"):
        assert DOUBTED in why(decide_one(subject(family=family), patient()))
    assert TWO_PEOPLE in why(decide_one(subject(family="ZZTESTER and ZZOTHER"), patient()))
    assert isinstance(decide_one(subject(family="Poss"), patient(family="POSS")), Matched)


@pytest.mark.parametrize(
    ("listed_family", "family", "stops"),
    [
        ("Zzgarcia Zzmartinez", "ZZGARCIA ZZLOPEZ", True),
        ("Zzgarcia-Zzmartinez", "ZZLOPEZ-ZZGARCIA", True),
        ("Zzgarcia", "ZZGARCIA ZZLOPEZ", False),
        ("Zzgarcia Zzlopez", "ZZLOPEZ", False),
        ("Zzlopez Zzgarcia", "ZZGARCIA ZZLOPES", False),
        ("Zzlopez Zzmartinez Zzgarcia", "ZZGARCIA ZZLOPEZ", False),
    ],
)
def test_of_two_names_in_two_parts_both_are_asked_for(listed_family: str, family: str, stops: bool) -> None:
    """A Spanish father and son share one, and half-brothers do."""
    born = subject(Role.PERPETRATOR, family=listed_family)
    assert ("the family name is not certain" in why(decide_one(born, patient(family=family)))) is stops
    turned = subject(Role.PERPETRATOR, family="Quillon", given=listed_family)
    assert ("the family name is not certain" in why(decide_one(turned, patient(family=family)))) is stops


def test_every_name_of_the_record_and_only_family_names_of_the_list_are_heard() -> None:
    uncertain = "the family name is not certain"
    alike = subject(Role.PERPETRATOR, "Zzgarcia Zzlopez", "Zzgarcia")
    assert uncertain in why(decide_one(alike, patient(family="ZZGARCIA ZZMARTINEZ", given="Zzgarcia")))
    married = dataclasses.replace(patient(family="ZZMARTINEZ"), other_names=(PersonName("ZZGARCIA", "Quillon"),))
    accused = subject(Role.PERPETRATOR, family="Zzgarcia Zzlopez")
    assert isinstance(decide_one(accused, married), Matched)
    joined = patient(family="ZZGARCIALOPEZ")
    assert isinstance(decide_one(subject(Role.PERPETRATOR, family="Zzgarcai Lopez"), joined), Matched)
    turned = subject(family="Quillon", given="Zzbruno", births=(date(1985, 3, 2),))
    turned = dataclasses.replace(turned, names=(*turned.names, PersonName("Zzgarcia Zzlopez", "Zzbruno")))
    assert uncertain not in why(decide_one(turned, patient(family="ZZLOPEZ")))


@pytest.mark.parametrize(("birth", "stops"), [(NEW_YEAR, True), (date(1990, 1, 2), False)])
def test_brothers_of_one_new_year_s_day_are_as_alike_as_twins_at_any_age(birth: date, stops: bool) -> None:
    told = why(decide_one(subject(given="Quillon", births=(birth,)), patient(given="Zahid Quillon", birth=birth)))
    assert ("a brother or sister of the patient may go by that name" in told) is stops


@pytest.mark.parametrize(
    ("role", "listed_birth", "age", "record", "stops"),
    [
        (Role.CHILD, date(2026, 5, 6), None, date(1926, 5, 6), True),
        (Role.VICTIM, date(2026, 5, 6), None, date(1926, 5, 6), False),
        (Role.CHILD, date(2012, 5, 6), None, date(2002, 5, 6), False),
        (Role.CHILD, date(2010, 5, 6), None, date(2000, 5, 6), True),
        (Role.CHILD, date(2000, 5, 6), None, date(2000, 5, 6), False),
        (Role.CHILD, date(2010, 5, 6), 26, date(2000, 5, 6), False),
        (Role.CHILD, None, 26, date(2000, 5, 6), False),
        (Role.CHILD, None, None, date(2000, 5, 6), False),
        (Role.CHILD, None, 17, date(2000, 5, 6), True),
        (Role.CHILD, None, 18, date(2000, 5, 6), False),
        (Role.CHILD, date(2011, 5, 6), None, date(2001, 5, 6), True),
        (Role.CHILD, date(2008, 11, 30), None, date(1998, 11, 30), True),
        (Role.CHILD, date(2008, 11, 15), None, date(1998, 11, 15), False),
    ],
)
def test_a_child_is_nobody_grown_up(
    role: Role, listed_birth: date | None, age: int | None, record: date, stops: bool
) -> None:
    """A year in two digits may be a century off, and then a baby be her great-grandmother."""
    sought = subject(role, births=(listed_birth,) if listed_birth else (), age=age)
    assert (GROWN_UP in why(decide_one(sought, patient(birth=record)))) is stops


@pytest.mark.parametrize(
    ("role", "listed_birth", "age", "record", "stops"),
    [
        (Role.PERPETRATOR, date(1921, 5, 6), None, date(2021, 5, 6), True),
        (Role.VICTIM, date(1921, 5, 6), None, date(2021, 5, 6), True),
        (Role.OTHER, date(1921, 5, 6), None, date(2021, 5, 6), True),
        (Role.CHILD, date(1921, 5, 6), None, date(2021, 5, 6), False),
        (Role.VICTIM, date(2021, 5, 6), None, date(2021, 5, 6), False),
        (Role.VICTIM, date(1921, 5, 6), 5, date(2021, 5, 6), False),
        (Role.VICTIM, date(2002, 5, 6), None, date(2012, 5, 6), False),
        (Role.VICTIM, date(2001, 5, 6), None, date(2011, 5, 6), True),
        (Role.VICTIM, None, 25, date(2012, 5, 6), True),
        (Role.VICTIM, None, 25, date(2010, 11, 20), False),
        (Role.VICTIM, None, None, date(2021, 5, 6), False),
        (Role.VICTIM, date(1984, 3, 2), None, None, False),
    ],
)
def test_a_grown_up_is_nobody_s_child(
    role: Role, listed_birth: date | None, age: int | None, record: date | None, stops: bool
) -> None:
    """Who was born in 1921 is not the great-grandson of that name, born in 2021."""
    sought = subject(role, births=(listed_birth,) if listed_birth else (), age=age)
    assert (STILL_A_CHILD in why(decide_one(sought, patient(birth=record)))) is stops
