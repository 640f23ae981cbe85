"""A list that gives only the year of birth, perhaps with its month: what that says, and when it is enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from builders import patient, subject
from deciding import TODAY, decide_one

from integration.domain.matching import Matched, NeedsReview
from integration.domain.people import BirthYear, Role
from integration.matching.births import compare_birth
from integration.matching.keys import lookup_of
from integration.matching.people import Sought

LISTED = replace(subject(births=()), born_in=BirthYear(1984))
FITS = "date of birth: lies in the year or month given"
BESIDE = "date of birth: lies at most a year from the year or month given"


@pytest.mark.parametrize(
    ("told", "birth", "level"),
    [
        (BirthYear(1984), date(1984, 1, 1), "age"),
        (BirthYear(1984), date(1984, 12, 31), "age"),  # an age of 42 would be a year off
        (BirthYear(1984), date(1985, 1, 1), "age_near"),
        (BirthYear(1984), date(1983, 1, 1), "age_near"),
        (BirthYear(1984), date(1982, 12, 30), "different"),
        (BirthYear(1984, 2), date(1984, 2, 29), "age"),
        (BirthYear(1984, 2), date(1984, 3, 1), "age_near"),
        (BirthYear(1984, 2), date(1986, 2, 1), "different"),
        (BirthYear(9999, 12), None, "missing"),
    ],
)
def test_a_birth_lies_in_the_year_given_or_beside_it(told: BirthYear, birth: date | None, level: str) -> None:
    sought = Sought.from_subject(replace(LISTED, born_in=told), TODAY)
    assert compare_birth(sought, birth.toordinal() if birth else None) == level
    if birth and level != "different":
        look = lookup_of(sought)
        assert look.earliest <= birth.toordinal() <= look.latest


def test_a_whole_date_says_more_than_a_year_and_a_year_more_than_an_age() -> None:
    both = Sought.from_subject(replace(LISTED, births=(date(1984, 3, 2),), age=42), TODAY)
    assert compare_birth(both, date(1984, 3, 2).toordinal()) == "exact"
    aged = Sought.from_subject(replace(LISTED, age=41), TODAY)
    assert compare_birth(aged, date(1984, 3, 2).toordinal()) == "age"


def test_the_year_is_enough_where_an_age_is_and_never_one_beside_it() -> None:
    decision = decide_one(LISTED, patient())
    assert isinstance(decision, Matched) and FITS in decision.best.reasons
    for ours in (
        replace(LISTED, role=Role.PERPETRATOR),
        replace(LISTED, addresses=()),
        replace(LISTED, born_in=BirthYear(1985)),
        replace(LISTED, born_in=BirthYear(1984, 4)),
        replace(LISTED, age=12),
    ):
        decision = decide_one(ours, patient())
        assert isinstance(decision, NeedsReview) and "the date of birth is not certain" in decision.why
        assert {FITS, BESIDE} & set(decision.candidates[0].reasons)


def test_a_year_that_the_date_beside_it_does_not_lie_in_is_another_birth() -> None:
    stops = ("the list gives another date of birth or age as well",)
    decision = decide_one(replace(LISTED, births=(date(1984, 3, 2),), born_in=BirthYear(1955)), patient())
    assert isinstance(decision, NeedsReview) and decision.why == stops
    assert isinstance(decide_one(replace(LISTED, births=(date(1984, 3, 2),)), patient()), Matched)
