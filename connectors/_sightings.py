"""When a file counts as whole: seen unchanged for long enough, by our own clock.

An event that a file was closed proves nothing: a sender killed half way closes it too. Nor do a sender's time stamps,
which a client may set at will. So each look is compared with the looks before it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Sighting:
    signature: Hashable
    since: float


class Sightings:
    """What was seen at the last look, and since when it has looked the same."""

    def __init__(self, settle_seconds: float, monotonic: Callable[[], float]) -> None:
        self._settle_seconds, self._monotonic = settle_seconds, monotonic
        self._sightings: dict[str, _Sighting] = {}
        self._looked_at = 0.0

    def look(self, seen: Mapping[str, Hashable]) -> frozenset[str]:
        """Take note of what lies there now; returns what has settled. What is gone is forgotten."""
        self._looked_at = self._monotonic()
        sightings = {}
        for key, signature in seen.items():
            before = self._sightings.get(key)
            unchanged = before is not None and before.signature == signature
            sightings[key] = before if before and unchanged else _Sighting(signature, self._looked_at)
        self._sightings = sightings
        return frozenset(key for key in seen if self.unchanged_for(key) >= self._settle_seconds)

    def unchanged_for(self, key: str) -> float:
        """Seconds for which `key` had looked the same at the last look."""
        return self._looked_at - self._sightings[key].since
