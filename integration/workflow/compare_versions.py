"""Two versions of a meeting's list side by side: opened for a person's eyes, and that they looked is on record."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, RowMapping, select

from integration.domain.audit import Action
from integration.domain.case_list import Reading
from integration.domain.list_changes import CaseChange, changes_between
from integration.domain.progress import DocumentState
from integration.errors import UsageError
from integration.storage.records import get
from integration.storage.tables import documents, list_versions, lists
from integration.workflow.deployment import Deployment
from integration.workflow.sealed import reading_of


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a version changed in the one before it."""

    version: int
    compared_with: int
    changes: tuple[CaseChange, ...] = field(repr=False)


def compare_versions(deployment: Deployment, meeting_id: str, version: int | None = None) -> Comparison:
    """A version, or else the latest, with the one before; raises `UsageError` if either cannot be opened."""
    with deployment.database.reading() as connection:
        rows = _versions(connection, meeting_id)
    later = max(rows) if version is None else version
    if later not in rows:
        raise UsageError(f"that meeting's list has no version {later}; the latest is {max(rows)}")
    if later - 1 not in rows:
        raise UsageError(f"version {later} is the first of that meeting's list: there is nothing to compare it with")
    before, after = (_opened(deployment, rows[number], number) for number in (later - 1, later))
    shown = [
        deployment.event(Action.DOCUMENT_DISPLAYED, "document", rows[number]["document_id"])
        for number in (later - 1, later)
    ]
    with deployment.database.change(*shown):
        pass  # the display itself is the act
    return Comparison(later, later - 1, changes_between(before, after))


def _versions(connection: Connection, meeting_id: str) -> dict[int, RowMapping]:
    """The document of each version; raises `UsageError` if the meeting has no list."""
    statement = (
        select(list_versions.c.version, list_versions.c.document_id)
        .join(lists, lists.c.list_id == list_versions.c.list_id)
        .where(lists.c.meeting_id == meeting_id)
    )
    rows = {version: get(connection, documents, document_id) for version, document_id in connection.execute(statement)}
    if not rows:
        raise UsageError("that meeting has no list yet")
    return rows


def _opened(deployment: Deployment, document: RowMapping, version: int) -> Reading:
    """A version's sealed reading. What could not be read for sure is not compared: it would only seem to agree."""
    if document["key_slot"] is None or document["state"] == DocumentState.DESTROYING.value:
        raise UsageError(f"version {version} of that meeting's list is destroyed: what it said is gone")
    reading = reading_of(deployment, document)
    if reading is None or reading.doubts_whole_document():
        raise UsageError(f"version {version} of that meeting's list was dealt with by hand: compare it by hand, too")
    return reading
