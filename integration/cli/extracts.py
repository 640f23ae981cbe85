"""The files of a load: how many rows they have, whom they name, and what they say of one record in several rows."""

from __future__ import annotations

import codecs
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TextIO

from integration.domain.people import Patient, RecordEnd
from integration.errors import UsageError

A_STEP = 1000  # patients between two moves of the progress bar
LOADED = "the patient is loaded without it"  # how a fault ends that leaves nobody out
AS_ONE = "all that they say is loaded as one"  # likewise
CONTRADICT = f"and they contradict each other; {AS_ONE}, and a person decides until the extract is mended"


@dataclass(slots=True)
class Extract:
    """What has been found in one file beside its patients."""

    file: Path
    today: date
    problems: list[str] = field(default_factory=list)
    ends: list[RecordEnd] = field(default_factory=list)
    alike: int = 0  # rows that repeat another one
    present: set[str] | None = None  # the local ids that came, where somebody asks for them
    on_progress: Callable[[int], None] = lambda _: None  # told how many more patients have come

    def rows(self) -> int:
        """How many rows there are to load; refuses a file of another encoding before anything of it is loaded."""
        decoder, lines = codecs.getincrementaldecoder("utf-8")(), 0
        try:
            with self.file.open("rb") as content:
                while chunk := content.read(1 << 20):
                    decoder.decode(chunk)
                    lines += chunk.count(b"\n")
            decoder.decode(b"", final=True)
        except OSError as error:
            raise UsageError(f"{self.file.name}: cannot be read: {error.strerror}") from None
        except UnicodeDecodeError as error:
            line = lines + 1 + error.object.count(b"\n", 0, error.start)
            raise UsageError(f"{self.file.name}: line {line} is not UTF-8 text; export the file as UTF-8") from None
        return max(0, lines - 1)

    def patients(self) -> Iterator[Patient]:
        """Everybody in the order of the file; then again, as one, whomever several rows tell of: that replaces them."""
        came = array("q")  # a number for each record: a million local ids would take ten times the room
        with self._opened() as lines:
            for patient in self._read(lines, self._say, self.ends.append):
                came.append(hash(patient.local_id))
                if len(came) % A_STEP == 0:
                    self.on_progress(A_STEP)
                if self.present is not None:
                    self.present.add(patient.local_id)
                yield patient
        if len(set(came)) < len(came):
            yield from self._as_one({one for one, following in pairwise(sorted(came)) if one == following})

    @property
    def leaves_nobody_out(self) -> bool:
        return all(LOADED in problem or AS_ONE in problem for problem in self.problems)

    def _as_one(self, several: set[int]) -> Iterator[Patient]:
        from integration.matching.united import of_several_rows

        told: dict[str, list[tuple[int, Patient]]] = {}
        with self._opened() as content:
            lines = _Counted(content)
            for patient in self._read(lines, lambda _: None, lambda _: None):
                if hash(patient.local_id) in several:
                    told.setdefault(patient.local_id, []).append((lines.number, patient))
        for rows in told.values():
            if len({patient for _, patient in rows}) == 1:
                self.alike += len(rows) - 1
                continue
            whole = of_several_rows([patient for _, patient in rows])
            places = ", ".join(str(line) for line, _ in rows[:-1]) + f" and {rows[-1][0]}"
            said = CONTRADICT if whole.disputed else f"with other details; {AS_ONE}"
            self._say(f"lines {places}: the same record, {said}")
            yield whole

    def _say(self, problem: object) -> None:
        self.problems.append(f"{self.file.name}: {problem}")

    def _opened(self) -> TextIO:
        return self.file.open(encoding="utf-8-sig", newline="")

    def _read(
        self, lines: Iterable[str], report: Callable[[object], None], ended: Callable[[RecordEnd], None]
    ) -> Iterator[Patient]:
        from mappings.patient_csv import read_patient_csv
        from mappings.patient_ndjson import read_patient_ndjson

        read = read_patient_ndjson if self.file.suffix.casefold() in (".ndjson", ".jsonl") else read_patient_csv
        return read(lines, report, ended=ended, today=self.today)


class _Counted:
    """Lines, and how many have been taken."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines, self.number = iter(lines), 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        return line
