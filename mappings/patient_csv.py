"""An extract of the patient index as CSV: columns found by name; a bad row is named by its line, never quoted."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from operator import itemgetter

from integration.domain.made_quickly import quickly
from integration.domain.nhs_number import NhsNumber
from integration.domain.people import Address, Patient, PersonName, RecordEnd, Sex
from mappings.case_lists.births import DECADE

COLUMNS = (
    "local_id", "nhs_number", "family", "given", "middle", "other_names", "dob", "sex", "address1", "address2",
    "postcode", "prev_postcode", "phone", "gp_code", "deceased", "open_services", "restricted", "fhir_id",
)  # fmt: skip
ENDS = ("merged_into", "removed")  # of records that are no more; an extract need not have these columns
NEEDED = ("local_id", "family", "given", "dob")
LONGEST_ID = 100

_SEXES = {"f": Sex.FEMALE, "female": Sex.FEMALE, "2": Sex.FEMALE, "m": Sex.MALE, "male": Sex.MALE, "1": Sex.MALE}
_FLAGS = dict.fromkeys(("1", "y", "yes", "true", "t"), True) | dict.fromkeys(("", "0", "n", "no", "false", "f"), False)
_MIDNIGHT = re.compile(r"[T ]00:00(?::00(?:\.0+)?)?Z?$")  # as a database writes a day
_UNKNOWN_LONG_AGO, _UNKNOWN_FAR_AHEAD = date(1900, 1, 1), date(2100, 1, 1)
AT_ANY_TIME = _UNKNOWN_FAR_AHEAD
_made_patient, _made_address = quickly(Patient), quickly(Address)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with one line of an extract, and where; nothing that the line says but for `of`, never shown."""

    line: int
    column: str
    reason: str
    of: str = field(default="", repr=False)  # the record's local id, or the whole line where it gives none

    def __str__(self) -> str:
        return f"line {self.line}, {self.kind}"

    @property
    def kind(self) -> str:
        return f"column {self.column}: {self.reason}"


Report = Callable[[RowProblem], None]
Ended = Callable[[RecordEnd], None]


def read_patient_csv(
    lines: Iterable[str], report: Report, ended: Ended | None = None, today: date = AT_ANY_TIME
) -> Iterator[Patient]:
    """The patients of an extract, one by one; a row that cannot be used is reported and left out.

    A birth more than ten years after `today` is one of another century, or of nobody, and would stand in the way; a
    nearer one is a slip of the pen, and kept as on a list.
    A row that says of its record that it was merged or removed is no patient: `ended` is told.
    """
    rows = csv.reader(lines)
    header = _header(rows)
    if fault := _header_fault(header):
        report(fault)
        return
    found = {name: place for place, name in enumerate(header)}
    width = len(header)
    in_order, at_id = itemgetter(*(found.get(name, width) for name in COLUMNS)), found["local_id"]
    told: list[RowProblem] = []  # of one row
    tell = told.append
    is_over = _ends_told(found, width, tell, ended)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            report(RowProblem(rows.line_num, "all", "not valid CSV; the row is left out"))
            continue
        patient: Patient | bool | None = None
        if len(row) == width:
            row.append("")  # what a column that the file lacks says
            patient = is_over(row, rows.line_num) or _patient(
                list(map(str.strip, in_order(row))), rows.line_num, tell, today
            )
        elif any(row):
            tell(RowProblem(rows.line_num, "all", "more or fewer cells than the header; the row is left out"))
        if told:
            of = (row[at_id].strip() if len(row) > at_id else "") or "\x1f".join(row)
            for problem in told:
                report(replace(problem, of=of))
            told.clear()
        if isinstance(patient, Patient):
            yield patient


def local_ids_of_csv(lines: Iterator[str], *, quoted: bool) -> Iterator[str]:
    """The local id of every row, usable or not: quickly, for whoever asks beforehand of whom several rows tell.

    `quoted`: a cell may stand in quotation marks, and hold a comma.
    """
    rows = csv.reader(lines)
    header = _header(rows)
    if "local_id" not in header:
        return iter(())
    place = header.index("local_id")
    if quoted:
        return (row[place].strip() for row in _usable(rows) if len(row) > place)
    most = place + 1
    return (cells[place].strip() for line in lines if len(cells := line.split(",", most)) > place)


