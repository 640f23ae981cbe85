"""A FHIR Patient as our Patient, and whether the record system's patient is the one that we matched.

The agreement is the last guard before a flag is written: ids go wrong, records are merged, numbers are mistyped.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import date

from integration.domain.flag import PatientDisagrees
from integration.domain.nhs_number import NhsNumber
from integration.domain.people import Address, Patient, PersonName, Sex
from mappings.fhir.terms import NHS_NUMBER, Json, is_resource_id, member, members

_SEXES = {"female": Sex.FEMALE, "male": Sex.MALE}  # "other" and "unknown" say nothing that a list would write
_NAME_ORDER = ("official", "usual", "", "nickname", "anonymous", "temp", "maiden", "old")


def disagreement(resource: Json, ours: Patient) -> PatientDisagrees | None:
    """Why the record system's patient is not the one that we matched; None if they agree.

    They agree by NHS number, or by family name and date of birth. Two different NHS numbers never agree, and a number
    alone does not where both the family name and the date of birth contradict it.
    """
    try:
        theirs = patient_from_fhir(resource)
    except ValueError:
        return PatientDisagrees("the record system answered with something that is no patient")
    reason = _unfit(resource, theirs, ours) or _contradiction(resource, theirs, ours)
    return None if reason is None else PatientDisagrees(reason)


def _unfit(resource: Json, theirs: Patient, ours: Patient) -> str | None:
    if member(resource, "active") is False:
        return "the record is inactive there"
    if any(member(link, "type") == "replaced-by" for link in members(resource, "link")):
        return "the record was merged into another there"
    if theirs.deceased and not ours.deceased:
        return "the patient is deceased there, and alive in the index"
    return None


def _contradiction(resource: Json, theirs: Patient, ours: Patient) -> str | None:
    numbers = {number.value for number in _nhs_numbers(resource)}
    number = NhsNumber.from_text(ours.nhs_number)
    same_family, same_birth = _same_family(theirs, ours), _same_birth(theirs, ours)
    if number is None or not numbers:
        agree = same_family and same_birth
        return None if agree else "neither the NHS number nor family name and date of birth agree"
    if number.value not in numbers:
        return "the NHS numbers differ"
    if same_family is False and same_birth is False:
        return "the NHS numbers agree, but neither family name nor date of birth does"
    return None


def _same_family(theirs: Patient, ours: Patient) -> bool | None:
    """Whether a family name agrees; None where one side has none."""
    one, other = _families(theirs), _families(ours)
    return bool(one & other) if one and other else None


def _families(patient: Patient) -> set[str]:
    return {_letters(name.family) for name in (patient.name, *patient.other_names) if name is not None} - {""}


def _same_birth(theirs: Patient, ours: Patient) -> bool | None:
    return theirs.birth == ours.birth if theirs.birth and ours.birth else None


def _letters(text: str) -> str:
    """Letters and digits alone, accents, apostrophes and case apart: O'Neill and ONEILL are one name."""
    return "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if c.isalnum())


def patient_from_fhir(resource: Json, local_system: str | None = None) -> Patient:
    """The Patient as one of an index; its local id is the identifier of `local_system`, else the resource's id.

    Raises `ValueError`, which quotes nothing, for a resource that has no such id or is no Patient.
    """
    server_id = member(resource, "id")
    local_id = server_id if local_system is None else _identifier(resource, local_system)
    if member(resource, "resourceType") != "Patient" or not isinstance(local_id, str) or not local_id:
        raise ValueError("a Patient with an id is needed")
    names = list(dict.fromkeys(_names(resource)))
    numbers = [number.value for number in _nhs_numbers(resource)]
    return Patient(
        local_id=local_id,
        nhs_number=numbers[0] if numbers else None,
        name=names[0] if names else None,
        middle=_middle(resource),
        other_names=tuple(names[1:]),
        birth=_birth(resource),
        sex=_SEXES.get(str(member(resource, "gender"))),
        addresses=tuple(_addresses(resource)),
        phone=_phone(resource),
        gp_code=_gp_code(resource),
        deceased=member(resource, "deceasedBoolean") is True or bool(member(resource, "deceasedDateTime")),
        restricted=any(member(label, "code") in ("R", "V") for label in members(resource, "meta", "security")),
        fhir_id=server_id if is_resource_id(server_id) else None,
    )


def _identifier(resource: Json, system: str) -> str | None:
    found = (member(i, "value") for i in members(resource, "identifier") if member(i, "system") == system)
    return next((value for value in found if isinstance(value, str) and value), None)


def _nhs_numbers(resource: Json) -> Iterator[NhsNumber]:
    """The valid NHS numbers that are in use; a patient may wrongly have two."""
    for identifier in members(resource, "identifier"):
        if member(identifier, "system") == NHS_NUMBER and member(identifier, "use") != "old":
            number = NhsNumber.from_text(_text(member(identifier, "value")))
            if number is not None:
                yield number


def _sorted_names(resource: Json) -> list[object]:
    """The names, the one in use first."""
    order = {use: place for place, use in enumerate(_NAME_ORDER)}
    return sorted(members(resource, "name"), key=lambda name: order.get(_text(member(name, "use")), len(order)))


def _names(resource: Json) -> Iterator[PersonName]:
    for name in _sorted_names(resource):
        family, given = _text(member(name, "family")), _given(name)
        if family.strip() or (given and given[0].strip()):
            yield PersonName(family, given[0] if given else "")


def _middle(resource: Json) -> str:
    names = _sorted_names(resource)
    return " ".join(_given(names[0])[1:]) if names else ""


def _given(name: object) -> list[str]:
    return [part for part in members(name, "given") if isinstance(part, str)]


def _birth(resource: Json) -> date | None:
    """The date of birth; None where it is missing or partial."""
    try:
        return date.fromisoformat(_text(member(resource, "birthDate")))
    except ValueError:
        return None


def _addresses(resource: Json) -> Iterator[Address]:
    """The addresses, those of the past last."""
    for address in sorted(members(resource, "address"), key=lambda a: member(a, "use") == "old"):
        parts = [_text(line) for line in members(address, "line")] + [_text(member(address, "city"))]
        line = ", ".join(part for part in parts if part)
        postcode = _text(member(address, "postalCode"))
        if line or postcode:
            yield Address(line, postcode or None)


def _phone(resource: Json) -> str | None:
    phones = (t for t in members(resource, "telecom") if member(t, "system") == "phone" and member(t, "use") != "old")
    return next((_text(member(phone, "value")) for phone in phones if member(phone, "value")), None)


def _gp_code(resource: Json) -> str | None:
    practices = members(resource, "generalPractitioner")
    return next((_text(code) for p in practices if (code := member(p, "identifier", "value"))), None)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
