"""The NHS number: ten digits, the last a check digit (NHS Data Dictionary, modulus 11)."""

from __future__ import annotations

from dataclasses import dataclass, field

from nhs_number.validate import is_valid


@dataclass(frozen=True, slots=True)
class NhsNumber:
    """Cannot hold an invalid number. Raises `ValueError` without quoting the value."""

    value: str = field(repr=False)

    def __post_init__(self) -> None:
        if not (self.value.isascii() and self.value.isdigit() and len(self.value) == 10) or not is_valid(self.value):
            raise ValueError("not an NHS number: ten digits with a right check digit are needed")
        if stands_for_none(self.value):
            raise ValueError("not an NHS number: one digit ten times stands for a number that is not known")

    @classmethod
    def from_text(cls, text: str | None) -> NhsNumber | None:
        """The number in a cell, spaces and hyphens allowed; None where there is none or its check digit fails."""
        digits = "".join(c for c in text or "" if c not in " -\t\u00a0")
        try:
            return cls(digits)
        except ValueError:
            return None


def stands_for_none(digits: str) -> bool:
    """Whether a number is but one digit repeated, which people write where they know none; some pass the check."""
    return len(set(digits)) == 1
