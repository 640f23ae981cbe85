"""A patient as what the index stores: the keys that follow, each once."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date

import pytest
from builders import patient, subject

from integration.domain.people import Address, PersonName
from integration.matching import rows
from integration.matching.keys import DAY, family_codes, key_scheme, letter_pairs, other_letters
from integration.matching.people import Sought
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


def test_a_day_is_a_key_for_each_pair_of_first_letters_whichever_name_comes_first() -> None:
    born = date(1984, 3, 2)
    one, swapped = patient("1", "Zzoak", "Anne", birth=born), patient("2", "Anne", "Zzoak", birth=born)
    assert prepared(one).day_keys == prepared(swapped).day_keys
    of_two = prepared(patient("3", "Zzoak-Reed", "Anne", birth=born)).day_keys
    assert len(of_two) == 2 and set(prepared(one).day_keys) < set(of_two)
    assert {key // DAY for key in of_two} == {born.toordinal()}


def test_who_has_one_name_or_none_is_born_on_a_day_too() -> None:
    born = date(1984, 3, 2)
    bare = replace(patient("1", birth=born), name=None)
    assert prepared(bare).day_keys == (born.toordinal() * DAY,)
    assert len(prepared(replace(bare, name=PersonName("Zzoak", ""))).day_keys) == 1
    assert [key // DAY for key in prepared(replace(bare, birth=None)).day_keys] == [0]


def test_no_pair_of_first_letters_reaches_into_the_next_day() -> None:
    last = family_codes(("wz",)).letters  # no letter has a higher number
    assert 0 < max(letter_pairs(last, last)) < DAY


def test_a_stored_row_tells_what_was_stored_with_it() -> None:
    made = prepared(TWICE_THERE)
    row = (7, *made.row[:3], made.row[5])
    assert stored(row) == made
    assert patient_of(row) == TWICE_THERE


# What each scheme makes of the patients below. Another rule needs another scheme, and its line here: an index whose
# keys were made by an older rule under the same name would not find its people.
SCHEMES = {"3.2": "f56945e9b01feacf", "3.3": "f56945e9b01feacf", "3.4": "f56945e9b01feacf"}


def test_a_scheme_s_keys_never_change() -> None:
    named = [
        ("ZZTESTER", "Quillon"),
        ("O'Brien-Smith", "Mary Jane"),
        ("Khan", "Mohd"),
        ("Åkesson", "Łukasz"),
        ("M", ""),
    ]
    people = [replace(patient("1", *name), other_names=(PersonName("Begum", "Liz"),)) for name in named]
    made = [prepared(one) for one in [*people, TWICE_THERE, replace(patient("1", birth=None), phone="07700 900123")]]
    keys = [
        (
            sorted(one.name_keys),
            sorted(one.place_keys),
            sorted(one.day_keys),
            one.day_sounds,
            sorted(one.names),
            one.row[3:5],
        )
        for one in made
    ]
    assert SCHEMES.get(key_scheme()) == hashlib.sha256(repr(keys).encode()).hexdigest()[:16]


@pytest.mark.parametrize(("given", "found"), [("Angela Wystan", True), ("Angela", False)])
def test_beside_a_middle_name_the_day_is_looked_up_by_the_first_letter_alone(given: str, found: bool) -> None:
    (sought,) = Sought.of_case([subject(given=given, family="Canham")], date(2026, 11, 22))
    there = prepared(patient(given="Agnela", family="Scott"))
    assert {key % DAY for key in there.day_keys}.isdisjoint(other_letters(sought)) is not found
