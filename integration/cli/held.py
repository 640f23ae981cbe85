"""`held`: documents and cases that wait for a person."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from integration.cli.printing import Format, FormatOption, emit_json, emit_rows, out, say, short
from integration.cli.session import session_of
from integration.domain.case_list import DocumentKind
from integration.domain.people import Subject
from integration.domain.progress import DocumentState
from integration.errors import ExitCode, UsageError
from integration.workflow import settle_held
from integration.workflow.deployment import Deployment
from integration.workflow.read_document import Confirmed

group = typer.Typer(help="Documents, lists and cases that wait for a person.", no_args_is_help=True)

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="Its id, or its beginning.")]


class Kind(StrEnum):
    CASE_LIST = DocumentKind.CASE_LIST.value
    RESEARCH_FORM = DocumentKind.RESEARCH_FORM.value
    MINUTES = DocumentKind.MINUTES.value


@group.command("list")
def list_(context: typer.Context, form: FormatOption = Format.TABLE) -> None:
    """What waits, the oldest first."""
    with session_of(context).deployment() as deployment:
        rows = [asdict(item) | {"id": short(item.object_id)} for item in settle_held.held_items(deployment)]
    columns = {"id": "Id", "what": "What", "state": "State", "kind": "Kind", "since": "Since", "where": "Where"}
    emit_rows(rows, columns | {"reason": "Why"}, form, "nothing waits for a person")


@group.command("show")
def show(context: typer.Context, object_id: IdArgument, form: FormatOption = Format.TABLE) -> None:
    """What was made out, and what was not. That you looked is on record."""
    with session_of(context).deployment() as deployment:
        _, whole = settle_held.resolve_held(deployment, object_id)
        shown = settle_held.show_held(deployment, whole)
    people = [_person(subject) for subject in shown.people if isinstance(subject, Subject)]
    problems = [{"where": p.where, "reason": p.reason} for p in shown.problems]
    if form is Format.JSON:
        said = {"case_ref": shown.case_ref, "people": people, "problems": problems, "sender": shown.sender}
        return emit_json(asdict(shown.item) | said)
    out(f"{shown.item.what} {short(whole)}: {shown.item.state}: {shown.item.reason}")
    if shown.sender:
        out(f"Sent by {shown.sender}")
    if shown.case_ref:
        out(f"Case {shown.case_ref}")
    emit_rows(people, {"role": "Role", "name": "Name", "born": "Born", "where": "Where"}, form, "nobody was read")
    return emit_rows(problems, {"where": "Where", "reason": "Not made out"}, form, "")


@group.command("settle")
def settle(
    context: typer.Context,
    object_id: IdArgument,
    accept: Annotated[bool, typer.Option("--accept", help="A case: what was read of it is right.")] = False,
    transcribed: Annotated[
        int | None, typer.Option("--transcribed", metavar="N", help="Dealt with by hand: N people in all.")
    ] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="A case: no longer on the list.")] = False,
    kind: Annotated[Kind | None, typer.Option("--kind", help="A document: what it is.")] = None,
    area: Annotated[str | None, typer.Option("--area", help="A document: its area.")] = None,
    meeting_date: Annotated[
        datetime | None, typer.Option("--meeting-date", formats=["%Y-%m-%d"], help="A document: its meeting.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="A document: read it again; with --area, it may be for that area too.")
    ] = False,
    dismiss: Annotated[bool, typer.Option("--dismiss", help="A document: not for us; it goes by the policy.")] = False,
) -> None:
    """Settle one thing that waits."""
    confirmed = Confirmed(
        DocumentKind(kind.value) if kind else None, area, meeting_date.date() if meeting_date else None
    )
    chosen = sum((accept, transcribed is not None, withdraw, again, dismiss))
    if chosen > 1 or (chosen == 0 and confirmed == Confirmed()):
        raise UsageError("say one thing: see `flagtag held settle --help`")
    with session_of(context).deployment() as deployment:
        what, whole = settle_held.resolve_held(deployment, object_id)
        if what == "case":
            if again or dismiss or confirmed != Confirmed():
                raise UsageError("a case is settled by --accept, --transcribed N or --withdraw alone")
            _settle_case(deployment, whole, accept=accept, transcribed=transcribed)
        elif accept or withdraw:
            raise UsageError("that is for a case; of a document say what it is, or --again, or --dismiss")
        else:
            _settle_document(deployment, whole, confirmed, transcribed=transcribed, again=again, dismiss=dismiss)
        state, reason = settle_held.standing_of(deployment, what, whole)
    if state in (DocumentState.HELD.value, DocumentState.REFUSED.value):
        say(f"{what} {short(whole)} is {state}: {reason}" if not dismiss else f"{what} {short(whole)} is dismissed")
        if not dismiss:
            raise typer.Exit(ExitCode.HELD if state == DocumentState.HELD.value else ExitCode.REFUSED)
        return
    say(f"{what} {short(whole)} is settled; `flagtag run --once` carries on with it")


def _settle_document(
    deployment: Deployment,
    document_id: str,
    confirmed: Confirmed,
    *,
    transcribed: int | None,
    again: bool,
    dismiss: bool,
) -> None:
    area, day = confirmed.area, confirmed.meeting_date
    if transcribed is not None:
        if area is None or day is None or confirmed.kind is not None:
            raise UsageError("a list dealt with by hand needs its --area and --meeting-date")
        settle_held.transcribe_document(deployment, document_id, transcribed, area, day)
    elif again:
        if confirmed != Confirmed(area=area):
            raise UsageError("only --area goes with --again")
        settle_held.read_again(deployment, document_id, area)
    elif dismiss:
        if confirmed != Confirmed():
            raise UsageError("nothing goes with --dismiss")
        settle_held.dismiss(deployment, document_id)
    else:
        settle_held.settle_document(deployment, document_id, confirmed)


def _settle_case(deployment: Deployment, case_id: str, *, accept: bool, transcribed: int | None) -> None:
    if accept:
        settle_held.accept_case(deployment, case_id)
    elif transcribed is not None:
        settle_held.transcribe_case(deployment, case_id, transcribed)
    else:
        settle_held.withdraw_case(deployment, case_id)


def _person(subject: Subject) -> dict[str, str]:
    name = subject.names[0]
    return {
        "role": subject.role.value,
        "name": ", ".join(part for part in (name.family, name.given) if part),
        "born": "; ".join(b.isoformat() for b in subject.births),
        "where": subject.where,
    }
