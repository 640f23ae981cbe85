"""Looking into a FHIR record system: what it can do, who a patient is there, which flags it holds. Writes nothing.

An answer that is not whole is no answer, and what a server finds is filtered here again: servers ignore search
parameters that they do not know.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from connectors._fhir_http import Answer, FhirHttp
from integration.domain.flag import PatientDisagrees
from integration.domain.people import Patient
from integration.errors import Unavailable
from mappings.fhir.capability import ServerCapability, capability_from_fhir
from mappings.fhir.flag import FlagForm, key_of
from mappings.fhir.patient import disagreement
from mappings.fhir.search_set import page_from_fhir
from mappings.fhir.terms import Json, is_resource_id, member, members

CAPABILITY_SECONDS = 900.0  # a server's abilities change with its releases, not within a quarter of an hour
PAGES = 50  # of one patient's flags; a server that has more ignores what we asked for
NOT_HELD = PatientDisagrees("the record system does not hold this patient")


@dataclass(frozen=True, slots=True)
class PatientLookup:
    """How the server knows our patients: by its own id, which is theirs or `fhir_id`, or by an identifier."""

    by: Literal["id", "identifier"] = "id"
    system: str | None = None


class FhirRecord:
    """The flags and patients of one server, for reading."""

    def __init__(self, http: FhirHttp, lookup: PatientLookup, form: FlagForm) -> None:
        self.http, self._lookup, self._form = http, lookup, form
        self._known: tuple[float, ServerCapability] | None = None

    def unavailable(self, phase: str, reason: str) -> Unavailable:
        return Unavailable(self.http.system, phase, reason)

    def capability(self, *, fresh: bool = False) -> ServerCapability:
        """What the server says that it can do; raises `Unavailable` if flags cannot be placed there."""
        known, now = self._known, time.monotonic()
        if known is not None and not fresh and now - known[0] < CAPABILITY_SECONDS:
            return known[1]
        try:
            capability = capability_from_fhir(self.http.metadata())
        except ValueError:
            reason = "it has no capability statement; is base_url the FHIR base address?"
            raise self.unavailable("capability", reason) from None
        if lacks := capability.lacks():
            remedy = 'have its operators allow it, or set flags.kind = "local"'
            raise self.unavailable("capability", f"it does not say that it offers {', '.join(lacks)}; {remedy}")
        self._known = (now, capability)
        return capability

    def agreeing_patient(self, patient: Patient) -> str | PatientDisagrees:
        """The server's id of the patient, once read there and found to agree with ours."""
        there = self.patient_id(patient)
        if isinstance(there, PatientDisagrees):
            return there
        answer = self.http.read("Patient", there, "read patient")
        if answer is None:
            return NOT_HELD
        if member(answer.resource, "id") != there:
            return PatientDisagrees("the record system answered with another patient")
        return disagreement(answer.resource, patient) or there

    def patient_id(self, patient: Patient) -> str | PatientDisagrees:
        """The server's id of the patient, unread where it is the one that we know."""
        if self._lookup.by == "id":
            there = patient.fhir_id or patient.local_id
            return there if is_resource_id(there) else NOT_HELD
        system = self._lookup.system or ""
        found = self._search("Patient", {"identifier": token(system, patient.local_id)}, "read patient")
        wanted = {"system": system, "value": patient.local_id}
        theirs = [p for p in found if any(_holds(i, wanted) for i in members(p, "identifier"))]
        ids = {resource_id(p) for p in theirs if member(p, "active") is not False}
        if len(ids) > 1:
            return PatientDisagrees("the record system holds more than one patient under this identifier")
        return ids.pop() if ids else NOT_HELD

    def flag(self, server_id: str) -> Answer | None:
        """One flag, read by id: a search's index may lag behind."""
        return self.http.read("Flag", server_id, "read back")

    def flags_with(self, key: UUID) -> list[Json]:
        """The flags that stand under one of our keys: none, one, or (wrongly) several."""
        found = self._search("Flag", {"identifier": token(self._form.key_system, str(key))}, "search")
        return [flag for flag in found if key_of(flag, self._form) == key]

    def flags_of(self, patient_id: str) -> list[Json]:
        """Everybody's flags on one patient's record."""
        reference = f"Patient/{patient_id}"
        found = self._search("Flag", {self.capability().patient_parameter: reference}, "search")
        ours = (reference, f"{self.http.base_url}/{reference}")
        return [flag for flag in found if member(flag, "subject", "reference") in ours]

    def _search(self, kind: str, parameters: dict[str, str], phase: str) -> list[Json]:
        found: dict[str, Json] = {}
        try:
            page = page_from_fhir(self.http.search(kind, {**parameters, "_count": "100"}, phase), kind)
            for _ in range(PAGES):
                found |= {resource_id(resource): resource for resource in page.resources}
                if page.next_url is None:
                    break
                page = page_from_fhir(self.http.next_page(page.next_url, phase), kind)
            else:
                raise ValueError("the search result does not end")
            if page.total is not None and page.total > len(found):
                raise ValueError("the server shows less than it says that it found")
        except ValueError as error:
            raise self.unavailable(phase, f"{error}; ask its operators") from None
        return list(found.values())


def resource_id(resource: Json) -> str:
    """A resource's id; raises `ValueError` if it has none that may stand in a URL."""
    found = member(resource, "id")
    if not is_resource_id(found):
        raise ValueError("the server gave a resource without a proper id")
    return str(found)


def token(system: str, value: str) -> str:
    """system|value as FHIR's searches want it, their own separators escaped."""
    for sign in ("\\", "$", ",", "|"):
        system, value = system.replace(sign, f"\\{sign}"), value.replace(sign, f"\\{sign}")
    return f"{system}|{value}"


def _holds(identifier: object, wanted: dict[str, str]) -> bool:
    return all(member(identifier, name) == value for name, value in wanted.items())
