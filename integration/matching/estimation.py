"""What the numbers of matching would be on the trust's own people: Fellegi and Sunter's m and u, by EM, for a person.

`same` (m) rests on pairs of records that are likely one person's: sought by several ways of looking, each silent about
what it looked by, and divided into one person's and strangers' by EM, fields being independent; and on people of lists
whose patient is decided. `chance` (u) rests on pairs of patients drawn at random.

Three things are learnt from those who have tried it: relatives pass for matches where pairs are sought by postcode, so
none is; few pairs make wild numbers, so the numbers in force count as pairs too; and a level that was hardly seen keeps
what it has. Never estimated: guards, thresholds, `relative` and `twin` (nobody labels those), names' `times` (how
common a name is follows from the index at every decision) and how lists write names, which no index shows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2

from integration.matching.parameters import Level, Parameters

Levels = Mapping[str, str]  # of one pair: by field, what came of comparing it; fields that were missing are left out
Seen = Mapping[tuple[str, str], float]  # (field, level): of how many pairs

PRIOR = 100.0  # pairs that the numbers in force count for, in each field
ENOUGH = 100.0  # pairs that a field has to rest on
FEW = 10.0  # below so many pairs a level keeps its numbers
FURTHEST = 3.0  # bits: no weight moves further at once
LEAST = 0.0005  # of any `same`: what was never seen is rare, not impossible
ROUNDS = 50

# Levels that say how a name or a date was written or given, and not how often two records agree.
BY_WRITING: Mapping[str, frozenset[str]] = {
    "given": frozenset({"spelling", "short", "part", "first", "middle", "initial"}),
    "family": frozenset({"alias", "spelling", "part", "initial"}),
    "middle": frozenset({"initial"}),
    "birth": frozenset({"january", "age", "age_near"}),
}
ESTIMATED = ("given", "family", "middle", "birth", "sex", "address", "phone", "nhs_number")


@dataclass(frozen=True, slots=True)
class Session:
    """Pairs that one way of looking found; of the fields that it did not look by."""

    name: str
    pairs: Sequence[Levels]


@dataclass(frozen=True, slots=True)
class Strangers:
    """Levels between patients drawn at random: their shares, and the pairs that these rest on."""

    shares: Seen
    pairs: Seen


@dataclass(frozen=True, slots=True)
class Estimate:
    """One level, before and after; `kept` says why it stays as it is, empty where it changes."""

    field: str
    level: str
    before: Level
    same: float
    chance: float | None
    same_pairs: float
    chance_pairs: float
    kept: str

    @property
    def bits_before(self) -> float:
        return _bits(self.before.same, self.before.chance, self.before.times)

    @property
    def bits_after(self) -> float:
        return _bits(self.same, self.chance, self.before.times)


def _bits(same: float, chance: float | None, times: float) -> float:
    """Against a stranger; where a name's share comes in, against one whose share is 1."""
    return log2(same / (times if chance is None else chance))


def estimate(
    parameters: Parameters, sessions: Iterable[Session], decided: Iterable[Levels], strangers: Strangers
) -> list[Estimate]:
    """Every level of every field that is ever estimated, with what it would become."""
    counted: Counter[tuple[str, str]] = Counter()
    for pair in decided:
        counted.update(pair.items())
    for session in sessions:
        for seen, share in one_person(session.pairs, parameters, strangers.shares).items():
            counted[seen] += share  # type: ignore[assignment]
    return [one for field in ESTIMATED for one in _of_field(field, parameters, counted, strangers)]


def one_person(pairs: Sequence[Levels], parameters: Parameters, chance: Seen) -> dict[tuple[str, str], float]:
    """How often each level is seen among the pairs that are one person's, by EM with the strangers' shares fixed."""
    patterns = Counter(tuple(sorted(pair.items())) for pair in pairs)
    fields = {field for pattern in patterns for field, _ in pattern}
    same = {(f, level): numbers.same for f in fields for level, numbers in parameters.levels[f].items()}
    prior = {f: _prior(parameters, f) for f in fields}
    likely, expected = 0.5, dict[tuple[str, str], float]()
    for _ in range(ROUNDS):
        expected, matches = {}, 0.0
        for pattern, times in patterns.items():
            one, other = likely, 1.0 - likely
            for seen in pattern:
                one *= same[seen]
                other *= max(chance.get(seen, 0.0), 1e-7)
            belongs = times * one / (one + other)
            matches += belongs
            for seen in pattern:
                expected[seen] = expected.get(seen, 0.0) + belongs
        likely = min(0.999, max(0.001, matches / max(1, len(pairs))))
        for field in fields:
            same.update(_shares_of(field, expected, prior[field]))
    return expected


def _prior(parameters: Parameters, field: str) -> dict[str, float]:
    """The numbers in force as shares of one, over the levels that pairs of records can show."""
    levels = {name: numbers.same for name, numbers in parameters.levels[field].items() if name != "missing"}
    whole = sum(levels.values())
    return {name: same / whole for name, same in levels.items()}


def _shares_of(field: str, expected: Seen, prior: Mapping[str, float]) -> dict[tuple[str, str], float]:
    total = sum(expected.get((field, level), 0.0) for level in prior) + PRIOR
    return {
        (field, level): max(LEAST, (expected.get((field, level), 0.0) + PRIOR * share) / total)
        for level, share in prior.items()
    }


def _of_field(field: str, parameters: Parameters, counted: Seen, strangers: Strangers) -> list[Estimate]:
    """The levels that are alternatives to each other share what they had together; the others stay as they are."""
    levels = {name: numbers for name, numbers in parameters.levels[field].items() if name != "missing"}
    alternatives = [name for name in levels if name not in BY_WRITING.get(field, ())]
    together = sum(levels[name].same for name in alternatives)
    pairs = sum(counted.get((field, name), 0.0) for name in alternatives)
    found = []
    for name, before in levels.items():
        seen, strange = counted.get((field, name), 0.0), strangers.pairs.get((field, name), 0.0)
        kept, same, chance = "", before.same, before.chance
        if name not in alternatives:
            kept = "says how it was written, not how often it agrees"
        elif pairs < ENOUGH:
            kept = "too few pairs of one person"
        elif seen < FEW or (chance is not None and strange < FEW):
            kept = "too few pairs at this level"
        else:
            same = together * (seen + PRIOR * before.same / together) / (pairs + PRIOR)
            chance = None if chance is None else strangers.shares[field, name]
            same, chance = _not_too_far(before, same, chance)
        found.append(Estimate(field, name, before, same, chance, seen, strange, kept))
    return found


def _not_too_far(before: Level, same: float, chance: float | None) -> tuple[float, float | None]:
    """The numbers so that the weight moves by a few bits at most, and all are probabilities."""
    same = min(1.0, max(LEAST, same))
    old = _bits(before.same, before.chance, before.times)
    bits = _bits(same, chance, before.times)
    if abs(bits - old) <= FURTHEST:
        return same, chance
    wanted = old + (FURTHEST if bits > old else -FURTHEST)
    if chance is None:
        return min(1.0, before.times * 2.0**wanted), None
    return same, min(1.0, same / 2.0**wanted)
