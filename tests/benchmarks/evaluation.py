"""An index, a list of people to find in it, and the truth about them, written as files; bounded memory at any size.

A good third of the people listed are in no index, and are there to mislead: strangers, namesakes of a patient born
in the same year, and relatives of patients, at the same address. Whom a case is about is drawn from all people, not
from all households, so that as many live with others as do; who lives with them is listed more often than not.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.names import SHORT_FORMS
from benchmarks.population import Person, Population
from benchmarks.slips import MIXES, Listed, Writer, in_another_year

INDEX_HEADER = (
    "local_id", "nhs_number", "family", "given", "middle", "other_names", "dob", "sex", "address1", "address2",
    "postcode", "prev_postcode", "phone", "deceased",
)  # fmt: skip
PEOPLE_HEADER = (
    "subject_id", "case_id", "role", "family", "given", "middle", "aka", "nhs_number", "dob", "age", "sex", "address",
    "postcode", "phone",
)  # fmt: skip
TRUTH_HEADER = ("subject_id", "kind", "all_ids")
ABSENT = 0.35  # of those listed
STRANGER, NAMESAKE, RELATIVE = "stranger", "namesake", "relative"
_NOBODYS = ("nhs_given", "nhs_wrong_digit")  # slips that only somebody in the index is given


TRAINING, LEARNT_FROM = 2000, "training"  # people, for methods that learn from decided pairs


@dataclass(frozen=True, slots=True)
class Files:
    """An index, and one of the lists on it."""

    folder: Path
    name: str

    @property
    def index(self) -> Path:
        return self.folder / "index.csv"

    @property
    def people(self) -> Path:
        return self.folder / f"{self.name}.csv"

    @property
    def truth(self) -> Path:
        return self.folder / f"{self.name}_truth.csv"


def evaluation_in(folder: Path) -> tuple[Path, list[Files]]:
    """The index and the lists of a folder that somebody else filled."""
    indexes = [file for name in ("patient_index.csv", "index.csv") if (file := folder / name).is_file()]
    lists = [
        Files(folder, file.name.removesuffix("_truth.csv"))
        for file in sorted(folder.glob("*_truth.csv"))
        if file.name != f"{LEARNT_FROM}_truth.csv"
    ]
    if not indexes or not lists:
        raise SystemExit(f"{folder}: an index (patient_index.csv) and lists (NAME.csv and NAME_truth.csv) are needed")
    for files in lists:
        listed, answers = (_subject_ids(file) for file in (files.people, files.truth))
        if listed != answers:
            raise SystemExit(f"{files.truth}: its lines have to name the people of {files.people.name}, in their order")
    return indexes[0], lists


def _subject_ids(file: Path) -> list[str]:
    with file.open(newline="") as lines:
        return [row["subject_id"] for row in csv.DictReader(lines)]


@dataclass(slots=True)
class _Registry:
    """The trust's index: what it has heard of people, some of it late, misspelt or twice."""

    random: Random
    ids: Iterator[int] = field(default_factory=lambda: count(1))

    def rows(self, person: Person) -> Iterator[list[Any]]:
        yield self._row(person, again=False)
        if self.random.random() < 0.01:
            yield self._row(person, again=True)

    def _row(self, person: Person, *, again: bool) -> list[Any]:
        """One registration; a second one of the same person was made in a hurry."""
        chance, worse = self.random.random, 4 if again else 1
        person.local_ids.append(str(next(self.ids)))
        family, given, birth, home, before = person.family, person.given, person.birth, person.home, person.before
        other = person.maiden if person.maiden and chance() < 0.45 else ""
        if person.maiden and chance() < (0.5 if again else 0.06):
            family, other = person.maiden, ""  # still under the name that she had
        if chance() < 0.02 * worse:
            writer = Writer(self.random, lambda: person)
            given, family = (writer.mistyped(given), family) if chance() < 0.5 else (given, writer.mistyped(family))
        if chance() < 0.005 * worse:
            birth = (
                birth.replace(day=birth.month, month=birth.day)
                if birth.day <= 12 and chance() < 0.5
                else in_another_year(birth, self.random.choice((-1, 1, 10)))
            )
        if before and chance() < 0.12 * worse:
            home, before = before, None  # has not heard of the move
        if chance() < 0.04 and given in SHORT_FORMS:
            given = SHORT_FORMS[given][0]
        middle = person.middle if chance() < 0.7 else person.middle[:1] if chance() < 0.3 else ""
        return [
            person.local_ids[-1],
            "" if chance() < (0.6 if again else 0.05) else person.nhs_number,
            family,
            given,
            middle,
            other,
            birth.isoformat(),
            person.sex if chance() < 0.997 else "",
            *((home.flat, home.line) if home.flat else (home.line, "")),
            home.postcode,
            before.postcode if before and chance() < 0.65 else "",
            person.phone if chance() < 0.8 else "",
            int(person.deceased),
        ]


@dataclass(slots=True)
class _Chosen:
    """Households from which the list is made, each as often as it has people of that kind: nobody is likelier."""

    present: list[list[Person]] = field(default_factory=list)
    divided: list[list[Person]] = field(default_factory=list)  # somebody is in the index and somebody is not
    absent: list[list[Person]] = field(default_factory=list)
    wanted: set[tuple[str, str, int]] = field(default_factory=set)
    met: set[tuple[str, str, int]] = field(default_factory=set)


