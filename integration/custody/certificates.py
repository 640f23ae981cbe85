"""Certificates of destruction: what was checked, no more, signed, and bound to the log by the hash of each.

A certificate says how far the destruction has got, and is issued anew when it gets further. It holds random ids,
dates and codes: no name, no digest of a document, nothing that tells whom a document was about.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, RowMapping, select, update

from integration.custody.keys import KeyStore
from integration.custody.policy import policy_row
from integration.custody.secrets import InstallationSecrets
from integration.custody.vault import Vault
from integration.custody.verification import check_destroyed
from integration.domain.audit import Action, Actor, AuditEvent
from integration.domain.case_list import DocumentKind
from integration.domain.progress import DocumentState
from integration.domain.retention import CertificateState, SourceCopy, state_reached
from integration.errors import IntegrityBroken, UsageError
from integration.storage.database import Database, instant
from integration.storage.tables import arrival_documents, certificates, document_parts, documents

FORMAT = "flagtag-certificate-1"
_COVERS = "the document as received, and everything that was read from it"
_COVERS_CONTAINER = "the mail or archive as received; each of its parts is a document with a certificate of its own"
SIGNED_PREFIX = b"flagtag certificate v1\n"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as it was issued; `body` is the exact text that the log holds the hash of."""

    certificate_id: str
    document_id: str
    state: CertificateState
    body: str
    audit_seq: int

    @property
    def says(self) -> dict[str, Any]:
        """What it says, field by field."""
        fields: dict[str, Any] = json.loads(self.body)["certificate"]
        return fields

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body.encode()).hexdigest()


def certificate_of(connection: Connection, document_id: str) -> Certificate | None:
    """The certificate of one document as it stands, or None if none was issued yet."""
    row = connection.execute(select(certificates).where(certificates.c.document_id == document_id)).mappings()
    found = row.one_or_none()
    return None if found is None or found["body"] is None else _certificate(found)


def issued_certificates(connection: Connection) -> list[Certificate]:
    """Every certificate, the oldest destruction first."""
    statement = select(certificates).where(certificates.c.body.is_not(None)).order_by(certificates.c.begun_at)
    return [_certificate(row) for row in connection.execute(statement).mappings()]


def issue_certificate(  # noqa: PLR0913 - everything that a certificate states, and whoever looks it up
    database: Database,
    secrets: InstallationSecrets,
    document_id: str,
    copies: Sequence[SourceCopy],
    tool_version: str,
    backup_retention_days: int | None,
    actor: Actor,
    *,
    vault: Vault,
    keys: KeyStore,
) -> Certificate:
    """Look again, then sign what was seen; safe to repeat: without anything new to say the last one stands.

    Raises `IntegrityBroken`, and signs nothing, if key or ciphertext is there after all or an arrival is left out.
    """
    with database.reading() as connection:
        before = certificate_of(connection, document_id)
        row, claims = _claims(connection, secrets, document_id, copies, backup_retention_days)
    if before is not None and {name: before.says.get(name) for name in claims} == claims:
        return before
    epoch = row["epoch"] if row["epoch_destroyed_at"] else None
    check_destroyed(vault, keys, document_id, row["slot"], epoch)
    with database.change() as change:
        row, claims = _claims(change.connection, secrets, document_id, copies, backup_retention_days)
        says = claims | {
            "issued_at": change.now,
            "tool": {"name": "flagtag", "version": tool_version},
            "verification": {
                "at": change.now,
                "slot": "reads as destroyed",
                "decryption": "refused",
                "ciphertext": "absent",
            },
            "host_attestation": {"overwrite": keys.assurance()},
        }
        body = _sign(secrets, says)
        sha256 = hashlib.sha256(body.encode()).hexdigest()
        details = {"certificate": row["certificate_id"], "sha256": sha256, "state": claims["state"]}
        seq = change.also(AuditEvent(Action.CERTIFICATE_ISSUED, actor, "document", document_id, details))
        statement = update(certificates).where(certificates.c.document_id == document_id)
        change.connection.execute(statement.values(body=body, audit_seq=seq, state=claims["state"]))
    return Certificate(row["certificate_id"], document_id, CertificateState(claims["state"]), body, seq)


def is_signed(body: str, public_key: bytes) -> bool:
    """Whether a certificate's text is as this installation signed it."""
    try:
        whole = json.loads(body)
        signature, says = bytes.fromhex(whole["signature"]), whole["certificate"]
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, SIGNED_PREFIX + _canonical(says))
    except (InvalidSignature, ValueError, KeyError, TypeError):
        return False
    return True


