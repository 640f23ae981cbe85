"""What an initial, or a name written wrongly, may stand for: the names that patients of this index bear.

Where a list gives an age in place of a date of birth, nothing but the whole name narrows the search, so an initial or a
slip in a name would find nobody. The index's own names say what was meant, without a further key for every patient.
"""

from __future__ import annotations

from rapidfuzz import process
from rapidfuzz.distance import OSA

from integration.matching.comparison import SLIPS, TYPO, compare_words
from integration.matching.direct_reads import DirectReads, Statement
from integration.matching.keys import Codes, family_codes, given_codes, name_keys
from integration.matching.people import Sought
from integration.matching.weights import Kind

_GIVEN, _FAMILY = 80, 5000  # the commonest names of one first letter: nearly all that bear one
_SHORTEST = 3  # letters of a word in which a slip can be told
_BEARERS = 2  # at least: a name that one patient bears is mostly a slip itself
_WITH_LETTER = Statement(
    "SELECT name FROM patient_name_counts WHERE kind = ? AND name >= ? AND name < ? AND people >= ?"
    " ORDER BY people DESC, name LIMIT ?"
)


class BorneNames:
    """Remembers the names by first letter, until the index changes."""

    def __init__(self) -> None:
        self._generation: int | None = None
        self._names: dict[tuple[Kind, str], dict[str, str]] = {}  # commonest first, each by itself: quick to find
        self._codes: dict[str, Codes] = {}  # of all given names with an initial

    def keys_of(self, sought: Sought, generation: int, reads: DirectReads) -> list[int]:
        """Keys under which somebody stands whose given name is an initial or misspelt, or whose family name is."""
        if not sought.families or not sought.givens:
            return []
        self._renew(generation)
        given = sought.givens[0]
        called = (given_codes(given), *self._meant_by_given(given[0], reads))
        like_it = [self._with_initial(given[0], reads)] if len(given[0]) == 1 else self._near_given(given[0], reads)
        found = set[int]()
        for family in sought.families:
            for codes in like_it:
                found |= name_keys(family_codes(family), codes)
            for meant in self._meant_by("".join(family), reads):
                for codes in called:
                    found |= name_keys(family_codes((meant,)), codes)
        return sorted(found)  # the first so many are found: the same ones every time

    def bits_meant(self, sought: Sought, generation: int, reads: DirectReads) -> set[int]:
        """The bits of each code of the given names that a misspelt one may stand for; none for one that people bear."""
        self._renew(generation)
        meant = [codes for given in sought.givens for codes in self._meant_by_given(given[0], reads)]
        return {bits for codes in meant for bits in codes.each}

    def _meant_by_given(self, word: str, reads: DirectReads) -> list[Codes]:
        return [] if word in self._with_letter("g", word[0], _GIVEN, reads) else self._near_given(word, reads)

    def _near_given(self, word: str, reads: DirectReads) -> list[Codes]:
        if len(word) < _SHORTEST:
            return []
        names = self._with_letter("g", word[0], _GIVEN, reads)
        near = process.extract(word, names, scorer=OSA.distance, score_cutoff=2, limit=None)
        return [given_codes((name,)) for name, _, _ in near if compare_words(word, name) in (TYPO, SLIPS)]

    def _renew(self, generation: int) -> None:
        if generation != self._generation:
            self._names, self._codes, self._generation = {}, {}, generation

    def _with_initial(self, letter: str, reads: DirectReads) -> Codes:
        if letter not in self._codes:
            codes = [given_codes((name,)) for name in self._with_letter("g", letter, _GIVEN, reads)]
            self._codes[letter] = Codes(tuple({number for code in codes for number in code.numbers}))
        return self._codes[letter]

    def _meant_by(self, family: str, reads: DirectReads) -> list[str]:
        names = self._with_letter("f", family[0], _FAMILY, reads)
        near = process.extract(family, names, scorer=OSA.distance, score_cutoff=2, limit=None)
        return [name for name, _, _ in near if compare_words(family, name) == TYPO]

    def _with_letter(self, kind: Kind, letter: str, most: int, reads: DirectReads) -> dict[str, str]:
        if (kind, letter) not in self._names:
            rows = reads.rows(_WITH_LETTER, (kind, *letter_range(letter), _BEARERS, most))
            self._names[kind, letter] = {name: name for (name,) in rows}
        return self._names[kind, letter]


def letter_range(letter: str) -> tuple[str, str]:
    """Between what the names of one first letter stand, the end left out."""
    # in the order of some languages, what comes after z stands before all letters
    return letter, chr(ord(letter) + 1) if letter != "z" else "z" * 20
