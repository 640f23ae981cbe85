"""Dates of birth and ages, day first, in every form that people use; what is none of them is never guessed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading_room import TODAY

from integration.domain.people import BirthYear
from mappings.case_lists.births import (
    AGE,
    DATE,
    Unreadable,
    age_of,
    age_told,
    date_of,
    from_number,
    is_vague_age,
    meeting_day,
    single_date,
)

DAY = date(1984, 12, 3)
FORMS = (
    "{d}/{m}/{y}",
    "{d:02}/{m:02}/{y}",
    "{d}.{m}.{y}",
    "{d}-{m}-{y}",
    "{d:02}/{m:02}/{yy:02}",
    "{d}.{m}.{yy:02}",
    "{y}-{m:02}-{d:02}",
    "{y}-{m:02}-{d:02} 00:00:00",
    "{d} {month} {y}",
    "{d}{th} {month} {y}",
    "{d}{th} of {month} {y}",
    "{d:02}-{mon}-{yy:02}",
    "{d:02}-{mon}-{y}",
    "{d} {mon} {yy:02}",
    "{d:02}{MON}{y}",
    "{month} {d}, {y}",
    "{weekday} {d}{th} {month} {y}",
    "{d} / {m} / {y}",
    "{d:02} {m:02} {y}",
    "{d:02}/{m:02}/{y} 09:30",
)


def written(form: str, day: date) -> str:
    ending = "th" if 10 < day.day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10, "th")
    return form.format(
        d=day.day,
        m=day.month,
        y=day.year,
        yy=day.year % 100,
        th=ending,
        month=f"{day:%B}",
        mon=f"{day:%b}",
        MON=f"{day:%b}".upper(),
        weekday=f"{day:%A}",
    )


@pytest.mark.parametrize("form", FORMS)
@given(day=st.dates(date(1927, 1, 1), TODAY))
def test_every_usual_form_is_the_same_day(form: str, day: date) -> None:
    text = written(form, day)
    assert single_date(text, TODAY) == day
    assert single_date(f"DOB {text}, of High Street", TODAY) == day


@pytest.mark.parametrize("text", ["31/02/1984", "12/31/1984", "0/1/1984", "01/13/84", "03/12/1784", "03/12/2084"])
def test_days_that_are_none_are_not_mended(text: str) -> None:
    (match,) = DATE.finditer(text)
    assert isinstance(date_of(match, TODAY), Unreadable)


@pytest.mark.parametrize(
    "text", ["27/2026/001", "1/2/2003/4", "12-13-14-15", "0114 496 0000", "version 1.2.3.4", "S60 1AA", "1984"]
)
def test_what_only_looks_like_a_date_is_none(text: str) -> None:
    assert not list(DATE.finditer(text))


def test_two_figures_of_a_year_lie_in_the_hundred_years_before_today() -> None:
    assert single_date("01/01/26", TODAY) == date(2026, 1, 1)
    assert single_date("01/01/27", TODAY) == date(1927, 1, 1)


@pytest.mark.parametrize(
    "text",
    [
        "age 34",
        "Age: 34",
        "aged 34",
        "34 yrs",
        "34 years old",
        "34yo",
        "34 y/o",
        "(34)",
        "34 year old",
        "age approx. 34",
        "34-years-old",
    ],
)
def test_ages(text: str) -> None:
    assert [age_of(match) for match in AGE.finditer(text)] == [34]


@pytest.mark.parametrize("text", ["34 High Street", "Flat 34", "34", "S34 9AL", "2034"])
def test_what_is_no_age(text: str) -> None:
    assert not list(AGE.finditer(text))


@given(day=st.dates(date(1910, 1, 1), TODAY))
def test_a_day_as_excel_counts(day: date) -> None:
    serial = float((day - date(1899, 12, 30)).days)
    found = from_number(serial, TODAY)
    assert found == day or (isinstance(found, Unreadable) and 1900 <= serial <= TODAY.year)


@pytest.mark.parametrize(
    ("number", "meaning"), [(34.0, 34), (0.0, 0), (30_000.0, date(1899, 12, 30) + timedelta(30_000))]
)
def test_a_bare_number_is_an_age_or_a_day(number: float, meaning: object) -> None:
    assert from_number(number, TODAY) == meaning


@pytest.mark.parametrize("number", [1984.0, 34.5, -1.0, 99_999.0, 121.0])
def test_other_numbers_are_not_understood(number: float) -> None:
    assert isinstance(from_number(number, TODAY), Unreadable)


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("34", 34),
        ("34 years", 34),
        ("Age: 34 years", 34),
        ("approx 34", 34),
        ("34 (est)", 34),
        ("1984", BirthYear(1984)),
        ("c.1984", BirthYear(1984)),
        ("b. 1984", BirthYear(1984)),
        ("12/1984", BirthYear(1984, 12)),
        ("Dec 1984", BirthYear(1984, 12)),
        ("11/1984", BirthYear(1984, 11)),
        ("121", None),
        ("1884", None),
        ("13/1984", None),
        ("June", None),
        ("", None),
    ],
)
def test_an_age_or_a_year_where_one_must_stand(text: str, age: int | BirthYear | None) -> None:
    assert age_told(text, TODAY) == age


@pytest.mark.parametrize("text", ["30s", "mid 30s", "(20s)", "30-35", "40ish", "early to late 40s", "c. 30-35 years"])
def test_an_age_that_is_only_guessed_is_none(text: str) -> None:
    assert is_vague_age(text)
    assert age_told(text.strip("()"), TODAY) is None


@pytest.mark.parametrize("text", ["34", "1984", "03/12/1984", "Bob", ""])
def test_what_is_no_guess(text: str) -> None:
    assert not is_vague_age(text)


def test_a_meetings_year_of_two_figures_lies_near_today() -> None:
    assert meeting_day("28.01.27", TODAY) == date(2027, 1, 28)
    assert meeting_day("28.01.19", TODAY) == date(2019, 1, 28)
    assert meeting_day("28.01.99", TODAY) == date(1999, 1, 28)


@given(st.text(max_size=60))
def test_any_text_at_all_is_survived(text: str) -> None:
    for match in DATE.finditer(text):
        assert isinstance(date_of(match, TODAY), date | Unreadable)
    assert all(isinstance(age_of(match), int | Unreadable) for match in AGE.finditer(text))
    assert isinstance(age_told(text, TODAY), int | BirthYear | None)
    assert isinstance(is_vague_age(text), bool)
