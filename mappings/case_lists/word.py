"""Word documents → content: paragraphs and tables in order, read from the document's own XML.

Everything that a reader of the page sees is text here: form fields, content controls, text boxes, accepted and
proposed insertions. What a library would skip without a word is either read or noticed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from mappings.case_lists.content import Cell, Content, Line, Noticed, Row, Table, clean
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.fields import name_of_field
from mappings.case_lists.packages import Package
from mappings.case_lists.refusals import Refusal, Refused
from mappings.case_lists.text_bodies import with_tables

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_SKIPPED = {
    _W + "instrText", _W + "delText", _W + "del", _W + "moveFrom", _W + "rPr", _W + "pPr", _W + "tcPr", _W + "trPr",
    _W + "sdtPr", _W + "fldData", _MC + "Fallback",
    _W + "tblPr", _W + "tblGrid", _W + "sectPr", _W + "footnoteReference",
}  # fmt: skip
_SHOWN = {_W + "tab": "\t", _W + "br": "\n", _W + "cr": "\n", _W + "noBreakHyphen": "-"}
_MOST_COLUMNS = 200


def read_word(package: Package, media_type: str) -> Content:
    """The body, after the headers of the page, before its footnotes."""
    _check_fields(package)
    document = package.xml("word/document.xml")
    body = document.find(_W + "body")
    if body is None:
        raise Refused(Refusal.TRUNCATED)
    reader = _Reader()
    reader.read_blocks(body)
    headers = _page_headers(package)
    noticed = list(dict.fromkeys([*reader.noticed, *_other_parts(package)]))
    return Content(media_type, (*headers, *with_tables(reader.blocks)), tuple(noticed))


def _check_fields(package: Package) -> None:
    """Every instruction of a field, wherever it stands: most are cut over several runs, some over paragraphs."""
    for name in package.names_like("word/"):
        if b"fld" not in package.bytes_of(name).replace(b"\x00", b""):
            continue
        opened: list[list[str]] = []
        for element in package.xml(name).iter():
            if element.tag == _W + "fldSimple":
                name_of_field(element.get(_W + "instr", ""))
            elif element.tag == _W + "instrText" and opened:
                opened[-1].append(element.text or "")
            elif element.tag == _W + "fldChar" and element.get(_W + "fldCharType") == "begin":
                opened.append([])
            elif element.tag == _W + "fldChar" and opened:  # its result begins, or the field ends
                name_of_field("".join(opened[-1]))
                if element.get(_W + "fldCharType") == "end":
                    opened.pop()


def _page_headers(package: Package) -> list[Line]:
    """The words at the top of the page: often the only place that names the meeting."""
    lines: dict[str, None] = {}
    for name in package.names_like("word/header"):
        for paragraph in package.xml(name).iter(_W + "p"):
            text = clean(_text(paragraph)).strip()
            if text:
                lines[text] = None
    return [Line(text, "page header") for text in lines]


def _other_parts(package: Package) -> Iterator[Noticed]:
    """Comments and notes that hold words: nobody puts a victim there, but nobody may lose one there either."""
    if any(_holds_words(package, name, "comment") for name in package.names_like("word/comments.xml")):
        yield Noticed("comments", Doubt.COMMENTS.value)
    for part, kind in (("word/footnotes.xml", "footnote"), ("word/endnotes.xml", "endnote")):
        if any(_holds_words(package, name, kind) for name in package.names_like(part)):
            yield Noticed("notes", Doubt.UNREAD_PART.value)


def _holds_words(package: Package, name: str, kind: str) -> bool:
    return any(_text(element).strip() for element in package.xml(name).iter(_W + kind))


@dataclass(slots=True)
class _Reader:
    blocks: list[Line | Table] = field(default_factory=list)
    noticed: list[Noticed] = field(default_factory=list)
    tables: int = 0
    paragraphs: int = 0

    def read_blocks(self, parent: Element) -> None:
        for element in parent:
            if element.tag == _W + "p":
                self._read_paragraph(element)
            elif element.tag == _W + "tbl":
                self._read_table(element)
            elif element.tag not in _SKIPPED:  # content controls and their kin
                self.read_blocks(element)

    def _read_paragraph(self, element: Element) -> None:
        self.paragraphs += 1
        where = f"paragraph {self.paragraphs}"
        self._notice(element, where)
        heading = _is_heading(element)
        for part in clean(_text(element)).split("\n"):
            if part.strip():
                self.blocks.append(Line(part.strip(), where, heading))
        for inner in _text_boxes(element):
            self.read_blocks(inner)

    def _read_table(self, element: Element) -> None:
        if _lays_out(element):
            for cell in (cell for row in _rows(element) for cell in _row_cells(row)):
                self.read_blocks(cell)
            return
        self.tables += 1
        where = f"table {self.tables}"
        rows: list[Row] = []
        above: dict[int, str] = {}
        for number, row in enumerate(_rows(element), start=1):
            place = f"{where} row {number}"
            self._notice(row, place)
            if _is_deleted(row):
                self.noticed.append(Noticed(place, Doubt.TRACKED_CHANGES.value))
            rows.append(Row(number, tuple(_cells(row, place, above)), place))
        self.blocks.append(Table(tuple(rows), "", where))
        for inner in (inner for row in _rows(element) for cell in _row_cells(row) for inner in _inside(cell)):
            if inner.tag == _W + "tbl":
                self._read_table(inner)
            else:
                self.read_blocks(inner)

    def _notice(self, element: Element, where: str) -> None:
        """Changes that nobody has accepted, and words struck out, may mean that the words do not count."""
        if any(_text_of_changes(element)):
            self.noticed.append(Noticed(where, Doubt.TRACKED_CHANGES.value))
        for run in element.iter(_W + "r"):
            if _is_on(run, "strike") or _is_on(run, "dstrike"):
                if _text(run).strip():
                    self.noticed.append(Noticed(where, Doubt.STRUCK_OUT.value))
                    return
            elif _is_on(run, "vanish") and _text(run).strip():
                self.noticed.append(Noticed(where, Doubt.HIDDEN.value))
                return


def _lays_out(table: Element) -> bool:
    """Whether a table only places what it holds: a box round text, or tables side by side."""
    rows = [list(_row_cells(row)) for row in _rows(table)]
    if all(len(cells) == 1 for cells in rows):
        return True
    holding = [cells for cells in rows if any(cell.find(_W + "tbl") is not None for cell in cells)]
    return bool(holding) and all(
        cell.find(_W + "tbl") is not None or not _cell_text(cell).strip() for cells in holding for cell in cells
    )


def _text_of_changes(element: Element) -> Iterator[bool]:
    for tag in ("ins", "del", "moveFrom", "moveTo"):
        for change in element.iter(_W + tag):
            words = "".join(part.text or "" for part in change.iter() if part.tag in (_W + "t", _W + "delText"))
            yield bool(words.strip())


def _is_on(run: Element, name: str) -> bool:
    mark = run.find(f"{_W}rPr/{_W}{name}")
    return mark is not None and mark.get(_W + "val") not in ("0", "false", "none")


def _is_deleted(row: Element) -> bool:
    return row.find(f"{_W}trPr/{_W}del") is not None


def _is_heading(paragraph: Element) -> bool:
    style = paragraph.find(f"{_W}pPr/{_W}pStyle")
    named = (style.get(_W + "val") or "").casefold() if style is not None else ""
    return named.startswith(("heading", "title", "subtitle"))


def _rows(table: Element) -> Iterator[Element]:
    for element in table:
        if element.tag == _W + "tr":
            yield element
        elif element.tag not in _SKIPPED:
            yield from _rows(element)


def _row_cells(row: Element) -> Iterator[Element]:
    for element in row:
        if element.tag == _W + "tc":
            yield element
        elif element.tag not in _SKIPPED:
            yield from _row_cells(element)


def _cells(row: Element, where: str, above: dict[int, str]) -> Iterator[Cell]:
    """The cells of a row on the table's grid: merged ones repeat in every column and row that they cover."""
    column = _grid_offset(row)
    for _ in range(column):
        yield Cell("", where)
    for cell in _row_cells(row):
        span = min(_number(cell, "gridSpan", 1), _MOST_COLUMNS)
        merge = cell.find(f"{_W}tcPr/{_W}vMerge")
        continued = merge is not None and merge.get(_W + "val") != "restart"
        text = above.get(column, "") if continued else _cell_text(cell)
        for offset in range(span):
            above[column + offset] = text
            yield Cell(text, where, covered=continued or offset > 0)
        column += span


