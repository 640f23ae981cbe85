"""`flags`: the ledger of flags; end one, take back a wrong one, ask the register whether ours stand."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from integration.cli.printing import Format, FormatOption, counted, emit_json, emit_rows, say, short
from integration.cli.session import session_of
from integration.errors import ExitCode
from integration.storage.records import resolve_id
from integration.storage.tables import flags
from integration.workflow import end_flags, follow_record_ends
from integration.workflow.deployment import Deployment

group = typer.Typer(help="The ledger of flags.", no_args_is_help=True)

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The flag's id, or its beginning.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why. No names.")]


@group.command("list")
def list_(
    context: typer.Context,
    due: Annotated[bool, typer.Option("--due", help="Only flags whose review date has come.")] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Every flag that we ever wanted, by patient id; no names."""
    with session_of(context).deployment() as deployment:
        today = deployment.today()
        found = [flag for flag in end_flags.ledger(deployment) if not due or flag.is_due_for_review(today)]
    rows = [asdict(flag) | {"id": short(flag.flag_id)} for flag in found]
    columns = {"id": "Id", "patient": "Patient", "role": "Role", "status": "Status", "state": "State"}
    columns |= {"start": "Since", "review_on": "Review", "grounds": "Grounds", "reason": "Why it waits"}
    emit_rows(rows, columns, form, "there are no flags")


@group.command("verify")
def verify(context: typer.Context, form: FormatOption = Format.TABLE) -> None:
    """Ask the register, not our own ledger, and report drift."""
    with session_of(context).deployment() as deployment:
        asked, drift = end_flags.find_drift(deployment)
    if form is Format.JSON:
        emit_json({"asked": asked, "drift": [asdict(d) for d in drift]})
    else:
        rows = [asdict(d) | {"id": short(d.flag_id)} for d in drift]
        emit_rows(rows, {"id": "Flag", "what": "Drift"}, form, f"{asked} flags asked for; all stand as they should")
    if drift:
        raise typer.Exit(ExitCode.HELD)


@group.command("end")
def end(context: typer.Context, flag_id: IdArgument, reason: ReasonOption = "") -> None:
    """Agree that a flag's time is over: it becomes inactive, and stays on record."""
    with session_of(context).deployment() as deployment:
        end_flags.end_flag(deployment, _whole(deployment, flag_id), reason)
    say("the flag is to end; `flagtag run --once` carries it out")


@group.command("undo")
def undo(context: typer.Context, flag_id: IdArgument, reason: ReasonOption = "") -> None:
    """Take back a wrong flag: entered in error; its people wait for a decision again."""
    with session_of(context).deployment() as deployment:
        waiting = end_flags.take_back_flag(deployment, _whole(deployment, flag_id), reason)
    say(f"the flag is to be taken back; {counted(waiting, 'person', 'people')} to be decided about again")


@group.command("place")
def place(context: typer.Context, flag_id: IdArgument, reason: ReasonOption = "") -> None:
    """Let a held flag be placed: you have looked at what holds it. Also beside an opposite flag, or after a merge."""
    with session_of(context).deployment() as deployment:
        follow_record_ends.place_after_all(deployment, _whole(deployment, flag_id), reason)
    say("the flag is to be placed; `flagtag run --once` carries it out")


def _whole(deployment: Deployment, prefix: str) -> str:
    with deployment.database.reading() as connection:
        return resolve_id(connection, flags, prefix)
