"""What people do to documents in custody: confirm a kind, confirm reading, hold for the law, destroy by hand."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, update

from integration.custody import destruction
from integration.domain.audit import Action
from integration.domain.case_list import DocumentKind
from integration.domain.progress import DocumentState
from integration.domain.retention import IN_A_CONTAINER, CustodyFacts, Trigger
from integration.errors import UsageError
from integration.storage.database import Change
from integration.storage.records import get
from integration.storage.tables import documents
from integration.workflow.deployment import Deployment
from integration.workflow.destroy_documents import dispose
from integration.workflow.may_go import FORMS, facts_in, facts_of
from integration.workflow.reasons import keep_reason

_GOING = (DocumentState.DESTROYING, DocumentState.DESTROYED)


def confirm_kind(deployment: Deployment, document_id: str) -> None:
    """A person has looked and says that a form or minutes are the kind that they were taken for."""
    event = deployment.event(Action.DOCUMENT_SETTLED, "document", document_id, answer="kind-confirmed")
    with deployment.database.change(event) as change:
        row = get(change.connection, documents, document_id)
        if row["state"] != DocumentState.READ.value or DocumentKind(row["kind"]) not in FORMS:
            raise UsageError("only the kind of a research form or of minutes that were read is confirmed so")
        _set(change, document_id, kind_confirmed_by=deployment.actor.actor_id)


def confirm_read(deployment: Deployment, document_id: str) -> None:
    """The reader confirms: shown to the end, and read. Minutes go from now on (procedure 4.6)."""
    event = deployment.event(Action.DOCUMENT_READ_CONFIRMED, "document", document_id)
    with deployment.database.change(event) as change:
        values = {"read_confirmed_at": change.now, "read_confirmed_by": deployment.actor.actor_id}
        _set(change, document_id, displayed_whole_at=change.now, **values)


def preserve(deployment: Deployment, document_id: str, reason: str) -> None:
    """Put a legal hold on a document: it wins over every rule until it is released."""
    if not reason.strip():
        raise UsageError("a legal hold needs its reason (--reason)")
    event = deployment.event(Action.DOCUMENT_PRESERVED, "document", document_id)
    with deployment.database.change(event) as change:
        row = get(change.connection, documents, document_id)
        if row["state"] in (DocumentState.DESTROYING.value, DocumentState.DESTROYED.value):
            raise UsageError("it is too late: the document is destroyed")
        _set(change, document_id, preserved_by=deployment.actor.actor_id)
        keep_reason(deployment, change, Action.DOCUMENT_PRESERVED, document_id, reason)


def release(deployment: Deployment, document_id: str, reason: str) -> None:
    """Lift a legal hold."""
    if not reason.strip():
        raise UsageError("releasing a hold needs its reason (--reason)")
    event = deployment.event(Action.DOCUMENT_RELEASED, "document", document_id)
    with deployment.database.change(event) as change:
        _set(change, document_id, preserved_by=None)
        keep_reason(deployment, change, Action.DOCUMENT_RELEASED, document_id, reason)


def destroy_now(deployment: Deployment, document_id: str) -> None:
    """A person destroys a document by hand, before its day; the policy must be signed and no hold may stand."""
    signed = deployment.policy()
    if signed is None:
        raise UsageError("no disposal policy is signed: see `flagtag policy sign`")
    facts = facts_of(deployment, document_id)
    if facts.state not in _GOING:
        _check_may_go_by_hand(facts)
        destruction.begin(
            deployment.database, document_id, Trigger.BY_HAND, signed, deployment.actor, still=_still(document_id)
        )
    dispose(deployment, document_id)


def _still(document_id: str) -> Callable[[Connection], bool]:
    def look_again(connection: Connection) -> bool:
        _check_may_go_by_hand(facts_in(connection, document_id))
        return True

    return look_again


def _check_may_go_by_hand(facts: CustodyFacts) -> None:
    """A day may be brought forward, but nobody who is named may be lost, and no doubt end in the shredder."""
    if facts.preserved:
        raise UsageError("it is preserved under a legal hold; release it first")
    if facts.state is DocumentState.RECEIVED:
        raise UsageError("it is not read yet; if it is a list, the people on it would be lost")
    if facts.in_a_container:
        raise UsageError(IN_A_CONTAINER)
    if facts.state in (DocumentState.HELD, DocumentState.REFUSED) and facts.refusal_settled_at is None:
        raise UsageError("it waits for a person: `flagtag held settle` says what it is, or dismisses it")
    if facts.kind is DocumentKind.CASE_LIST and facts.list_closed_at is None and facts.state is DocumentState.READ:
        raise UsageError("its list is still open; the people on it would be lost")


def _set(change: Change, document_id: str, **values: object) -> None:
    change.connection.execute(update(documents).where(documents.c.document_id == document_id).values(**values))
