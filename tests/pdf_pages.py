"""Pages of PDFs as office programs print them: columns with and without rules, headers, footers, tables over pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from containers import LEADING, assembled, broken, drawn_text

LEFT, TOP = 40.0, 555.0


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on one page: paragraphs of a line or of several, and rows of cells."""

    blocks: tuple[str | tuple[str, ...] | list[list[str]], ...]
    header: str = ""
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Print:
    """How tables are printed: the width of their columns, ruled or not, cells of several lines or cut off."""

    widths: tuple[float, ...]
    ruled: bool = True
    wraps: bool = True
    pitch: float = 15


def printed(pages: Sequence[Page], how: Print) -> bytes:
    return assembled([_stream(page, how) for page in pages])


def _stream(page: Page, how: Print) -> bytes:
    parts = [drawn_text(LEFT, TOP + 25, page.header)] if page.header else []
    parts += [drawn_text(LEFT, 20, page.footer)] if page.footer else []
    y = TOP
    for block in page.blocks:
        if isinstance(block, str | tuple):
            lines = (block,) if isinstance(block, str) else block
            parts += [drawn_text(LEFT, y - LEADING * (at + 1), line) for at, line in enumerate(lines)]
            y -= LEADING * (len(lines) + 1)
        else:
            for row in block:
                y = _row(parts, row, y, how)
    return "\n".join(parts).encode("latin-1")


def _row(parts: list[str], row: Sequence[str], y: float, how: Print) -> float:
    """One row, and where the next one begins; fewer cells than columns are merged over what is left."""
    widths = [*how.widths[: len(row) - 1], sum(how.widths[len(row) - 1 :])]
    cells = [broken(cell, wide - 8) if how.wraps else [cell] for cell, wide in zip(row, widths, strict=True)]
    height = max(how.pitch, LEADING * max(map(len, cells)) + 3) if how.wraps else how.pitch
    x = LEFT
    for cell, wide in zip(cells, widths, strict=True):
        if how.ruled:
            parts.append(f"{x:.1f} {y - height:.1f} {wide:.1f} {height:.1f} re S")
        parts += [drawn_text(x + 4, y - LEADING * (at + 1), line) for at, line in enumerate(cell)]
        x += wide
    return y - height
