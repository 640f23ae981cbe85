"""Our own matching on an evaluation whose index is loaded: how right, how fast, in how much memory. Prints JSON.

with_flagtag.py DATABASE PEOPLE.csv TRUTH.csv [--one-by-one]       the last word: time single people and changes too
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import UTC, datetime
from statistics import median, quantiles

from benchmarks.scoring import Stopwatch, Verdict, figures, peak_megabytes, tell
from benchmarks.searching import arguments, lines_of, lists, open_index, verdict
from benchmarks.tables import truth

from connectors.local_patient_index import LocalPatientIndex
from integration.domain.case_list import Case

ALONE, CHANGED = 1000, 200  # people asked for one by one; patients changed one by one


def main(asked: argparse.Namespace) -> None:
    index, true, verdicts = open_index(asked.database, asked.today), truth(asked.truth), dict[str, Verdict]()
    listed = list(lists(asked.people))
    whole = Stopwatch()  # but for the last list, all are of about one length
    for cases in listed:
        with whole:
            decisions = index.match(cases)
        made = (verdict(decision) for of_case in decisions for decision in of_case)
        verdicts.update(zip(lines_of(cases), made, strict=True))
    one_by_one = single_figures(index, listed, verdicts) if asked.one_by_one else {}
    tell(**whole.told(), **one_by_one, memory=peak_megabytes(), by_rule=figures(verdicts, true))


def single_figures(
    index: LocalPatientIndex, listed: list[list[Case]], verdicts: dict[str, Verdict]
) -> dict[str, float]:
    """What one person costs to find, and one patient to change."""
    found, changed = alone(index, listed), changes(index, verdicts)
    return {
        "person_milliseconds": median(found.seconds) * 1000,
        "person_processor": median(found.processor) * 1000,
        "person_99_milliseconds": quantiles(found.seconds, n=100)[98] * 1000,
        "person_99_processor": quantiles(found.processor, n=100)[98] * 1000,
        "change_milliseconds": median(changed.seconds) * 1000,
        "change_processor": median(changed.processor) * 1000,
    }


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
    for patient_id in [made.automatic for made in verdicts.values() if made.automatic][:CHANGED]:
        patient = index.patient(patient_id)
        assert patient is not None
        for now in (replace(patient, phone="01632 000000"), patient):
            with one_by_one:
                index.load([now], datetime.now(UTC))
    return one_by_one


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("--one-by-one", action="store_true")
    main(parser.parse_args())
