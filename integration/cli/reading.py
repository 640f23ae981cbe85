"""`read` and `match`: what a document says, and who its people are. Both write nothing."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from integration.cli.people import born_in_words, name_in_words, places_in_words
from integration.cli.printing import Format, FormatOption, emit_json, emit_rows, out, say
from integration.cli.session import session_of
from integration.cli.waterfall import WHAT_IT_SAYS, waterfall
from integration.domain.case_list import DocumentKind, Problem, Reading
from integration.domain.explanation import Explained, Rule
from integration.domain.people import Address, PersonName
from integration.errors import DocumentRefused, ExitCode, Unavailable, UsageError
from integration.ports import UntrustedFile
from integration.reading import get_ready
from integration.reading.layouts import NO_LAYOUTS, LayoutsToFollow

Explanation = tuple[Reading, tuple[Explained, ...]]
A_TURN = 0.0005  # seconds that one thread keeps another one waiting; Python's own are ten times as many
PasswordOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read passwords of protected files, one a line, from standard input.")
]
AreaOption = Annotated[
    str | None, typer.Option("--area", help="Read it as a list of this area: by the area's own layout, if it has one.")
]


def read(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The document.")],
    form: FormatOption = Format.TABLE,
    password_stdin: PasswordOption = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show for every value its cell, and the rule by which it was taken.")
    ] = False,
    area: AreaOption = None,
) -> None:
    """What a document says. Needs no deployment but for --area; writes nothing."""
    from mappings.reading_json import to_json

    layouts = _layouts(context, area)
    try:
        explained = explain_file(file, password_stdin, layouts) if explain else ()
        readings = _known([r for r, _ in explained] if explain else read_file(file, password_stdin, layouts))
    except DocumentRefused as refusal:
        if form is Format.JSON:
            emit_json(to_json(_refused(file, refusal.reason)))
        raise
    if form is Format.JSON:
        documents = [to_json(reading) | _sources_json(reading, explained) for reading in readings]
        emit_json(documents[0] if len(documents) == 1 else {"documents": documents})
    else:
        for reading in readings:
            _print_reading(reading)
            _print_sources(reading, explained)
    if any(r.problems or r.kind is DocumentKind.UNRECOGNISED for r in readings):
        raise typer.Exit(ExitCode.HELD)


def match(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A case list.")],
    form: FormatOption = Format.TABLE,
    password_stdin: PasswordOption = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show how the weights of the reasons add up.")] = False,
    area: AreaOption = None,
) -> None:
    """`read`, then the decision for each person. Writes nothing."""
    layouts = _layouts(context, area)
    try:
        readings = _case_lists(file, password_stdin, layouts)
    except DocumentRefused:
        if form is Format.JSON:
            emit_json({"subjects": []})
        raise
    if not readings:
        raise UsageError("that document is not a case list")
    with session_of(context).deployment() as deployment:
        patients = deployment.index.status().patients
        if patients == 0:
            raise Unavailable("patient index", "read", "it is empty; load it by `flagtag index load FILE`")
        cases = [case for reading in readings for case in reading.cases]
        decisions = deployment.index.match(cases)
    rows = [
        _decided(case.case_ref, subject, decision)
        for case, answers in zip(cases, decisions, strict=True)
        for subject, decision in zip(case.subjects, answers, strict=True)
    ]
    if form is Format.JSON:
        emit_json({"subjects": rows})
    else:
        _print_decisions(rows)
        if explain:
            _explain_all(rows, patients)
        _say_what_was_not_read(readings)
    if any(row["why"] for row in rows) or any(r.problems for r in readings):
        raise typer.Exit(ExitCode.HELD)


def _explain_all(rows: Sequence[dict[str, Any]], patients: int) -> None:
    for row in rows:
        _explain(row, patients)
    if any(row["candidates"] for row in rows):
        for line in ("", *WHAT_IT_SAYS):
            out(line)


def _case_lists(file: Path, password_stdin: bool, layouts: LayoutsToFollow) -> list[Reading]:
    """The case lists in a file; while a child reads them, what a decision needs is imported on the other processor."""
    get_ready()
    with _short_turns(), ThreadPoolExecutor(1) as aside:
        reading = aside.submit(read_file, file, password_stdin, layouts)
        import_module("integration.wiring")  # takes as long as the child
    return [r for r in reading.result() if r.kind is DocumentKind.CASE_LIST]


@contextmanager
def _short_turns() -> Iterator[None]:
    """The thread that starts the child gets its turns at once, while the other one imports."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(A_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def read_file(file: Path, password_stdin: bool, layouts: LayoutsToFollow) -> Sequence[Reading]:
    """Read one file that a person names; raises `DocumentRefused`."""
    from integration.reading import read_untrusted

    return read_untrusted(*_taken(file, password_stdin), layouts)


