"""What reading all parts of one delivery may cost together: a hostile archive ends, and other documents go on.

Each child has its own limits; two hundred times them is hours. So the time that each part took is on record, and
once the parts of a delivery have used up their share, those not tried yet wait for a person, who may ask for each.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, func, select, update

from integration.storage.tables import arrival_documents, documents
from integration.workflow.arrivals import arrivals_of
from integration.workflow.deployment import Deployment

MOST_FOR_A_DELIVERY = timedelta(minutes=5)  # fifteen times the processor time that one file may take
NOT_TRIED = (
    "the parts of its delivery took so long to read that this one was not tried: they may be hostile; ask the sender"
    " what they are, or have it read nevertheless (--again)"
)


def is_used_up(connection: Connection, document: RowMapping) -> bool:
    """Whether every delivery that brought this part has had its share; never of one that was tried or asked for."""
    if document["came_in"] is None or document["read_ms"] is not None:
        return False
    return all(
        spent >= MOST_FOR_A_DELIVERY
        for arrival_id in arrivals_of(connection, document["document_id"])
        for spent in [_spent(connection, arrival_id)]
    )


def _spent(connection: Connection, arrival_id: str) -> timedelta:
    together = select(arrival_documents.c.document_id).where(arrival_documents.c.arrival_id == arrival_id)
    total = select(func.coalesce(func.sum(documents.c.read_ms), 0)).where(documents.c.document_id.in_(together))
    return timedelta(milliseconds=int(connection.execute(total).scalar_one()))


def note_time(deployment: Deployment, document: RowMapping, began: datetime) -> None:
    """Put the time on record that reading a part has taken, whatever came of it."""
    if document["came_in"] is None:
        return
    took = max(deployment.clock() - began, timedelta()) // timedelta(milliseconds=1)
    statement = update(documents).where(documents.c.document_id == document["document_id"])
    with deployment.database.change() as change:
        change.connection.execute(statement.values(read_ms=func.coalesce(documents.c.read_ms, 0) + took))
