"""`outcomes` and `actions`: the brief record of what a meeting decided, and what became of our actions."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from typing import Annotated, Any

import typer
from sqlalchemy import RowMapping, select

from integration.cli.outcome_words import FORM, Words, ask_for_words, words_from_stdin
from integration.cli.printing import Format, FormatOption, emit_json, emit_rows, say, short
from integration.cli.session import session_of
from integration.domain.audit import Action
from integration.domain.outcome import ActionStatus, Outcome
from integration.errors import UsageError
from integration.storage.records import resolve_id
from integration.storage.tables import actions, cases, outcomes
from integration.workflow import meetings as use_case
from integration.workflow.deployment import Deployment

group = typer.Typer(help="Brief outcomes of cases.", no_args_is_help=True)
actions_group = typer.Typer(help="Our actions, and how they ended.", no_args_is_help=True)


@group.command("list")
def list_(
    context: typer.Context,
    area: Annotated[str, typer.Argument()],
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"])],
    form: FormatOption = Format.TABLE,
) -> None:
    """A meeting's cases, and which outcomes are missing."""
    with session_of(context).deployment() as deployment:
        meeting_id = use_case.meeting_id_of(deployment, area, day.date())
        lines = use_case.cases_of_meeting(deployment, meeting_id)
    rows = [
        {
            "id": short(line.case_id),
            "case_id": line.case_id,
            "case_ref": line.case_ref,
            "repeat": line.repeat,
            "flagged": line.flagged,
            "recorded": line.recorded,
        }
        for line in lines
    ]
    columns = {"id": "Id", "case_ref": "Case", "repeat": "Repeat", "flagged": "Flagged", "recorded": "Outcome"}
    emit_rows(rows, columns, form, "that meeting's list has no case")


@group.command("record")
def record(
    context: typer.Context,
    case_id: Annotated[str, typer.Argument(metavar="ID", help="The case's id, from `outcomes list`.")],
    heard: Annotated[bool, typer.Option("--heard/--not-heard", help="Whether the case was heard.")] = True,
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="When; default: the meeting's day.")
    ] = None,
    repeat: Annotated[bool | None, typer.Option("--repeat/--no-repeat", help="Default: as the list says.")] = None,
    words_stdin: Annotated[
        bool, typer.Option("--words-stdin", help=f"Read the words from standard input: {FORM}.")
    ] = False,
) -> None:
    """Record a case's brief outcome. Its words are asked for at the keyboard, or read by --words-stdin."""
    session = session_of(context)
    fields = session.settings().outcomes.fields
    with session.deployment() as deployment:
        with deployment.database.reading() as connection:
            whole = resolve_id(connection, cases, case_id)
        meeting_day, listed_repeat = use_case.day_and_repeat(deployment, whole)
        heard_on = on.date() if on else meeting_day
        words = words_from_stdin(heard_on, fields) if words_stdin else _asked(heard_on, fields)
        try:
            said = listed_repeat if repeat is None else repeat
            outcome = Outcome(heard, heard_on, said, words.actions, words.note, words.fields)
        except ValueError as error:
            raise UsageError(str(error)) from None
        use_case.record_outcome(deployment, whole, outcome)
    say(f"outcome of case {short(whole)} is on record, with {len(words.actions)} actions")


@group.command("show")
def show(
    context: typer.Context,
    case_id: Annotated[str, typer.Argument(metavar="ID", help="The case's id.")],
    form: FormatOption = Format.TABLE,
) -> None:
    """What was recorded of a case. That you looked is on record."""
    with session_of(context).deployment() as deployment:
        with deployment.database.reading() as connection:
            whole = resolve_id(connection, cases, case_id)
            found = select(outcomes).where(outcomes.c.case_id == whole, ~outcomes.c.superseded)
            rows = list(connection.execute(found).mappings())
        with deployment.database.change(deployment.event(Action.OUTCOME_DISPLAYED, "case", whole)):
            pass  # the display itself is the act
        opened = [
            {"heard": row["heard"], "heard_on": row["heard_on"], "repeat": row["repeat"]}
            | json.loads(deployment.secrets.open_record(row["outcome_id"], row["sealed"]))
            for row in rows
        ]
    columns = {"case_ref": "Case", "heard": "Heard", "heard_on": "On", "repeat": "Repeat", "note": "Note"}
    emit_rows(opened, columns, form, "no outcome is on record for that case")


@actions_group.command("list")
def list_actions(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Ended ones too.")] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Our actions, the first due first. That you looked is on record."""
    statement = select(actions).join(outcomes, outcomes.c.outcome_id == actions.c.outcome_id)
    statement = statement.where(~outcomes.c.superseded).order_by(actions.c.due)
    if not everything:
        statement = statement.where(actions.c.status == ActionStatus.OPEN.value)
    with session_of(context).deployment() as deployment:
        with deployment.database.reading() as connection:
            found = list(connection.execute(statement).mappings())
        rows = [_action_row(deployment, row) for row in found]
        event = deployment.event(Action.OUTCOME_DISPLAYED, "actions", "list", count=len(rows))
        with deployment.database.change(event):
            pass  # the display itself is the act
        today = deployment.today().isoformat()
    for row in rows:
        row["late"] = row["status"] == ActionStatus.OPEN.value and row["due"] < today
    if form is Format.JSON:
        return emit_json(rows)
    columns = {"id": "Id", "owner": "Owner", "due": "Due", "late": "Late", "status": "Status", "text": "Action"}
    return emit_rows(rows, columns, form, "no action is open")


@actions_group.command("confirm")
def confirm(
    context: typer.Context,
    action_id: Annotated[str, typer.Argument(metavar="ID", help="The action's id, or its beginning.")],
    status: Annotated[ActionStatus, typer.Option("--status", help="How it ended.")] = ActionStatus.DONE,
    how_stdin: Annotated[
        bool, typer.Option("--how-stdin", help="Read from standard input, in detail, how it was completed.")
    ] = False,
) -> None:
    """Confirm in detail how an action ended (procedure 4.5)."""
    how = typer.get_text_stream("stdin").read().strip() if how_stdin else typer.prompt("How was it completed")
    with session_of(context).deployment() as deployment:
        with deployment.database.reading() as connection:
            whole = resolve_id(connection, actions, action_id)
        use_case.confirm_action(deployment, whole, status, how)
    say(f"action {short(whole)} is {status.value}")


def _action_row(deployment: Deployment, row: RowMapping) -> dict[str, Any]:
    fields: dict[str, Any] = dict(row)
    words: dict[str, Any] = json.loads(deployment.secrets.open_record(fields["action_id"], fields.pop("sealed")))
    return fields | words | {"id": short(fields["action_id"])}


def _asked(meeting_day: date, fields: tuple[str, ...]) -> Words:
    """The words from a person at a terminal; a program that gives none has none to give."""
    return ask_for_words(meeting_day, fields) if sys.stdin.isatty() else Words()
