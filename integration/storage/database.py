"""The engine and its transactions: one way to read, one way to change, and no change without its audit event."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, insert, select, text

from integration.audit.tree import leaf_hash
from integration.domain.audit import AuditEvent
from integration.errors import ConfigurationError
from integration.storage.tables import audit_events

AUDIT_LOCK = 0x666C6167  # PostgreSQL advisory lock: the log's numbers have no gaps


def new_id() -> str:
    """A random id of 128 bits; it says nothing about what it names."""
    return secrets.token_hex(16)


def instant(at: datetime) -> str:
    """The one form in which instants are stored; raises `ValueError` for a naive one."""
    if at.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


class Change:
    """One transaction that changes records; every act in it is an event, `also` adds further ones."""

    def __init__(self, connection: Connection, at: datetime) -> None:
        self.connection, self.at = connection, at

    @property
    def now(self) -> str:
        return instant(self.at)

    def also(self, audit_event: AuditEvent) -> int:
        """Append an event to the log; returns its number."""
        if self.connection.dialect.name == "postgresql":
            self.connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": AUDIT_LOCK})
        last = self.connection.execute(select(func.max(audit_events.c.seq))).scalar()
        seq = 0 if last is None else last + 1
        canonical = audit_event.canonical(seq, self.now)
        self.connection.execute(
            insert(audit_events).values(
                seq=seq,
                canonical=canonical,
                leaf=leaf_hash(canonical),
                action=audit_event.action.value,
                object_id=audit_event.object_id,
            )
        )
        return seq


class Database:
    """Our database; `clock` gives the aware instant that a change is stamped with."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self.engine, self.clock = engine, clock

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent look; nothing is written."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def change(self, *events: AuditEvent) -> Iterator[Change]:
        """One transaction with its events; commits at the end, or leaves no trace."""
        with self.engine.connect() as connection:
            connection = connection.execution_options(flagtag_writes=True)  # noqa: PLW2901 - the same connection
            with connection.begin():
                change = Change(connection, self.clock())
                for audit_event in events:
                    change.also(audit_event)
                yield change

    def close(self) -> None:
        self.engine.dispose()


def open_database(url: str, clock: Callable[[], datetime]) -> Database:
    """Connect to SQLite or PostgreSQL; raises `ConfigurationError` for anything else."""
    if url.startswith("sqlite:///"):
        return Database(_sqlite(url), clock)
    if url.startswith("postgresql+psycopg://"):
        return Database(create_engine(url, pool_pre_ping=True), clock)
    raise ConfigurationError("storage.database: use sqlite:///PATH or postgresql+psycopg://USER@HOST/NAME")


def _sqlite(url: str) -> Engine:
    path = Path(url.removeprefix("sqlite:///"))
    if not path.parent.is_dir():
        raise ConfigurationError("storage.database: its folder does not exist; create the deployment by `flagtag init`")
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(raw: Any, _record: Any) -> None:
        raw.isolation_level = None  # we say BEGIN ourselves: the driver's own begins too late, and loses updates
        cursor = raw.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA temp_store=MEMORY")  # large sorts would else write plaintext to /var/tmp
        cursor.execute("PRAGMA secure_delete=ON")
        if cursor.execute("PRAGMA secure_delete").fetchone()[0] != 1:
            raise ConfigurationError("storage.database: this SQLite cannot overwrite deleted rows (secure_delete)")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("flagtag_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
