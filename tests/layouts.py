"""Layouts that areas use, as unlike each other as real ones: each turns the same cases into a document's bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import docx
from documents import (
    NOWHERE,
    add_table,
    address,
    births_or_age,
    child,
    lines,
    long_date,
    name,
    of_role,
    particulars,
    saved,
    workbook,
)

from integration.domain.case_list import Case
from integration.domain.people import Role, Subject

AREA, DAY = "Testshire", date(2026, 12, 3)
TITLE = f"{AREA} MARAC case list {long_date(DAY)}"
Maker = Callable[[Sequence[Case]], bytes]


def two_header_rows(cases: Sequence[Case], *, swapped: bool = False, groups: tuple[str, str] | None = None) -> bytes:
    """Merged group headings over columns that are called the same in both groups."""
    first, second = groups or ("VICTIM", "ALLEGED PERPETRATOR")
    roles = [Role.VICTIM, Role.PERPETRATOR]
    if swapped:
        roles.reverse()
        first, second = second, first
    head = [
        ["", first, "", "", second, "", "", "", ""],
        ["Case ref", *["Name", "D.O.B.", "Address"] * 2, "Repeat?", "Children"],
    ]
    rows: list[list[Any]] = [[TITLE], *head]
    for case in cases:
        people = [of_role(case, role) for role in roles]
        told = [lines(group, tell) for group in people for tell in (name, births_or_age, address)]
        rows.append(
            [case.case_ref, *told, "Y" if case.repeat else "N", lines(of_role(case, Role.CHILD), child) or "None"]
        )
    return workbook({"Cases": rows}, merged=["A1:I1", "B2:D2", "E2:G2"])


def side_by_side(cases: Sequence[Case], *, left: str = "VICTIM", right: str = "ALLEGED PERPETRATOR") -> bytes:
    """A heading and a form a case, two people beside each other."""
    document = docx.Document()
    document.add_heading(TITLE, level=1)
    for case in cases:
        document.add_heading(f"Case {case.case_ref}", level=2)
        document.add_paragraph(f"Referring agency: Police    Repeat: {'Yes' if case.repeat else 'No'}")
        sides = [of_role(case, Role.VICTIM)[0], of_role(case, Role.PERPETRATOR)[0]]
        if "PERP" in left:
            sides.reverse()
        rows = [(left, left, right, right)]
        rows += [(label, tell(sides[0]), label, tell(sides[1])) for label, tell in FORM]
        table = add_table(document, rows)
        table.cell(0, 0).merge(table.cell(0, 1)).text = left
        table.cell(0, 2).merge(table.cell(0, 3)).text = right
        children = of_role(case, Role.CHILD)
        if children:
            add_table(
                document,
                [("Child name", "DOB", "School"), *((name(one), births_or_age(one), "Not known") for one in children)],
            )
    return saved(document)


FORM: tuple[tuple[str, Callable[[Subject], str]], ...] = (
    ("Name", name),
    ("Date of birth", births_or_age),
    ("Address", address),
    ("NHS number", lambda person: person.nhs_number or ""),
)


def blocks_down_a_sheet(cases: Sequence[Case], bands: tuple[str, str] = ("VICTIM", "PERPETRATOR")) -> bytes:
    """One block a case, a heading over each person, all down one sheet."""
    rows: list[list[Any]] = [[TITLE], []]
    for case in cases:
        rows += [["Case number", case.case_ref], ["Repeat", "Yes" if case.repeat else "No"]]
        for band, role in zip(bands, (Role.VICTIM, Role.PERPETRATOR), strict=True):
            rows.append([band])
            rows += [[label, tell(person)] for person in of_role(case, role) for label, tell in FORM]
        rows += [["Children", lines(of_role(case, Role.CHILD), child) or "None"], []]
    return workbook({"Cases": rows})


def labels_with_roles(cases: Sequence[Case]) -> bytes:
    """A two-column table a case, the role in every label."""
    document = docx.Document()
    document.add_heading(TITLE, level=1)
    for case in cases:
        rows = [("Case reference", case.case_ref), ("Repeat case", "Yes" if case.repeat else "No")]
        for word, role in (("Survivor's", Role.VICTIM), ("Suspect's", Role.PERPETRATOR)):
            for person in of_role(case, role):
                rows += [(f"{word} full name", name(person)), (f"{word} DOB", births_or_age(person))]
                rows += [(f"{word} home address", address(person))]
        rows += [("Children's names and DOBs", lines(of_role(case, Role.CHILD), child) or "None")]
        add_table(document, rows)
        document.add_paragraph("")
    return saved(document)


def one_row_a_person(cases: Sequence[Case], role_heading: str = "Role in case") -> bytes:
    """A sheet with a line a person; the case number stands in the first line only."""
    rows: list[list[Any]] = [
        [TITLE],
        [],
        ["MARAC ref", role_heading, "Surname", "Forename(s)", "DOB", "Age", "Address", "Postcode", "Repeat"],
    ]
    words = {Role.VICTIM: "Survivor", Role.PERPETRATOR: "Alleged perp", Role.CHILD: "Child", Role.OTHER: "Other"}
    for case in cases:
        for at, person in enumerate(case.subjects):
            place = person.addresses[0] if person.addresses else None
            born = person.births[0] if person.births else ""
            told = [words[person.role], person.names[0].family, person.names[0].given, born, person.age or ""]
            told += [place.line, place.postcode or ""] if place else ["", ""]
            rows.append([case.case_ref if at == 0 else "", *told, "Yes" if case.repeat else "No"])
    return workbook({"List": rows})


def perpetrator_first(cases: Sequence[Case]) -> bytes:
    """A Word table whose columns come in the other order, names and births together, under uncommon words."""
    document = docx.Document()
    document.add_heading(f"{AREA} HRDA - cases for discussion", level=1)
    document.add_paragraph(f"Meeting date: {DAY:%d.%m.%Y}")
    headings = (
        "Case No.",
        "Person causing harm (name and DOB)",
        "Address of person causing harm",
        "Client (name and DOB)",
        "Client address",
        "Kids",
        "Repeat Y/N",
    )
    rows = [
        (
            case.case_ref,
            lines(of_role(case, Role.PERPETRATOR), name_and_birth),
            lines(of_role(case, Role.PERPETRATOR), address),
            lines(of_role(case, Role.VICTIM), name_and_birth),
            lines(of_role(case, Role.VICTIM), address),
            lines(of_role(case, Role.CHILD), child) or "N/A",
            "Y" if case.repeat else "N",
        )
        for case in cases
    ]
    add_table(document, [headings, *rows])
    return saved(document)


def name_and_birth(person: Subject) -> str:
    return f"{name(person)} ({births_or_age(person)})"


def roles_across_fields_down(cases: Sequence[Case]) -> bytes:
    """A small grid a case: roles across the top, fields down the side."""
    document = docx.Document()
    document.add_heading(TITLE, level=1)
    for case in cases:
        document.add_paragraph(f"Case ref: {case.case_ref}")
        document.add_paragraph(f"Repeat: {'Yes' if case.repeat else 'No'}")
        people = [of_role(case, role)[0] for role in (Role.VICTIM, Role.PERPETRATOR)]
        add_table(
            document,
            [("", "Victim", "Perpetrator"), *((label, *(tell(person) for person in people)) for label, tell in FORM)],
        )
        for one in of_role(case, Role.CHILD):
            document.add_paragraph(f"Child: {child(one)}")
    return saved(document)


def lines_of_text(cases: Sequence[Case]) -> bytes:
    """No tables at all: a line for each person."""
    document = docx.Document()
    document.add_paragraph(TITLE)
    for case in cases:
        document.add_paragraph(f"Case {case.case_ref}")
        document.add_paragraph(f"Repeat: {'Yes' if case.repeat else 'No'}")
        for label, role in (("Victim", Role.VICTIM), ("Perpetrator", Role.PERPETRATOR), ("Child", Role.CHILD)):
            for person in of_role(case, role):
                place = address(person)
                known = "" if place == NOWHERE else f", {place}"
                document.add_paragraph(f"{label}: {name(person)}, DOB {births_or_age(person)}{known}")
    return saved(document)


def a_table_a_role(cases: Sequence[Case]) -> bytes:
    """Under each case a heading and a table for victims, then for perpetrators, then for children."""
    document = docx.Document()
    document.add_heading(TITLE, level=1)
    for case in cases:
        document.add_heading(f"Case {case.case_ref}", level=2)
        document.add_paragraph(f"Repeat: {'Yes' if case.repeat else 'No'}")
        for heading, role in (
            ("Victim(s)", Role.VICTIM),
            ("Perpetrator(s)", Role.PERPETRATOR),
            ("Children", Role.CHILD),
        ):
            people = of_role(case, role)
            if people:
                document.add_paragraph(heading)
                add_table(
                    document, [("Name", "DOB", "Address"), *((name(p), births_or_age(p), address(p)) for p in people)]
                )
    return saved(document)


def numbered_columns(cases: Sequence[Case]) -> bytes:
    """Columns for a first and a second perpetrator, in a semicolon-separated file in Windows text."""
    headings = "Item;Marac Case Number;Name of Victim;Victim D.O.B;Victim Post Code;Perp 1 name;Perp 1 DOB;"
    headings += "Perp 2 name;Perp 2 DOB;Repeat Referral?;Child details"
    rows = [f"{TITLE};;;;;;;;;;", headings]
    for at, case in enumerate(cases, start=1):
        victims, perpetrators = of_role(case, Role.VICTIM), of_role(case, Role.PERPETRATOR)
        told = [str(at), case.case_ref, name(victims[0]), births_or_age(victims[0])]
        told += [next((place.postcode or "" for place in victims[0].addresses), "")]
        for number in (0, 1):
            known = perpetrators[number] if len(perpetrators) > number else None
            told += [name(known), births_or_age(known)] if known else ["", ""]
        children = " & ".join(child(one) for one in of_role(case, Role.CHILD))
        rows.append(";".join([*told, "Yes" if case.repeat else "No", children or "none known"]))
    return "\r\n".join(rows).encode("cp1252")


def continuation_rows(cases: Sequence[Case]) -> bytes:
    """A victim's row carries the case; further perpetrators and children have rows of their own below."""
    rows: list[list[Any]] = [
        [TITLE],
        [
            "Ref",
            "Victim",
            "Victim's DOB",
            "Victim's address",
            "Offender",
            "Offender's DOB",
            "Offender's address",
            "Children",
            "Repeat",
        ],
    ]
    for case in cases:
        victims, perpetrators, children = (of_role(case, role) for role in (Role.VICTIM, Role.PERPETRATOR, Role.CHILD))
        for at in range(max(len(victims), len(perpetrators), len(children))):
            told: list[Any] = [case.case_ref if at == 0 else ""]
            for people in (victims, perpetrators):
                told += (
                    [name(people[at]), births_or_age(people[at]), address(people[at])]
                    if at < len(people)
                    else ["", "", ""]
                )
            told += [
                child(children[at]) if at < len(children) else "",
                ("Yes" if case.repeat else "No") if at == 0 else "",
            ]
            rows.append(told)
    return workbook({"Sheet1": rows, "Lookups": [["Agency"], ["Police"], ["Housing"]]})


