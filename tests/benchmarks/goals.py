"""What matching is to reach, as a column beside what was measured: at a million patients, or at ten."""

from __future__ import annotations

from benchmarks.runs import Figures

HARSH = ("hard", "numbers")  # mixes of many and of misleading slips
_ANYWHERE = {"wrong": "0"}
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
Goals = tuple[str, Figures]  # what the column is called, and what stands in it
FEBRL: Goals = ("goal", {"f1": ">= 0.999", "recall": ">= 0.998"})
IN_ALL = "and the goal is none wrong of 30,000 or more, over five seeds and three mixes"


def goals(patients: int, mix: str) -> Goals:
    """What is asked of an index of so many patients and a list of this mix of slips."""
    if patients > 2 * _MILLION:
        return "goal at 10M", _ANYWHERE | _AT_TEN_MILLION
    return "goal at 1M", _ANYWHERE | (_ON_A_HARSH_MIX if mix in HARSH else _ON_A_USUAL_MIX) | _OF_SPEED
