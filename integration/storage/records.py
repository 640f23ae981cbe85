"""Reads of single records, and the three moves of state: each checks its table and takes its audit event."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, RowMapping, Table, select, update

from integration.domain.audit import AuditEvent
from integration.domain.progress import (
    DocumentState,
    ListState,
    SubjectState,
    check_document_may_become,
    check_list_may_become,
    check_subject_may_become,
)
from integration.errors import Conflict, UsageError
from integration.storage.database import Change
from integration.storage.tables import documents, lists, subjects


def find(connection: Connection, table: Table, key: str) -> RowMapping | None:
    """The row with this primary key, or None."""
    column = next(iter(table.primary_key))
    return connection.execute(select(table).where(column == key)).mappings().one_or_none()


def get(connection: Connection, table: Table, key: str) -> RowMapping:
    """The row with this primary key; raises `UsageError` if there is none."""
    row = find(connection, table, key)
    if row is None:
        raise UsageError(f"there is no {table.name.removesuffix('s')} with the id {key[:32]}")
    return row


def resolve_id(connection: Connection, table: Table, prefix: str) -> str:
    """A whole id from its first characters, as people type them; raises `UsageError` if none or several fit."""
    column = next(iter(table.primary_key))
    wanted = prefix.strip().lower()
    if not wanted.isalnum():
        raise UsageError("an id is made of letters and digits")
    found = connection.execute(select(column).where(column.startswith(wanted)).limit(2)).scalars().all()
    if len(found) != 1:
        what = "person on a list" if table is subjects else table.name.removesuffix("s")
        if found:
            raise UsageError(f"more than one {what} has an id that begins so; type more of it")
        raise UsageError(f"no {what} has that id")
    return str(found[0])


def move_document(change: Change, document_id: str, then: DocumentState, event: AuditEvent, **values: Any) -> None:
    """Change a document's state by its table; raises `ForbiddenTransition`."""
    now = get(change.connection, documents, document_id)
    check_document_may_become(DocumentState(now["state"]), then)
    statement = update(documents).where(documents.c.document_id == document_id).values(state=then.value, **values)
    change.connection.execute(statement)
    change.also(event)


def move_list(change: Change, list_id: str, then: ListState, event: AuditEvent, **values: Any) -> None:
    """Change a list's state by its table; raises `ForbiddenTransition`."""
    now = get(change.connection, lists, list_id)
    check_list_may_become(ListState(now["state"]), then)
    change.connection.execute(update(lists).where(lists.c.list_id == list_id).values(state=then.value, **values))
    change.also(event)


def move_subject(
    change: Change, subject: RowMapping, then: SubjectState, event: AuditEvent | None = None, **values: Any
) -> None:
    """Change a person's state by its table, if nobody changed it since `subject` was read.

    Raises `ForbiddenTransition`, and `Conflict` where somebody else was faster. Without an event of its own the move
    is part of a larger act whose event the caller appends.
    """
    check_subject_may_become(SubjectState(subject["state"]), then)
    statement = (
        update(subjects)
        .where(subjects.c.subject_id == subject["subject_id"], subjects.c.version == subject["version"])
        .values(state=then.value, version=subject["version"] + 1, **values)
    )
    if change.connection.execute(statement).rowcount != 1:
        raise Conflict("somebody else has changed this person's entry; look at it again")
    if event is not None:
        change.also(event)
