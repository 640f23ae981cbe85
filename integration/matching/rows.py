"""A patient as a row of the local index, with the keys that follow from it; and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from integration.domain.people import Address, Patient, PersonName, Sex
from integration.matching.keys import (
    Codes,
    day_keys,
    family_codes,
    given_codes,
    name_keys,
    number_key,
    postcode_key,
    together,
)
from integration.matching.people import Dwelling, Known, Named, Words
from integration.matching.spelling import REMEMBERED, phone, postcode, words
from integration.storage.patient_writing import Prepared

SHOWN = ("pid", "local_id", "nhs_number", "birth", "details")
Row = tuple[Any, ...]  # of the columns above

# `details` are texts in this order, separated by the control character that was made for it; those that a patient may
# have several of are separated by another. Much smaller and quicker than a column each, and nothing asks for them.
_BETWEEN, _WITHIN = "\x1f", "\x1e"
_TEXTS = 12  # of every patient; one more of those of whom several births or NHS numbers are told
_DIGITS = 10  # of an NHS number; a birth's day number has fewer


def prepared(patient: Patient) -> Prepared:
    """Everything that is to be stored of a patient, but for the number that the index gives them."""
    return stored((None, *row_of(patient)))


def row_of(patient: Patient) -> Row:
    """A patient as `SHOWN` has them, but for that number: all else follows from it."""
    name, others, addresses, services = patient.name, patient.other_names, patient.addresses, patient.open_services
    texts = (
        name.family if name else "",
        name.given if name else "",
        patient.middle,
        _WITHIN.join([part for n in others for part in (n.family, n.given)]) if others else "",
        patient.sex._value_ if patient.sex else "",
        _WITHIN.join([f"{a.line}{_WITHIN}{a.postcode or ''}" for a in addresses]),
        patient.phone or "",
        patient.gp_code or "",
        "1" if patient.deceased else "",
        "1" if patient.restricted else "",
        _WITHIN.join(services),
        patient.fhir_id or "",
    )
    details = _BETWEEN.join(texts)
    within = 2 * (len(others) + len(addresses)) + len(services) - bool(others) - bool(addresses) - bool(services)
    if details.count(_BETWEEN) != _TEXTS - 1 or details.count(_WITHIN) != within:
        return row_of(_without_separators(patient))
    if patient.disputed or patient.other_births or patient.other_numbers:  # hardly anybody: nobody else pays for it
        births = [str(birth.toordinal()) for birth in patient.other_births]
        beside = ("1" if patient.disputed else "", *births, *patient.other_numbers)
        details += _BETWEEN + _WITHIN.join(beside)
    return (
        patient.local_id,
        int(patient.nhs_number) if patient.nhs_number else None,
        patient.birth.toordinal() if patient.birth else None,
        details,
    )


def _without_separators(patient: Patient) -> Patient:
    """The same patient where somebody's text holds a separator: it becomes a space."""

    def clean(text: str) -> str:
        return text.replace(_BETWEEN, " ").replace(_WITHIN, " ")

    def named(name: PersonName) -> PersonName:
        return PersonName(clean(name.family), clean(name.given))

    return replace(
        patient,
        name=named(patient.name) if patient.name else None,
        middle=clean(patient.middle),
        other_names=tuple(map(named, patient.other_names)),
        addresses=tuple(Address(clean(a.line), clean(a.postcode or "") or None) for a in patient.addresses),
        phone=clean(patient.phone or "") or None,
        gp_code=clean(patient.gp_code or "") or None,
        open_services=tuple(map(clean, patient.open_services)),
        fhir_id=clean(patient.fhir_id or "") or None,
    )


def stored(row: Row) -> Prepared:
    """What stands in the index for a row, so that it can be put there and taken back."""
    _, local_id, nhs_number, birth, details = row
    texts = details.split(_BETWEEN)
    if texts[3]:
        family, given = _of_several([[texts[0], texts[1]], *_pairs(texts[3])])
    else:
        family, given = _family(texts[0]), _given(texts[1])
    places = {key for key in map(_place_key, texts[5].split(_WITHIN)[1::2]) if key is not None}
    digits = phone(texts[6]) if texts[6] else ""
    of_row = (local_id, nhs_number, birth, int(digits) if digits else None, family.sounds | given.sounds, details)
    keys, days = name_keys(family, given) - places, day_keys(birth, family.letters, given.letters)
    made = Prepared(of_row, tuple(keys), tuple(places), days, family.bits | given.bits, family.counted + given.counted)
    return _found_by_others_too(made, beside_of(texts), family, given) if tells_of_several(texts) else made


def _found_by_others_too(made: Prepared, beside: Beside, family: Codes, given: Codes) -> Prepared:
    """With the keys of every other date of birth and NHS number that the record gives."""
    bits = made.row[4]
    keys = [(key, birth, None) for birth in beside.births for key in made.name_keys]
    keys += [(key, birth, bits) for birth in beside.births for key in made.place_keys]
    keys += [(key, 0, None) for key in {number_key(int(number)) for number in beside.numbers} - set(made.name_keys)]
    days = [key for birth in beside.births for key in day_keys(birth, family.letters, given.letters)]
    return made._replace(day_keys=(*made.day_keys, *days), beside=tuple(keys))