def explain_file(file: Path, password_stdin: bool, layouts: LayoutsToFollow) -> Sequence[Explanation]:
    """`read_file`, each reading with the sources of its values."""
    from integration.reading import explain_untrusted

    return explain_untrusted(*_taken(file, password_stdin), layouts)


def _layouts(context: typer.Context, area: str | None) -> LayoutsToFollow:
    """The layout of the area that a person named; without one, headings are recognised."""
    if area is None:
        return NO_LAYOUTS
    from integration.reading.layout_files import load_layouts

    settings = session_of(context).settings()
    known = settings.area(area)
    if known is None:
        raise UsageError(f"the areas are: {', '.join(one.name for one in settings.areas)}")
    wanted = {name: place for name, place in settings.layouts().items() if name == known.name}
    if not wanted:
        say(f"{known.name} has no layout of its own: its headings are recognised")
    return LayoutsToFollow.of_areas(load_layouts(wanted), (known.name,))


def _taken(file: Path, password_stdin: bool) -> tuple[UntrustedFile, tuple[str, ...]]:
    passwords = tuple(line for line in sys.stdin.read().splitlines() if line) if password_stdin else ()
    try:
        untrusted = file.read_bytes()
    except OSError as error:
        raise UsageError(f"the file cannot be read: {error.strerror}") from None
    return UntrustedFile(file.name, untrusted), passwords


def _refused(file: Path, reason: str) -> Reading:
    """What a program is told of a document that is refused: a reading of nothing, with the reason."""
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    problem = Problem("the file", reason)
    return Reading(DocumentKind.UNRECOGNISED, "application/octet-stream", sha256, problems=(problem,))


def _known(readings: Sequence[Reading]) -> Sequence[Reading]:
    """The documents of a known kind; where none is, what there is."""
    known = [reading for reading in readings if reading.kind is not DocumentKind.UNRECOGNISED]
    return known or list(readings)[:1]


def _print_reading(reading: Reading) -> None:
    meeting = reading.meeting
    day = meeting.date.isoformat() if meeting.date else "date not made out"
    say(f"{reading.kind.value} · {meeting.area or 'area not made out'} · {day} · {len(reading.cases)} cases")
    if reading.layout is not None:
        say(f"read by the layout {reading.layout}")
    rows = [
        {
            "case": case.case_ref,
            "role": subject.role.value,
            "name": name_in_words(subject.names[0]),
            "also": "; ".join(map(name_in_words, subject.names[1:])),
            "born": born_in_words(subject),
            "nhs": subject.nhs_number or "",
            "address": places_in_words(subject.addresses),
            "where": subject.where,
        }
        for case in reading.cases
        for subject in case.subjects
    ]
    columns = {"case": "Case", "role": "Role", "name": "Name", "also": "Also", "born": "Born", "nhs": "NHS number"}
    emit_rows(rows, columns | {"address": "Address", "where": "Where"}, Format.TABLE, "nobody is named")
    _say_what_was_not_read([reading])


def _sources_of(reading: Reading, explained: Sequence[Explanation]) -> Sequence[Explained]:
    return next((sources for one, sources in explained if one is reading), ())


def _sources_json(reading: Reading, explained: Sequence[Explanation]) -> dict[str, Any]:
    """The member that a reading has only if it was asked for."""
    from mappings.explanation_json import sources_to_json

    return {"sources": sources_to_json(_sources_of(reading, explained))} if explained else {}


