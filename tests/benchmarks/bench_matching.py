"""How fast and how right matching is, on an index and a list whose truth is known.

    python tests/benchmarks/bench_matching.py PATIENTS PEOPLE                     (so many invented people)
    python tests/benchmarks/bench_matching.py INDEX.csv PEOPLE.csv TRUTH.csv

INDEX has the columns of `flagtag index load`; PEOPLE is a flat list (subject_id, case_id, role, family, given, middle,
aka, nhs_number, dob, age, sex, address, postcode, phone); TRUTH has subject_id and all_ids, the records that are truly
that person, separated by semicolons. All people in them must be invented.
"""

from __future__ import annotations

import csv
import resource
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

from benchmarks.population import write_population
from sqlalchemy import Connection

from connectors.local_patient_index import LocalPatientIndex
from integration.domain.audit import Actor, ActorKind
from integration.domain.case_list import Case
from integration.domain.matching import MatchDecision, Matched, NeedsReview
from integration.domain.people import Address, PersonName, Role, Sex, Subject
from integration.storage.database import open_database
from integration.storage.tables import metadata
from mappings.patient_csv import read_patient_csv

LIST = 200  # people on one list


def main(index_file: Path, people_file: Path, truth_file: Path) -> int:
    """Load, match list by list, and print; ends with 1 if anybody was matched wrongly without a person."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        database = open_database(f"sqlite:///{folder}/index.db", lambda: datetime.now(UTC))
        with database.change() as change:
            create(change.connection)
        actor = Actor("0" * 32, ActorKind.PROCESS)
        index = LocalPatientIndex(database, actor=actor, stale_after=timedelta(days=2), clock=lambda: datetime.now(UTC))
        began, used = time.perf_counter(), time.process_time()
        with index_file.open(encoding="utf-8-sig", newline="") as lines:
            index.load(read_patient_csv(lines, print), datetime.now(UTC))
        took, used = time.perf_counter() - began, time.process_time() - used
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
        patients = index.status().patients
        print(f"{patients} patients loaded in {took:.1f} s ({used:.1f} s of processor), {size / 1e6:.0f} MB on disk")
        print(f"largest memory so far: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
        counts, times = matched(index, people_file, truth_file)
        database.close()
    people, known = counts["people"], max(1, counts["with a record"])
    print(f"{LIST} people: median {median(times):.3f} s, best {min(times):.3f} s")
    print(f"automatic: {counts['automatic']}, of them wrong: {counts['wrong']}")
    print(f"found automatically, of those in the index: {counts['right'] / known:.4f}")
    print(f"or among the first three shown to a person: {(counts['right'] + counts['shown']) / known:.4f}")
    print(f"sent to review: {counts['review'] / people:.4f}")
    print(f"sent to review, of those absent: {counts['absent review'] / max(1, people - known):.4f}")
    return 1 if counts["wrong"] else 0


def create(connection: Connection) -> None:
    metadata.create_all(connection)


def matched(index: LocalPatientIndex, people_file: Path, truth_file: Path) -> tuple[Counter[str], list[float]]:
    with truth_file.open(newline="") as lines:
        truth = [set(row["all_ids"].split(";")) - {""} for row in csv.DictReader(lines)]
    counts: Counter[str] = Counter()
    times: list[float] = []
    for cases in lists(people_file):
        began = time.perf_counter()
        decisions = index.match(cases)
        times.append(time.perf_counter() - began)
        for case, of_case in zip(cases, decisions, strict=True):
            for subject, decision in zip(case.subjects, of_case, strict=True):
                assert subject.row is not None
                counts.update(outcome(decision, truth[subject.row - 2]))
    return counts, times


def outcome(decision: MatchDecision, true: set[str]) -> list[str]:
    said = ["people", *(["with a record"] if true else [])]
    if isinstance(decision, Matched):
        said += ["automatic", "right" if decision.best.patient in true else "wrong"]
    elif isinstance(decision, NeedsReview):
        shown = any(candidate.patient in true for candidate in decision.candidates[:3])
        said += ["review", *(["shown"] if shown else []), *([] if true else ["absent review"])]
    return said


def lists(people_file: Path) -> list[list[Case]]:
    """The people as lists of about `LIST`, no case torn apart."""
    with people_file.open(newline="") as lines:
        by_case: dict[str, list[Subject]] = {}
        for row, cells in enumerate(csv.DictReader(lines), 2):
            by_case.setdefault(cells["case_id"], []).append(subject(row, cells))
    found: list[list[Case]] = [[]]
    for case_ref, subjects in by_case.items():
        if sum(len(case.subjects) for case in found[-1]) >= LIST:
            found.append([])
        found[-1].append(Case(case_ref, tuple(subjects)))
    return found


def subject(row: int, cells: dict[str, str]) -> Subject:
    names = [PersonName(cells["family"], f"{cells['given']} {cells['middle']}".strip())]
    if cells["aka"]:
        names.append(PersonName(cells["aka"]))
    has_address = cells["address"] or cells["postcode"]
    return Subject(
        Role(cells["role"]),
        tuple(names),
        births(cells["dob"]),
        int(cells["age"]) if cells["age"] else None,
        Sex(cells["sex"]) if cells["sex"] else None,
        cells["nhs_number"] or None,
        (Address(cells["address"], cells["postcode"] or None),) if has_address else (),
        (cells["phone"],) if cells["phone"] else (),
        row=row,
    )


def births(text: str) -> tuple[date, ...]:
    """A date as 2026-11-22, 22/11/2026 or 22.11.26; none where it is no date."""
    parts = text.replace("/", "-").replace(".", "-").split("-")
    try:
        if len(parts[0]) == 4:
            return (date.fromisoformat(text),)
        day, month, year = map(int, parts)
        return (date(year if year > 99 else year + (1900 if year > date.today().year % 100 else 2000), month, day),)  # noqa: DTZ011
    except ValueError:
        return ()


def main_with_invented(patients: int, people: int) -> int:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        return main(*write_population(Path(folder), patients, people))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        sys.exit(main_with_invented(int(sys.argv[1]), int(sys.argv[2])))
    sys.exit(main(*map(Path, sys.argv[1:4])))
