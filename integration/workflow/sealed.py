"""What lies sealed in the vault under a document's key: the document itself, and what was read of it."""

from __future__ import annotations

import json

from sqlalchemy import RowMapping, select

from integration.custody.vault import Part
from integration.domain.case_list import Reading
from integration.ports import UntrustedFile
from integration.storage.tables import arrival_documents, arrivals
from integration.workflow.arrivals import came_in_of
from integration.workflow.deployment import Deployment
from mappings.reading_json import from_json


def reading_of(deployment: Deployment, document: RowMapping) -> Reading | None:
    """The sealed reading of a document; None if there is none (any longer)."""
    if document["key_slot"] is None or not deployment.vault.holds(document["document_id"], Part.READING):
        return None
    sealed = deployment.vault.open(document["document_id"], document["key_slot"], Part.READING)
    return from_json(json.loads(sealed))


def plaintext_of(deployment: Deployment, document: RowMapping) -> UntrustedFile:
    """The document itself with what its sender wrote round it, for the reading child and its reader's eyes."""
    untrusted = deployment.vault.open(document["document_id"], document["key_slot"], Part.DOCUMENT)
    name, subject = _words_round(deployment, document)
    return UntrustedFile(name, untrusted, subject, came_in_of(document["came_in"]))


def _words_round(deployment: Deployment, document: RowMapping) -> tuple[str, str]:
    """Name and mail's subject of its first arrival; a document whose arrival never got on record has none."""
    statement = (
        select(arrival_documents.c.sealed_name, arrival_documents.c.sealed_subject)
        .join(arrivals, arrivals.c.arrival_id == arrival_documents.c.arrival_id)
        .where(arrival_documents.c.document_id == document["document_id"], arrival_documents.c.sealed_name.is_not(None))
        .order_by(arrivals.c.arrived_at)
        .limit(1)
    )
    with deployment.database.reading() as connection:
        row = connection.execute(statement).one_or_none()
    if row is None:
        return "", ""
    return _opened_words(deployment, document, "name", row[0]), _opened_words(deployment, document, "subject", row[1])


def sender_of(deployment: Deployment, document: RowMapping) -> str:
    """The address of the last mail with it that came from somebody whom we do not know; empty if none did."""
    statement = (
        select(arrival_documents.c.sealed_sender)
        .join(arrivals, arrivals.c.arrival_id == arrival_documents.c.arrival_id)
        .where(
            arrival_documents.c.document_id == document["document_id"], arrival_documents.c.sealed_sender.is_not(None)
        )
        .order_by(arrivals.c.arrived_at.desc())
        .limit(1)
    )
    with deployment.database.reading() as connection:
        sealed = connection.execute(statement).scalar_one_or_none()
    return _opened_words(deployment, document, "sender", sealed)


def _opened_words(deployment: Deployment, document: RowMapping, what: str, sealed: bytes | None) -> str:
    """Words of the sender, sealed beside the document; empty if there are none."""
    if sealed is None:
        return ""
    untrusted = deployment.vault.unseal(document["document_id"], document["key_slot"], what, sealed)
    return untrusted.decode("utf-8", "replace")
