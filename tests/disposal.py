"""A list that only its meeting keeps open, and what became of documents, for the tests of disposal."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from builders import subject
from deployments import MEETING, Trust

from integration.domain.case_list import DocumentKind
from integration.domain.progress import DocumentState
from integration.storage.tables import certificates
from integration.workflow.may_go import custody_list
from integration.workflow.meetings import record_held

ANNA = subject(family="ZZTESTER", given="Quillon")
NOBODY = subject(family="ZZNOBODY", given="Ix", births=(date(1970, 1, 1),), postcode="ZZ98 1AA")
FORM, MINUTES = DocumentKind.RESEARCH_FORM, DocumentKind.MINUTES


def hold_meeting(trust: Trust) -> None:
    trust.clock.to(MEETING)
    record_held(trust.as_reviewer(), trust.meeting_id())
    trust.work()


def state(trust: Trust, document_id: str) -> DocumentState:
    return DocumentState(trust.document(document_id)["state"])


def is_gone(trust: Trust, document_id: str) -> bool:
    return state(trust, document_id) is DocumentState.DESTROYED and not trust.deployment.vault.holds(document_id)


def says(trust: Trust, document_id: str) -> dict[str, Any]:
    """What the document's certificate says."""
    row = trust.only(certificates, certificates.c.document_id == document_id)
    said: dict[str, Any] = json.loads(row["body"])["certificate"]
    return said


def why_not(trust: Trust, document_id: str) -> str:
    return next(c.next_step for c in custody_list(trust.deployment) if c.document_id == document_id)
