"""Cells about people: everything in one cell, several people in one cell, and cells that may mean two things."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading_room import TODAY, vocabulary

from integration.domain.people import Address, BirthYear, Role, Sex
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.headings import read_heading
from mappings.case_lists.people import Found, read_people


def read(text: str, role: Role = Role.VICTIM) -> Found:
    heading = read_heading("Children" if role is Role.CHILD else "Victim", vocabulary())
    return read_people(text, vocabulary(), TODAY, role=role, heading=heading)


JANE = ("SMITH", "Jane", [date(1984, 12, 3)])


def brief(found: Found) -> list[tuple[str, str, list[date]]]:
    return [(person.names[0].family, person.names[0].given, person.births) for person in found.people]


@pytest.mark.parametrize(
    "text",
    [
        "SMITH, Jane\nDOB: 03/12/1984",
        "SMITH, Jane DOB 03/12/1984",
        "SMITH, Jane (03/12/1984)",
        "Jane SMITH 3.12.84",
        "Jane SMITH - born 3rd December 1984",
        "Name: Jane SMITH DOB: 03/12/84",
        "Mrs Jane SMITH, d.o.b. 3/12/84",
        "SMITH,\nJane\n03-Dec-84",
        "1. SMITH, Jane, 03/12/1984",
        "Victim 1: SMITH, Jane\nDate of birth: 3 December 1984",
        "SMITH, Jane\nDOB: 03/12/1984\nNFA / not known",
        "SMITH, Jane\nDOB: 03/12/1984\nAlias: none\nTel: unknown",
    ],
)
def test_name_and_birth_in_one_cell(text: str) -> None:
    found = read(text)
    assert brief(found) == [JANE]
    assert found.doubts == []


def test_a_title_does_not_make_two_people_of_one() -> None:
    (person,) = read("Mr SMITH, John Paul").people
    assert (person.names[0].family, person.names[0].given) == ("SMITH", "John Paul")
    (person,) = read("van der Berg, Tom Lee").people
    assert (person.names[0].family, person.names[0].given) == ("van der Berg", "Tom Lee")


@pytest.mark.parametrize("text", ["Tom SMITH, 03/12/2015, Beck Academy", "Tom SMITH (Beck Academy) 03/12/2015"])
def test_a_childs_school_is_nobody(text: str) -> None:
    found = read(text, Role.CHILD)
    assert brief(found) == [("SMITH", "Tom", [date(2015, 12, 3)])]
    assert [len(person.names) for person in found.people] == [1]
    assert found.doubts == []


@pytest.mark.parametrize(("text", "age"), [("DOB: approx 40", 40), ("Age: 34 years", 34), ("DOB: mid 30s", None)])
def test_an_age_behind_the_label_of_a_birth(text: str, age: int | None) -> None:
    found = read(f"SMITH, Jane\n{text}\n12 High Street, S60 1AA")
    assert [(person.births, person.age) for person in found.people] == [([], age)]
    assert found.doubts == []


@pytest.mark.parametrize("text", ["DOB: 1984", "Age: 1984", "Born: c. 1984"])
def test_a_year_of_birth_is_no_age(text: str) -> None:
    found = read(f"SMITH, Jane\n{text}\n12 High Street, S60 1AA")
    assert [(person.births, person.age, person.born_in) for person in found.people] == [([], None, BirthYear(1984))]
    assert found.doubts == []


def test_everything_in_one_cell() -> None:
    found = read(
        "SMITH, Jane (F)\nDOB: 03/12/1984\nNHS No: 999 000 0018\n12 High Street\nRotherham\nS60 1AA\n"
        "Tel: 07700 900123\nAKA: JONES, Janet"
    )
    (jane,) = found.people
    assert found.doubts == []
    assert (jane.sex, jane.nhs_number, jane.phones) == (Sex.FEMALE, "9990000018", ["07700 900123"])
    assert jane.addresses == [Address("12 High Street, Rotherham", "S60 1AA")]
    assert [(name.family, name.given) for name in jane.names] == [("SMITH", "Jane"), ("JONES", "Janet")]


@pytest.mark.parametrize(
    "text",
    [
        "SMITH, Jane, 12 High Street, S60 1AA",
        "Jane SMITH, 12 High Street S60 1AA",
        "Jane SMITH\n12 High Street, S60 1AA",
        "SMITH, Jane - 12 High Street - S60 1AA",
        "SMITH, Jane\nAddress: 12 High Street, S60 1AA",
        "SMITH, Jane\nHome address: 12 High Street\nS60 1AA",
    ],
)
def test_name_and_address_in_one_cell(text: str) -> None:
    found = read(text)
    assert found.doubts == []
    assert [person.addresses for person in found.people] == [[Address("12 High Street", "S60 1AA")]]


@pytest.mark.parametrize(
    "family", ["LANE", "STREET", "COURT", "WARD", "HOUSE", "CHURCH", "FIELD", "NORTH", "SCHOOL", "POLICE"]
)
def test_surnames_that_are_also_places_or_headings(family: str) -> None:
    found = read(f"{family}, Jane\nDOB: 03/12/1984\n12 {family.title()} Lane, S60 1AA")
    assert brief(found) == [(family, "Jane", [date(1984, 12, 3)])]
    assert found.people[0].addresses == [Address(f"12 {family.title()} Lane", "S60 1AA")]
    assert found.doubts == []


BOB = ("JONES", "Bob", [date(1990, 5, 4)])


@pytest.mark.parametrize(
    "text",
    [
        "SMITH, Jane 03/12/1984\nJONES, Bob 04/05/1990",
        "SMITH, Jane 03/12/1984; JONES, Bob 04/05/1990",
        "Jane SMITH (03/12/1984), Bob JONES (04/05/1990)",
        "Jane SMITH (03/12/1984) and Bob JONES (04/05/1990)",
        "Jane SMITH (03/12/1984) & Bob JONES (04/05/1990)",
        "1) SMITH, Jane 03/12/84\n2) JONES, Bob 04/05/90",
        "SMITH, Jane\nDOB: 03/12/1984\n65 High View, HX6 8AQ\nJONES, Bob\nDOB: 04/05/1990\n65 High View, HX6 8AQ",
        "\u2022 Jane SMITH 3/12/84 \u2022 Bob JONES 4/5/90",
    ],
)
def test_several_people_in_one_cell(text: str) -> None:
    found = read(text)
    assert brief(found) == [JANE, BOB]
    assert found.doubts == []


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Tom Zz (12/03/2015); Amy Zz (01/02/2018)", ["Tom", "Amy"]),
        ("Tom (5), Amy (3)", ["Tom", "Amy"]),
        ("Tom Zz 5, Amy Zz 3", ["Tom", "Amy"]),
        ("Tom Zz and Amy Zz", ["Tom", "Amy"]),
        ("Tom, Amy and Jo", ["Tom", "Amy", "Jo"]),
        ("Tom Zz\nAmy Zz", ["Tom", "Amy"]),
        ("Tom Zz, 5, Clifton School", ["Tom"]),
        ("Tom Zz (M) 12.03.15, lives with victim", ["Tom"]),
        ("Tom aged 6 months", ["Tom"]),
        ("None", []),
        ("Unborn (due 03/2027)", []),
        ("2 children", []),
        ("N/A", []),
        ("Yes", []),
    ],
)
def test_children_as_lists_name_them(text: str, people: list[str]) -> None:
    found = read(text, Role.CHILD)
    assert [person.names[0].given for person in found.people] == people
    assert found.doubts == []


def test_ages_of_children() -> None:
    assert [person.age for person in read("Tom (5), Amy aged 3, Jo 6 months, Al Zz 12", Role.CHILD).people] == [
        5,
        3,
        0,
        12,
    ]


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("Jane SMITH 31/02/1984", Doubt.BIRTH_UNCLEAR),
        ("03/12/1984", Doubt.NAME_MISSING),
        ("12 High Street S60 1AA", Doubt.NAME_MISSING),
        ("Jane and John SMITH", Doubt.NAME_UNCLEAR),
        ("Jane SMITH / Joan JONES", Doubt.NAMES_UNCLEAR),
        ("Mr & Mrs Smith", Doubt.NAME_UNCLEAR),
        ("SMITH, Jane\nJONES, Bob\n03/12/84\n04/05/90", Doubt.BIRTHS_DO_NOT_PAIR),
        ("SMITH, Jane\nin the company of somebody unknown to us", Doubt.DETAIL_UNCLEAR),
        ("SMITH, Jane (perpetrator)", Doubt.ROLE_CONTRADICTED),
        ("Suspect: SMITH, Jane", Doubt.ROLE_CONTRADICTED),
        ("SMITH, Jane NHS No: 9990000018 NHS No: 9990000026", Doubt.NHS_NUMBERS_DIFFER),
        ("SMITH, Jane aged 340", Doubt.BIRTH_UNCLEAR),
    ],
)
def test_cells_that_a_person_must_look_at(text: str, doubt: Doubt) -> None:
    assert doubt in read(text).doubts


@pytest.mark.parametrize("text", ["", "-", "Not known", "N/K", "unknown male", "None", "TBC", "nfa / not known"])
def test_cells_that_name_nobody(text: str) -> None:
    found = read(text)
    assert (found.people, found.doubts) == ([], [])


def test_two_children_whom_a_comma_may_part_or_join() -> None:
    assert read("Tom, Amy", Role.CHILD).doubts == [Doubt.NAMES_UNCLEAR]


@given(st.text("abcDEF ,;()/&\n0123456789.-:'é\u202e", max_size=80))
def test_any_text_at_all_is_survived_and_nobody_is_nameless(text: str) -> None:
    for role in (Role.VICTIM, Role.CHILD):
        assert all(person.names for person in read(text, role).people)
