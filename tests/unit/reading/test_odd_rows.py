"""Rows that are no plain row: nothing is dropped without a word, and what belongs to the page stays quiet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import docx
import openpyxl
import pytest
from documents import add_table, saved, workbook
from reading_room import read_one

from integration.domain.case_list import DocumentKind, Reading
from integration.domain.people import Role
from mappings.reading_json import from_json, to_json

HEAD = [
    "Case No",
    "Victim name",
    "Victim DOB",
    "Victim address",
    "Perpetrator name",
    "Perpetrator DOB",
    "Children",
    "Repeat",
]
ROW = ["1/2026/001", "ZZVERA, Ann", "02/01/1981", "NFA", "ZZPIKE, Bob", "02/01/1971", "None", "No"]


def sheet(*rows: Sequence[Any], merged: Sequence[str] = ()) -> Reading:
    return read_one(workbook({"MARAC case list": [HEAD, *rows]}, merged))


def row(**changed: Any) -> list[Any]:
    names = ["ref", "victim", "victim_dob", "victim_address", "perpetrator", "perpetrator_dob", "children", "repeat"]
    return [changed.get(name, value) for name, value in zip(names, ROW, strict=True)]


def people(reading: Reading) -> list[tuple[str, Role, str]]:
    return [(made.case_ref, one.role, one.names[0].family) for made in reading.cases for one in made.subjects]


BOTH = [("1/2026/001", Role.VICTIM, "ZZVERA"), ("1/2026/001", Role.PERPETRATOR, "ZZPIKE")]


@pytest.mark.parametrize(
    "extra",
    [
        ["RESTRICTED WHEN COMPLETE"],
        ["Page 1 of 2"],
        ["Total", "1"],
        ["Late additions"],
        ["End of list"],
        ["", "", "", "", "", "", "", ""],
        HEAD,
        ["Please do not forward this list"],
    ],
)
def test_what_belongs_to_the_page_is_left_out_quietly(extra: list[str]) -> None:
    reading = sheet(ROW, extra, row(ref="2/2026/002"))
    assert reading.problems == ()
    assert [made.case_ref for made in reading.cases] == ["1/2026/001", "2/2026/002"]


@pytest.mark.parametrize(
    "extra", [["ZZNEW, Carl"], ["", "", "", "", "", "", "", "", "ZZNEW, Carl"], ["Added: ZZNEW, Carl 02/01/1990"]]
)
def test_somebody_outside_the_columns_is_never_lost(extra: list[str]) -> None:
    reading = sheet(ROW, extra)
    assert reading.problems
    assert people(reading)[:2] == BOTH


def test_a_row_without_a_case_number_goes_on_with_the_case_above() -> None:
    reading = sheet(
        ROW, row(ref="", victim="", victim_dob="", victim_address="", perpetrator="ZZPOOLE, Carl", repeat="")
    )
    assert reading.problems == ()
    assert people(reading) == [*BOTH, ("1/2026/001", Role.PERPETRATOR, "ZZPOOLE")]


def test_a_first_row_without_a_case_number_has_no_case_to_go_on_with() -> None:
    reading = sheet(row(ref=""))
    assert reading.doubts_whole_document()


def test_details_without_a_name_hold_the_case_alone() -> None:
    reading = sheet(row(victim=""), row(ref="2/2026/002"))
    assert {problem.case_ref for problem in reading.problems} == {"1/2026/001"}
    assert not reading.problems_of("2/2026/002")


def test_a_case_that_names_nobody_is_held() -> None:
    reading = sheet(["1/2026/001"], row(ref="2/2026/002"))
    assert [(problem.case_ref, problem.where) for problem in reading.problems] == [
        ("1/2026/001", "MARAC case list!row 2")
    ]


def test_a_case_number_merged_down_covers_its_rows() -> None:
    reading = sheet(ROW, row(ref=None, victim=None, perpetrator="ZZPOOLE, Carl"), merged=["A2:A3", "B2:B3"])
    assert reading.problems == ()
    assert people(reading) == [*BOTH, ("1/2026/001", Role.PERPETRATOR, "ZZPOOLE")]


def test_a_case_number_given_again_elsewhere_is_a_doubt_unless_somebody_is_the_same() -> None:
    again = row(perpetrator="ZZPOOLE, Carl")
    assert sheet(ROW, row(ref="2/2026/002"), again).problems == ()
    other = row(victim="ZZOTHER, Dot", perpetrator="ZZPOOLE, Carl")
    assert [problem.case_ref for problem in sheet(ROW, row(ref="2/2026/002"), other).problems] == ["1/2026/001"]


@pytest.mark.parametrize(
    ("value", "births", "age"),
    [
        (date(1981, 1, 2), [date(1981, 1, 2)], None),
        (datetime(1981, 1, 2, 0, 0), [date(1981, 1, 2)], None),  # noqa: DTZ001 - as a workbook holds it
        (29588, [date(1981, 1, 2)], None),
        (45, [], 45),
        ("02/01/1981 or 03/01/1981", [date(1981, 1, 2), date(1981, 1, 3)], None),
        ("2.1.81 (45 yrs)", [date(1981, 1, 2)], 45),
        ("age 45", [], 45),
        ("not known", [], None),
        ("DOB: 02/01/1981", [date(1981, 1, 2)], None),
    ],
)
def test_births_as_workbooks_hold_them(value: Any, births: list[date], age: int | None) -> None:
    reading = sheet(row(victim_dob=value))
    assert reading.problems == ()
    victim = reading.cases[0].subjects[0]
    assert (list(victim.births), victim.age) == (births, age)


@pytest.mark.parametrize("value", ["31/02/1981", "abc", "12/31/1981", -3.5, "02/01/2028"])
def test_births_that_cannot_be_are_held(value: Any) -> None:
    reading = sheet(row(victim_dob=value), row(ref="2/2026/002"))
    assert {problem.case_ref for problem in reading.problems} == {"1/2026/001"}


@pytest.mark.parametrize(
    "changed",
    [
        {"victim": "ZZONE, Ann\nZZTWO, Bea", "victim_dob": "02/01/1981"},
        {"victim": "ZZONE, Ann\nZZTWO, Bea", "victim_dob": "02/01/1981\n03/01/1981\n04/01/1981"},
        {"victim": "ZZONE, Ann / ZZTWO, Bea"},
        {"victim": "Ann and Bea ZZTWO"},
    ],
)
def test_several_people_who_cannot_be_told_apart_hold_their_case(changed: dict[str, str]) -> None:
    reading = sheet(row(**changed), row(ref="2/2026/002"))
    assert {problem.case_ref for problem in reading.problems} == {"1/2026/001"}


def test_numbers_that_a_workbook_holds_as_numbers_keep_their_digits() -> None:
    head = ["Case", "Victim name", "Victim NHS No", "Perpetrator name", "Perpetrator phone"]
    reading = read_one(
        workbook({"MARAC case list": [head, [17, "ZZVERA, Ann", 9449305579, "ZZPIKE, Bob", 447700900123]]})
    )
    (made,) = reading.cases
    assert made.case_ref == "17"
    assert made.subjects[0].nhs_number == "9449305579"
    assert made.subjects[1].phones == ("447700900123",)


def test_an_nhs_number_is_as_written_even_if_its_check_digit_fails() -> None:
    head = ["Case", "Victim name", "Victim NHS No", "Perpetrator name"]
    reading = read_one(workbook({"MARAC case list": [head, ["1", "ZZVERA, Ann", "999 000 0019", "ZZPIKE, Bob"]]}))
    assert reading.cases[0].subjects[0].nhs_number == "9990000019"


def test_a_table_in_a_word_document_that_nobody_understands_holds_the_list() -> None:
    document = docx.Document()
    document.add_heading("Testshire MARAC case list", level=1)
    add_table(document, [["Case", "Victim", "Perpetrator"], ["1/2026", "ZZVERA, Ann", "ZZPIKE, Bob"]])
    add_table(document, [["Agency", "Present"], ["Police", "Yes"]])
    assert read_one(saved(document)).problems == ()
    add_table(document, [["Also", "ZZNEW, Carl"], ["and", "ZZMORE, Dee"]])
    reading = read_one(saved(document))
    assert reading.doubts_whole_document()
    assert [problem.where for problem in reading.problems] == ["table 3"]


def test_a_sentence_outside_the_tables_that_names_somebody_holds_the_list() -> None:
    document = docx.Document()
    document.add_heading("Testshire MARAC case list", level=1)
    add_table(document, [["Case", "Victim", "Perpetrator"], ["1/2026", "ZZVERA, Ann", "ZZPIKE, Bob"]])
    document.add_paragraph("ZZNEW, Carl 02/01/1990")
    assert read_one(saved(document)).doubts_whole_document()


def test_hidden_rows_columns_sheets_and_comments_are_read_and_shown_to_a_person() -> None:
    from io import BytesIO

    from openpyxl.comments import Comment

    def changed(change: Any) -> Reading:
        made = openpyxl.load_workbook(BytesIO(workbook({"MARAC case list": [HEAD, ROW], "More": [["ZZNEW, Carl"]]})))
        change(made)
        target = BytesIO()
        made.save(target)
        return read_one(target.getvalue())

    first = changed(lambda made: made.remove(made["More"]))
    assert first.problems == ()
    for change in (
        lambda made: setattr(made["More"], "sheet_state", "hidden"),
        lambda made: setattr(made.worksheets[0].row_dimensions[2], "hidden", True),
        lambda made: setattr(made.worksheets[0].column_dimensions["E"], "hidden", True),
        lambda made: setattr(made.worksheets[0]["B2"], "comment", Comment("ZZNEW", "ZZNEW")),
        lambda made: setattr(made.worksheets[0]["B2"], "value", "=A1"),
        lambda made: setattr(made.worksheets[0]["B2"], "value", "#REF!"),
    ):
        assert changed(change).doubts_whole_document()


def test_a_document_that_says_case_list_and_holds_none_is_held() -> None:
    reading = read_one(workbook({"Sheet1": [["Testshire MARAC case list"], ["Nothing here yet"]]}))
    assert reading.kind is DocumentKind.CASE_LIST
    assert reading.doubts_whole_document()


@pytest.mark.parametrize("column", ["ref", "victim", "victim_address", "victim_dob"])
def test_a_cell_that_holds_a_whole_story_is_cut_and_shown_to_a_person(column: str) -> None:
    story = "The police were called once more and spoke with everybody at the address. " * 40
    reading = sheet(row(**{column: story}), row(ref="2/2026/002"))
    assert reading.problems
    assert from_json(to_json(reading)) == reading
    assert ("2/2026/002", Role.VICTIM, "ZZVERA") in people(reading)


LIST_HEAD = ["Case No", "Role", "Name", "DOB", "Age", "Gender", "NHS number", "Address"]
MOTHER = ["1", "Victim", "ZZVERA, Ann", "02/01/1981", "", "F", "999 000 0018", "1 Nowhere Street, ZZ99 3VZ"]


@pytest.mark.parametrize(
    ("changed", "several"),
    [
        ({}, 1),
        ({3: "", 4: "45"}, 1),
        ({3: "", 4: "20"}, 2),
        ({3: "05/06/2004"}, 2),
        ({3: "", 6: "9990000018"}, 1),
        ({3: "", 6: "999 876 5404"}, 2),
        ({3: "", 5: "M", 6: ""}, 2),
    ],
)
def test_two_people_of_one_name_stay_two(changed: dict[int, str], several: int) -> None:
    """Mother and daughter of one name and one role were once taken for one person: the daughter was lost."""
    other = [changed.get(at, value) for at, value in enumerate(MOTHER)]
    man = ["1", "Perpetrator", "ZZPIKE, Bob", "02/01/1971", "", "M", "", ""]
    reading = read_one(workbook({"MARAC case list": [LIST_HEAD, MOTHER, other, man]}))
    assert [role for _, role, _ in people(reading)] == [*[Role.VICTIM] * several, Role.PERPETRATOR]


def flat(*rows: str) -> Reading:
    """A list with a line a person and a column a detail."""
    lines = ["Case No,Role,Surname,Forename,DOB,Age", "1/2026,victim,ZZVERA,Ann,02/01/1981,", *rows]
    return read_one("\n".join(lines).encode())


def test_a_name_is_read_that_also_says_not_applicable() -> None:
    reading = flat("1/2026,child,Zzna,Na,02/01/2015,", "1/2026,child,Na,Zzjun,02/01/2016,", "1/2026,child,ZZVERA,NA,,")
    named = [(one.names[0].family, one.names[0].given) for one in reading.cases[0].subjects[1:]]
    assert named == [("Zzna", "Na"), ("Na", "Zzjun"), ("ZZVERA", "")]


@pytest.mark.parametrize("forenames", ["Zzava & Zzmia", "Zzava and Zzmia", "Zzava + Zzmia"])
def test_two_forenames_in_one_cell_hold_the_case(forenames: str) -> None:
    held = [(one.case_ref, one.reason) for one in flat(f"1/2026,child,ZZVERA,{forenames},,").problems]
    assert ("1/2026", "a name is not understood") in held


@pytest.mark.parametrize(("role", "age"), [("child", 0), ("perpetrator", None)])
def test_nought_is_a_babys_age_and_nobody_elses(role: str, age: int | None) -> None:
    assert flat(f"1/2026,{role},ZZPIKE,Bob,,0").cases[0].subjects[1].age == age


@pytest.mark.parametrize(("written", "births"), [("18/10/2036", (date(2036, 10, 18),)), ("18/10/2037", ())])
def test_a_birth_that_is_still_to_come_is_told_and_kept_up_to_a_slip_of_ten_years(
    written: str, births: tuple[date, ...]
) -> None:
    reading = flat(f"1/2026,child,ZZPIKE,Bob,{written},")
    assert reading.cases[0].subjects[1].births == births
    assert any("date of birth" in problem.reason for problem in reading.problems)
