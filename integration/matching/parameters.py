"""The numbers that matching rests on: data with a version, read once and checked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import log2
from typing import Any

from integration.shipped import shipped

FIELDS = ("given", "family", "middle", "birth", "sex", "address", "phone", "nhs_number", "household")


@dataclass(frozen=True, slots=True)
class Level:
    """How often one outcome of a comparison is seen between one person and themself, a stranger, a relative, a twin."""

    same: float
    chance: float | None  # None: `times` the share of people who bear the name
    times: float
    relative: float | None
    twin: float | None
    bits: float  # against a stranger, where no share is needed

    @classmethod
    def from_data(cls, where: str, data: Mapping[str, float]) -> Level:
        chance, times = data.get("chance"), data.get("times", 0.0)
        if not 0 < data["same"] <= 1 or (chance is None) == (times <= 0) or any(v <= 0 for v in data.values()):
            raise ValueError(f"matching parameters: {where}: give same, and either chance or times, all above 0")
        bits = log2(data["same"] / chance) if chance else 0.0
        return cls(data["same"], chance, times, data.get("relative"), data.get("twin"), bits)

    def bits_at(self, share: float) -> float:
        """Bits against a stranger, where the share of people who bear the name says what chance there is."""
        chance = self.times * share
        return log2(self.same / chance if chance < 1.0 else self.same)


@dataclass(frozen=True, slots=True)
class Parameters:
    """One version of all numbers."""

    version: str
    levels: Mapping[str, Mapping[str, Level]]  # by field and outcome
    rarest_share: float
    commonest_share: float
    borne_share: float
    own_name_share: float
    absent_relative_bits: float
    twin_share: float
    twin_share_adult: float
    adult_from: int
    certain: float
    probable: float
    possible: float
    margin: float
    shown: int
    namesakes: int
    one_number: int
    crowd: int
    bits: Mapping[str, Mapping[str, float]]  # against a stranger, by field and outcome
    apart: Mapping[str, Mapping[str, float]]  # against a relative, likewise
    _related: dict[tuple[str, str, bool], float]  # reckoned once each

    def related(self, given: str, birth: str, adult: bool) -> float:
        """How much likelier the patient is than a relative: twins share the birth, fathers and sons the name."""
        known = self._related.get((given, birth, adult))
        if known is None:
            g, b = self.levels["given"][given], self.levels["birth"][birth]
            twins = self.twin_share_adult if adult else self.twin_share
            relative = (1 - twins) * _of(g.relative) * _of(b.relative) + twins * _of(g.twin) * _of(b.twin)
            known = self._related[given, birth, adult] = log2(g.same * b.same / relative)
        return known

    @classmethod
    def from_toml(cls, text: str) -> Parameters:
        """Read and check; raises `ValueError` or `KeyError` for what cannot be used."""
        data: dict[str, Any] = tomllib.loads(text)
        levels = {
            name: {level: Level.from_data(f"{name}.{level}", numbers) for level, numbers in data[name].items()}
            for name in FIELDS
        }
        grades = data["grades"]
        return cls(
            version=data["version"],
            levels=levels,
            rarest_share=data["rarest_share"],
            commonest_share=data["commonest_share"],
            borne_share=data["borne_share"],
            own_name_share=data["own_name_share"],
            absent_relative_bits=data["absent_relative_bits"],
            twin_share=data["twin_share"],
            twin_share_adult=data["twin_share_adult"],
            adult_from=data["adult_from"],
            certain=grades["certain"],
            probable=grades["probable"],
            possible=grades["possible"],
            margin=grades["margin"],
            shown=grades["shown"],
            namesakes=data["lookup"]["namesakes"],
            one_number=data["lookup"]["one_number"],
            crowd=data["lookup"]["crowd"],
            bits={name: {outcome: level.bits for outcome, level in found.items()} for name, found in levels.items()},
            apart={
                name: {outcome: log2(level.same / _of(level.relative)) for outcome, level in found.items()}
                for name, found in levels.items()
            },
            _related={},
        )


def _of(probability: float | None) -> float:
    return 1.0 if probability is None else probability


@cache
def shipped_text() -> str:
    """The file that ships with the program."""
    return shipped("matching.toml").read_text(encoding="utf-8")


@cache
def shipped_parameters() -> Parameters:
    """The version that ships with the program."""
    return Parameters.from_toml(shipped_text())
