"""Destroy what the rules and the signed policy let go, wherever copies of it lie, and certify it.

1. The rules say that a document may go (domain), and the decision is on record.
2. Our key is overwritten and our ciphertext removed, and both are checked.
3. The sender's copies are removed, and looked for again until they are seen gone.
4. The epoch's key is destroyed, so that no remnant of ours can ever be opened.
5. The certificate says what was checked, no more; it is issued anew as steps 3 and 4 are done.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from integration.custody import destruction
from integration.custody.lock import sweeping
from integration.domain.progress import DocumentState
from integration.domain.retention import MustStay, disposal_of
from integration.storage.records import get
from integration.storage.tables import documents
from integration.workflow.deployment import Deployment
from integration.workflow.may_go import FORMS, everybody_is_on_the_list, facts_in, facts_of
from integration.workflow.remove_source_copies import source_copies


def dispose(deployment: Deployment, document_id: str) -> None:
    """Destroy one document if it may go today, or resume its destruction. Safe to repeat."""
    with deployment.database.reading() as connection:
        state = get(connection, documents, document_id)["state"]
    if state == DocumentState.DESTROYED.value:
        return
    if state != DocumentState.DESTROYING.value and not _begin(deployment, document_id):
        return
    destruction.destroy_locally(deployment.database, deployment.vault, deployment.keys, document_id, deployment.actor)


def _begin(deployment: Deployment, document_id: str) -> bool:
    signed = deployment.policy()
    if signed is None:
        return False
    facts = facts_of(deployment, document_id)
    if not facts.everybody_on_list and facts.kind in FORMS and not facts.kind_confirmed:
        everybody_is_on_the_list(deployment, document_id)  # on record from here on, if it is so
        facts = facts_of(deployment, document_id)
    verdict = disposal_of(facts, signed.policy)
    if isinstance(verdict, MustStay) or verdict.on > deployment.today():
        return False

    def still(connection: Connection) -> bool:
        return disposal_of(facts_in(connection, document_id), signed.policy) == verdict

    destruction.begin(deployment.database, document_id, verdict.trigger, signed, deployment.actor, still=still)
    return True


def destroy_epoch(deployment: Deployment) -> None:
    """Destroy the epoch's key if a document has been destroyed under it; the survivors move to a new one.

    What a kill left in the vault without a record, between file and row, is swept away with it.
    """
    with sweeping(deployment.keys):
        with deployment.database.reading() as connection:
            known = connection.execute(select(documents.c.document_id)).scalars().all()
        deployment.vault.sweep_unknown(known)
        destruction.destroy_epoch_if_due(deployment.database, deployment.keys, deployment.actor, deployment.clock())


def certify(deployment: Deployment, document_id: str) -> None:
    """Issue a destroyed document's certificate, or issue it anew if more has been confirmed since."""
    destruction.issue_certificate(
        deployment.database,
        deployment.secrets,
        document_id,
        source_copies(deployment, document_id),
        tool_version=deployment.version,
        backup_retention_days=deployment.backup_retention_days,
        actor=deployment.actor,
        vault=deployment.vault,
        keys=deployment.keys,
    )
