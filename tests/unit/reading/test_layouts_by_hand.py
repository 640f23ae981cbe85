"""Single documents in shapes that areas send, written out as they would be typed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import docx
import pytest
from documents import add_table, saved, workbook
from reading_room import read_one

from integration.domain.case_list import Reading
from integration.domain.people import Role

TITLE = "Testshire MARAC case list 3 December 2026"
V, P, C = Role.VICTIM, Role.PERPETRATOR, Role.CHILD
JANE = (V, "SMITH", "Jane", [date(1984, 12, 3)])
BOB = (P, "JONES", "Bob", [date(1980, 5, 4)])
AL = (P, "KHAN", "Al", [date(1981, 6, 5)])
TOM = (C, "SMITH", "Tom", [date(2015, 2, 1)])


def sheet(*rows: Sequence[Any], merged: Sequence[str] = ()) -> Reading:
    return read_one(workbook({"List": [[TITLE], *rows]}, merged))


def word(*blocks: str | Sequence[Sequence[str]]) -> Reading:
    document = docx.Document()
    document.add_heading(TITLE, level=1)
    for block in blocks:
        if isinstance(block, str):
            document.add_paragraph(block)
        else:
            add_table(document, block)
    return read_one(saved(document))


HEAD = ["Case", "Surname", "Forename", "DOB", "Surname", "Forename", "DOB"]
SPLIT = ["1/2026", "SMITH", "Jane", "03/12/1984", "JONES", "Bob", "4/5/80"]
READINGS = {
    "labels inside the cells": lambda: word(
        [
            ["Ref", "Victim details", "Perpetrator details"],
            [
                "1/2026",
                "Name: Jane SMITH\nDOB: 03/12/1984\nAddress: 12 High St, S60 1AA\nGP: Dr Patel",
                "Name: Bob JONES\nDOB: 04/05/1980\nAddress: NFA\nRelationship to victim: husband",
            ],
        ]
    ),
    "surname and forename under groups": lambda: sheet(
        ["", "VICTIM", "", "", "PERPETRATOR", "", ""], HEAD, SPLIT, merged=["B2:D2", "E2:G2"]
    ),
    "a column called type": lambda: sheet(
        ["Case", "Type", "Name", "DOB"],
        ["1/2026", "Victim", "Jane SMITH", "3/12/84"],
        ["1/2026", "Perpetrator", "Bob JONES", "4/5/80"],
    ),
    "the case in a row of its own": lambda: sheet(
        ["Role", "Name", "DOB"], ["Case 1/2026"], ["Victim", "Jane SMITH", "3/12/84"], ["Perp", "Bob JONES", "4/5/80"]
    ),
    "roles down the side": lambda: word(
        "Case 7 - ref 1/2026",
        [["", "Name", "DOB"], ["Victim", "Jane SMITH", "3/12/84"], ["Perpetrator", "Bob JONES", "4/5/80"]],
    ),
    "everything in one line": lambda: word(
        "1. Case ref 1/2026 - Victim: Jane SMITH (DOB 03/12/1984) / Perpetrator: Bob JONES (DOB 04/05/1980)"
    ),
    "sections with headings": lambda: word(
        "Case 1/2026",
        "Section A: Details of victim",
        [["Surname", "SMITH"], ["Forename(s)", "Jane"], ["DOB", "3/12/84"], ["Home address", "12 High St"]],
        "B. Details of alleged perpetrator",
        [["Surname", "JONES"], ["Forename(s)", "Bob"], ["DOB", "4/5/80"]],
    ),
    "a form whose first row is the case": lambda: word(
        [
            ["Case 1/2026 - New", "Case 1/2026 - New"],
            ["Victim", "SMITH, Jane, 3/12/84, 12 High St, S60 1AA"],
            ["Perpetrator", "JONES, Bob, 4/5/80"],
            ["Children", "None"],
        ]
    ),
    "long labels": lambda: word(
        [
            ["Case Number", "1/2026"],
            ["Name of victim (SURNAME in capitals)", "Jane SMITH"],
            ["Date of birth of victim", "3rd December 1984"],
            ["Name(s) of alleged perpetrator(s)", "Bob JONES"],
            ["Date(s) of birth of alleged perpetrator(s)", "4/5/80"],
            ["Reason for referral", "He said that Ann ZZOTHER would..."],
        ]
    ),
    "births in the order of the names": lambda: sheet(
        ["Case", "Victim DOB", "Victim", "Offender DOB", "Offender"],
        ["1/2026", "3/12/84", "Jane SMITH", "4/5/80", "JONES, Bob"],
    ),
}


def people(reading: Reading) -> list[tuple[object, ...]]:
    found = [one for made in reading.cases for one in made.subjects]
    return [(one.role, one.names[0].family, one.names[0].given, list(one.births)) for one in found]


@pytest.mark.parametrize("shape", READINGS)
def test_a_victim_and_a_perpetrator_in_many_shapes(shape: str) -> None:
    reading = READINGS[shape]()
    assert reading.problems == ()
    assert [made.case_ref for made in reading.cases] == ["1/2026"]
    assert people(reading) == [JANE, BOB]


def test_two_perpetrators_and_a_child_in_many_shapes() -> None:
    shapes = [
        word(
            "Case 1/2026",
            [["", "Victim", "Perpetrator 1", "Perpetrator 2"], ["Name", "Jane SMITH", "Bob JONES", "Al KHAN"],
             ["DOB", "3/12/84", "4/5/80", "5/6/81"]],
            "Children",
            [["Name", "DOB", "School"], ["Tom SMITH", "1/2/15", "Not known"]],
        ),
        sheet(
            ["Case", "Victim", "Perpetrator(s)", "Children"],
            ["1/2026", "SMITH, Jane (DOB 3/12/84)", "1. JONES, Bob 4/5/80\n2. KHAN, Al (aka Ali) 5/6/81",
             "Tom SMITH 1/2/15"],
        ),
        word(
            [["Case ref", "1/2026"], ["Victim", "Jane SMITH 3/12/84"], ["Names of perpetrators", "Bob JONES; Al KHAN"],
             ["Dates of birth of perpetrators", "4/5/80; 5/6/81"], ["Children", "Tom SMITH (1/2/15)"]]
        ),
    ]  # fmt: skip
    for reading in shapes:
        assert reading.problems == ()
        assert people(reading) == [JANE, BOB, AL, TOM]


def test_repeat_in_the_heading_of_a_case() -> None:
    for text, repeat in (
        ("Case 1/2026 (Repeat)", True),
        ("Case 1/2026 - New", False),
        ("Case 1/2026    Repeat: Yes", True),
    ):
        reading = word(text, "Victim: Jane SMITH", "Perpetrator: Bob JONES")
        assert [made.repeat for made in reading.cases] == [repeat]
