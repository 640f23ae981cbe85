"""Synthetic documents of every kind that is read, made from domain cases. Nobody in them exists.

Each function returns bytes. The same `Case` values go in that the reader should bring out, so a test can compare.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import docx
import openpyxl

from integration.domain.case_list import Case
from integration.domain.people import Address, Role, Subject

MARKING = "OFFICIAL - SENSITIVE. Restricted when complete."
NOWHERE = "NFA / not known"

FLAT_COLUMNS = (
    "marac_area", "meeting_date", "case_ref", "role", "surname", "forenames", "also_known_as", "date_of_birth", "age",
    "gender", "address", "postcode", "nhs_number", "referring_agency", "repeat",
)  # fmt: skip
CASE_HEADINGS = (
    "Case No", "Referring Agency", "Repeat (Y/N)", "Victim Name", "Victim DOB", "Victim Address", "Victim NHS No",
    "Perpetrator(s) name", "Perpetrator(s) DOB", "Perpetrator(s) address", "Relationship to victim", "Children",
)  # fmt: skip


# --- one row a case, in a workbook


def workbook_case_list(cases: Sequence[Case], area: str = "Rotherham", meeting_date: date = date(2026, 12, 3)) -> bytes:
    """A sheet with a title, a protective marking, and one row a case."""
    title = f"{area.upper()} MARAC - CASE LIST - {long_date(meeting_date)}"
    rows: list[list[Any]] = [[title], ["RESTRICTED WHEN COMPLETE - do not forward"], [], list(CASE_HEADINGS)]
    rows += [case_row(case) for case in cases]
    return workbook({"Case list": rows})


def case_row(case: Case) -> list[Any]:
    """A case as one row: the people of a role share a cell, a line each."""
    victims, perpetrators, children = (of_role(case, role) for role in (Role.VICTIM, Role.PERPETRATOR, Role.CHILD))
    return [
        case.case_ref,
        "Police",
        "Y" if case.repeat else "N",
        lines(victims, name),
        victims[0].births[0] if len(victims) == 1 and len(victims[0].births) == 1 else lines(victims, births_or_age),
        lines(victims, address),
        lines(victims, lambda person: person.nhs_number or ""),
        lines(perpetrators, name),
        lines(perpetrators, births_or_age),
        lines(perpetrators, address),
        "partner",
        "; ".join(child(person) for person in children) or "None",
    ]


def workbook(sheets: dict[str, Sequence[Sequence[Any]]], merged: Sequence[str] = ()) -> bytes:
    """A workbook from plain rows; `merged` are ranges of the first sheet."""
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
        for cell in (cell for line in sheet.iter_rows() for cell in line if isinstance(cell.value, date)):
            cell.number_format = "DD/MM/YYYY"
    for place in merged:
        made.worksheets[0].merge_cells(place)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


# --- one row a person, in CSV


def flat_csv(cases: Sequence[Case], area: str = "Doncaster", meeting_date: date = date(2026, 12, 10)) -> bytes:
    """A header and one line a person."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(FLAT_COLUMNS)
    writer.writerows(flat_row(case, person, area, meeting_date) for case in cases for person in case.subjects)
    return target.getvalue().encode()


def flat_row(case: Case, person: Subject, area: str, meeting_date: date) -> list[str]:
    first = person.names[0]
    place = person.addresses[0] if person.addresses else Address()
    return [
        area,
        short_date(meeting_date),
        case.case_ref,
        person.role.value.title(),
        first.family,
        first.given,
        "; ".join(f"{other.given} {other.family}".strip() for other in person.names[1:]),
        " or ".join(short_date(born) for born in person.births),
        "" if person.age is None else str(person.age),
        person.sex.value if person.sex else "",
        place.line,
        place.postcode or "",
        person.nhs_number or "",
        "Police",
        "Yes" if case.repeat else "No",
    ]


# --- one row a case, in a Word table


def word_table(
    cases: Sequence[Case], area: str = "North Lincolnshire", meeting_date: date = date(2026, 12, 17)
) -> bytes:
    """An agenda with a table; everything about a person stands in one cell."""
    document = _document(f"{area} MARAC agenda and case list", meeting_date)
    headings = ("No.", "Victim", "Alleged perpetrator", "Children", "Referred by", "Repeat?")
    rows = [
        (
            case.case_ref,
            lines(of_role(case, Role.VICTIM), particulars),
            lines(of_role(case, Role.PERPETRATOR), particulars),
            lines(of_role(case, Role.CHILD), child) or "None",
            "Police",
            "Yes" if case.repeat else "No",
        )
        for case in cases
    ]
    add_table(document, [headings, *rows])
    return saved(document)


