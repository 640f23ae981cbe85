"""What an initial, or a name written wrongly, may stand for: the names that patients of this index bear.

Where a list gives an age in place of a date of birth, nothing but the whole name narrows the search, so an initial or a
slip in a name would find nobody. The index's own names say what was meant, without a further key for every patient.
"""

from __future__ import annotations

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import Connection, select

from integration.matching.comparison import TYPO, compare_words
from integration.matching.keys import Codes, family_codes, given_codes, name_keys
from integration.matching.people import Sought
from integration.matching.weights import Kind
from integration.storage.patient_tables import patient_index
from integration.storage.patient_tables import patient_name_counts as counts

_GIVEN, _FAMILY = 80, 5000  # the commonest names of one first letter: nearly all that bear one
_BEARERS = 2  # at least: a name that one patient bears is mostly a slip itself


class BorneNames:
    """Remembers the names by first letter, until the index changes."""

    def __init__(self) -> None:
        self._generation: int | None = None
        self._names: dict[tuple[Kind, str], list[str]] = {}
        self._codes: dict[str, Codes] = {}  # of all given names with an initial

    def keys_of(self, sought: Sought, connection: Connection) -> list[int]:
        """Keys under which somebody stands whose given name is an initial or misspelt, or whose family name is."""
        if not sought.families or not sought.givens:
            return []
        self._follow(connection)
        given = sought.givens[0]
        found = set[int]()
        for family in sought.families:
            found |= name_keys(family_codes(family), self._with_initial(given[0][0], connection))
            for meant in self._meant_by("".join(family), connection):
                found |= name_keys(family_codes((meant,)), given_codes(given))
        return list(found)

    def _follow(self, connection: Connection) -> None:
        generation = connection.execute(select(patient_index.c.generation)).scalar()
        if generation != self._generation:
            self._names, self._codes, self._generation = {}, {}, generation

    def _with_initial(self, letter: str, connection: Connection) -> Codes:
        if letter not in self._codes:
            codes = [given_codes((name,)) for name in self._with_letter("g", letter, _GIVEN, connection)]
            self._codes[letter] = Codes(tuple({number for code in codes for number in code.numbers}))
        return self._codes[letter]

    def _meant_by(self, family: str, connection: Connection) -> list[str]:
        names = self._with_letter("f", family[0], _FAMILY, connection)
        near = process.extract(family, names, scorer=OSA.distance, score_cutoff=2, limit=None)
        return [name for name, _, _ in near if compare_words(family, name) == TYPO]

    def _with_letter(self, kind: Kind, letter: str, most: int, connection: Connection) -> list[str]:
        if (kind, letter) not in self._names:
            name, people = counts.c.name, counts.c.people
            query = select(name).where(counts.c.kind == kind, name >= letter, people >= _BEARERS)
            if letter != "z":
                query = query.where(name < chr(ord(letter) + 1))
            found = connection.execute(query.order_by(people.desc(), name).limit(most)).scalars()
            self._names[kind, letter] = list(found)
        return self._names[kind, letter]
