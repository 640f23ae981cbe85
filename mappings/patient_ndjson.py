"""A FHIR R4 bulk export of Patient resources (NDJSON), read as plain JSON: typed resources would take far longer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from integration.domain.nhs_number import NhsNumber
from integration.domain.people import Address, Patient, PersonName, RecordEnd, Sex
from mappings.patient_csv import AT_ANY_TIME, LONGEST_ID, Ended, Report, RowProblem, birth_fault

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
_SEXES = {"female": Sex.FEMALE, "male": Sex.MALE}
_RESTRICTED = frozenset({"R", "V"})  # http://terminology.hl7.org/CodeSystem/v3-Confidentiality
_CURRENT_NAMES = ("official", "usual", None)

Json = dict[str, Any]


def read_patient_ndjson(
    lines: Iterable[str],
    report: Report,
    local_system: str | None = None,
    ended: Ended | None = None,
    today: date = AT_ANY_TIME,
) -> Iterator[Patient]:
    """The patients of an export, one by one; a line that cannot be used is reported and left out.

    The local id is the identifier of `local_system`, or the resource's id where none is configured. An inactive record
    is loaded as restricted: somebody may be meant by it, and a person decides. One that another replaces is no patient:
    `ended` is told.
    """
    line = ""

    def tell(problem: RowProblem) -> None:
        report(replace(problem, of=next(local_ids_of_ndjson([line], local_system), "") or line))

    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            resource = json.loads(line)
        except ValueError:
            tell(RowProblem(number, "all", "not valid JSON; the line is left out"))
            continue
        if "\\u0000" in line or ("\\u" in line and not _can_be_written(resource)):
            tell(RowProblem(number, "all", "a character that no text may hold; the line is left out"))
            continue
        if not isinstance(resource, dict) or resource.get("resourceType") != "Patient":
            tell(RowProblem(number, "resourceType", "not a Patient; the line is left out"))
            continue
        try:
            end = _end(resource, local_system)
            patient = None if end else _patient(resource, number, tell, local_system, today)
        except (AttributeError, TypeError, KeyError, ValueError):  # a shape that FHIR does not allow
            tell(RowProblem(number, "all", "not shaped as FHIR R4 says; the line is left out"))
            continue
        if end and ended:
            ended(end)
        if patient:
            yield patient


def local_ids_of_ndjson(lines: Iterable[str], local_system: str | None = None) -> Iterator[str]:
    """The local id of every line, usable or not: for whoever asks beforehand of whom several lines tell."""
    for line in lines:
        try:
            yield _local_id(json.loads(line), local_system) or ""
        except (AttributeError, TypeError, KeyError, ValueError):  # reported when it is read
            continue


def _can_be_written(resource: object) -> bool:
    """Whether all its text is text: JSON can spell halves of characters, which no database takes."""
    try:
        json.dumps(resource, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _patient(resource: Json, line: int, report: Report, local_system: str | None, today: date) -> Patient | None:
    local_id = _local_id(resource, local_system)
    if not local_id or len(local_id) > LONGEST_ID:
        report(RowProblem(line, "identifier" if local_system else "id", "missing or too long; the line is left out"))
        return None
    names = _names(resource)
    if not names:
        report(RowProblem(line, "name", "no name; the line is left out"))
        return None
    name, middle = names[0]
    labels = {coding.get("code") for coding in resource.get("meta", {}).get("security", ())}
    phones = [t["value"] for t in resource.get("telecom", ()) if t.get("system") == "phone" and t.get("value")]
    return Patient(
        local_id=local_id,
        nhs_number=_nhs_number(resource, line, report),
        name=name,
        middle=middle,
        other_names=tuple(other for other, _ in names[1:]),
        birth=_birth(resource, line, report, today),
        sex=_SEXES.get(resource.get("gender", "")),
        addresses=_addresses(resource),
        phone=phones[0] if phones else None,
        gp_code=_gp_code(resource),
        deceased=bool(resource.get("deceasedBoolean")) or "deceasedDateTime" in resource,
        restricted=resource.get("active") is False or not labels.isdisjoint(_RESTRICTED),
        fhir_id=resource.get("id"),
    )


def _end(resource: Json, local_system: str | None) -> RecordEnd | None:
    """The record that replaces this one, if one does (Patient.link)."""
    for link in resource.get("link", ()):
        if link.get("type") == "replaced-by":
            other = link.get("other", {})
            if local_system is not None and other.get("identifier", {}).get("system") == local_system:
                survivor = other["identifier"]["value"]
            else:
                survivor = other["reference"].rpartition("/")[2]
            return RecordEnd(_local_id(resource, local_system) or "", survivor)
    return None


def _local_id(resource: Json, local_system: str | None) -> str | None:
    if local_system is None:
        found = resource.get("id")
        return found if isinstance(found, str) else None
    return next((i["value"] for i in resource.get("identifier", ()) if i.get("system") == local_system), None)


def _names(resource: Json) -> list[tuple[PersonName, str]]:
    """Each name with its middle names: the current official one first, then the usual, the former ones last."""
    found = []
    for name in resource.get("name", ()):
        given = [part for part in name.get("given", ()) if part]
        family = name.get("family") or ""
        if not (given or family) and name.get("text"):
            *given, family = str(name["text"]).split()
        if family or given:
            ended = name.get("period", {}).get("end") is not None
            use = name.get("use")
            order = _CURRENT_NAMES.index(use) if use in _CURRENT_NAMES and not ended else len(_CURRENT_NAMES)
            found.append((order, PersonName(family, given[0] if given else ""), " ".join(given[1:])))
    found.sort(key=lambda ordered: ordered[0])
    return [(name, middle) for _, name, middle in found]


def _nhs_number(resource: Json, line: int, report: Report) -> str | None:
    for identifier in resource.get("identifier", ()):
        if identifier.get("system") == NHS_NUMBER and identifier.get("value"):
            number = NhsNumber.from_text(identifier["value"])
            if number:
                return number.value
            report(RowProblem(line, "identifier", "not an NHS number; the patient is loaded without it"))
    return None


def _birth(resource: Json, line: int, report: Report, today: date) -> date | None:
    text = resource.get("birthDate")
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        report(RowProblem(line, "birthDate", "not a whole date; the patient is loaded without it"))
        return None
    if fault := birth_fault(found, today):
        report(RowProblem(line, "birthDate", f"{fault}; the patient is loaded without it"))
        return None
    return found


def _addresses(resource: Json) -> tuple[Address, ...]:
    """The current address first; temporary ones and those that ended count as previous."""
    current: list[Address] = []
    previous: list[Address] = []
    for address in resource.get("address", ()):
        lines = ", ".join(part for part in address.get("line", ()) if part) or address.get("text") or ""
        postcode = address.get("postalCode")
        if lines or postcode:
            ended = address.get("use") in ("old", "temp") or address.get("period", {}).get("end") is not None
            (previous if ended else current).append(Address(lines, postcode))
    if previous and not current:
        current.append(Address())
    return (*current, *previous)


def _gp_code(resource: Json) -> str | None:
    for practitioner in resource.get("generalPractitioner", ()):
        if code := practitioner.get("identifier", {}).get("value"):
            return str(code)
    return None