def _usable(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """All rows but those that are no CSV, which are reported when they are read."""
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except csv.Error:
            continue


def _header(rows: Iterator[list[str]]) -> list[str]:
    """The names of the columns, without the marks that begin a file; none where it begins with no row."""
    try:
        return [name.replace("\ufeff", "").strip().casefold() for name in next(rows, [])]
    except csv.Error:
        return []


def _header_fault(names: list[str]) -> RowProblem | None:
    """Why nothing can be read below this header."""
    if not names:
        return RowProblem(1, "all", "the first line names no columns; nothing was read")
    if twice := [name for name in (*COLUMNS, *ENDS) if names.count(name) > 1]:
        return RowProblem(1, ", ".join(twice), "the header names this column twice; nothing was read")
    if names[0].startswith("{"):
        return RowProblem(1, "all", "this is JSON: a FHIR export is read if its name ends in .ndjson; nothing was read")
    missing = [name for name in NEEDED if name not in names]
    if missing and len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
        return RowProblem(1, "all", "the cells are not separated by commas; nothing was read")
    return RowProblem(1, ", ".join(missing), "the header lacks this column; nothing was read") if missing else None


def _ends_told(
    found: Mapping[str, int], width: int, report: Report, ended: Ended | None
) -> Callable[[list[str], int], bool]:
    """Whether a row's record is no more: then it is told of, or at fault and reported."""
    if not any(name in found for name in ENDS):
        return lambda _row, _line: False
    at, at_merged, at_removed = (found.get(name, width) for name in ("local_id", *ENDS))

    def is_over(row: list[str], line: int) -> bool:
        survivor, removed = row[at_merged].strip(), _FLAGS.get(row[at_removed].strip().casefold())
        if removed is None:
            report(RowProblem(line, "removed", "not 0 or 1; the row is left out"))
            return True
        if not (survivor or removed):
            return False
        try:
            end = RecordEnd(row[at].strip(), survivor or None)
        except ValueError:
            report(RowProblem(line, "merged_into", "no record can be merged into itself; the row is left out"))
            return True
        if ended:
            ended(end)
        return True

    return is_over


def _patient(cells: list[str], line: int, report: Report, today: date) -> Patient | None:
    (
        local_id, nhs, family, given, middle, others, dob, sex, address1, address2,
        postcode, previous, phone, gp_code, deceased, services, restricted, fhir_id,
    ) = cells  # fmt: skip
    if not local_id or len(local_id) > LONGEST_ID or "\0" in "".join(cells):
        reason = "missing" if not local_id else "too long, or a character that no text may hold"
        report(RowProblem(line, "local_id", f"{reason}; the row is left out"))
        return None
    if not (family or given):
        report(RowProblem(line, "family", "no name; the row is left out"))
        return None
    is_deceased, is_restricted = _FLAGS.get(deceased), _FLAGS.get(restricted)  # nearly always 0 or nothing
    if is_deceased is None or is_restricted is None:
        is_deceased, is_restricted = _FLAGS.get(deceased.casefold()), _FLAGS.get(restricted.casefold())
    if is_deceased is None or is_restricted is None:
        report(RowProblem(line, "deceased, restricted", "not 0 or 1; the row is left out"))
        return None
    address = address1 + ", " + address2 if address1 and address2 else address1 or address2
    addresses = (
        (_made_address(address, postcode or None), _made_address("", previous))
        if previous
        else ((_made_address(address, postcode or None),) if address or postcode else ())
    )
    return _made_patient(
        local_id,
        nhs_number_in(nhs, line, report) if nhs else None,
        PersonName(family, given),
        middle,
        other_names_in(others) if others else (),
        _birth(dob, line, report, today) if dob else None,
        _SEXES.get(sex.casefold()) if sex else None,
        addresses,
        phone or None,
        gp_code or None,
        is_deceased,
        is_restricted,
        tuple(s.strip() for s in services.split(";") if s.strip()) if services else (),
        fhir_id or None,
    )


def nhs_number_in(text: str, line: int, report: Report) -> str | None:
    """The number; or None, and a report, where its check digit fails: the patient is loaded without it."""
    # the same rule as below at a tenth of its cost; that digits count from 48 adds 48 * 55, no remainder
    if len(text) == 10 and text.isascii() and text.isdigit() and text.count(text[0]) < 10:
        a, b, c, d, e, f, g, h, i, j = text.encode()
        if (10 * a + 9 * b + 8 * c + 7 * d + 6 * e + 5 * f + 4 * g + 3 * h + 2 * i + j) % 11 == 0:
            return text
    number = NhsNumber.from_text(text)
    if number is None:
        report(RowProblem(line, "nhs_number", "not an NHS number; the patient is loaded without it"))
        return None
    return number.value


def other_names_in(text: str) -> tuple[PersonName, ...]:
    """Other names, separated by semicolons: a family name, or "family, given"."""
    names = []
    for part in text.split(";"):
        family, _, given = (piece.strip() for piece in part.partition(","))
        if family or given:
            names.append(PersonName(family, given))
    return tuple(names)


def _birth(text: str, line: int, report: Report, today: date) -> date | None:
    found = _date(text)
    if fault := "not a date" if found is None else birth_fault(found, today):
        report(RowProblem(line, "dob", f"{fault}; the patient is loaded without it"))
        return None
    return found


def birth_fault(day: date, today: date) -> str:
    """Why nobody can have been born then, if so: a date that means nothing would count as a difference."""
    if not _UNKNOWN_LONG_AGO < day < _UNKNOWN_FAR_AHEAD:
        return "stands for an unknown date"
    return "lies far in the future" if day.year > today.year + DECADE else ""


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(_MIDNIGHT.sub("", text) if len(text) > len("1984-03-02") else text)
    except ValueError:
        pass
    day, _, rest = text.replace(".", "/").replace("-", "/").partition("/")
    month, _, year = rest.partition("/")
    try:
        return date(int(year), int(month), int(day)) if len(year) == 4 else None
    except ValueError:
        return None
