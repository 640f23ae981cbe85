"""Changes on both databases: one writer at a time, a consistent look, no values in errors, outages said plainly."""

from __future__ import annotations

import os
import sqlite3
import stat
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier, Event

import pytest
from peers.postgres import Cluster
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import QueuePool

from integration.domain.audit import Action, Actor, ActorKind, AuditEvent
from integration.errors import ConfigurationError, Unavailable
from integration.matching.direct_reads import DirectReads, Statement
from integration.storage.database import Database, instant, new_id, open_database
from integration.storage.tables import actors, audit_events, metadata, work_failures

CANARY = "ZZCANARY"
COUNTED = Statement("SELECT attempts FROM work_failures")


def now() -> datetime:
    return datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'flagtag.db'}"
    return str(request.getfixturevalue("postgres_database"))


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = open_database(url, now)
    with opened.change() as change:
        metadata.create_all(change.connection)
    yield opened
    opened.close()


def some_event() -> AuditEvent:
    return AuditEvent(Action.WORK_FAILED, Actor(new_id(), ActorKind.PROCESS), "work", new_id())


def put_counter(database: Database) -> None:
    row = {"work": "count", "attempts": 0, "due_at": instant(now()), "reason": "", "failed_at": instant(now())}
    with database.change() as change:
        change.connection.execute(insert(work_failures).values(**row))


def counter(database: Database) -> int:
    with database.reading() as connection:
        return int(connection.execute(select(work_failures.c.attempts)).scalar_one())


def open_connections(database: Database) -> int:
    pool = database.engine.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout()


def test_concurrent_changes_lose_no_update_and_leave_no_gap_in_the_log(database: Database) -> None:
    put_counter(database)
    together = Barrier(6)

    def count(_: int) -> None:
        together.wait()
        for _ in range(5):
            with database.change() as change:
                seen = change.connection.execute(select(work_failures.c.attempts)).scalar_one()
                change.connection.execute(update(work_failures).values(attempts=seen + 1))
                change.also(some_event())

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(count, range(6)))
    assert counter(database) == 30
    with database.reading() as connection:
        numbers = connection.execute(select(audit_events.c.seq).order_by(audit_events.c.seq)).scalars().all()
    assert list(numbers) == list(range(30))


def test_a_change_that_fails_leaves_no_trace_not_even_its_event(database: Database) -> None:
    with pytest.raises(RuntimeError), database.change(some_event()) as change:
        change.connection.execute(insert(actors).values(actor_id=new_id(), kind="person", login="a"))
        raise RuntimeError
    with database.reading() as connection:
        assert connection.execute(select(actors)).all() == []
        assert connection.execute(select(audit_events)).all() == []


def test_a_look_sees_one_instant_however_long_it_takes(database: Database) -> None:
    put_counter(database)
    with database.reading() as connection:
        before = connection.execute(select(work_failures.c.attempts)).scalar_one()
        with database.change() as change:
            change.connection.execute(update(work_failures).values(attempts=7))
        assert connection.execute(select(work_failures.c.attempts)).scalar_one() == before
    assert counter(database) == 7


def test_a_look_by_the_driver_alone_sees_one_instant_too(database: Database) -> None:
    put_counter(database)
    for count in (7, 8):
        with database.reading() as connection:
            reads = DirectReads(connection)
            before = reads.rows(COUNTED)
            with database.change() as change:
                change.connection.execute(update(work_failures).values(attempts=count))
            assert reads.rows(COUNTED) == before
            assert connection.execute(select(work_failures.c.attempts)).all() == before
        assert counter(database) == count


def test_many_looks_at_once_each_see_their_instant_and_leave_nothing_open(database: Database) -> None:
    put_counter(database)
    with ExitStack() as looks:
        for count in range(5):
            connection = looks.enter_context(database.reading())
            assert DirectReads(connection).rows(COUNTED) == [(count,)]
            with database.change() as change:
                change.connection.execute(update(work_failures).values(attempts=count + 1))
    with pytest.raises(RuntimeError), database.reading() as connection:
        assert DirectReads(connection).rows(COUNTED) == [(5,)]
        raise RuntimeError
    put = counter(database)
    database.close()
    assert put == 5
    assert open_connections(database) == 0


def test_a_look_cannot_write_and_does_not_hinder_a_later_change(database: Database) -> None:
    put_counter(database)
    for count in (8, 9):
        for _ in range(2):
            with pytest.raises(DBAPIError), database.reading() as connection:
                connection.execute(update(work_failures).values(attempts=7))
        with database.change() as change:
            change.connection.execute(update(work_failures).values(attempts=count))
        assert counter(database) == count


