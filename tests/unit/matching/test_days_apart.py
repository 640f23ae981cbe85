"""How two dates of birth stand to each other, day by day: every outcome, and what lies just beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from builders import subject
from deciding import TODAY

from integration.domain.people import BirthYear
from integration.matching.births import compare_birth, compare_births, compare_days
from integration.matching.people import Sought

BORN = date(1984, 3, 12)


@pytest.mark.parametrize(
    ("other", "outcome"),
    [
        (date(1984, 3, 12), "exact"),
        (date(1984, 12, 3), "swapped"),
        (date(1984, 3, 11), "beside"),
        (date(1984, 3, 13), "beside"),
        (date(1984, 3, 22), "digit"),
        (date(1984, 3, 21), "digit"),
        (date(1984, 3, 25), "parts"),
        (date(1984, 8, 12), "digit"),
        (date(1984, 11, 12), "parts"),
        (date(1985, 3, 12), "year"),
        (date(1982, 3, 12), "year"),
        (date(1994, 3, 12), "year"),
        (date(1884, 3, 12), "year"),
        (date(1987, 3, 12), "digit"),
        (date(1948, 3, 12), "digit"),
        (date(1993, 3, 12), "parts"),
        (date(1995, 3, 12), "parts"),
        (date(1985, 12, 3), "two"),
        (date(1982, 12, 3), "two"),
        (date(1981, 12, 3), "different"),
        (date(1974, 12, 3), "two"),
        (date(1973, 12, 3), "different"),
        (date(1985, 3, 13), "two"),
        (date(1985, 3, 11), "two"),
        (date(1985, 3, 14), "different"),
        (date(1985, 4, 13), "different"),
        (date(1985, 12, 4), "different"),
        (date(1985, 11, 3), "different"),
        (date(1984, 4, 13), "different"),
    ],
)
def test_each_slip_of_the_pen_has_its_own_outcome(other: date, outcome: str) -> None:
    assert compare_days(BORN.toordinal(), other.toordinal()) == outcome
    assert compare_days(other.toordinal(), BORN.toordinal()) == outcome


def test_the_day_beside_is_so_across_a_month_and_a_year() -> None:
    for first in (date(1984, 2, 29), date(1984, 12, 31)):
        assert compare_days(first.toordinal(), first.toordinal() + 1) == "beside"


def test_only_the_first_of_january_is_a_birthday_that_nobody_knows() -> None:
    for day, outcome in ((date(1984, 1, 1), "january"), (date(1984, 1, 2), "exact"), (date(1984, 2, 1), "exact")):
        assert compare_days(day.toordinal(), day.toordinal()) == outcome


@pytest.mark.parametrize(
    ("year", "birth", "outcome"),
    [
        (1985, date(1984, 1, 1), "age_near"),  # all of a leap year beside it
        (1985, date(1983, 12, 31), "different"),
        (1983, date(1984, 12, 31), "age_near"),
        (1983, date(1985, 1, 1), "different"),
    ],
)
def test_the_whole_year_beside_the_one_given_is_near(year: int, birth: date, outcome: str) -> None:
    sought = Sought.from_subject(replace(subject(births=()), born_in=BirthYear(year)), TODAY)
    assert compare_birth(sought, birth.toordinal()) == outcome


@pytest.mark.parametrize(
    ("days", "outcome"), [(-1, "age"), (0, "age"), (1, "age_near"), (365, "age_near"), (367, "different")]
)
def test_an_age_is_reached_on_the_birthday(days: int, outcome: str) -> None:
    eighty = date(1946, 11, 22) + timedelta(days=days)
    sought = Sought.from_subject(subject(births=(), age=80), TODAY)
    assert compare_birth(sought, eighty.toordinal()) == outcome


def test_of_several_births_on_either_side_the_one_that_ties_most_counts() -> None:
    sought = Sought.from_subject(subject(births=(date(1950, 6, 7), BORN)), TODAY)
    assert compare_birth(sought, BORN.toordinal()) == "exact"
    other = date(1985, 3, 12).toordinal()
    assert compare_births(sought, (None, other)) == compare_births(sought, (other, None)) == "year"
