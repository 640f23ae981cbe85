"""How documents hang on the deliveries that brought them; what was taken apart brings its parts along.

Every arrival of a mail or an archive is one of each of its parts: so the sender's copy stays until the work of all of
them is done, and each one's certificate accounts for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from integration.domain.audit import Action
from integration.domain.case_list import CameIn
from integration.domain.progress import DocumentState
from integration.ports import UntrustedFile
from integration.storage.database import Change
from integration.storage.records import get, move_document
from integration.storage.tables import arrival_documents, document_parts, documents, list_versions
from integration.workflow.deployment import Deployment

_DEPTH = {CameIn.ITSELF: 0, CameIn.MAIL: 1, CameIn.MAIL_TEXT: 1, CameIn.ARCHIVE: 2}
# of rows of documents: a container before its parts, and these in their order
PART_NO = func.coalesce(
    select(func.min(document_parts.c.part_no))
    .where(document_parts.c.document_id == documents.c.document_id)
    .scalar_subquery(),
    0,
)


def with_parts(connection: Connection, document_ids: Iterable[str]) -> list[str]:
    """These documents, their parts if they were taken apart, and the parts of those: each once."""
    found = list(dict.fromkeys(document_ids))
    for document_id in found:  # it grows meanwhile
        found += [part for part in parts_of(connection, document_id) if part not in found]
    return found


def parts_of(connection: Connection, container_id: str) -> list[str]:
    """The parts of a mail or an archive, in their order; equal ones are one document."""
    statement = select(document_parts.c.document_id).where(document_parts.c.container_id == container_id)
    return list(dict.fromkeys(connection.execute(statement.order_by(document_parts.c.part_no)).scalars()))


def place_of(connection: Connection, document: RowMapping) -> str:
    """Where a document came from, and which part of what it was; never the name that somebody gave it."""
    first = select(document_parts).where(document_parts.c.document_id == document["document_id"])
    part = connection.execute(first.order_by(document_parts.c.found_at, document_parts.c.part_no)).mappings().first()
    if part is None:
        return str(document["source"])
    container = get(connection, documents, part["container_id"])
    count = select(func.count()).where(document_parts.c.container_id == part["container_id"])
    parts = connection.execute(count).scalar_one()
    outer = place_of(connection, container)
    return outer if parts == 1 else f"{outer}, part {part['part_no']} of {parts}"


def came_with_another(connection: Connection, list_id: str, document_id: str) -> bool:
    """Whether a delivery brought this document together with another version of the same list."""
    others = select(list_versions.c.document_id).where(
        list_versions.c.list_id == list_id, list_versions.c.document_id != document_id
    )
    together = select(arrival_documents.c.arrival_id).where(
        arrival_documents.c.document_id.in_(others),
        arrival_documents.c.arrival_id.in_(arrivals_of(connection, document_id)),
    )
    return connection.execute(together.limit(1)).first() is not None


def arrivals_of(connection: Connection, document_id: str) -> list[str]:
    """Every delivery that brought a document."""
    statement = select(arrival_documents.c.arrival_id).where(arrival_documents.c.document_id == document_id)
    return list(connection.execute(statement).scalars())


def link(
    deployment: Deployment,
    change: Change,
    arrival_id: str,
    document_id: str,
    file: UntrustedFile | None = None,
    *,
    unknown_sender: str | None = None,
) -> bool:
    """Hang a document on an arrival, with what its sender wrote round it; False if it hangs there already."""
    here = (arrival_documents.c.arrival_id == arrival_id) & (arrival_documents.c.document_id == document_id)
    if change.connection.execute(select(arrival_documents.c.arrival_id).where(here)).first() is not None:
        return False
    words = {} if file is None else {"name": file.untrusted_name, "subject": file.untrusted_subject}
    if unknown_sender is not None:
        words["sender"] = unknown_sender
    sealed = _sealed(deployment, change.connection, document_id, words)
    row = insert(arrival_documents).values(arrival_id=arrival_id, document_id=document_id, **sealed)
    change.connection.execute(row)
    return True


def _sealed(
    deployment: Deployment, connection: Connection, document_id: str, words: dict[str, str]
) -> dict[str, bytes]:
    """Sealed under the document's key; nothing once that key is destroyed."""
    slot = get(connection, documents, document_id)["key_slot"]
    if slot is None:
        return {}
    seal = deployment.vault.seal
    return {
        f"sealed_{what}": seal(document_id, slot, what, said.encode("utf-8", "replace")) for what, said in words.items()
    }


def arrived_again(
    deployment: Deployment,
    change: Change,
    document_id: str,
    arrival_ids: Sequence[str],
    areas: Sequence[str],
    came_in: CameIn | None = None,
) -> None:
    """A document that we had came by further arrivals; one that was refused may now be read in a new light.

    That is so once it comes by a way that stands for more areas, else a stranger who sent a list first would keep its
    rightful sender out; or less deep in mails and archives than before.
    """
    for arrival_id in arrival_ids:
        change.also(deployment.event(Action.DOCUMENT_ARRIVED_AGAIN, "document", document_id, arrival=arrival_id))
    row = get(change.connection, documents, document_id)
    new = [area for area in areas if area not in row["areas"]]
    is_nearer = came_in is not None and _DEPTH[came_in] < _DEPTH[came_in_of(row["came_in"])]
    if is_nearer:
        statement = update(documents).where(documents.c.document_id == document_id)
        change.connection.execute(statement.values(came_in=came_in))
    if row["state"] != DocumentState.REFUSED.value or not (new or is_nearer):
        return
    event = deployment.event(Action.DOCUMENT_SETTLED, "document", document_id, answer="came-again")
    values = {"areas": [*row["areas"], *new], "reason": None}
    move_document(change, document_id, DocumentState.RECEIVED, event, **values)


def came_in_of(stored: str | None) -> CameIn:
    """As the tables keep it."""
    return CameIn.ITSELF if stored is None else CameIn(stored)
