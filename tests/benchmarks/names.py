"""The stock of names that the benchmark's people are given: a few common, many rare, as anywhere."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

_GIVEN_STEEPNESS, _FAMILY_STEEPNESS, _RARE_STEEPNESS = 0.6, 0.65, 0.35
_DATA = tomllib.loads((Path(__file__).parent / "names.toml").read_text(encoding="utf-8"))


class Ranked:
    """Names in falling frequency: the one in place n is drawn as often as 1 / (n + 2) to the steepness says."""

    def __init__(self, names: Sequence[str], steepness: float) -> None:
        self.names = tuple(names)
        self._power = 1 - steepness
        self._from = 1.5**self._power  # a name's share is the area beneath the curve, half a place to either side of it
        self._over = (len(names) + 1.5) ** self._power - self._from

    def draw(self, random: Random) -> str:
        return self.names[int((self._from + random.random() * self._over) ** (1 / self._power) + 0.5) - 2]


@dataclass(frozen=True, slots=True)
class Group:
    """Who share a stock of names."""

    name: str
    share: float
    given: dict[str, Ranked]  # by sex
    families: Ranked


def groups() -> list[Group]:
    return [
        Group(
            name,
            data["share"],
            {sex: Ranked(data[sex].split(), _GIVEN_STEEPNESS) for sex in "FM"},
            Ranked(data["families"].split(), _FAMILY_STEEPNESS),
        )
        for name, data in _DATA["groups"].items()
    ]


def rare_families() -> Ranked:
    """Thousands of family names that sound English."""
    beginnings, ends = (_DATA["rare_families"][part].split() for part in ("beginnings", "ends"))
    short = {one + end for one in beginnings for end in ends}
    long = {one + between + end for one in beginnings[::2] for between in ("er", "ing", "en") for end in ends[::2]}
    return Ranked(sorted(short | long), _RARE_STEEPNESS)


STREETS = [f"{name} {kind}" for name in _DATA["streets"]["names"].split() for kind in _DATA["streets"]["kinds"].split()]
SHORT_FORMS = {
    full: shorts.split() for full, _, shorts in (line.partition(":") for line in _DATA["called"]["short_forms"])
}
OTHER_SPELLINGS = {
    name: [other for other in line.split() if other != name]
    for line in reversed(_DATA["called"]["spellings"])
    for name in line.split()
}
