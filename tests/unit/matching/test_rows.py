"""A patient as what the index stores: the keys that follow, each once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from builders import patient

from integration.domain.people import Address
from integration.matching import rows
from integration.matching.rows import patient_of, prepared, stored

TWICE_THERE = replace(
    patient("1"), addresses=(Address("1 New Road", "ZZ99 3VZ"), Address("", "zz993vz"), Address("2 Old Road", "Z"))
)


def test_a_place_is_a_key_once_however_it_is_written() -> None:
    assert len(prepared(TWICE_THERE).place_keys) == 1


def test_a_number_that_is_the_key_of_a_name_and_of_a_place_is_stored_once(monkeypatch: pytest.MonkeyPatch) -> None:
    of_name, *_ = prepared(patient("1")).name_keys
    monkeypatch.setattr(rows, "_place_key", lambda _text: of_name)
    both = [key for key in prepared(patient("1")).key_rows() if key[0] == of_name]
    assert both == [(of_name, date(1984, 3, 2).toordinal(), prepared(patient("1")).row[4])]


def test_a_stored_row_tells_what_was_stored_with_it() -> None:
    made = prepared(TWICE_THERE)
    row = (7, *made.row[:3], made.row[5])
    assert stored(row) == made
    assert patient_of(row) == TWICE_THERE
