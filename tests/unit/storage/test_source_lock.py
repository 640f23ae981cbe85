"""One look at a source at a time, on both databases; whoever dies or ends gives way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from integration.storage.database import Database, open_database
from integration.storage.source_lock import alone_at


def now() -> datetime:
    return datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def hosts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    """Two that use one database."""
    at = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'flagtag.db'}" if at else str(request.getfixturevalue("postgres_database"))
    opened = (open_database(url, now), open_database(url, now))
    yield opened
    for database in opened:
        database.close()


def test_one_at_a_time(hosts: tuple[Database, Database], tmp_path: Path) -> None:
    ours, theirs = hosts
    with alone_at(ours, tmp_path, "drop") as we:
        with alone_at(theirs, tmp_path, "drop") as they, alone_at(theirs, tmp_path, "inbox") as elsewhere:
            assert (we, they, elsewhere) == (True, False, True)
        with alone_at(theirs, tmp_path, "drop") as they:
            assert not they  # that they looked has freed nothing
    with alone_at(theirs, tmp_path, "drop") as they:
        assert they


def test_a_look_that_fails_gives_way(hosts: tuple[Database, Database], tmp_path: Path) -> None:
    ours, theirs = hosts
    with pytest.raises(ZeroDivisionError), alone_at(ours, tmp_path, "drop"):
        raise ZeroDivisionError
    with alone_at(theirs, tmp_path, "drop") as they:
        assert they


def test_no_source_is_named_by_a_file(hosts: tuple[Database, Database], tmp_path: Path) -> None:
    with alone_at(hosts[0], tmp_path, "drop"):
        assert not any("drop" in path.name for path in tmp_path.iterdir())
