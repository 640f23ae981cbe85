"""Take a document into custody, and only then tell its sender.

1. The sender's copy is read, whole.
2. Ours is stored, encrypted and durable.
3. Document and arrival are recorded, in one transaction with their events.
4. Only now is the sender's copy set aside; it is removed when the document's work is done.

Killed between any two lines, the same delivery is seen again and recognised; nothing is lost, nothing doubled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from integration.custody.lock import sweeping, taking_custody
from integration.custody.vault import Part
from integration.domain.audit import Action
from integration.domain.case_list import CameIn, DocumentKind
from integration.domain.progress import DocumentState
from integration.errors import DocumentRefused, Unavailable
from integration.ports import CaseListSource, UntrustedFile, Waiting
from integration.storage.database import Change, new_id
from integration.storage.records import get
from integration.storage.tables import arrival_documents, arrivals, documents
from integration.workflow.arrivals import arrived_again, link, with_parts
from integration.workflow.deployment import Deployment
from integration.workflow.known_documents import known_or_next, was_turned_away
from integration.workflow.source_reports import LEFT_TO_A_PERSON, report_source

BY_HAND = "by hand"
_SETTLED_MEANWHILE = "a person settled the same document at this moment; it is taken in at the next look"
FAILURES_IN_A_ROW = 3  # so many of its own, and a source is taken to be down: each may last as long as its deadline
PHASES_OF_A_SOURCE = frozenset({"resolve", "connect", "certificate", "host key", "sign in", "list"})


class ArrivalState(StrEnum):
    RECORDED = "recorded"  # ours is durable; the sender's copy lies where it lay
    SET_ASIDE = "set_aside"
    REMOVED = "removed"  # removal asked for; not yet seen gone
    GONE = "gone"  # looked for, and not there
    TAKEN_BACK = "taken_back"  # the sender removed or changed it before we could set it aside
    KEPT = "kept"  # the source's setting: after = "keep"
    BY_HAND = "by_hand"  # handed in by a person, whose own copy is theirs to destroy


@dataclass(frozen=True, slots=True)
class Received:
    """One document that lies in our custody; `again` if it was there already."""

    document_id: str
    again: bool


@dataclass(frozen=True, slots=True)
class Collected:
    """What a look at one source brought; `left` says what lies there that a person has to see to."""

    received: tuple[Received, ...]
    left: tuple[str, ...] = ()
    failure: Unavailable | None = None  # of the first delivery that could not be taken in; it stays where it is


def collect(deployment: Deployment, source: CaseListSource) -> Collected:
    """Take in all that waits at one source; raises `Unavailable` if nobody could look.

    One delivery that cannot be taken in keeps no other waiting: it stays where it is. Only where the source itself
    fails, or we do, is the source left alone until the next look.
    """
    _finish_setting_aside(deployment, source)
    received: list[Received] = []
    failures: list[Unavailable] = []
    too_large: Counter[str] = Counter()
    in_a_row = 0
    for waiting in source.waiting():
        try:
            received += _take_in(deployment, source, waiting)
            in_a_row = 0
        except DocumentRefused as refusal:
            too_large[refusal.reason] += 1
        except Unavailable as failure:
            failures.append(failure)
            in_a_row += _is_of_more_than_one_delivery(failure, source)
            if in_a_row == FAILURES_IN_A_ROW:
                break
    if not failures and not source.settling():
        _settle_taken_back(deployment, source)
    left = tuple(f"{count} refused: {reason}; {LEFT_TO_A_PERSON}" for reason, count in too_large.items())
    return Collected(tuple(received), left, failures[0] if failures else None)


def _is_of_more_than_one_delivery(failure: Unavailable, source: CaseListSource) -> bool:
    """Whether the next delivery would fail alike: nobody answers at the source, or our own store does not."""
    return failure.system != source.name or failure.phase in PHASES_OF_A_SOURCE


def _take_in(deployment: Deployment, source: CaseListSource, waiting: Waiting) -> list[Received]:
    files = source.download(waiting)
    areas = _areas_of(deployment, source, waiting)
    stranger = None if areas else waiting.sender
    arrival_id, received = take_into_custody(deployment, source.name, files, areas, unknown_sender=stranger)
    source.set_aside(waiting, arrival_id)
    if source.is_aside(arrival_id):  # else the sender was faster: taken back or changed, and offered again if so
        _record_set_aside(deployment, source.name, arrival_id)  # the last line: only now is the delivery done with
    return received


def sweep_orphans(deployment: Deployment) -> int:
    """Remove ciphertext whose document never got on record: a kill between the file and the row. Returns how many."""
    with sweeping(deployment.keys):
        with deployment.database.reading() as connection:
            alive = select(documents.c.document_id).where(documents.c.key_slot.is_not(None))
            known = set(connection.execute(alive).scalars())
        return deployment.vault.sweep_unknown(known)


def hand_in(deployment: Deployment, file: UntrustedFile) -> Received:
    """Take in one document that a person hands in: the same pipeline, every configured area allowed."""
    _, received = take_into_custody(deployment, BY_HAND, [file], tuple(deployment.areas))
    return received[0]


def take_into_custody(
    deployment: Deployment,
    source: str,
    files: Sequence[UntrustedFile],
    areas: tuple[str, ...],
    *,
    unknown_sender: str | None = None,
) -> tuple[str, list[Received]]:
    """Store and record the files of one delivery; returns the arrival's id and the documents in it."""
    with taking_custody(deployment.keys):
        received = [_store(deployment, source, file, areas) for file in files]
        return _record_arrival(deployment, source, received, files, areas, unknown_sender), received


