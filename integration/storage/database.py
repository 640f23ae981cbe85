"""The database and its transactions: one way to read, one way to change, and no change without its audit event.

On both databases there is one writer at a time, from the first statement of its change to its commit. So nothing that a
change has read can become untrue before it writes, and nobody loses an update or has to try again.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from integration.audit.tree import leaf_hash
from integration.domain.audit import AuditEvent
from integration.errors import ConfigurationError, Unavailable
from integration.storage.looks import LOOK, looks_of, only_read

WRITER_LOCK = 0x666C6167  # PostgreSQL advisory lock: one writer, and a log whose numbers have no gaps
WAIT_SECONDS = 30  # for another writer; changes are short, so longer means that something hangs
IDLE_SECONDS = 300  # PostgreSQL ends a session that holds a transaction open and says nothing: a frozen host
# Every change asks for these two; as plain statements they take half the time.
_LAST_EVENT = "SELECT max(seq) FROM audit_events"
_NEW_EVENT = "INSERT INTO audit_events (seq, canonical, leaf, action, object_id) VALUES (?, ?, ?, ?, ?)"


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
        last = self.connection.exec_driver_sql(_LAST_EVENT).scalar()
        seq = 0 if last is None else int(last) + 1
        canonical = audit_event.canonical(seq, self.now)
        row = (seq, canonical, leaf_hash(canonical), audit_event.action.value, audit_event.object_id)
        self.connection.exec_driver_sql(as_its_driver_writes(_NEW_EVENT, self.connection), row)
        return seq


def as_its_driver_writes(statement: str, connection: Connection) -> str:
    """A statement whose values are marked by `?`, in the words of the database's driver."""
    return statement.replace("?", "%s") if connection.dialect.name == "postgresql" else statement


class Database:
    """Our database; `clock` gives the aware instant that a change is stamped with."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self.engine, self.clock = engine, clock
        self._looks = looks_of(engine)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent look: every statement sees the same instant, and nothing can be written."""
        with _OutagesSaid("read"), self._looks.look() as connection:
            yield connection

    @contextmanager
    def change(self, *events: AuditEvent) -> Iterator[Change]:
        """One transaction with its events; commits at the end, or leaves no trace."""
        with _OutagesSaid("write"), self.engine.connect() as connection:
            connection.execution_options(flagtag_mode="write")
            with connection.begin():
                change = Change(connection, self.clock())
                for audit_event in events:
                    change.also(audit_event)
                yield change

    def close(self) -> None:
        self._looks.close()
        self.engine.dispose()


def open_database(url: str, clock: Callable[[], datetime]) -> Database:
    """Connect to SQLite or PostgreSQL; raises `ConfigurationError` for anything else."""
    try:
        backend = make_url(url).drivername
    except ArgumentError:
        backend = ""
    match backend:
        case "sqlite" if url.startswith("sqlite:///"):
            engine = _sqlite(url)
        case "postgresql+psycopg":
            engine = _postgresql(url)
        case _:
            raise ConfigurationError("storage.database: use sqlite:///PATH or postgresql+psycopg://USER@HOST/NAME")
    event.listen(engine, "handle_error", _say_nothing_of_the_values)
    return Database(engine, clock)


def own_file(path: Path) -> None:
    """Make the file of a SQLite database for its owner alone; the files that SQLite puts beside it follow it."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))


class _OutagesSaid:
    """A database that is down, full or held by another process is `Unavailable`; every other fault stays what it is."""

    def __init__(self, phase: str) -> None:
        self._phase = phase

    def __enter__(self) -> None:
        """Nothing is said of what goes well."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, OperationalError | sqlite3.OperationalError):
            reason = _outage(error.orig if isinstance(error, OperationalError) else error, self._phase)
            if reason is not None:
                raise Unavailable("database", self._phase, reason) from None


def _outage(error: BaseException | None, phase: str) -> str | None:
    code = getattr(error, "sqlite_errorname", None)
    if code is None:
        return _POSTGRESQL_OUTAGES.get(getattr(error, "sqlstate", None) or "", "it cannot be reached")
    if phase == "write" and code == "SQLITE_READONLY":
        return "its file is read-only; give it to the user that flagtag runs as"
    return next((reason for start, reason in _SQLITE_OUTAGES.items() if code.startswith(start)), None)


_SQLITE_OUTAGES = {
    "SQLITE_FULL": "the disk is full; free some space, nothing is lost",
    "SQLITE_IOERR": "the disk fails or is full",
    "SQLITE_BUSY": "another process has held it for too long",
    "SQLITE_CANTOPEN": "its file cannot be opened",
}
_POSTGRESQL_OUTAGES = {
    "53100": "its disk is full; free some space, nothing is lost",
    "55P03": "another process has held it for too long",
    "53300": "it has too many connections",
}


def _postgresql(url: str) -> Engine:
    engine = create_engine(url, pool_pre_ping=True, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(raw: Any, _record: Any) -> None:
        with raw.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{WAIT_SECONDS}s'")
            cursor.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'")
        raw.commit()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # READ COMMITTED sees what was committed before each statement, so whoever has waited here reads the latest
        if connection.get_execution_options().get("flagtag_mode") == "write":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER_LOCK})

    return engine


def _sqlite(url: str) -> Engine:
    path = Path(url.removeprefix("sqlite:///"))
    if not path.parent.is_dir():
        raise ConfigurationError("storage.database: its folder does not exist; create the deployment by `flagtag init`")
    own_file(path)
    connect_args = {"timeout": WAIT_SECONDS, "check_same_thread": False}
    engine = create_engine(url, connect_args=connect_args, hide_parameters=True)

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
        mode = connection.get_execution_options().get("flagtag_mode")
        if mode == LOOK:
            return  # it has begun before SQLAlchemy was asked anything
        only_read(connection, "OFF")
        raw: Any = connection.connection.driver_connection  # past SQLAlchemy, whose way costs several times the two
        raw.execute("BEGIN IMMEDIATE" if mode == "write" else "BEGIN")

    return engine


def _say_nothing_of_the_values(context: ExceptionContext) -> None:
    """Databases quote rows in their complaints ("Failing row contains …"): leave the place, take out the values."""
    if context.original_exception is None or not isinstance(context.sqlalchemy_exception, DBAPIError):
        return
    diagnosis = getattr(context.original_exception, "diag", None)
    if diagnosis is None:
        return  # SQLite names tables and columns only
    names = (diagnosis.sqlstate, diagnosis.table_name, diagnosis.column_name, diagnosis.constraint_name)
    said = f"{type(context.original_exception).__name__} {' '.join(name for name in names if name)}".strip()
    context.original_exception.args = (said,)
    context.sqlalchemy_exception.args = (said,)
