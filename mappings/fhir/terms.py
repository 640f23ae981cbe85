"""The identifiers of systems, profiles and labels that our FHIR resources use, and reading untrusted JSON safely."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

UK_CORE_FLAG = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Flag"
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
ODS_CODE = "https://fhir.nhs.uk/Id/ods-organization-code"
FLAG_CATEGORY = "http://terminology.hl7.org/CodeSystem/flag-category"
SNOMED_CT = "http://snomed.info/sct"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"

# The labels: very restricted; domestic violence; and, on a perpetrator's, not to be disclosed to the patient.
VERY_RESTRICTED = (CONFIDENTIALITY, "V", "very restricted")
DOMESTIC_VIOLENCE = (ACT_CODE, "SDV", "sexual assault, abuse, or domestic violence information sensitivity")
NOT_TO_PATIENT = (
    ACT_CODE,
    "NOPAT",
    "no disclosure to patient, family or caregivers without attending provider's authorization",
)

Json = dict[str, Any]
_RESOURCE_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}\Z")


def is_resource_id(text: object) -> bool:
    """Whether `text` may be a FHIR resource's id, and so stand in a URL (a dot alone would be a path)."""
    return isinstance(text, str) and bool(_RESOURCE_ID.match(text)) and text.strip(".") != ""


def member(value: object, *path: str) -> Any:
    """What lies at `path` in nested JSON objects; None where anything on the way is missing or of another shape."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def members(value: object, *path: str) -> list[Any]:
    """The list at `path`; empty where there is none."""
    found = member(value, *path)
    return found if isinstance(found, list) else []


def resource_id_for(local_id: str) -> str:
    """A FHIR id for one of our patients: their local id where that can be one, else a digest of it."""
    return local_id if is_resource_id(local_id) else f"sha256-{sha256(local_id.encode()).hexdigest()[:48]}"
