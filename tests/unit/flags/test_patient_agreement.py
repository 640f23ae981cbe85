"""Whether the record system's patient is the one that we matched: the last guard before a flag is written."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from builders import patient
from builders_flags import PATIENT_SYSTEM, fhir_patient

from integration.domain.flag import PatientDisagrees
from integration.domain.people import Address, Patient, PersonName, Sex
from mappings.fhir.patient import disagreement, patient_from_fhir

OURS = patient()
NO_NUMBER = patient(nhs_number=None)

AGREE: list[tuple[str, dict[str, Any], Patient]] = [
    ("everything", fhir_patient(), OURS),
    ("number alone", fhir_patient(family=None, birth=None), OURS),
    ("number, married since", fhir_patient(family="ZZNEW"), OURS),
    ("number, birth mistyped", fhir_patient(birth="1984-02-03"), OURS),
    ("name and birth, no number there", fhir_patient(nhs_number=None), OURS),
    ("name and birth, no number here", fhir_patient(), NO_NUMBER),
    ("name as others write it", fhir_patient(family="Zz-tester", nhs_number=None), OURS),
    ("a former name", fhir_patient(family="ZZNEW", nhs_number=None), patient(family="ZZNEW")),
    ("number that is not valid here", fhir_patient(), patient(nhs_number="9990000019")),
    ("one of two numbers", fhir_patient(identifier=[
        {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000026"},
        {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "999 000 0018"},
    ]), OURS),
    ("both deceased", fhir_patient(deceasedBoolean=True), patient(deceased=True)),
    ("deceased only here", fhir_patient(), patient(deceased=True)),
    ("linked, not replaced", fhir_patient(link=[{"type": "seealso", "other": {"reference": "Patient/2"}}]), OURS),
]  # fmt: skip

OLD_NUMBER = [{"use": "old", "system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}]

DISAGREE: list[tuple[str, dict[str, Any], Patient]] = [
    ("the NHS numbers differ", fhir_patient(nhs_number="9990000026"), OURS),
    ("neither the NHS number nor", fhir_patient(nhs_number=None, family="ZZOTHER"), OURS),
    ("neither the NHS number nor", fhir_patient(nhs_number=None, birth="1984-03-03"), OURS),
    ("neither the NHS number nor", fhir_patient(nhs_number=None, birth="1984"), OURS),
    ("neither the NHS number nor", fhir_patient(nhs_number=None, family=None), OURS),
    ("neither the NHS number nor", fhir_patient(nhs_number="9990000019", birth=None), OURS),
    ("but neither family name nor date of birth", fhir_patient(family="ZZOTHER", birth="2001-01-01"), OURS),
    ("neither the NHS number nor", fhir_patient(identifier=OLD_NUMBER, birth=None), OURS),
    ("deceased there", fhir_patient(deceasedBoolean=True), OURS),
    ("deceased there", fhir_patient(deceasedDateTime="2026-01-01"), OURS),
    ("inactive", fhir_patient(active=False), OURS),
    ("merged", fhir_patient(link=[{"type": "replaced-by", "other": {"reference": "Patient/2"}}]), OURS),
    ("no patient", {"resourceType": "Person", "id": "1001"}, OURS),
    ("no patient", {}, OURS),
    ("neither the NHS number nor", {"resourceType": "Patient", "id": "1", "name": 7, "birthDate": [], "identifier": {}},
     OURS),
    ("neither the NHS number nor", {"resourceType": "Patient", "id": "1", "name": [{"use": [], "family": {}}]}, OURS),
]  # fmt: skip


@pytest.mark.parametrize(("what", "theirs", "ours"), AGREE, ids=[row[0] for row in AGREE])
def test_these_agree(what: str, theirs: dict[str, Any], ours: Patient) -> None:
    assert disagreement(theirs, ours) is None


@pytest.mark.parametrize(("why", "theirs", "ours"), DISAGREE, ids=[f"{n}-{row[0]}" for n, row in enumerate(DISAGREE)])
def test_these_do_not_and_the_reason_names_nobody(why: str, theirs: dict[str, Any], ours: Patient) -> None:
    found = disagreement(theirs, ours)
    assert isinstance(found, PatientDisagrees)
    assert why in found.reason
    assert not {"ZZTESTER", "ZZOTHER", "999", "1984"} & set(found.reason.replace(",", "").split())


def test_a_former_name_there_is_a_name() -> None:
    names = [{"use": "old", "family": "ZZTESTER", "given": ["Quillon"]}, {"use": "official", "family": "ZZNEW"}]
    assert disagreement(fhir_patient(nhs_number=None, name=names), OURS) is None


def test_a_patient_in_full() -> None:
    resource = fhir_patient(
        "ehr-77",
        local_id="1001",
        gender="female",
        name=[
            {"use": "maiden", "family": "ZZMAIDEN", "given": ["Quillon"]},
            {"use": "official", "family": "ZZTESTER", "given": ["Quillon", "Ann", "Bea"]},
        ],
        address=[
            {"use": "old", "line": ["1 Former Row"], "postalCode": "ZZ99 1AA"},
            {"use": "home", "line": ["Flat 2", "12 Nowhere Street"], "city": "Nowhere", "postalCode": "ZZ99 3VZ"},
        ],
        telecom=[{"system": "email", "value": "x@y.example"}, {"system": "phone", "value": "01632 960001"}],
        generalPractitioner=[{"identifier": {"value": "Y12345"}}],
        meta={"security": [{"code": "R"}]},
    )
    assert patient_from_fhir(resource, PATIENT_SYSTEM) == Patient(
        local_id="1001",
        nhs_number="9990000018",
        name=PersonName("ZZTESTER", "Quillon"),
        middle="Ann Bea",
        other_names=(PersonName("ZZMAIDEN", "Quillon"),),
        birth=date(1984, 3, 2),
        sex=Sex.FEMALE,
        addresses=(Address("Flat 2, 12 Nowhere Street, Nowhere", "ZZ99 3VZ"), Address("1 Former Row", "ZZ99 1AA")),
        phone="01632 960001",
        gp_code="Y12345",
        restricted=True,
        fhir_id="ehr-77",
    )


def test_a_patient_without_the_trusts_number_is_an_error_that_quotes_nothing() -> None:
    with pytest.raises(ValueError, match=r"^a Patient with an id is needed$"):
        patient_from_fhir(fhir_patient(), PATIENT_SYSTEM)
