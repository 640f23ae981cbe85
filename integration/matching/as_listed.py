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
STILL_A_CHILD = "the list speaks of an adult, and the patient is a child"
_DOUBTS = frozenset({"or", "possibly", "poss", "maybe", "perhaps", "probably", "believed", "unsure", "unclear"}) | {
    *("confirmed", "unconfirmed", "tbc", "tbd", "approx", "verified", "unverified", "likely", "suspected", "false")
}
_AND = frozenset({"and"})
_OF_AGE, _GROWN_UP = 18, 25  # years; between them a slip of a year may lie
_TOO_YOUNG = 16  # years: the definition of domestic abuse begins there
ALIAS = "the given name on the list differs, and only another name given beside it agrees"


def stops_as_listed(sought: Sought, best: Known, *, told_apart: bool, by_alias: bool) -> Iterator[str]:
    """Every reason that stands in the list's own words; `told_apart` from a brother or sister of the patient.

    `by_alias` if the given name that agrees was read from an alias of one word.
    """
    if "?" in sought.marks or _says(sought, best, _DOUBTS):
        yield DOUBTED
    if sought.marks & {"&", "+"} or _says(sought, best, _AND):
        yield TWO_PEOPLE
    if said_of_age := _of_another_age(sought, best):
        yield said_of_age
    sets = name_sets()
    if any(len(name) > 1 and not sets.relations.isdisjoint(name) for name in sought.givens):
        yield RELATION
    if _says(sought, best, sets.generations):
        yield GENERATION
    if (sought.role is Role.PERPETRATOR or not told_apart) and (by_alias or _by_alias_alone(sought, best)):
        yield ALIAS


def _of_another_age(sought: Sought, best: Known) -> str | None:
    """What is said where every birth or age given is a child's and the patient is an adult, or the other way round.

    A century is no slip then: who was born in 1921 is not the child of that name who was born in 2021.
    """
    ages = [(sought.today - birth) / 365.2425 for birth in sought.births]
    if sought.age is not None:
        ages.append(sought.age)
    if not ages or best.birth is None:
        return None
    if sought.role is Role.CHILD:
        return GROWN_UP if max(ages) < _OF_AGE and best.is_adult(sought.today, _GROWN_UP) else None
    return STILL_A_CHILD if min(ages) >= _GROWN_UP and not best.is_adult(sought.today, _TOO_YOUNG) else None


def _says(sought: Sought, best: Known, words: frozenset[str]) -> bool:
    """Whether the list's names hold one of these words, and the record's none: somebody is called Junior, or Poss."""
    if not any(word in words for name in (*sought.givens, *sought.families) for word in name):
        return False  # as nearly always
    names = (best.given, best.middle, best.family, *best.other_givens, *best.other_families)
    return words.isdisjoint(word for name in names for word in name)


def _by_alias_alone(sought: Sought, best: Known) -> bool:
    """Whether it is not the first given name of several that agrees: brothers give each other's names to the police."""
    if len(sought.givens) < 2:
        return False
    levels = {
        compare_given(sought.givens[0], theirs, best.middle)[0].level for theirs in (best.given, *best.other_givens)
    }
    return levels <= {"different", "close"}
