"""Word 97-2003 documents (.doc) → content: the same lines and tables that the same document has as .docx.

Cells and rows are found by the marks and formats that Word itself goes by (2.4.3 to 2.4.5 of [MS-DOC]), never by how
the text looks. A file whose marks do not add up is refused: half a row read would be a person in the wrong column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise

from mappings.case_lists.adjacent_tables import tables_in
from mappings.case_lists.content import Cell, Content, Line, Noticed, Row, Table, clean
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.refusals import Refusal, Refused
from mappings.case_lists.word97_file import ANCHORS, HEADERS, TEXT_BOXES, Word97File, headings_of, number
from mappings.case_lists.word97_formats import Formats
from mappings.case_lists.word97_rows import SAME_EDGE, RowRead, cells_on_grid, cells_told, grid_of
from mappings.case_lists.word97_text import CELL, Paragraph, TextReader

_DEEPEST = 20  # tables within tables
_PAGE_HEADERS = (0, 1, 4)  # of the six stories of a section: even, odd and first page's header (PlcfHdd, 2.8.20)


def read_word97(file: Word97File, media_type: str) -> Content:
    """The body, after the headers of the page; comments and notes are noticed."""
    formats = Formats(file)
    reader = _Reader(headings_of(file), _Boxes(file, formats))
    reader.read(TextReader(file, formats).paragraphs(*file.stories["body"]))
    reader.read_boxes(reader.boxes.left())
    headers = tuple(Line(text, "page header") for text in _page_headers(file, formats))
    noticed = list(dict.fromkeys([*reader.noticed, *_other_stories(file, formats)]))
    return Content(media_type, (*headers, *reader.blocks), tuple(noticed))


def _page_headers(file: Word97File, formats: Formats) -> dict[str, None]:
    """The words at the top of the page: often the only place that names the meeting."""
    lines: dict[str, None] = {}
    start, end = file.stories["headers"]
    places = file.plc(HEADERS, 0).places
    ranges = [(start + first, min(end, start + last)) for first, last in pairwise(places)]
    chosen = [one for at, one in enumerate(ranges[6:]) if at % 6 in _PAGE_HEADERS]
    for first, last in (*chosen, file.stories["header boxes"]):
        for paragraph in TextReader(file, formats).paragraphs(first, max(first, last)):
            text = clean(paragraph.text).strip()
            if text:
                lines[text] = None
    return lines


def _other_stories(file: Word97File, formats: Formats) -> Iterator[Noticed]:
    """Comments and notes that hold words: nobody puts a victim there, but nobody may lose one there either."""
    for name, where, doubt in (
        ("comments", "comments", Doubt.COMMENTS),
        ("footnotes", "notes", Doubt.UNREAD_PART),
        ("endnotes", "notes", Doubt.UNREAD_PART),
    ):
        found = TextReader(file, formats).paragraphs(*file.stories[name])
        if any(clean(paragraph.text).strip() for paragraph in found):
            yield Noticed(where, doubt.value)


@dataclass(slots=True)
class _Boxes:
    """Text boxes by the place in the body where they hang; each is read once."""

    file: Word97File
    formats: Formats
    ranges: dict[int, tuple[int, int]] = field(init=False)
    anchors: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        """The shape's number stands in both lists (PlcfSpa, 2.8.37, and PlcftxbxTxt, 2.8.32)."""
        start, end = self.file.stories["text boxes"]
        boxes, anchors = self.file.plc(TEXT_BOXES, 22), self.file.plc(ANCHORS, 26)
        self.ranges = {}
        for at, thing in enumerate(boxes.things):
            first, last = start + boxes.places[at], min(end, start + boxes.places[at + 1])
            shape = number(thing, 14, "<I")
            if first < last:
                self.ranges[shape if shape not in self.ranges else -1 - at] = (first, last)
        self.anchors = {
            place: number(thing, 0, "<I") for place, thing in zip(anchors.places, anchors.things, strict=False)
        }

    def at(self, place: int) -> list[tuple[int, int]]:
        found = self.ranges.pop(self.anchors.get(place, -1), None)
        return [found] if found is not None else []

    def left(self) -> list[tuple[int, int]]:
        """Those that hang on nothing that we know, such as one box inside a group of drawings."""
        found, self.ranges = list(self.ranges.values()), {}
        return found


