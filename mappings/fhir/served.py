"""What our own endpoint answers beside flags: its capability statement, a search result, and a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus

from mappings.fhir.terms import UK_CORE_FLAG, Json


class Refusal(Exception):
    """A request that is not answered; `code` is FHIR's issue-type, `reason` a fixed sentence that quotes nothing."""

    def __init__(self, status: HTTPStatus, code: str, reason: str) -> None:
        super().__init__(reason)
        self.status, self.code, self.reason = status, code, reason


def operation_outcome(code: str, reason: str) -> Json:
    issue = {"severity": "error", "code": code, "details": {"text": reason}}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def search_set(flags: Sequence[Json], base_url: str) -> Json:
    entries = [
        {"fullUrl": f"{base_url}/Flag/{flag['id']}", "resource": flag, "search": {"mode": "match"}} for flag in flags
    ]
    bundle: Json = {"resourceType": "Bundle", "type": "searchset", "total": len(flags)}
    return {**bundle, "entry": entries} if entries else bundle  # FHIR has no empty lists


def capability_statement(at: datetime) -> Json:
    """Read and search of flags, and nothing else."""
    parameters = {
        "patient": "reference",
        "subject": "reference",
        "identifier": "token",
    }
    flag = {
        "type": "Flag",
        "supportedProfile": [UK_CORE_FLAG],
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "no-version",
        "searchParam": [{"name": name, "type": kind} for name, kind in parameters.items()],
    }
    security = {"description": "A bearer token is needed. Every read is on record."}
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": at.date().isoformat(),
        "kind": "instance",
        "software": {"name": "flagtag"},
        "implementation": {"description": "Flags of flagtag's own register, read-only"},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [{"mode": "server", "security": security, "resource": [flag]}],
    }
