"""An evaluation as our own matching meets it: the index, its lists of about 200 people, and what was found for them.

The index decides as it ever does. Who asks what other thresholds would do, or why somebody was missed, searches and
weighs once by `Search` and lets any number of judges decide on that.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import log2
from pathlib import Path
from typing import Any

from benchmarks.population import TODAY
from benchmarks.scoring import Verdict
from benchmarks.tables import iso

from connectors.local_patient_index import LocalPatientIndex
from integration.domain.audit import Actor, ActorKind
from integration.domain.case_list import Case
from integration.domain.matching import Basis, MatchDecision, Matched, NeedsReview
from integration.domain.people import Address, PersonName, Role, Sex, Subject
from integration.matching.comparison import Found, compare, known_among
from integration.matching.decide import Judge, Person
from integration.matching.direct_reads import DirectReads
from integration.matching.finding import Finder
from integration.matching.parameters import Parameters, shipped_parameters
from integration.matching.people import Sought
from integration.matching.rows import known_of
from integration.matching.weights import Weighed, weigh
from integration.storage.database import open_database

LIST = 200  # people on one list


def arguments(purpose: str | None) -> argparse.ArgumentParser:
    """What every program asks that looks at our own matching."""
    parser = argparse.ArgumentParser(description=purpose, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("database", help="of the deployment whose index is loaded")
    parser.add_argument("people", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--today", type=date.fromisoformat, default=TODAY, help="the day that ages are of")
    return parser


def open_index(database: str, today: date) -> LocalPatientIndex:
    """The index in a database, on a day."""
    now = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    return LocalPatientIndex(
        open_database(f"sqlite:///{database}", lambda: now),
        actor=Actor("0" * 32, ActorKind.PROCESS),
        stale_after=timedelta(days=2),
        clock=lambda: now,
    )


class Search:
    """Finds and weighs as the index does, and keeps what it found; nothing is decided yet."""

    def __init__(self, database: str, today: date, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or shipped_parameters()
        self.index, self._today = open_index(database, today), today
        self._status, self._finder = self.index.status(), Finder(self.parameters)
        self._database = open_database(f"sqlite:///{database}", lambda: datetime.now(UTC))

    @property
    def patients(self) -> int:
        return self._status.patients

    def judge(self, **instead: Any) -> Judge:
        """Who decides by the parameters, some of their thresholds replaced."""
        parameters = replace(self.parameters, **instead)
        return Judge(parameters, self.patients, Basis(parameters.version, self._status.generation))

    def people(self, cases: Sequence[Case], floor: float | None = None) -> list[Person]:
        """One list's people, each with the patients weighed; with a floor, only those who may reach it."""
        persons = [
            Person(number, sought, [])
            for number, case in enumerate(cases)
            for sought in Sought.of_case(case.subjects, self._today)
        ]
        with self._database.reading() as connection:
            floors = [] if floor is None else [(self.parameters, floor)]
            found = self._finder.find(
                [person.sought for person in persons], self._status, DirectReads(connection), floors
            )
        self._weigh(persons, found)
        return persons

    def as_weighed(self, person: Person, local_ids: Sequence[str]) -> list[Weighed]:
        """These records weighed as this person, whether or not the search finds them."""
        alone = Person(0, person.sought, [])
        with self._database.reading() as connection:
            known = [known_of(row) for row in self._finder.rows_of(local_ids, connection)]
        self._weigh([alone], [[Found(one, compare(person.sought, one)) for one in known]])
        return alone.weighed

    def _weigh(self, persons: Sequence[Person], found: Sequence[Sequence[Found]]) -> None:
        with self._database.reading() as connection:
            people = [person.sought for person in persons]
            shares = self._finder.shares(self._status, map(known_among, found), people, DirectReads(connection))
        for person, several in zip(persons, found, strict=True):
            person.weighed = [weigh(person.sought, one.known, shares, self.parameters, one.compared) for one in several]


def decided(judge: Judge, persons: Sequence[Person]) -> list[MatchDecision]:
    """One decision for each; a judge writes into what it weighs, so it is given copies."""
    return judge.decide([Person(person.case, person.sought, list(map(copy, person.weighed))) for person in persons])


def certainty(weighed: Weighed, patients: int) -> float:
    """Bits against strangers and relatives who are not in the index: `possible` of them and a patient is shown."""
    return -log2((patients + 1) * 2.0**-weighed.stranger + 2.0**-weighed.relative)


def verdict(decision: MatchDecision) -> Verdict:
    if isinstance(decision, Matched):
        return Verdict(decision.best.patient)
    if isinstance(decision, NeedsReview):
        return Verdict(shown=tuple(candidate.patient for candidate in decision.candidates))
    return Verdict()


def lists(people_file: Path) -> Iterator[list[Case]]:
    """The people as lists of about `LIST`, no case torn apart."""
    by_case: dict[str, list[Subject]] = {}
    with people_file.open(newline="") as lines:
        for row, cells in enumerate(csv.DictReader(lines), 2):
            by_case.setdefault(cells["case_id"], []).append(subject(row, cells))
    cases: list[Case] = []
    for case_ref, subjects in by_case.items():
        cases.append(Case(case_ref, tuple(subjects)))
        if sum(len(case.subjects) for case in cases) >= LIST:
            yield cases
            cases = []
    if cases:
        yield cases


def lines_of(cases: Sequence[Case]) -> list[str]:
    """The lines on which a list's people stand, in the order in which they are decided."""
    return [f"{subject.row}" for case in cases for subject in case.subjects]


def subject(row: int, cells: dict[str, str]) -> Subject:
    """One line of a list."""
    names = [PersonName(cells["family"], f"{cells['given']} {cells['middle']}".strip())]
    if cells["aka"]:
        names.append(PersonName(cells["aka"]))
    birth = iso(cells["dob"]) if cells["dob"] else None
    return Subject(
        Role(cells["role"]),
        tuple(names),
        (date.fromisoformat(birth),) if birth else (),
        int(cells["age"]) if cells["age"] else None,
        Sex(cells["sex"]) if cells["sex"] else None,
        cells["nhs_number"] or None,
        (Address(cells["address"], cells["postcode"] or None),) if cells["address"] or cells["postcode"] else (),
        (cells["phone"],) if cells["phone"] else (),
        row=row,
    )
