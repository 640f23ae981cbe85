"""What all lists of a run come to together: sums, means and the least good of each mix of slips, beside the goals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import mean

from benchmarks import printing
from benchmarks.goals import ANYWHERE, IN_ALL, goals
from benchmarks.runs import Figures

_SUMS, _HIGH, _LOW = ("automatic", "wrong"), ("found", "safe"), ("review", "absent_review")


class Together:
    """The figures of every list, as they come."""

    def __init__(self) -> None:
        self._lists: list[tuple[str, dict[str, Figures]]] = []
        self._patients, self._taken_out = 0, Counter[str]()

    def add(self, patients: int, mix: str, columns: dict[str, Figures]) -> None:
        """One list: by each method that was tried on it, ours first."""
        self._patients = patients
        self._lists.append((mix, columns))

    def take_out(self, told: Figures) -> None:
        """What came of those whose records were taken away."""
        self._taken_out.update(told)

    @property
    def wrong(self) -> int:
        return sum(int(columns["flagtag"]["wrong"]) for _, columns in self._lists)

    def printed(self) -> str:
        """By mix, beside the others, and in all."""
        mixes = list(dict.fromkeys(mix for mix, _ in self._lists))
        parts = [self._of_mix(mix) for mix in mixes]
        compared = [columns for _, columns in self._lists if len(columns) > 1]
        if compared:
            everybody = {title: summed([columns[title] for columns in compared]) for title in compared[0]}
            parts.append(f"beside the others, {len(compared)} lists together\n{printing.table(everybody, ANYWHERE)}")
        indexes = max(sum(of == mix for of, _ in self._lists) for mix in mixes)
        in_all = summed([columns["flagtag"] for _, columns in self._lists]) | {"indexes": indexes, "mixes": len(mixes)}
        kept = {name: in_all[name] for name in ("indexes", "mixes", *_SUMS)}
        parts.append(f"in all\n{printing.table({'flagtag': kept}, IN_ALL, printing.OF_ALL)}")
        parts.append(printing.taken_out(self._taken_out).lstrip())
        return "\n\n".join(parts)

    def _of_mix(self, mix: str) -> str:
        ours = [columns["flagtag"] for of, columns in self._lists if of == mix]
        columns = {"flagtag": summed(ours), "least good": least_good(ours)}
        return f"list {mix}, {len(ours)} indexes together\n{printing.table(columns, goals(self._patients, mix))}"


def summed(several: Sequence[Figures]) -> Figures:
    """Counts added up, shares on average."""
    sums: Figures = {name: sum(one[name] for one in several) for name in _SUMS}
    return sums | {name: mean(one[name] for one in several) for name in (*_HIGH, *_LOW)}


def least_good(several: Sequence[Figures]) -> Figures:
    """Of each share the one that is furthest from its goal."""
    lows: Figures = {name: max(one[name] for one in several) for name in ("wrong", *_LOW)}
    return lows | {name: min(one[name] for one in several) for name in _HIGH}
