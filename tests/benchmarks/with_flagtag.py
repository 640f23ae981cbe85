"""Our own matching on an evaluation whose index is loaded: how right, how fast, in how much memory. Prints JSON.

with_flagtag.py DATABASE PEOPLE.csv TRUTH.csv
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import quantiles

from benchmarks.population import TODAY
from benchmarks.scoring import Verdict, figures, middle, peak_megabytes, tell
from benchmarks.tables import iso, truth

from connectors.local_patient_index import LocalPatientIndex
from integration.domain.audit import Actor, ActorKind
from integration.domain.case_list import Case
from integration.domain.matching import MatchDecision, Matched, NeedsReview
from integration.domain.people import Address, PersonName, Role, Sex, Subject
from integration.storage.database import open_database

LIST = 200  # people on one list
ALONE, CHANGED = 1000, 200  # people asked for one by one; patients changed one by one


def open_index(database: str) -> LocalPatientIndex:
    """The index in a database, on the day that the invented people's ages are of."""
    now = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)
    return LocalPatientIndex(
        open_database(f"sqlite:///{database}", lambda: now),
        actor=Actor("0" * 32, ActorKind.PROCESS),
        stale_after=timedelta(days=2),
        clock=lambda: now,
    )


def main(database: str, people_file: Path, truth_file: Path) -> None:
    index, true, verdicts = open_index(database), truth(truth_file), dict[str, Verdict]()
    listed = list(lists(people_file))
    times = []
    for cases in listed:
        began = time.perf_counter()
        decisions = index.match(cases)
        times.append(time.perf_counter() - began)
        for case, of_case in zip(cases, decisions, strict=True):
            for subject, decision in zip(case.subjects, of_case, strict=True):
                verdicts[f"{subject.row}"] = verdict(decision)
    whole = [took for took, cases in zip(times, listed, strict=True) if sum(len(c.subjects) for c in cases) >= LIST]
    one_by_one = quantiles(alone(index, listed), n=100)
    tell(
        list_seconds=middle(whole or times),
        person_milliseconds=one_by_one[49] * 1000,
        person_99_milliseconds=one_by_one[98] * 1000,
        memory=peak_megabytes(),
        change_milliseconds=middle(list(changes(index, verdicts))) * 1000,
        by_rule=figures(verdicts, true),
    )


def verdict(decision: MatchDecision) -> Verdict:
    if isinstance(decision, Matched):
        return Verdict(decision.best.patient)
    if isinstance(decision, NeedsReview):
        return Verdict(shown=tuple(candidate.patient for candidate in decision.candidates))
    return Verdict()


def alone(index: LocalPatientIndex, listed: list[list[Case]]) -> list[float]:
    """How long it takes to find people one by one."""
    times = []
    for subject in [subject for cases in listed for case in cases for subject in case.subjects][:ALONE]:
        began = time.perf_counter()
        index.match([Case("1", (subject,))])
        times.append(time.perf_counter() - began)
    return times


def changes(index: LocalPatientIndex, verdicts: dict[str, Verdict]) -> Iterator[float]:
    """How long it takes to change one patient, to the disk; the telephone is changed and then put back."""
    for patient_id in [verdict.automatic for verdict in verdicts.values() if verdict.automatic][:CHANGED]:
        patient = index.patient(patient_id)
        assert patient is not None
        for now in (replace(patient, phone="01632 000000"), patient):
            began = time.perf_counter()
            index.load([now], datetime.now(UTC))
            yield time.perf_counter() - began


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


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