def _grid_offset(row: Element) -> int:
    before = row.find(f"{_W}trPr/{_W}gridBefore")
    return min(int(before.get(_W + "val") or 0), _MOST_COLUMNS) if before is not None else 0


def _number(cell: Element, name: str, default: int) -> int:
    element = cell.find(f"{_W}tcPr/{_W}{name}")
    value = element.get(_W + "val") if element is not None else None
    return int(value) if value is not None and value.isdigit() and int(value) > 0 else default


def _cell_text(cell: Element) -> str:
    """The paragraphs of a cell, a line each; a table inside it is read as a table of its own."""
    lines = [_text(paragraph) for paragraph in _paragraphs(cell)]
    return clean("\n".join(lines))


def _paragraphs(parent: Element) -> Iterator[Element]:
    for element in parent:
        if element.tag == _W + "p":
            yield element
        elif element.tag != _W + "tbl" and element.tag not in _SKIPPED:
            yield from _paragraphs(element)


def _inside(parent: Element) -> Iterator[Element]:
    """The tables and text boxes that stand in a cell, but not what stands in those."""
    for element in parent:
        if element.tag in (_W + "tbl", _W + "txbxContent"):
            yield element
        elif element.tag not in _SKIPPED:
            yield from _inside(element)


def _text_boxes(paragraph: Element) -> Iterator[Element]:
    """Text boxes stand inside runs; the fallback copy of each is left out."""
    stack = [paragraph]
    while stack:
        for element in stack.pop():
            if element.tag == _W + "txbxContent":
                yield element
            elif element.tag not in _SKIPPED:
                stack.append(element)


