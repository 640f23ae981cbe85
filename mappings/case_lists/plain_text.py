"""A document's content as plain text, for the eyes of whoever has to read it: nothing interpreted, nothing left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mappings.case_lists.content import Content, Line, Row, Table


def plain_text(contents: Iterable[Content]) -> str:
    """Lines as they are, a table's rows with a bar between the cells, a blank line between blocks."""
    return "\n".join(line for content in contents for block in content.blocks for line in _lines(block))


def _lines(block: Line | Table) -> Iterator[str]:
    if isinstance(block, Line):
        yield from block.text.splitlines() or [""]
        return
    yield ""
    for row in block.rows:
        if not row.empty:
            yield _row(row)
    yield ""


def _row(row: Row) -> str:
    told = (" / ".join(part.strip() for part in cell.text.splitlines()) for cell in row.cells if not cell.covered)
    return " | ".join(told)
