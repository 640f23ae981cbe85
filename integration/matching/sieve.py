"""Which patients found are worth weighing: most share a name or a day with the person sought, and nothing else.

The most that a patient can reach is quick to reckon: what is rare in the index is known of the names sought alone, and
the patient's may only be commoner. Who cannot reach the floor is left out before anything else is made of the row. No
decision changes, for the judge hears of nobody below the floor.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from integration.matching.births import compare_birth, compare_births
from integration.matching.comparison import (
    MISSING,
    SAME,
    Comparison,
    Found,
    compare_names,
    compare_nhs_number,
    compare_nhs_numbers,
    compare_phone,
    compare_sex,
)
from integration.matching.parameters import Parameters
from integration.matching.people import Dwelling, Sought
from integration.matching.places import compare_address
from integration.matching.rows import (
    Row,
    beside_of,
    dwelling_of,
    known_by,
    named_of,
    nhs_number_of,
    tells_of_several,
    texts_of,
)
from integration.matching.spelling import phone
from integration.matching.weights import NamesAtMost, NameShares, lives_beside

_ROUNDING = 0.001  # bits: the same numbers, added in another order


class Sieve:
    """Lets through the patients who may reach `floor` as one person; the shares are those of the names sought."""

    def __init__(self, sought: Sought, floor: float, shares: NameShares, parameters: Parameters) -> None:
        self._sought, self._floor, self._bits = sought, floor - _ROUNDING, parameters.bits
        self._names_at_most = NamesAtMost(shares, parameters)
        self._births: dict[int | None, str] = {}  # outcomes: many of those found are born the same day
        self._at_home_at_most = max(self._bits["address"].values()) if sought.postcodes else 0.0
        if sought.beside:
            self._at_home_at_most += self._bits["household"][SAME]

    def lets_through(self, row: Row) -> Found | None:
        """The patient compared, if they have to be weighed; whose number it is, always."""
        sought, bits, texts = self._sought, self._bits, texts_of(row)
        named = named_of(texts)
        given, family, middle, swapped = names = compare_names(sought, named)
        birth, sex = self._birth(row[3]), compare_sex(sought.sex, texts[4])
        number = compare_nhs_number(sought, nhs_number_of(row)) if sought.nhs_as_written else MISSING
        if tells_of_several(texts):  # hardly ever
            _, births, numbers = beside_of(texts)
            birth = compare_births(sought, (row[3], *births))
            number = compare_nhs_numbers(sought, (nhs_number_of(row), *numbers))
        telephone = compare_phone(sought.phones, phone(texts[6])) if texts[6] and sought.phones else MISSING
        found = (
            self._names_at_most.of(names)
            + bits["birth"][birth]
            + bits["sex"][sex]
            + bits["phone"][telephone]
            + bits["nhs_number"][number]
        )
        # addresses last, and only where they may make the difference
        if found + self._at_home_at_most < self._floor and number != SAME:
            return None
        dwelling = dwelling_of(texts)
        address = compare_address(sought, dwelling)
        if found + self._at_home(address, dwelling) < self._floor and number != SAME:
            return None
        compared = Comparison(given, family, middle, birth, sex, address, telephone, number, swapped)
        return Found(known_by(row, texts, named, dwelling), compared)

    def _birth(self, theirs: int | None) -> str:
        outcome = self._births.get(theirs)
        if outcome is None:
            outcome = self._births[theirs] = compare_birth(self._sought, theirs)
        return outcome

    def _at_home(self, address: str, dwelling: Dwelling) -> float:
        found = self._bits["address"][address]
        return found + self._bits["household"][SAME] if lives_beside(self._sought, address, dwelling) else found


def let_through(sieves: Sequence[Sieve], rows: Iterable[Row]) -> list[Found]:
    """Whom any of them lets through."""
    found = []
    for row in rows:
        for sieve in sieves:
            if one := sieve.lets_through(row):
                found.append(one)
                break
    return found