def _claims(
    connection: Connection,
    secrets: InstallationSecrets,
    document_id: str,
    copies: Sequence[SourceCopy],
    backup_retention_days: int | None,
) -> tuple[RowMapping, dict[str, Any]]:
    """The destruction's row, and all that the certificate claims of it by our records."""
    row, document = _destroyed(connection, document_id)
    _check_complete(connection, document_id, copies)
    policy = policy_row(connection, row["policy_id"], secrets.public_key)
    return row, _kinship(connection, document_id) | {
        "format": FORMAT,
        "cert_id": row["certificate_id"],
        "doc_id": document_id,
        "doc_class": document["kind"],
        "received_at": document["received_at"],
        "state": state_reached(epoch_destroyed=row["epoch_destroyed_at"] is not None, copies=copies).value,
        "trigger": row["trigger"],
        "decided_at": row["begun_at"],
        "legal_hold_checked_at": row["begun_at"],
        "policy_id": policy["policy_id"],
        "policy_sha256": policy["sha256"],
        "policy_signed_at": policy["signed_at"],
        "method": "cryptographic erase: key overwritten in place and read back, ciphertext unlinked",
        "cipher": "AES-256-GCM, STREAM in chunks of 64 KiB; key wrapped by its epoch's key with AES-256-GCM",
        "covers": _COVERS_CONTAINER if document["kind"] == DocumentKind.CONTAINER.value else _COVERS,
        "key_store_kind": "slot file outside database and backups",
        "key_slot": row["slot"],
        "key_destroyed_at": row["key_destroyed_at"],
        "epoch": row["epoch"],
        "epoch_destroyed_at": row["epoch_destroyed_at"],
        "copies": [_copy(copy) for copy in copies],
        "irrecoverable_not_before": irrecoverable_not_before(connection, document_id, backup_retention_days),
        "irrecoverable_covers": "our own copies and our backups; for each other copy see copies",
    }


def _destroyed(connection: Connection, document_id: str) -> tuple[RowMapping, RowMapping]:
    statement = select(certificates).where(certificates.c.document_id == document_id)
    row = connection.execute(statement).mappings().one_or_none()
    if row is None:
        raise UsageError("the document's destruction was never begun")
    document = connection.execute(select(documents).where(documents.c.document_id == document_id)).mappings().one()
    if document["state"] != DocumentState.DESTROYED.value or document["key_slot"] is not None:
        raise UsageError("the document is not destroyed yet")
    if row["key_destroyed_at"] is None:
        raise IntegrityBroken(f"document {document_id}: is destroyed, but nothing says when its key was")
    return row, document


def _check_complete(connection: Connection, document_id: str, copies: Sequence[SourceCopy]) -> None:
    """Every arrival has to be accounted for: a copy that a certificate leaves out is a copy that nobody looks for."""
    statement = select(arrival_documents.c.arrival_id).where(arrival_documents.c.document_id == document_id)
    arrived = set(connection.execute(statement).scalars())
    if arrived != {copy.arrival_id for copy in copies}:
        raise IntegrityBroken(f"document {document_id}: the source copies do not agree with its arrivals")


def irrecoverable_not_before(connection: Connection, document_id: str, backup_retention_days: int | None) -> str:
    """From when on no backup of ours can bring the document back, nor a mail or an archive that held it too."""
    held_in = containers_of(connection, document_id)
    statement = select(certificates.c.epoch_destroyed_at).where(certificates.c.document_id.in_([document_id, *held_in]))
    destroyed_at = connection.execute(statement).scalars().all()
    if backup_retention_days is None or len(destroyed_at) <= len(held_in) or None in destroyed_at:
        return "unknown"
    return instant(max(map(datetime.fromisoformat, destroyed_at)) + timedelta(days=backup_retention_days))


def containers_of(connection: Connection, document_id: str) -> list[str]:
    """The mails and archives that a document was a part of, in a lasting order."""
    statement = select(document_parts.c.container_id).where(document_parts.c.document_id == document_id)
    return sorted(set(connection.execute(statement).scalars()))


def _kinship(connection: Connection, document_id: str) -> dict[str, Any]:
    """What a container was taken apart into, and what a part came in: each has a certificate of its own."""
    statement = select(document_parts.c.document_id).where(document_parts.c.container_id == document_id)
    parts = list(dict.fromkeys(connection.execute(statement.order_by(document_parts.c.part_no)).scalars()))
    kin = {"parts": parts, "part_of": containers_of(connection, document_id)}
    return {name: ids for name, ids in kin.items() if ids}


def _copy(copy: SourceCopy) -> dict[str, str | None]:
    return {
        "arrival_id": copy.arrival_id,
        "source": copy.source,
        "action": copy.action,
        "gone_seen_at": instant(copy.gone_seen_at) if copy.gone_seen_at else None,
        "note": copy.note,
    }


def _sign(secrets: InstallationSecrets, says: dict[str, Any]) -> str:
    signature = secrets.sign(SIGNED_PREFIX + _canonical(says)).hex()
    whole = {"certificate": says, "public_key": secrets.public_key.hex(), "signature": signature}
    return json.dumps(whole, sort_keys=True, indent=1, ensure_ascii=False)


def _canonical(says: Any) -> bytes:
    return json.dumps(says, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _certificate(row: RowMapping) -> Certificate:
    state = CertificateState(row["state"])
    return Certificate(row["certificate_id"], row["document_id"], state, row["body"], row["audit_seq"])
