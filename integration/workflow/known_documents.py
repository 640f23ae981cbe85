"""Whether a document that arrives is one that we have had already, or has to be taken in as a new one.

A document that lived its life here (its list closed, its meeting held, its minutes read) stays a tombstone: it is
recognised, and not processed again. One that a person turned away, or destroyed by hand, was never processed: when
it is sent again, perhaps by its rightful sender, it is a new document, of the next generation. So is a mail or an
archive of which a part was turned away; those of its parts that were not are recognised in their turn.
"""

from __future__ import annotations

import itertools

from sqlalchemy import Connection, RowMapping, Select, select

from integration.custody.secrets import InstallationSecrets
from integration.domain.case_list import DocumentKind
from integration.domain.progress import DocumentState
from integration.domain.retention import Trigger
from integration.storage.tables import certificates, document_parts, documents

_WAITING = (DocumentState.HELD.value, DocumentState.REFUSED.value)
_GOING = (DocumentState.DESTROYING.value, DocumentState.DESTROYED.value)
_TURNED_AWAY = (Trigger.REFUSAL_SETTLED.value, Trigger.BY_HAND.value)


def known_or_next(
    connection: Connection, secrets: InstallationSecrets, untrusted_bytes: bytes
) -> tuple[str, str | None]:
    """The fingerprint under which a document is kept, and its id if we have it."""
    for generation in itertools.count():
        fingerprint = _fingerprint(secrets, untrusted_bytes, generation)
        found = connection.execute(select(documents).where(documents.c.fingerprint == fingerprint)).mappings().first()
        if found is None:
            return fingerprint, None
        if not was_turned_away(connection, found):
            return fingerprint, str(found["document_id"])
    raise AssertionError("generations never end")


def was_turned_away(connection: Connection, document: RowMapping) -> bool:
    """Whether a person settled a document, or a part of it, without its being processed."""
    if document["kind"] == DocumentKind.CONTAINER.value:
        parts = select(documents).where(documents.c.document_id.in_(_parts_of(document["document_id"])))
        return any(was_turned_away(connection, part) for part in connection.execute(parts).mappings().all())
    if document["state"] in _WAITING:
        return document["refusal_settled_at"] is not None
    if document["state"] not in _GOING:
        return False
    ended_by = select(certificates.c.trigger).where(certificates.c.document_id == document["document_id"])
    return connection.execute(ended_by).scalar_one_or_none() in _TURNED_AWAY


def _parts_of(container_id: str) -> Select[tuple[str]]:
    return select(document_parts.c.document_id).where(document_parts.c.container_id == container_id)


def _fingerprint(secrets: InstallationSecrets, untrusted_bytes: bytes, generation: int) -> str:
    parts = (untrusted_bytes,) if generation == 0 else (untrusted_bytes, str(generation).encode())
    return secrets.fingerprint("document", *parts)
