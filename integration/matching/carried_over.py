"""A trust's adopted parameters in this release's form: its numbers where they still have a place, else what ships."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from integration.matching.parameter_checks import NOT_ABOVE, NOT_BELOW, faults_in
from integration.matching.parameters import shipped_text

_NUMBER = re.compile(r"\b([a-z_]+)(\s*=\s*)([^,\s}#]+)")
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """The new file, and where it has what ships although the adopted one said otherwise, or nothing."""

    text: str
    from_what_ships: tuple[str, ...]


def carry_over(adopted: str, version: str) -> CarriedOver:
    """The shipped file with the adopted numbers; a number that guards is the stricter of the two.

    A field whose weights would be out of order or unsafe beside what is new is as it ships.
    """
    ours, own = dict(_numbers(tomllib.loads(shipped_text()))), dict(_numbers(tomllib.loads(adopted)))
    held: set[str] = set()
    while True:
        wanted = {path: _stricter(path[-1], own[path], ours[path]) for path in ours.keys() & own.keys()}
        wanted = {path: number for path, number in wanted.items() if path[0] not in held}
        made = _written(wanted, version)
        faulty = {field for field in {path[0] for path in wanted} if f", {field}" in "\n".join(faults_in(made))}
        if not faulty:
            differs = {path[:2] for path in ours if own.get(path) != wanted.get(path, ours[path])}
            return CarriedOver(made, tuple(sorted(".".join(path) for path in differs)))
        held |= faulty


def _numbers(data: Mapping[str, Any], at: Path = ()) -> Iterator[tuple[Path, float]]:
    for name, value in data.items():
        if isinstance(value, dict):
            yield from _numbers(value, (*at, name))
        elif isinstance(value, int | float):
            yield (*at, name), value


def _stricter(name: str, own: float, ours: float) -> float:
    if name in NOT_BELOW:
        return max(own, ours)
    return min(own, ours) if name in NOT_ABOVE else own


def _written(wanted: Mapping[Path, float], version: str) -> str:
    """The shipped file, line by line, so that what is explained beside a number stays."""
    section: Path = ()
    lines = []
    for line in shipped_text().splitlines():
        said, mark, why = line.partition("#")
        if said.startswith("["):
            section = (said.strip("[] "),)
        name, equals, rest = said.partition("=")
        if name.strip() == "version" and not section:
            said = f'version = "{version}"'
        elif "{" in rest:
            said = name + equals + _renewed(rest, (*section, name.strip()), wanted)
        elif equals:
            said = _renewed(said, section, wanted)
        lines.append(said + mark + why)
    return "\n".join(lines) + "\n"


def _renewed(text: str, at: Path, wanted: Mapping[Path, float]) -> str:
    def number(found: re.Match[str]) -> str:
        value = wanted.get((*at, found[1]))
        return found[0] if value is None or value == float(found[3]) else f"{found[1]}{found[2]}{_plain(value)}"

    return _NUMBER.sub(number, text)


def _plain(value: float) -> str:
    """As people write it, never in powers of ten; a whole number stays one."""
    return str(value) if isinstance(value, int) else f"{value:.12f}".rstrip("0") + ("0" if value == int(value) else "")
