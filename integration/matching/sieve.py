"""Which patients found are worth comparing: most share a day or a postcode with the person sought, and no name.

Where all names are certainly different, the sum of bits follows from what is quick to compare. Who is left out here
would be dropped as implausible after the whole comparison: no decision changes, and on a million patients a list takes
a third less time.
"""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import OSA

from integration.matching.comparison import (
    DIFFERENT,
    SAME,
    compare_birth,
    compare_nhs_number,
    compare_phone,
    compare_sex,
    compare_words,
    names_nobody,
)
from integration.matching.keys import family_forms
from integration.matching.name_sets import name_sets
from integration.matching.parameters import Parameters
from integration.matching.people import Sought, Words
from integration.matching.places import compare_address
from integration.matching.rows import Row, dwelling_of, names_of
from integration.matching.spelling import REMEMBERED, phone, sound
from integration.matching.weights import lives_beside

_FARTHEST = 3  # slips between two words that comparing them may still call more than different
_ROUNDING = 0.001  # bits: the same numbers, added in another order


class Sieve:
    """Lets through the patients who may be plausible for one person; with less than `floor` bits nobody is."""

    def __init__(self, sought: Sought, floor: float, parameters: Parameters) -> None:
        self._sought, self._floor, self._bits = sought, floor - _ROUNDING, parameters.bits
        # a name that is missing does not differ
        self._has_both = not any(map(names_nobody, [*(sought.families or [()]), *(sought.givens or [()])]))
        self._names_differ = self._bits["given"][DIFFERENT] + self._bits["family"][DIFFERENT]
        names = {*sought.families, *sought.givens}
        self._forms = tuple({form for name in names for form in family_forms(name)})
        self._sounds = frozenset[str]().union(*map(_sounds, names))
        self._agrees: dict[Words, bool] = {}  # patients' names; those found together are often alike
        self._births: dict[int | None, float] = {}  # bits by birth, likewise

    def lets_through(self, row: Row) -> bool:
        """Whether this patient has to be compared."""
        texts, names = names_of(row)
        if not self._has_both or names_nobody(names[0]) or names_nobody(names[1]):
            return True
        for name in names:
            agrees = self._agrees.get(name)
            if agrees is None:
                agrees = self._agrees[name] = bool(name) and self._may_agree(name)
            if agrees:
                return True
        return self._may_do_without_names(row, texts)

    def _may_agree(self, name: Words) -> bool:
        """Whether a name, or a part of it, may be compared as more than different from one of ours."""
        if not self._sounds.isdisjoint(_sounds(name)):
            return True
        for theirs in family_forms(name):
            for ours in self._forms:
                if (  # most words are far apart, which is quick to see
                    OSA.distance(ours, theirs, score_cutoff=_FARTHEST) <= _FARTHEST
                    or ours.startswith(theirs)
                    or theirs.startswith(ours)
                ) and compare_words(ours, theirs) != DIFFERENT:
                    return True
        return False

    def _may_do_without_names(self, row: Row, texts: list[str]) -> bool:
        """Whether the rest may make up for names that differ; whose number it is, is always looked at."""
        sought, bits = self._sought, self._bits
        _, _, nhs_number, birth, _ = row
        found = self._births.get(birth)
        if found is None:
            found = self._births[birth] = self._names_differ + bits["birth"][compare_birth(sought, birth)]
        if nhs_number and sought.nhs_as_written:
            level = compare_nhs_number(sought, f"{nhs_number:010d}")
            if level == SAME:
                return True
            found += bits["nhs_number"][level]
        if texts[6] and sought.phones:
            found += bits["phone"][compare_phone(sought.phones, phone(texts[6]))]
        found += bits["sex"][compare_sex(sought.sex, texts[4])]
        dwelling = dwelling_of(texts)
        address = compare_address(sought, dwelling)
        if lives_beside(sought, address, dwelling):
            found += bits["household"][SAME]
        return found + bits["address"][address] >= self._floor


@lru_cache(REMEMBERED)
def _sounds(name: Words) -> frozenset[str]:
    """How a name sounds whole and in parts, as it is written and as every name that it is a spelling of or short for.

    Two names that share none of them are no spellings and no short forms of each other, and do not sound alike.
    """
    sets = name_sets()
    return frozenset(
        sound(word) for form in family_forms(name) for word in (form, *sets.spelt(form), *sets.called(form))
    )
