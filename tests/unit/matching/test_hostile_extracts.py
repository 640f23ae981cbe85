"""Whatever an extract holds: each row is loaded, ended or named by its line, each record once, and nobody quoted."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.cli.extracts import CONTRADICT, LOADED, Extract
from integration.errors import UsageError
from mappings.patient_csv import COLUMNS, ENDS, NEEDED

TODAY = date(2026, 11, 22)
HOSTILE = (
    "\0",
    "\u202eZZCANARY",
    '"',
    "'\"",
    "=1+1",
    "\x1f\x1e",
    "İ",
    "李",
    "\r",
    "\x85",
    "\u2028",
    "٣٤",
    "9" * 40,
    "é",
)
SOLID: dict[str, tuple[str, ...]] = {
    "local_id": ("1", "2", "3", ""),
    "dob": ("1984-03-02", "31/02/1984", "1984", "0000-00-00", "9999-12-31", "0001-01-01", "2050-01-01"),
    "nhs_number": ("9990000034", "999 000 0018", "1234567890", "9" * 10, ""),
    "sex": ("F", "M", "2", "X"),
    "removed": ("0", "", "", "1", "?"),
    "merged_into": ("", "", "", "1", "2"),
    "deceased": ("0", "1", "yes", "?"),
}
PLAIN = ("ZZCANARY", "ZZCANARY-Smith", "", "Z")
NEWLINES = st.sampled_from(("\n", "\n", "\r\n", "\n\n", "\r"))


@st.composite
def extracts(draw: st.DrawFn) -> bytes:
    header = [*NEEDED, *draw(st.lists(st.sampled_from((*COLUMNS, *ENDS)), max_size=6))]
    rows = [[draw(cells(name)) for name in header] for _ in range(draw(st.integers(0, 6)))]
    for row in rows:
        row.extend(draw(st.sampled_from(([], [], [], ["more"]))))
    quoting: Literal[0, 1] = draw(st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)))
    written = io.StringIO()
    csv.writer(written, quoting=quoting, lineterminator=draw(NEWLINES)).writerows([header, *rows, *rows[:2]])
    content = draw(st.sampled_from(("", "", "\ufeff", "\ufeff\ufeff"))) + written.getvalue()
    if draw(st.integers(0, 9)) == 0:
        return content.encode(draw(st.sampled_from(("utf-16", "latin-1"))), "replace")
    return content.encode()[: draw(st.integers(0, 2000))]


def cells(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from((*SOLID.get(name, PLAIN) * 4, *HOSTILE))


def rows_of(content: str) -> list[tuple[int, list[str] | None]]:
    """Every row that holds something, with its line; None where it is no CSV."""
    rows, found = csv.reader(io.StringIO(content, newline="")), list[tuple[int, list[str] | None]]()
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return found
        except csv.Error:
            found.append((rows.line_num, None))
        else:
            found += [(rows.line_num, row)] if any(row) else []


@given(extracts())
def test_every_row_is_loaded_or_named_and_nobody_is_quoted(folder: Path, content: bytes) -> None:
    file = folder / "patients.csv"
    file.write_bytes(content)
    extract = Extract(file, TODAY)
    try:
        extract.rows()
        ids = [patient.local_id for patient in extract.patients()]
    except UsageError as refused:
        assert "is not UTF-8 text" in str(refused) and "ZZ" not in str(refused)
        return
    assert len(set(ids)) == len(ids)
    assert not any("ZZ" in fault.said or "\u202e" in fault.said or "9990" in fault.said for fault in extract.faults)
    if any("nothing was read" in fault.kind for fault in extract.faults):
        assert not ids
        return
    (_, header), *rows = rows_of(content.decode("utf-8-sig"))
    at = [name.strip("\ufeff") for name in header or ()].index("local_id")
    left_out = {fault.where for fault in extract.faults if LOADED not in fault.kind and CONTRADICT not in fault.kind}
    accounted = {*ids, *(end.local_id for end in extract.ends)}
    for line, row in rows:
        assert f"line {line}, " in left_out or (row is not None and row[at].strip() in accounted), line


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("extracts")
