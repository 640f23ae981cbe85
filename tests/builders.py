"""Synthetic people and cases for tests, with keyword defaults. Nobody here exists."""

from __future__ import annotations

from datetime import date

from integration.domain.case_list import Case
from integration.domain.people import Address, Patient, PersonName, Role, Sex, Subject


def subject(
    role: Role = Role.VICTIM,
    family: str = "ZZTESTER",
    given: str = "Quillon",
    *,
    births: tuple[date, ...] = (date(1984, 3, 2),),
    age: int | None = None,
    sex: Sex | None = None,
    nhs_number: str | None = None,
    line: str = "12 Nowhere Street",
    postcode: str | None = "ZZ99 3VZ",
    aka: tuple[PersonName, ...] = (),
    phones: tuple[str, ...] = (),
    where: str = "row 2",
    row: int | None = 2,
) -> Subject:
    addresses = (Address(line, postcode),) if line or postcode else ()
    names = (PersonName(family, given), *aka)
    return Subject(role, names, births, age, sex, nhs_number, addresses, phones, where, row)


def case(case_ref: str = "27/2026/001", *subjects: Subject, repeat: bool | None = False) -> Case:
    return Case(case_ref, subjects or (subject(),), repeat)


def patient(
    local_id: str = "1001",
    family: str = "ZZTESTER",
    given: str = "Quillon",
    *,
    birth: date | None = date(1984, 3, 2),
    nhs_number: str | None = "9990000018",
    sex: Sex | None = None,
    line: str = "12 Nowhere Street",
    postcode: str | None = "ZZ99 3VZ",
    deceased: bool = False,
    restricted: bool = False,
    fhir_id: str | None = None,
) -> Patient:
    addresses = (Address(line, postcode),) if line or postcode else ()
    return Patient(
        local_id=local_id,
        nhs_number=nhs_number,
        name=PersonName(family, given),
        birth=birth,
        sex=sex,
        addresses=addresses,
        deceased=deceased,
        restricted=restricted,
        fhir_id=fhir_id,
    )
