"""A transaction that PostgreSQL ended to undo a deadlock is tried again; any other failure is not."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DBAPIError

from integration.engine import _after_deadlocks


class Ended(Exception):
    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


def tries_until(ends: list[str]) -> int:
    """How often it was tried, the server ending it in these ways before it lets it through."""
    tried = 0
    for attempt in _after_deadlocks():
        with attempt:
            tried += 1
            if tried <= len(ends):
                raise DBAPIError("DELETE", {}, Ended(ends[tried - 1]))
    return tried


def test_a_deadlock_is_tried_again() -> None:
    assert tries_until(["40P01", "40001"]) == 3


def test_another_failure_is_not() -> None:
    with pytest.raises(DBAPIError):
        tries_until(["53100"])


def test_it_does_not_try_for_ever() -> None:
    with pytest.raises(DBAPIError):
        tries_until(["40P01"] * 100)
