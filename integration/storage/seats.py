"""A worker's seat: one process sits in it, for as long as it lives, and the others can tell when it is empty.

On SQLite there is one seat for the whole deployment, a locked file. On PostgreSQL every worker host has its own, an
advisory lock that lives with one connection: killing the process frees it, a pause does not. Beside it every worker
shares one lock, so that an upgrade can tell that none of them is at work.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from integration.errors import Unavailable, UsageError

TAKE_SECONDS = 10  # somebody who looks whether the seat is empty holds it for a moment
# The server frees the seat of a host that lost its power after 20 seconds.
_KEEPALIVE = "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"

_IMPATIENT = {
    "application_name": "flagtag-seat",
    "connect_timeout": 10,
    "tcp_user_timeout": 15_000,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
}


class Seat(ABC):
    """Taken once, then held until released or until the process ends."""

    @abstractmethod
    def take(self) -> None:
        """Sit down; raises `UsageError` if another process sits there."""

    @abstractmethod
    def is_held(self) -> bool:
        """Whether it is still ours. Once lost it stays lost: somebody else may have taken over our work."""

    @abstractmethod
    def keep_empty(self, worker: str) -> AbstractContextManager[bool]:
        """A context manager: whether that worker's seat is empty, keeping it so meanwhile."""

    @abstractmethod
    def release(self) -> None:
        """Stand up; safe to repeat."""


class FileSeat(Seat):
    """The only seat of a deployment, for SQLite: every other worker is by definition gone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> None:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise UsageError(
                "the service already runs on this deployment; stop it first, or use PostgreSQL for several workers"
            ) from None
        self._descriptor = descriptor

    def is_held(self) -> bool:
        return self._descriptor is not None

    @contextmanager
    def keep_empty(self, worker: str) -> Iterator[bool]:
        yield self._descriptor is not None

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class DatabaseSeat(Seat):
    """The seat of one worker host among several, for PostgreSQL."""

    def __init__(self, url: str, worker: str) -> None:
        self._worker = worker
        self._engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=_IMPATIENT)
        self._connection: Connection | None = None

    def take(self) -> None:
        try:
            connection = self._engine.connect()
        except OperationalError:
            raise Unavailable("database", "take a worker's seat", "it cannot be reached") from None
        try:
            connection.exec_driver_sql(f"{_KEEPALIVE}; SET lock_timeout = '{TAKE_SECONDS}s'")
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _key(self._worker)})
        except OperationalError:
            connection.close()
            raise UsageError(
                f"another process already works as {self._worker!r}; give every worker host its own name"
            ) from None
        try:
            connection.execute(text("SELECT pg_advisory_lock_shared(:key)"), {"key": _AT_WORK})
        except OperationalError:
            connection.close()
            raise UsageError("the database is being upgraded; start again in a moment") from None
        self._connection = connection

    def is_held(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except DBAPIError:
            self.release()  # the lock went with the connection; a new connection would not bring it back
            return False
        return True

    @contextmanager
    def keep_empty(self, worker: str) -> Iterator[bool]:
        with self._engine.connect() as connection:  # its own: closing it gives the seat back, whatever happens
            taken = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _key(worker)}).scalar()
            yield bool(taken)

    def release(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
        self._engine.dispose()


def seat_at(url: str, worker: str) -> Seat:
    """The seat of a worker whose engine is at this URL."""
    return FileSeat(_seat_file(url)) if url.startswith("sqlite:///") else DatabaseSeat(url, worker)


@contextmanager
def nobody_seated(url: str) -> Iterator[None]:
    """While it lasts no worker can sit down; raises `UsageError` if one sits there already."""
    if url.startswith("sqlite:///"):
        seat = FileSeat(_seat_file(url))
        seat.take()
        try:
            yield
        finally:
            seat.release()
        return
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=_IMPATIENT)
    with engine.connect() as connection:  # closing it gives the lock back, whatever happens
        if not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _AT_WORK}).scalar():
            raise UsageError("a service runs on this database; stop every worker first, then start again")
        yield


def _seat_file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///") + ".lock")


def _key(worker: str) -> int:
    return int.from_bytes(hashlib.sha256(f"flagtag worker {worker}".encode()).digest()[:8], "big", signed=True)


_AT_WORK = _key("any")  # a host's name holds the trust's code before it, so no worker is called so
