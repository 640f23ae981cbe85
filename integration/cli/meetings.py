"""`meetings`: which there are, what a re-issued list changed, that one took place, that one was postponed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy import select

from integration.cli.list_changes import COLUMNS, case_of, rows_of
from integration.cli.printing import Format, FormatOption, emit_json, emit_rows, say, short
from integration.cli.session import session_of
from integration.storage.tables import lists, meetings
from integration.workflow import meetings as use_case
from integration.workflow.compare_versions import compare_versions
from integration.workflow.deployment import Deployment

group = typer.Typer(help="Meetings.", no_args_is_help=True)

AreaArgument = Annotated[str, typer.Argument(help="The area, as in the configuration.")]
DayArgument = Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="The day of the meeting.")]


@group.command("list")
def list_(context: typer.Context, form: FormatOption = Format.TABLE) -> None:
    """Every meeting that a document named, the next one first."""
    statement = (
        select(meetings, lists.c.state, lists.c.late)
        .outerjoin(lists, lists.c.meeting_id == meetings.c.meeting_id)
        .order_by(meetings.c.meeting_date)
    )
    with session_of(context).deployment() as deployment, deployment.database.reading() as connection:
        rows = [dict(row) | {"id": short(row["meeting_id"])} for row in connection.execute(statement).mappings()]
    columns = {"area": "Area", "meeting_date": "Day", "held_at": "Recorded as held", "state": "List", "late": "Late"}
    emit_rows(rows, columns, form, "no document has named a meeting yet")


@group.command("changes")
def changes(
    context: typer.Context,
    area: AreaArgument,
    day: DayArgument,
    version: Annotated[int | None, typer.Option("--version", min=2, help="Of the list; default: the latest.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """What a re-issued list changed in the version before it, case by case. That you looked is on record."""
    with session_of(context).deployment() as deployment:
        found = compare_versions(deployment, _id(deployment, area, day), version)
    cases = [case_of(change) for change in found.changes]
    if form is Format.JSON:
        return emit_json({"version": found.version, "compared_with": found.compared_with, "cases": cases})
    say(f"version {found.version} of the list, compared with version {found.compared_with}")
    return emit_rows([row for case in cases for row in rows_of(case)], COLUMNS, form, "neither version names a case")


@group.command("held")
def held(context: typer.Context, area: AreaArgument, day: DayArgument) -> None:
    """Say that a meeting took place. Its research forms go from now on."""
    with session_of(context).deployment() as deployment:
        use_case.record_held(deployment, _id(deployment, area, day))
    say("it is on record that the meeting took place; `flagtag run --once` carries on")


@group.command("postpone")
def postpone(
    context: typer.Context,
    area: AreaArgument,
    day: DayArgument,
    to: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="The new day.")],
) -> None:
    """Say that a meeting is on another day."""
    with session_of(context).deployment() as deployment:
        use_case.postpone(deployment, _id(deployment, area, day), to.date())
    say("the meeting and all that belongs to it have moved")


def _id(deployment: Deployment, area: str, day: datetime) -> str:
    return use_case.meeting_id_of(deployment, area, day.date())
