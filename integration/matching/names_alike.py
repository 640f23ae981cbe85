"""Where names agree in part, or the other way round, and may yet be a relative's."""

from __future__ import annotations

from integration.domain.people import Role
from integration.matching.comparison import compare_given, compare_words
from integration.matching.name_sets import name_sets
from integration.matching.people import Known, Sought, Words
from integration.matching.rivals import share_a_home
from integration.matching.weights import Weighed


def may_be_named_so(sought: Sought, best: Weighed) -> bool:
    """Whether names that changed places are somebody's as they stand: Hassan Ali's cousin may be Ali Hassan.

    A date of birth tells the two apart, but not 1 January; and for a perpetrator none that is not the patient's own.
    """
    compared, sets = best.comparison, name_sets()
    if not compared.swapped or compared.birth in ("exact", "swapped"):
        return False
    unsure = compared.birth == "january" or sought.role is Role.PERPETRATOR
    return unsure and sets.knows(compared.given.ours) and sets.knows(compared.family.ours)


def halves_differ(sought: Sought, best: Weighed) -> bool:
    """Whether of two names in two parts only one is shared, as by half-brothers, and by a Spanish father and son."""
    if best.comparison.family.level != "part":
        return False
    listed = (*sought.givens, *sought.families) if best.comparison.swapped else sought.families
    return not any(
        _is_part_of(*sorted((ours, theirs), key=len))
        for ours in listed
        for theirs in (best.known.family, *best.known.other_families)
    )


def _is_part_of(shorter: Words, longer: Words) -> bool:
    return all(any(compare_words(one, other) != "different" for other in longer) for one in shorter)


def is_anothers_of_the_home(sought: Sought, best: Weighed, rival: Weighed) -> bool:
    """Whether somebody the patient lives with bears the first name listed, and the patient only something like it.

    Ifan with his brother Iwan's birth is a row about both; so is Maeve, also known as Maureen, who is her sister.
    """
    if rival.comparison.family.level not in ("exact", "alias", "spelling") or not share_a_home(best.known, rival.known):
        return False
    names = sought.families if best.comparison.swapped else sought.givens
    return bool(names) and _bears(names[0], rival.known) and not _bears(names[0], best.known)


def _bears(name: Words, known: Known) -> bool:
    return any(
        compare_given(name, theirs, known.middle)[0].level == "exact" for theirs in (known.given, *known.other_givens)
    )
