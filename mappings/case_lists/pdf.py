"""PDFs with a text layer → content: tables, and the lines between them, all pages as one run.

Ruled tables are read as they are ruled. Columns without rules are read only where nothing about them is in doubt.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from mappings.case_lists.content import Cell, Content, Line, Noticed, Row, Table, clean
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.pdf_columns import (
    Columned,
    TextLine,
    Unclear,
    in_lines,
    overprinted,
    segments_of,
    taken_apart,
)
from mappings.case_lists.pdf_tables import Box, Grid, GridCell, goes_on_below, ruled_tables
from mappings.case_lists.refusals import Refusal, Refused

MEDIA_TYPE = "application/pdf"
MOST_PAGES = 300
_ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|RichMedia)\b")
_PAGE_NUMBER = re.compile(r"\W*(?:page\s*)?\d{1,3}(?:\s*(?:of|/)\s*\d{1,3})?\W*", re.IGNORECASE)


def read_pdf(data: bytes, passwords: Sequence[str]) -> Content:
    """All pages as one run of lines and tables; a table that goes on over the page goes on here too."""
    if _ACTIVE.search(data):
        raise Refused(Refusal.ACTIVE_CONTENT)
    pages: list[_Page] = []
    noticed: list[Noticed] = []
    with _opened(data, passwords) as document:
        if len(document.pages) > MOST_PAGES:
            raise Refused(Refusal.TOO_MUCH)
        if len(document.pages) != _pages_promised(document):
            raise Refused(Refusal.TRUNCATED)  # a page that is not found is people who are lost
        for number, page in enumerate(document.pages, start=1):
            if page.chars:
                pages.append(_read_page(page, number, pages[-1] if pages else None))
                noticed += [Noticed(f"page {number}", doubt.value) for doubt in pages[-1].doubts]
            elif page.images or page.rects:
                noticed.append(Noticed(f"page {number}", Doubt.UNREAD_PART.value))
            page.close()
    if not pages:
        raise Refused(Refusal.NO_TEXT_LAYER)
    pages = _without_furniture(pages)
    return Content(MEDIA_TYPE, tuple(_numbered(_joined(pages))), tuple(noticed))


_MAY_HEAD_PEOPLE = re.compile(
    r"victim|surviv|perp|suspect|offend|abus|client|child|kid|harm|person|accus|respond|complain|name|case\s*\d",
    re.IGNORECASE,
)


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


@dataclass(slots=True)
class _Page:
    number: int
    blocks: list[_Block]
    doubts: list[Doubt] = field(default_factory=list)
    margins: frozenset[tuple[str, int]] = frozenset()


_Block = TextLine | Unclear | Grid


def _read_page(page: Any, number: int, last: _Page | None) -> _Page:
    """The page's tables and the lines outside them, from top to bottom."""
    tables, free = ruled_tables(page)
    frames = [table.box for table in tables]
    before = last.blocks[-1] if last and last.blocks else None
    columns = before.columns if isinstance(before, Grid) else None
    made, run = _Page(number, []), list[TextLine]()
    if any(table.runs_out for table in tables) or overprinted(segments_of(page.chars)):
        made.doubts.append(Doubt.OVERPRINTED)
    for line in [*in_lines(free), None]:
        while tables and (line is None or tables[0].box[1] < line.top):
            made.blocks += map(_block, taken_apart(run, columns))
            run, columns = [], None
            made.blocks += tables.pop(0).grids
        if line is not None:
            run.append(line)
    made.blocks += map(_block, taken_apart(run, columns))
    if any(isinstance(block, Unclear) for block in made.blocks):
        made.doubts.append(Doubt.NO_RULED_LINES)
    made.margins = frozenset(_in_margins(in_lines(free), frames, float(page.height)))
    made.blocks = list(_with_whole_lines(made.blocks, float(page.width)))
    return made


