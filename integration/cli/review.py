"""`review`: people on lists who wait for a person's decision."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

import typer

from integration.cli.people import (
    births_in_words,
    born_in_words,
    name_in_words,
    nhs_numbers_in_words,
    places_in_words,
)
from integration.cli.printing import Format, FormatOption, emit_json, emit_rows, out, say, screen_width, short
from integration.cli.session import session_of
from integration.cli.side_by_side import Candidates, open_places, remarks_on, side_by_side
from integration.domain.nhs_number import NhsNumber
from integration.domain.people import BirthYear, Patient, Role, Subject
from integration.domain.progress import SubjectState
from integration.errors import ExitCode, UsageError
from integration.workflow import review_match
from integration.workflow.match_subjects import OPPOSITE
from integration.workflow.review_match import Answer, ReviewItem, Shown
from integration.workflow.search_again import Changed, search_again
from mappings.case_lists.births import age_told, single_date

group = typer.Typer(help="People waiting for a decision.", no_args_is_help=True)

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The person's id, or its beginning.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; kept with the decision. No names.")]
QUESTIONS = ("Family name", "Given name", "Date of birth", "Postcode", "NHS number", "Telephone")
TAKEN_BACK = "`flagtag run --once` takes back a flag that rested on it alone"
FOLLOWS = {
    SubjectState.MATCHED: "`flagtag run --once` carries it out",
    SubjectState.NOT_OUR_PATIENT: "looked for again at each update of the index until the list closes;"
    " who is new then is shown to you",
    SubjectState.NOT_ENOUGH_TO_SAY: "not looked for again; `flagtag review undo` if the list's sender tells more",
    SubjectState.CHILD_NOTED: "noted for research; children are not flagged",
    SubjectState.NOT_FLAGGED_BY_RULE: "the trust's settings flag nobody of this role",
    SubjectState.TRANSCRIBED: "nothing more is placed for this person",
    SubjectState.WITHDRAWN: TAKEN_BACK,
}  # what becomes of somebody after a decision
STALE = "the index was out of date when it was asked"
VersionOption = Annotated[
    int | None,
    typer.Option("--version", help="The version that you saw (default: as last shown to you); refused if changed."),
]


@group.command("list")
def list_(context: typer.Context, form: FormatOption = Format.TABLE) -> None:
    """Everybody who waits, the earliest meeting first."""
    with session_of(context).deployment() as deployment:
        waiting = review_match.waiting_for_review(deployment)
    rows = [asdict(item) | {"id": short(item.subject_id), "reasons": _reasons(item)} for item in waiting]
    columns = {"id": "Id", "meeting_date": "Meeting", "area": "Area", "role": "Role", "candidates": "Candidates"}
    columns |= {"reasons": "Why a person decides"}
    emit_rows(rows, columns, form, "nobody waits for a decision", sentences="reasons")


@group.command("show")
def show(context: typer.Context, subject_id: IdArgument, form: FormatOption = Format.TABLE) -> None:
    """One person and the candidates side by side. That you looked is on record."""
    with session_of(context).deployment() as deployment:
        shown = review_match.show(deployment, review_match.resolve(deployment, subject_id))
    if form is Format.JSON:
        return emit_json(_as_json(shown))
    return _print(shown)


@group.command("search")
def search(context: typer.Context, subject_id: IdArgument, form: FormatOption = Format.TABLE) -> None:
    """Look in the index again, with other details: they are asked for, since arguments are visible to others."""
    with session_of(context).deployment() as deployment:
        whole = review_match.resolve(deployment, subject_id)
        say("Look for this person with other details. Enter alone keeps what the list says.")
        found = search_again(deployment, whole, _asked(deployment.today()))
    if form is Format.JSON:
        return emit_json(
            {"subject": _subject_row(found.sought), "candidates": _candidates_json(found.candidates, found.standing)}
        )
    if not found.candidates:
        return say("the index holds nobody like that")
    side_by_side(found.sought, found.candidates, found.standing, first="Looked for")
    return _say_how(whole)


def _asked(today: date) -> Changed:
    family, given, born, postcode, number, phone = (
        str(typer.prompt(question, default="", show_default=False, err=True)).strip() for question in QUESTIONS
    )
    birth: date | BirthYear | None = single_date(born, today) if born else None
    if born and birth is None:
        told = age_told(born, today)
        birth = told if isinstance(told, BirthYear) else None
    if born and birth is None:
        raise UsageError("a date of birth reads DD/MM/YYYY or YYYY-MM-DD, or is a year; and is not in the future")
    if number and NhsNumber.from_text(number) is None:
        raise UsageError("that is no NHS number: its ten digits do not check")
    return Changed(family, given, birth, postcode, number, phone)


def _say_how(subject_id: str) -> None:
    """What a reviewer may do next."""
    command = f"`flagtag review decide {short(subject_id)}"
    say(f"\nTo decide: {command} match --patient ID --reason WHY`,")
    say("or `no-match`, or `not-enough`, each with its reason.")
    say(f"To look for others: `flagtag review search {short(subject_id)}`.")


@group.command("decide")
def decide(
    context: typer.Context,
    subject_id: IdArgument,
    answer: Annotated[Answer, typer.Argument(help="What you decide.")],
    patient: Annotated[str | None, typer.Option("--patient", help="The patient's local id, with match.")] = None,
    reason: ReasonOption = "",
    version: VersionOption = None,
) -> None:
    """Decide who a person is, or that nobody can say."""
    with session_of(context).deployment() as deployment:
        whole = review_match.resolve(deployment, subject_id)
        seen = review_match.version_shown(deployment, whole) if version is None else version
        then = review_match.decide(deployment, whole, seen, answer, patient, reason)
    if then is SubjectState.UNDER_REVIEW:
        say(f"{short(whole)}: nothing is flagged yet: {OPPOSITE}; look at it again (`review show`), then decide again")
        raise typer.Exit(ExitCode.HELD)
    say(f"{short(whole)}: {then.value.replace('_', ' ')}; {FOLLOWS[then]}")


@group.command("undo")
def undo(
    context: typer.Context, subject_id: IdArgument, reason: ReasonOption = "", version: VersionOption = None
) -> None:
    """Take a decision back; the flag that rested on it alone is taken back too."""
    with session_of(context).deployment() as deployment:
        whole = review_match.resolve(deployment, subject_id)
        seen = review_match.version_shown(deployment, whole) if version is None else version
        review_match.undo(deployment, whole, seen, reason)
    say(f"{short(whole)}: waits for a decision again; {TAKEN_BACK}")


def _reasons(item: ReviewItem) -> tuple[str, ...]:
    return (*item.why, STALE) if item.index_stale else item.why


def _patient_row(patient: Patient) -> dict[str, Any]:
    return {
        "local_id": patient.local_id,
        "name": name_in_words(patient.name),
        "middle": patient.middle,
        "also": "; ".join(map(name_in_words, patient.other_names)),
        "born": births_in_words(patient),
        "sex": patient.sex.value if patient.sex else "",
        "nhs": nhs_numbers_in_words(patient),
        "address": open_places(patient),
        "phone": "" if patient.restricted else patient.phone or "",
        "remarks": ", ".join(remarks_on(patient)),
    }


def _subject_row(subject: Subject) -> dict[str, Any]:
    return {
        "name": "; ".join(map(name_in_words, subject.names)),
        "born": born_in_words(subject),
        "sex": subject.sex.value if subject.sex else "",
        "nhs": subject.nhs_number or "",
        "address": places_in_words(subject.addresses),
        "phone": "; ".join(subject.phones),
        "where": subject.where,
    }


def _as_json(shown: Shown) -> dict[str, Any]:
    return {
        "subject_id": shown.item.subject_id,
        "version": shown.item.version,
        "case_ref": shown.case_ref,
        "role": shown.item.role.value,
        "state": shown.item.state.value,
        "why": list(shown.item.why),
        "parameters": shown.parameters,
        "index_stale": shown.item.index_stale,
        "says_otherwise_now": shown.says_otherwise_now,
        "subject": _subject_row(shown.subject) if shown.subject else None,
        "not_used": [{"where": remark.where, "reason": remark.reason} for remark in shown.remarks],
        "candidates": _candidates_json(shown.candidates, shown.standing),
        "patient": shown.patient,
        "decisions": [
            {"what": one.action.value, "at": one.given_at, "by": one.login, "reason": one.words} for one in shown.said
        ],
    }


def _candidates_json(candidates: Candidates, standing: Mapping[str, Sequence[Role]]) -> list[dict[str, Any]]:
    return [
        dict(c)
        | {
            "record": _patient_row(patient) if patient else None,
            "flags": [role.value for role in standing.get(str(c["patient"]), ())],
        }
        for c, patient in candidates
    ]


def _print(shown: Shown) -> None:
    item, where = shown.item, f", {shown.subject.where}" if shown.subject and shown.subject.where else ""
    out(f"Person {short(item.subject_id)}, version {item.version}: {item.role.value}, case {shown.case_ref}{where}")
    out(f"Meeting: {item.area}, {item.meeting_date}")
    if item.state is SubjectState.UNDER_REVIEW:
        out("A person decides because:")
        for reason in _reasons(item):
            out(textwrap.fill(reason, screen_width(), initial_indent="  - ", subsequent_indent="    "))
    else:
        out(f"Decided: {item.state.value.replace('_', ' ')}" + (f"; {STALE}" if item.index_stale else ""))
    if shown.says_otherwise_now:
        again = f"`flagtag review search {short(item.subject_id)}`"
        out(f"The index was updated, and says something else of who may be meant: {again}, with Enter alone.")
    for remark in shown.remarks:
        out(f"Not used of the list: {remark.where}: {remark.reason}")
    for one in shown.said:
        out(f"{one.given_at[:16].replace('T', ' ')} UTC, {one.login or 'somebody'}, {one.action.value}: {one.words}")
    if shown.subject is None:
        out("What the list said is destroyed.")
    side_by_side(shown.subject, shown.candidates, shown.standing, shown.patient)
    if shown.candidates and shown.parameters:
        out(f"Weighed by the matching parameters {shown.parameters}.")
    if item.state is SubjectState.UNDER_REVIEW:
        _say_how(item.subject_id)
    elif item.state in review_match.DECIDED:
        back = f"to take the decision back: `flagtag review undo {short(item.subject_id)} --reason WHY`"
        say(f"\n{shown.stands or back}")
