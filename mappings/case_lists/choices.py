"""Hidden sheets that only hold the choices of drop-down cells, as forms and exports have them: no part of the list.

A hidden sheet holds the list that has it, for it may hold people. Where every cell of it is a choice that another
cell offers, or a heading over such choices, there is nothing to doubt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import unescape

from mappings.case_lists.packages import Package
from mappings.case_lists.sheets import column_number

_LIST = re.compile(rb"<(?:\w+:)?dataValidation\b[^>]*\btype=\"list\"[^>]*>(.*?)</(?:\w+:)?dataValidation>", re.DOTALL)
_SOURCE = re.compile(rb"<(?:\w+:)?formula1>\s*(?:<xm:f>)?([^<]{1,300})<")
_NAMED = re.compile(rb"<(?:\w+:)?definedName\b[^>]*\bname=\"([^\"]{1,255})\"[^>]*>([^<]{1,300})<")
_RANGE = re.compile(
    r"(?:'(?P<quoted>(?:[^']|''){1,64})'|(?P<plain>[^'!,()]{1,64}))!\$?(?P<left>[A-Z]{1,3})(?:\$?(?P<top>\d{1,7}))?"
    r"(?::\$?(?P<right>[A-Z]{1,3})(?:\$?(?P<bottom>\d{1,7}))?)?"
)
_LAST = 2**20  # rows of a sheet: a range of whole columns ends there


@dataclass(frozen=True, slots=True)
class Choices:
    """Cells of one sheet that drop-down cells offer; rows and columns count from 1, both ends included."""

    sheet: str
    left: int
    top: int
    right: int
    bottom: int

    def covers(self, column: int, row: int) -> bool:
        """Whether a cell is one of them, or the heading right above."""
        return self.left <= column <= self.right and max(1, self.top - 1) <= row <= self.bottom


def choices_offered(package: Package, sheets: Sequence[str]) -> list[Choices]:
    """What the drop-down cells of these sheets (names of members) take their choices from."""
    named = dict(_named(package))
    found: list[Choices] = []
    for sheet in sheets:
        for validation in _LIST.finditer(package.bytes_of(sheet)):
            for source in _SOURCE.findall(validation[1]):
                text = unescape(source.decode("utf-8", "replace")).strip()
                found += _choices(named.get(text.casefold(), text))
    return found


def _named(package: Package) -> Iterator[tuple[str, str]]:
    for name, source in _NAMED.findall(package.bytes_of("xl/workbook.xml") if package.has("xl/workbook.xml") else b""):
        yield unescape(name.decode("utf-8", "replace")).casefold(), unescape(source.decode("utf-8", "replace")).strip()


def _choices(source: str) -> Iterator[Choices]:
    match = _RANGE.fullmatch(source)
    if match is None:
        return
    left, top = column_number(match["left"].encode()), int(match["top"] or 1)
    right = column_number(match["right"].encode()) if match["right"] else left
    bottom = int(match["bottom"] or (top if match["top"] else _LAST))
    yield Choices((match["quoted"] or match["plain"]).replace("''", "'"), left, top, right, bottom)
