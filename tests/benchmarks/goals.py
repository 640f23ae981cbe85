"""What matching is to reach, as columns beside what was measured: at a million patients, or at ten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HARSH = ("hard", "numbers")  # mixes of many and of misleading slips


@dataclass(frozen=True, slots=True)
class Goals:
    """What is asked, figure by figure: at least or at most so much."""

    title: str
    asked: Mapping[str, str]

    def columns(self, measured: Mapping[str, Any]) -> dict[str, dict[str, str]]:
        """What is asked, and whether what was measured reaches it."""
        met = {
            name: "yes" if _reached(one, measured[name]) else "NO"
            for name, one in self.asked.items()
            if name in measured
        }
        return {self.title: dict(self.asked), "met": met}


def _reached(asked: str, figure: float) -> bool:
    side, _, bound = asked.partition(" ")
    return figure >= float(bound) if side == ">=" else figure <= float(bound)


_NOBODY = {"wrong": "<= 0"}
_ON_A_HARSH_MIX = {"safe": ">= 0.992"}
_ON_A_USUAL_MIX = {"found": ">= 0.75", "safe": ">= 0.997", "review": "<= 0.20", "absent_review": "<= 0.10"}
_OF_SPEED = {
    "list_seconds": "<= 0.10",
    "person_milliseconds": "<= 0.4",
    "person_99_milliseconds": "<= 3",
    "command_seconds": "<= 0.8",
    "load": "<= 30",
    "disk": "<= 300",
    "load_memory": "<= 1000",
    "memory": "<= 150",
    "change_milliseconds": "<= 1",
}
_AT_TEN_MILLION = {"list_seconds": "<= 0.5"}
_MILLION = 1_000_000
ANYWHERE = Goals("goal", _NOBODY)
FEBRL = Goals("goal", {"f1": ">= 0.999", "recall": ">= 0.998"})
IN_ALL = Goals("goal", {"indexes": ">= 5", "mixes": ">= 3", "automatic": ">= 30000"} | _NOBODY)


def goals(patients: int, mix: str) -> Goals:
    """What is asked of an index of so many patients and a list of this mix of slips."""
    if patients > 2 * _MILLION:
        return Goals("goal at 10M", _NOBODY | _AT_TEN_MILLION)
    return Goals("goal at 1M", _NOBODY | (_ON_A_HARSH_MIX if mix in HARSH else _ON_A_USUAL_MIX) | _OF_SPEED)
