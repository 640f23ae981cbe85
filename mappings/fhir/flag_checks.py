"""Whether a Flag may leave the house: `fhir.resources` checks its structure, and this what that does not check.

Not checked there: codes of required value sets, the types of references, the order of a period, profiles. Beyond that
an allow-list of elements: a Flag that holds anything else is faulty, however valid.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date

from integration.domain.flag import WORDING, FlagStatus
from integration.domain.nhs_number import NhsNumber
from integration.domain.people import Role
from mappings.fhir.codings import is_snomed_concept
from mappings.fhir.terms import (
    DOMESTIC_VIOLENCE,
    FLAG_CATEGORY,
    NHS_NUMBER,
    NOT_TO_PATIENT,
    ODS_CODE,
    SNOMED_CT,
    UK_CORE_FLAG,
    VERY_RESTRICTED,
    Json,
    is_resource_id,
    member,
    members,
)

# Every element that a flag of ours may hold, by its path; lists are walked through.
ALLOWED = frozenset(
    {
        "resourceType",
        "id",
        "meta.versionId",
        "meta.lastUpdated",
        "meta.profile",
        "meta.security.system",
        "meta.security.code",
        "meta.security.display",
        "identifier.system",
        "identifier.value",
        "status",
        "category.coding.system",
        "category.coding.code",
        "category.coding.display",
        "code.text",
        "code.coding.system",
        "code.coding.code",
        "code.coding.display",
        "subject.reference",
        "subject.type",
        "subject.identifier.system",
        "subject.identifier.value",
        "period.start",
        "period.end",
        "author.type",
        "author.identifier.system",
        "author.identifier.value",
    }
)
# UK Core Flag's mustSupport elements, and those that our own rules ask for beside them.
REQUIRED = ("status", "code", "subject", "identifier", "category", "period", "author", "meta")
_ODS = re.compile(r"[A-Z0-9]{3,10}\Z")


def faults_of(resource: Json) -> tuple[str, ...]:
    """The paths at which the resource is not what a flag of ours must be; empty if all is well. Quotes no value."""
    faults = list(dict.fromkeys(_all_faults(resource)))
    if not faults and not _is_structurally_valid(resource):
        faults.append("structure")
    return tuple(faults)


def _all_faults(resource: Json) -> Iterator[str]:
    if member(resource, "resourceType") != "Flag":
        yield "resourceType"
    yield from (path for path in _leaves(resource) if path not in ALLOWED)
    yield from (name for name in REQUIRED if not resource.get(name))
    yield from _faults_of_meaning(resource)
    yield from _faults_of_references(resource)
    yield from _faults_of_period(resource)


def _leaves(value: object, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, path)
    else:
        yield path


def _faults_of_meaning(resource: Json) -> Iterator[str]:
    if member(resource, "status") not in [status.value for status in FlagStatus]:
        yield "status"
    role = next((role for role, words in WORDING.items() if words == member(resource, "code", "text")), None)
    if role is None:
        yield "code.text"
    if UK_CORE_FLAG not in members(resource, "meta", "profile"):
        yield "meta.profile"
    labels = [(member(label, "system"), member(label, "code")) for label in members(resource, "meta", "security")]
    wanted = [VERY_RESTRICTED[:2], DOMESTIC_VIOLENCE[:2]] + [NOT_TO_PATIENT[:2]] * (role is Role.PERPETRATOR)
    if labels != wanted:
        yield "meta.security"
    categories = [(member(c, "system"), member(c, "code")) for c in _codings(resource, "category")]
    if categories != [(FLAG_CATEGORY, "safety")]:
        yield "category"
    for coding in members(resource, "code", "coding"):
        if member(coding, "system") == SNOMED_CT and not is_snomed_concept(str(member(coding, "code"))):
            yield "code.coding"


def _codings(resource: Json, name: str) -> list[object]:
    return [coding for concept in members(resource, name) for coding in members(concept, "coding")]


def _faults_of_references(resource: Json) -> Iterator[str]:
    identifiers = members(resource, "identifier")
    if len(identifiers) != 1 or not all(member(identifiers[0], name) for name in ("system", "value")):
        yield "identifier"
    kind, _, patient_id = str(member(resource, "subject", "reference")).partition("/")
    if kind != "Patient" or not is_resource_id(patient_id):
        yield "subject.reference"
    if member(resource, "subject", "type") != "Patient":
        yield "subject.type"
    number = member(resource, "subject", "identifier")
    if number is not None and (
        member(number, "system") != NHS_NUMBER or NhsNumber.from_text(str(member(number, "value"))) is None
    ):
        yield "subject.identifier"
    author = member(resource, "author", "identifier")
    if member(resource, "author", "type") != "Organization" or member(author, "system") != ODS_CODE:
        yield "author"
    if not _ODS.match(str(member(author, "value"))):
        yield "author"


def _faults_of_period(resource: Json) -> Iterator[str]:
    start, end = _day(resource, "start"), _day(resource, "end")
    if start is None:
        yield "period.start"
    if member(resource, "status") == FlagStatus.ACTIVE.value:
        if member(resource, "period", "end") is not None:
            yield "period.end"
    elif end is None or (start is not None and end < start):
        yield "period.end"


def _day(resource: Json, name: str) -> date | None:
    text = member(resource, "period", name)
    try:
        return date.fromisoformat(text) if isinstance(text, str) and len(text) == len("2026-11-22") else None
    except ValueError:
        return None


def _is_structurally_valid(resource: Json) -> bool:
    """Whether R4's structure holds and nothing is lost or altered on the way through it.

    R4B's Flag has R4's elements, names and cardinalities; the library has no package for R4 itself.
    """
    from fhir.resources.R4B.flag import Flag as R4BFlag  # half a second to import: only who writes flags pays it

    try:
        again = json.loads(R4BFlag.model_validate(resource).model_dump_json())
    except (ValueError, KeyError):  # pydantic's ValidationError is a ValueError; an unknown resource type a KeyError
        return False
    return bool(again == resource)
