"""The engine under SIGKILL: everything is done at least once, its effect exactly once, and soon after the restart."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import pytest
from peers.postgres import Cluster
from sqlalchemy import MetaData, create_engine, func, select

from integration.engine import WATCH_SECONDS
from integration.storage.database import open_database
from integration.storage.tables import actors, audit_events, metadata

pytestmark = pytest.mark.fault

SOON = 25.0  # seconds to the first step after a restart, imports included; about 2 on a machine that is not busy
KILLED = -9
WORKER = Path(__file__).with_name("engine_worker.py")
POINTS = ("before", "middle", "after")


@dataclass
class Deployment:
    """Records, an engine's database and a list of what is due, on which workers are started and killed."""

    records_url: str
    engine_url: str
    folder: Path
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def due(self, count: int) -> list[str]:
        keys = [f"{n + 1:032x}" for n in range(count)]
        (self.folder / "due").write_text(" ".join(keys))
        return keys

    def wish(self, name: str) -> None:
        (self.folder / name).touch()

    def worker(self, mode: str = "work", name: str = "worker-1", version: str = "1") -> subprocess.Popen[str]:
        arguments = [self.records_url, self.engine_url, str(self.folder), name, version, mode]
        command = [sys.executable, "-W", "error", str(WORKER), *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.processes.append(process)
        return process

    def effects(self) -> tuple[list[str], list[str]]:
        """The keys that are marked, and the keys of the events, each in order and as often as they are there."""
        records = open_database(self.records_url, lambda: datetime.now(UTC))
        with records.reading() as connection:
            marked = connection.execute(select(actors.c.actor_id).order_by(actors.c.actor_id)).scalars().all()
            told = connection.execute(select(audit_events.c.object_id).order_by(audit_events.c.object_id)).scalars()
            found = list(marked), list(told)
        records.close()
        return found

    def work_left_in_dbos(self) -> int:
        connections = create_engine(self.engine_url)
        with connections.connect() as connection:
            tables = MetaData()
            schema = None if self.engine_url.startswith("sqlite") else "dbos"
            tables.reflect(connection, schema=schema)
            status = next(table for name, table in tables.tables.items() if name.endswith("workflow_status"))
            left = connection.execute(select(func.count()).select_from(status)).scalar_one()
        connections.dispose()
        return int(left)


@pytest.fixture(params=["sqlite", "postgresql"])
def deployment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deployment]:
    if request.param == "sqlite":
        urls = (f"sqlite:///{tmp_path / 'flagtag.db'}", f"sqlite:///{tmp_path / 'engine.db'}")
    else:
        urls = (str(request.getfixturevalue("postgres_database")),) * 2
    yield from deployed(*urls, tmp_path)


@pytest.fixture
def two_hosts(postgres_database: str, tmp_path: Path) -> Iterator[Deployment]:
    yield from deployed(postgres_database, postgres_database, tmp_path)


def deployed(records_url: str, engine_url: str, folder: Path) -> Iterator[Deployment]:
    records = open_database(records_url, lambda: datetime.now(UTC))
    with records.change() as change:
        metadata.create_all(change.connection)
    records.close()
    made = Deployment(records_url, engine_url, folder)
    yield made
    for process in made.processes:
        process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], wanted: Callable[[str], bool]) -> str:
    """The first line that is wanted; fails with what the worker complained of if it ends before."""
    assert process.stdout is not None
    for line in process.stdout:
        if wanted(line.strip()):
            return line.strip()
    _, complaints = process.communicate()
    raise AssertionError(f"the worker ended with {process.returncode}: {complaints[-2000:]}")


def end_of(process: subprocess.Popen[str]) -> int:
    _, complaints = process.communicate(timeout=60)
    assert process.returncode in (0, KILLED), complaints[-2000:]
    return process.returncode


def test_killed_before_within_and_after_every_step(deployment: Deployment) -> None:
    keys = deployment.due(2)
    for key in keys:
        for point in POINTS:
            deployment.wish(f"kill-{point}-{key}")
    ends = []
    while 0 not in ends:
        ends.append(end_of(deployment.worker()))
        assert len(ends) <= len(keys) * len(POINTS) + 1
    assert list(deployment.folder.glob("kill-*")) == []  # every death that was wished for was died
    assert ends.count(KILLED) >= len(POINTS)
    assert deployment.effects() == (keys, keys)
    assert end_of(deployment.worker()) == 0  # a death between a step's end and its row's is tidied at the next start
    assert deployment.work_left_in_dbos() == 0


