"""What a server says in its CapabilityStatement that it can do with flags; nothing is assumed beyond it.

Most record systems let nobody write flags, and many cannot make a conditional create: one must ask.
"""

from __future__ import annotations

from dataclasses import dataclass

from mappings.fhir.terms import Json, member, members

FLAG_NEEDS = ("create", "read", "search-type")


@dataclass(frozen=True, slots=True)
class ServerCapability:
    """The parts of a CapabilityStatement that decide how, and whether, we write flags."""

    fhir_version: str
    flag: frozenset[str]  # interaction codes
    patient: frozenset[str]
    conditional_create: bool
    flag_search: frozenset[str]  # search parameters; empty: the server does not list them

    def lacks(self) -> tuple[str, ...]:
        """What a flag cannot be placed without; empty if all is there."""
        missing = [f"Flag {need}" for need in FLAG_NEEDS if need not in self.flag]
        if not self.fhir_version.startswith("4."):
            missing.insert(0, "FHIR R4")
        if self.flag_search and "identifier" not in self.flag_search:
            missing.append("Flag search by identifier")
        if self.flag_search and not {"patient", "subject"} & self.flag_search:
            missing.append("Flag search by patient")
        return tuple(missing)

    @property
    def can_update(self) -> bool:
        return "update" in self.flag

    @property
    def patient_parameter(self) -> str:
        """The search parameter that finds a patient's flags."""
        return "patient" if not self.flag_search or "patient" in self.flag_search else "subject"


def capability_from_fhir(statement: Json) -> ServerCapability:
    """What the statement says of a server's own side; raises `ValueError` if it is no CapabilityStatement."""
    if member(statement, "resourceType") != "CapabilityStatement":
        raise ValueError("this is no CapabilityStatement")
    rest = [side for side in members(statement, "rest") if member(side, "mode") == "server"]
    kinds = [kind for side in rest for kind in members(side, "resource")]
    flags = [kind for kind in kinds if member(kind, "type") == "Flag"]
    patients = [kind for kind in kinds if member(kind, "type") == "Patient"]
    return ServerCapability(
        fhir_version=str(member(statement, "fhirVersion") or ""),
        flag=_interactions(flags),
        patient=_interactions(patients),
        conditional_create=any(member(kind, "conditionalCreate") is True for kind in flags),
        flag_search=frozenset(str(member(p, "name")) for kind in flags for p in members(kind, "searchParam")),
    )


def _interactions(kinds: list[object]) -> frozenset[str]:
    return frozenset(str(member(act, "code")) for kind in kinds for act in members(kind, "interaction"))
