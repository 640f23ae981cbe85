"""The audit log as it is stored: read, verify, sign a checkpoint, export.

Changing an event breaks its leaf; changing both breaks the root that a checkpoint signed; taking events away from the
end is seen against a checkpoint that lies outside, so hand one to `verify_log` where there is one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from integration.audit.checkpoints import Checkpoint, Signer, read_note, sign_note
from integration.audit.tree import GrowingTree, inclusion_proof, leaf_hash
from integration.domain.audit import Action, Actor, AuditEvent
from integration.errors import IntegrityBroken
from integration.storage.database import Database
from integration.storage.tables import audit_checkpoints, audit_events, certificates

_BATCH = 10_000
EXPORT_FORMAT = "flagtag-audit-1"


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event of the log."""

    seq: int
    canonical: bytes
    leaf: bytes
    action: str
    object_id: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with the log; `seq` is the first event that it concerns, if that can be told."""

    seq: int | None
    what: str


@dataclass(frozen=True, slots=True)
class LogVerdict:
    """What a verification found; good if it found nothing."""

    size: int
    root: bytes
    checkpoints: int
    signed_size: int  # how many events the latest checkpoint covers
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return not self.findings

    @property
    def first_bad(self) -> int | None:
        """The first event that is known to be wrong."""
        return min((finding.seq for finding in self.findings if finding.seq is not None), default=None)


def events(connection: Connection) -> Iterator[StoredEvent]:
    """All events in order, a batch at a time."""
    statement = select(audit_events).order_by(audit_events.c.seq).execution_options(yield_per=_BATCH)
    for row in connection.execute(statement):
        yield _stored(row)


def event_at(connection: Connection, seq: int) -> StoredEvent | None:
    """One event, or None."""
    row = connection.execute(select(audit_events).where(audit_events.c.seq == seq)).one_or_none()
    return None if row is None else _stored(row)


def notes(connection: Connection) -> list[str]:
    """The signed checkpoints, oldest first."""
    statement = select(audit_checkpoints.c.note).order_by(audit_checkpoints.c.size)
    return list(connection.execute(statement).scalars())


def leaves(connection: Connection, size: int | None = None) -> list[bytes]:
    """The leaf hashes, of the first `size` events if given."""
    statement = select(audit_events.c.leaf).order_by(audit_events.c.seq)
    if size is not None:
        statement = statement.where(audit_events.c.seq < size)
    return list(connection.execute(statement).scalars())


def sign_checkpoint(database: Database, signer: Signer, actor: Actor) -> str:
    """Sign the log as it stands, if anything was added since it was last signed; returns the latest note.

    The signing is an event itself, and the checkpoint covers it.
    """
    with database.reading() as connection:
        size, signed = _sizes(connection)
        if size and size == signed:
            return notes(connection)[-1]
    with database.change() as change:
        seq = change.also(AuditEvent(Action.CHECKPOINT_SIGNED, actor, "log", "log"))
        note = sign_note(signer, _checkpoint(change.connection))
        row = {"size": seq + 1, "note": note, "signed_at": change.now}
        change.connection.execute(insert(audit_checkpoints).values(**row))
    return note


def covering_note(connection: Connection, signer: Signer, seq: int) -> str:
    """The latest stored checkpoint, if it covers the event `seq`; else one signed now, over the log as it is seen."""
    _, signed = _sizes(connection)
    if signed > seq:
        return notes(connection)[-1]
    return sign_note(signer, _checkpoint(connection))


def proof_of(connection: Connection, seq: int, size: int) -> list[bytes]:
    """The inclusion proof of one event in the log's first `size` events."""
    return inclusion_proof(leaves(connection, size), seq)