def _text(element: Element) -> str:
    """The words of an element in order; of form fields the result, never the instruction."""
    parts: list[str] = []
    choices: list[tuple[str, int]] = []  # of the fields that have begun, with how much was there before
    stack = [iter(element)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
        elif child.tag == _W + "t":
            parts.append(child.text or "")
        elif child.tag in _SHOWN:
            parts.append(_SHOWN[child.tag])
        elif child.tag == _W + "fldChar":
            _turn(child, choices, parts)
        elif child.tag != _W + "txbxContent" and child.tag not in _SKIPPED:
            stack.append(iter(child))
    return "".join(parts)


def _turn(mark: Element, choices: list[tuple[str, int]], parts: list[str]) -> None:
    """A field begins or ends; a drop-down field keeps what is chosen apart from the text."""
    match mark.get(_W + "fldCharType"):
        case "begin":
            choices.append((_chosen(mark), len(parts)))
        case "end" if choices:
            choice, before = choices.pop()
            if not "".join(parts[before:]).strip():
                parts.append(choice)


def _chosen(mark: Element) -> str:
    choices = mark.find(f"{_W}ffData/{_W}ddList")
    if choices is None:
        return ""
    entries = [entry.get(_W + "val") or "" for entry in choices.findall(_W + "listEntry")]
    for name in ("result", "default"):
        told = choices.find(_W + name)
        value = told.get(_W + "val") or "" if told is not None else ""
        if value.isdigit():
            return entries[int(value)] if int(value) < len(entries) else ""
    return entries[0] if entries else ""
