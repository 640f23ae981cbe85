"""Estimated numbers as a file that a person can read, compare and adopt: the file in force, with only those changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from integration.matching.estimation import Estimate
from integration.matching.parameter_checks import faults_in

OUT_OF_ORDER = "its weights would be out of order or unsafe"


def propose(text: str, version: str, estimates: Sequence[Estimate]) -> tuple[str, list[Estimate]]:
    """The new file, and the estimates as they stand in it: a field whose weights would be at fault stays as it is."""
    held: set[str] = set()
    while True:
        taken = [_kept(one) if one.field in held else one for one in estimates]
        made = _written(text, version, taken)
        faulty = {one.field for one in taken if not one.kept and f", {one.field}." in "\n".join(faults_in(made))}
        if not faulty:
            return made, taken
        held |= faulty


def _kept(one: Estimate) -> Estimate:
    if one.kept:
        return one
    return replace(one, same=one.before.same, chance=one.before.chance, kept=OUT_OF_ORDER)


def _written(text: str, version: str, estimates: Sequence[Estimate]) -> str:
    changed = {(one.field, one.level): one for one in estimates if not one.kept}
    section, lines = "", []
    for line in text.splitlines():
        if line.startswith("["):
            section = line.partition("]")[0].strip("[")
        name = line.partition("=")[0].strip()
        if (section, name) == ("", "version"):
            lines.append(f'version = "{version}"')
        else:
            lines.append(_renewed(line, changed.get((section, name))))
    return "\n".join(lines) + "\n"


def _renewed(line: str, one: Estimate | None) -> str:
    """The level's line with its new numbers; what a person wrote beside them stays."""
    if one is None:
        return line
    name, brace, numbers = line.partition("{")
    for kind, value in (("same", one.same), ("chance", one.chance)):
        if value is not None:
            numbers = re.sub(rf"\b{kind}\s*=\s*[^,\s}}]+", f"{kind} = {_number(value)}", numbers)
    return name + brace + numbers


def _number(value: float) -> str:
    """Three digits that count, and never in powers of ten."""
    rounded = float(f"{value:.3g}")
    return "1.0" if rounded >= 1 else f"{rounded:.12f}".rstrip("0")