def test_a_look_need_not_wait_for_a_change(database: Database) -> None:
    put_counter(database)
    with database.change() as change:
        change.connection.execute(update(work_failures).values(attempts=7))
        assert counter(database) == 0
    assert counter(database) == 7


@pytest.mark.parametrize(
    "fault",
    [
        "INSERT INTO actors (actor_id, kind, login) VALUES (:canary, NULL, :canary)",
        "INSERT INTO actors (actor_id, kind, login) VALUES (:canary, 'person', :canary), (:canary, 'person', :canary)",
        "INSERT INTO arrival_documents (arrival_id, document_id) VALUES (:canary, :canary)",
    ],
)
def test_an_error_of_the_database_quotes_no_value(database: Database, fault: str) -> None:
    with pytest.raises(IntegrityError) as caught, database.change() as change:
        change.connection.execute(text(fault), {"canary": CANARY})
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    assert CANARY not in repr(caught.value) + repr(caught.value.orig)


def test_an_error_still_names_its_place_on_postgresql(postgres_database: str) -> None:
    database = open_database(postgres_database, now)
    with database.change() as change:
        metadata.create_all(change.connection)
    with pytest.raises(IntegrityError, match="23502 actors kind"), database.change() as change:
        change.connection.execute(insert(actors).values(actor_id=new_id(), login=CANARY))
    database.close()


def test_a_value_of_the_wrong_kind_is_not_quoted_either(postgres_database: str) -> None:
    database = open_database(postgres_database, now)
    with pytest.raises(DBAPIError) as caught, database.reading() as connection:
        connection.execute(text("SELECT CAST(:canary AS integer)"), {"canary": CANARY})
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    database.close()


def test_a_session_that_the_server_ends_is_unavailable_and_the_next_one_works(
    postgres_cluster: Cluster, postgres_database: str
) -> None:
    database = open_database(postgres_database, now)
    name = postgres_database.rpartition("/")[2]
    with pytest.raises(Unavailable, match="database: read: it cannot be reached"), database.reading() as connection:
        connection.execute(text("SELECT 1"))
        assert postgres_cluster.end_sessions(name) == 1
        connection.execute(text("SELECT 1"))
    with database.reading() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    database.close()


def test_a_server_that_is_not_there_is_unavailable() -> None:
    database = open_database("postgresql+psycopg://app@127.0.0.1:1/none", now)
    with pytest.raises(Unavailable, match="database: write"), database.change():
        pass
    database.close()


def test_a_full_database_is_unavailable_and_says_so(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'flagtag.db'}", now)
    with database.change() as change:
        metadata.create_all(change.connection)
    with pytest.raises(Unavailable, match="the disk is full"), database.change() as change:
        change.connection.exec_driver_sql("PRAGMA max_page_count=1")  # SQLite's own way to be full
        for _ in range(2000):
            change.connection.execute(insert(actors).values(actor_id=new_id(), kind="person", login=new_id() * 6))
    with database.reading() as connection:
        assert connection.execute(select(actors)).all() == []
    database.close()


def test_a_writer_waits_for_another_process(tmp_path: Path) -> None:
    path = tmp_path / "flagtag.db"
    database = open_database(f"sqlite:///{path}", now)
    with database.change() as change:
        metadata.create_all(change.connection)
    put_counter(database)
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE work_failures SET attempts = 41")
    started = Event()

    def add_one() -> None:
        started.set()
        with database.change() as change:
            change.connection.execute(update(work_failures).values(attempts=work_failures.c.attempts + 1))

    with ThreadPoolExecutor(1) as pool:
        added = pool.submit(add_one)
        assert started.wait(5)
        other.execute("COMMIT")
        added.result(10)
    other.close()
    assert counter(database) == 42
    database.close()


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "flagtag.db"
    before = os.umask(0)
    try:
        database = open_database(f"sqlite:///{path}", now)
        with database.change() as change:
            metadata.create_all(change.connection)
        for name in ("flagtag.db", "flagtag.db-wal", "flagtag.db-shm"):
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    finally:
        os.umask(before)
    database.close()


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "postgresql://x/y", "nonsense", ""])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"storage\.database"):
        open_database(url, now)


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="folder does not exist"):
        open_database(f"sqlite:///{tmp_path / 'none' / 'flagtag.db'}", now)


def test_an_instant_needs_its_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        instant(datetime(2026, 11, 22))  # noqa: DTZ001 - that is the fault