def many_sheets(cases: Sequence[Case]) -> bytes:
    """A sheet of apologies, then the list, with the heading far down and notes below."""
    rows: list[list[Any]] = [["OFFICIAL - SENSITIVE"], [TITLE], ["Chair: Detective Inspector"], [], [], []]
    rows.append(
        [
            "Case",
            "Agency",
            "Victim (name, DOB, address)",
            "Perpetrator (name, DOB, address)",
            "Children (names and DOB)",
            "Repeat",
        ]
    )
    rows += [
        [
            case.case_ref,
            "Housing",
            lines(of_role(case, Role.VICTIM), particulars),
            lines(of_role(case, Role.PERPETRATOR), particulars),
            "; ".join(child(one) for one in of_role(case, Role.CHILD)) or "None",
            "Repeat" if case.repeat else "New",
        ]
        for case in cases
    ]
    rows += [[], ["Total cases:", str(len(cases))], ["Please do not print or forward this list."]]
    return workbook({"Attendance": [["Agency", "Present"], ["Police", "Yes"]], "Case list": rows})


LAYOUTS: dict[str, Maker] = {
    "two header rows": two_header_rows,
    "two header rows, swapped": lambda cases: two_header_rows(cases, swapped=True),
    "side by side": side_by_side,
    "side by side, swapped": lambda cases: side_by_side(cases, left="PERPETRATOR", right="VICTIM"),
    "blocks down a sheet": blocks_down_a_sheet,
    "labels with roles": labels_with_roles,
    "one row a person": one_row_a_person,
    "perpetrator first": perpetrator_first,
    "roles across, fields down": roles_across_fields_down,
    "lines of text": lines_of_text,
    "a table a role": a_table_a_role,
    "numbered columns": numbered_columns,
    "continuation rows": continuation_rows,
    "many sheets": many_sheets,
}
