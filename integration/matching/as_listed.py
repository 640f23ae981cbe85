"""Where the list's own words make a name somebody else's: a doubt, two people in a cell, a relation, an alias."""

from __future__ import annotations

from collections.abc import Iterator

from integration.domain.people import Role
from integration.matching.comparison import compare_given
from integration.matching.name_sets import name_sets
from integration.matching.people import Known, Sought

DOUBTED = "the list itself doubts the name"
TWO_PEOPLE = "the list may name two people in one place"
RELATION = "the list seems to describe somebody by a relative's name"
GENERATION = "the list says junior or senior, and the record does not"
GROWN_UP = "the list speaks of a child, and the patient is an adult"
_DOUBTS = frozenset({"or", "possibly", "poss", "maybe", "perhaps", "probably", "believed", "unsure", "unclear"}) | {
    *("confirmed", "unconfirmed", "tbc", "tbd", "approx")
}
_OF_AGE, _GROWN_UP = 18, 25  # years; between them a slip of a year may lie
ALIAS = "the given name on the list differs, and only another name given beside it agrees"


def stops_as_listed(sought: Sought, best: Known, *, told_apart: bool, by_alias: bool) -> Iterator[str]:
    """Every reason that stands in the list's own words; `told_apart` from a brother or sister of the patient.

    `by_alias` if the given name that agrees was read from an alias of one word.
    """
    said = {word for name in sought.givens for word in name}
    if "?" in sought.marks or said & _DOUBTS:
        yield DOUBTED
    if sought.marks & {"&", "+"} or "and" in said:
        yield TWO_PEOPLE
    if _speaks_of_a_child(sought, best):
        yield GROWN_UP
    sets = name_sets()
    if any(len(name) > 1 and not sets.relations.isdisjoint(name) for name in sought.givens):
        yield RELATION
    if _of_generation(said, sought, best):
        yield GENERATION
    if (sought.role is Role.PERPETRATOR or not told_apart) and (by_alias or _by_alias_alone(sought, best)):
        yield ALIAS


def _speaks_of_a_child(sought: Sought, best: Known) -> bool:
    """Whether a child is sought by every birth or age given, and an adult found: a century is no slip in a child's."""
    if sought.role is not Role.CHILD or not best.is_adult(sought.today, _GROWN_UP):
        return False
    ages = [(sought.today - birth) / 365.2425 for birth in sought.births]
    if sought.age is not None:
        ages.append(sought.age)
    return bool(ages) and max(ages) < _OF_AGE


def _of_generation(said: set[str], sought: Sought, best: Known) -> bool:
    """Whether the list tells a parent from a child of one name, and the record leaves open which it is of."""
    said = said.union(*sought.families) & name_sets().generations
    if not said:
        return False  # as nearly always
    names = (best.given, best.middle, best.family, *best.other_givens, *best.other_families)
    return said.isdisjoint(word for name in names for word in name)


def _by_alias_alone(sought: Sought, best: Known) -> bool:
    """Whether it is not the first given name of several that agrees: brothers give each other's names to the police."""
    if len(sought.givens) < 2 or not best.given:
        return False
    levels = {
        compare_given(sought.givens[0], theirs, best.middle)[0].level for theirs in (best.given, *best.other_givens)
    }
    return levels <= {"different", "close"}
