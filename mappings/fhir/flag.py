"""A flag as a FHIR R4 Flag (UK Core profile), and back: the mandated words, the labels, and nothing else.

What we write is an allow-list. There is no place here for free text, an address, a case, another person or a reason.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import assert_never
from uuid import UUID

from integration.domain.flag import WORDING, Flag, FlagStatus
from integration.domain.nhs_number import NhsNumber
from integration.domain.people import Patient, Role
from mappings.fhir.codings import Coding
from mappings.fhir.flag_checks import faults_of
from mappings.fhir.terms import (
    DOMESTIC_VIOLENCE,
    FLAG_CATEGORY,
    NHS_NUMBER,
    NOT_TO_PATIENT,
    ODS_CODE,
    UK_CORE_FLAG,
    VERY_RESTRICTED,
    Json,
    is_resource_id,
    member,
    members,
)


@dataclass(frozen=True, slots=True)
class FlagForm:
    """What is the same on all of a trust's flags: the system of their keys, the trust as author, the codes."""

    key_system: str
    ods_code: str
    codings: Mapping[Role, tuple[Coding, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordSubject:
    """Whom a flag is about: a Patient resource of the register's, and the NHS number as far as we know it."""

    patient_id: str
    nhs_number: NhsNumber | None = None

    @classmethod
    def of(cls, patient: Patient, patient_id: str) -> RecordSubject:
        return cls(patient_id, NhsNumber.from_text(patient.nhs_number))

    def as_fhir(self) -> Json:
        reference: Json = {"reference": f"Patient/{self.patient_id}", "type": "Patient"}
        if self.nhs_number is not None:
            reference["identifier"] = {"system": NHS_NUMBER, "value": self.nhs_number.value}
        return reference


def to_fhir(flag: Flag, subject: RecordSubject, form: FlagForm) -> Json:
    """The flag as R4 JSON without an id; raises `ValueError` rather than give anything that is not quite right."""
    if not is_resource_id(subject.patient_id):
        raise ValueError("the patient's id cannot be that of a FHIR resource")
    end = {} if flag.end is None else {"end": flag.end.isoformat()}
    resource: Json = {
        "resourceType": "Flag",
        "meta": {"profile": [UK_CORE_FLAG], "security": _labels(flag.role)},
        "identifier": [{"system": form.key_system, "value": str(flag.key)}],
        "status": flag.status.value,
        "category": [{"coding": [{"system": FLAG_CATEGORY, "code": "safety", "display": "Safety"}]}],
        "code": {**_codings(flag.role, form), "text": flag.wording},
        "subject": subject.as_fhir(),
        "period": {"start": flag.start.isoformat(), **end},
        "author": {"type": "Organization", "identifier": {"system": ODS_CODE, "value": form.ods_code}},
    }
    if faults := faults_of(resource):
        raise ValueError(f"the flag would not be valid: {', '.join(faults)}")
    return resource


def _labels(role: Role) -> list[Json]:
    labels = [VERY_RESTRICTED, DOMESTIC_VIOLENCE]
    if role is Role.PERPETRATOR:
        labels.append(NOT_TO_PATIENT)
    return [{"system": system, "code": code, "display": display} for system, code, display in labels]


def _codings(role: Role, form: FlagForm) -> Json:
    codings = [coding.as_fhir() for coding in form.codings.get(role, ())]
    return {"coding": codings} if codings else {}


def as_text(resource: Json) -> str:
    """The one way in which we write a resource as text: UTF-8 as it is, no white space, order kept."""
    return json.dumps(resource, ensure_ascii=False, separators=(",", ":"))


def key_of(resource: Json, form: FlagForm) -> UUID | None:
    """The key under which the flag is ours; None for everybody else's flags."""
    for identifier in members(resource, "identifier"):
        if member(identifier, "system") == form.key_system:
            try:
                return UUID(str(member(identifier, "value")))
            except ValueError:
                return None
    return None


def role_of(resource: Json) -> Role | None:
    """The role that a flag's words speak of, letters' case and white space apart; None for other words."""
    text = member(resource, "code", "text")
    words = " ".join(text.split()).casefold() if isinstance(text, str) else ""
    return next((role for role, wording in WORDING.items() if wording.casefold() == words), None)


def is_ended(resource: Json) -> bool:
    """Whether a flag no longer shows; an unknown status counts as showing."""
    return member(resource, "status") in (FlagStatus.INACTIVE.value, FlagStatus.ENTERED_IN_ERROR.value)


def opposes(resource: Json, flag: Flag, form: FlagForm) -> bool:
    """Whether a standing flag on the same record must stop `flag` for a person (rule 12).

    It does if its words or its codes are the opposite role's, whoever placed it, and also if it is one of ours
    whose words can no longer be made out.
    """
    opposite = flag.role.opposite
    if opposite is None or is_ended(resource):
        return False
    role = role_of(resource)
    if role is not None:
        return role is opposite
    telling = {(c.system, c.code) for c in form.codings.get(opposite, ())}
    telling -= {(c.system, c.code) for c in form.codings.get(flag.role, ())}
    codes = {(member(c, "system"), member(c, "code")) for c in members(resource, "code", "coding")}
    key = key_of(resource, form)
    return bool(telling & codes) or (key is not None and key != flag.key)


def would_revive(found: Json, flag: Flag) -> bool:
    """Whether making `found` equal `flag` would revive it: an ended flag stays ended, and a wrong one stays wrong."""
    status = member(found, "status")
    match flag.status:
        case FlagStatus.ACTIVE:
            return is_ended(found)
        case FlagStatus.INACTIVE:
            return bool(status == FlagStatus.ENTERED_IN_ERROR.value)
        case FlagStatus.ENTERED_IN_ERROR:
            return False
        case _:
            assert_never(flag.status)


def from_fhir(resource: Json, patient: str, form: FlagForm) -> Flag:
    """One of our flags as a register holds it; raises `ValueError` if it no longer reads as one.

    FHIR lets a flag end without a date; the day of its last change stands for it then. A date of ending on an active
    flag is left out here: comparison names it.
    """
    key, role = key_of(resource, form), role_of(resource)
    if member(resource, "resourceType") != "Flag" or key is None or role is None:
        raise ValueError("a flag under our identifier does not read as one of ours")
    status = FlagStatus(member(resource, "status"))
    start = _day(member(resource, "period", "start"))
    end = None
    if status is not FlagStatus.ACTIVE:
        end = _day(member(resource, "period", "end") or member(resource, "meta", "lastUpdated"))
    return Flag(key, patient, role, status, start, end)


def _day(text: object) -> date:
    if not isinstance(text, str):
        raise ValueError("a flag under our identifier has no date where one is needed")
    return date.fromisoformat(text[:10])
