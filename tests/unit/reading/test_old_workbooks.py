"""Workbooks in the old .xls format, written by a program that still writes them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from builders import case, subject
from documents import CASE_HEADINGS, case_row
from reading_room import everybody, read_one

from integration.domain.case_list import DocumentKind
from integration.domain.people import Role
from mappings.case_lists.compound import XLS
from mappings.case_lists.refusals import Refusal, Refused

CASES = [
    case(
        f"27/2026/00{number}",
        subject(family=f"ZZVICTIM{'ABCD'[number]}", given="Zoë Ann", births=(date(1984, number, 2),)),
        subject(Role.PERPETRATOR, f"ZZOTHER{'ABCD'[number]}", "Jo", births=(), age=30 + number),
        repeat=number % 2 == 0,
    )
    for number in range(1, 4)
]


def old_workbook(rows: Sequence[Sequence[Any]]) -> bytes:
    xlwt = pytest.importorskip("xlwt", reason="requirements-dev.lock names it; `make test` installs it")
    made = xlwt.Workbook(encoding="utf-8")
    sheet = made.add_sheet("Case list")
    as_date = xlwt.easyxf(num_format_str="DD/MM/YYYY")
    for down, row in enumerate(rows):
        for across, value in enumerate(row):
            if isinstance(value, date):
                sheet.write(down, across, value, as_date)
            elif value not in (None, ""):
                sheet.write(down, across, value)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def case_list() -> bytes:
    title = "ROTHERHAM MARAC - CASE LIST - 03/12/2026"
    return old_workbook([[title], [], list(CASE_HEADINGS), *(case_row(made) for made in CASES)])


@pytest.mark.parametrize("name", ["list.xls", "", "LIST.XLS"])
def test_a_list_in_an_old_workbook_comes_back(name: str) -> None:
    reading = read_one(case_list(), name)
    assert (reading.kind, reading.media_type) == (DocumentKind.CASE_LIST, XLS)
    assert (reading.meeting.area, reading.meeting.date) == ("Rotherham", date(2026, 12, 3))
    assert reading.problems == ()
    assert everybody(reading.cases) == everybody(CASES)


def test_dates_in_an_old_workbook_are_dates_and_not_numbers() -> None:
    rows: list[list[Any]] = [["Case ref", "Role", "Surname", "Forename", "Date of birth"],
            ["1", "Victim", "ZZTESTER", "Ann", date(1984, 3, 2)],
            ["1", "Perpetrator", "ZZOTHER", "Jo", date(1980, 11, 30)]]  # fmt: skip
    (read,) = read_one(old_workbook([["MARAC case list Rotherham 03/12/2026"], *rows]), "a.xls").cases
    assert {(one.role, one.births) for one in read.subjects} == {
        (Role.VICTIM, (date(1984, 3, 2),)),
        (Role.PERPETRATOR, (date(1980, 11, 30),)),
    }


def test_an_old_workbook_that_calls_itself_something_else_is_refused() -> None:
    with pytest.raises(Refused) as raised:
        read_one(case_list(), "list.docx")
    assert raised.value.refusal is Refusal.NAME_AND_CONTENT_DIFFER
