"""How dates of birth stand to each other, and what an age says of one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from rapidfuzz.distance import OSA

from integration.matching.people import Sought
from integration.matching.spelling import FEW_REMEMBERED

_YEAR = 366
# From what ties two births most closely to what ties them least.
_OUTCOMES = (
    *("exact", "january", "swapped", "year", "beside", "digit", "parts", "two", "age", "age_near"),
    *("different", "missing"),
)


def compare_births(sought: Sought, theirs: Iterable[int | None]) -> str:
    """The best of the dates of birth that a record gives, of which there is nearly always one."""
    return min([compare_birth(sought, one) for one in theirs], key=_OUTCOMES.index)


def compare_birth(sought: Sought, theirs: int | None) -> str:
    """The best of the dates of birth that a list gives; else the year, which says as much as an age; else that."""
    if theirs is None:
        return "missing"
    if sought.births:
        if len(sought.births) == 1:
            return compare_days(sought.births[0], theirs)
        return min((compare_days(ours, theirs) for ours in sought.births), key=_OUTCOMES.index)
    if sought.born_within:
        return _within(*sought.born_within, theirs)
    if sought.age is None:
        return "missing"
    years = abs(sought.age - int((sought.today - theirs) / 365.2425))
    return "age" if years == 0 else "age_near" if years == 1 else "different"


def _within(first: int, last: int, theirs: int) -> str:
    if first <= theirs <= last:
        return "age"
    return "age_near" if first - _YEAR <= theirs <= last + _YEAR else "different"


def is_new_years_day(birth: int) -> bool:
    """Whether a birth stands for one that nobody knows: hundreds who fled have it, and father and son."""
    day = date.fromordinal(birth)
    return day.day == day.month == 1


def compare_days(ours: int, theirs: int) -> str:
    """How two dates of birth stand to each other."""
    if ours == theirs:
        return "january" if is_new_years_day(ours) else "exact"
    one, other = date.fromordinal(ours), date.fromordinal(theirs)
    day, month, year = one.day == other.day, one.month == other.month, one.year == other.year
    if year and one.day == other.month and one.month == other.day:
        return "swapped"
    if abs(ours - theirs) == 1:
        return "beside"
    years = abs(one.year - other.year)
    if day + month + year < 2:
        twice = (years <= 2 or years == 10) and _slip_but_for_the_year(one, other)
        return "two" if twice else "different"
    if not year:
        return "year" if years <= 2 or years in (10, 100) else "digit" if _one_slip(one.year, other.year) else "parts"
    if not month:
        return "digit" if _one_slip(one.month, other.month) else "parts"
    return "digit" if _one_slip(one.day, other.day) else "parts"


def _slip_but_for_the_year(one: date, other: date) -> bool:
    """Whether day and month changed places, or the day is the one beside it."""
    swapped = one.day == other.month and one.month == other.day
    return swapped or (one.month == other.month and abs(one.day - other.day) == 1)


@lru_cache(FEW_REMEMBERED)
def _one_slip(one: int, other: int) -> bool:
    """Whether two numbers are one digit apart, or two neighbours changed places."""
    return OSA.distance(f"{one:02d}", f"{other:02d}", score_cutoff=1) <= 1
