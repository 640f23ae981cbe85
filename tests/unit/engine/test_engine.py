"""The engine on both databases: does what it is given, once at a time, and lets DBOS know nothing but ids."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pytest
from peers.postgres import Cluster
from sqlalchemy import MetaData, create_engine, select
from structlog.testing import capture_logs

from integration.engine import Engine, EngineLost, Finished, Work
from integration.errors import Unavailable, UsageError

CANARY = "ZZCANARY"
LONG = 20.0  # seconds that no test needs unless it fails


@dataclass
class Steps:
    """Our side of the engine: counts what it is asked to do, and can fail or hold on."""

    done: list[tuple[str, str]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    begun: Event = field(default_factory=Event)
    may_end: Event = field(default_factory=Event)

    def perform(self, step: str, object_id: str) -> None:
        self.done.append((step, object_id))
        self.begun.set()
        if step == "fail":
            raise LookupError(f"{CANARY} was not found")
        if step == "hold":
            assert self.may_end.wait(LONG)
        self.ended.append(object_id)


@pytest.fixture
def steps() -> Steps:
    return Steps()


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'engine.db'}"


@pytest.fixture(params=["sqlite", "postgres_database"])
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def engine(sqlite: str, steps: Steps) -> Iterator[Engine]:
    yield from started(sqlite, steps)


@pytest.fixture
def engine_on_either(url: str, steps: Steps) -> Iterator[Engine]:
    yield from started(url, steps)


def started(url: str, steps: Steps) -> Iterator[Engine]:
    engine = Engine(url, "worker-1", steps.perform, "1")
    engine.start()
    yield engine
    steps.may_end.set()
    engine.stop()


def rows_of_dbos(url: str) -> dict[str, list[str]]:
    """Every row of every table that DBOS has, as text."""
    connections = create_engine(url)
    schema = None if url.startswith("sqlite") else "dbos"
    with connections.connect() as connection:
        tables = MetaData()
        tables.reflect(connection, schema=schema)
        rows = {name: [repr(tuple(row)) for row in connection.execute(select(t))] for name, t in tables.tables.items()}
    connections.dispose()
    return {name.removeprefix("dbos."): found for name, found in rows.items()}


def test_all_that_is_given_is_done(engine_on_either: Engine, steps: Steps) -> None:
    work = [Work("match", f"{n:032x}", 0) for n in range(25)]
    finished = engine_on_either.run(work, LONG)
    assert sorted(finished, key=lambda each: each.work.key) == [Finished(each, None) for each in work]
    assert sorted(steps.done) == [("match", each.object_id) for each in work]


def test_nothing_to_do_is_done_at_once(engine: Engine) -> None:
    assert engine.run([], LONG) == []


def test_a_fault_is_told_by_its_type_and_hinders_no_other_work(engine: Engine) -> None:
    with capture_logs() as logs:
        finished = engine.run([Work("fail", "a1", 0), Work("match", "a2", 0)], LONG)
    assert {each.work.object_id: each.error for each in finished} == {"a1": "LookupError", "a2": None}
    assert CANARY not in repr(logs) + repr(finished)
    assert any(line["event"] == "step-failed" for line in logs)


def test_the_same_work_in_one_run_is_done_once_and_again_in_the_next(engine: Engine, steps: Steps) -> None:
    work = Work("match", "a1", 0)
    assert engine.run([work, work], LONG) == [Finished(work, None)]
    assert len(steps.done) == 1
    assert engine.run([work], LONG) == [Finished(work, None)]
    assert len(steps.done) == 2


def test_work_under_way_is_waited_for_not_doubled(engine_on_either: Engine, steps: Steps) -> None:
    work = Work("hold", "a1", 0)
    assert engine_on_either.run([work], 0.3) == []
    assert steps.begun.wait(LONG)
    threading.Timer(0.3, steps.may_end.set).start()
    assert engine_on_either.run([work], LONG) == [Finished(work, None)]
    assert steps.done == [("hold", "a1")]


def test_a_new_attempt_is_new_work(engine: Engine, steps: Steps) -> None:
    engine.run([Work("match", "a1", 0), Work("match", "a1", 1)], LONG)
    assert len(steps.done) == 2


def test_winding_down_lets_run_return_and_begins_nothing(engine: Engine, steps: Steps) -> None:
    threading.Timer(0.3, engine.wind_down).start()
    assert engine.run([Work("hold", "a1", 0)], LONG) == []
    steps.may_end.set()
    done = len(steps.done)
    assert engine.run([Work("match", "a2", 0)], 0.3) in ([], [Finished(Work("match", "a2", 0), None)])
    assert len(steps.done) == done


def test_dbos_holds_ids_while_work_lasts_and_nothing_afterwards(
    url: str, engine_on_either: Engine, steps: Steps
) -> None:
    engine_on_either.run([Work("hold", "c0ffee", 0), Work("fail", "decade", 0)], 0.5)
    meanwhile = rows_of_dbos(url)
    assert CANARY not in repr(meanwhile)
    assert "c0ffee" in repr(meanwhile["workflow_status"]) and "c0ffee" in repr(meanwhile["workflow_input"])
    assert "decade" not in repr(meanwhile)
    threading.Timer(0.3, steps.may_end.set).start()
    engine_on_either.run([Work("hold", "c0ffee", 0)], LONG)
    left = {name: rows for name, rows in rows_of_dbos(url).items() if rows}
    assert set(left) == {"application_versions", "dbos_migrations", "queues"}
    assert "c0ffee" not in repr(left) and CANARY not in repr(left)


def test_nothing_is_pickled(sqlite: str, engine: Engine) -> None:
    engine.run([Work("hold", "c0ffee", 0)], 0.3)
    assert '["hold","c0ffee"]' in repr(rows_of_dbos(sqlite)["workflow_input"])


@pytest.mark.parametrize("name", ["", "Smith", "Jane Smith", "a.b", "x" * 65, "é", "a:b", "a\n"])
def test_work_is_named_by_opaque_words(name: str) -> None:
    with pytest.raises(ValueError, match="opaque"):
        Work(name, "a1", 0)
    with pytest.raises(ValueError, match="opaque"):
        Work("match", name, 0)


def test_it_starts_and_stops_again_and_again_and_leaves_no_thread(url: str, steps: Steps) -> None:
    before = set(threading.enumerate())
    for turn in range(3):
        engine = Engine(url, "worker-1", steps.perform, "1")
        engine.start()
        assert len(engine.run([Work("match", "a1", turn)], LONG)) == 1
        engine.stop()
        engine.stop()
    assert set(threading.enumerate()) <= before
    assert len(steps.done) == 3


def test_a_begun_step_may_end_before_the_engine_stops(url: str, steps: Steps) -> None:
    engine = Engine(url, "worker-1", steps.perform, "1")
    engine.start()
    engine.run([Work("hold", "a1", 0)], 0.3)
    begun = set(threading.enumerate())
    threading.Timer(0.3, steps.may_end.set).start()
    engine.stop()
    assert steps.ended == ["a1"]
    assert rows_of_dbos(url)["workflow_status"] == []
    assert not [thread for thread in begun if thread.is_alive() and thread.name.startswith("dbos")]


def test_a_second_engine_of_the_same_name_is_refused_and_welcome_later(
    url: str, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integration.storage.seats.TAKE_SECONDS", 1)
    first, second = (Engine(url, "worker-1", steps.perform, "1") for _ in range(2))
    first.start()
    with pytest.raises(UsageError, match="already"):
        second.start()
    assert first.run([Work("match", "a1", 0)], LONG) == [Finished(Work("match", "a1", 0), None)]
    first.stop()
    second.start()
    second.stop()


def test_an_engine_that_is_not_started_says_so(sqlite: str, steps: Steps) -> None:
    with pytest.raises(UsageError, match="not been started"):
        Engine(sqlite, "worker-1", steps.perform, "1").run([], LONG)


def test_a_started_engine_is_not_started_twice(engine: Engine) -> None:
    with pytest.raises(UsageError, match="started already"):
        engine.start()


def test_a_database_that_is_not_there_is_unavailable(steps: Steps) -> None:
    with pytest.raises(Unavailable, match="take a worker's seat"):
        Engine("postgresql+psycopg://app@127.0.0.1:1/none", "worker-1", steps.perform, "1").start()


def test_a_worker_that_loses_its_seat_is_lost(postgres_cluster: Cluster, postgres_database: str, steps: Steps) -> None:
    engine = Engine(postgres_database, "worker-1", steps.perform, "1")
    engine.start()
    with capture_logs() as logs, pytest.raises(EngineLost, match="seat"):
        assert postgres_cluster.end_sessions(postgres_database.rpartition("/")[2], "flagtag-seat") == 1
        engine.run([Work("hold", "a1", 0)], LONG)
    assert [line["event"] for line in logs] == ["engine-lost"]
    steps.may_end.set()
    engine.stop()


def test_on_sqlite_it_asks_nothing_of_the_network(
    sqlite: str, steps: Steps, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the engine tried to connect")

    for verb in ("connect", "connect_ex", "bind", "listen"):
        monkeypatch.setattr(socket.socket, verb, refuse)
    engine = Engine(sqlite, "worker-1", steps.perform, "1")
    engine.start()
    assert len(engine.run([Work("match", "a1", 0)], LONG)) == 1
    engine.stop()
    assert capfd.readouterr() == ("", "")


def test_the_words_of_dbos_are_not_logged(engine: Engine, capfd: pytest.CaptureFixture[str]) -> None:
    with capture_logs() as logs:
        try:
            raise LookupError(CANARY)
        except LookupError as error:
            logging.getLogger("dbos").error("could not do %s", CANARY, exc_info=error)
        logging.getLogger("dbos").info(CANARY)
    assert [(line["event"], line["error"]) for line in logs] == [("dbos-warns", "LookupError")]
    assert logs[0]["phase"].startswith("test_engine:")  # the place in the code, for whoever wants the words
    assert CANARY not in repr(logs) + repr(capfd.readouterr())


def test_the_files_are_for_their_owner_alone(sqlite: str, tmp_path: Path, steps: Steps) -> None:
    engine = Engine(sqlite, "worker-1", steps.perform, "1")
    engine.start()
    modes = {path.name: path.stat().st_mode & 0o077 for path in tmp_path.iterdir()}
    engine.stop()
    assert modes == dict.fromkeys(("engine.db", "engine.db-wal", "engine.db-shm", "engine.db.lock"), 0)
