"""PDFs with a text layer → content: ruled tables with their cells' lines made whole again, and the lines between them.

A narrow column breaks names and addresses over several lines. A line that was broken only because the next word did
not fit is joined again; one that ends early was ended on purpose and stays a line of its own.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from mappings.case_lists.content import Cell, Content, Line, Noticed, Row, Table, clean
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.refusals import Refusal, Refused

MEDIA_TYPE = "application/pdf"
MOST_PAGES = 300
_ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|RichMedia)\b")
_SAME_COLUMN = 3.0  # points by which a rule may stray from page to page


def read_pdf(data: bytes, passwords: Sequence[str]) -> Content:
    """All pages as one run of lines and tables; a table that goes on over the page goes on here too."""
    if _ACTIVE.search(data):
        raise Refused(Refusal.ACTIVE_CONTENT)
    pages, noticed = [], []
    with _opened(data, passwords) as document:
        if len(document.pages) > MOST_PAGES:
            raise Refused(Refusal.TOO_MUCH)
        if len(document.pages) != _pages_promised(document):
            raise Refused(Refusal.TRUNCATED)  # a page that is not found is people who are lost
        for number, page in enumerate(document.pages, start=1):
            if page.chars:
                pages.append(_Page(number, list(_blocks(page))))
            elif page.images or page.rects:
                noticed.append(Noticed(f"page {number}", Doubt.UNREAD_PART.value))
            page.close()
    if not pages:
        raise Refused(Refusal.NO_TEXT_LAYER)
    return Content(MEDIA_TYPE, tuple(_numbered(_joined(pages))), tuple(noticed))


def _opened(data: bytes, passwords: Sequence[str]) -> Any:
    import pdfplumber
    from pdfplumber.utils.exceptions import PdfminerException

    protected = b"/Encrypt" in data
    for password in ("", *passwords) if protected else ("",):
        try:
            return pdfplumber.open(io.BytesIO(data), password=password)
        except PdfminerException as error:
            if not protected:
                raise Refused(Refusal.TRUNCATED) from error
    raise Refused(Refusal.PROTECTED)


def _pages_promised(document: Any) -> int:
    """How many pages the document says that it has."""
    from pdfminer.pdftypes import resolve1

    pages = resolve1(document.doc.catalog.get("Pages"))
    count = resolve1(pages.get("Count")) if isinstance(pages, dict) else None
    return count if isinstance(count, int) else len(document.pages)


# --- one page


@dataclass(frozen=True, slots=True)
class _TextLine:
    """A line in its cell: how much room it left, and how wide its first word and letter are."""

    text: str
    room: float
    first_word: float
    first_letter: float


@dataclass(slots=True)
class _Grid:
    """A ruled table of one page: its column edges and its rows of cells, each a list of lines."""

    edges: tuple[float, ...]
    rows: list[list[list[_TextLine]]] = field(default_factory=list)


@dataclass(slots=True)
class _Page:
    number: int
    blocks: list[str | _Grid]


def _blocks(page: Any) -> Iterator[str | _Grid]:
    """The page's tables and the lines outside them, from top to bottom."""
    tables = [table for table in page.find_tables() if len(table.rows) and len(table.rows[0].cells) > 1]
    found: list[tuple[float, str | _Grid]] = [(table.bbox[1], _grid(page, table)) for table in tables]
    for line in page.extract_text_lines(return_chars=False, strip=True):
        middle = (line["top"] + line["bottom"]) / 2
        if not any(table.bbox[1] <= middle <= table.bbox[3] for table in tables):
            found.append((line["top"], line["text"]))
    return iter([block for _, block in sorted(found, key=lambda pair: pair[0])])


def _grid(page: Any, table: Any) -> _Grid:
    words = page.extract_words(return_chars=True)
    edges = tuple(cell[0] for cell in table.rows[0].cells if cell)
    grid = _Grid(edges)
    for row in table.rows:
        grid.rows.append([_cell_lines(words, cell) for cell in row.cells])
    return grid


