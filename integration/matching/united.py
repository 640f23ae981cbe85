"""Two records of one person, or several rows of one record, as one patient: names, homes and services of all of them.

Of what a patient has only one of (a date of birth, an NHS number, a telephone) the surviving or last one's holds.
Another date of birth or NHS number is kept beside it: by that the patient is found, too, and put to a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import TypeVar

from integration.domain.people import Patient, PersonName
from integration.matching.people import Words
from integration.matching.spelling import words

_T = TypeVar("_T")
_MOST_BESIDE = 12  # dates of birth or NHS numbers beside a record's own: more are no one patient's


def united(survivor: Patient, obsolete: Patient) -> Patient:
    """The surviving record with what the obsolete one adds; where they disagree on danger, the safer value."""
    births = [birth for birth in (*survivor.other_births, obsolete.birth, *obsolete.other_births) if birth]
    numbers = [n for n in (*survivor.other_numbers, obsolete.nhs_number, *obsolete.other_numbers) if n]
    return replace(
        survivor,
        nhs_number=survivor.nhs_number or obsolete.nhs_number,
        name=survivor.name or obsolete.name,
        middle=survivor.middle or obsolete.middle,
        other_names=_added(survivor.other_names, _names(obsolete), known=_names(survivor)),
        birth=survivor.birth or obsolete.birth,
        sex=survivor.sex or obsolete.sex,
        addresses=_added(survivor.addresses, obsolete.addresses, known=survivor.addresses),
        phone=survivor.phone or obsolete.phone,
        gp_code=survivor.gp_code or obsolete.gp_code,
        deceased=survivor.deceased or obsolete.deceased,
        restricted=survivor.restricted or obsolete.restricted,
        disputed=survivor.disputed or obsolete.disputed,
        open_services=_added(survivor.open_services, obsolete.open_services, known=survivor.open_services),
        other_births=_beside(survivor.birth or obsolete.birth, births),
        other_numbers=_beside(survivor.nhs_number or obsolete.nhs_number, numbers),
    )


def of_several_rows(rows: Sequence[Patient]) -> Patient:
    """What the rows of one record say together, the last one before the others; disputed if any two contradict."""
    *earlier, whole = rows
    for row in reversed(earlier):
        whole = united(whole, row)
    return replace(whole, disputed=bool(contradictions_among(rows)))


def contradictions_among(rows: Sequence[Patient]) -> list[str]:
    """In which facts any two rows of one record may tell of two people."""
    tellers = {(row.nhs_number, row.birth, row.sex, row.name, row.other_names): row for row in rows}
    pairs = combinations(tellers.values(), 2)
    return list(dict.fromkeys([fact for one, other in pairs for fact in contradictions(one, other)]))


def contradictions(one: Patient, other: Patient) -> list[str]:
    """In which facts they may tell of two people. What only one of them says contradicts nothing."""
    found = []
    if one.nhs_number and other.nhs_number and one.nhs_number != other.nhs_number:
        found.append("NHS number")
    if one.birth and other.birth and one.birth != other.birth:
        found.append("date of birth")
    if one.sex and other.sex and one.sex is not other.sex:
        found.append("sex")
    if _are_apart(_first_names(one), _first_names(other)):
        found.append("given name")
    married = one.birth is not None and one.birth == other.birth
    if _are_apart(_family_names(one), _family_names(other)) and not married:
        found.append("family name")
    return found


def _are_apart(ours: set[Words], theirs: set[Words]) -> bool:
    return bool(ours and theirs) and ours.isdisjoint(theirs)


def _first_names(patient: Patient) -> set[Words]:
    return {first for name in _names(patient) if (first := words(name.given)[:1])}


def _family_names(patient: Patient) -> set[Words]:
    return {family for name in _names(patient) if (family := words(name.family))}


def _names(patient: Patient) -> tuple[PersonName, ...]:
    return (*([patient.name] if patient.name else []), *patient.other_names)


def _beside(own: _T | None, several: Sequence[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(one for one in several if one != own))[:_MOST_BESIDE]


def _added(ours: tuple[_T, ...], theirs: Sequence[_T], *, known: Sequence[_T]) -> tuple[_T, ...]:
    return (*ours, *dict.fromkeys(one for one in theirs if one not in known))
