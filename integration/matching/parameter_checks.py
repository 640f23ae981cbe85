"""Whether a trust's own matching parameters may be used: whole, in order, and nowhere less careful than ours.

The weights are the trust's to estimate. What keeps a wrong person from being flagged is not: thresholds, margins, how
alike relatives and twins are, how rare a name may count. Those may be made stricter than what ships, never laxer.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from integration.matching.parameters import Parameters, shipped_text

LONGEST_VERSION = 40
HIGHEST_TIMES = 10.0
HIGHER_AT_MOST = 4.0  # bits that agreement may be worth more than what ships gives it
LOWEST = -12.0  # bits: what disagrees is never past forgiving, for lists do err
APART = 2.0  # bits: levels that are so far apart in what ships stay in that order

# Which way is stricter, for every number that guards or grades by; each is held to what ships.
NOT_BELOW = frozenset(
    {
        *("rarest_share", "commonest_share", "twin_share", "twin_share_adult", "adult_from", "relative", "twin"),
        *("certain", "probable", "margin", "shown", "namesakes"),
    }
)
NOT_ABOVE = frozenset({"borne_share", "own_name_share", "absent_relative_bits", "possible", "one_number", "crowd"})
WHOLE_NUMBERS = frozenset({"adult_from", "shown", "namesakes", "one_number", "crowd"})
_GROUPS = ("grades", "lookup")
Data = Mapping[str, Any]


def faults_in(text: str) -> list[str]:
    """Everything that keeps this file from being used, each with its line; empty if it may be."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [f"not valid TOML: {error}"]
    places = _Places(text)
    ours = tomllib.loads(shipped_text())
    faults = [f"{places.of(path)}: {what}" for path, what in _shape(data, ours, ())]
    if not faults:
        faults = [f"{places.of(path)}: {what}" for path, what in _values(data, ours, ())]
    if not faults:
        faults = [f"{places.of(path)}: {what}" for path, what in _weights(text)]
    return faults


Path = tuple[str, ...]
Fault = tuple[Path, str]


def _shape(data: Data, ours: Data, at: Path) -> Iterator[Fault]:
    """What is unknown or missing, and what is no number."""
    for name in data:
        if name not in ours:
            yield (*at, name), "unknown; the shipped file has every name that there is"
    for name, known in ours.items():
        here = (*at, name)
        if name not in data:
            yield here, "missing"
        elif isinstance(known, dict):
            if isinstance(data[name], dict):
                yield from _shape(data[name], known, here)
            else:
                yield here, "a table is expected"
        elif isinstance(known, str):
            if not isinstance(data[name], str) or not _is_version(data[name]):
                yield here, f"a short name in quotes, of {LONGEST_VERSION} characters at most"
        elif not _is_number(data[name], whole=name in WHOLE_NUMBERS):
            yield here, "a whole number is expected" if name in WHOLE_NUMBERS else "a number is expected"


def _is_version(text: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.+_-]*", text)) and len(text) <= LONGEST_VERSION


def _is_number(value: object, *, whole: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        return False
    return math.isfinite(value)


def _values(data: Data, ours: Data, at: Path) -> Iterator[Fault]:
    """Numbers that are no probabilities, and those that are laxer than what ships."""
    for name, known in ours.items():
        here, given = (*at, name), data[name]
        if isinstance(known, dict):
            yield from _values(given, known, here)
        elif isinstance(known, str):
            continue
        elif name in NOT_BELOW and given < known:
            yield here, f"{given:g} is less careful than {known:g}, which ships and is the least"
        elif name in NOT_ABOVE and given > known:
            yield here, f"{given:g} is less careful than {known:g}, which ships and is the most"
        elif name in WHOLE_NUMBERS and given < 1:
            yield here, f"{given:g} is below 1"
        elif at and at[-1] == "missing" and given != 1:
            yield here, "what is missing says nothing: 1.0"
        elif at and at[0] not in _GROUPS and not 0 < given <= (HIGHEST_TIMES if name == "times" else 1):
            yield here, f"a share is above 0 and at most 1; times at most {HIGHEST_TIMES:g}"
    if at == ("grades",) and not data["possible"] <= data["probable"] <= data["certain"]:
        yield (*at, "probable"), "possible, probable and certain are in this order"


def _weights(text: str) -> Iterator[Fault]:
    """Weights out of their order or beyond what is safe: what no estimate on good data gives."""
    own, ours = Parameters.from_toml(text), Parameters.from_toml(shipped_text())
    for field, levels in ours.levels.items():
        by_kind: dict[bool, list[tuple[str, float, float]]] = {True: [], False: []}
        for level, numbers in levels.items():
            mine = own.levels[field][level]
            before, after = (math.log2(n.same / (n.chance or n.times)) for n in (numbers, mine))
            by_kind[numbers.chance is None].append((level, before, after))
            if after > max(before, 0.0) + HIGHER_AT_MOST:
                yield (
                    (field, level),
                    f"{after:.1f} bits are more than {HIGHER_AT_MOST:g} above the shipped {before:.1f}",
                )
            if after < min(before, LOWEST):
                yield (field, level), f"{after:.1f} bits are fewer than {LOWEST:g}: one error would hide a person"
        for found in by_kind.values():
            for level, before, after in found:
                for other, before_other, after_other in found:
                    if before >= before_other + APART and after < after_other:
                        yield (field, level), f"it weighs less than {other}, which says less"


class _Places:
    """Where in the file a name stands, for people who mend it."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()

    def of(self, path: Path) -> str:
        named = ".".join(path)
        line = self._line(path)
        return f"line {line}, {named}" if line else named

    def _line(self, path: Path) -> int | None:
        section, found = "", None
        for number, text in enumerate(self._lines, start=1):
            words = text.partition("#")[0].strip()
            if words.startswith("["):
                section = words.strip("[] ")
                if (section,) == path[:1]:
                    found = number
                continue
            name = words.partition("=")[0].strip()
            if path[:2] == (section, name) or (not section and path[:1] == (name,)):
                return number
        return found
