"""An invented population in households, and a list of people from it with the slips that lists have; seeded.

Namesakes, fathers and sons of one name, twins and movers are among them, and some people of the list are in no index.
It is far tamer than a real index: it shows how fast matching is and that nobody is taken for another, not how many a
trust will find.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random

from integration.domain.nhs_number import NhsNumber

INDEX_HEADER = (
    "local_id", "nhs_number", "family", "given", "middle", "dob", "sex", "address1", "postcode", "prev_postcode",
    "phone",
)  # fmt: skip
PEOPLE_HEADER = (
    "subject_id", "case_id", "role", "family", "given", "middle", "aka", "nhs_number", "dob", "age", "sex", "address",
    "postcode", "phone",
)  # fmt: skip
TODAY = date(2026, 11, 22)
GIVEN = {
    "F": (
        "Elizabeth", "Margaret", "Susan", "Katherine", "Sarah", "Emma", "Olivia", "Amelia", "Fatima", "Aisha",
        "Zuzanna", "Rebecca", "Joanna", "Deborah", "Hannah", "Alexandra", "Jennifer", "Patricia", "Samantha",
        "Victoria", "Charlotte", "Eleanor", "Grace", "Maryam", "Agnieszka", "Niamh", "Bronwen", "Priya",
    ),
    "M": (
        "Mohammed", "John", "William", "James", "Thomas", "David", "Robert", "Michael", "Christopher",
        "Daniel", "Oliver", "George", "Joseph", "Samuel", "Edward", "Anthony", "Stephen", "Andrew", "Matthew",
        "Ibrahim", "Yusuf", "Krzysztof", "Piotr", "Callum", "Rhys", "Gurpreet", "Arjun", "Benjamin",
    ),
}  # fmt: skip
SYLLABLES = (
    "ba", "ber", "cal", "dor", "ed", "fen", "gar", "hol", "il", "jar", "kel", "lin", "mor", "nor", "os",
    "pen", "quil", "ras", "sel", "tam", "ul", "var", "wen", "yar", "zel",
)  # fmt: skip
ENDINGS = ("ton", "ham", "ley", "ski", "son", "well", "by", "worth", "ov", "ani")


@dataclass(slots=True)
class Invented:
    """One person of the population."""

    local_id: str
    family: str
    given: str
    middle: str
    birth: date
    sex: str
    line: str
    postcode: str
    before: str
    phone: str
    nhs_number: str


@dataclass(slots=True)
class Population:
    """Draws people; the same seed, the same people."""

    random: Random
    families: list[str] = field(init=False)
    numbers: Iterator[str] = field(init=False)
    drawn: int = 0

    def __post_init__(self) -> None:
        every = {a + b + c for a in SYLLABLES for b in ("", *SYLLABLES) for c in ENDINGS}
        self.families = [name.capitalize() for name in sorted(every)]
        self.random.shuffle(self.families)
        self.numbers = _nhs_numbers()

    def people(self, count: int) -> Iterator[list[Invented]]:
        """Households, until there are so many people."""
        while self.drawn < count:
            yield self._household()

    def _household(self) -> list[Invented]:
        random = self.random
        family, home = self._family(), self._home()
        found = [self._person(family, self._age(18, 85), home)]
        if random.random() < 0.55:
            family_too = family if random.random() < 0.7 else self._family()
            found.append(self._person(family_too, self._age(18, 85), home))
        for _ in range(random.choice((0, 0, 1, 1, 2, 3))):
            found.append(self._person(family, self._age(0, 17), home))
        if random.random() < 0.03:  # a twin of the youngest
            found.append(self._person(family, found[-1].birth, home))
        if random.random() < 0.02:  # a son called as his father is
            son = self._person(family, self._age(16, 30), home)
            son.given, son.sex = found[0].given, found[0].sex
            found.append(son)
        return found

    def _person(self, family: str, birth: date, home: tuple[str, str]) -> Invented:
        random, sex = self.random, self.random.choice("FM")
        self.drawn += 1
        return Invented(
            str(self.drawn),
            family,
            self._given(sex),
            self._given(sex) if random.random() < 0.4 else "",
            birth,
            sex,
            *home,
            self._home()[1] if random.random() < 0.3 else "",
            f"01632 {random.randrange(10**6):06}" if random.random() < 0.5 else "",
            next(self.numbers, ""),
        )

    def _family(self) -> str:
        """A few bear many of the names, as anywhere."""
        return self.families[int(len(self.families) * self.random.random() ** 4)]

    def _given(self, sex: str) -> str:
        if self.random.random() < 0.15:
            return (self.random.choice(SYLLABLES) + self.random.choice(SYLLABLES)).capitalize()
        return GIVEN[sex][int(len(GIVEN[sex]) * self.random.random() ** 2)]

    def _age(self, youngest: int, oldest: int) -> date:
        return TODAY - timedelta(days=self.random.randrange(youngest * 365, oldest * 365 + 365))

    def _home(self) -> tuple[str, str]:
        random = self.random
        letters = "ABDEFGHJLNPQRSTUWXYZ"
        postcode = f"QX{random.randrange(1, 60)} {random.randrange(10)}{random.choice(letters)}{random.choice(letters)}"
        return f"{random.randrange(1, 150)} {random.choice(SYLLABLES).capitalize()} Road", postcode


def _nhs_numbers() -> Iterator[str]:
    """Numbers that are given to nobody."""
    for number in range(10**6):
        nine = f"999{number:06}"
        for check in "0123456789":
            if NhsNumber.from_text(nine + check):
                yield nine + check


def write_population(folder: Path, patients: int, people: int, seed: int = 1) -> tuple[Path, Path, Path]:
    """An index, a list and its truth, as `bench_matching` takes them."""
    random = Random(seed)
    population = Population(random)
    index, listed, truth = folder / "index.csv", folder / "people.csv", folder / "truth.csv"
    cases: list[tuple[bool, list[Invented]]] = []
    with index.open("w", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(INDEX_HEADER)
        for household in population.people(patients):
            if random.random() < 3 * people / patients:
                cases.append((random.random() < 0.65, household))
                if not cases[-1][0]:
                    continue  # on the list, and not in the index
            rows.writerows(_row(person) for person in household)
    random.shuffle(cases)
    with listed.open("w", newline="") as lines, truth.open("w", newline="") as answers:
        rows, answer = csv.writer(lines), csv.writer(answers)
        rows.writerow(PEOPLE_HEADER)
        answer.writerow(("subject_id", "all_ids"))
        said = ((number, *one) for number, case in enumerate(cases) for one in _of_case(case))
        for subject_id, (case_id, known, role, person) in enumerate(said):
            if subject_id < people:
                rows.writerow((subject_id, case_id, role, *_as_listed(person, random)))
                answer.writerow((subject_id, person.local_id if known else ""))
    return index, listed, truth


def _row(person: Invented) -> tuple[str, ...]:
    return (
        person.local_id, person.nhs_number, person.family, person.given, person.middle, person.birth.isoformat(),
        person.sex, person.line, person.postcode, person.before, person.phone,
    )  # fmt: skip


def _of_case(case: tuple[bool, list[Invented]]) -> Iterator[tuple[bool, str, Invented]]:
    known, household = case
    adults = [person for person in household if person.birth < date(2008, 1, 1)]
    for person, role in zip(adults, ("victim", "perpetrator", "other", "other", "other"), strict=False):
        yield known, role, person
    for person in household:
        if person not in adults:
            yield known, "child", person


def _as_listed(person: Invented, random: Random) -> tuple[str, ...]:
    """What a list says of somebody: less than there is to say, and now and then something wrong."""
    family, given, dob, age = person.family, person.given, person.birth.strftime("%d/%m/%Y"), ""
    slip = random.random()
    if slip < 0.06:
        at = random.randrange(1, len(family) - 1)
        family = family[:at] + family[at + 1] + family[at] + family[at + 2 :]
    elif slip < 0.09:
        given = given[0]
    elif slip < 0.12 and person.birth.day <= 12:
        dob = person.birth.strftime("%m/%d/%Y")
    elif slip < 0.16:
        dob, age = "", str((TODAY - person.birth).days * 100 // 36525)
    address, postcode = person.line, person.postcode
    where = random.random()
    if where < 0.15:
        address, postcode = "", ""
    elif where < 0.30:
        address, postcode = "", person.before
    number = person.nhs_number if random.random() < 0.05 else ""
    phone = person.phone if random.random() < 0.2 else ""
    return family, given, "", "", number, dob, age, person.sex, address, postcode, phone
