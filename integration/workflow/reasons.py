"""Keep why somebody did something, in their own words: sealed under the records key, and never in the log."""

from __future__ import annotations

from sqlalchemy import insert

from integration.domain.audit import Action
from integration.storage.database import Change, new_id
from integration.storage.tables import reasons
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
