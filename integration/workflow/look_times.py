"""When each source is looked at next: by a clock of its own, so that no source is signed in to for another one's sake.

A healthy source is looked at once in `poll_seconds`; one that settles, sooner; one that fails, after as long again as
it has failed; and one that is near, at each hint.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, select

from integration.ports import CaseListSource
from integration.storage.tables import source_reports
from integration.workflow.backoff import FIRST_SECONDS, LONGEST_SECONDS
from integration.workflow.deployment import Deployment


class LookTimes:
    """The next look at each source; all are due at the start, for whoever starts it may have mended what failed."""

    def __init__(
        self,
        deployment: Deployment,
        monotonic: Callable[[], float],
        *,
        poll_seconds: float,
        settling_seconds: float,
    ) -> None:
        self._deployment, self._monotonic = deployment, monotonic
        self._poll, self._settling = poll_seconds, settling_seconds
        self._next: dict[str, float] = {}

    def due(self, *, hinted: bool = False) -> list[CaseListSource]:
        """The sources to look at now; `hinted`: something happened in a folder, nobody knows in which."""
        now, failing = self._monotonic(), self._failing()
        return [
            source
            for name, source in self._deployment.sources.items()
            if name not in self._next or (hinted and source.is_near) or self._is_time(name, now, failing)
        ]

    def looked_at(self, sources: Sequence[CaseListSource]) -> None:
        """Set the next look at each of these."""
        now = self._monotonic()
        for source in sources:
            self._next[source.name] = now + (self._settling if source.settling() else self._poll)

    def seconds_until_next(self) -> float:
        """How long nothing is due at any source that is well."""
        next_one = min(self._next.values(), default=self._monotonic() + self._poll)
        return min(self._poll, max(0.0, next_one - self._monotonic()))

    def _is_time(self, name: str, now: float, failing: dict[str, RowMapping]) -> bool:
        if name in failing:
            return self._deployment.clock() >= _next_try(failing[name])
        return self._next[name] <= now

    def _failing(self) -> dict[str, RowMapping]:
        statement = select(source_reports).where(source_reports.c.failing_since.is_not(None))
        with self._deployment.database.reading() as connection:
            return {row["source"]: row for row in connection.execute(statement).mappings()}


def _next_try(row: RowMapping) -> datetime:
    """A mailbox locks whoever knocks too often."""
    looked, since = datetime.fromisoformat(row["looked_at"]), datetime.fromisoformat(row["failing_since"])
    failing_seconds = (looked - since).total_seconds()
    return looked + timedelta(seconds=min(max(failing_seconds, FIRST_SECONDS), LONGEST_SECONDS))
