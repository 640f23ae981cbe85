"""Plain text → content: lines, and tables where lines are parted by tabs or bars."""

from __future__ import annotations

from itertools import groupby

from mappings.case_lists.content import Cell, Content, Line, Row, Table, clean

PLAIN = "text/plain"
_PARTED_BY = ("\t", "|")


def read_plain_text(text: str) -> Content:
    """Two lines or more with as many tabs or bars in each are a table; all else is lines."""
    numbered = [(number, line) for number, line in enumerate(_clean_lines(text), start=1) if line.strip()]
    blocks: list[Line | Table] = []
    for (mark, _), group in groupby(numbered, key=lambda pair: _shape(pair[1])):
        lines = list(group)
        if mark is not None and len(lines) > 1:
            blocks.append(_table(lines, mark))
        else:
            blocks += [Line(line.strip(), f"line {number}") for number, line in lines]
    return Content(PLAIN, tuple(blocks))


def _clean_lines(text: str) -> list[str]:
    return [clean(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]


def _shape(line: str) -> tuple[str | None, int]:
    for mark in _PARTED_BY:
        count = line.strip(mark).count(mark)
        if count >= 2:
            return mark, count
    return None, 0


def _table(lines: list[tuple[int, str]], mark: str) -> Table:
    rows = []
    for number, line in lines:
        where = f"line {number}"
        rows.append(Row(number, tuple(Cell(part.strip(), where) for part in line.strip(mark).split(mark)), where))
    return Table(tuple(rows), "", rows[0].where)
