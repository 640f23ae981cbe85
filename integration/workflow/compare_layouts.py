"""Compare a layout with what documents were read by before: another content must have another version."""

from __future__ import annotations

import json

from sqlalchemy import select

from integration.domain.audit import Action
from integration.domain.case_list import LayoutUsed
from integration.storage.tables import audit_events
from integration.workflow.deployment import Deployment

_LAST_READ = 2_000  # documents; years of one area's


def is_another_of_its_version(deployment: Deployment, layout: LayoutUsed) -> bool:
    """Whether a document was read by a layout of the same name and version that said something else."""
    of_reading = audit_events.c.action.in_((Action.DOCUMENT_READ.value, Action.DOCUMENT_HELD.value))
    statement = select(audit_events.c.canonical).where(of_reading).order_by(audit_events.c.seq.desc()).limit(_LAST_READ)
    with deployment.database.reading() as connection:
        told = [json.loads(canonical)["details"] for canonical in connection.execute(statement).scalars()]
    same = [d for d in told if (d.get("layout"), d.get("layout_version")) == (layout.name, layout.version)]
    return any(details["layout_digest"] != layout.digest for details in same)
