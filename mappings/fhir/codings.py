"""Codes that a trust wants on its flags beside the mandated words; a mistyped SNOMED CT identifier is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mappings.fhir.terms import SNOMED_CT, Json

_ABSOLUTE_URI = re.compile(r"[a-z][a-z0-9+.-]*:\S+\Z")
_CODE = re.compile(r"\S+( \S+)*\Z")  # R4: no white space at the ends, and single spaces within
_CONCEPT_PARTITIONS = ("00", "10")  # the two digits before the check digit: a concept, international or of an extension

# Verhoeff's check digit, as the SNOMED CT identifier uses it (SNOMED CT Technical Implementation Guide, SCTID).
_PRODUCT = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
_PERMUTATION = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)


def has_right_check_digit(digits: str) -> bool:
    """Whether the last digit is Verhoeff's check digit of the others."""
    if not (digits.isascii() and digits.isdigit()):
        return False
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = int(_PRODUCT[check][int(_PERMUTATION[place % 8][int(digit)])])
    return check == 0


def is_snomed_concept(code: str) -> bool:
    """Whether `code` can be a SNOMED CT concept: 6 to 18 digits, a concept's partition, a right check digit."""
    well_formed = 6 <= len(code) <= 18 and not code.startswith("0") and code[-3:-1] in _CONCEPT_PARTITIONS
    return well_formed and has_right_check_digit(code)


@dataclass(frozen=True, slots=True)
class Coding:
    """One code of a code system; cannot hold a SNOMED CT identifier that is none."""

    system: str
    code: str
    display: str | None = None

    def __post_init__(self) -> None:
        if not _ABSOLUTE_URI.match(self.system):
            raise ValueError(f"code system {self.system!r} is not an absolute URI")
        if not _CODE.match(self.code):
            raise ValueError(f"{self.code!r} is not a code")
        if self.system == SNOMED_CT and not is_snomed_concept(self.code):
            raise ValueError(f"{self.code!r} is not a SNOMED CT concept: its check digit or its form is wrong")
        if self.display is not None and not self.display.strip():
            raise ValueError(f"the display of {self.code!r} is empty; leave it out")

    def as_fhir(self) -> Json:
        shown = {} if self.display is None else {"display": self.display}
        return {"system": self.system, "code": self.code, **shown}
