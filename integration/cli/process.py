"""`process`: hand in documents by hand; the same pipeline as for any other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from integration.cli.printing import Format, FormatOption, emit_rows, say, short
from integration.cli.session import session_of
from integration.domain.progress import DocumentState
from integration.errors import ExitCode, UsageError
from integration.ports import UntrustedFile
from integration.storage.records import get
from integration.storage.tables import documents
from integration.workflow.receive_document import hand_in


def process(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="They stay where they are, and are yours to destroy.")],
    form: FormatOption = Format.TABLE,
) -> None:
    """Take documents into custody and carry on with them."""
    session = session_of(context)
    with session.deployment() as deployment:
        received = [hand_in(deployment, _untrusted(file)) for file in files]
    _carry_on(context)
    with session.deployment() as deployment, deployment.database.reading() as connection:
        rows = [
            {"id": short(one.document_id), "again": one.again} | dict(get(connection, documents, one.document_id))
            for one in received
        ]
    shown = [{key: row[key] for key in ("id", "document_id", "again", "kind", "state", "reason")} for row in rows]
    columns = {"id": "Id", "kind": "Kind", "state": "State", "again": "Had it already", "reason": "Why it waits"}
    emit_rows(shown, columns, form, "nothing was handed in")
    states = {row["state"] for row in rows}
    if DocumentState.REFUSED.value in states:
        raise typer.Exit(ExitCode.REFUSED)
    if DocumentState.HELD.value in states:
        raise typer.Exit(ExitCode.HELD)


def _untrusted(file: Path) -> UntrustedFile:
    try:
        return UntrustedFile(file.name, file.read_bytes())
    except OSError as error:
        raise UsageError(f"a file cannot be read: {error.strerror}") from None


def _carry_on(context: typer.Context) -> None:
    """Do the work here and now, unless the service is running: then it does."""
    from integration.cli.run import serve

    settings = session_of(context).settings()
    alone = settings.model_copy(update={"sources": (), "service": settings.service.model_copy(update=_AT_ONCE)})
    alone._base = settings.base
    try:
        serve(alone, once=True)
    except UsageError as busy:
        say(f"taken into custody; the running service carries on with it ({busy})")


_AT_ONCE = {"once_retry_seconds": 0.0}
