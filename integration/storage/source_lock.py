"""One look at a source at a time, whichever process and host it comes from.

Two that take in the same delivery would record two arrivals of one copy, and one of them would wait for ever for a
copy that the other has moved.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from integration.storage.database import Database


@contextmanager
def alone_at(database: Database, folder: Path, source: str) -> Iterator[bool]:
    """Whether nobody else looks at that source now, keeping it so: by the database if it has several hosts.

    `folder` holds the lock's file where all the processes are on one host. A process that dies holds nothing.
    """
    if database.engine.dialect.name == "postgresql":
        with _by_database(database, _digest(source)) as alone:
            yield alone
    else:
        with _by_file(folder / f"source-{_digest(source).hex()}.lock") as alone:
            yield alone


@contextmanager
def _by_file(path: Path) -> Iterator[bool]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        yield _is_taken(descriptor)
    finally:
        os.close(descriptor)


def _is_taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _by_database(database: Database, digest: bytes) -> Iterator[bool]:
    key = {"key": int.from_bytes(digest, "big", signed=True)}
    # no transaction: one that lies open for as long as a look may take would be ended by the server
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        alone = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), key).scalar_one() is True
        try:
            yield alone
        finally:
            if alone:
                _give_back(connection, key)


def _give_back(connection: Connection, key: dict[str, int]) -> None:
    try:
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)
    except DBAPIError:
        connection.invalidate()  # the lock went with the connection


def _digest(source: str) -> bytes:
    return hashlib.sha256(f"flagtag source {source}".encode()).digest()[:8]
