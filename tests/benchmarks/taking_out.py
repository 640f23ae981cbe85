"""Whom do we take for somebody whose record is not there? Their records are removed from a copy of the index.

taking_out.py DATABASE PEOPLE.csv TRUTH.csv       prints JSON

Everybody who is in the index comes to be missing once, a third of each case at a time, so that a relative may be taken
for them and a case still tells of their home. Nobody may be matched: whoever would be is not them.
"""

from __future__ import annotations

import argparse
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.scoring import Verdict, tell
from benchmarks.searching import arguments, lines_of, lists, open_index, verdict
from benchmarks.tables import truth

from integration.domain.case_list import Case
from integration.domain.people import RecordEnd

THIRDS = 3


def main(asked: argparse.Namespace) -> None:
    listed, true, counts = list(lists(asked.people)), truth(asked.truth), Counter[str]()
    for third in range(THIRDS):
        gone = {row for row in taken_out((case for cases in listed for case in cases), third) if true[row]}
        with TemporaryDirectory(dir=Path(asked.database).parent, prefix="taken-out-") as folder:
            index = open_index(copied(asked.database, Path(folder)), asked.today)
            index.end_records([RecordEnd(local_id) for row in sorted(gone) for local_id in sorted(true[row])])
            for cases in listed:
                made = (verdict(decision) for of_case in index.match(cases) for decision in of_case)
                count(dict(zip(lines_of(cases), made, strict=True)), gone, true, counts)
    tell(**{name: counts[name] for name in ("taken_out", "taken_wrong", "taken_review", "others_wrong")})


def taken_out(cases: Iterable[Case], third: int) -> Iterator[str]:
    """The lines of a third of each case's people."""
    for case in cases:
        yield from lines_of([case])[third::THIRDS]


def copied(database: str, folder: Path) -> str:
    """The database once more, to be changed."""
    copy = str(folder / "copy.db")
    with closing(sqlite3.connect(database)) as one, closing(sqlite3.connect(copy)) as other:
        one.backup(other)
    return copy


def count(verdicts: Mapping[str, Verdict], gone: set[str], true: Mapping[str, set[str]], counts: Counter[str]) -> None:
    """Adds up what became of those who were taken out, and whether anybody else was mistaken by it."""
    for row, made in verdicts.items():
        if row in gone:
            counts["taken_out"] += 1
            counts["taken_wrong"] += made.automatic is not None
            counts["taken_review"] += bool(made.shown)
        else:
            counts["others_wrong"] += made.automatic is not None and made.automatic not in true[row]


if __name__ == "__main__":
    main(arguments(__doc__).parse_args())
