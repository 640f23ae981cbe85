"""Our own matching on an evaluation whose index is loaded: how right, how fast, in how much memory. Prints JSON.

with_flagtag.py DATABASE PEOPLE.csv TRUTH.csv [one-by-one]       the last word: time single people and changes too
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

from benchmarks.population import TODAY
from benchmarks.scoring import Stopwatch, Verdict, figures, peak_megabytes, tell
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


def main(database: str, people_file: Path, truth_file: Path, *, single: bool) -> None:
    index, true, verdicts = open_index(database), truth(truth_file), dict[str, Verdict]()
    listed = list(lists(people_file))
    whole = Stopwatch()  # but for the last list, all are of about one length
    for cases in listed:
        with whole:
            decisions = index.match(cases)
        for case, of_case in zip(cases, decisions, strict=True):
            for subject, decision in zip(case.subjects, of_case, strict=True):
                verdicts[f"{subject.row}"] = verdict(decision)
    one_by_one = single_figures(index, listed, verdicts) if single else {}
    tell(**whole.told(), **one_by_one, memory=peak_megabytes(), by_rule=figures(verdicts, true))


def single_figures(
    index: LocalPatientIndex, listed: list[list[Case]], verdicts: dict[str, Verdict]
) -> dict[str, float]:
    """What one person costs to find, and one patient to change."""
    found, changed = alone(index, listed), changes(index, verdicts)
    return {
        "person_milliseconds": median(found.processor) * 1000,
        "person_99_milliseconds": quantiles(found.processor, n=100)[98] * 1000,
        "change_milliseconds": median(changed.seconds) * 1000,
        "change_processor": median(changed.processor) * 1000,
    }


def verdict(decision: MatchDecision) -> Verdict:
    if isinstance(decision, Matched):
        return Verdict(decision.best.patient)
    if isinstance(decision, NeedsReview):
        return Verdict(shown=tuple(candidate.patient for candidate in decision.candidates))
    return Verdict()


def alone(index: LocalPatientIndex, listed: list[list[Case]]) -> Stopwatch:
    """How long it takes to find people one by one."""
    one_by_one = Stopwatch()
    for subject in [subject for cases in listed for case in cases for subject in case.subjects][:ALONE]:
        with one_by_one:
            index.match([Case("1", (subject,))])
    return one_by_one


def changes(index: LocalPatientIndex, verdicts: dict[str, Verdict]) -> Stopwatch:
    """How long it takes to change one patient, to the disk; the telephone is changed and then put back."""
    one_by_one = Stopwatch()
    for patient_id in [verdict.automatic for verdict in verdicts.values() if verdict.automatic][:CHANGED]:
        patient = index.patient(patient_id)
        assert patient is not None
        for now in (replace(patient, phone="01632 000000"), patient):
            with one_by_one:
                index.load([now], datetime.now(UTC))
    return one_by_one


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
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), single="one-by-one" in sys.argv)
