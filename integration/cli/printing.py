"""What people see: tables for eyes, JSON for programs on standard output; messages on standard error, nameless."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import typer


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"


SHORT = 8  # characters of an id that a table shows
WIDEST = 30  # characters of a column that is compared with others
ROOM = 48  # characters that sentences need beside other columns; with fewer they stand below their row
LEAST = 8  # characters of a column on average; with fewer each row becomes a paragraph
_GAP, _INDENT = 2, 4  # characters between columns, and before what stands below a row
_UNBROKEN = "\u00a0"  # a space at which no line ends
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d):\d\d(?:\.\d+)?\+00:00")
# what would steer a terminal, or turn the direction of what follows: shown as what it is, a character that is none
_STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
FormatOption = Annotated[Format, typer.Option("--format", help="table for eyes, json for programs.")]


def emit_json(value: Any) -> None:
    """One JSON document on standard output, and nothing else there."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=_as_text)
    sys.stdout.write("\n")
    sys.stdout.flush()


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)  # an instant is a date, too


def emit_rows(
    rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], form: Format, empty: str, *, sentences: str = ""
) -> None:
    """Rows as a table with these headings (key → heading), or all of their fields as JSON.

    `sentences` names the last column where it holds some: they go below their row where a screen is narrow.
    """
    if form is Format.JSON:
        return emit_json([dict(row) for row in rows])
    if not rows:
        return say(empty)
    cells = [[_cell(row[key]) for key in columns] for row in rows]
    headings = list(columns.values())
    *widths, last = _widths([headings, *cells])
    others = sum(widths) + _GAP * len(widths)
    if others + last > screen_width() < LEAST * len(columns) + _GAP * len(widths):
        return _print_paragraphs(headings, cells)
    if not sentences or others + ROOM <= screen_width() or others > screen_width():
        return _print_table(headings, cells)
    for at, (row, shown) in enumerate(zip(rows, cells, strict=True)):
        _print_table(headings[:-1], [shown[:-1]], widths, show_header=at == 0)
        several = row[sentences] or ()
        for sentence in (several,) if isinstance(several, str) else several:
            first, *more = textwrap.wrap(plain(sentence), screen_width() - 2 * _INDENT)
            out(" " * _INDENT + first)
            for line in more:
                out(" " * (_INDENT + 2) + line)
    return None


def _print_paragraphs(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    for row in rows:
        pairs = [f"{heading}: {cell}" for heading, cell in zip(headings, row, strict=True) if cell]
        whole = [pair if len(pair) > WIDEST else pair.replace(" ", _UNBROKEN) for pair in pairs]
        said = textwrap.fill(", ".join(whole), screen_width(), subsequent_indent=" " * _INDENT)
        out(said.replace(_UNBROKEN, " "))


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    from rich.cells import cell_len

    return [max(max(map(cell_len, cell.split("\n"))) for cell in column) for column in zip(*rows, strict=True)]


def _print_table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int] = (), *, show_header: bool = True
) -> None:
    shown = [headings, *rows] if show_header else rows
    *wide, last = widths or _widths(shown)
    room = screen_width() - sum(wide) - _GAP * len(wide)
    if room >= min(last, ROOM) and all(cell.isascii() and cell.isprintable() for row in shown for cell in row):
        return _print_lines(shown, wide, room, headed=show_header)
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", show_header=show_header)
    for at, heading in enumerate(headings):
        table.add_column(heading, overflow="fold", min_width=widths[at] if widths else None)
    for row in rows:
        table.add_row(*row)
    Console(width=screen_width(), highlight=False, markup=False).print(table)
    return None


def _print_lines(rows: Sequence[Sequence[str]], widths: Sequence[int], room: int, *, headed: bool) -> None:
    """A table of plain cells, of which only the last may be too long: `rich` would take as long as matching a list."""
    lines = []
    for *cells, last in rows:
        before = "".join([cell.ljust(width + _GAP) for cell, width in zip(cells, widths, strict=True)])
        first, *more = textwrap.wrap(last, room) or [""]
        lines += [(before + first).rstrip(), *(" " * len(before) + line for line in more)]
    if headed and sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        lines[0] = f"\x1b[1m{lines[0]}\x1b[0m"
    print("\n".join(lines), flush=True)


def emit_grid(headings: Sequence[str], rows: Sequence[Sequence[str]], *, label_width: int) -> None:
    """Columns of one width to be compared line by line, after one of labels."""
    from rich.console import Console
    from rich.table import Table

    each = (screen_width() - label_width) // (len(headings) - 1) - 1
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column(headings[0], width=label_width - 1)
    for heading in headings[1:]:
        table.add_column(heading, width=min(each, WIDEST), overflow="fold")
    for row in rows:
        table.add_row(*map(plain, row))
    Console(width=screen_width(), highlight=False, markup=False).print(table)


def screen_width() -> int:
    """Characters in a line: the terminal's, or enough where a program or a file takes what is printed."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 180


def say(message: str) -> None:
    """A message for the person at the keyboard, on standard error; never anything about a patient."""
    print(message, file=sys.stderr, flush=True)


def out(text: str = "") -> None:
    """A line of the result itself, on standard output."""
    print(plain(text), flush=True)


def counted(number: int, noun: str, several: str = "") -> str:
    """ "1 patient", "2 patients"; `several` where it is not made so."""
    return f"{number} {noun}" if number == 1 else f"{number} {several or noun + 's'}"


def short(object_id: str) -> str:
    """An id as people type it; commands take any unambiguous beginning."""
    return object_id[:SHORT]


def to_the_minute(instant: str) -> str:
    """An instant as people read it, of a text that is nothing else; any other text as it is."""
    return f"{found[1]} {found[2]} UTC" if (found := _INSTANT.fullmatch(instant)) else instant


def plain(text: str) -> str:
    """Somebody else's text without what would steer the terminal."""
    return _STEERS.sub("\ufffd", text)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        return plain("; ".join(str(v) for v in value))
    return plain(to_the_minute(str(value)))
