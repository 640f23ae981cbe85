"""An empty local patient index, on SQLite and on a real PostgreSQL, whose clock a test may turn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from patient_clock import Clock

from connectors.local_patient_index import LocalPatientIndex
from integration.domain.audit import Actor, ActorKind
from integration.storage.database import Database, open_database
from integration.storage.tables import metadata


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'index.db'}"
    return str(request.getfixturevalue("postgres_database"))


@pytest.fixture
def database(url: str, clock: Clock) -> Iterator[Database]:
    database = open_database(url, clock)
    with database.change() as change:
        metadata.create_all(change.connection)
    yield database
    database.close()


@pytest.fixture
def index(database: Database, clock: Clock) -> LocalPatientIndex:
    actor = Actor("0" * 32, ActorKind.PROCESS)
    return LocalPatientIndex(database, actor=actor, stale_after=timedelta(hours=48), clock=clock)
