"""The evidence of one destruction in one file, which anybody checks offline with `flagtag-verify` and nothing more."""

from __future__ import annotations

from typing import Any

from integration.audit.checkpoints import read_note
from integration.custody.certificates import certificate_of
from integration.custody.secrets import InstallationSecrets
from integration.errors import IntegrityBroken, UsageError
from integration.storage.audit_log import covering_note, event_at, proof_of
from integration.storage.database import Database

FORMAT = "flagtag-evidence-1"


def evidence_bundle(database: Database, secrets: InstallationSecrets, document_id: str) -> dict[str, Any]:
    """The certificate, its event, the proof that the log holds that event, and the signed checkpoint of the log."""
    with database.reading() as connection:
        certificate = certificate_of(connection, document_id)
        if certificate is None:
            raise UsageError("the document has no certificate yet; see `flagtag deletions list`")
        event = event_at(connection, certificate.audit_seq)
        if event is None:
            raise IntegrityBroken("the log does not hold the event of this certificate; see `flagtag audit verify`")
        note = covering_note(connection, secrets, event.seq)
        proof = proof_of(connection, event.seq, read_note(note, secrets.public_key).size)
    return {
        "format": FORMAT,
        "certificate": certificate.body,
        "event": event.canonical.decode(),
        "index": event.seq,
        "inclusion": [step.hex() for step in proof],
        "checkpoint": note,
        "public_key": secrets.public_key.hex(),
    }
