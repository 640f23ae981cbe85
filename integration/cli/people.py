"""A person as a screen shows them: names, births, addresses in one form for every command."""

from __future__ import annotations

from collections.abc import Iterable

from integration.domain.people import Address, Patient, PersonName, Subject


def name_in_words(name: PersonName | None) -> str:
    """Family name first, as lists are sorted."""
    return ", ".join(part for part in (name.family, name.given) if part) if name else ""


def born_in_words(subject: Subject) -> str:
    """Every date of birth that a list gives; where it gives none the year of birth, or the age."""
    if subject.births:
        return "; ".join(birth.isoformat() for birth in subject.births)
    if subject.born_in:
        return f"born in {subject.born_in}"
    return "" if subject.age is None else f"age {subject.age}"


def births_in_words(patient: Patient) -> str:
    """Every date of birth that a record gives, its own first: nearly always one."""
    own = (patient.birth,) if patient.birth else ()
    return "; ".join(birth.isoformat() for birth in (*own, *patient.other_births))


def nhs_numbers_in_words(patient: Patient) -> str:
    """Every NHS number that a record gives, its own first: nearly always one."""
    own = (patient.nhs_number,) if patient.nhs_number else ()
    return "; ".join((*own, *patient.other_numbers))


def places_in_words(addresses: Iterable[Address]) -> str:
    """Every address in one line each, the postcode last."""
    return "; ".join(f"{a.line} {a.postcode or ''}".strip() for a in addresses)
