"""Which patients found are worth weighing: most share a name or a day with the person sought, and nothing else.

The most that a patient can reach is quick to reckon: what is rare in the index is known of the names sought alone, and
the patient's may only be commoner. Who cannot reach the floor is left out before anything else is made of the row. No
decision changes, for the judge hears of nobody below the floor.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf

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

# Bits below what is shown. Whoever lacks more is left out before the case is heard: a household found there (13 bits)
# would make up for more, but it may not stand for names and births that say otherwise.
IMPLAUSIBLE = 8.0
_ROUNDING = 0.001  # bits: the same numbers, added in another order


class Sieve:
    """Lets through the patients who may reach `floor` as one person; the shares are those of the names sought."""

    def __init__(self, sought: Sought, floor: float, shares: NameShares, parameters: Parameters) -> None:
        bits = parameters.bits
        self._sought, self._floor, self._at_address = sought, floor - _ROUNDING, bits["address"]
        self._bits = bits["birth"], bits["sex"], bits["phone"], bits["nhs_number"]
        self.certain_from = self._floor + IMPLAUSIBLE + parameters.certain - parameters.possible
        self._names_at_most = NamesAtMost(shares, parameters)
        self.likeliest = -inf  # what anybody let through can reach at most
        self._births: dict[int | None, str] = {}  # outcomes: many of those found are born the same day
        self._beside_at_most = bits["household"][SAME] if sought.beside else 0.0
        self._at_home_at_most = self._beside_at_most + (max(self._at_address.values()) if sought.postcodes else 0.0)

    def lets_through(self, row: Row) -> Found | None:
        """The patient compared, if they have to be weighed; whose number it is, always."""
        sought, texts = self._sought, texts_of(row)
        of_birth, of_sex, of_phone, of_number = self._bits
        named = named_of(texts)
        given, family, middle, swapped = names = compare_names(sought, named)
        birth = self._births.get(row[3]) or self._birth(row[3])
        number = compare_nhs_number(sought, nhs_number_of(row)) if sought.nhs_as_written else MISSING
        if tells_of_several(texts):  # hardly ever
            _, births, numbers = beside_of(texts)
            birth = compare_births(sought, (row[3], *births))
            number = compare_nhs_numbers(sought, (nhs_number_of(row), *numbers))
        sex = compare_sex(sought.sex, texts[4])
        telephone = compare_phone(sought.phones, phone(texts[6])) if sought.phones and texts[6] else MISSING
        found = self._names_at_most.of(names) + of_birth[birth] + of_sex[sex] + of_phone[telephone] + of_number[number]
        # addresses last, and only where they may make the difference
        if found + self._at_home_at_most < self._floor and number != SAME:
            return None
        dwelling = dwelling_of(texts)
        address = compare_address(sought, dwelling)
        found += self._at_home(address, dwelling)
        if found < self._floor and number != SAME:
            return None
        self.likeliest = max(self.likeliest, found)
        compared = Comparison(given, family, middle, birth, sex, address, telephone, number, swapped)
        return Found(known_by(row, texts, named, dwelling), compared)

    def _birth(self, theirs: int | None) -> str:
        outcome = self._births[theirs] = compare_birth(self._sought, theirs)
        return outcome

    def _at_home(self, address: str, dwelling: Dwelling) -> float:
        found = self._at_address[address]
        return found + self._beside_at_most if lives_beside(self._sought, address, dwelling) else found


def let_through(sieves: Sequence[Sieve], rows: Iterable[Row]) -> list[Found]:
    """Whom any of them lets through."""
    found = []
    for row in rows:
        for sieve in sieves:
            if one := sieve.lets_through(row):
                found.append(one)
                break
    return found
