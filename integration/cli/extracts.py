"""The files of a load: how many rows they have, whom they name, and what they say of one record in several rows."""

from __future__ import annotations

import codecs
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby, pairwise
from pathlib import Path
from sys import intern
from typing import TYPE_CHECKING, TextIO, TypeAlias

from integration.cli.known_faults import Fault
from integration.domain.people import Patient, RecordEnd
from integration.errors import UsageError

if TYPE_CHECKING:
    from mappings.patient_csv import RowProblem

A_STEP = 1000  # records between two moves of the progress bar
MOST_ROWS = 500  # of one record, and different: more stand for no patient, but for a column that is not the local id
NAMED = 4  # lines of a record that are told
LOADED = "the patient is loaded without it"  # how a fault ends that leaves nobody out
CONTRADICT = "the same record, and they contradict each other in"
DECIDED = "the last is loaded with what the others add, and a person decides whenever it may be meant"
TOO_MANY = "different rows under one local id, of which none is loaded; is it the patient's own?"

Report: TypeAlias = "Callable[[RowProblem], None]"


@dataclass(slots=True)
class Rows:
    """The rows of one record: how many, the first of their lines and the last, and what they say that is different."""

    local_id: str
    number: int = 0
    lines: list[int] = field(default_factory=list)
    last: int = 0
    different: dict[Patient, None] = field(default_factory=dict)  # the last of those alike; one too many ends it

    def add(self, line: int, patient: Patient) -> Rows:
        self.number, self.last = self.number + 1, line
        self.lines += [line] * (len(self.lines) < NAMED)
        self._say(patient)
        return self

    def take(self, later: Rows) -> None:
        """These and others of the same record, further down."""
        self.number, self.last = self.number + later.number, later.last
        self.lines = (self.lines + later.lines)[:NAMED]
        for patient in later.different:
            self._say(patient)

    def _say(self, patient: Patient) -> None:
        if len(self.different) <= MOST_ROWS:
            self.different.pop(patient, None)
            self.different[patient] = None

    def lines_in_words(self) -> str:
        if self.number > NAMED:
            return f"lines {', '.join(map(str, self.lines))} and {self.number - NAMED} more"
        return f"lines {', '.join(map(str, self.lines[:-1]))} and {self.last}"


Told: TypeAlias = "tuple[int, Patient, Rows | None]"  # a line, who it says, and where more follow, all of them


