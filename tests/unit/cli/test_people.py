"""A person as a screen shows them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from integration.cli.people import born_in_words, name_in_words, places_in_words
from integration.domain.people import Address, BirthYear, PersonName, Role, Subject

CHILD = Subject(Role.CHILD, (PersonName("Zzarden"),), age=0)


def test_a_child_of_nought_years_has_an_age() -> None:
    assert born_in_words(CHILD) == "age 0"


def test_every_date_of_birth_of_a_list_is_shown() -> None:
    twice = Subject(Role.VICTIM, (PersonName("Zzarden"),), (date(1984, 3, 2), date(1984, 2, 3)), age=42)
    assert born_in_words(twice) == "1984-03-02; 1984-02-03"
    assert born_in_words(Subject(Role.VICTIM, (PersonName("Zzarden"),))) == ""


def test_a_year_of_birth_is_shown_as_one() -> None:
    told = Subject(Role.VICTIM, (PersonName("Zzarden"),), born_in=BirthYear(1984))
    assert born_in_words(told) == "born in 1984"
    assert born_in_words(replace(told, born_in=BirthYear(1984, 3))) == "born in 1984-03"
    assert "1984" not in repr(told)


def test_half_a_name_and_half_an_address() -> None:
    assert [name_in_words(n) for n in (PersonName("Zzarden"), PersonName("", "Perdita"), None)] == [
        "Zzarden",
        "Perdita",
        "",
    ]
    assert places_in_words([Address("", "ZZ99 3VZ"), Address("1 A Street")]) == "ZZ99 3VZ; 1 A Street"
