"""Which patients found are worth weighing: most share a name or a day with the person sought, and nothing else.

The most that a patient can reach is quick to reckon: what is rare in the index is known of the names sought alone, and
the patient's may only be commoner. Who cannot reach the floor is left out before anything else is made of the row. No
decision changes, for the judge hears of nobody below the floor.
"""

from __future__ import annotations

from integration.matching.comparison import (
    SAME,
    compare_birth,
    compare_names,
    compare_nhs_number,
    compare_phone,
    compare_sex,
)
from integration.matching.parameters import Parameters
from integration.matching.people import Sought
from integration.matching.places import compare_address
from integration.matching.rows import Row, dwelling_of, named_of, texts_of
from integration.matching.spelling import phone
from integration.matching.weights import NameShares, lives_beside, names_at_most

_ROUNDING = 0.001  # bits: the same numbers, added in another order


class Sieve:
    """Lets through the patients who may reach `floor` as one person; the shares are those of the names sought."""

    def __init__(self, sought: Sought, floor: float, shares: NameShares, parameters: Parameters) -> None:
        self._sought, self._floor, self._bits = sought, floor - _ROUNDING, parameters.bits
        self._shares, self._parameters = shares, parameters
        self._at_home_at_most = max(self._bits["address"].values()) if sought.postcodes else 0.0
        if sought.beside:
            self._at_home_at_most += self._bits["household"][SAME]

    def lets_through(self, row: Row) -> bool:
        """Whether this patient has to be weighed; whose number it is, always."""
        sought, bits, texts = self._sought, self._bits, texts_of(row)
        _, _, nhs_number, birth, _ = row
        names = compare_names(sought, named_of(texts))
        found = names_at_most(names, self._shares, self._parameters) + bits["birth"][compare_birth(sought, birth)]
        found += bits["sex"][compare_sex(sought.sex, texts[4])]
        if texts[6] and sought.phones:
            found += bits["phone"][compare_phone(sought.phones, phone(texts[6]))]
        if nhs_number and sought.nhs_as_written:
            level = compare_nhs_number(sought, f"{nhs_number:010d}")
            if level == SAME:
                return True
            found += bits["nhs_number"][level]
        # addresses last, and only where they may make the difference
        return found + self._at_home_at_most >= self._floor and found + self._at_home(texts) >= self._floor

    def _at_home(self, texts: list[str]) -> float:
        dwelling = dwelling_of(texts)
        address = compare_address(self._sought, dwelling)
        found = self._bits["address"][address]
        return found + self._bits["household"][SAME] if lives_beside(self._sought, address, dwelling) else found