@dataclass(slots=True)
class _OpenTable:
    """A table whose end has not come: its finished rows, the cells of the row at hand, the lines of the cell."""

    rows: list[tuple[RowRead, frozenset[Doubt]]] = field(default_factory=list)
    cells: list[str] = field(default_factory=list, repr=False)
    lines: list[str] = field(default_factory=list, repr=False)
    seen: set[Doubt] = field(default_factory=set)
    inner: list[_OpenTable] = field(default_factory=list)
    boxes: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class _Reader:
    headings: frozenset[int]
    boxes: _Boxes
    blocks: list[Line | Table] = field(default_factory=list)
    noticed: list[Noticed] = field(default_factory=list)
    open: list[_OpenTable] = field(default_factory=list)
    tables: int = 0
    paragraphs: int = 0

    def read(self, paragraphs: Iterator[Paragraph]) -> None:
        for paragraph in paragraphs:
            depth = paragraph.format.depth
            if depth > _DEEPEST:
                raise Refused(Refusal.TOO_MUCH)
            self._close(depth)
            while len(self.open) < depth:
                self.open.append(_OpenTable())
            if depth:
                self._read_in_table(paragraph, self.open[-1])
            else:
                self._read_line(paragraph)
        self._close(0)

    def read_boxes(self, ranges: list[tuple[int, int]]) -> None:
        for first, last in ranges:
            self.read(TextReader(self.boxes.file, self.boxes.formats).paragraphs(first, last))

    def _read_line(self, paragraph: Paragraph) -> None:
        if paragraph.mark == CELL:
            raise Refused(Refusal.TRUNCATED)  # a cell in no table
        self.paragraphs += 1
        where = f"paragraph {self.paragraphs}"
        self.noticed += [Noticed(where, doubt.value) for doubt in sorted(paragraph.seen)]
        heading = paragraph.format.style in self.headings
        for part in clean(paragraph.text).split("\n"):
            if part.strip():
                self.blocks.append(Line(part.strip(), where, heading))
        self.read_boxes([one for place in paragraph.drawn for one in self.boxes.at(place)])

    def _read_in_table(self, paragraph: Paragraph, table: _OpenTable) -> None:
        for outer in self.open:
            outer.seen |= paragraph.seen
        table.boxes += [one for place in paragraph.drawn for one in self.boxes.at(place)]
        if paragraph.format.ends_row:
            if table.lines or paragraph.text.strip():
                raise Refused(Refusal.TRUNCATED)  # words in no cell
            row = RowRead(tuple(table.cells), cells_told(paragraph.format.row))
            table.rows.append((row, frozenset(table.seen)))
            table.cells, table.seen = [], set()
            return
        table.lines.append(paragraph.text)
        if paragraph.format.ends_cell(paragraph.mark):
            table.cells.append(clean("\n".join(table.lines)))
            table.lines = []

    def _close(self, depth: int) -> None:
        """Tables deeper than this have ended; one inside another is read after it."""
        while len(self.open) > depth:
            ended = self.open.pop()
            if ended.cells or ended.lines:
                raise Refused(Refusal.TRUNCATED)  # a row without its end
            if self.open:
                self.open[-1].inner.append(ended)
            else:
                self._finish(ended)

    def _finish(self, table: _OpenTable) -> None:
        rows = iter(table.rows)
        for count in tables_in([[cell.left for cell in row.told] for row, _ in table.rows], SAME_EDGE):
            self._add_table(list(islice(rows, count)))
        for inner in table.inner:
            self._finish(inner)
        self.read_boxes(table.boxes)

    def _add_table(self, rows: Sequence[tuple[RowRead, frozenset[Doubt]]]) -> None:
        self.tables += 1
        where = f"table {self.tables}"
        grid = grid_of([row for row, _ in rows])
        above: dict[int, str] = {}
        made = []
        for count, (row, seen) in enumerate(rows, start=1):
            place = f"{where} row {count}"
            self.noticed += [Noticed(place, doubt.value) for doubt in sorted(seen)]
            if row.fits:
                cells = tuple(cells_on_grid(row, grid, above, place))
            else:  # nothing says over which columns its cells stand
                cells = tuple(Cell(text, place) for text in row.texts)
                self.noticed.append(Noticed(place, Doubt.ROW_UNCLEAR.value))
            made.append(Row(count, cells, place))
        self.blocks.append(Table(tuple(made), "", where))
