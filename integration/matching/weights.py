"""What a comparison is worth, in bits: against a stranger, and against a relative of the patient who is not known here.

Fellegi and Sunter's weights, the names' adjusted by how many in the trust's own index bear them. A stranger may agree
by chance in anything; a relative shares family name, home and telephone, so only what tells them apart counts there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import OSA

from integration.matching.comparison import (
    ABSENT,
    ALIAS,
    CLOSE,
    DIFFERENT,
    EXACT,
    INITIAL,
    PAST,
    SAME,
    SHORT,
    SLIPS,
    SOUND,
    SPELLING,
    TYPO,
    Agreement,
    Comparison,
    Names,
    compare,
)
from integration.matching.name_sets import name_sets
from integration.matching.parameters import Parameters
from integration.matching.people import Dwelling, Known, Sought

Kind = str  # of a name: "f" a family name, "g" a given one
AT_HOME = frozenset({"place", "postcode"})  # at one's own address, that others live there says no more
NOT_BY_MISTAKE = 3  # patients who bear a name: it is one, and no slip in another
FEW = 1000  # patients, below which an index cannot say how common a name is


@dataclass(frozen=True, slots=True)
class NameShares:
    """How many patients bear a name, of how many."""

    people: int
    bearers: Mapping[tuple[Kind, str], int]
    near: Mapping[str, Sequence[str]] = field(default_factory=dict)  # given names a slip from what is written for one

    def of(self, kind: Kind, name: str, parameters: Parameters) -> float:
        """The share of patients who bear a name."""
        share = self.bearers.get((kind, name), 0) / (self.people or 1)
        least = parameters.rarest_share if self.people >= FEW else parameters.commonest_share
        return share if share > least else least

    def is_borne(self, name: str, parameters: Parameters) -> bool:
        """Whether people bear this given name, so that it is hardly a slip of the pen."""
        if self.people < FEW:
            return name_sets().knows(name)
        return self.bearers.get(("g", name), 0) / self.people > parameters.borne_share

    def are_two_names(self, one: str, other: str, parameters: Parameters) -> bool:
        """Whether both are given to children, and neither is but what bearers of the other are called now and then."""
        if self.people < FEW:
            return name_sets().knows(one) and name_sets().knows(other)
        rarer, commoner = sorted((self.bearers.get(("g", one), 0), self.bearers.get(("g", other), 0)))
        return rarer >= NOT_BY_MISTAKE and rarer > commoner * parameters.own_name_share

    def may_mean_another(self, written: str, theirs: str, parameters: Parameters, *, careless: bool) -> bool:
        """Whether a slip in another name makes what is written, and theirs takes two; of a careless writer, one.

        Or it is a name as it stands, though few are registered by it.
        """
        borne = self.bearers.get(("g", theirs), 0) >= NOT_BY_MISTAKE
        if name_sets().knows(written) and (borne or name_sets().knows(theirs)):
            return True
        return any(
            name != theirs and (not _are_one(name, theirs) or self.are_two_names(name, theirs, parameters))
            for name in self.near.get(written, ())
        ) and OSA.distance(written, theirs) > (not careless)


@dataclass(slots=True)
class Weighed:
    """One patient weighed as one person: the outcome of each field, the names' bits, and the sums."""

    known: Known
    comparison: Comparison
    given: str  # the given name's outcome, once it is known whether both are names
    name_bits: tuple[float, float, float]
    stranger: float  # bits against somebody who agrees by chance
    relative: float  # bits against a relative who is not in the index
    household: bool  # somebody else of the case lives there
    two_names: bool  # the given names agree, and yet a brother or sister may bear the one that is sought
    past: bool = False  # somebody else of the case lived there once, or has the telephone

    def fields(self, parameters: Parameters) -> list[tuple[str, str, float]]:
        """Every field: its outcome and its bits, for people to read."""
        compared, bits = self.comparison, parameters.bits
        found = [
            ("given", self.given, self.name_bits[0]),
            ("family", compared.family.level, self.name_bits[1]),
            ("middle", compared.middle.level, self.name_bits[2]),
            ("birth", compared.birth, bits["birth"][compared.birth]),
            ("sex", compared.sex, bits["sex"][compared.sex]),
            ("address", compared.address, bits["address"][compared.address]),
            ("phone", compared.phone, bits["phone"][compared.phone]),
            ("nhs_number", compared.nhs_number, bits["nhs_number"][compared.nhs_number]),
        ]
        if self.household:
            found.append(("household", SAME, bits["household"][SAME]))
        elif self.past:
            found.append(("household", PAST, bits["household"][PAST]))
        return found


