"""Plain text → content: lines, and tables where lines are parted by tabs or bars."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from mappings.case_lists.content import Cell, Content, Line, Row, Table, clean

PLAIN = "text/plain"
_LABELLED = re.compile(r"[^\d:]{2,40}:\s*\S")
_PARTED_BY = ("\t", "|")


def read_plain_text(text: str) -> Content:
    """Every line that says something, and tables where they are parted alike."""
    numbered = [(number, line) for number, line in enumerate(_clean_lines(text), start=1) if line.strip()]
    blocks = with_tables([Line(line, f"line {number}") for number, line in numbered])
    return Content(PLAIN, tuple(blocks))


def _clean_lines(text: str) -> list[str]:
    return [clean(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]


def with_tables(blocks: Sequence[Line | Table]) -> list[Line | Table]:
    """Two lines or more with as many tabs or bars in each become a table; all else stays as it is."""
    found: list[Line | Table] = []
    for (mark, _), group in groupby(blocks, key=_shape):
        alike = list(group)
        lines = [block for block in alike if isinstance(block, Line)]
        if mark is not None and len(lines) > 1 and not _says_labels(lines, mark):
            found.append(_table(lines, mark))
        else:
            found += [_trimmed(block) if isinstance(block, Line) else block for block in alike]
    return found


def _says_labels(lines: Sequence[Line], mark: str) -> bool:
    """Whether what stands between the tabs is "label: value" each: lines of a form, not rows of a table."""
    parts = [part for line in lines for part in line.text.strip(mark).split(mark) if part.strip()]
    return 2 * sum(_LABELLED.match(part.strip()) is not None for part in parts) > len(parts)


def _shape(block: Line | Table) -> tuple[str | None, int]:
    if isinstance(block, Line):
        for mark in _PARTED_BY:
            count = block.text.strip(mark).count(mark)
            if count >= 2:
                return mark, count
    return None, 0


def _trimmed(line: Line) -> Line:
    return Line(line.text.strip(), line.where, line.heading)


def _table(lines: Sequence[Line], mark: str) -> Table:
    """The lines as rows, each with the number that its place ends with."""
    rows = []
    for line in lines:
        cells = tuple(Cell(part.strip(), line.where) for part in line.text.strip(mark).split(mark))
        rows.append(Row(int(line.where.rsplit(" ", 1)[-1]), cells, line.where))
    return Table(tuple(rows), "", rows[0].where)
