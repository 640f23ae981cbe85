"""What is late: lists that did not come or came late, meetings, actions, reviews and minutes that nobody settled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Connection, RowMapping, func, select

from integration.domain.case_list import DocumentKind
from integration.domain.flag import FlagStatus
from integration.domain.outcome import ActionStatus
from integration.domain.progress import DocumentState, ListState
from integration.storage.tables import actions, documents, flags, lists, meetings, outcomes
from integration.workflow.deployment import Deployment
from integration.workflow.raise_flags import HELD


def late_lists(deployment: Deployment) -> list[str]:
    """One sentence for each thing that is late, without anybody's name."""
    today = deployment.today()
    with deployment.database.reading() as connection:
        said = [s for row in _meetings(connection) if (s := _lateness(deployment, row, today)) is not None]
        for count, sentence in _counts(connection, today):
            if count:
                said.append(f"{count} {sentence}")
    return said


def _meetings(connection: Connection) -> list[RowMapping]:
    """Every meeting that a document has named and whose list is not closed, with its list or without."""
    statement = select(meetings, lists.c.list_id, lists.c.late).outerjoin(
        lists, lists.c.meeting_id == meetings.c.meeting_id
    )
    still = statement.where(lists.c.state.is_(None) | (lists.c.state != ListState.CLOSED.value))
    return list(connection.execute(still.order_by(meetings.c.meeting_date)).mappings())


def _lateness(deployment: Deployment, row: RowMapping, today: date) -> str | None:
    named, day = f"{row['area']} {row['meeting_date']}", date.fromisoformat(row["meeting_date"])
    if row["list_id"] is None:
        area = deployment.areas.get(row["area"])
        due = area.list_due(day, deployment.bank_holidays) if area is not None else day
        overdue = due < today <= day and row["held_at"] is None
        return f"{named}: its list has not come; it was due on {due.isoformat()}" if overdue else None
    if row["held_at"] is None and day < today:
        return f"{named}: the day has passed; record whether the meeting took place"
    return f"{named}: the list came after its notice" if row["late"] else None


def _counts(connection: Connection, today: date) -> Iterator[tuple[int, str]]:
    overdue = (
        select(func.count())
        .select_from(actions.join(outcomes, outcomes.c.outcome_id == actions.c.outcome_id))
        .where(actions.c.status == ActionStatus.OPEN.value, actions.c.due < today.isoformat(), ~outcomes.c.superseded)
    )
    yield connection.execute(overdue).scalar_one(), "actions are past their due day"
    held_ends = select(func.count()).where(flags.c.state == HELD, flags.c.status != FlagStatus.ACTIVE.value)
    yield (
        connection.execute(held_ends).scalar_one(),
        "ended flags that the register did not let end: see `flagtag flags list`",
    )
    due = (flags.c.status == FlagStatus.ACTIVE.value) & (flags.c.review_on <= today.isoformat())
    yield (
        connection.execute(select(func.count()).where(due)).scalar_one(),
        "flags are due for review: see `flagtag flags list --due`",
    )
    unread = (
        (documents.c.kind == DocumentKind.MINUTES.value)
        & (documents.c.state == DocumentState.READ.value)
        & documents.c.read_confirmed_at.is_(None)
    )
    yield (
        connection.execute(select(func.count()).where(unread)).scalar_one(),
        "minutes wait for their reader: see `flagtag documents list`",
    )
