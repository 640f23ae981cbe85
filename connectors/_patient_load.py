"""One load of the local patient index: what it has stored so far, and how it stores one batch more."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert

from integration.domain.audit import Action, Actor, AuditEvent
from integration.errors import Conflict
from integration.matching.keys import key_scheme
from integration.matching.rows import stored
from integration.storage.database import Change, Database, instant
from integration.storage.patient_columns import Columns
from integration.storage.patient_tables import patient_index
from integration.storage.patient_writing import (
    Prepared,
    Written,
    bulk,
    make_indexes,
    say_of_index,
    without_indexes,
    write_batch,
    write_keys_again,
)

BATCH = 50_000  # patients written in one transaction: bounds memory, and how long other writers wait
_OF_ITSELF = "SELECT generation, patients, key_scheme, load_id FROM patient_index"
_NO_LOAD = {"load_id": None, "loading_since": None}


@dataclass(slots=True)
class Load:
    """One load under way: what it has stored so far, and whether what it stores now is the last."""

    load_id: str
    now: datetime
    read: int = 0
    changed: int = 0
    finished: bool = False
    was_empty: bool = False  # when it began
    repeats_any: bool = True  # whether it may be the repeat of one that broke off; a short one cannot

    def mark(self, row: Row[Any] | None) -> dict[str, object]:
        """What the index says of itself: only one that was updated to the end is of a new generation, and fresh."""
        generation = row.generation if row else 0
        if row is not None and row.load_id not in (None, self.load_id) and not self.repeats_any:
            return {}  # what broke off is still lacking
        if self.finished:
            return {"generation": generation + 1, "updated_at": instant(self.now), **_NO_LOAD}
        return {"generation": generation, "load_id": self.load_id, "loading_since": instant(self.now)}

    def write(self, batch: Sequence[Prepared] | Columns, database: Database, actor: Actor) -> None:
        """Store one batch. A load that comes to its end in its first batch is never half done to anybody."""
        with database.change() as change:
            row = index_by_our_rule(change, actor)
            if self.read and (row is None or row.load_id != self.load_id):
                raise Conflict("another load of the patient index has begun since; repeat this one when that has ended")
            if not self.read:
                self.was_empty = row is None
            with bulk(change.connection, len(batch)):
                if self.was_empty and not self.read and not self.finished:
                    without_indexes(change.connection)
                written = self._store(batch, change.connection)
                if self.finished and row is not None and row.load_id is not None:  # of this load, or one broken off
                    make_indexes(change.connection)
            self.read, self.changed = self.read + len(batch), self.changed + written.added + written.changed
            values = {"patients": (row.patients if row else 0) + written.added} | self.mark(row)
            _record(change.connection, values, first=row is None)
            counts = {"added": written.added, "changed": written.changed}
            if self.finished:
                counts = {"patients": self.read, "changed": self.changed}
            change.also(index_updated(actor, (row.generation if row else 0) + 1, **counts, finished=self.finished))

    def _store(self, batch: Sequence[Prepared] | Columns, connection: Connection) -> Written:
        if not isinstance(batch, Columns):
            return write_batch(connection, batch, stored)
        if self.was_empty and batch.are_added(connection):
            return Written(len(batch), 0)
        return write_batch(connection, map(stored, batch.one_by_one()), stored)


def index_by_our_rule(change: Change, actor: Actor) -> Row[Any] | None:
    """What the index says of itself, its keys made again if another rule than this program's made them.

    Else people would not be found. It is one transaction, as long as a load: whoever asks meanwhile finds the old keys
    whole.
    """
    row = change.connection.exec_driver_sql(_OF_ITSELF).first()
    if row is not None and row.key_scheme != key_scheme():
        with bulk(change.connection, row.patients), no_collector():
            made = write_keys_again(change.connection, stored, BATCH)
        say_of_index(change.connection, {"key_scheme": key_scheme()})
        change.also(index_updated(actor, row.generation, patients=made, keys_made_again=True))
    return row


def index_updated(actor: Actor, generation: int, **details: int | bool) -> AuditEvent:
    """What the log says of an update: numbers, and nobody."""
    return AuditEvent(Action.INDEX_UPDATED, actor, "index", "local", {"generation": generation, **details})


def _record(connection: Connection, values: dict[str, object], *, first: bool) -> None:
    if first:
        connection.execute(insert(patient_index).values(one=1, key_scheme=key_scheme(), **values))
    else:
        say_of_index(connection, values)


def shrink_log(database: Database) -> None:
    """SQLite keeps its write-ahead log as long as it ever was: give the disk back what the batches took."""
    with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            raw: Any = connection.connection.driver_connection
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


@contextmanager
def no_collector() -> Iterator[None]:
    """A million small objects and no cycle among them: the collector would look at them all again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