@lru_cache(REMEMBERED)
def _place_key(text: str) -> int | None:
    code = postcode(text)
    return postcode_key(code) if code else None


@lru_cache(REMEMBERED)
def _family(name: str) -> Codes:
    return family_codes(words(name))


@lru_cache(REMEMBERED)
def _given(name: str) -> Codes:
    return given_codes(words(name))


def _of_several(names: Sequence[Sequence[str]]) -> tuple[Codes, Codes]:
    """The codes of several names: each family name counts with each given name."""
    families = [family_codes(name) for name in _distinct(*(words(n[0]) for n in names))]
    givens = [given_codes(name) for name in _distinct(*(words(n[1]) for n in names))]
    return together(families), together(givens)


def _distinct(*names: Words) -> list[Words]:
    return [name for name in dict.fromkeys(names) if name]


def _pairs(text: str) -> list[list[str]]:
    parts = text.split(_WITHIN)
    return [parts[at : at + 2] for at in range(0, len(parts), 2)]


def texts_of(row: Row) -> list[str]:
    """The texts of a stored row."""
    texts: list[str] = row[4].split(_BETWEEN)
    return texts


class Beside(NamedTuple):
    """What a record gives beside its own date of birth and NHS number, and whether its rows contradict each other."""

    disputed: bool = False
    births: tuple[int, ...] = ()
    numbers: tuple[str, ...] = ()


_NOTHING_BESIDE = Beside()


def tells_of_several(texts: list[str]) -> bool:
    """Whether several births or NHS numbers are told of somebody, by the texts of a stored row."""
    return len(texts) > _TEXTS


def beside_of(texts: list[str]) -> Beside:
    """Of hardly anybody more than nothing."""
    if not tells_of_several(texts):
        return _NOTHING_BESIDE
    disputed, *others = texts[_TEXTS].split(_WITHIN)
    births = tuple([int(one) for one in others if len(one) < _DIGITS])
    return Beside(bool(disputed), births, tuple([one for one in others if len(one) == _DIGITS]))


def numbers_of(row: Row) -> tuple[int, ...]:
    """Every NHS number of a stored row."""
    numbers = [int(number) for number in beside_of(texts_of(row)).numbers]
    return (row[2], *numbers) if row[2] is not None else tuple(numbers)


def nhs_number_of(row: Row) -> str | None:
    """The NHS number of a stored row, in ten digits."""
    return str(row[2]).zfill(10) if row[2] is not None else None


def named_of(texts: list[str]) -> Named:
    """What somebody is called, by the texts of a stored row."""
    family, given, middle, others = texts[:4]
    names = _pairs(others) if others else ()
    return Named(
        words(given),
        words(middle) if middle else (),
        words(family),
        tuple(_distinct(*(words(n[0]) for n in names))) if names else (),
        tuple(_distinct(*(words(n[1]) for n in names))) if names else (),
    )


def dwelling_of(texts: list[str]) -> Dwelling:
    """Where somebody lives, by the texts of a stored row."""
    line, *rest = texts[5].split(_WITHIN)
    if not rest:
        return Dwelling(line, "", ())
    before = tuple([code for code in map(postcode, rest[2::2]) if code]) if len(rest) > 1 else ()
    return Dwelling(line, postcode(rest[0]), before)


def known_of(row: Row) -> Known:
    """A stored row as matching compares it."""
    texts = texts_of(row)
    return known_by(row, texts, named_of(texts), dwelling_of(texts))


def known_by(row: Row, texts: list[str], named: Named, dwelling: Dwelling) -> Known:
    """A stored row as matching compares it, by what was read of it before."""
    pid, local_id, _, birth, _ = row
    _, _, _, _, sex, _, telephone, _, deceased, restricted, *_ = texts
    return Known(  # in the order of its fields: by name it takes half as long again
        pid,
        local_id,
        nhs_number_of(row),
        *named,
        birth,
        sex or None,
        *dwelling,
        phone(telephone) if telephone else "",
        bool(deceased),
        bool(restricted),
        *beside_of(texts),
    )


def patient_of(row: Row) -> Patient:
    """A stored row as the patient that was loaded."""
    _, local_id, _, birth, details = row
    texts = details.split(_BETWEEN)
    family, given, middle, others, sex, places, telephone, gp, deceased, restricted, services, fhir = texts[:_TEXTS]
    beside = beside_of(texts)
    return Patient(
        local_id=local_id,
        nhs_number=nhs_number_of(row),
        name=PersonName(family, given) if family or given else None,
        middle=middle,
        other_names=tuple(PersonName(*pair) for pair in _pairs(others)) if others else (),
        birth=date.fromordinal(birth) if birth else None,
        sex=Sex(sex) if sex else None,
        addresses=tuple(Address(line, code or None) for line, code in _pairs(places)) if places else (),
        phone=telephone or None,
        gp_code=gp or None,
        deceased=bool(deceased),
        restricted=bool(restricted),
        disputed=beside.disputed,
        other_births=tuple(map(date.fromordinal, beside.births)),
        other_numbers=beside.numbers,
        open_services=tuple(services.split(_WITHIN)) if services else (),
        fhir_id=fhir or None,
    )
