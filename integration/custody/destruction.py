"""Destroy a document and prove it; every line may be the last one before a power cut, and is taken up again.

1. `begin`: the decision is on record, under a signed policy, and no legal hold stands: one transaction.
2. `destroy_locally`: the key's slot is overwritten in place and read back from the disk.
3. The ciphertext is moved out of use and unlinked.
4. Both are looked at again, and decryption is tried: only now do the records say that the document is destroyed.
5. `destroy_epoch_if_due`: survivors are wrapped under a new epoch's key, and the old one is destroyed; what a disk
   may have kept of the slot is worthless from here on. Only then do the records say so.
6. `issue_certificate` looks once more and signs what it saw; `live_check` does the same at any later time.

No step trusts the record of the one before it: each looks for itself, and may be repeated at will.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, insert, select, update

from integration.audit.tree import leaf_hash
from integration.custody.certificates import Certificate, certificate_of, is_signed, issue_certificate
from integration.custody.keys import KeyStore
from integration.custody.lock import sweeping
from integration.custody.policy import SignedPolicy, policy_row
from integration.custody.secrets import InstallationSecrets
from integration.custody.vault import Vault
from integration.custody.verification import check_destroyed, remains_of
from integration.domain.audit import Action, Actor, AuditEvent
from integration.domain.progress import DocumentState, check_document_may_become
from integration.domain.retention import CertificateState, Trigger
from integration.errors import Conflict, IntegrityBroken, UsageError
from integration.storage.audit_log import event_at
from integration.storage.database import Change, Database, instant, new_id
from integration.storage.tables import arrival_documents, certificates, documents, policies

__all__ = [
    "BEGUN",
    "begin",
    "destroy_epoch_if_due",
    "destroy_locally",
    "issue_certificate",
    "live_check",
    "unfinished",
]
BEGUN = "begun"  # a certificate's state until there is one
_NOT_KNOWN_YET = 0


def begin(
    database: Database,
    document_id: str,
    trigger: Trigger,
    policy: SignedPolicy,
    actor: Actor,
    *,
    still: Callable[[Connection], bool],
) -> None:
    """1. Record the decision. Safe to repeat; from here on nothing but destruction can become of the document.

    `still` looks again, inside this transaction, whether what the decision rests on is as it was. Raises `Conflict`
    if not, and `UsageError` if a legal hold stands, be it since the rules were asked.
    """
    with database.change() as change:
        document = _document(change.connection, document_id)
        if document["state"] in (DocumentState.DESTROYING.value, DocumentState.DESTROYED.value):
            return
        if document["preserved_by"] is not None:
            raise UsageError("it is preserved under a legal hold; release it first")
        if not still(change.connection):
            raise Conflict("the document has changed since its destruction was decided; look again")
        if document["key_slot"] is None:
            raise IntegrityBroken(f"document {document_id}: nothing says which key it has")
        _check_still_latest(change.connection, policy)
        check_document_may_become(DocumentState(document["state"]), DocumentState.DESTROYING)
        _set_document(change, document_id, state=DocumentState.DESTROYING.value)
        row = {
            "certificate_id": new_id(),
            "document_id": document_id,
            "state": BEGUN,
            "trigger": trigger.value,
            "policy_id": policy.policy_id,
            "epoch": _NOT_KNOWN_YET,
            "slot": document["key_slot"],
            "begun_at": change.now,
        }
        change.connection.execute(insert(certificates).values(**row))
        details = {"trigger": trigger.value, "policy": policy.policy_id, "kind": document["kind"]}
        change.also(AuditEvent(Action.DESTRUCTION_BEGUN, actor, "document", document_id, details))


def unfinished(database: Database) -> list[str]:
    """The documents whose destruction was begun and interrupted."""
    statement = select(documents.c.document_id).where(documents.c.state == DocumentState.DESTROYING.value)
    with database.reading() as connection:
        return list(connection.execute(statement.order_by(documents.c.document_id)).scalars())


def destroy_locally(database: Database, vault: Vault, keys: KeyStore, document_id: str, actor: Actor) -> None:
    """2 to 4. Destroy our key and our ciphertext, look, and only then record it. Safe to repeat."""
    with database.reading() as connection:
        document = _document(connection, document_id)
    if document["state"] == DocumentState.DESTROYED.value:
        return
    if document["state"] != DocumentState.DESTROYING.value:
        raise UsageError("the document's destruction was not begun")
    slot = document["key_slot"]
    # 2. the key
    keys.destroy(slot)
    # 3. the ciphertext
    vault.shred(document_id)
    # 4. look, then record
    check_destroyed(vault, keys, document_id, slot)
    epoch = keys.epoch  # asked after the overwrite: never an older one than the slot was last wrapped under
    with database.change() as change:
        if _document(change.connection, document_id)["state"] == DocumentState.DESTROYED.value:
            return  # another process was faster
        _set_document(change, document_id, state=DocumentState.DESTROYED.value, key_slot=None, destroyed_at=change.now)
        _set_certificate(
            change,
            document_id,
            state=CertificateState.LOCAL_KEY_DESTROYED.value,
            epoch=epoch,
            key_destroyed_at=change.now,
        )
        names = update(arrival_documents).where(arrival_documents.c.document_id == document_id)
        gone = {"sealed_name": None, "sealed_subject": None, "sealed_sender": None}
        change.connection.execute(names.values(**gone))  # nobody can open them any longer
        details = {"slot": slot, "epoch": epoch}
        change.also(AuditEvent(Action.KEY_DESTROYED, actor, "document", document_id, details))


def destroy_epoch_if_due(
    database: Database, keys: KeyStore, actor: Actor, now: datetime, at_most_every: timedelta = timedelta(0)
) -> int | None:
    """5. Destroy the keys of epochs in which a document was destroyed; returns the last one, or None if none is due.

    `at_most_every` gathers destructions: due once the oldest of them is so old. More than 24 hours breaks our promise.
    """
    with sweeping(keys):
        with database.reading() as connection:
            pending = _epochs_pending(connection)
            live = list(
                connection.execute(select(documents.c.key_slot).where(documents.c.key_slot.is_not(None))).scalars()
            )
        if not pending or min(pending.values()) > instant(now - at_most_every):
            return None
        last = max(pending)
        keys.finish_epoch()  # what an interruption may have left
        if not keys.is_epoch_destroyed(last):
            keys.destroy_epoch(live)
        for epoch in sorted(pending):
            _record_epoch(database, keys, epoch, actor)
        return last


def live_check(
    database: Database, vault: Vault, keys: KeyStore, secrets: InstallationSecrets, certificate: Certificate
) -> list[str]:
    """Everything that contradicts a certificate today, a sentence each; empty if it holds.

    It looks at the slot, the vault and the epoch's key themselves, at the signature, and at the log's own copy.
    """
    says = certificate.says
    epoch = says["epoch"] if says["epoch_destroyed_at"] else None
    with database.reading() as connection:
        row = _certificate_row(connection, certificate.document_id)
        document = _document(connection, certificate.document_id)
        stored = certificate_of(connection, certificate.document_id)
        found = _log_faults(connection, certificate)
        try:
            policy_row(connection, row["policy_id"], secrets.public_key)
        except IntegrityBroken as error:
            found.append(str(error))
    if not is_signed(certificate.body, secrets.public_key):
        found.append("the certificate is not as this installation signed it")
    if stored != certificate:
        found.append("a later certificate has taken this one's place")
    if document["state"] != DocumentState.DESTROYED.value or document["key_slot"] is not None:
        found.append("the records do not say that the document is destroyed")
    return found + remains_of(vault, keys, certificate.document_id, row["slot"], epoch)


def _log_faults(connection: Connection, certificate: Certificate) -> list[str]:
    event = event_at(connection, certificate.audit_seq)
    if event is None:
        return ["the log does not hold the event of this certificate"]
    said = json.loads(event.canonical)
    expected = (Action.CERTIFICATE_ISSUED.value, certificate.document_id, certificate.sha256)
    if (said["action"], said["object_id"], said["details"].get("sha256")) != expected:
        return ["the log's event is not of this certificate"]
    return [] if leaf_hash(event.canonical) == event.leaf else ["the log's event was changed"]


def _epochs_pending(connection: Connection) -> dict[int, str]:
    """The epochs whose key is owed, each with the first destruction in it."""
    statement = select(certificates.c.epoch, certificates.c.key_destroyed_at).where(
        certificates.c.key_destroyed_at.is_not(None), certificates.c.epoch_destroyed_at.is_(None)
    )
    pending: dict[int, str] = {}
    for epoch, at in connection.execute(statement):
        pending[epoch] = min(at, pending.get(epoch, at))
    return pending


def _record_epoch(database: Database, keys: KeyStore, epoch: int, actor: Actor) -> None:
    """Look, then record, for every certificate of the epoch at once."""
    if not keys.is_epoch_destroyed(epoch):
        raise IntegrityBroken(f"the key of epoch {epoch} still exists")
    with database.change() as change:
        statement = update(certificates).where(
            certificates.c.epoch == epoch,
            certificates.c.key_destroyed_at.is_not(None),
            certificates.c.epoch_destroyed_at.is_(None),
        )
        count = change.connection.execute(statement.values(epoch_destroyed_at=change.now)).rowcount
        if count:
            change.also(AuditEvent(Action.EPOCH_KEY_DESTROYED, actor, "epoch", str(epoch), {"documents": count}))


def _check_still_latest(connection: Connection, policy: SignedPolicy) -> None:
    """Another policy may have been signed since the rules were asked: the decision is taken anew under that one."""
    latest = select(policies.c.policy_id).order_by(policies.c.signed_at.desc()).limit(1)
    if connection.execute(latest).scalar_one_or_none() != policy.policy_id:
        raise Conflict("another disposal policy has been signed meanwhile; look again")


def _document(connection: Connection, document_id: str) -> RowMapping:
    row = connection.execute(select(documents).where(documents.c.document_id == document_id)).mappings().one_or_none()
    if row is None:
        raise UsageError("there is no document with that id")
    return row


def _certificate_row(connection: Connection, document_id: str) -> RowMapping:
    statement = select(certificates).where(certificates.c.document_id == document_id)
    row = connection.execute(statement).mappings().one_or_none()
    if row is None:
        raise UsageError("the document's destruction was never begun")
    return row


def _set_document(change: Change, document_id: str, **values: object) -> None:
    change.connection.execute(update(documents).where(documents.c.document_id == document_id).values(**values))


def _set_certificate(change: Change, document_id: str, **values: object) -> None:
    change.connection.execute(update(certificates).where(certificates.c.document_id == document_id).values(**values))