def write_evaluation(folder: Path, patients: int, people: int, seed: int, mixes: Sequence[str]) -> list[Files]:
    """An index of so many patients, a list of so many people for each mix of slips, and one to learn from."""
    random = Random(seed)
    population, chosen = Population(random, patients), _Chosen()
    while len(chosen.absent) < max(people, min(20_000, patients)):
        household = population.household()
        for person in household:
            person.known = False
            chosen.wanted.add(_namesake(person))
            chosen.absent.append(household)
    lists = [Files(folder, mix) for mix in mixes]
    _write_index(folder / "index.csv", population, chosen, patients, people)
    for files in lists:
        _write_list(files, chosen, people, Random(f"{seed} {files.name}"), MIXES[files.name])
    training = Files(folder, LEARNT_FROM)
    _write_list(training, chosen, min(TRAINING, people), Random(f"{seed} {LEARNT_FROM}"), MIXES[mixes[0]])
    return lists


def _namesake(person: Person) -> tuple[str, str, int]:
    return person.family, person.given.split()[0], person.birth.year


def _write_index(file: Path, population: Population, chosen: _Chosen, patients: int, people: int) -> None:
    random = Random(patients)
    registry, share = _Registry(random), min(1.0, 4 * people / patients)
    with file.open("w", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(INDEX_HEADER)
        written = 0
        while written < patients:
            household = population.household()
            here = [person for person in household if person.known]
            for person in here:
                said = list(registry.rows(person))
                rows.writerows(said)
                written += len(said)
                key = _namesake(person)
                if key in chosen.wanted:
                    chosen.met.add(key)
            for person in household if here else ():
                if random.random() < share:
                    (chosen.present if person.known else chosen.divided).append(household)


def _write_list(files: Files, chosen: _Chosen, people: int, random: Random, mix: dict[str, int]) -> None:
    writer = Writer(random, lambda: random.choice(random.choice(chosen.present)))
    of_absent = {slip: often for slip, often in mix.items() if slip not in _NOBODYS}
    with files.people.open("w", newline="") as lines, files.truth.open("w", newline="") as answers:
        rows, truth = csv.writer(lines), csv.writer(answers)
        rows.writerow(PEOPLE_HEADER)
        truth.writerow(TRUTH_HEADER)
        for number, (case, role, kind, person, household) in enumerate(_listing(chosen, people, random), 1):
            usual = mix if person.known else of_absent if random.random() < 0.6 else {"exact": 1}
            slip = random.choices(list(usual), list(usual.values()))[0]
            listed = writer.write(person, household, slip)
            _leave_out(listed, kind, person, random)
            rows.writerow((f"S{number:06d}", f"C{case:06d}", role, *_cells(listed, random)))
            truth.writerow((f"S{number:06d}", slip if person.known else kind, ";".join(person.local_ids)))


def _listing(chosen: _Chosen, people: int, random: Random) -> Iterator[tuple[int, str, str, Person, Sequence[Person]]]:
    """Case by case who is listed: somebody, and often others of their household."""
    namesakes = [home for home in chosen.absent if any(_namesake(person) in chosen.met for person in home)]
    told, absent, listed = set[int](), 0, 0
    for case in count(1):
        kind, household, first = _somebody(chosen, namesakes, random, want_absent=absent < ABSENT * (listed + 1))
        if id(first) in told or (first.age < 16 and random.random() < 0.8):
            continue
        role = "victim" if (first.sex == "F") == (random.random() < 0.82) else "perpetrator"
        others = [person for person in household if person is not first and random.random() < 0.55]
        for person in (first, *others):
            if id(person) in told or (person is not first and not person.known and absent >= ABSENT * (listed + 1)):
                continue
            told.add(id(person))
            absent, listed = absent + (not person.known), listed + 1
            opposite = "perpetrator" if role == "victim" else "victim"
            says = role if person is first else "child" if person.age < 18 else opposite
            of_kind = kind if person is first else RELATIVE if any(p.known for p in household) else STRANGER
            yield case, says, of_kind, person, household
            if listed == people:
                return


def _somebody(
    chosen: _Chosen, namesakes: list[list[Person]], random: Random, *, want_absent: bool
) -> tuple[str, list[Person], Person]:
    """Whom a case is about, and if they are in no index, how they mislead."""
    if not want_absent:
        household = random.choice(chosen.present)
        return "", household, random.choice([person for person in household if person.known])
    which = random.random()
    if which < 0.24 and namesakes:
        household = random.choice(namesakes)
        return NAMESAKE, household, random.choice([p for p in household if _namesake(p) in chosen.met])
    household = random.choice(chosen.divided if which < 0.72 and chosen.divided else chosen.absent)
    kind = RELATIVE if any(person.known for person in household) else STRANGER
    return kind, household, random.choice([person for person in household if not person.known])


def _leave_out(listed: Listed, kind: str, person: Person, random: Random) -> None:
    """What any list leaves out now and then; a namesake whose address is not given is the hardest."""
    if not person.known and random.random() < 0.12:
        listed.nhs_number = person.nhs_number
    if random.random() < (0.5 if kind == NAMESAKE else 0.12):
        listed.address = listed.postcode = ""
    if random.random() < 0.15:
        listed.family = listed.family.upper()


def _cells(listed: Listed, random: Random) -> Iterator[str]:
    forms = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%y")
    for name, value in zip(Listed.__slots__, astuple(listed), strict=True):
        if name == "birth":
            yield listed.birth.strftime(random.choices(forms, (50, 45, 5))[0]) if listed.birth else ""
        else:
            yield "" if value is None else str(value)
