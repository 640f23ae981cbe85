"""Values that are made quickly are those that are made in the usual way."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields

import pytest

from integration.domain.made_quickly import quickly
from integration.domain.people import Address, Patient, PersonName


def test_makes_what_the_usual_way_makes() -> None:
    values = [f"value {number}" for number, _ in enumerate(fields(Patient))]
    for given in (values, values[:3], values[:1]):
        made, usual = quickly(Patient)(*given), Patient(*given)  # type: ignore[arg-type]
        assert type(made) is Patient
        assert (made, hash(made), repr(made)) == (usual, hash(usual), repr(usual))
    assert quickly(Address)("12 Nowhere Street") == Address("12 Nowhere Street")


def test_what_it_made_is_frozen() -> None:
    made = quickly(Address)("12 Nowhere Street", None)
    with pytest.raises(FrozenInstanceError):
        made.line = "1 New Road"  # type: ignore[misc]


def test_leaves_nothing_unchecked() -> None:
    with pytest.raises(TypeError, match="has to check"):
        quickly(PersonName)
