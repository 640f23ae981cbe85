"""Ruled tables of a PDF's page: the texts in each cell, what merged cells cover, and lines made whole again.

A narrow column breaks names and addresses over several lines. A line that was broken only because the next word did
not fit is joined again; one that ends early was ended on purpose and stays a line of its own.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from mappings.case_lists.adjacent_tables import tables_in
from mappings.case_lists.pdf_columns import Columned, Segment, TextLine, in_lines, segments_of

Box = tuple[float, float, float, float]
_SAME_EDGE = 3.0  # points by which a rule may stray
_SPARE = 1.0  # points that a word processor may want more than we count
_IN_NUMBERS = "0123456789/"
# Words that stand alone in narrow headings: they end where their line does.
_WORDS = {
    "address", "agency", "birth", "case", "child", "children", "client", "current", "date", "details", "family",
    "forename", "given", "home", "name", "names", "number", "of", "offender", "perpetrator", "present", "previous",
    "referring", "relationship", "repeat", "role", "surname", "suspect", "to", "victim",
}  # fmt: skip
_LABEL = re.compile(r"[A-Z][A-Za-z .()/']{0,30}:")  # it begins a line on purpose, however full the one before is


@dataclass(slots=True)
class GridCell:
    """The lines of a cell, and where they have to end; `covered` if it repeats a merged cell."""

    lines: list[TextLine] = field(default_factory=list)
    right: float = 0
    covered: bool = False

    @property
    def text(self) -> str:
        """The lines with the breaks that narrowness made taken out again."""
        text = ""
        for at, line in enumerate(self.lines):
            text += (_between(self.lines[at - 1], line, self.right) if at else "") + line.text
        return text


@dataclass(slots=True)
class Grid:
    """A table of one page: its column edges, and its rows of cells."""

    edges: tuple[float, ...]
    rows: list[list[GridCell]]
    columns: Columned | None = None

    def goes_on_in(self, other: Grid) -> bool:
        """Whether another one has the same columns; the end of a table may show fewer of its edges than the rest."""
        few, many = sorted((self.edges, other.edges), key=len)
        return few[0] - many[0] < _SAME_EDGE and all(any(abs(a - b) <= _SAME_EDGE for b in many) for a in few)

    def go_on(self, more: Grid) -> None:
        """Rows of the next page; the first of them may be the rest of the row before."""
        edges = max(self.edges, more.edges, key=len)
        rows = more.rows_on(edges)
        self.rows, self.edges = self.rows_on(edges), edges
        if rows and [cell.text for cell in rows[0]] == [cell.text for cell in self.rows[0]]:
            rows = rows[1:]  # the headings again
        if rows and _is_rest(self.rows, rows[0]):
            for cell, rest in zip(self.rows[-1], rows[0], strict=True):
                if not rest.covered:
                    cell.lines.extend(rest.lines)
            rows = rows[1:]
        self.rows += rows

    def rows_on(self, edges: Sequence[float]) -> list[list[GridCell]]:
        """The rows on the edges of a table of which this is a part; a cell covers those up to its next."""
        made = []
        for row in self.rows:
            wide: list[GridCell] = []
            for edge in edges:
                at = max(0, bisect_right(self.edges, edge + _SAME_EDGE) - 1)
                own = abs(edge - self.edges[at]) <= _SAME_EDGE
                wide.append(row[at] if own else GridCell(row[at].lines, row[at].right, covered=True))
            made.append(wide)
        return made


def _is_rest(above: Sequence[Sequence[GridCell]], row: Sequence[GridCell]) -> bool:
    """Whether a row that opens a page goes on with the last one: it has no first cell, or that one is unfinished."""
    last, first = above[-1][0].text, row[0].text
    if not first or last.endswith((",", "/", "-")):
        return True
    shapes = {_shape(one[0].text) for one in above[:-1]}
    return _shape(last) not in shapes and _shape(last + first) in shapes  # a number cut in two


def _shape(text: str) -> str:
    return re.sub(r"\d", "9", text)


def _between(line: TextLine, following: TextLine, right: float) -> str:
    """What stood between two lines: nothing inside a broken word, a space where a word did not fit, else a new line."""
    room, first = right - line.right, following.segments[0]
    if line.text.endswith(("-", "/")) and first.first_word > room:
        return ""
    if " " not in line.text and room < first.first_letter and _may_be_one_word(line.text, following.text):
        return ""
    return " " if goes_on_below(line, following, right) else "\n"


def goes_on_below(line: TextLine, following: TextLine, right: float) -> bool:
    """Whether a line was ended only because the next word did not fit."""
    first = following.segments[0]
    fits = first.first_word + first.first_letter / 3 <= right - line.right - _SPARE
    return not fits and _LABEL.match(following.text) is None


def _may_be_one_word(start: str, rest: str) -> bool:
    """Whether a word that fills its line goes on in the next: in digits, in capitals, or in a rest of letters."""
    last, first = start[-1:], rest[:1]
    if last.islower() and first.islower():
        return start.casefold() not in _WORDS and rest.split(maxsplit=1)[0].casefold() not in _WORDS
    return (last.isupper() and first.isupper()) or (last in _IN_NUMBERS and first in _IN_NUMBERS) or last in "'\u2019"


# --- reading them


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a frame of rules holds: a table, or several right under each other."""

    box: Box
    grids: tuple[Grid, ...]
    runs_out: bool  # of its cells: a row is too low for what it holds


