"""What a comparison is worth, in bits: against a stranger, and against a relative of the patient who is not known here.

Fellegi and Sunter's weights, the names' adjusted by how many in the trust's own index bear them. A stranger may agree
by chance in anything; a relative shares family name, home and telephone, so only what tells them apart counts there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log2

from integration.matching.comparison import MISSING, Agreement, Comparison, compare
from integration.matching.parameters import Level, Parameters
from integration.matching.people import Known, Sought


@dataclass(frozen=True, slots=True)
class NameShares:
    """How many patients bear a name: of all, those with this family ("f") or given ("g") name."""

    people: int
    bearers: Mapping[tuple[str, str], int]

    def family(self, name: str, parameters: Parameters) -> float:
        return self._share(self.bearers.get(("f", name), 0), parameters)

    def given(self, name: str, parameters: Parameters) -> float:
        return self._share(self.bearers.get(("g", name), 0), parameters)

    def _share(self, bearers: int, parameters: Parameters) -> float:
        if self.people < 1000:  # too few to know
            return max(parameters.commonest_share, bearers / max(self.people, 1))
        return max(parameters.rarest_share, bearers / self.people)


@dataclass(slots=True)
class Weighed:
    """One patient weighed as one person: each field's outcome and bits, and the sums."""

    known: Known
    comparison: Comparison
    fields: list[tuple[str, str, float]]  # field, outcome, bits
    stranger: float  # bits against somebody who agrees by chance
    relative: float  # bits against a relative who is not in the index
    household: bool = False
    facts: frozenset[str] = field(default_factory=frozenset)

    def outcome(self, name: str) -> str:
        return next((level for field_name, level, _ in self.fields if field_name == name), MISSING)


def weigh(sought: Sought, known: Known, shares: NameShares, parameters: Parameters) -> Weighed:
    """Compare every field, and add up what they say."""
    comparison = compare(sought, known)
    adult = known.is_adult(sought.today, parameters.adult_from)
    fields: list[tuple[str, str, float]] = []
    levels = parameters.levels
    given = _given_level(comparison.given, shares, parameters)
    names = (
        ("given", given, _name_bits(levels["given"][given], comparison.given, shares.given, parameters)),
        (
            "family",
            comparison.family.level,
            _name_bits(levels["family"][comparison.family.level], comparison.family, shares.family, parameters),
        ),
        (
            "middle",
            comparison.middle.level,
            _name_bits(levels["middle"][comparison.middle.level], comparison.middle, shares.given, parameters),
        ),
    )
    plain = (
        ("birth", comparison.birth),
        ("sex", comparison.sex),
        ("address", comparison.address),
        ("phone", comparison.phone),
        ("nhs_number", comparison.nhs_number),
    )
    total = 0.0
    for name, level, bits in names:
        if level != MISSING:
            fields.append((name, level, bits))
            total += bits
    for name, level in plain:
        if level != MISSING:
            bits = levels[name][level].bits
            fields.append((name, level, bits))
            total += bits
    return Weighed(known, comparison, fields, total, _relative_bits(given, comparison, parameters, adult))


def _given_level(given: Agreement, shares: NameShares, parameters: Parameters) -> str:
    """A slip of the pen mostly makes a name that nobody bears: two names of many are two people, not one misspelt."""
    if given.level in ("typo", "slips", "sound"):
        rare = 20 * parameters.rarest_share
        if min(shares.given(given.ours, parameters), shares.given(given.theirs, parameters)) > rare:
            return "close"
    return given.level


def _name_bits(level: Level, agreement: Agreement, share_of: object, parameters: Parameters) -> float:
    if level.chance is not None:
        return level.bits
    share = max(share_of(agreement.theirs, parameters), share_of(agreement.ours, parameters))  # type: ignore[operator]
    return log2(level.same / min(1.0, level.times * share))


def _relative_bits(given: str, comparison: Comparison, parameters: Parameters, adult: bool) -> float:
    """How much likelier the patient is than a relative of theirs: twins share the birth, fathers and sons the name."""
    levels = parameters.levels
    g, b = levels["given"][given], levels["birth"][comparison.birth]
    twins = parameters.twin_share_adult if adult else parameters.twin_share
    relative = (1 - twins) * _of(g.relative) * _of(b.relative) + twins * _of(g.twin) * _of(b.twin)
    bits = log2(g.same * b.same / relative)
    for name, level in (
        ("middle", comparison.middle.level),
        ("sex", comparison.sex),
        ("nhs_number", comparison.nhs_number),
    ):
        numbers = levels[name][level]
        bits += log2(numbers.same / _of(numbers.relative))
    return bits + parameters.absent_relative_bits


def _of(probability: float | None) -> float:
    return 1.0 if probability is None else probability