def _areas_of(deployment: Deployment, source: CaseListSource, waiting: Waiting) -> tuple[str, ...]:
    """The areas that a delivery may be for: its source's, and for mail only those that its sender stands for."""
    if waiting.sender is None:
        return source.areas
    sender = waiting.sender.casefold()
    return tuple(name for name in source.areas if sender in deployment.areas[name].senders)


def _store(deployment: Deployment, source: str, file: UntrustedFile, areas: tuple[str, ...]) -> Received:
    fingerprint, known = _known(deployment, file)
    if known is not None:
        return Received(known, again=True)
    document_id, slot = new_id(), deployment.keys.new_key()
    deployment.vault.store(document_id, slot, Part.DOCUMENT, file.untrusted_bytes)
    state = DocumentState.RECEIVED if areas else DocumentState.REFUSED
    reason = None if areas else "unknown sender: add the address to its area's senders, or dismiss the document"
    row = {
        "document_id": document_id,
        "state": state.value,
        "kind": DocumentKind.UNRECOGNISED.value,
        "fingerprint": fingerprint,
        "key_slot": slot,
        "size": len(file.untrusted_bytes),
        "areas": list(areas),
        "source": source,
        "reason": reason,
    }
    event = deployment.event(Action.DOCUMENT_RECEIVED, "document", document_id, size=row["size"], slot=slot)
    try:
        with deployment.database.change(event) as change:
            change.connection.execute(insert(documents).values(**row, received_at=change.now))
            if not areas:
                change.also(deployment.event(Action.DOCUMENT_REFUSED, "document", document_id, reason="unknown-sender"))
    except IntegrityError:  # another process took in the same document at the same time
        deployment.vault.shred(document_id)
        deployment.keys.destroy(slot)
        _, known = _known(deployment, file)
        if known is None:  # and a person turned it away at once
            raise Unavailable(source, "take in", _SETTLED_MEANWHILE) from None
        return Received(known, again=True)
    return Received(document_id, again=False)


def _known(deployment: Deployment, file: UntrustedFile) -> tuple[str, str | None]:
    with deployment.database.reading() as connection:
        return known_or_next(connection, deployment.secrets, file.untrusted_bytes)


