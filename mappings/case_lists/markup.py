"""HTML, as mail bodies hold it → content: tables, headings and lines; nothing is fetched and nothing runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from mappings.case_lists.content import Cell, Content, Line, Row, Table, clean
from mappings.case_lists.refusals import Refusal, Refused

HTML = "text/html"
_MOST_ELEMENTS = 200_000
_MOST_SPAN = 200
_UNSEEN = {"script", "style", "head", "template", "noscript"}
_BREAKS = {"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "section", "article", "hr"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6", "title"}


def read_markup(text: str) -> Content:
    """The blocks of a page in order; a table that only lays out other tables is taken apart into lines."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    reader.end_line()
    return Content(HTML, tuple(reader.blocks))


@dataclass(slots=True)
class _OpenTable:
    """A table whose end has not come yet; `above` are cells that reach down from earlier rows."""

    rows: list[list[Cell]] = field(default_factory=list)
    above: dict[int, tuple[int, str]] = field(default_factory=dict)
    text: list[str] | None = None
    span: tuple[int, int] = (1, 1)
    lays_out: bool = False


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Line | Table] = []
        self.open: list[_OpenTable] = []
        self.words: list[str] = []
        self.unseen = 0
        self.heading = False
        self.tables = self.lines = self.elements = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements += 1
        if self.elements > _MOST_ELEMENTS:
            raise Refused(Refusal.TOO_MUCH)
        if tag in _UNSEEN:
            self.unseen += 1
        elif tag == "table":
            self._open_table()
        elif tag == "tr" and self.open:
            self._end_cell()
            self.open[-1].rows.append([])
        elif tag in ("td", "th") and self.open:
            self._end_cell()
            self.open[-1].text = []
            self.open[-1].span = (_span(attrs, "colspan"), _span(attrs, "rowspan"))
        elif tag in _BREAKS:
            self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self.unseen = max(0, self.unseen - 1)
        elif tag == "table" and self.open:
            self._close_table()
        elif tag in ("td", "th") and self.open:
            self._end_cell()
        elif tag in _BREAKS:
            self._break("")

    def handle_data(self, data: str) -> None:
        if self.unseen:
            return
        told = " ".join(data.split())
        told = f" {told}" if data[:1].isspace() else told
        if self.open and self.open[-1].text is not None:
            self.open[-1].text.append(told + (" " if data[-1:].isspace() else ""))
        elif not self.open:
            self.words.append(told + (" " if data[-1:].isspace() else ""))

    def _break(self, tag: str) -> None:
        if self.open and self.open[-1].text is not None:
            self.open[-1].text.append("\n")
        elif not self.open:
            self.end_line()
            self.heading = tag in _HEADINGS

    def end_line(self) -> None:
        text = clean("".join(self.words)).strip()
        self.words = []
        if text:
            self.lines += 1
            self.blocks.append(Line(" ".join(text.split()), f"line {self.lines}", self.heading))

    def _open_table(self) -> None:
        if self.open:
            self.open[-1].lays_out = True
            self._spill()
        else:
            self.end_line()
        self.open.append(_OpenTable())

    def _spill(self) -> None:
        """Text of a cell that turns out to hold a table stands as lines of its own."""
        outer = self.open[-1]
        for line in clean("".join(outer.text or [])).split("\n"):
            if line.strip():
                self.lines += 1
                self.blocks.append(Line(" ".join(line.split()), f"line {self.lines}"))
        outer.text = []

    def _end_cell(self) -> None:
        table = self.open[-1]
        if table.text is None:
            return
        if table.lays_out:
            self._spill()
        text = clean("\n".join(part.strip() for part in "".join(table.text).split("\n"))).strip("\n")
        table.text = None
        if not table.rows:
            table.rows.append([])
        row, (wide, deep) = table.rows[-1], table.span
        _fill_from_above(table, row)
        for offset in range(wide):
            if deep > 1:
                table.above[len(row)] = (deep - 1, text)
            row.append(Cell(text, covered=offset > 0))

    def _close_table(self) -> None:
        self._end_cell()
        table = self.open.pop()
        if table.lays_out:
            return
        self.tables += 1
        where = f"table {self.tables}"
        rows = []
        for number, cells in enumerate(table.rows, start=1):
            place = f"{where} row {number}"
            rows.append(Row(number, tuple(Cell(c.text, place, covered=c.covered) for c in cells), place))
        self.blocks.append(Table(tuple(rows), "", where))


def _fill_from_above(table: _OpenTable, row: list[Cell]) -> None:
    """Cells that reach down into this row stand before the next one that is its own."""
    while len(row) in table.above:
        at = len(row)
        left, text = table.above.pop(at)
        if left > 1:
            table.above[at] = (left - 1, text)
        row.append(Cell(text, covered=True))


def _span(attrs: list[tuple[str, str | None]], name: str) -> int:
    value = dict(attrs).get(name) or "1"
    return min(int(value), _MOST_SPAN) if value.isdigit() and int(value) > 0 else 1