def _cell_lines(words: Sequence[dict[str, Any]], cell: tuple[float, float, float, float] | None) -> list[_TextLine]:
    """The words whose middle lies in a cell, line by line."""
    if cell is None:
        return []
    left, top, right, bottom = cell
    inside = [
        w for w in words if left <= (w["x0"] + w["x1"]) / 2 <= right and top <= (w["top"] + w["bottom"]) / 2 <= bottom
    ]
    lines: list[list[dict[str, Any]]] = []
    for word in sorted(inside, key=lambda w: (round(w["top"]), w["x0"])):
        if lines and abs(lines[-1][0]["top"] - word["top"]) < (word["bottom"] - word["top"]) / 2:
            lines[-1].append(word)
        else:
            lines.append([word])
    margin = min((word["x0"] for word in inside), default=left) - left
    return [_text_line(sorted(line, key=lambda w: w["x0"]), right - margin) for line in lines]


def _text_line(words: list[dict[str, Any]], right: float) -> _TextLine:
    word, letter = words[0], words[0]["chars"][0]
    text = " ".join(one["text"] for one in words)
    return _TextLine(text, right - words[-1]["x1"], word["x1"] - word["x0"], letter["x1"] - letter["x0"])


# --- all pages together


def _joined(pages: Sequence[_Page]) -> Iterator[tuple[int, str | _Grid]]:
    """The blocks of all pages; a grid that opens a page with the columns of the last one goes on with it."""
    last: tuple[int, _Grid] | None = None
    for page in pages:
        for at, block in enumerate(page.blocks):
            if isinstance(block, str):
                if last is not None and (at > 0 or not any(isinstance(b, _Grid) for b in page.blocks)):
                    yield last
                    last = None
                yield page.number, block
            elif last is not None and _same_columns(last[1], block):
                _go_on(last[1], block)
            else:
                if last is not None:
                    yield last
                last = (page.number, block)
    if last is not None:
        yield last


def _same_columns(one: _Grid, other: _Grid) -> bool:
    return len(one.edges) == len(other.edges) and all(
        abs(a - b) <= _SAME_COLUMN for a, b in zip(one.edges, other.edges, strict=True)
    )


def _go_on(grid: _Grid, more: _Grid) -> None:
    """Rows of the next page; if the first one has no first cell it is the rest of the row before."""
    rows = list(more.rows)
    head = [[line.text for line in cell] for cell in grid.rows[0]] if grid.rows else []
    if rows and [[line.text for line in cell] for cell in rows[0]] == head:
        rows = rows[1:]  # the headings again
    if rows and grid.rows and not rows[0][0]:
        for cell, rest in zip(grid.rows[-1], rows[0], strict=False):
            cell.extend(rest)
        rows = rows[1:]
    grid.rows += rows


def _numbered(blocks: Iterator[tuple[int, str | _Grid]]) -> Iterator[Line | Table]:
    tables = 0
    for page, block in blocks:
        if isinstance(block, str):
            yield Line(clean(block), f"page {page}")
            continue
        tables += 1
        where = f"table {tables}"
        rows = []
        for number, cells in enumerate(block.rows, start=1):
            place = f"{where} row {number}"
            rows.append(Row(number, tuple(Cell(clean(made_whole(cell)), place) for cell in cells), place))
        yield Table(tuple(rows), "", where)


def made_whole(lines: Sequence[_TextLine]) -> str:
    """The text of a cell with the breaks that its narrowness made taken out again."""
    text = ""
    for at, line in enumerate(lines):
        if at:
            text += _between(lines[at - 1], line)
        text += line.text
    return text


def _between(line: _TextLine, following: _TextLine) -> str:
    """What stood between two lines: nothing inside a broken word, a space where a word did not fit, else a new line."""
    if line.text.endswith("-") and following.first_word > line.room:
        return ""
    if " " not in line.text and line.room < following.first_letter and not line.text.endswith((",", ".", ":", ";")):
        return ""
    return " " if following.first_word + following.first_letter / 3 > line.room else "\n"
