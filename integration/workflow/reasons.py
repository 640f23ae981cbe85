"""Why somebody did something, in their own words: sealed under the records key, and never in the log."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, insert, select

from integration.domain.audit import Action
from integration.storage.database import Change, new_id
from integration.storage.tables import actors, reasons
from integration.workflow.deployment import Deployment


def keep_reason(deployment: Deployment, change: Change, action: Action, object_id: str, reason: str) -> None:
    """Put a reason on record in the act's own transaction; people write names, whatever they are asked not to do."""
    reason_id = new_id()
    row = {
        "reason_id": reason_id,
        "action": action.value,
        "object_id": object_id,
        "sealed": deployment.secrets.seal_record(reason_id, reason.strip().encode()),
        "given_at": change.now,
        "given_by": deployment.actor.actor_id,
    }
    change.connection.execute(insert(reasons).values(**row))


@dataclass(frozen=True, slots=True)
class GivenReason:
    """What one person did, when, and why."""

    action: Action
    given_at: str
    login: str | None
    words: str = field(repr=False)


def reasons_given(deployment: Deployment, connection: Connection, object_id: str) -> tuple[GivenReason, ...]:
    """Why people did what they did to one object, the oldest first."""
    statement = (
        select(reasons, actors.c.login)
        .outerjoin(actors, actors.c.actor_id == reasons.c.given_by)
        .where(reasons.c.object_id == object_id)
        .order_by(reasons.c.given_at, reasons.c.reason_id)
    )
    return tuple(
        GivenReason(
            Action(row["action"]),
            row["given_at"],
            row["login"],
            deployment.secrets.open_record(row["reason_id"], row["sealed"]).decode(),
        )
        for row in connection.execute(statement).mappings()
    )
