"""Dates that an area writes month first, turned round before anything reads them."""

from __future__ import annotations

import re
from dataclasses import replace

from mappings.case_lists.births import DATE
from mappings.case_lists.content import Cell, Content, Line, Row, Table


def day_first_content(content: Content) -> Content:
    """The same document with every date in figures turned round; what the container knows as a date stays."""
    return replace(content, blocks=tuple(_block(block) for block in content.blocks))


def _block(block: Line | Table) -> Line | Table:
    if isinstance(block, Line):
        return replace(block, text=day_first(block.text))
    return replace(block, rows=tuple(_row(row) for row in block.rows))


def _row(row: Row) -> Row:
    return replace(row, cells=tuple(_cell(cell) for cell in row.cells))


def _cell(cell: Cell) -> Cell:
    return cell if cell.value is not None else replace(cell, text=day_first(cell.text))


def day_first(text: str) -> str:
    """ "12/03/2026" for the third of December becomes "03/12/2026"; 25/12/2026 becomes a date that there is not."""
    return DATE.sub(_turned, text)


def _turned(match: re.Match[str]) -> str:
    """The same match with day and month exchanged, where both are figures and the year stands last."""
    for day, month in (("d", "m"), ("sd", "sm")):
        if match[day] is not None:
            start = match.start()
            (d0, d1), (m0, m1) = match.span(day), match.span(month)
            text = match.string
            return text[start:d0] + match[month] + text[d1:m0] + match[day] + text[m1 : match.end()]
    return match[0]
