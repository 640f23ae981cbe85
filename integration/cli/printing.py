"""What people see: tables for eyes, JSON for programs on standard output; messages on standard error, nameless."""

from __future__ import annotations

import json
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
    width = None if sys.stdout.isatty() else 180
    Console(width=width, highlight=False, markup=False).print(table)
    return None


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