def _in_margins(lines: Sequence[TextLine], tables: Sequence[Box], height: float) -> Iterator[tuple[str, int]]:
    """Lines in the upper or lower tenth of the page, well apart from all else, that can be no heading over people."""
    edges = [(line.top, line.segments[0].bottom) for line in lines] + [(box[1], box[3]) for box in tables]
    for line in lines:
        top, bottom = line.top, line.segments[0].bottom
        apart = 1.5 * (bottom - top)
        if bottom < height / 10:
            gap = min((other for other, _ in edges if other > top + 1), default=height) - bottom
        elif top > height - height / 10:
            gap = top - max((other for _, other in edges if other < bottom - 1), default=0)
        else:
            continue
        if gap >= apart and not _MAY_HEAD_PEOPLE.search(line.text):
            yield _placed(line)


def _with_whole_lines(blocks: Sequence[_Block], width: float) -> Iterator[_Block]:
    """Lines of text that were broken only for want of room are one again; the margins are as wide on both sides."""
    lines = [block for block in blocks if isinstance(block, TextLine)]
    left = min((line.segments[0].left for line in lines), default=0)
    right = max([width - left, *(line.right for line in lines)])
    held: TextLine | None = None
    for block in blocks:
        if held and isinstance(block, TextLine) and held.is_next(block) and goes_on_below(held, block, right):
            held = held.with_more(block)
            continue
        if held:
            yield held
        held = block if isinstance(block, TextLine) else None
        if held is None:
            yield block
    if held:
        yield held


def _block(found: TextLine | Columned | Unclear) -> _Block:
    if not isinstance(found, Columned):
        return found
    rows = [[GridCell([line] if line else [], math.inf) for line in row] for row in found.cells]
    return Grid(found.edges, rows, found)


# --- all pages together


def _without_furniture(pages: Sequence[_Page]) -> list[_Page]:
    """The pages without their numbers, and without what stands in the margin of each alike, but for the first."""
    everywhere = frozenset.intersection(*(page.margins for page in pages)) if len(pages) > 1 else frozenset()
    return [_Page(page.number, [b for b in page.blocks if not _is_furniture(b, page, everywhere)]) for page in pages]


def _placed(line: TextLine) -> tuple[str, int]:
    return line.text, round(line.top)


def _is_furniture(block: _Block, page: _Page, everywhere: Container[tuple[str, int]]) -> bool:
    if not isinstance(block, TextLine):
        return False
    if _PAGE_NUMBER.fullmatch(block.text):
        return _placed(block) in page.margins
    return page.number > 1 and _placed(block) in everywhere


def _joined(pages: Sequence[_Page]) -> Iterator[tuple[int, _Block]]:
    """The blocks of all pages; a grid that opens a page with the columns of the last one goes on with it."""
    last: tuple[int, Grid] | None = None
    for page in pages:
        for at, block in enumerate(page.blocks):
            if isinstance(block, Grid) and at == 0 and last is not None and last[1].goes_on_in(block):
                last[1].go_on(block)
                continue
            if last is not None:
                yield last
            last = (page.number, block) if isinstance(block, Grid) else None
            if last is None:
                yield page.number, block
    if last is not None:
        yield last


def _numbered(blocks: Iterator[tuple[int, _Block]]) -> Iterator[Line | Table]:
    tables = 0
    for page, block in blocks:
        if isinstance(block, TextLine):
            yield Line(clean(block.text), f"page {page}")
            continue
        if isinstance(block, Unclear):
            yield from (Line(clean(line.text), f"page {page}", unclear=True) for line in block.lines)
            continue
        tables += 1
        where = f"table {tables}"
        rows = []
        for number, cells in enumerate(block.rows, start=1):
            place = f"{where} row {number}"
            made = tuple(Cell(clean(cell.text), place, covered=cell.covered) for cell in cells)
            rows.append(Row(number, made, place))
        yield Table(tuple(rows), "", where)