def _print_sources(reading: Reading, explained: Sequence[Explanation]) -> None:
    """Every value with its cell, and the words of the document that gave it its meaning."""
    sources = _sources_of(reading, explained)
    rows = [
        {
            "case": reading.cases[one.case].case_ref,
            "person": one.subject + 1,
            "field": one.field,
            "value": _shown(reading, one),
            "where": one.source.where,
            "rule": _rule(reading, one),
            "words": one.source.words,
        }
        for one in sources
    ]
    columns = {"case": "Case", "person": "Person", "field": "Field", "value": "Value", "where": "Cell", "rule": "Rule"}
    if rows:
        emit_rows(rows, columns | {"words": "Words"}, Format.TABLE, "nothing to explain")


def _rule(reading: Reading, one: Explained) -> str:
    """The rule, and of a layout which one in which version."""
    used = reading.layout if one.source.rule is Rule.LAYOUT_FILE else None
    return f"{one.source.rule.value} {used.name} {used.version}" if used is not None else one.source.rule.value


def _shown(reading: Reading, one: Explained) -> str:
    value = getattr(reading.cases[one.case].subjects[one.subject], one.field)
    match value[one.at] if isinstance(value, tuple) else value:
        case PersonName() as name:
            return name_in_words(name)
        case Address() as address:
            return places_in_words([address])
        case other:
            return str(other)


def _decided(case_ref: str, subject: Any, decision: Any) -> dict[str, Any]:
    from integration.domain.matching import Matched, NeedsReview, NotEnough
    from integration.workflow.match_subjects import NOT_ENOUGH, on_record

    name, found, why = "no_match", getattr(decision, "candidates", ()), []
    match decision:
        case Matched(best=best):
            name, found = "matched", [best]
        case NeedsReview():
            name, why = "review", list(decision.why)
        case NotEnough():
            why = [NOT_ENOUGH]
    return {
        "row": subject.row,
        "where": subject.where,
        "case_ref": case_ref,
        "role": subject.role.value,
        "decision": name,
        "patient": decision.best.patient if isinstance(decision, Matched) else None,
        "candidates": on_record(found),
        "why": why,
        "parameters": decision.basis.parameters,
        "index_stale": decision.basis.index_stale,
    }


def _print_decisions(rows: list[dict[str, Any]]) -> None:
    shown = [
        row
        | {
            "decision": "not enough"
            if row["decision"] == "no_match" and row["why"]
            else row["decision"].replace("_", " "),
            "best": row["candidates"][0]["patient"] if row["candidates"] else "",
            "grade": row["candidates"][0]["grade"] if row["candidates"] else "",
            "score": row["candidates"][0]["score"] if row["candidates"] else "",
        }
        for row in rows
    ]
    columns = {"where": "Where", "role": "Role", "decision": "Decision", "best": "Patient", "grade": "Grade"}
    columns |= {"score": "Bits", "why": "Why a person decides"}
    emit_rows(shown, columns, Format.TABLE, "nobody is named", sentences="why")
    if any(row["index_stale"] for row in rows):
        say("the index is out of date: who came to the trust since its last update is not found")


def _explain(row: dict[str, Any], patients: int) -> None:
    for number, candidate in enumerate(row["candidates"], 1):
        out()
        out(f"{row['where']}, {row['role']}: candidate {number}, patient {candidate['patient']}: {candidate['grade']}")
        waterfall(candidate, patients)


def _say_what_was_not_read(readings: Sequence[Reading]) -> None:
    """Whom nobody was looked for, because of what the document left in doubt."""
    for problem in (problem for reading in readings for problem in reading.problems):
        say(f"not made out: {problem.where}: {problem.reason}")
    for remark in (remark for reading in readings for remark in reading.remarks):
        say(f"not used: {remark.where}: {remark.reason}")
    for place in (place for reading in readings for place in reading.passed_over):
        say(f"passed over: {place}: the heading names a role and is not understood; it stands over nobody's name")
