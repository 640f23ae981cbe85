"""What lies sealed in the vault under a document's key: the document itself, and what was read of it."""

from __future__ import annotations

import json

from sqlalchemy import RowMapping, select

from integration.custody.vault import Part
from integration.domain.case_list import Reading
from integration.ports import UntrustedFile
from integration.storage.tables import arrival_documents, arrivals
from integration.workflow.deployment import Deployment
from mappings.reading_json import from_json


def reading_of(deployment: Deployment, document: RowMapping) -> Reading | None:
    """The sealed reading of a document; None if there is none (any longer)."""
    if document["key_slot"] is None or not deployment.vault.holds(document["document_id"], Part.READING):
        return None
    sealed = deployment.vault.open(document["document_id"], document["key_slot"], Part.READING)
    return from_json(json.loads(sealed))


def plaintext_of(deployment: Deployment, document: RowMapping) -> UntrustedFile:
    """The document itself with the name that its sender gave it, for the reading child and its reader's eyes."""
    untrusted = deployment.vault.open(document["document_id"], document["key_slot"], Part.DOCUMENT)
    return UntrustedFile(_name_of(deployment, document), untrusted)


def _name_of(deployment: Deployment, document: RowMapping) -> str:
    """The name of its first arrival; a document whose arrival never got on record has none."""
    statement = (
        select(arrival_documents.c.sealed_name)
        .join(arrivals, arrivals.c.arrival_id == arrival_documents.c.arrival_id)
        .where(arrival_documents.c.document_id == document["document_id"], arrival_documents.c.sealed_name.is_not(None))
        .order_by(arrivals.c.arrived_at)
        .limit(1)
    )
    with deployment.database.reading() as connection:
        sealed = connection.execute(statement).scalar_one_or_none()
    if sealed is None:
        return ""
    untrusted = deployment.vault.unseal(document["document_id"], document["key_slot"], "name", sealed)
    return untrusted.decode("utf-8", "replace")
