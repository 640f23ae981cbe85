"""More layouts, drawn as somebody else would: sheets, banners, boxes, printouts, one line a case, on their side."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from itertools import zip_longest
from typing import Any

import docx
from documents import add_table, address, births_or_age, child, lines, name, of_role, saved, workbook
from layouts import AREA, DAY, TITLE, Maker

from integration.domain.case_list import Case
from integration.domain.people import Role, Subject

Rows = list[list[Any]]
BOTH = (Role.VICTIM, Role.PERPETRATOR)


def yes(case: Case) -> str:
    return "Yes" if case.repeat else "No"


def grown(case: Case) -> list[Subject]:
    """The victim and the perpetrator, in this order."""
    return [of_role(case, role)[0] for role in BOTH]


def details_after_names(cases: Sequence[Case]) -> bytes:
    """Details without a role behind each name; titles before the names; a total and the headings again."""
    head = ["Case", "Service User", "DOB", "Address", "Alleged Perpetrator", "DOB", "Address", "Kids", "Repeat"]
    rows: Rows = [[TITLE], ["RESTRICTED"], head]
    for case in cases:
        told = [told for one in grown(case) for told in (f"Ms {name(one)}", births_or_age(one), address(one))]
        rows += [[case.case_ref, *told, lines(of_role(case, Role.CHILD), child) or "-", yes(case)], [], head]
    return workbook({"List": [*rows, ["Total cases:", len(cases)], ["Repeats:", 0]]})


def machine_headings(cases: Sequence[Case]) -> bytes:
    """An export: V and P before each heading, dates without strokes, bars between the cells."""
    out = [f"{AREA.upper()} MARAC CASE LIST|{DAY:%d-%b-%Y}|", ""]
    out += ["REF|V_FORENAME|V_SURNAME|V_DOB|P_FORENAME|P_SURNAME|P_DOB|REPEAT|CHILDREN"]
    for case in cases:
        told = [case.case_ref]
        for person in grown(case):
            born = f"{person.births[0]:%Y%m%d}" if person.births else births_or_age(person)
            told += [person.names[0].given, person.names[0].family, born]
        out.append("|".join([*told, yes(case)[0], "; ".join(child(one) for one in of_role(case, Role.CHILD))]))
    return "\n".join([*out, "", "END OF REPORT"]).encode()


def banner_and_roles_down_the_side(cases: Sequence[Case]) -> bytes:
    """A Word table a case: the case across its top, roles down its side, a reason below; children go on unnamed."""
    document = docx.Document()
    document.add_paragraph(f"{AREA} MARAC, {DAY:%d/%m/%Y}")
    for at, case in enumerate(cases, start=1):
        rows = [(f"CASE {at}: {case.case_ref} ({'Repeat' if case.repeat else 'New'})", "", "")]
        rows += [("", "Name", "DOB")]
        rows += [(one.role.value.title(), name(one), births_or_age(one)) for one in grown(case)]
        children = of_role(case, Role.CHILD)
        rows += [("" if at else "Children", name(one), births_or_age(one)) for at, one in enumerate(children)]
        table = add_table(document, [*rows, ("Reason for referral", "Threats to kill; she fears for her life.", "")])
        table.cell(0, 0).merge(table.cell(0, 2))
        document.add_paragraph("")
    return saved(document)


def banners_in_a_sheet(cases: Sequence[Case]) -> bytes:
    """Blocks down a sheet: a row of labels that opens the case, headings, and a row a person."""
    rows: Rows = [[f"{AREA.upper()} MARAC \u2013 {DAY.day} {DAY:%B %Y}"]]
    for at, case in enumerate(cases, start=1):
        rows += [[], [f"CASE {at}", case.case_ref, "Referred by", "Police", "Repeat", yes(case)]]
        rows += [["", "Name", "DOB", "Address", "Telephone"]]
        rows += [[one.role.value.title(), name(one), births_or_age(one), address(one)] for one in case.subjects]
    return workbook({"Sheet1": rows})


def a_sheet_a_case(cases: Sequence[Case]) -> bytes:
    """A cover, a form on a sheet of its own for each case with its table of children, a sheet of actions."""
    cover: Rows = [[f"{AREA} MARAC"], [f"Agenda for meeting on {DAY:%d/%m/%Y}"], ["1. Apologies"]]
    sheets: dict[str, Sequence[Sequence[Any]]] = {"Cover": cover}
    for at, case in enumerate(cases, start=1):
        rows: Rows = [["CASE NUMBER", case.case_ref], ["Repeat", yes(case)], ["Agency", "Police"]]
        for band, one in zip(("VICTIM DETAILS", "PERPETRATOR DETAILS"), grown(case), strict=True):
            rows += [[], [band], ["Name", name(one)], ["Date of birth", births_or_age(one)], ["Address", address(one)]]
        rows += [[], ["CHILDREN"], ["Name", "DOB", "School"]]
        rows += [[name(one), births_or_age(one), "Beck Academy"] for one in of_role(case, Role.CHILD)]
        sheets[f"Case {at}"] = [*rows, [], ["Reason for referral", "Assault and threats."]]
    sheets["Actions"] = [["Case", "Action", "Owner", "Due"], *([case.case_ref, "Flag", "Health", ""] for case in cases)]
    return workbook(sheets)


def tables_inside_tables(cases: Sequence[Case]) -> bytes:
    """Word tables that only place other tables, and boxes round text."""
    document = docx.Document()
    document.add_table(1, 1).cell(0, 0).text = f"{AREA} MARAC {DAY:%d/%m/%Y}"
    for case in cases:
        document.add_paragraph("")
        outer = document.add_table(2, 2)
        outer.cell(0, 0).merge(outer.cell(0, 1)).text = f"MARAC ref: {case.case_ref}   Repeat: {yes(case)}"
        for cell, word, one in zip(outer.rows[1].cells, ("Victim", "Perpetrator"), grown(case), strict=True):
            cell.text = word
            add_table(cell, [("Name", name(one)), ("D.O.B", births_or_age(one)), ("Address", address(one))])
        for one in of_role(case, Role.CHILD):
            document.add_paragraph(f"Child: {child(one)}")
    return saved(document)


def tab_stops(cases: Sequence[Case]) -> bytes:
    """Columns made with the tabulator."""
    document = docx.Document()
    document.add_paragraph(f"{AREA} MARAC, {DAY:%d %b %Y}")
    document.add_paragraph("Ref\tVictim\tVictim DOB\tPerpetrator\tPerpetrator DOB\tChildren\tRepeat")
    for case in cases:
        told = [told for one in grown(case) for told in (name(one), births_or_age(one))]
        children = "; ".join(child(one) for one in of_role(case, Role.CHILD)) or "None"
        document.add_paragraph("\t".join([case.case_ref, *told, children, yes(case)]))
    return saved(document)


def one_line_a_case(cases: Sequence[Case]) -> bytes:
    """A mail with a numbered line for each case, V: and P: before the names."""
    message = EmailMessage()
    message["Subject"] = "MARAC list"
    text = f"{AREA} MARAC {DAY:%d/%m/%y}\n\n"
    for at, case in enumerate(cases, start=1):
        victim, perpetrator = (f"{name(one)} {births_or_age(one)}" for one in grown(case))
        text += f"{at}. {case.case_ref}  V: {victim}  P: {perpetrator}\nRepeat: {yes(case)}\n"
        text += "".join(f"Child: {child(one)}\n" for one in of_role(case, Role.CHILD))
    message.set_content(f"{text}\nRegards\n")
    return message.as_bytes()


def printout(cases: Sequence[Case]) -> bytes:
    """What an old system prints: all in capitals, blocks under a line of strokes."""
    out = ["RESTRICTED", "", f"{AREA.upper()} MARAC", f"DATE OF MEETING: {DAY:%d/%m/%Y}", ""]
    for case in cases:
        out += ["=" * 40, f"MARAC NO: {case.case_ref}     REPEAT: {yes(case).upper()}", ""]
        for band, one in zip(("SUBJECT (VICTIM)", "PERPETRATOR"), grown(case), strict=True):
            out += [band, f"  SURNAME:   {one.names[0].family.upper()}", f"  FORENAMES: {one.names[0].given.upper()}"]
            out += [f"  BORN:      {births_or_age(one).upper()}", f"  ADDRESS:   {address(one).upper()}", ""]
        children = of_role(case, Role.CHILD)
        out += ["CHILDREN", *(f"  {name(one)} {births_or_age(one)}" for one in children), ""] if children else []
    return "\r\n".join(out).encode()


def on_its_side(cases: Sequence[Case]) -> bytes:
    """Labels down the side, a column for each case."""
    bands = ("VICTIM", "PERPETRATOR")
    labels = [told for band in bands for told in (band, "Name", "DOB", "Address")]
    columns = [["Case ref", "Repeat", *labels, "Children"]]
    for case in cases:
        told = [told for one in grown(case) for told in ("", name(one), births_or_age(one), address(one))]
        columns.append([case.case_ref, yes(case), *told, lines(of_role(case, Role.CHILD), child) or "None"])
    return workbook({"Sheet1": [[TITLE], [], *map(list, zip_longest(*columns, fillvalue=""))]})


def a_heading_a_case(cases: Sequence[Case]) -> bytes:
    """A heading and a table of labels for each case, children without labels; the date in a line of its own."""
    document = docx.Document()
    document.add_heading(f"{AREA} MARAC Case List", 0)
    document.add_paragraph(f"{DAY:%A} {DAY.day}rd {DAY:%B %Y}, 09:30, Civic Offices")
    for at, case in enumerate(cases, start=1):
        document.add_heading(f"Case {at} \u2013 {case.case_ref} ({'Repeat' if case.repeat else 'New'})", 2)
        rows: list[tuple[str, str]] = []
        for band, one in zip(("Victim", "Perpetrator"), grown(case), strict=True):
            rows += [(band, ""), ("Name", name(one)), ("DOB", births_or_age(one)), ("Address", address(one))]
        children = [one for one in of_role(case, Role.CHILD) if one.births or one.age is not None]
        rows += [("Children", "")] if children else []
        rows += [(f"{one.names[0].given} {one.names[0].family}".strip(), births_or_age(one)) for one in children]
        add_table(document, rows)
    return saved(document)


def suspect_on_the_left(cases: Sequence[Case]) -> bytes:
    """Side by side, the suspect first; the children's table has a column that speaks of the client."""
    document = docx.Document()
    document.add_paragraph(f"{AREA.upper()} MARAC")
    document.add_paragraph(f"Date: {DAY:%d/%m/%Y}")
    for case in cases:
        victim, suspect = grown(case)
        document.add_paragraph(f"Reference: {case.case_ref}    Repeat: {yes(case)}")
        rows = [("Details of Suspect", "", "Details of Victim", ""), ("Name", name(suspect), "Name", name(victim))]
        rows += [("Date of Birth", births_or_age(suspect), "Date of Birth", births_or_age(victim))]
        table = add_table(document, [*rows, ("Relationship to victim", "Brother", "GP Surgery", "Beck Surgery")])
        table.cell(0, 0).merge(table.cell(0, 1))
        table.cell(0, 2).merge(table.cell(0, 3))
        children = of_role(case, Role.CHILD)
        if children:
            document.add_paragraph("Children")
            head = ("Name & Surname", "Gender", "DOB", "Living with client?")
            add_table(document, [head, *((name(one), "F", births_or_age(one), "Yes") for one in children)])
    return saved(document)


