"""What every container yields: lines and tables, in the order of the document, each cell with its place."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from mappings.case_lists.refusals import Refusal, Refused

MAX_TEXT = 40_000  # characters of one cell or line; Excel holds no more than 32,767
_KEPT_CONTROLS = {"\n", "\t"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as a person reads it; `value` if the container knows it as a date or number.

    `covered` marks the repetition of a merged cell's text in the cells that it covers.
    """

    text: str = field(default="", repr=False)
    where: str = ""
    value: date | float | None = field(default=None, repr=False)
    covered: bool = False

    @property
    def empty(self) -> bool:
        return not self.text.strip()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table; `number` counts as the document's readers do, from 1."""

    number: int
    cells: tuple[Cell, ...] = field(repr=False)
    where: str = ""

    @property
    def empty(self) -> bool:
        return all(cell.empty for cell in self.cells)

    def told(self) -> list[Cell]:
        """The cells that say something, merged ones once."""
        return [cell for cell in self.cells if not cell.empty and not cell.covered]


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet, or a table in a document or mail."""

    rows: tuple[Row, ...] = field(repr=False)
    name: str = field(default="", repr=False)
    where: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph or line outside every table; `unclear` if its words may belong to several columns."""

    text: str = field(repr=False)
    where: str = ""
    heading: bool = False
    unclear: bool = False


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something that a container holds and that our reading leaves out: hidden rows, comments, tracked changes."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class Content:
    """One document, taken out of its container. `flat` is a file of plain rows, such as CSV."""

    media_type: str
    blocks: tuple[Line | Table, ...] = field(repr=False)
    noticed: tuple[Noticed, ...] = ()
    flat: bool = False

    def tables(self) -> Iterator[Table]:
        return (block for block in self.blocks if isinstance(block, Table))

    def lines(self) -> Iterator[Line]:
        return (block for block in self.blocks if isinstance(block, Line))


def clean(text: str) -> str:
    """Text without control, bidirectional and other invisible characters, spaces made plain."""
    if len(text) > MAX_TEXT:
        raise Refused(Refusal.TOO_MUCH)
    if text.isascii() and text.isprintable():
        return text  # as nearly always
    kept = []
    for char in text.replace("\r\n", "\n").replace("\r", "\n").replace("\v", "\n"):
        if char in _KEPT_CONTROLS:
            kept.append(char)
        elif unicodedata.category(char) in ("Zs", "Zl", "Zp"):
            kept.append("\n" if char in "\u2028\u2029" else " ")
        elif unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn"):
            kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept))


def squeeze(text: str) -> str:
    """One line, one space between words."""
    return " ".join(text.split())
