"""Tables that stand right under each other with nothing between, in formats that do not part them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def tables_in(rows: Sequence[Sequence[float]], same: float) -> Iterator[int]:
    """How many rows each table has, by where the cells of each row begin.

    A row with another number of cells, none of which meets an edge above it, begins a new one.
    """
    count, edges, cells = 0, set[float](), 0
    for row in rows:
        inner = set(row[1:])
        if inner and edges and len(row) != cells and not any(abs(a - b) <= same for a in inner for b in edges):
            yield count
            count, edges = 0, set()
        if inner:
            cells = len(row)
        edges |= inner
        count += 1
    yield count
