"""Dates of birth and ages as people write them: day first, in every usual form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from integration.domain.people import BirthYear

OLDEST = 120  # years
AHEAD = 5  # years: nothing on a list lies further in the future
DECADE = 10  # years: a birth so far ahead is a slip of the pen, which still tells day, month and half the year
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+)?"
_TIME = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?"
_ORDINAL = r"(?:\s?(?:st|nd|rd|th))?"
_SEP = r"\s?[./\-\u2010-\u2015]\s?"

DATE = re.compile(
    rf"""(?<![\w/.\-]){_WEEKDAY}(?:
      (?P<iso_y>\d{{4}})[-/.](?P<iso_m>\d{{1,2}})[-/.](?P<iso_d>\d{{1,2}}){_TIME}
    | (?P<d>\d{{1,2}}){_SEP}(?P<m>\d{{1,2}}){_SEP}(?P<y>\d{{4}}|\d{{2}}){_TIME}
    | (?P<sd>\d{{1,2}})\ (?P<sm>\d{{1,2}})\ (?P<sy>\d{{4}})
    | (?P<nd>\d{{1,2}}){_ORDINAL}(?:\s+of)?[\s./\-,]*(?P<nm>{_MONTH})[\s./\-,']*(?P<ny>\d{{4}}|\d{{2}}){_TIME}
    | (?P<un>{_MONTH})\.?[\s\-]+(?P<ud>\d{{1,2}}){_ORDINAL},?[\s\-]+(?P<uy>\d{{4}})
    )(?![\w/]|[.\-]\d)""",
    re.IGNORECASE | re.VERBOSE,
)

COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")  # 19841203, where a date must stand

_ABOUT = r"(?:c|ca|circa|approx(?:imate(?:ly)?)?|about|around|abt|est(?:imated)?|~|b|born|maybe|possibly)"
_VAGUE = re.compile(
    rf"(?:{_ABOUT}\b\.?\s*)?(?:(?:early|mid|late)[\s\-]*(?:to\s+late\s*)?)?"
    r"(?:\d0'?s|\d{1,2}\s?ish|\d{1,2}\s?(?:-|\u2013|to)\s?\d{1,2})(?:\s*(?:years?|yrs?)\b\.?(?:\s*old)?)?",
    re.IGNORECASE,
)
_ABOUT_BEFORE = re.compile(rf"^(?:{_ABOUT}\b\.?|~)\s*", re.IGNORECASE)
_ABOUT_AFTER = re.compile(rf"\s*\(?\b{_ABOUT}\b\.?\)?$", re.IGNORECASE)
_YEAR = re.compile(r"(?:(?P<m>\d{1,2})\s?[/.\-]\s?|(?P<n>[a-z]{3,9})[\s\-]+)?(?P<y>(?:19|20)\d{2})", re.IGNORECASE)

_YEARS = r"(?:y(?:ea)?rs?|yo|y/o|y)\b\.?(?:[\s-]*(?:old|of\ age))?"
AGE = re.compile(
    rf"""(?:\bage[ds]?\b\s*[:=\-]?\s*(?:approx(?:imately)?\.?|about|circa|c\.|est(?:imated)?\.?)?\s*(?P<a>\d{{1,3}})\b(?:\s*{_YEARS})?
        | (?<![\w/.\-])(?P<b>\d{{1,3}})\s*-?\s*{_YEARS}
        | \((?P<c>\d{{1,3}})\))""",
    re.IGNORECASE | re.VERBOSE,
)
_MONTHS_OLD = re.compile(
    r"\b(?:age[d]?\s*[:=]?\s*)?(\d{1,2})\s*(?:mths?|months?|wks?|weeks?|days?)\b(?:\s*old)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Looks like a date and is none."""


def date_of(match: re.Match[str], today: date, *, ahead: int = 0) -> date | Unreadable:
    """The date that a match of `DATE` means; two figures of a year lie in the hundred years before `today`.

    Nobody is born in the future, but meetings are held there: for them the hundred years end `ahead` of today.
    """
    groups = match.groupdict()
    for prefix, month_by_name in (("iso_", False), ("", False), ("s", False), ("n", True), ("u", True)):
        year, day = groups.get(prefix + "y"), groups.get(prefix + "d")
        if year is None or day is None:
            continue
        month = _month(groups["nm" if prefix == "n" else "un"]) if month_by_name else int(groups[prefix + "m"])
        return _checked(_full_year(year, today, ahead), month, int(day), today, ahead or DECADE)
    return Unreadable()


def _month(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1


def _full_year(year: str, today: date, ahead: int) -> int:
    if len(year) == 4:
        return int(year)
    latest = today.year + ahead
    found = latest - latest % 100 + int(year)
    return found if found <= latest else found - 100


def _checked(year: int, month: int, day: int, today: date, ahead: int) -> date | Unreadable:
    try:
        found = date(year, month, day)
    except ValueError:
        return Unreadable()
    return found if today.year - OLDEST <= year <= today.year + ahead else Unreadable()


def age_of(match: re.Match[str]) -> int | Unreadable:
    """The age that a match of `AGE` means."""
    age = int(match["a"] or match["b"] or match["c"])
    return age if age <= OLDEST else Unreadable()


def single_date(text: str, today: date, *, ahead: int = 0) -> date | None:
    """The one date that a text holds, if it is exactly one."""
    found = [date_of(match, today, ahead=ahead) for match in DATE.finditer(text)]
    return found[0] if len(found) == 1 and isinstance(found[0], date) else None


def meeting_day(text: str, today: date) -> date | None:
    """The one date that a text about a meeting holds; its year's two figures may lie ahead."""
    return single_date(text, today, ahead=AHEAD)


def from_number(number: float, today: date) -> date | int | Unreadable:
    """A bare number under a heading for births: an age, or a day as Excel counts them."""
    if number != int(number) and number < OLDEST:
        return Unreadable()
    if 0 <= number <= OLDEST:
        return int(number)
    earliest = (date(today.year - OLDEST, 1, 1) - date(1899, 12, 30)).days
    latest = (today - date(1899, 12, 30)).days
    if earliest <= number <= latest and not 1900 <= number <= today.year:
        return date(1899, 12, 30) + timedelta(days=int(number))
    return Unreadable()


def from_native(value: date) -> date:
    """A date as a workbook holds it, without its time of day."""
    return value.date() if isinstance(value, datetime) else value


def without_about(text: str) -> str:
    """ "c. 1984", "approx 40", "1984 (est)": the figures alone."""
    return _ABOUT_AFTER.sub("", _ABOUT_BEFORE.sub("", text.strip())).strip()


def is_vague_age(text: str) -> bool:
    """ "30s", "mid 40s", "30-35", "40ish": it is told, but neither a date nor an age."""
    return _VAGUE.fullmatch(text.strip(" .()?")) is not None


def age_told(text: str, today: date) -> int | BirthYear | None:
    """What an age or a birth in few words says: "34", "34 years", "approx 34"; "1984", "c. 1984", "Dec 1984"."""
    bare = without_about(text)
    match = AGE.fullmatch(bare)
    if match is None and not bare.isdecimal():
        return _birth_year(bare, today)
    age = age_of(match) if match is not None else int(bare)
    return age if isinstance(age, int) and age <= OLDEST else _birth_year(bare, today)


def _birth_year(text: str, today: date) -> BirthYear | None:
    """ "1984", "12/1984", "Dec 1984": no date, but the year in which it lies."""
    match = _YEAR.fullmatch(text)
    if match is None or not today.year - OLDEST <= int(match["y"]) <= today.year:
        return None
    if not (match["m"] or match["n"]):
        return BirthYear(int(match["y"]))
    month = int(match["m"]) if match["m"] else _month(match["n"]) if match["n"][:3].lower() in _MONTHS else 0
    return BirthYear(int(match["y"]), month) if 1 <= month <= 12 else None


def is_baby(text: str) -> bool:
    """An age in months, weeks or days: nought years."""
    return _MONTHS_OLD.search(text) is not None


def months_pattern() -> re.Pattern[str]:
    return _MONTHS_OLD