# --- research forms and minutes


def research_form(case: Case, meeting_date: date = date(2026, 12, 3), agency: str = "RDaSH") -> bytes:
    """One agency's answers about one case."""
    document = _document("MARAC research form", meeting_date)
    document.add_paragraph(
        f"Please complete for each case your agency holds information on. Case reference: {case.case_ref}"
    )
    rows = [("Agency", agency)]
    for person in case.subjects:
        if person.role in (Role.VICTIM, Role.PERPETRATOR):
            role = person.role.value.title()
            rows += [(f"{role} name", name(person)), (f"{role} DOB", births_or_age(person))]
    rows += [
        ("Recent contact / visits", "Seen in clinic on 3 occasions since August."),
        ("Professional opinion", "Low mood, reports fear of partner."),
        ("Information NOT to be shared and why", "None"),
    ]
    add_table(document, rows)
    return saved(document)


def minutes(cases: Sequence[Case], area: str = "Rotherham", meeting_date: date = date(2026, 12, 3)) -> bytes:
    """A heading and a paragraph a case."""
    document = _document(f"Minutes of the {area} MARAC", meeting_date)
    document.add_paragraph("Present: Police, IDVA Service, Health, Probation, Housing. Apologies: Education.")
    for case in cases:
        victims, perpetrators = of_role(case, Role.VICTIM), of_role(case, Role.PERPETRATOR)
        document.add_heading(f"Case {case.case_ref}: {name(victims[0])}", level=2)
        for person in perpetrators:
            document.add_paragraph(
                f"Alleged perpetrator {name(person)}. Discussion summarised. Actions: Health to flag file; "
                "Housing to fit locks."
            )
    return saved(document)


# --- the parts


def _document(title: str, meeting_date: date) -> Any:
    document = docx.Document()
    document.add_paragraph(MARKING)
    document.add_heading(title, level=1)
    document.add_paragraph(
        f"Date of meeting: {long_date(meeting_date)}    Time: 09:30    Venue: MS Teams    Chair: Detective Inspector"
    )
    return document


def add_table(document: Any, rows: Sequence[Sequence[str]]) -> Any:
    table = document.add_table(rows=len(rows), cols=max(len(row) for row in rows))
    for made, row in zip(table.rows, rows, strict=True):
        for cell, text in zip(made.cells, row, strict=False):
            cell.text = text
    return table


def saved(document: Any) -> bytes:
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def of_role(case: Case, role: Role) -> list[Subject]:
    return [person for person in case.subjects if person.role is role]


def lines(people: Sequence[Subject], told: Callable[[Subject], str]) -> str:
    return "\n".join(told(person) for person in people)


def name(person: Subject) -> str:
    """SURNAME, Given, with the other names behind."""
    first = person.names[0]
    own = ", ".join(part for part in (first.family.upper(), first.given) if part)
    others = [f"{other.given} {other.family.upper()}".strip() for other in person.names[1:]]
    return f"{own} aka {' / '.join(others)}" if others else own


def births_or_age(person: Subject) -> str:
    if person.births:
        return " or ".join(short_date(born) for born in person.births)
    return "not known" if person.age is None else f"age {person.age}"


def address(person: Subject) -> str:
    places = [", ".join(part for part in (place.line, place.postcode) if part) for place in person.addresses]
    return "; ".join(places) or NOWHERE


def child(person: Subject) -> str:
    first = person.names[0]
    return f"{first.given} {first.family} ({births_or_age(person)})".replace("  ", " ").strip()


def particulars(person: Subject) -> str:
    """Everything about somebody, a line each."""
    told = [name(person), f"DOB: {births_or_age(person)}"]
    told += [f"NHS No: {person.nhs_number}"] if person.nhs_number else []
    return "\n".join([*told, address(person)])


def short_date(day: date) -> str:
    return day.strftime("%d/%m/%Y")


def long_date(day: date) -> str:
    """Thursday 3rd December 2026."""
    ending = "th" if 10 < day.day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10, "th")
    return f"{day:%A} {day.day}{ending} {day:%B %Y}"
