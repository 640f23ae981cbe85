"""What is late: lists that came after their notice, outcomes and actions whose day has passed, ends not taken."""

from __future__ import annotations

from datetime import date

from sqlalchemy import RowMapping, func, select

from integration.domain.flag import FlagStatus
from integration.domain.outcome import ActionStatus
from integration.domain.progress import ListState
from integration.storage.tables import actions, flags, lists, meetings, outcomes
from integration.workflow.deployment import Deployment
from integration.workflow.raise_flags import HELD


def late_lists(deployment: Deployment) -> list[str]:
    """One sentence for each thing that is late, without anybody's name."""
    today = deployment.today()
    statement = select(lists, meetings.c.area, meetings.c.meeting_date, meetings.c.held_at).join(
        meetings, meetings.c.meeting_id == lists.c.meeting_id
    )
    overdue = (
        select(func.count())
        .select_from(actions.join(outcomes, outcomes.c.outcome_id == actions.c.outcome_id))
        .where(actions.c.status == ActionStatus.OPEN.value, actions.c.due < today.isoformat(), ~outcomes.c.superseded)
    )
    still_standing = select(func.count()).where(flags.c.state == HELD, flags.c.status != FlagStatus.ACTIVE.value)
    with deployment.database.reading() as connection:
        rows = list(connection.execute(statement.where(lists.c.state != ListState.CLOSED.value)).mappings())
        late_actions = connection.execute(overdue).scalar_one()
        held_ends = connection.execute(still_standing).scalar_one()
    said = [s for row in rows if (s := _lateness(row["area"], row["meeting_date"], today, row)) is not None]
    if late_actions:
        said.append(f"{late_actions} actions are past their due day")
    if held_ends:
        said.append(f"{held_ends} ended flags that the register did not let end: see `flagtag flags list`")
    return said


def _lateness(area: str, day: str, today: date, row: RowMapping) -> str | None:
    if row["held_at"] is None and day < today.isoformat():
        return f"{area} {day}: the day has passed; record whether the meeting took place"
    if row["late"]:
        return f"{area} {day}: the list came after its notice"
    return None
