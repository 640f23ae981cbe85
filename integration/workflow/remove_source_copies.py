"""Remove the sender's copies once our work on a document is done, and say what became of every copy."""

from __future__ import annotations

from sqlalchemy import RowMapping, select, update

from integration.domain.audit import Action
from integration.domain.retention import SourceCopy
from integration.storage.records import get
from integration.storage.tables import arrival_documents, arrivals
from integration.workflow.deployment import Deployment
from integration.workflow.may_go import at
from integration.workflow.receive_document import ArrivalState


def remove_source_copy(deployment: Deployment, arrival_id: str) -> None:
    """Remove one delivery's copy at its source once all its documents are destroyed, and look whether it is gone."""
    with deployment.database.reading() as connection:
        row = get(connection, arrivals, arrival_id)
    if row["state"] not in (ArrivalState.SET_ASIDE.value, ArrivalState.REMOVED.value):
        return None
    if row["source"] in deployment.kept_sources:
        return _move_arrival(deployment, arrival_id, ArrivalState.KEPT, Action.SOURCE_COPY_KEPT)
    source = deployment.sources.get(row["source"])
    if source is None:
        return None  # its section was taken out of the configuration; the certificate says so
    source.remove(arrival_id)  # safe to repeat, and repeated until it is seen gone
    if row["state"] == ArrivalState.SET_ASIDE.value:
        _move_arrival(deployment, arrival_id, ArrivalState.REMOVED, Action.SOURCE_COPY_REMOVED)
    if source.is_gone(arrival_id):
        _move_arrival(deployment, arrival_id, ArrivalState.GONE, Action.SOURCE_COPY_REMOVED, seen=True)
    return None


def _move_arrival(
    deployment: Deployment, arrival_id: str, state: ArrivalState, action: Action, **details: bool
) -> None:
    with deployment.database.change(deployment.event(action, "arrival", arrival_id, **details)) as change:
        values = {"state": state.value}
        if state is ArrivalState.GONE:
            values["gone_seen_at"] = change.now
        change.connection.execute(update(arrivals).where(arrivals.c.arrival_id == arrival_id).values(**values))


def source_copies(deployment: Deployment, document_id: str) -> list[SourceCopy]:
    """Every copy of a document that lay outside our custody, and what became of it."""
    statement = (
        select(arrivals)
        .join(arrival_documents, arrival_documents.c.arrival_id == arrivals.c.arrival_id)
        .where(arrival_documents.c.document_id == document_id)
        .order_by(arrivals.c.arrived_at)
    )
    with deployment.database.reading() as connection:
        return [_copy(deployment, row) for row in connection.execute(statement).mappings()]


def _copy(deployment: Deployment, row: RowMapping) -> SourceCopy:
    source = deployment.sources.get(row["source"])
    action = {
        ArrivalState.RECORDED.value: "pending",
        ArrivalState.SET_ASIDE.value: "pending",
        ArrivalState.REMOVED.value: "removed",
        ArrivalState.GONE.value: "removed",
        ArrivalState.TAKEN_BACK.value: "removed by its sender before we could",
        ArrivalState.KEPT.value: "kept by configuration",
        ArrivalState.BY_HAND.value: "handed in by hand; the copy is the person's own to destroy",
    }[row["state"]]
    if source is None and action == "pending":
        action = "not removed: its source is no longer configured"
    note = source.recoverable_note() if source is not None else ""
    return SourceCopy(row["arrival_id"], row["source"], action, at(row["gone_seen_at"]), note)
