"""Take a mail or an archive apart: each of its parts becomes a document with a key, a kind and a clock of its own.

1. The confined child has unpacked it; the parts are here, unread.
2. Each part that we do not have yet is stored under a key of its own, durable.
3. In one transaction the parts get on record, each with the container's arrivals, and the container as taken apart.
4. From here on nobody needs the container: it is destroyed like any document, and before any of its parts.

Killed before 3, it is taken apart once more; what was stored without a record is swept away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping, insert

from integration.custody.lock import taking_custody
from integration.custody.vault import Part
from integration.domain.audit import Action
from integration.domain.case_list import CameIn, DocumentKind
from integration.domain.progress import DocumentState
from integration.errors import DocumentRefused, Unavailable
from integration.ports import UntrustedFile
from integration.storage.database import Change, new_id
from integration.storage.records import get, move_document
from integration.storage.tables import document_parts, documents
from integration.workflow.arrivals import arrivals_of, arrived_again, link, with_parts
from integration.workflow.deployment import Deployment
from integration.workflow.known_documents import known_or_next
from mappings.case_lists.refusals import Refusal

_MAY_BE_TAKEN_APART = (DocumentState.RECEIVED.value, DocumentState.HELD.value)
_SETTLED_MEANWHILE = "a person settled one of its parts at this moment"


@dataclass(frozen=True, slots=True)
class _Stored:
    """A part that lies in the vault, and is not on record yet."""

    document_id: str
    slot: int


def take_apart(deployment: Deployment, container_id: str, parts: Sequence[UntrustedFile]) -> None:
    """Put every part on record, once each; safe to repeat. Raises `DocumentRefused` for one that holds itself."""
    with taking_custody(deployment.keys):
        stored = [_store(deployment, part) for part in parts]  # 2
        used = _record(deployment, container_id, parts, stored)  # 3
        # only now, and never after a failure: the record may stand although we did not hear of it
        for one in stored:
            if one is not None and one.document_id not in used:  # somebody else was quicker
                deployment.vault.shred(one.document_id)
                deployment.keys.destroy(one.slot)


def _store(deployment: Deployment, part: UntrustedFile) -> _Stored | None:
    """The part, durable under a key of its own; None if we have it."""
    with deployment.database.reading() as connection:
        _, known = known_or_next(connection, deployment.secrets, part.untrusted_bytes)
    if known is not None:
        return None
    stored = _Stored(new_id(), deployment.keys.new_key())
    deployment.vault.store(stored.document_id, stored.slot, Part.DOCUMENT, part.untrusted_bytes)
    return stored


def _record(
    deployment: Deployment, container_id: str, parts: Sequence[UntrustedFile], stored: Sequence[_Stored | None]
) -> set[str]:
    """Everything at once; returns which of the stored parts are on record now."""
    used: set[str] = set()
    with deployment.database.change() as change:
        container = get(change.connection, documents, container_id)
        if container["state"] not in _MAY_BE_TAKEN_APART:
            return used  # another process has taken it apart
        came_by = arrivals_of(change.connection, container_id)
        for number, (part, one) in enumerate(zip(parts, stored, strict=True), start=1):
            document_id = _enter(deployment, change, container, part, one, came_by)
            if one is not None and document_id == one.document_id:
                used.add(document_id)
            place = {"container_id": container_id, "part_no": number, "document_id": document_id}
            change.connection.execute(insert(document_parts).values(**place, found_at=change.now))
        event = deployment.event(Action.DOCUMENT_TAKEN_APART, "document", container_id, parts=len(parts))
        values = {"kind": DocumentKind.CONTAINER.value, "reason": None, "refusal_settled_at": None}
        move_document(change, container_id, DocumentState.TAKEN_APART, event, **values)
    return used


def _enter(
    deployment: Deployment,
    change: Change,
    container: RowMapping,
    part: UntrustedFile,
    stored: _Stored | None,
    came_by: Sequence[str],
) -> str:
    """The part as a document with every arrival of its container: the one that we had, or a new one."""
    fingerprint, known = known_or_next(change.connection, deployment.secrets, part.untrusted_bytes)
    if known is not None:
        document_id = known
    elif stored is not None:
        document_id = stored.document_id
        _insert(deployment, change, container, part, stored, fingerprint)
    else:
        raise Unavailable("custody", "take apart", _SETTLED_MEANWHILE)
    # its parts too: an archive that was taken apart before may hang on this mail
    whole = with_parts(change.connection, [document_id])
    if container["document_id"] in whole:  # it can be made so, and would wait for its own end
        raise DocumentRefused(Refusal.NESTED_ARCHIVE.value)
    for one in whole:
        file = part if one == document_id else None
        new = [arrival for arrival in came_by if link(deployment, change, arrival, one, file)]
        if known is not None:
            arrived_again(deployment, change, one, new, container["areas"], part.came_in if file else None)
    return document_id


def _insert(
    deployment: Deployment,
    change: Change,
    container: RowMapping,
    part: UntrustedFile,
    stored: _Stored,
    fingerprint: str,
) -> None:
    """It came when its container came, from where and for whom that came."""
    row = {
        "document_id": stored.document_id,
        "state": DocumentState.RECEIVED.value,
        "kind": DocumentKind.UNRECOGNISED.value,
        "fingerprint": fingerprint,
        "key_slot": stored.slot,
        "size": len(part.untrusted_bytes),
        "areas": container["areas"],
        "source": container["source"],
        "came_in": None if part.came_in is CameIn.ITSELF else part.came_in.value,
        "received_at": container["received_at"],
    }
    change.connection.execute(insert(documents).values(**row))
    details = {"size": row["size"], "slot": stored.slot, "part_of": container["document_id"]}
    change.also(deployment.event(Action.DOCUMENT_RECEIVED, "document", stored.document_id, **details))
