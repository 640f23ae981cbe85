"""A patient as a row of the local index, with the keys that follow from it; and back."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from integration.domain.people import Address, Patient, PersonName, Sex
from integration.matching.keys import family_forms, keys_of
from integration.matching.people import Known
from integration.matching.spelling import phone, postcode, words
from integration.storage.patient_tables import patients
from integration.storage.patient_writing import Prepared

COLUMNS = tuple(column.name for column in patients.c)
# As a stored row, `pid` first, without the keys at its end.
Row = tuple[Any, ...]
SHOWN = COLUMNS[:-2]


def prepared(patient: Patient) -> Prepared:
    """Everything that is to be stored of a patient, but for the number that the index gives them."""
    name, current = patient.name, patient.addresses[0] if patient.addresses else None
    digits = phone(patient.phone) if patient.phone else ""
    plain = (
        patient.local_id,
        int(patient.nhs_number) if patient.nhs_number else None,
        name.family or None if name else None,
        name.given or None if name else None,
        patient.middle or None,
        json.dumps([[n.family, n.given] for n in patient.other_names]) if patient.other_names else None,
        patient.birth.toordinal() if patient.birth else None,
        patient.sex.value if patient.sex else None,
        current.line or None if current else None,
        current.postcode or None if current else None,
        json.dumps([[a.line, a.postcode] for a in patient.addresses[1:]]) if len(patient.addresses) > 1 else None,
        patient.phone or None,
        patient.gp_code or None,
        patient.deceased,
        patient.restricted,
        json.dumps(patient.open_services) if patient.open_services else None,
        patient.fhir_id or None,
    )
    known = known_of((0, *plain))
    bits, keys = keys_of(known)
    birth = known.birth or 0
    return Prepared(
        (*plain, int(digits) if digits else None, bits),
        [(key, birth, key_bits) for key, key_bits in keys],
        names_counted(known),
    )


def names_counted(known: Known) -> list[tuple[str, str]]:
    """The names that count towards how common they are: family names whole and in parts, given names by their words."""
    if len(known.family) == 1 and len(known.given) == 1 and not known.other_families and not known.other_givens:
        return [("f", known.family[0]), ("g", known.given[0])]
    families = {form for family in (known.family, *known.other_families) if family for form in family_forms(family)}
    givens = {word for given in (known.given, *known.other_givens) for word in given}
    return [("f", form) for form in families] + [("g", word) for word in givens]


def keys_stored(row: Row) -> Prepared:
    """What was stored beside a row, so that it can be taken back."""
    known = known_of(row)
    bits, keys = keys_of(known)
    return Prepared(
        (*row[1:], bits), [(key, known.birth or 0, key_bits) for key, key_bits in keys], names_counted(known)
    )


def known_of(row: Row) -> Known:
    """A stored row as matching compares it."""
    names = json.loads(row[6]) if row[6] else ()
    previous = json.loads(row[11]) if row[11] else ()
    return Known(
        pid=row[0],
        local_id=row[1],
        nhs_number=f"{row[2]:010d}" if row[2] is not None else None,
        family=words(row[3]) if row[3] else (),
        given=words(row[4]) if row[4] else (),
        middle=words(row[5]) if row[5] else (),
        other_families=tuple(f for f in (words(n[0]) for n in names) if f) if names else (),
        other_givens=tuple(g for g in (words(n[1]) for n in names) if g) if names else (),
        birth=row[7],
        sex=row[8],
        line=row[9] or "",
        postcode=postcode(row[10]) if row[10] else "",
        previous=tuple(p for p in (postcode(a[1] or "") for a in previous) if p) if previous else (),
        phone=phone(row[12]) if row[12] else "",
        deceased=bool(row[14]),
        restricted=bool(row[15]),
    )


def patient_of(row: Row) -> Patient:
    """A stored row as the patient that was loaded."""
    name = PersonName(row[3] or "", row[4] or "") if row[3] or row[4] else None
    current = (Address(row[9] or "", row[10]),) if row[9] or row[10] or row[11] else ()
    return Patient(
        local_id=row[1],
        nhs_number=f"{row[2]:010d}" if row[2] is not None else None,
        name=name,
        middle=row[5] or "",
        other_names=tuple(PersonName(*n) for n in json.loads(row[6])) if row[6] else (),
        birth=date.fromordinal(row[7]) if row[7] else None,
        sex=Sex(row[8]) if row[8] else None,
        addresses=current + (tuple(Address(*a) for a in json.loads(row[11])) if row[11] else ()),
        phone=row[12],
        gp_code=row[13],
        deceased=bool(row[14]),
        restricted=bool(row[15]),
        open_services=tuple(json.loads(row[16])) if row[16] else (),
        fhir_id=row[17],
    )
