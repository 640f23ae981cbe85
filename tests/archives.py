"""Archives that are delivered to a deployment of the tests, and what became of their parts."""

from __future__ import annotations

from typing import Any

from builders import case
from deployments import Trust, reading
from disposal import FORM, NOBODY

from integration.custody.vault import Part
from integration.domain.case_list import Reading
from integration.ports import TakenApart
from integration.storage.tables import arrival_documents, document_parts

LIST = reading(case("1", NOBODY))
A_FORM = reading(case("1", NOBODY), kind=FORM)


def sent(trust: Trust, *parts: Reading | TakenApart | Exception | bytes, **by: Any) -> tuple[str, list[str]]:
    """An archive by way of the drop, and all that follows: the ids of its document and of its parts, in order."""
    container = trust.document_of(send(trust, *parts, **by))
    return container, parts_of(trust, container)


def send(trust: Trust, *parts: Reading | TakenApart | Exception | bytes, **by: Any) -> bytes:
    content = trust.deliver(trust.archive(*parts), **by)
    trust.run()
    return content


def parts_of(trust: Trust, container: str) -> list[str]:
    rows = trust.rows(document_parts, document_parts.c.container_id == container)
    return [row["document_id"] for row in sorted(rows, key=lambda row: row["part_no"])]


def arrivals_with(trust: Trust, document_id: str) -> set[str]:
    rows = trust.rows(arrival_documents, arrival_documents.c.document_id == document_id)
    return {row["arrival_id"] for row in rows}


def content_of(trust: Trust, document_id: str) -> bytes:
    row = trust.document(document_id)
    return trust.deployment.vault.open(document_id, row["key_slot"], Part.DOCUMENT)
