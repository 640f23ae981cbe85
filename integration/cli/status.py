"""`status`: what waits, what is held, what is late, and every list's balance sheet."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import typer
from sqlalchemy import Select, select

from integration.cli.printing import Format, FormatOption, emit_json, emit_rows, out, to_the_minute
from integration.cli.session import session_of
from integration.domain.progress import SubjectState
from integration.errors import ExitCode
from integration.storage.tables import lists, source_reports, work_failures
from integration.workflow.close_list import Balance, balance_of
from integration.workflow.deployment import Deployment
from integration.workflow.late_lists import late_lists
from integration.workflow.review_match import waiting_for_review
from integration.workflow.settle_held import held_items
from integration.workflow.state_of_play import flags_held_by_themselves, state_of_play

SHEET = {
    SubjectState.FLAGGED: "Flagged",
    SubjectState.ALREADY_FLAGGED: "Already",
    SubjectState.NOT_OUR_PATIENT: "Not ours",
    SubjectState.NOT_ENOUGH_TO_SAY: "Not enough",
    SubjectState.TRANSCRIBED: "By hand",
    SubjectState.WITHDRAWN: "Withdrawn",
    SubjectState.NOT_FLAGGED_BY_RULE: "By rule",
    SubjectState.CHILD_NOTED: "Children",
}


def status(context: typer.Context, form: FormatOption = Format.TABLE) -> None:
    """What waits, what is held, what is late, age of the oldest item, last list that got through."""
    with session_of(context).deployment() as deployment:
        state = _state(deployment)
    if form is Format.JSON:
        emit_json(state)
    else:
        _print(state)
    if state["waits_for_a_person"] or state["late"] or _index_waits(state["index"]):
        raise typer.Exit(ExitCode.HELD)


def _index_waits(index: dict[str, Any]) -> bool:
    """Whether somebody has to load an extract; the first one is a matter of setting up."""
    return bool(index["loading_since"]) or (index["stale"] and index["updated_at"] is not None)


def _state(deployment: Deployment) -> dict[str, Any]:
    play = state_of_play(deployment)
    held, reviews = held_items(deployment), waiting_for_review(deployment)
    index = deployment.index.status()
    with deployment.database.reading() as connection:
        ids = connection.execute(select(lists.c.list_id).order_by(lists.c.opened_at.desc())).scalars().all()
        sheets = [_sheet(balance_of(connection, list_id)) for list_id in ids]
        sources = [dict(row) for row in connection.execute(_reports(deployment)).mappings()]
        flags_held = connection.execute(flags_held_by_themselves()).scalar_one()
        failures = [dict(row) for row in connection.execute(select(work_failures)).mappings()]
    return {
        "waits_for_a_person": play.held,
        "owed": play.owed,
        "oldest_held": min((item.since for item in held), default=None),
        "held": len(held),
        "under_review": len(reviews),
        "flags_held": flags_held,
        "late": late_lists(deployment),
        "lists": sheets,
        "sources": sources,
        "failures": failures,
        "index": asdict(index),
        "policy_signed": deployment.policy() is not None,
    }


def _reports(deployment: Deployment) -> Select[Any]:
    """The last word of every source that is configured now."""
    return select(source_reports).where(source_reports.c.source.in_(deployment.sources))


def _sheet(balance: Balance) -> dict[str, Any]:
    states = {state.value: balance.states.get(state, 0) for state in SubjectState}
    states["transcribed"] += balance.unread_people_by_hand
    return {
        "area": balance.area,
        "meeting_date": balance.meeting_date,
        "state": balance.state.value,
        "version": balance.version,
        "late": balance.late,
        "people": balance.people,
        "not_ended": balance.people - balance.ended,
        "held_cases": balance.held_cases,
        "outcomes_missing": balance.outcomes_missing,
        "balances": balance.balances,
        **states,
    }


def _print(state: dict[str, Any]) -> None:
    index = state["index"]
    updated = to_the_minute(str(index["updated_at"])) if index["updated_at"] else "never"
    out(f"Patient index: {index['patients']} patients, last update {updated}")
    if index["loading_since"]:
        begun = to_the_minute(str(index["loading_since"]))
        out(f"PATIENT INDEX HALF LOADED since {begun}: nobody is matched until `flagtag index load` has run to its end")
    elif _index_waits(index):
        out("PATIENT INDEX OUT OF DATE: who came since its last update is not found; run `flagtag index load FILE`")
    out(f"Disposal policy: {'signed' if state['policy_signed'] else 'NOT SIGNED: nothing is destroyed'}")
    flags_held = f", {state['flags_held']} of the flags (`flagtag flags list`)" if state["flags_held"] else ""
    out(f"Waits for a person: {state['held']} held, {state['under_review']} under review{flags_held}")
    if state["oldest_held"]:
        out(f"Oldest held since: {to_the_minute(state['oldest_held'])}")
    for late in state["late"]:
        out(f"LATE: {late}")
    for source in state["sources"]:
        last = to_the_minute(source["last_delivery_at"] or "nothing yet")
        since = to_the_minute(source["failing_since"] or "")
        failing = f"; FAILING since {since}: {source['failure']}" if since else ""
        out(f"Source {source['source']}: last delivery {last}{failing}")
        for oddity in source["oddities"] or ():
            out(f"    left where it lies: {oddity}")
    for failure in state["failures"]:
        out(f"Owed: {failure['work'].split(':')[0]}: {failure['reason']} (next try {to_the_minute(failure['due_at'])})")
    out()
    columns = {"area": "Area", "meeting_date": "Meeting", "state": "List", "people": "People", "not_ended": "Waiting"}
    columns |= {end.value: heading for end, heading in SHEET.items()}
    columns |= {"outcomes_missing": "Outcomes missing", "balances": "Balances"}
    emit_rows(state["lists"], columns, Format.TABLE, "no list has arrived yet")
