"""What a method's decisions are worth when the truth is known; one rule for all methods. Plain Python.

A method either decides itself (ours), or gives each person's candidates with scores: then its best candidate from a
threshold on is taken without a person, and up to three candidates are shown to one from the lowest score on that loses
only one in two hundred of those that three candidates could show. It is chosen by the truth, in the others' favour.
"""

from __future__ import annotations

import json
import resource
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

SHOWN = 3
KEPT = 0.995
Ranked = Mapping[str, Sequence[tuple[float, str]]]  # each person's candidates, best first


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one person: taken for a patient, shown to a person, or neither."""

    automatic: str | None = None
    shown: tuple[str, ...] = ()


def figures(verdicts: Mapping[str, Verdict], truth: Mapping[str, set[str]]) -> dict[str, float]:
    """The shares that the issue of matching is judged by."""
    counts: Counter[str] = Counter()
    for person, true in truth.items():
        verdict = verdicts.get(person, Verdict())
        counts["known" if true else "absent"] += 1
        if verdict.automatic is not None:
            counts["right" if verdict.automatic in true else "wrong"] += 1
        elif verdict.shown:
            counts["review"] += 1
            counts["absent review"] += not true
            counts["shown"] += bool(true.intersection(verdict.shown[:SHOWN]))
    known = max(1, counts["known"])
    return {
        "automatic": counts["right"] + counts["wrong"],
        "wrong": counts["wrong"],
        "found": counts["right"] / known,
        "safe": (counts["right"] + counts["shown"]) / known,
        "review": counts["review"] / max(1, len(truth)),
        "absent_review": counts["absent review"] / max(1, counts["absent"]),
    }


def by_threshold(ranked: Ranked, truth: Mapping[str, set[str]], automatic_from: float) -> dict[str, Verdict]:
    """The verdicts of a method that only scores."""
    right = sorted(
        next(score for score, patient in candidates[:SHOWN] if patient in truth[person])
        for person, candidates in ranked.items()
        if truth[person].intersection(patient for _, patient in candidates[:SHOWN])
    )
    cut = right[int(len(right) * (1 - KEPT))] if right else 0.0
    verdicts = {}
    for person, candidates in ranked.items():
        if candidates[0][0] >= automatic_from:
            verdicts[person] = Verdict(candidates[0][1])
        elif candidates[0][0] >= cut:
            verdicts[person] = Verdict(shown=tuple(patient for _, patient in candidates[:SHOWN]))
    return verdicts


def ranked(pairs: Iterable[tuple[str, str, float]]) -> dict[str, list[tuple[float, str]]]:
    """Pairs of person, patient and score as each person's candidates."""
    found: dict[str, list[tuple[float, str]]] = {}
    for person, patient, score in pairs:
        found.setdefault(person, []).append((score, patient))
    for candidates in found.values():
        candidates.sort(reverse=True)
    return found


def linkage(candidates: Ranked, of: Mapping[str, str]) -> dict[str, float]:
    """Best F1 and recall before the first false link, each record linked once, to whoever claims it most strongly."""
    claims: dict[str, tuple[float, str]] = {}
    for person, ((score, record), *_) in candidates.items():
        claims[record] = max(claims.get(record, (score, person)), (score, person))
    right = wrong = 0
    f1 = before = 0.0
    for _, good in sorted(((score, of[person] == record) for record, (score, person) in claims.items()), reverse=True):
        right, wrong = right + good, wrong + (not good)
        f1 = max(f1, 2 * right / (right + wrong + len(of)))
        if not wrong:
            before = right / len(of)
    return {"f1": f1, "recall": before}


def peak_megabytes() -> float:
    """The most memory that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Stopwatch:
    """Takes the time of what is done again and again, and of the processor alone: others may use the machine."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.processor: list[float] = []

    def __enter__(self) -> Stopwatch:
        self._began = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds.append(time.perf_counter() - self._began[0])
        self.processor.append(time.process_time() - self._began[1])

    def told(self) -> dict[str, float]:
        """The medians, as figures of one list, if there were any."""
        if not self.seconds:
            return {}
        return {"list_seconds": median(self.seconds), "list_processor": median(self.processor)}


def tell(**told: object) -> None:
    """Hand figures to the process that asked for them."""
    print(json.dumps(told), flush=True)