def ruled_tables(page: Any) -> tuple[list[Ruled], list[Segment]]:
    """Every table of more than one column, from top to bottom, and the texts that begin in none of them."""
    tables = [table for table in page.find_tables() if len(table.rows) and len(table.rows[0].cells) > 1]
    boxes = [[[box for box in row.cells if box] for row in table.rows] for table in tables]
    every = [box for rows in boxes for row in rows for box in row]
    segments = segments_of(page.chars, lambda char: next((box for box in every if _is_inside(char, box)), None))
    found = []
    for table, rows in zip(tables, boxes, strict=True):
        inside = [one for one in segments if _begins_in(one, table.bbox)]
        segments = [one for one in segments if not _begins_in(one, table.bbox)]
        cells = {box: GridCell(_lines_in(box, inside), box[2]) for row in rows for box in row}
        runs_out = any(_runs_out(box, cell) for box, cell in cells.items())
        found.append(Ruled(table.bbox, tuple(_parted(rows, cells)), runs_out))
    return sorted(found, key=lambda table: table.box[1]), segments


def _is_inside(char: dict[str, Any], box: Box) -> bool:
    left, top, right, bottom = box
    return bool(left <= (char["x0"] + char["x1"]) / 2 <= right and top <= (char["top"] + char["bottom"]) / 2 <= bottom)


def _begins_in(one: Segment, box: Box) -> bool:
    left, top, right, bottom = box
    return left <= one.left + 1 <= right and top <= (one.top + one.bottom) / 2 <= bottom


def _lines_in(box: Box, segments: Sequence[Segment]) -> list[TextLine]:
    return in_lines(one for one in segments if _begins_in(one, box))


def _runs_out(box: Box, cell: GridCell) -> bool:
    """Whether a text stands across the rule over or under its cell: its row was too low for it."""
    return any(
        line.segments[0].bottom - box[3] > line.segments[0].height / 4
        or box[1] - line.segments[0].top > line.segments[0].height / 4
        for line in cell.lines
    )


def _parted(boxes: Sequence[Sequence[Box]], cells: dict[Box, GridCell]) -> Iterator[Grid]:
    rows = iter(boxes)
    for count in tables_in([[box[0] for box in row] for row in boxes], _SAME_EDGE):
        yield _grid(list(islice(rows, count)), cells)


def _grid(boxes: Sequence[Sequence[Box]], cells: dict[Box, GridCell]) -> Grid:
    """The cells on the columns that all rows together need; merged ones repeat where they cover."""
    edges: list[float] = []
    for left in sorted(box[0] for row in boxes for box in row):
        if not edges or left - edges[-1] > _SAME_EDGE:
            edges.append(left)
    rows = [[GridCell() for _ in edges] for _ in boxes]
    for down, row in enumerate(boxes):
        for box in row:
            first = bisect_right(edges, box[0] + _SAME_EDGE) - 1
            past = max(first + 1, bisect_right(edges, box[2] - _SAME_EDGE))
            own = cells[box]
            margin = min((line.segments[0].left for line in own.lines), default=box[0]) - box[0]
            own.right = box[2] - max(0.0, margin)
            for under in range(down, len(boxes)):
                if under > down and (not boxes[under] or boxes[under][0][1] > box[3] - 1):
                    break
                for column in range(first, past):
                    is_own = (under, column) == (down, first)
                    rows[under][column] = own if is_own else GridCell(own.lines, own.right, covered=True)
    return Grid(tuple(edges), rows)
