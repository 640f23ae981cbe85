"""The last word of each source: health is proven by what came through, not by a process that is up."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select, update

from integration.errors import Unavailable
from integration.storage.database import Change
from integration.storage.tables import source_reports

LEFT_TO_A_PERSON = "ask its sender for the list alone, or raise storage.max_document_mib"


def report_source(
    change: Change,
    source: str,
    *,
    delivered: bool = False,
    failure: Unavailable | None = None,
    oddities: Sequence[str] | None = None,
) -> bool:
    """Keep what a look at a source came to; what is not given stays as it was.

    Returns whether this is a failure that it did not have before.
    """
    row = change.connection.execute(select(source_reports).where(source_reports.c.source == source)).mappings().first()
    values: dict[str, object] = {"looked_at": change.now}
    if delivered:
        values["last_delivery_at"] = change.now
    if oddities is not None:
        values["oddities"] = list(oddities)
    if failure is not None:
        since = row["failing_since"] if row is not None else None
        values |= {"failing_since": since or change.now, "failure": f"{failure.phase}: {failure.reason}"}
    else:
        values |= {"failing_since": None, "failure": None}
    if row is None:
        change.connection.execute(insert(source_reports).values(source=source, **values))
    else:
        change.connection.execute(update(source_reports).where(source_reports.c.source == source).values(**values))
    return failure is not None and (row is None or row["failure"] != values["failure"])