def test_killed_at_any_moment(deployment: Deployment) -> None:
    keys = deployment.due(30)
    chance = random.Random(20261122)
    for _ in range(3):
        process = deployment.worker()
        begun = 0
        stop_at = chance.randint(1, 6)

        def enough(line: str, stop_at: int = stop_at) -> bool:
            nonlocal begun
            begun += line.startswith("begun")
            return begun >= stop_at

        read_until(process, enough)
        process.kill()
        assert end_of(process) == KILLED
    assert end_of(deployment.worker()) == 0
    assert deployment.effects() == (keys, keys)
    assert deployment.work_left_in_dbos() == 0


def test_a_restarted_worker_goes_on_by_itself_and_soon(deployment: Deployment) -> None:
    keys = deployment.due(3)
    deployment.wish(f"kill-before-{keys[1]}")
    assert end_of(deployment.worker()) == KILLED
    restarted = monotonic()
    process = deployment.worker("wait")  # asks for nothing: only what the dead one left can be done
    read_until(process, lambda line: line.startswith("begun"))
    assert monotonic() - restarted < SOON
    assert end_of(process) == 0
    assert deployment.effects() == (keys, keys)


def test_work_that_another_version_left_is_dropped_and_derived_again(deployment: Deployment) -> None:
    keys = deployment.due(3)
    deployment.wish(f"kill-before-{keys[0]}")
    assert end_of(deployment.worker()) == KILLED
    process = deployment.worker("wait", version="2")
    read_until(process, lambda line: line == "started")
    assert deployment.work_left_in_dbos() == 0
    process.kill()
    assert end_of(process) == KILLED
    assert end_of(deployment.worker(version="2")) == 0
    assert deployment.effects() == (keys, keys)


def test_a_living_host_takes_over_from_a_dead_one_only(two_hosts: Deployment) -> None:
    keys = two_hosts.due(4)
    two_hosts.wish(f"hold-{keys[0]}")
    dying = two_hosts.worker(name="host-a")
    read_until(dying, lambda line: line == f"begun {keys[0]} host-a")
    living = two_hosts.worker(name="host-b")
    read_until(living, lambda line: line == "started")
    with pytest.raises(subprocess.TimeoutExpired):
        living.wait(
            WATCH_SECONDS + 1
        )  # it looks every two seconds, sees that host-a sits in its seat, and lets it hold on
    (two_hosts.folder / f"hold-{keys[0]}").unlink()
    killed = monotonic()
    dying.kill()
    read_until(living, lambda line: line == f"begun {keys[0]} host-b")
    assert monotonic() - killed < SOON
    assert end_of(living) == 0
    assert two_hosts.effects() == (keys, keys)


def test_two_hosts_share_the_same_work(two_hosts: Deployment) -> None:
    keys = two_hosts.due(40)
    hosts = [two_hosts.worker(name=name) for name in ("host-a", "host-b")]
    assert [end_of(host) for host in hosts] == [0, 0]
    assert two_hosts.effects() == (keys, keys)


def test_a_worker_whose_database_cuts_every_session_ends_and_a_restart_finishes(
    two_hosts: Deployment, postgres_cluster: Cluster
) -> None:
    keys = two_hosts.due(6)
    two_hosts.wish(f"hold-{keys[5]}")
    process = two_hosts.worker()
    read_until(process, lambda line: line.startswith(f"begun {keys[5]}"))
    assert postgres_cluster.end_sessions(two_hosts.records_url.rpartition("/")[2]) > 0
    cut = monotonic()
    assert process.stderr is not None
    assert any(re.match(r"integration\.\S*(EngineLost|Unavailable): ", line) for line in process.stderr)
    assert monotonic() - cut < SOON
    process.kill()  # the step that holds on would keep the process for its whole patience
    (two_hosts.folder / f"hold-{keys[5]}").unlink()  # not before: the step looks for it only after it said "begun"
    assert end_of(two_hosts.worker()) == 0
    assert two_hosts.effects() == (keys, keys)
    assert two_hosts.work_left_in_dbos() == 0


def test_a_second_service_on_the_same_deployment_refuses_to_start(tmp_path: Path) -> None:
    for deployment in deployed(f"sqlite:///{tmp_path / 'flagtag.db'}", f"sqlite:///{tmp_path / 'engine.db'}", tmp_path):
        keys = deployment.due(1)
        deployment.wish(f"hold-{keys[0]}")
        first = deployment.worker()
        read_until(first, lambda line: line.startswith("begun"))
        second = deployment.worker()
        _, complaint = second.communicate(timeout=30)
        assert second.returncode == 1
        assert "UsageError: the service already runs on this deployment; stop it first" in complaint
        first.kill()
        (tmp_path / f"hold-{keys[0]}").unlink()
        assert end_of(deployment.worker()) == 0  # the seat of a killed process is free at once