def agency_below_the_reference(cases: Sequence[Case]) -> bytes:
    """A row a person; the case's cell is merged down, and holds the agency and the repeat as well."""
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = f"{AREA} MARAC \u2013 {DAY:%A} {DAY.day} {DAY:%B %Y}"
    rows = [("Case", "Role", "Name", "Date of birth", "Address")]
    spans = []
    for case in cases:
        first = f"{case.case_ref}\nHousing\n{'Repeat' if case.repeat else 'New'}"
        spans.append((len(rows), len(rows) + len(case.subjects) - 1))
        rows += [
            ("" if at else first, one.role.value, name(one), births_or_age(one), address(one))
            for at, one in enumerate(case.subjects)
        ]
    table = add_table(document, rows)
    for top, bottom in spans:
        table.cell(top, 0).merge(table.cell(bottom, 0))
    return saved(document)


def labels_inside_cells(cases: Sequence[Case]) -> bytes:
    """A column without a heading numbers the cases; labels stand inside the cells; schools behind the children."""
    rows: Rows = [[f"MARAC - {AREA.upper()}\tDate \u2013 {DAY.day} {DAY:%B %Y}"]]
    children = "Details of children (name, DOB/age, school)"
    rows += [["", "Survivor details", "Perpetrator details", children, "Repeat case?"]]
    for case in cases:
        told = [f"Name: {name(one)}\nDOB: {births_or_age(one)}\nAdd: {address(one)}" for one in grown(case)]
        children = "\n".join(f"{at}) {child(one)}, Beck Academy" for at, one in enumerate(of_role(case, Role.CHILD), 1))
        rows.append([case.case_ref, *told, children or "Nil", yes(case)])
    return workbook({"Sheet1": rows})


LAYOUTS: dict[str, Maker] = {
    "details after names": details_after_names,
    "machine headings": machine_headings,
    "banner, roles down the side": banner_and_roles_down_the_side,
    "banners in a sheet": banners_in_a_sheet,
    "a sheet a case": a_sheet_a_case,
    "tables inside tables": tables_inside_tables,
    "tab stops": tab_stops,
    "one line a case": one_line_a_case,
    "printout": printout,
    "on its side": on_its_side,
    "a heading a case": a_heading_a_case,
    "suspect on the left": suspect_on_the_left,
    "agency below the reference": agency_below_the_reference,
    "labels inside cells": labels_inside_cells,
}
