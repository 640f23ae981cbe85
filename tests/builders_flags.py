"""Synthetic flags and the FHIR patients that they are placed on, with keyword defaults."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from integration.domain.audit import Actor, ActorKind
from integration.domain.flag import Flag, FlagStatus, flag_key
from integration.domain.people import Role
from mappings.fhir.codings import Coding
from mappings.fhir.flag import FlagForm
from mappings.fhir.terms import NHS_NUMBER, SNOMED_CT

KEY_SYSTEM = "https://fhir.trust.example/Id/flag"
PATIENT_SYSTEM = "https://fhir.trust.example/Id/local-patient"
FORM = FlagForm(KEY_SYSTEM, "RXX")
AT_RISK = Coding(SNOMED_CT, "707087005", "At risk of domestic violence")
CODED_FORM = FlagForm(KEY_SYSTEM, "RXX", {Role.VICTIM: (AT_RISK,)})
ACTOR = Actor("b" * 32, ActorKind.PROCESS)


def key(patient: str = "1001", role: Role = Role.VICTIM, generation: int = 1) -> UUID:
    return flag_key(b"secret", trust="RXX", register="test", patient=patient, role=role, generation=generation)


def flag(
    role: Role = Role.VICTIM,
    patient: str = "1001",
    *,
    status: FlagStatus = FlagStatus.ACTIVE,
    start: date = date(2026, 11, 22),
    end: date | None = None,
    generation: int = 1,
) -> Flag:
    if status is not FlagStatus.ACTIVE and end is None:
        end = date(2026, 12, 24)
    return Flag(key(patient, role, generation), patient, role, status, start, end)


def fhir_patient(
    resource_id: str = "1001",
    *,
    family: str | None = "ZZTESTER",
    given: str = "Quillon",
    birth: str | None = "1984-03-02",
    nhs_number: str | None = "9990000018",
    local_id: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    identifiers = [{"system": NHS_NUMBER, "value": nhs_number}] if nhs_number else []
    identifiers += [{"system": PATIENT_SYSTEM, "value": local_id}] if local_id else []
    names = [{"use": "official", "family": family, "given": [given]}] if family else []
    said = {"identifier": identifiers, "name": names, "birthDate": birth}
    return {"resourceType": "Patient", "id": resource_id, **{k: v for k, v in said.items() if v}, **more}
