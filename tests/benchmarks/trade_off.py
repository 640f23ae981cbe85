"""What each threshold and each guard costs, and what it saves: the real judge decides again by other numbers.

trade_off.py DATABASE PEOPLE.csv TRUTH.csv       prints JSON: a point of the curve for each number tried, and the guards

People are searched for and weighed once; thresholds change neither. `possible` is how much is shown to a person,
`certain` how much acts by itself; every guard stands throughout.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Set

from benchmarks.scoring import Verdict, figures, tell
from benchmarks.searching import Search, arguments, decided, lines_of, lists, verdict
from benchmarks.tables import truth

from integration.domain.matching import MatchDecision, NeedsReview

# bits beside the number that ships
TRIED = {
    "possible": (-3.0, -2.0, -1.5, -1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0),
    "certain": (-6.0, -4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0, 8.0),
}
Guards = dict[str, Counter[str]]


def main(asked: argparse.Namespace) -> None:
    search, true, guards = Search(asked.database, asked.today), truth(asked.truth), Guards()
    ships = {name: getattr(search.parameters, name) for name in TRIED}
    points = [(name, ships[name] + beside) for name, several in TRIED.items() for beside in several]
    judges = {point: search.judge(**{point[0]: point[1]}) for point in points}
    verdicts = {point: dict[str, Verdict]() for point in points}
    lowest = min(judge.floor() for judge in judges.values())
    for cases in lists(asked.people):
        rows, persons = lines_of(cases), search.people(cases, lowest)
        for point, judge in judges.items():
            verdicts[point].update(zip(rows, map(verdict, decided(judge, persons)), strict=True))
        count_guards(zip(decided(search.judge(), persons), (true[row] for row in rows), strict=True), guards)
    tell(
        curve=[{"threshold": name, "bits": at, "ships": at == ships[name]} | figures(verdicts[name, at], true)
               for name, at in points],
        guards=guards,
    )  # fmt: skip


def count_guards(made: Iterable[tuple[MatchDecision, Set[str]]], guards: Guards) -> None:
    """What each guard held back: the right patient, or somebody else; and how often it was alone in that."""
    for decision, true in made:
        if not isinstance(decision, NeedsReview):
            continue
        held = "right" if decision.candidates[0].patient in true else "wrong"
        for word in decision.why:
            counted = guards.setdefault(word, Counter())
            counted[held] += 1
            counted[f"{held} alone"] += len(decision.why) == 1


if __name__ == "__main__":
    main(arguments(__doc__).parse_args())
