"""The rows of Word 97-2003 tables: from the edges of their cells to a grid that all rows share.

A row tells where each of its cells begins and ends, in twentieths of a point, and which cells are merged
(sprmTDefTable, 2.9.321, and TC80, 2.9.315 of [MS-DOC]); how many columns a cell covers follows from the other rows.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from mappings.case_lists.content import Cell
from mappings.case_lists.refusals import Refusal, Refused
from mappings.case_lists.word97_file import number
from mappings.case_lists.word97_formats import Property, Sprm

MOST_CELLS = 63  # in a row, 2.9.321
SAME_EDGE = 60  # a millimetre; edges that a hand has drawn seldom meet exactly, and no cell is so narrow


@dataclass(frozen=True, slots=True)
class CellTold:
    """One cell's edges; whether it continues the cell on its left, or the cell above."""

    left: int
    right: int
    continues_left: bool = False
    continues_above: bool = False


@dataclass(frozen=True, slots=True)
class RowRead:
    """A row's texts, and what it tells of its cells."""

    texts: tuple[str, ...] = field(repr=False)
    told: tuple[CellTold, ...]

    @property
    def fits(self) -> bool:
        return len(self.texts) == len(self.told)


def cells_told(given: Sequence[Property]) -> tuple[CellTold, ...]:
    """The cells of a row, by the properties of its end."""
    told: tuple[CellTold, ...] = ()
    for which, value in given:
        if which == Sprm.ROW_CELLS:
            told = _defined(value)
        elif which == Sprm.MERGED:
            told = tuple(
                replace(cell, continues_left=True) if value[0] < at < value[1] else cell for at, cell in enumerate(told)
            )
        elif which == Sprm.MERGED_DOWN and len(value) >= 3:  # its size, the cell, and 1 for a cell that goes on
            told = tuple(
                replace(cell, continues_above=value[2] == 1) if at == value[1] else cell for at, cell in enumerate(told)
            )
    return told


def _defined(value: bytes) -> tuple[CellTold, ...]:
    count = number(value, 2, "<B")
    if count > MOST_CELLS or len(value) < 3 + 2 * (count + 1):
        raise Refused(Refusal.TRUNCATED)
    edges = struct.unpack_from(f"<{count + 1}h", value, 3)
    start = 3 + 2 * (count + 1)
    flags = [number(value, start + 20 * n) if start + 20 * n + 2 <= len(value) else 0 for n in range(count)]
    across = _merged_across([flag & 3 for flag in flags])
    return tuple(
        CellTold(edges[n], max(edges[n], edges[n + 1]), across[n], flags[n] >> 5 & 3 == 1) for n in range(count)
    )


def _merged_across(marks: Sequence[int]) -> list[bool]:
    """Which cells continue the one on their left.

    Writers disagree which mark is the first cell's and which the others'; but a set always begins with its first.
    """
    found, first = [], 0
    for mark in marks:
        found.append(bool(mark and first and mark != first))
        first = (first or mark) if mark else 0
    return found


def grid_of(rows: Sequence[RowRead]) -> list[int]:
    """The left edges of the columns that all rows together need, from left to right."""
    grid: list[int] = []
    for edge in sorted({cell.left for row in rows if row.fits for cell in row.told}):
        if not grid or edge - grid[-1] > SAME_EDGE:
            grid.append(edge)
    return grid


def cells_on_grid(row: RowRead, grid: Sequence[int], above: dict[int, str], where: str) -> Iterator[Cell]:
    """The cells of a row: merged ones repeat in every column and row that they cover."""
    column = 0
    last = ""
    for text, cell in zip(row.texts, row.told, strict=True):
        first = max(column, bisect_left(grid, cell.left - SAME_EDGE))
        for _ in range(column, first):
            above.pop(column, None)
            yield Cell("", where)
        past = max(first + 1, bisect_left(grid, cell.right - SAME_EDGE))
        continued = cell.continues_left or cell.continues_above
        shown = last if cell.continues_left else above.get(first, "") if cell.continues_above else text
        for at in range(first, past):
            above[at] = shown
            yield Cell(shown, where, covered=continued or at > first)
        column, last = past, shown
