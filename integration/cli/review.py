"""`review`: people on lists who wait for a person's decision."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

import typer

from integration.cli.people import born_in_words, name_in_words, places_in_words
from integration.cli.printing import Format, FormatOption, emit_json, emit_rows, out, say, short
from integration.cli.session import session_of
from integration.domain.people import Patient, PersonName, Subject
from integration.domain.progress import SubjectState
from integration.errors import ExitCode, UsageError
from integration.workflow import review_match
from integration.workflow.match_subjects import OPPOSITE
from integration.workflow.review_match import Answer, ReviewItem, Shown

group = typer.Typer(help="People waiting for a decision.", no_args_is_help=True)

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The person's id, or its beginning.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; kept with the decision. No names.")]
NAMES = ("Family", "Given")
LOOKED_FOR_AGAIN = "looked for again at each update of the index until the list closes; who is new then is shown to you"
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
    emit_rows(rows, columns | {"reasons": "Why a person decides"}, form, "nobody waits for a decision")


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
    family, given = (str(typer.prompt(f"{which} name", default="", show_default=False, err=True)) for which in NAMES)
    born = str(typer.prompt("Date of birth, YYYY-MM-DD (Enter: none)", default="", show_default=False, err=True))
    try:
        name = PersonName(family.strip(), given.strip())
        day = date.fromisoformat(born.strip()) if born.strip() else None
    except ValueError:
        raise UsageError("a search needs a name, and a date of birth reads YYYY-MM-DD") from None
    with session_of(context).deployment() as deployment:
        whole = review_match.resolve(deployment, subject_id)
        found = review_match.search_again(deployment, whole, name, day.isoformat() if day else None)
    rows = [_patient_row(patient) for patient in found]
    emit_rows(rows, _PATIENT_COLUMNS, form, "the index holds nobody like that")


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
    follows = LOOKED_FOR_AGAIN if then is SubjectState.NOT_OUR_PATIENT else "`flagtag run --once` carries it out"
    say(f"{short(whole)}: {then.value}; {follows}")


@group.command("undo")
def undo(
    context: typer.Context, subject_id: IdArgument, reason: ReasonOption = "", version: VersionOption = None
) -> None:
    """Take a decision back; the flag that rested on it alone is taken back too."""
    with session_of(context).deployment() as deployment:
        whole = review_match.resolve(deployment, subject_id)
        seen = review_match.version_shown(deployment, whole) if version is None else version
        review_match.undo(deployment, whole, seen, reason)
    say(f"{short(whole)}: waits for a decision again")


_PATIENT_COLUMNS = {
    "local_id": "Patient",
    "name": "Name",
    "also": "Also",
    "born": "Born",
    "nhs": "NHS number",
    "address": "Address",
    "remarks": "Remarks",
}


def _reasons(item: ReviewItem) -> tuple[str, ...]:
    return (*item.why, STALE) if item.index_stale else item.why


def _patient_row(patient: Patient) -> dict[str, Any]:
    remarks = [w for w, so in (("deceased", patient.deceased), ("restricted", patient.restricted)) if so]
    # where a patient is restricted, their address protects them: it is not shown
    places = () if patient.restricted else patient.addresses
    return {
        "local_id": patient.local_id,
        "name": name_in_words(patient.name),
        "also": "; ".join(map(name_in_words, patient.other_names)),
        "born": patient.birth.isoformat() if patient.birth else "",
        "nhs": patient.nhs_number or "",
        "address": places_in_words(places),
        "remarks": ", ".join(remarks),
    }


def _subject_row(subject: Subject) -> dict[str, Any]:
    return {
        "name": "; ".join(map(name_in_words, subject.names)),
        "born": born_in_words(subject),
        "nhs": subject.nhs_number or "",
        "address": places_in_words(subject.addresses),
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
        "index_stale": shown.item.index_stale,
        "subject": _subject_row(shown.subject) if shown.subject else None,
        "candidates": [c | {"record": _patient_row(p) if p else None} for c, p in shown.candidates],
    }


def _print(shown: Shown) -> None:
    item = shown.item
    out(f"Person {short(item.subject_id)}, version {item.version}: {item.role.value}, case {shown.case_ref}")
    out(f"Meeting: {item.area}, {item.meeting_date}")
    if item.state is SubjectState.UNDER_REVIEW:
        out(f"A person decides because: {'; '.join(_reasons(item))}")
    else:
        out(f"Decided: {item.state.value}" + (f"; {STALE}" if item.index_stale else ""))
    if shown.subject is None:
        out("What the list said is destroyed.")
    else:
        out()
        emit_rows([_subject_row(shown.subject)], _SUBJECT_COLUMNS, Format.TABLE, "")
    for number, (candidate, patient) in enumerate(shown.candidates, 1):
        out()
        out(f"Candidate {number}: {candidate['grade']}, {candidate['score']} bits")
        rows = [_patient_row(patient)] if patient else []
        emit_rows(rows, _PATIENT_COLUMNS, Format.TABLE, "no longer in the index")
        for reason in candidate["reasons"]:  # type: ignore[attr-defined]
            out(f"    {reason}")


_SUBJECT_COLUMNS = {"name": "Name", "born": "Born", "nhs": "NHS number", "address": "Address", "where": "Where"}
