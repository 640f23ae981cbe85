"""One person of a list beside the patients who may be meant: a line for each field, a column for each patient.

Below what a record says stands how it compares with the list, and what that is worth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integration.cli.people import (
    births_in_words,
    born_in_words,
    name_in_words,
    nhs_numbers_in_words,
    places_in_words,
)
from integration.cli.printing import emit_grid, out, screen_width
from integration.domain.nhs_number import NhsNumber
from integration.domain.people import Patient, Role, Subject
from integration.matching.reasons import says_nothing

Candidates = Sequence[tuple[Mapping[str, Any], Patient | None]]
WHAT_BITS_ARE = "A bit doubles the odds that this is the person; one below nought halves them."
_NARROWEST = 18  # characters of a column that still reads well
_LABEL = 15  # of the column of labels, with its gap


@dataclass(frozen=True, slots=True)
class Line:
    """One field: its name in the reasons, what the list says, and what a record says."""

    label: str
    listed: Callable[[Subject], str]
    known: Callable[[Patient], str]


def side_by_side(
    subject: Subject | None,
    candidates: Candidates,
    standing: Mapping[str, Sequence[Role]],
    decided_on: str | None = None,
    *,
    first: str = "The list",
) -> None:
    """Print them, as many patients in a row as the screen holds; `first` says where the person's details are from."""
    in_a_row = max(1, screen_width() // _NARROWEST - 2)
    for start in range(0, max(1, len(candidates)), in_a_row):
        block = candidates[start : start + in_a_row]
        numbers = range(start + 1, start + len(block) + 1)
        headings = ["", first, *(f"Candidate {number}" for number in numbers)]
        rows = [
            ["Patient", "", *(_local_id(c, decided_on) for c, _ in block)],
            ["Grade", "", *(_grade(c) for c, _ in block)],
            *(_row(line, subject, block) for line in LINES),
            ["Also", "", *(_remarks(c, patient, standing) for c, patient in block)],
        ]
        out()
        emit_grid(headings, [row for row in rows if any(row[1:])], label_width=_LABEL)
    if candidates:
        out()
        out(WHAT_BITS_ARE)


def _local_id(candidate: Mapping[str, Any], decided_on: str | None) -> str:
    local_id = str(candidate["patient"])
    return f"{local_id}\ndecided on" if local_id == decided_on else local_id


def _grade(candidate: Mapping[str, Any]) -> str:
    return f"{candidate['grade']}\n{candidate['score']} bits"


def _row(line: Line, subject: Subject | None, block: Candidates) -> list[str]:
    listed = line.listed(subject) if subject else ""
    cells = [_cell(line, listed, candidate, patient) for candidate, patient in block]
    return [line.label[0].upper() + line.label[1:], listed, *cells]


def _cell(line: Line, listed: str, candidate: Mapping[str, Any], patient: Patient | None) -> str:
    """What the record says, and below it how that compares with the list; what only one side knows is seen."""
    known = line.known(patient) if patient else ""
    weights = candidate.get("weights") or [None] * len(candidate["reasons"])
    for reason, bits in zip(candidate["reasons"], weights, strict=True):
        label, _, outcome = str(reason).partition(": ")
        if label == line.label and not says_nothing(reason):
            return "\n".join(part for part in (known, outcome if bits is None else f"{outcome} {bits:+.1f}") if part)
        if label == line.label and listed:
            return "\n".join(part for part in (known, outcome) if part)
    return known


def _remarks(candidate: Mapping[str, Any], patient: Patient | None, standing: Mapping[str, Sequence[Role]]) -> str:
    if patient is None:
        return "no longer in the index"
    said = [str(reason) for reason in candidate["reasons"] if ": " not in str(reason)]
    said += remarks_on(patient)
    said += [f"flag: {role.value}" for role in standing.get(patient.local_id, ())]
    return "\n".join(said)


def remarks_on(patient: Patient) -> list[str]:
    """What a reviewer has to know of a record beside the person's details."""
    said = (
        ("deceased", patient.deceased),
        ("restricted", patient.restricted),
        ("its rows in the extract contradict each other", patient.disputed),
    )
    return [word for word, so in said if so]


def open_places(patient: Patient) -> str:
    """Where a patient lives and lived; of a restricted record nothing, since it protects them."""
    return "" if patient.restricted else places_in_words(patient.addresses)


def _own_place(patient: Patient) -> str:
    return "not shown" if patient.restricted else places_in_words(patient.addresses[:1])


def _number(subject: Subject) -> str:
    if not subject.nhs_number or NhsNumber.from_text(subject.nhs_number):
        return subject.nhs_number or ""
    return f"{subject.nhs_number}\nnot a valid number"


LINES = (
    Line("family name", lambda s: s.names[0].family, lambda p: p.name.family if p.name else ""),
    Line("given name", lambda s: s.names[0].given, lambda p: p.name.given if p.name else ""),
    Line("middle name", lambda s: "", lambda p: p.middle),
    Line(
        "other names",
        lambda s: "; ".join(map(name_in_words, s.names[1:])),
        lambda p: "; ".join(map(name_in_words, p.other_names)),
    ),
    Line("date of birth", born_in_words, births_in_words),
    Line("sex", lambda s: s.sex.value if s.sex else "", lambda p: p.sex.value if p.sex else ""),
    Line("address", lambda s: places_in_words(s.addresses), _own_place),
    Line("earlier homes", lambda s: "", lambda p: "" if p.restricted else places_in_words(p.addresses[1:])),
    Line("telephone", lambda s: "; ".join(s.phones), lambda p: "" if p.restricted else p.phone or ""),
    Line("NHS number", _number, nhs_numbers_in_words),
    Line("household", lambda s: "", lambda p: ""),
)
