"""The time at which the tests of a patient index stand, until one of them turns the clock."""

from __future__ import annotations

from datetime import UTC, datetime

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class Clock:
    """Says what it was last set to."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now
