"""A worker's seat, and the moment in which nobody may sit down."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration.errors import UsageError
from integration.storage import seats
from integration.storage.seats import nobody_seated, seat_at


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'engine.db'}"
    return str(request.getfixturevalue("postgres_database"))


def test_an_upgrade_waits_for_no_worker_and_stops_none(url: str) -> None:
    seat = seat_at(url, "RXX-host")
    seat.take()
    with pytest.raises(UsageError, match="stop"), nobody_seated(url):
        pytest.fail("somebody sits there")
    assert seat.is_held()
    seat.release()
    with nobody_seated(url):
        pass


def test_nobody_sits_down_during_an_upgrade(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "TAKE_SECONDS", 1)
    seat = seat_at(url, "RXX-host")
    with nobody_seated(url), pytest.raises(UsageError):
        seat.take()
    assert not seat.is_held()
    seat.take()
    assert seat.is_held()
    seat.release()
