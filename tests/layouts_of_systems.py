"""Layouts of case management systems, and of forms that grew over the years: machine headings, boxes, letters."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from typing import Any

import docx
from documents import add_table, address, births_or_age, child, name, of_role, saved, workbook
from layouts import AREA, DAY, TITLE, Maker
from layouts_of_others import Rows, grown, yes

from integration.domain.case_list import Case
from integration.domain.people import Role, Subject

WORDS = {Role.VICTIM: "Victim", Role.PERPETRATOR: "Perpetrator", Role.CHILD: "Child"}
LETTERS = {Role.VICTIM: "V", Role.PERPETRATOR: "P", Role.CHILD: "C"}


def halves(one: Subject) -> list[Any]:
    """Forenames, surname, birth and age, a cell each."""
    first = one.names[0]
    return [first.given, first.family, one.births[0] if one.births else "", one.age]


def export_of_cases(cases: Sequence[Case]) -> bytes:
    """A row a case, many columns, headings run together and numbered."""
    head = ["CaseReference", "CaseStatus", "MeetingDate", "MaracArea", "IsRepeat", "RiskLevel"]
    head += ["VictimTitle", "VictimForename1", "VictimForename2", "VictimSurname", "VictimDOB", "VictimAge", "VictimGP"]
    head += ["Perp1Forename1", "Perp1Surname", "Perp1DOB", "Perp1Age", "Perp2Forename1", "Perp2Surname", "Perp2DOB"]
    head += [f"Child{at}{what}" for at in (1, 2) for what in ("Forename", "Surname", "DOB", "Age")]
    rows: Rows = [[*head, "CreatedBy", "LastUpdated"]]
    for case in cases:
        victim, perpetrator = grown(case)
        forename, *middle = victim.names[0].given.split()
        told: list[Any] = [case.case_ref, "Open", DAY, AREA, case.repeat, "High"]
        told += ["Ms", forename, " ".join(middle), *halves(victim)[1:], "Beck"]
        told += [*halves(perpetrator), "", "", ""]
        for one in of_role(case, Role.CHILD):
            told += halves(one)
        rows.append([*told, *[""] * (len(head) - len(told)), "admin1", DAY])
    return workbook({"Export": rows})


def export_of_nominals(cases: Sequence[Case]) -> bytes:
    """A row a person, who is called a nominal."""
    out = ["Case ID,Nominal ID,Nominal Role,Nominal Forename,Nominal Surname,Nominal DOB,Nominal Age,Repeat,"]
    out[0] += "Meeting Date,Area"
    for case in cases:
        for at, one in enumerate(case.subjects):
            born = f"{one.births[0]:%d/%m/%Y}" if one.births else ""
            told = [case.case_ref, str(4000 + at), WORDS[one.role], one.names[0].given, one.names[0].family, born]
            out.append(",".join([*told, str(one.age or ""), yes(case), f"{DAY:%d/%m/%Y}", AREA]))
    return "\r\n".join(out).encode()


def export_of_subjects(cases: Sequence[Case]) -> bytes:
    """Numbered subjects side by side, each with a cell that tells the role, in either order."""
    people = 1 + max(len(case.subjects) for case in cases)
    asked = ("Role", "Forename", "Surname", "DOB", "Age")
    head = [f"Subject {at + 1} {what}" for at in range(people) for what in asked]
    rows: Rows = [[TITLE], ["Case Ref", "Repeat", *head]]
    for at, case in enumerate(cases):
        told: list[Any] = [case.case_ref, yes(case)]
        for one in case.subjects if at % 2 else case.subjects[::-1]:
            told += [WORDS[one.role], *halves(one)]
        rows.append(told)
    return workbook({"Data": rows})


def a_sheet_a_role(cases: Sequence[Case]) -> bytes:
    """Victims, perpetrators and children on sheets of their own."""
    sheets: dict[str, Sequence[Sequence[Any]]] = {"Cases": [[TITLE], ["Case Ref", "Repeat"]]}
    for title, role in (("Victims", Role.VICTIM), ("Perpetrators", Role.PERPETRATOR), ("Children", Role.CHILD)):
        rows: Rows = [[TITLE], ["Case Ref", "Surname", "Forename", "DOB / age", "Repeat"]]
        for case in cases:
            for one in of_role(case, role):
                rows.append([case.case_ref, one.names[0].family, one.names[0].given, births_or_age(one), yes(case)])
        sheets[title] = rows
    return workbook(sheets)


def parties_in_one_cell(cases: Sequence[Case]) -> bytes:
    """One column for everybody, a letter before each name."""
    document = docx.Document()
    document.add_paragraph(f"{AREA} MARAC agenda {DAY:%d/%m/%Y}")
    rows = [("Case No", "Parties", "Repeat")]
    for case in cases:
        told = [f"{LETTERS[one.role]}: {name(one)} {births_or_age(one)}" for one in case.subjects]
        rows.append((case.case_ref, "\n".join(told), yes(case)))
    add_table(document, rows)
    return saved(document)


def fields_down_roles_across(cases: Sequence[Case]) -> bytes:
    """One table for all: a block of rows a case, the roles over two columns, labels in a column without a heading."""
    document = docx.Document()
    document.add_heading(f"{AREA} MARAC \u2013 {DAY:%d/%m/%Y} \u2013 cases", 1)
    rows = [("Case ref", "", "Victim", "Perpetrator", "Children", "Repeat")]
    for case in cases:
        victim, perpetrator = grown(case)
        children = "\n".join(child(one) for one in of_role(case, Role.CHILD))
        rows.append((case.case_ref, "Name", name(victim), name(perpetrator), children, yes(case)))
        rows.append(("", "DOB", births_or_age(victim), births_or_age(perpetrator), "", ""))
        rows.append(("", "Address", address(victim), address(perpetrator), "", ""))
        rows.append(("", "Ethnicity", "Not known", "Not known", "", ""))
    add_table(document, rows)
    return saved(document)


def boxes(cases: Sequence[Case]) -> bytes:
    """Every case a box of lines with a label or two in each."""
    document = docx.Document()
    document.add_table(1, 1).cell(0, 0).text = f"{AREA.upper()} MARAC\nCASES FOR DISCUSSION\n{DAY.day}rd {DAY:%B %Y}"
    for at, case in enumerate(cases, start=1):
        document.add_paragraph("")
        out = [f"Case {at}   Ref: {case.case_ref}   Repeat: {yes(case)}"]
        for one in grown(case):
            out += [f"{WORDS[one.role].upper()}: {name(one)}   DOB: {births_or_age(one)}", f"Address: {address(one)}"]
        children = "; ".join(child(one) for one in of_role(case, Role.CHILD))
        document.add_table(1, 1).cell(0, 0).text = "\n".join([*out, f"CHILDREN: {children or 'None'}"])
    return saved(document)


def labels_along_the_line(cases: Sequence[Case]) -> bytes:
    """Labels with their values, parted by tabs; the number on the agenda is not the reference."""
    document = docx.Document()
    document.add_paragraph(f"{AREA.upper()} MARAC\t{DAY.day} {DAY:%B %Y}")
    for case in cases:
        document.add_paragraph(f"CASE NO: {case.case_ref}\tAGENCY: Police\tREPEAT: {yes(case)}")
        for one in grown(case):
            whose = WORDS[one.role]
            document.add_paragraph(f"{whose}'s name: {name(one)}\tDOB: {births_or_age(one)}\tAddress: {address(one)}")
        for one in of_role(case, Role.CHILD):
            document.add_paragraph(f"Child's name: {name(one)}\tDOB: {births_or_age(one)}\tSchool: Beck Academy")
    return saved(document)


def dashes(cases: Sequence[Case]) -> bytes:
    """Text with dashes where others put colons."""
    out = [f"{AREA} MARAC - {DAY.day} {DAY:%B %Y}", ""]
    for at, case in enumerate(cases, start=1):
        out += [f"{at}) {case.case_ref}", f"Repeat: {yes(case)}"]
        out += [f"   {WORDS[one.role]} - {name(one)} - {births_or_age(one)}" for one in case.subjects]
    return "\n".join(out).encode()


def lines_under_headings(cases: Sequence[Case]) -> bytes:
    """A role in a line of its own, and below it what is known of somebody, a line each."""
    document = docx.Document()
    document.add_heading(f"{AREA} MARAC case list", 1)
    document.add_paragraph(f"{DAY:%d/%m/%Y}")
    for at, case in enumerate(cases, start=1):
        document.add_heading(f"Case {at} \u2013 {case.case_ref} ({'Repeat' if case.repeat else 'New'})", 2)
        for one in grown(case):
            told = [WORDS[one.role], name(one), births_or_age(one)]
            for text in [*told, *(part for place in one.addresses for part in (place.line, place.postcode or ""))]:
                document.add_paragraph(text)
        if of_role(case, Role.CHILD):
            document.add_paragraph("Children")
        for one in of_role(case, Role.CHILD):
            document.add_paragraph(f"{name(one)} {births_or_age(one)}", style="List Bullet")
    return saved(document)


def bullets_in_a_mail(cases: Sequence[Case]) -> bytes:
    """A mail whose plain text only says that there is another form."""
    message = EmailMessage()
    message["Subject"] = "MARAC"
    message.set_content("Please view in HTML.")
    told = f"<p>Dear all</p><p>Cases for the {AREA} MARAC on {DAY:%d/%m/%Y}:</p>"
    for at, case in enumerate(cases, start=1):
        told += f"<p><b>Case {at}: {case.case_ref} ({'Repeat' if case.repeat else 'New'})</b></p><ul>"
        told += "".join(f"<li>{WORDS[one.role]}: {name(one)}, {births_or_age(one)}</li>" for one in case.subjects)
        told += "</ul>"
    message.add_alternative(f"<html><body>{told}</body></html>", subtype="html")
    return message.as_bytes()


LAYOUTS: dict[str, Maker] = {
    "export of cases": export_of_cases,
    "export of nominals": export_of_nominals,
    "export of subjects": export_of_subjects,
    "a sheet a role": a_sheet_a_role,
    "parties in one cell": parties_in_one_cell,
    "fields down, roles across": fields_down_roles_across,
    "boxes": boxes,
    "labels along the line": labels_along_the_line,
    "dashes": dashes,
    "lines under headings": lines_under_headings,
    "bullets in a mail": bullets_in_a_mail,
}
