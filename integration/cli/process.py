"""`process`: hand in documents by hand; the same pipeline as for any other."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from integration.cli.printing import Format, FormatOption, emit_rows, say, short
from integration.cli.run import serve
from integration.cli.session import session_of
from integration.domain.progress import DocumentState
from integration.errors import ExitCode, UsageError
from integration.ports import UntrustedFile
from integration.storage.records import get
from integration.storage.tables import documents
from integration.workflow.arrivals import with_parts
from integration.workflow.receive_document import hand_in
from integration.workflow.state_of_play import Cycle


def process(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="They stay where they are, and are yours to destroy.")],
    form: FormatOption = Format.TABLE,
    password_stdin: Annotated[
        bool,
        typer.Option("--password-stdin", help="Read passwords of protected files, one a line, from standard input."),
    ] = False,
) -> None:
    """Take documents into custody and carry on with them."""
    session = session_of(context)
    passwords = tuple(line for line in sys.stdin.read().splitlines() if line) if password_stdin else ()
    with session.deployment() as deployment:
        received = [hand_in(deployment, _untrusted(file)) for file in files]
    cycle = _carry_on(context, passwords)
    with session.deployment() as deployment, deployment.database.reading() as connection:
        rows = [
            {"id": short(document_id), "again": one.again} | dict(get(connection, documents, document_id))
            for one in received
            for document_id in with_parts(connection, [one.document_id])
        ]
    shown = [{key: row[key] for key in ("id", "document_id", "again", "kind", "state", "reason")} for row in rows]
    columns = {"id": "Id", "kind": "Kind", "state": "State", "again": "Had it already", "reason": "Why it waits"}
    emit_rows(shown, columns, form, "nothing was handed in")
    _leave({row["state"] for row in rows}, cycle)


def _untrusted(file: Path) -> UntrustedFile:
    try:
        return UntrustedFile(file.name, file.read_bytes())
    except OSError as error:
        raise UsageError(f"a file cannot be read: {error.strerror}") from None


def _carry_on(context: typer.Context, passwords: tuple[str, ...]) -> Cycle | None:
    """Do the work here and now, looking at no source; or leave it to the service, if that is running."""
    try:
        return serve(session_of(context).settings(), once=True, collecting=False, by_hand_passwords=passwords)
    except UsageError as busy:
        say(f"taken into custody; the running service carries on with it ({busy})")
        return None


def _leave(states: set[str], cycle: Cycle | None) -> None:
    """End as the documents and the work that followed from them ended: refused, owed, held, or done."""
    if DocumentState.REFUSED.value in states:
        raise typer.Exit(ExitCode.REFUSED)
    if cycle is not None and cycle.owed:
        raise typer.Exit(ExitCode.UNAVAILABLE)
    if DocumentState.HELD.value in states or (cycle is not None and cycle.held):
        raise typer.Exit(ExitCode.HELD)
