"""What a document is and which meeting it is for; what is not ours is not taken for a case list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import docx
import pytest
from documents import add_table, saved, workbook
from reading_room import read_one, vocabulary

from integration.domain.case_list import DocumentKind, Reading
from mappings.case_lists.meetings import area_in

HEAD = ["Case No", "Victim name", "Victim DOB", "Perpetrator name", "Perpetrator DOB"]
ROW = ["1/2026/001", "ZZVERA, Ann", "02/01/1981", "ZZPIKE, Bob", "02/01/1971"]


def titled(*lines: str, table: Sequence[Sequence[str]] = (HEAD, ROW)) -> Reading:
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    if table:
        add_table(document, table)
    return read_one(saved(document))


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Testshire MARAC case list", DocumentKind.CASE_LIST),
        ("Testshire MARAC agenda", DocumentKind.CASE_LIST),
        ("HRDA - cases for discussion", DocumentKind.CASE_LIST),
        ("List of cases to be heard at MARAC", DocumentKind.CASE_LIST),
        ("Testshire MARAC", DocumentKind.CASE_LIST),
        ("Community MARAC case list", DocumentKind.UNRECOGNISED),
        ("CMARAC agenda", DocumentKind.UNRECOGNISED),
        ("MARAC newsletter, autumn", DocumentKind.UNRECOGNISED),
        ("MARAC referral form", DocumentKind.UNRECOGNISED),
        ("MARAC actions log", DocumentKind.UNRECOGNISED),
        ("MARAC cases where 12 months have passed", DocumentKind.UNRECOGNISED),
        ("Minutes of the Testshire MARAC", DocumentKind.MINUTES),
        ("MARAC Minutes 3 December 2026", DocumentKind.MINUTES),
        ("MARAC research form", DocumentKind.RESEARCH_FORM),
        ("Agency research request for MARAC", DocumentKind.RESEARCH_FORM),
    ],
)
def test_the_title_says_what_it_is(title: str, kind: DocumentKind) -> None:
    reading = titled("OFFICIAL - SENSITIVE", title)
    assert reading.kind is kind
    assert bool(reading.cases) == (kind is not DocumentKind.UNRECOGNISED)


def test_without_a_title_the_columns_say_that_it_is_a_case_list() -> None:
    assert titled().kind is DocumentKind.CASE_LIST


@pytest.mark.parametrize(
    "table",
    [
        [
            ["Case No", "Victim", "Action", "Owner", "Due date"],
            ["1/2026/001", "ZZVERA, Ann", "Fit locks", "Housing", "Friday"],
        ],
        [["Name", "Date of birth", "Address"], ["ZZVERA, Ann", "02/01/1981", "12 Nowhere Street"]],
        [["Agency", "Name", "Present"], ["Police", "ZZSERGEANT, Sue", "Yes"]],
        [["Month", "Cases heard", "Repeats"], ["May", "16", "4"]],
    ],
)
def test_tables_that_are_no_case_list(table: Sequence[Sequence[str]]) -> None:
    reading = titled("To whom it may concern", table=table)
    assert reading.kind is DocumentKind.UNRECOGNISED
    assert not reading.cases


def test_a_patient_extract_is_no_case_list() -> None:
    extract = b"local_id,nhs_number,family,given,dob,sex\n1,9990000018,ZZTESTER,Jane,1984-03-02,F\n"
    assert read_one(extract).kind is DocumentKind.UNRECOGNISED


def test_minutes_on_an_agenda_are_an_item_and_not_the_document() -> None:
    reading = titled("Testshire MARAC agenda", "Minutes of the last meeting", "Cases")
    assert reading.kind is DocumentKind.CASE_LIST


@pytest.mark.parametrize(
    ("title", "area"),
    [
        ("ROTHERHAM MARAC - CASE LIST - Thursday 3rd December 2026", "Rotherham"),
        ("North Lincolnshire MARAC agenda and case list", "North Lincolnshire"),
        ("Minutes of the Rotherham MARAC", "Rotherham"),
        ("Daily MARAC - Hampshire", "Hampshire"),
        ("MARAC agenda and case list - Doncaster - 3 December 2026", "Doncaster"),
        ("Dorset High Risk Domestic Abuse meeting", "Dorset"),
        ("MARAC for South Tyneside", "South Tyneside"),
        ("Kensington and Chelsea MARAC", "Kensington and Chelsea"),
        ("STOKE-ON-TRENT MARAC", "Stoke-on-Trent"),
        ("Marac case list: Southend", "Southend"),
        ("MARAC research form", None),
        ("MARAC Case List", None),
        ("Case list", None),
    ],
)
def test_areas_in_titles(title: str, area: str | None) -> None:
    assert area_in(title, vocabulary()) == area


@pytest.mark.parametrize(
    ("lines", "area", "day"),
    [
        (["Testshire MARAC case list 3 December 2026"], "Testshire", date(2026, 12, 3)),
        (["Testshire MARAC agenda", "Date of meeting: 3rd December 2026    Time: 9"], "Testshire", date(2026, 12, 3)),
        (["MARAC case list", "Area: Testshire", "Meeting date: 03.12.26"], "Testshire", date(2026, 12, 3)),
        (["Testshire MARAC agenda", "Thursday 3rd December 2026", "Chair: DI"], "Testshire", date(2026, 12, 3)),
        (["Testshire MARAC agenda", "Date of next meeting: 17/12/2026"], "Testshire", None),
        (["MARAC case list"], None, None),
    ],
)  # fmt: skip
def test_the_meeting_in_titles_and_labels(lines: list[str], area: str | None, day: date | None) -> None:
    meeting = titled(*lines).meeting
    assert (meeting.area, meeting.date) == (area, day)


def test_two_meetings_in_one_document_are_a_doubt() -> None:
    rows = "area,meeting_date,case,role,surname\nTestshire,03/12/2026,1,Victim,ZZA\nTestshire,04/12/2026,2,Victim,ZZB\n"
    reading = read_one(rows.encode())
    assert reading.meeting.date is None
    assert reading.doubts_whole_document()
    rows = rows.replace("04/", "03/").replace("Testshire,03/12/2026,2", "Elsewhere,03/12/2026,2")
    reading = read_one(rows.encode())
    assert reading.meeting.area is None
    assert reading.doubts_whole_document()


def test_the_files_name_speaks_where_the_document_is_silent() -> None:
    reading = read_one(workbook({"Sheet1": [HEAD, ROW]}), "Testshire_MARAC_case_list_03.12.2026.xlsx")
    assert (reading.meeting.area, reading.meeting.date) == ("Testshire", date(2026, 12, 3))
    reading = read_one(
        workbook({"Sheet1": [["Othershire MARAC 17/12/2026"], HEAD, ROW]}), "Testshire MARAC 03.12.2026.xlsx"
    )
    assert (reading.meeting.area, reading.meeting.date) == ("Othershire", date(2026, 12, 17))
    assert reading.doubts_whole_document()  # where both speak of a meeting they must agree
