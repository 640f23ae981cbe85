"""The ways in which a list says somebody otherwise than they are, one function each; mixes.toml says how often."""

from __future__ import annotations

import calendar
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from benchmarks.names import OTHER_SPELLINGS, SHORT_FORMS
from benchmarks.population import Person, with_check_digit

MIXES: dict[str, dict[str, int]] = tomllib.loads((Path(__file__).parent / "mixes.toml").read_text(encoding="utf-8"))
_NEIGHBOURS = dict(zip("aeiosntlrdhcyugkb", "sropaymktfgvuihlv", strict=True))
_SOME_SINGLE = (
    *("typo", "short_form", "day_month_swapped", "year_off", "no_address", "old_address", "other_spelling"),
    *("initial_only", "maiden_name", "age_only", "names_swapped"),
)


@dataclass(slots=True)
class Listed:
    """What a list says of one person."""

    family: str
    given: str
    middle: str
    aka: str
    nhs_number: str
    birth: date | None
    age: int | None
    sex: str
    address: str
    postcode: str
    phone: str


@dataclass(frozen=True, slots=True)
class Writer:
    """Whoever writes the list: knows the person, their household, and where else people live."""

    random: Random
    somebody: Callable[[], Person]  # anybody at all

    def write(self, person: Person, household: Sequence[Person], slip: str) -> Listed:
        """The person as listed; beside the slip, lists leave much out."""
        chance = self.random.random
        listed = Listed(
            person.family,
            person.given,
            person.middle if chance() < 0.25 else "",
            "",
            "",
            person.birth,
            None,
            person.sex if chance() < 0.93 else "",
            person.home.whole,
            person.home.postcode,
            person.phone if chance() < 0.25 else "",
        )
        self.make(slip, listed, person, household)
        return listed

    def make(self, slip: str, listed: Listed, person: Person, household: Sequence[Person]) -> None:
        """One slip, or two or three of those that a tired writer makes together."""
        if slip == "several":
            for one in self.random.sample(_SOME_SINGLE, self.random.choice((2, 2, 3))):
                SLIPS[one](self, listed, person, household)
        else:
            SLIPS[slip](self, listed, person, household)

    def mistyped(self, word: str) -> str:
        """A key beside the right one, a letter left out or twice, or two in the wrong order."""
        random = self.random
        if len(word) < 3:
            return word + random.choice("aeh")
        at, kind = random.randrange(1, len(word)), random.random()
        if kind < 0.30:
            return word[:at] + _NEIGHBOURS.get(word[at].lower(), "e") + word[at + 1 :]
        if kind < 0.55:
            return word[:at] + word[at + 1 :]
        if kind < 0.75 or at == 1:
            return word[:at] + word[at] + word[at:]
        return word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]


Slip = Callable[[Writer, Listed, Person, Sequence[Person]], None]


def _exact(writer: Writer, listed: Listed, person: Person, household: Sequence[Person]) -> None:
    assert listed.family == person.family


def _short_form(writer: Writer, listed: Listed, person: Person, household: Sequence[Person]) -> None:
    shorts = SHORT_FORMS.get(listed.given.split()[0])
    if shorts:
        listed.given = writer.random.choice(shorts)
    else:
        listed.given = listed.given.split()[-1] if " " in listed.given else writer.mistyped(listed.given)


def _maiden_name(writer: Writer, listed: Listed, person: Person, household: Sequence[Person]) -> None:
    now = listed.family
    listed.family = person.maiden or (now.split("-")[0] if "-" in now else writer.somebody().family)
    listed.aka = now if writer.random.random() < 0.3 else ""


def _typo(writer: Writer, listed: Listed, person: Person, household: Sequence[Person]) -> None:
    if writer.random.random() < 0.6:
        listed.family = writer.mistyped(listed.family)
    else:
        listed.given = writer.mistyped(listed.given)
    if writer.random.random() < 0.3:
        listed.given = writer.mistyped(listed.given)


def _day_month_swapped(writer: Writer, listed: Listed, person: Person, household: Sequence[Person]) -> None:
    if listed.birth and listed.birth.day <= 12:
        listed.birth = listed.birth.replace(day=listed.birth.month, month=listed.birth.day)
    elif listed.birth:
        listed.birth = listed.birth.replace(day=listed.birth.day % 28 + 1)


