"""What a workbook's own XML shows and a cell reader does not: hidden rows, comments, formulas without a result."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mappings.case_lists.content import Noticed
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.packages import Package
from mappings.case_lists.refusals import Refusal, Refused

MOST_ROWS = 50_000
MOST_COLUMNS = 500
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml$")
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"')
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>(.*?)</(?:\w+:)?row>", re.DOTALL)
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|t)\b[^>]*>[^<]")
_FORMULA_ALONE = re.compile(
    rb"<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_HIDDEN_COLUMN = re.compile(rb"<(?:\w+:)?col\b[^>]*\bhidden=\"(?:1|true)\"[^>]*>")
_COLUMN_RANGE = re.compile(rb'\b(min|max)="(\d{1,5})"')


def check_sheets(package: Package) -> list[Noticed]:
    """Refuse sheets far larger than a list before anything allocates them; notice what would stay unseen."""
    noticed: list[Noticed] = []
    for number, name in enumerate(sheets_of(package), start=1):
        data = package.bytes_of(name)
        _check_extent(data)
        noticed += _hidden(data, f"sheet {number}")
        if _FORMULA_ALONE.search(data):
            noticed.append(Noticed(f"sheet {number}", Doubt.FORMULA_WITHOUT_VALUE.value))
    if any(re.match(r"xl/(?:threadedComments/|comments)", name) for name in package.names()):
        noticed.append(Noticed("comments", Doubt.COMMENTS.value))
    if any(_text_boxes(package.bytes_of(name)) for name in package.names_like("xl/drawings/drawing")):
        noticed.append(Noticed("drawings", Doubt.DRAWINGS.value))
    return noticed


def sheets_of(package: Package) -> list[str]:
    """The members of a workbook that are sheets."""
    return [name for name in package.names() if _SHEET.match(name)]


def _check_extent(data: bytes) -> None:
    for match in _CELL.finditer(data):
        if int(match[2]) > MOST_ROWS or column_number(match[1]) > MOST_COLUMNS:
            raise Refused(Refusal.TOO_MUCH)


def column_number(letters: bytes) -> int:
    """A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _hidden(data: bytes, where: str) -> Iterator[Noticed]:
    """Hidden rows and columns with something in them: filtered away, or meant not to be read?"""
    if b"hidden=" not in data:
        return
    for match in _ROW.finditer(data):
        if _HIDDEN.search(match[1]) and _VALUE.search(match[2]):
            yield Noticed(where, Doubt.HIDDEN.value)
            return
    hidden: set[int] = set()
    for column in _HIDDEN_COLUMN.finditer(data):
        bounds = {key: int(value) for key, value in _COLUMN_RANGE.findall(column[0])}
        hidden.update(range(bounds.get(b"min", 0), min(bounds.get(b"max", 0), MOST_COLUMNS) + 1))
    if hidden and any(column_number(cell[1]) in hidden for cell in _CELL.finditer(data)):
        yield Noticed(where, Doubt.HIDDEN.value)


def _text_boxes(data: bytes) -> bool:
    return bool(re.search(rb"<(?:\w+:)?t>[^<\s]", data))
