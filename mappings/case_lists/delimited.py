"""CSV and its kin → content: any usual delimiter, UTF-8, UTF-16 or Windows text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from mappings.case_lists.content import Cell, Content, Noticed, Row, Table, clean
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.refusals import Refusal, Refused

_DELIMITERS = ",;\t|"
_MOST_ROWS = 50_000


def decode(data: bytes) -> str:
    """Text in the encoding that its bytes show; a byte order mark first, then UTF-8, then Windows."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _decoded(data, encoding)
    if data[1::2].count(0) > len(data) // 4:
        return _decoded(data, "utf-16-le")
    if data[::2].count(0) > len(data) // 4:
        return _decoded(data, "utf-16-be")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded(data, "cp1252")


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refused(Refusal.NOT_TEXT) from error


def looks_like_text(data: bytes) -> bool:
    """Whether bytes are text in one of those encodings, and not some binary format."""
    try:
        text = decode(data[:65_536])
    except Refused:
        try:
            text = data.decode("utf-8", errors="ignore")
        except UnicodeDecodeError:
            return False
    strange = sum(1 for char in text if ord(char) < 32 and char not in "\t\r\n\f\v")
    return bool(text.strip()) and strange * 200 <= len(text)


def delimiter_of(text: str) -> str | None:
    """The delimiter that gives the first lines one and the same number of cells; None if there is none."""
    best: tuple[int, str] | None = None
    prose = '"' not in text and 5 * text.count(", ") > 4 * text.count(",")  # "SMITH, Jane" in lines of text
    for delimiter in _DELIMITERS[1:] if prose else _DELIMITERS:
        widths = [len(row) for row, _ in zip(_rows(text, delimiter), range(50), strict=False) if row]
        wide = [width for width in widths if width > 1]
        if not wide:
            continue
        usual = max(set(wide), key=wide.count)
        agreeing = wide.count(usual) * usual
        if usual > 1 and wide.count(usual) * 2 >= len(widths) and (best is None or agreeing > best[0]):
            best = (agreeing, delimiter)
    return best[1] if best else None


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(1_000_000)
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)


def read_delimited(text: str, delimiter: str) -> Content:
    """Every row with the number of the line on which it begins."""
    rows: list[Row] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    begins = 1
    noticed: list[Noticed] = []
    try:
        for values in reader:
            where = f"row {begins}"
            rows.append(Row(begins, tuple(Cell(clean(value), where) for value in values), where))
            begins = reader.line_num + 1
            if len(rows) > _MOST_ROWS:
                raise Refused(Refusal.TOO_MUCH)
    except csv.Error as error:
        raise Refused(Refusal.TRUNCATED) from error
    width = _usual_width(rows)
    for row in rows:
        if len(row.told()) and len(row.cells) > width and any(not cell.empty for cell in row.cells[width:]):
            noticed.append(Noticed(row.where, Doubt.ROW_UNCLEAR.value))
    if text.count('"') % 2:
        noticed.append(Noticed(rows[-1].where if rows else "row 1", Doubt.UNREAD_PART.value))
    return Content(
        "text/csv" if delimiter != "\t" else "text/tab-separated-values",
        (Table(tuple(rows)),),
        tuple(noticed),
        flat=True,
    )


def _usual_width(rows: list[Row]) -> int:
    widths = [len(row.cells) for row in rows if not row.empty]
    return max(set(widths), key=widths.count) if widths else 0
