"""A deployment's custody for tests: database, keys, vault, secrets, a signed policy, and synthetic documents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, insert, select

from integration.custody.certificates import Certificate
from integration.custody.destruction import begin, destroy_epoch_if_due, destroy_locally, issue_certificate
from integration.custody.keys import KeyStore
from integration.custody.policy import SignedPolicy, policy_in_force, sign_policy
from integration.custody.secrets import InstallationSecrets
from integration.custody.vault import Part, Vault
from integration.domain.audit import Action, Actor, ActorKind, AuditEvent
from integration.domain.case_list import DocumentKind
from integration.domain.progress import DocumentState
from integration.domain.retention import DisposalPolicy, SourceCopy, Trigger
from integration.storage.database import Database, new_id, open_database
from integration.storage.schema import create_or_upgrade
from integration.storage.tables import arrival_documents, arrivals, documents

START = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)
ACTOR = Actor("a" * 32, ActorKind.PROCESS)
POLICY = DisposalPolicy("1")
FORM = b"Research form: ZZTESTER, Quillon, seen twice."
READING = b'{"kind": "research_form", "family": "ZZTESTER"}'


class TickingClock:
    """Moves on by a second whenever somebody looks."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


@dataclass
class Custody:
    """Everything that destruction needs."""

    database: Database
    keys: KeyStore
    vault: Vault
    secrets: InstallationSecrets

    def policy(self) -> SignedPolicy:
        signed = policy_in_force(self.database, self.secrets, POLICY)
        assert signed is not None
        return signed

    def receive(self, plaintext: bytes = FORM, *, kind: DocumentKind = DocumentKind.RESEARCH_FORM) -> str:
        """A document in custody that was read, with one arrival; returns its id."""
        document_id, arrival_id, slot = new_id(), new_id(), self.keys.new_key()
        self.vault.store(document_id, slot, Part.DOCUMENT, plaintext)
        self.vault.store(document_id, slot, Part.READING, READING)
        row = {
            "document_id": document_id,
            "state": DocumentState.READ.value,
            "kind": kind.value,
            "fingerprint": self.secrets.fingerprint("document", document_id.encode()),
            "key_slot": slot,
            "size": len(plaintext),
            "areas": ["Rotherham"],
            "source": "drop",
        }
        with self.database.change(AuditEvent(Action.DOCUMENT_RECEIVED, ACTOR, "document", document_id)) as change:
            change.connection.execute(insert(documents).values(**row, received_at=change.now))
            arrival = {"arrival_id": arrival_id, "source": "drop", "state": "set_aside", "arrived_at": change.now}
            change.connection.execute(insert(arrivals).values(**arrival))
            name = self.vault.seal(document_id, slot, "name", b"ZZTESTER form.docx")
            link = {"arrival_id": arrival_id, "document_id": document_id, "sealed_name": name}
            change.connection.execute(insert(arrival_documents).values(**link))
        return document_id

    def slot(self, document_id: str) -> int | None:
        with self.database.reading() as connection:
            statement = select(documents.c.key_slot).where(documents.c.document_id == document_id)
            slot: int | None = connection.execute(statement).scalar_one()
        return slot

    def state(self, document_id: str) -> str:
        with self.database.reading() as connection:
            statement = select(documents.c.state).where(documents.c.document_id == document_id)
            return str(connection.execute(statement).scalar_one())

    def copies(self, document_id: str, *, gone: bool = True, action: str = "removed") -> list[SourceCopy]:
        with self.database.reading() as connection:
            statement = select(arrival_documents.c.arrival_id).where(arrival_documents.c.document_id == document_id)
            ids = connection.execute(statement).scalars().all()
        return [SourceCopy(arrival_id, "drop", action, START if gone else None) for arrival_id in ids]

    def certify(self, document_id: str, *, gone: bool = True, action: str = "removed") -> Certificate:
        return issue_certificate(
            self.database,
            self.secrets,
            document_id,
            self.copies(document_id, gone=gone, action=action),
            "0.1.0",
            30,
            ACTOR,
            vault=self.vault,
            keys=self.keys,
        )

    def destroy(self, document_id: str) -> None:
        """Up to the records' word that key and ciphertext are gone."""
        begin(self.database, document_id, Trigger.MEETING_HELD, self.policy(), ACTOR, still=unchanged)
        destroy_locally(self.database, self.vault, self.keys, document_id, ACTOR)

    def end_epoch(self) -> int | None:
        return destroy_epoch_if_due(self.database, self.keys, ACTOR, datetime.max.replace(tzinfo=UTC))


def unchanged(_: Connection) -> bool:
    """What a decision rests on is as it was."""
    return True


def make_custody(folder: Path, url: str | None = None) -> Custody:
    """A new deployment's custody, its policy signed."""
    database = open_database(url or f"sqlite:///{folder}/flagtag.db", TickingClock())
    create_or_upgrade(database)
    keys = KeyStore.create(folder / "keys")
    custody = Custody(
        database, keys, Vault.create(folder / "vault", keys), InstallationSecrets.create(folder / "secrets")
    )
    sign_policy(database, custody.secrets, POLICY, "A. Approver, records manager", ACTOR)
    return custody


def open_custody(folder: Path) -> Custody:
    """The same, as another process would open it."""
    keys = KeyStore.open(folder / "keys")
    database = open_database(f"sqlite:///{folder}/flagtag.db", TickingClock())
    return Custody(database, keys, Vault(folder / "vault", keys), InstallationSecrets.open(folder / "secrets"))
