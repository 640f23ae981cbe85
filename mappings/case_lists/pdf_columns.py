"""Text that a PDF sets in columns without ruled lines: read as a table only where rows and columns cannot be mistaken.

Where a cell begins follows from the order in which the text was drawn, not from the gaps: a spreadsheet draws a long
text right over the cell beside it. Which lines make a row does not follow from anything, if cells have several lines;
so every line has to begin in the first column, and none may look like the rest of the one above it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

_SAME_EDGE = 2.0  # points
_GAP, _STEP_BACK, _SPACE = 0.9, -0.4, 0.15  # of the size of the letters
_SAME_LINE = 0.4


@dataclass(frozen=True, slots=True)
class Segment:
    """Text that was drawn in one go, on one line."""

    text: str = field(repr=False)
    left: float
    right: float
    top: float
    bottom: float
    first_word: float
    first_letter: float
    letters_at: tuple[float, ...] = ()

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class TextLine:
    """The segments of one line, from left to right."""

    segments: tuple[Segment, ...]

    @property
    def top(self) -> float:
        return self.segments[0].top

    @property
    def right(self) -> float:
        return max(segment.right for segment in self.segments)

    @property
    def text(self) -> str:
        return " ".join(segment.text for segment in self.segments)

    def is_next(self, other: TextLine) -> bool:
        """Whether another line stands right under this one, and looks the same."""
        last, first = self.segments[-1], other.segments[0]
        alike = abs(last.height - first.height) < last.height / 8
        return alike and len(other.segments) == 1 and first.top - last.bottom < last.height / 2

    def with_more(self, other: TextLine) -> TextLine:
        """This line and the next as one, which ends where the next one does."""
        (more,) = other.segments
        return TextLine((*self.segments[:-1], replace(more, text=f"{self.segments[-1].text} {more.text}")))

    @property
    def overlaps(self) -> bool:
        """Whether one text is drawn over another."""
        return any(after.left < before.right - 1 for before, after in pairwise(self.segments))


@dataclass(frozen=True, slots=True)
class Columned:
    """Lines in columns: the left edge of each column, and what each line has in it."""

    edges: tuple[float, ...]
    lines: tuple[TextLine, ...]
    cells: tuple[tuple[TextLine | None, ...], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unclear:
    """Lines in columns whose rows or columns could be mistaken."""

    lines: tuple[TextLine, ...]


def in_lines(segments: Iterable[Segment]) -> list[TextLine]:
    """Segments as lines from top to bottom; what was drawn twice in one place, as for bold type, stands once."""
    lines: list[list[Segment]] = []
    for segment in sorted(segments, key=lambda one: (one.top, one.left)):
        if lines and abs(lines[-1][0].top - segment.top) < _SAME_LINE * segment.height:
            if not any(_is_double(segment, one) for one in lines[-1]):
                lines[-1].append(segment)
        else:
            lines.append([segment])
    return [TextLine(tuple(sorted(line, key=lambda one: one.left))) for line in lines]


def _is_double(one: Segment, other: Segment) -> bool:
    return one.text == other.text and abs(one.left - other.left) < 1 and abs(one.top - other.top) < 1


def segments_of(
    chars: Sequence[dict[str, Any]], cell_of: Callable[[dict[str, Any]], object] | None = None
) -> list[Segment]:
    """The letters of a page, in the order in which they were drawn, as texts; where cells are known they part them."""
    made: list[Segment] = []
    held: list[dict[str, Any]] = []
    for char in chars:
        if held and not (_goes_on(held[-1], char) and (cell_of is None or _in_one_cell(held[-1], char, cell_of))):
            made += _made(held)
            held = []
        held.append(char)
    return [*made, *_made(held)]


def _goes_on(last: dict[str, Any], char: dict[str, Any]) -> bool:
    size, gap = char["bottom"] - char["top"], char["x0"] - last["x1"]
    return bool(
        abs(char["top"] - last["top"]) < _SAME_LINE * size
        and _STEP_BACK * size < gap < _GAP * size
        and char.get("upright") == last.get("upright")
    )


def _in_one_cell(last: dict[str, Any], char: dict[str, Any], cell_of: Callable[[dict[str, Any]], object]) -> bool:
    """A text may run out of its cell, but only where no more than a space stands at the rule."""
    if not last["text"].strip() or char["x0"] - last["x1"] < _SPACE * (char["bottom"] - char["top"]):
        return True
    return cell_of(last) == cell_of(char)


def overprinted(segments: Sequence[Segment]) -> bool:
    """Whether texts of different lines stand over each other: rows that are too low for what they hold."""
    ordered = sorted(segments, key=lambda one: one.top)
    for at, one in enumerate(ordered):
        for other in ordered[at + 1 :]:
            low = min(one.height, other.height)
            if other.top > one.bottom - low / 3:
                break
            over = min(one.right, other.right) - max(one.left, other.left)
            if over > 1 and low / 5 < other.top - one.top and max(one.height, other.height) < 2 * low:
                return True
    return False


def _made(chars: list[dict[str, Any]]) -> Iterator[Segment]:
    while chars and not chars[-1]["text"].strip():
        chars = chars[:-1]
    while chars and not chars[0]["text"].strip():
        chars = chars[1:]
    if not chars:
        return
    text, first_end = "", chars[-1]["x1"]
    for before, char in zip([chars[0], *chars], chars, strict=False):
        apart = char["x0"] - before["x1"] > _SPACE * (char["bottom"] - char["top"])
        if apart and not text[-1:].isspace() and char["text"].strip():
            text += " "
        text += char["text"]
        if " " in text.strip() or not char["text"].strip():
            first_end = min(first_end, before["x1"])
    first, last = chars[0], chars[-1]
    yield Segment(
        text, first["x0"], last["x1"], first["top"], first["bottom"], first_end - first["x0"],
        first["x1"] - first["x0"], tuple(char["x0"] for char in chars),
    )  # fmt: skip


# --- columns


def taken_apart(lines: Sequence[TextLine], before: Columned | None = None) -> Iterator[TextLine | Columned | Unclear]:
    """Lines in columns together, all others by themselves; `before` is what ends the page before this one."""
    found = list(_runs(lines, before))
    for at, one in enumerate(found):
        beside = [other for other in found[max(0, at - 1) : at + 2] if isinstance(other, Columned)]
        above = found[at - 1] if at else None
        if isinstance(one, TextLine) and any(_may_belong_to(one, other) for other in beside):
            yield Unclear((one,))
        elif isinstance(one, Columned) and isinstance(above, TextLine) and _stands_over(above, one):
            yield Unclear(one.lines)
        else:
            yield one


def _may_belong_to(line: TextLine, beside: Columned) -> bool:
    """Whether a line right above or below has a letter just where a column begins: it may be two texts."""
    first, last = beside.lines[0].segments[0], beside.lines[-1].segments[0]
    close = min(abs(first.top - line.segments[0].bottom), abs(line.top - last.bottom)) < first.height
    return close and _hides_a_cell(line.segments[0], beside.edges[1:])


def _stands_over(line: TextLine, below: Columned) -> bool:
    """Whether a line right above columns begins with one that is not the first: a part of its first row."""
    left, height = line.segments[0].left, line.segments[0].height
    aligned = any(abs(left - edge) <= _SAME_EDGE for edge in below.edges[1:])
    return aligned and below.lines[0].top - line.segments[0].bottom < height


def _runs(lines: Sequence[TextLine], before: Columned | None) -> Iterator[TextLine | Columned | Unclear]:
    run: list[TextLine] = []
    for line in lines:
        if len(line.segments) > 1 or (run and (_stands_in_first_column(line, run) or _hangs_below(line, run))):
            run.append(line)
            continue
        yield from _understood(run, before)
        if run:
            before = None
        run = []
        yield line
    yield from _understood(run, before)


def _stands_in_first_column(line: TextLine, run: Sequence[TextLine]) -> bool:
    """Whether a text alone on its line stands in the first column, and ends before the second."""
    (segment,) = line.segments
    first = min(one.segments[0].left for one in run)
    seconds = [one.segments[1].left for one in run if len(one.segments) > 1]
    return abs(segment.left - first) <= _SAME_EDGE and segment.right < min(seconds)


def _hangs_below(line: TextLine, run: Sequence[TextLine]) -> bool:
    """Whether a text alone on its line stands right under one of another column: the rest of what is there."""
    (segment,) = line.segments
    over = run[-1].segments[0]
    aligned = any(abs(segment.left - other.left) <= _SAME_EDGE for one in run for other in one.segments[1:])
    return aligned and segment.top - over.bottom < segment.height


def _understood(run: Sequence[TextLine], before: Columned | None) -> Iterator[TextLine | Columned | Unclear]:
    """A run of lines in columns; what stands alone under its first column, and is no rest of it, is not part of it."""
    tail = len(run)
    while tail > 1 and _stands_alone(run[tail - 1], run[tail - 2], run):
        tail -= 1
    body, rest = run[:tail], run[tail:]
    if sum(len(line.segments) > 1 for line in body) < 2 or not _aligned(body):
        yield from (Unclear((line,)) if line.overlaps else line for line in body)
    else:
        yield _columned(body, before) or Unclear(tuple(body))
    yield from rest


def _stands_alone(line: TextLine, above: TextLine, run: Sequence[TextLine]) -> bool:
    if len(line.segments) > 1 or not _stands_in_first_column(line, run):
        return False
    second = min(one.segments[1].left for one in run if len(one.segments) > 1)
    room = second - above.segments[0].right
    return room < 0 or line.segments[0].first_word < room - _SAME_EDGE


def _aligned(lines: Sequence[TextLine]) -> bool:
    """Whether two lines have an edge in common that is not their first."""
    edges = [segment.left for line in lines for segment in line.segments[1:]]
    return any(abs(a - b) <= _SAME_EDGE for at, a in enumerate(edges) for b in edges[:at])


def _columned(lines: Sequence[TextLine], before: Columned | None) -> Columned | None:
    """The lines as a table, unless a row or column of it could be mistaken."""
    edges = _edges(lines)
    if edges is not None and len(edges) > 2 and any(len(line.segments) == 1 for line in lines):
        return None  # a heading between, or a row with nothing but its first cell
    if edges is None and before is not None and all(_is_known(line, before) for line in lines):
        edges = before.edges
    if edges is None:
        return None
    cells = []
    for line in lines:
        row: list[TextLine | None] = [None] * len(edges)
        for segment in line.segments:
            column = _column(segment, edges)
            if column < 0 or row[column] is not None or _hides_a_cell(segment, edges[column + 1 :]):
                return None
            row[column] = TextLine((segment,))
        if row[0] is None:
            return None
        cells.append(tuple(row))
    end = max(segment.right for line in lines for segment in line.segments)
    if any(_may_go_on(above, line, edges, end) for above, line in pairwise(lines)):
        return None
    return Columned(edges, tuple(lines), tuple(cells))


def _is_known(line: TextLine, before: Columned) -> bool:
    """Whether every text begins just where one does on the page before."""
    known = [segment.left for one in before.lines for segment in one.segments]
    return all(any(abs(segment.left - left) <= _SAME_EDGE for left in known) for segment in line.segments)


def _edges(lines: Sequence[TextLine]) -> tuple[float, ...] | None:
    """The left edges of the columns; where texts are not all set flush left, the first line has to name each column."""
    lefts = sorted(segment.left for line in lines for segment in line.segments)
    groups: list[list[float]] = []
    for left in lefts:
        if groups and left - groups[-1][0] <= _SAME_EDGE:
            groups[-1].append(left)
        else:
            groups.append([left])
    edges: list[float] = []
    merged = False
    for group in groups:
        if edges and not _together(lines, edges[-1], group):
            merged = True
        else:
            edges.append(group[0])
    if merged and len(lines[0].segments) != len(edges):
        return None
    return tuple(edges)


def _together(lines: Sequence[TextLine], edge: float, group: Sequence[float]) -> bool:
    """Whether some line has a text that begins in the column so far, and another that begins in this group."""
    for line in lines:
        inside = [one.left for one in line.segments if edge - 0.01 <= one.left <= group[-1] + 0.01]
        if len(inside) > 1:
            return True
    return False


def _hides_a_cell(segment: Segment, further: Sequence[float]) -> bool:
    """Whether a letter in it stands just where a further column begins: it may be the text of that one."""
    return any(abs(letter - edge) <= 0.5 for letter in segment.letters_at[1:] for edge in further)


def _may_go_on(above: TextLine, line: TextLine, edges: Sequence[float], end: float) -> bool:
    """Whether everything in a line could be the rest of what stands above it, for want of room."""
    for segment in line.segments:
        column = _column(segment, edges)
        over = [one for one in above.segments if _column(one, edges) == column]
        bound = edges[column + 1] if column + 1 < len(edges) else end
        if not over or over[0].right > bound or segment.first_word < bound - over[0].right - _SAME_EDGE:
            return False
    return True


def _column(segment: Segment, edges: Sequence[float]) -> int:
    return bisect_right(edges, segment.left + _SAME_EDGE) - 1
