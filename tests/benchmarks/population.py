"""An invented population in households, drawn one after the other from a seed: any size takes the same memory.

As hard as a real one in kind: namesakes by the thousand, twins, fathers and sons of one name, partners, movers, women
who took a name, people who are in no index beside relatives who are. Nobody in it exists.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random

from benchmarks.names import STREETS, Group, groups, rare_families

TODAY = date(2026, 11, 22)
UNKNOWN_HOUSEHOLD, UNKNOWN_PERSON = 0.10, 0.10  # shares that the index has never heard of
_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
_AREAS = ("QA", "QB", "QC", "QD", "QF", "QX")  # there are none such
_BEGUM = ("Begum", "Begum", "Begum", "Begum", "Bibi", "Bibi", "Akhtar", "Khatun")


@dataclass(frozen=True, slots=True)
class Home:
    """An address; its street follows from its postcode."""

    flat: str
    line: str
    postcode: str

    @property
    def whole(self) -> str:
        return f"{self.flat}, {self.line}" if self.flat else self.line


@dataclass(slots=True)
class Person:
    """One of the population, as they are, whatever an index or a list says of them."""

    family: str
    given: str
    middle: str
    maiden: str
    birth: date
    sex: str
    home: Home
    before: Home | None
    phone: str
    nhs_number: str
    deceased: bool
    known: bool  # to the index
    local_ids: list[str] = field(default_factory=list)

    @property
    def age(self) -> int:
        return TODAY.year - self.birth.year - ((TODAY.month, TODAY.day) < (self.birth.month, self.birth.day))


class Population:
    """Draws households; the same seed and size, the same people."""

    def __init__(self, random: Random, size: int) -> None:
        self._random, self._numbers = random, _nhs_numbers(random)
        self._groups, self._rare = groups(), rare_families()
        self._shares = [group.share for group in self._groups]
        self._postcodes = max(50, size // 31)  # 17 households each

    def household(self) -> list[Person]:
        """One person, a couple, a family, a lone parent, or three who share."""
        random = self._random
        kind = random.choices(("single", "couple", "family", "lone parent", "shared"), (33, 27, 26, 10, 4))[0]
        group = self._group()
        families = {"own": self._family(group), "theirs": self._family(group)}
        known, home, moved_from = random.random() >= UNKNOWN_HOUSEHOLD, self.home(), self.home()
        landline = self._telephone() if random.random() < 0.25 else ""  # of whoever has no telephone of their own
        found: list[Person] = []
        oldest = self._age_of_the_oldest(kind)
        for place in range({"single": 1, "couple": 2, "family": 2, "lone parent": 1, "shared": 3}[kind]):
            found.append(self._adult(kind, place, group, families, found, oldest))
        if kind in ("family", "lone parent"):
            for place in range(random.choices((1, 2, 3, 4), (42, 38, 15, 5))[0]):
                found.append(self._child(place, group, families, found, oldest))
        for person in found:
            person.home, person.known = home, known and random.random() >= UNKNOWN_PERSON
            person.phone = person.phone or landline
            person.before = self.home() if random.random() < 0.4 else moved_from if random.random() < 0.45 else None
        return found

    def _group(self) -> Group:
        return self._random.choices(self._groups, self._shares)[0]

    def _age_of_the_oldest(self, kind: str) -> float:
        usual, spread = {"family": (39, 8), "lone parent": (36, 8), "shared": (27, 5)}.get(kind, (55, 19))
        age = self._random.gauss(usual, spread)
        return age if 18 <= age <= 97 else self._random.uniform(18, 80)

    def _adult(
        self, kind: str, place: int, group: Group, families: dict[str, str], others: list[Person], oldest: float
    ) -> Person:
        random, pair = self._random, kind in ("couple", "family")
        if place == 1 and random.random() < 0.06:
            group = self._group()
        sex = random.choice("FM")
        if kind == "lone parent":
            sex = "F" if random.random() < 0.87 else "M"
        elif pair and place == 1:
            sex = others[0].sex if random.random() < 0.03 else "FM".replace(others[0].sex, "")
        own = families["theirs"] if pair and place == 1 else self._family(group)
        married = pair and place == 1 and random.random() < 0.68
        family = families["own"] if place == 0 or married else own
        age = oldest + (random.gauss(0, 4) if place else 0)
        person = self._person(group, sex, family, min(max(age, 17), 101))
        person.maiden = own if married and sex == "F" else ""
        if group.name == "pakistani" and sex == "F" and random.random() < 0.3:
            person.family = random.choice(_BEGUM)
        return person

    def _child(self, place: int, group: Group, families: dict[str, str], others: list[Person], oldest: float) -> Person:
        random = self._random
        age = oldest - random.gauss(29, 5) - place * 2.4
        child = self._person(
            group, random.choice("FM"), families["own"], min(age, 30) if age > 0.05 else random.uniform(0, 14)
        )
        if random.random() < 0.05 and group.name != "pakistani":
            child.family = f"{families['theirs']}-{families['own']}"
        brother = others[-1] if place else None
        if brother and random.random() < 0.025:
            child.birth = brother.birth  # twins, often of one initial
            alike = [name for name in group.given[child.sex].names if name[0] == brother.given[0]]
            if alike and random.random() < 0.35:
                child.given = random.choice(alike)
        elif not place and random.random() < 0.05:
            child.given = next((parent.given for parent in others if parent.sex == child.sex), child.given)
        while brother and child.given == brother.given:  # further ones may be called the same: a trap, if a rare one
            child.given = group.given[child.sex].draw(random)
        return child

    def _person(self, group: Group, sex: str, family: str, age: float) -> Person:
        random = self._random
        birth = date.fromordinal(TODAY.toordinal() - int(age * 365.25) - random.randrange(330))
        if group.name in ("arab", "african") and random.random() < 0.08:
            birth = birth.replace(month=1, day=1)  # what is written for a birth that nobody knows
        given = group.given[sex].draw(random)
        if sex == "M" and group.name in ("pakistani", "arab") and given != "Mohammed" and random.random() < 0.3:
            given = f"Mohammed {given}"
        if sex == "F":
            family = "Kaur" if family == "Singh" else family[:-1] + "a" if family.endswith("ski") else family
        mobile = age >= 16 and random.random() < 0.80
        return Person(
            family,
            given,
            group.given[sex].draw(random) if random.random() < 0.6 else "",
            "",
            birth,
            sex,
            _NOWHERE,
            None,
            self._telephone() if mobile else "",
            next(self._numbers),
            random.random() < min(max((age - 60) / 300, 0.001), 0.12),
            known=True,
        )

    def _family(self, group: Group) -> str:
        rare = group.name == "english" and self._random.random() < 0.5
        return (self._rare if rare else group.families).draw(self._random)

    def _telephone(self) -> str:
        return f"06{self._random.randrange(10**9):09d}"  # no number begins so

    def home(self) -> Home:
        random = self._random
        at = random.randrange(self._postcodes)
        flat = f"Flat {random.randrange(1, 25)}" if random.random() < 0.15 else ""
        return Home(flat, f"{random.randrange(1, 180)} {STREETS[at * 7919 % len(STREETS)]}", _postcode(at))


_NOWHERE = Home("", "", "")


def _postcode(number: int) -> str:
    """The postcode of a number; neighbours in number are not neighbours in place."""
    number = number * 617_891 % 2_160_000  # as many as there are: 6 areas, 100 districts, 9 sectors, 400 endings
    number, last = divmod(number, 20)
    number, first = divmod(number, 20)
    number, sector = divmod(number, 9)
    district, area = divmod(number, len(_AREAS))
    return f"{_AREAS[area]}{district} {sector + 1}{_LETTERS[first]}{_LETTERS[last]}"


def _nhs_numbers(random: Random) -> Iterator[str]:
    """Valid numbers of the range that is given to nobody, each once."""
    at = random.randrange(10**8)
    while True:
        at = (at + 61_803_399) % 10**8
        number = with_check_digit(f"9{at:08d}")
        if number:
            yield number


def with_check_digit(nine: str) -> str | None:
    """The NHS number that begins so; some beginnings have none."""
    check = 11 - sum((10 - place) * int(digit) for place, digit in enumerate(nine)) % 11
    return None if check == 10 else nine + str(check % 11)
