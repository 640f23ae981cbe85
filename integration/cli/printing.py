"""What people see: tables for eyes, JSON for programs on standard output; messages on standard error, nameless."""

from __future__ import annotations

import json
import shutil
import sys
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
FormatOption = Annotated[Format, typer.Option("--format", help="table for eyes, json for programs.")]


def emit_json(value: Any) -> None:
    """One JSON document on standard output, and nothing else there."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=_as_text)
    sys.stdout.write("\n")
    sys.stdout.flush()


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)  # an instant is a date, too


def emit_rows(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], form: Format, empty: str) -> None:
    """Rows as a table with these headings (key → heading), or all of their fields as JSON."""
    if form is Format.JSON:
        return emit_json([dict(row) for row in rows])
    if not rows:
        return say(empty)
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in columns.values():
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[key]) for key in columns))
    Console(width=screen_width(), highlight=False, markup=False).print(table)
    return None


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
        table.add_row(*row)
    Console(width=screen_width(), highlight=False, markup=False).print(table)


def screen_width() -> int:
    """Characters in a line: the terminal's, or enough where a program or a file takes what is printed."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 180


def say(message: str) -> None:
    """A message for the person at the keyboard, on standard error; never anything about a patient."""
    print(message, file=sys.stderr, flush=True)


def out(text: str = "") -> None:
    """A line of the result itself, on standard output."""
    print(text, flush=True)


def short(object_id: str) -> str:
    """An id as people type it; commands take any unambiguous beginning."""
    return object_id[:SHORT]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        return "; ".join(str(v) for v in value)
    return str(value)