def _record_arrival(
    deployment: Deployment,
    source: str,
    received: Sequence[Received],
    files: Sequence[UntrustedFile],
    areas: tuple[str, ...],
    unknown_sender: str | None,
) -> str:
    """Record one delivery; the one that a kill interrupted before it was set aside is taken up again."""
    unique = dict(zip((r.document_id for r in received), files, strict=True))
    by_hand = source == BY_HAND
    unfinished = None if by_hand else _unfinished_arrival(deployment, source, list(unique))
    if unfinished is not None:
        return unfinished
    arrival_id = new_id()
    state = ArrivalState.BY_HAND if by_hand else ArrivalState.RECORDED
    with deployment.database.change() as change:
        values = {"arrival_id": arrival_id, "source": source, "state": state.value, "arrived_at": change.now}
        change.connection.execute(insert(arrivals).values(**values))
        for document_id, file in unique.items():
            link(deployment, change, arrival_id, document_id, file, unknown_sender=unknown_sender)
        for one in received:
            if one.again:
                _check_not_turned_away(change, one.document_id, source)
                arrived_again(deployment, change, one.document_id, [arrival_id], areas, CameIn.ITSELF)
            else:
                event = deployment.event(Action.DOCUMENT_ARRIVED, "document", one.document_id, arrival=arrival_id)
                change.also(event)
        for part in with_parts(change.connection, unique):
            if link(deployment, change, arrival_id, part):  # of what was taken apart before
                arrived_again(deployment, change, part, [arrival_id], areas)
    return arrival_id


def _check_not_turned_away(change: Change, document_id: str, source: str) -> None:
    """A document that was dismissed since we looked swallows no delivery: at the next look that one is a new one."""
    if was_turned_away(change.connection, get(change.connection, documents, document_id)):
        raise Unavailable(source, "take in", _SETTLED_MEANWHILE)


def _unfinished_arrival(deployment: Deployment, source: str, document_ids: Sequence[str]) -> str | None:
    statement = (
        select(arrivals.c.arrival_id, arrival_documents.c.document_id)
        .join(arrival_documents, arrivals.c.arrival_id == arrival_documents.c.arrival_id)
        .where(arrivals.c.source == source, arrivals.c.state == ArrivalState.RECORDED.value)
    )
    with deployment.database.reading() as connection:
        held: dict[str, set[str]] = {}
        for arrival_id, document_id in connection.execute(statement):
            held.setdefault(arrival_id, set()).add(document_id)
        wanted = set(with_parts(connection, document_ids))
    return next((arrival_id for arrival_id, ids in held.items() if ids == wanted), None)


def _finish_setting_aside(deployment: Deployment, source: CaseListSource) -> None:
    """Catch up on deliveries that were set aside, but killed before that was recorded."""
    for arrival_id in _not_set_aside(deployment, source):
        if source.is_aside(arrival_id):
            _record_set_aside(deployment, source.name, arrival_id)


def _settle_taken_back(deployment: Deployment, source: CaseListSource) -> None:
    """After everything that waits was taken in: what is neither aside nor waiting has been taken back by its sender."""
    for arrival_id in _not_set_aside(deployment, source):
        if not _is_seen_absent(source, arrival_id):
            continue
        event = deployment.event(Action.SOURCE_COPY_REMOVED, "arrival", arrival_id, by="sender")
        with deployment.database.change(event) as change:
            values = {"state": ArrivalState.TAKEN_BACK.value, "gone_seen_at": change.now}
            change.connection.execute(update(arrivals).where(arrivals.c.arrival_id == arrival_id).values(**values))


def _is_seen_absent(source: CaseListSource, arrival_id: str) -> bool:
    """Whether somebody looked, and found no copy; a place that is missing itself tells nothing."""
    try:
        return source.is_gone(arrival_id)
    except Unavailable:
        return False


def _not_set_aside(deployment: Deployment, source: CaseListSource) -> list[str]:
    statement = select(arrivals.c.arrival_id).where(
        arrivals.c.source == source.name, arrivals.c.state == ArrivalState.RECORDED.value
    )
    with deployment.database.reading() as connection:
        return list(connection.execute(statement).scalars())


def _record_set_aside(deployment: Deployment, source: str, arrival_id: str) -> None:
    with deployment.database.change(deployment.event(Action.SOURCE_COPY_SET_ASIDE, "arrival", arrival_id)) as change:
        values = {"state": ArrivalState.SET_ASIDE.value, "gone_seen_at": None}
        change.connection.execute(update(arrivals).where(arrivals.c.arrival_id == arrival_id).values(**values))
        report_source(change, source, delivered=True)