def verify_log(database: Database, public_key: bytes, witnessed: Sequence[str] = ()) -> LogVerdict:
    """Recompute everything: numbers, leaves, and the root that each checkpoint signed, in one pass.

    `witnessed` are checkpoints that were kept outside: what they saw must still be here.
    """
    with database.reading() as connection:
        findings: list[Finding] = []
        signed = _signed(connection, public_key, witnessed, findings)
        tree, roots = GrowingTree(), {0: GrowingTree().root()}
        wanted = {checkpoint.size for checkpoint in signed}
        expected = 0
        for event in events(connection):
            findings += _faults(event, expected)
            expected = event.seq + 1
            tree.append(leaf_hash(event.canonical))
            if tree.size in wanted:
                roots[tree.size] = tree.root()
    findings += _compare(signed, roots, tree.size)
    signed_size = max((checkpoint.size for checkpoint in signed), default=0)
    return LogVerdict(tree.size, tree.root(), len(signed), signed_size, tuple(findings))


def export(database: Database, signer: Signer) -> dict[str, Any]:
    """The whole log with its checkpoints and certificates, as `flagtag-verify` takes it; nothing about a person."""
    with database.reading() as connection:
        size, signed = _sizes(connection)
        fresh = [] if size == signed else [sign_note(signer, _checkpoint(connection))]
        bodies = select(certificates.c.body, certificates.c.audit_seq).where(certificates.c.body.is_not(None))
        return {
            "format": EXPORT_FORMAT,
            "public_key": signer.public_key.hex(),
            "events": [event.canonical.decode() for event in events(connection)],
            "checkpoints": [*notes(connection), *fresh],
            "certificates": [{"body": body, "event": seq} for body, seq in connection.execute(bodies)],
        }


def _stored(row: Row[Any]) -> StoredEvent:
    return StoredEvent(row.seq, bytes(row.canonical), bytes(row.leaf), row.action, row.object_id)


def _sizes(connection: Connection) -> tuple[int, int]:
    """How many events there are, and how many are signed."""
    last = connection.execute(select(func.max(audit_events.c.seq))).scalar()
    signed = connection.execute(select(func.max(audit_checkpoints.c.size))).scalar()
    return (0 if last is None else last + 1), signed or 0


def _checkpoint(connection: Connection) -> Checkpoint:
    tree = GrowingTree()
    for leaf in leaves(connection):
        tree.append(leaf)
    return Checkpoint(tree.size, tree.root())


def _faults(event: StoredEvent, expected: int) -> list[Finding]:
    """What is wrong with one event by itself."""
    if event.seq != expected:
        return [Finding(event.seq, f"the log has a gap or a repetition: event {expected} was expected")]
    if leaf_hash(event.canonical) != event.leaf:
        return [Finding(event.seq, "the event was changed: its hash is not that of its content")]
    try:
        said = json.loads(event.canonical)
        agrees = (said["seq"], said["action"], said["object_id"]) == (event.seq, event.action, event.object_id)
    except (ValueError, KeyError, TypeError):
        return [Finding(event.seq, "the event cannot be read")]
    return [] if agrees else [Finding(event.seq, "the event says otherwise than its row")]


def _signed(
    connection: Connection, public_key: bytes, witnessed: Sequence[str], findings: list[Finding]
) -> list[Checkpoint]:
    signed = []
    rows = [(row.size, row.note) for row in connection.execute(select(audit_checkpoints))]
    for size, note in [*rows, *((None, note) for note in witnessed)]:
        try:
            checkpoint = read_note(note, public_key)
        except IntegrityBroken as error:
            findings.append(Finding(None, str(error)))
            continue
        if size is not None and checkpoint.size != size:
            findings.append(Finding(None, "a checkpoint is filed under another size than it signs"))
        signed.append(checkpoint)
    return sorted(signed, key=lambda checkpoint: checkpoint.size)


def _compare(signed: Sequence[Checkpoint], roots: dict[int, bytes], size: int) -> list[Finding]:
    """Each checkpoint against the log: the first that disagrees says between which events the change lies."""
    findings: list[Finding] = []
    agreed = 0
    for checkpoint in signed:
        if checkpoint.size > size:
            what = f"the log was cut: {checkpoint.size} events were signed, {size} are here"
            findings.append(Finding(size, what))
        elif roots[checkpoint.size] != checkpoint.root:
            what = f"an event from {agreed} to {checkpoint.size - 1} was changed after it was signed"
            findings.append(Finding(agreed, what))
            break
        else:
            agreed = checkpoint.size
    return findings