@dataclass(slots=True)
class Extract:
    """What has been found in one file beside its patients."""

    file: Path
    today: date
    faults: list[Fault] = field(default_factory=list)
    ends: list[RecordEnd] = field(default_factory=list)
    records: int = 0
    alike: int = 0  # rows that repeat another one of their record
    united: int = 0  # records of several rows that say different things, and contradict nothing
    present: set[str] | None = None  # the local ids that came, where somebody asks for them
    on_progress: Callable[[int], None] = lambda _: None  # told how many more records have come
    _quoted: bool = True  # whether a cell may stand in quotation marks

    def rows(self) -> int:
        """How many rows there are to load; refuses a file of another encoding before anything of it is loaded."""
        decoder, lines, quoted = codecs.getincrementaldecoder("utf-8")(), 0, False
        try:
            with self.file.open("rb") as content:
                while chunk := content.read(1 << 20):
                    decoder.decode(chunk)
                    lines += chunk.count(b"\n")
                    quoted = quoted or b'"' in chunk
            decoder.decode(b"", final=True)
        except OSError as error:
            raise UsageError(f"{self.file}: cannot be read: {error.strerror}") from None
        except UnicodeDecodeError as error:
            line = lines + 1 + error.object.count(b"\n", 0, error.start)
            raise UsageError(f"{self.file.name}: line {line} is not UTF-8 text; export the file as UTF-8") from None
        self._quoted = quoted
        return max(0, lines - 1)

    def patients(self) -> Iterator[Patient]:
        """Everybody once; of whom several rows tell they are one patient, so that a load has one thing to compare.

        Rows of one record mostly follow each other. Whose do not come at the end, from a second reading of the file.
        """
        scattered = self._scattered()
        for _, first, several in self._told(self._say, self.ends.append):
            if scattered and hash(first.local_id) in scattered:
                continue
            if patient := self._as_one(several) if several else first:
                yield self._came(patient)
        if scattered:
            found: dict[str, Rows] = {}
            for line, first, several in self._told(_unheard, lambda _: None):
                local_id = first.local_id
                if hash(local_id) in scattered:
                    found.setdefault(local_id, Rows(local_id)).take(several or Rows(local_id).add(line, first))
            for rows in found.values():
                if patient := self._as_one(rows):
                    yield self._came(patient)

    @property
    def leaves_nobody_out(self) -> bool:
        return all(LOADED in fault.kind or CONTRADICT in fault.kind for fault in self.faults)

    @property
    def came_to_nothing(self) -> bool:
        """Whether nobody at all could be made out of what it says."""
        return bool(self.faults) and not self.records and not self.ends

    def _scattered(self) -> set[int]:
        """The records whose rows stand in several places, as numbers: local ids would take ten times the room.

        A number may stand for another record as well, which is then told of at the end, too.
        """
        with self._opened() as lines:
            came = array("q", map(hash, self._local_ids(lines)))
        if len(set(came)) == len(came):
            return set()
        begun = sorted(one for one, _ in groupby(came))
        return {one for one, following in pairwise(begun) if one == following} - {hash("")}

    def _told(self, report: Report, ended: Callable[[RecordEnd], None]) -> Iterator[Told]:
        """What rows that follow each other say of one record."""
        with self._opened() as content:
            lines = _Counted(content)
            line, first, several = 0, None, None
            for patient in self._read(lines, report, ended):
                if first is not None:
                    if patient.local_id == first.local_id:
                        several = (several or Rows(first.local_id).add(line, first)).add(lines.number, patient)
                        continue
                    yield line, first, several
                    several = None
                line, first = lines.number, patient
            if first is not None:
                yield line, first, several

    def _came(self, patient: Patient) -> Patient:
        self.records += 1
        if self.records % A_STEP == 0:
            self.on_progress(A_STEP)
        if self.present is not None:
            self.present.add(patient.local_id)
        return patient

    def _as_one(self, rows: Rows) -> Patient | None:
        """The patient of whom these rows tell; None if they can be no one patient's."""
        from integration.matching.united import contradictions_among, of_several_rows

        different = list(rows.different)
        if len(different) > MOST_ROWS:
            self._say_of(rows, f"more than {MOST_ROWS} {TOO_MANY}")
            return None
        self.alike += rows.number - len(different)
        whole = of_several_rows(different)
        if whole.disputed:
            self._say_of(rows, f"{CONTRADICT} {', '.join(contradictions_among(different))}; {DECIDED}")
        elif len(different) > 1:
            self.united += 1
        return whole

    def _say(self, problem: RowProblem) -> None:
        self.faults.append(Fault(self.file.name, f"line {problem.line}, ", intern(problem.kind), problem.of))

    def _say_of(self, rows: Rows, wrong: str) -> None:
        self.faults.append(Fault(self.file.name, f"{rows.lines_in_words()}: ", intern(wrong), rows.local_id))

    def _opened(self) -> TextIO:
        return self.file.open(encoding="utf-8-sig", newline="")

    @property
    def _is_ndjson(self) -> bool:
        return self.file.suffix.casefold() in (".ndjson", ".jsonl")

    def _local_ids(self, lines: Iterator[str]) -> Iterator[str]:
        from mappings.patient_csv import local_ids_of_csv
        from mappings.patient_ndjson import local_ids_of_ndjson

        return local_ids_of_ndjson(lines) if self._is_ndjson else local_ids_of_csv(lines, quoted=self._quoted)

    def _read(self, lines: Iterable[str], report: Report, ended: Callable[[RecordEnd], None]) -> Iterator[Patient]:
        from mappings.patient_csv import read_patient_csv
        from mappings.patient_ndjson import read_patient_ndjson

        read = read_patient_ndjson if self._is_ndjson else read_patient_csv
        return read(lines, report, ended=ended, today=self.today)


def _unheard(_: RowProblem) -> None:
    """What a second reading finds was said at the first."""


class _Counted:
    """Lines, and how many have been taken."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines, self.number = lines, 0

    def __iter__(self) -> Iterator[str]:
        for self.number, line in enumerate(self._lines, 1):  # noqa: B020
            yield line