def _year_off(writer: Writer, listed: Listed, person: Person, household: Sequence[Person]) -> None:
    if listed.birth:
        listed.birth = in_another_year(listed.birth, writer.random.choice((-1, 1, -1, 1, -10, 10, 2)))


def in_another_year(birth: date, years: int) -> date:
    year = birth.year + years
    return birth.replace(year=year, day=min(birth.day, calendar.monthrange(year, birth.month)[1]))


def _age_only(writer: Writer, listed: Listed, person: Person, household: Sequence[Person]) -> None:
    listed.birth, listed.age = None, max(0, person.age + writer.random.choice((0, 0, 0, -1, 1)))


def _no_address(writer: Writer, listed: Listed, person: Person, household: Sequence[Person]) -> None:
    listed.address = listed.postcode = ""


def _old_address(writer: Writer, listed: Listed, person: Person, household: Sequence[Person]) -> None:
    home = person.before or writer.somebody().home
    listed.address, listed.postcode = home.whole, home.postcode


def _names_swapped(writer: Writer, listed: Listed, person: Person, household: Sequence[Person]) -> None:
    listed.given, listed.family = listed.family, listed.given


def _initial_only(writer: Writer, listed: Listed, person: Person, household: Sequence[Person]) -> None:
    listed.given, listed.middle = listed.given[0], ""


def _other_spelling(writer: Writer, listed: Listed, person: Person, household: Sequence[Person]) -> None:
    random, before = writer.random, (listed.given, listed.family)

    def spelt(name: str) -> str:
        words = (random.choice(OTHER_SPELLINGS[w]) if w in OTHER_SPELLINGS else w for w in name.split(" "))
        return " ".join(words)

    listed.given, listed.family = spelt(listed.given), spelt(listed.family)
    if (listed.given, listed.family) == before:
        by_ear = listed.family.replace("ph", "f").replace("ck", "k").replace("y", "ie", 1)
        listed.family = by_ear if by_ear != listed.family else listed.family + "e"


def _double_barrelled(writer: Writer, listed: Listed, person: Person, household: Sequence[Person]) -> None:
    random, now = writer.random, listed.family
    other = person.maiden or writer.somebody().family
    listed.family = random.choice(now.split("-") if "-" in now else (f"{now}-{other}", f"{other}-{now}"))


def _middle_as_given(writer: Writer, listed: Listed, person: Person, household: Sequence[Person]) -> None:
    if person.middle:
        listed.given, listed.middle = person.middle, ""
    else:
        listed.given = listed.given.split()[-1]


def _nhs_given(writer: Writer, listed: Listed, person: Person, household: Sequence[Person]) -> None:
    listed.nhs_number = person.nhs_number
    if writer.random.random() < 0.2:
        listed.given = writer.mistyped(listed.given)


def _nhs_wrong_digit(writer: Writer, listed: Listed, person: Person, household: Sequence[Person]) -> None:
    """Half of the wrong numbers fail their check digit; of those that pass, many are somebody else's."""
    random, number = writer.random, person.nhs_number
    at = random.randrange(9)
    if random.random() < 0.5:
        listed.nhs_number = number[:at] + str((int(number[at]) + random.randrange(1, 10)) % 10) + number[at + 1 :]
    elif random.random() < 0.4:
        listed.nhs_number = writer.somebody().nhs_number
    else:
        another = str((int(number[at]) + 1) % 10)
        listed.nhs_number = with_check_digit(number[:at] + another + number[at + 1 : 9]) or number


def _nhs_of_a_relative(writer: Writer, listed: Listed, person: Person, household: Sequence[Person]) -> None:
    others = [other.nhs_number for other in household if other is not person]
    listed.nhs_number = writer.random.choice(others) if others else ""


SLIPS: dict[str, Slip] = {
    "exact": _exact,
    "short_form": _short_form,
    "maiden_name": _maiden_name,
    "typo": _typo,
    "day_month_swapped": _day_month_swapped,
    "year_off": _year_off,
    "age_only": _age_only,
    "no_address": _no_address,
    "old_address": _old_address,
    "names_swapped": _names_swapped,
    "initial_only": _initial_only,
    "other_spelling": _other_spelling,
    "double_barrelled": _double_barrelled,
    "middle_as_given": _middle_as_given,
    "nhs_given": _nhs_given,
    "nhs_wrong_digit": _nhs_wrong_digit,
    "nhs_of_a_relative": _nhs_of_a_relative,
}