def weigh(
    sought: Sought, known: Known, shares: NameShares, parameters: Parameters, compared: Comparison | None = None
) -> Weighed:
    """Compare every field, unless that is done, and add up what they say."""
    compared, bits = compared or compare(sought, known), parameters.bits
    given = _given_level(compared.given, shares, parameters)
    names = (
        _name_bits("given", given, "g", compared.given, shares, parameters),
        _name_bits("family", compared.family.level, "f", compared.family, shares, parameters),
        _name_bits("middle", compared.middle.level, "g", compared.middle, shares, parameters),
    )
    stranger = (
        names[0]
        + names[1]
        + names[2]
        + bits["birth"][compared.birth]
        + bits["sex"][compared.sex]
        + bits["address"][compared.address]
        + bits["phone"][compared.phone]
        + bits["nhs_number"][compared.nhs_number]
    )
    household = lives_beside(sought, compared.address, known)
    if household:
        stranger += bits["household"][SAME]
    apart = parameters.apart
    relative = (
        parameters.absent_relative_bits
        + parameters.related(given, compared.birth, known.is_adult(sought.today, parameters.adult_from))
        + apart["middle"][compared.middle.level]
        + apart["sex"][compared.sex]
        + apart["nhs_number"][compared.nhs_number]
    )
    two_names = _are_two_names(given, compared, shares, parameters)
    return Weighed(known, compared, given, names, stranger, relative, household, two_names)


class NamesAtMost:
    """What names may be worth, by how many bear those that are sought alone.

    The patient's may only be commoner, and what looks like a slip only turn out to be another name. Made for one person
    sought, who has few names: what each is worth is reckoned once.
    """

    def __init__(self, shares: NameShares, parameters: Parameters) -> None:
        self._shares, self._parameters = shares, parameters
        self._reckoned: dict[tuple[str, str, str], float] = {}

    def of(self, names: Names) -> float:
        given, family, middle, _ = names
        bits = self._bits("given", given) + self._bits("family", family)
        return bits if middle is ABSENT else bits + self._bits("middle", middle)  # what is missing says nothing

    def _bits(self, field: str, agreement: Agreement) -> float:
        level, ours, _ = agreement
        bits = self._reckoned.get((field, level, ours))
        if bits is None:
            numbers, kind = self._parameters.levels[field][level], "f" if field == "family" else "g"
            share = self._shares.of(kind, ours, self._parameters)
            bits = numbers.bits if numbers.chance is not None else numbers.bits_at(share)
            self._reckoned[field, level, ours] = bits
        return bits


def lives_beside(sought: Sought, address: str, known: Known | Dwelling) -> bool:
    """Whether somebody else of the case says to live where this patient does."""
    if not sought.beside or address in AT_HOME:
        return False
    if not any([postcode == known.postcode for postcode, _ in sought.beside]):
        return False
    return known.home() in sought.beside


def _given_level(given: Agreement, shares: NameShares, parameters: Parameters) -> str:
    """A slip of the pen mostly makes a name that nobody bears: two names of many are two people, not one misspelt.

    Nor are two letters an abbreviation where people are called so, as Ye and Xu are.
    """
    if given.level == INITIAL and len(given.ours) > 1 and given.ours != given.theirs:
        borne = shares.bearers.get(("g", given.ours), 0) >= NOT_BY_MISTAKE and len(given.theirs) > 1
        return DIFFERENT if borne else INITIAL
    if given.level not in (TYPO, SLIPS, SOUND):
        return given.level
    both_borne = shares.is_borne(given.ours, parameters) and shares.is_borne(given.theirs, parameters)
    return CLOSE if both_borne else given.level


def _are_two_names(level: str, compared: Comparison, shares: NameShares, parameters: Parameters) -> bool:
    """Jack is short for John, and John's twin may be Jack; Leo and Lenny may be two, and each a Leonard to somebody.

    Rkaesh is Rakesh misspelt, and not Rajesh, his twin.
    """
    ours, theirs = compared.given.ours, compared.given.theirs
    if level in (TYPO, SLIPS, SOUND):
        careless = compared.family.level not in (EXACT, ALIAS, SPELLING)
        if shares.may_mean_another(ours, theirs, parameters, careless=careless):
            return True
    if level == SHORT and name_sets().are_short_for_a_third(ours, theirs):
        return True
    return level in (SHORT, SPELLING, TYPO, SLIPS) and shares.are_two_names(ours, theirs, parameters)


def _are_one(name: str, other: str) -> bool:
    return name_sets().are_spellings(name, other) or name_sets().are_short_forms(name, other)


def _name_bits(
    field: str, level: str, kind: Kind, agreement: Agreement, shares: NameShares, parameters: Parameters
) -> float:
    numbers = parameters.levels[field][level]
    if numbers.chance is not None:
        return numbers.bits
    share = shares.of(kind, agreement.theirs, parameters)
    if agreement.ours != agreement.theirs:
        share = max(share, shares.of(kind, agreement.ours, parameters))
    return numbers.bits_at(share)
