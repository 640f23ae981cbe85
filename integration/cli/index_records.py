"""`index merge` and `index remove`: records of patients that end, by hand or because an extract says so."""

from __future__ import annotations

from typing import Annotated

import typer

from integration.cli.printing import counted, say
from integration.cli.session import session_of
from integration.domain.people import RecordEnd
from integration.errors import UsageError
from integration.matching.united import contradictions
from integration.ports import EndedRecords
from integration.workflow.deployment import Deployment


def see_to_the_absent(deployment: Deployment, present: set[str], *, sure: bool, ask: bool) -> None:
    """Say how many patients the files do not hold; they are removed only if somebody says so."""
    if not present or not sure:
        return say("who is absent cannot be told from files with faults, or without patients")
    absent = deployment.index.absent_from(present)
    say(f"patients of the index who are not in the files: {len(absent)}")
    if absent and ask:
        if typer.confirm(f"Remove {counted(len(absent), 'patient')} from the index?", err=True):
            say_ended(deployment.index.end_records([RecordEnd(local_id) for local_id in absent]))
        else:
            say("nobody is removed")
    return None


def say_ended(ended: EndedRecords) -> None:
    if ended.merged or ended.removed:
        done = f"{counted(ended.merged, 'record')} merged, {ended.removed} removed"
        say(f"{done}; `flagtag run --once` lets their flags follow")
    if ended.left:
        say(f"not merged or removed, for the index holds no such record or survivor: {ended.left}")


def merge(
    context: typer.Context,
    survivor: Annotated[str, typer.Argument(help="The local id of the record that stays.")],
    obsolete: Annotated[str, typer.Argument(help="The local id of the record that is no more.")],
) -> None:
    """Merge one patient's record into another of the same person's (HL7 A40). Its flags and reviews follow."""
    if survivor == obsolete:
        raise UsageError("a record cannot be merged into itself")
    with session_of(context).deployment() as deployment:
        one, other = deployment.index.patient(survivor), deployment.index.patient(obsolete)
    if one and other and (apart := contradictions(one, other)):
        # what is merged cannot be parted again, and flags follow: a mistyped number would flag somebody else
        question = f"These records differ in {', '.join(apart)}: perhaps two people. Merge them all the same?"
        typer.confirm(question, err=True, abort=True)
    _end(context, [RecordEnd(obsolete, survivor)], "the index holds no such record, or no such survivor")


def remove(
    context: typer.Context,
    local_ids: Annotated[list[str], typer.Argument(metavar="LOCAL_ID...", help="The records that are no more.")],
) -> None:
    """Remove patients' records (HL7 A29). A flag that stands on one is put to a person, never dropped."""
    _end(context, [RecordEnd(local_id) for local_id in local_ids], "the index holds no such record")


def _end(context: typer.Context, ends: list[RecordEnd], unknown: str) -> None:
    with session_of(context).deployment() as deployment:
        ended = deployment.index.end_records(ends)
    if ended.merged + ended.removed == 0:
        raise UsageError(unknown)
    say_ended(ended)
