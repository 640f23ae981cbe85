"""How a look at the database begins and ends: a transaction that sees one instant and can write nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Literal, Protocol

from sqlalchemy import Connection, Engine

LOOK = "look"  # the `flagtag_mode` of a connection whose transactions are begun and ended here
_KEPT = 2  # connections: seldom do more threads look at once, and each is one less for changes


class Looks(Protocol):
    """Gives connections to look by; `close` gives back what it keeps of them."""

    def look(self) -> AbstractContextManager[Connection]: ...

    def close(self) -> None: ...


def looks_of(engine: Engine) -> Looks:
    """The way of this engine's database."""
    return _KeptLooks(engine) if engine.dialect.name == "sqlite" else _NewLooks(engine)


class _NewLooks:
    """PostgreSQL's: each by whatever connection is free and found alive, for the server may end any that is idle."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def look(self) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Nothing is kept."""


class _KeptLooks:
    """SQLite's: by connections that are kept, and begun and ended by the driver.

    SQLAlchemy's way to an empty transaction takes twenty times as long as SQLite's, and half as long as a look-up.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: list[_KeptLook] = []

    def look(self) -> _KeptLook:
        try:
            return self._idle.pop()
        except IndexError:
            connection = self._engine.connect().execution_options(flagtag_mode=LOOK)
            only_read(connection, "ON")
            return _KeptLook(connection, self._idle)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


class _KeptLook:
    """One transaction after the other on one connection; after each it is idle again, unless it failed."""

    def __init__(self, connection: Connection, idle: list[_KeptLook]) -> None:
        self._connection, self._idle = connection, idle
        self._raw: Any = connection.connection.dbapi_connection

    def __enter__(self) -> Connection:
        self._raw.execute("BEGIN")
        return self._connection

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if error is None and len(self._idle) < _KEPT:
            self._connection.rollback()  # SQLAlchemy, if it was asked, has to hear of the end too
            self._raw.rollback()
            self._idle.append(self)
        else:
            self.close()

    def close(self) -> None:
        """Give the connection back, which ends what it has begun."""
        self._connection.close()


def only_read(connection: Connection, wanted: Literal["ON", "OFF"]) -> None:
    """Whether SQLite lets this connection only read; setting it has every statement prepared again."""
    if connection.info.get("query_only") != wanted:
        raw: Any = connection.connection.dbapi_connection
        raw.execute(f"PRAGMA query_only={wanted}")
        connection.info["query_only"] = wanted
