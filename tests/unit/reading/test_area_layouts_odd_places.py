"""An area's own layout, and what stands where it should not: nobody is passed over or put in another's case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import docx
import pytest
from area_layouts import BLOCKS, CASES, FORM, HEAD, JARGON, ROW_A_CASE, held, read
from documents import add_table, case_row, saved, workbook
from layouts import TITLE
from reading_room import everybody, read_one

from integration.domain.case_list import Reading
from mappings.case_lists.doubts import Doubt

ROW_A_PERSON = (
    HEAD
    + """case_heading = "Referral"
[role_words]
victim = ["Party A"]
perpetrator = ["Party B"]
[[tables]]
row = "person"
headings = [
    { text = "Party", means = "role" },
    { text = "Name", means = "name" },
    { text = "Born", means = "birth" },
]
"""
)


def reasons(reading: Reading) -> set[str]:
    return {problem.reason for problem in reading.problems}


def sheet(*rows: list[Any], text: str = ROW_A_CASE) -> Reading:
    return read(workbook({"List": [[TITLE], *rows]}), text)


# --- tables


def test_cases_in_rows_of_their_own_between_the_people() -> None:
    people = [["Party A", "ZZVERA, Ann", ""], ["Party B", "ZZPIKE, Bob", ""]]
    rows = [["Party", "Name", "Born"], ["Referral 1/2026"], *people, ["Referral 2/2026"], *people]
    reading = sheet(*rows, text=ROW_A_PERSON)
    assert reading.problems == ()
    assert [(made.case_ref, len(made.subjects)) for made in reading.cases] == [("1/2026", 2), ("2/2026", 2)]


def test_people_above_the_first_case_are_in_none() -> None:
    rows = [
        ["Party", "Name", "Born"],
        ["Party A", "ZZVERA, Ann", ""],
        ["Referral 1/2026"],
        ["Party B", "ZZPIKE, Bob", ""],
    ]
    assert Doubt.CASE_MISSING.value in reasons(sheet(*rows, text=ROW_A_PERSON))


@pytest.mark.parametrize(
    "row", [["ZZLATE, Una 01/02/1980"], ["9/2026", "", "N", "zz una", "1.2.80", "here", "", "zz bob"]]
)
def test_somebody_above_the_headings_holds_the_list(row: list[str]) -> None:
    reading = sheet(row, list(JARGON), *(case_row(made) for made in CASES))
    assert [problem.where for problem in reading.problems] == ["List!row 2"]
    assert reading.doubts_whole_document()


def test_other_headings_further_down_hold_the_list() -> None:
    rows = [list(JARGON), case_row(CASES[0]), ["Case ref", "Victim name", "Victim DOB", "Perpetrator name"]]
    assert held(sheet(*rows, ["2/2026/002", "zz una", "", "zz cal"]), Doubt.LAYOUT_TABLE_UNKNOWN) == ["List!row 4"]


def test_the_same_headings_again_on_each_page_are_passed_over() -> None:
    reading = sheet(list(JARGON), case_row(CASES[0]), list(JARGON), case_row(CASES[1]))
    assert reading.problems == ()
    assert everybody(reading.cases) == everybody(CASES[:2])


def test_group_headings_again_on_each_page_are_read_again() -> None:
    text = HEAD + '[[tables]]\nrow = "case"\nheadings = [{ text = "Ref", means = "case_ref" },\n' + FORM + "]\n"
    words = ["Name", "Date of birth", "Address", "NHS number"]
    groups, head = ["", *["Party A"] * 4, *["Party B"] * 4], ["Ref", *words * 2]
    first = ["1/2026", "ZZVERA, Ann", "", "", "", "ZZPIKE, Bob", "", "", ""]
    turned = ["", *["Party B"] * 4, *["Party A"] * 4]
    second = ["2/2026", "ZZPIKE, Cal", "", "", "", "ZZVERA, Una", "", "", ""]
    reading = sheet(groups, head, first, turned, head, second, text=text)
    assert reading.problems == ()
    assert [[(p.names[0].family, p.role.value) for p in made.subjects] for made in reading.cases] == [
        [("ZZVERA", "victim"), ("ZZPIKE", "perpetrator")],
        [("ZZPIKE", "perpetrator"), ("ZZVERA", "victim")],
    ]


# --- forms


def lines_and_tables(*blocks: str | Sequence[tuple[str, ...]]) -> bytes:
    document = docx.Document()
    document.add_paragraph(TITLE)
    for block in blocks:
        if isinstance(block, str):
            document.add_paragraph(block)
        else:
            add_table(document, block)
    return saved(document)


TABLES = HEAD + 'case_heading = "Referral"\n[[tables]]\nrow = "label"\nheadings = [\n' + FORM + "]\n"
ANN = [("Name", "ZZVERA, Ann"), ("Date of birth", ""), ("Address", ""), ("NHS number", "")]
BOB = [("Name", "ZZPIKE, Bob"), *ANN[1:]]


BLOCK = [
    *(["Case number", "1/2026"], ["Repeat", "No"]),
    *(["Party A"], ["Name", "ZZVERA, Ann"], ["Date of birth", ""], ["Address", ""], ["NHS number", ""]),
    *(["Party B"], ["Name", "ZZPIKE, Bob"], ["Date of birth", ""], ["Address", ""], ["NHS number", ""]),
    ["Children", "None"],
]


def form(*rows: list[Any]) -> Reading:
    return read(workbook({"Cases": [[TITLE], *rows]}), BLOCKS)


def with_row(at: int, *rows: list[Any], instead: int = 0) -> list[list[Any]]:
    return [*BLOCK[:at], *rows, *BLOCK[at + instead :]]


def test_the_block_itself_is_read() -> None:
    assert form(*BLOCK).problems == ()
    assert len(form(*BLOCK).cases[0].subjects) == 2


def test_two_victims_each_under_the_group_heading() -> None:
    reading = form(*with_row(7, ["Party A"], ["Name", "ZZVERB, Una"], ["Date of birth", "03/02/1991"]))
    assert reading.problems == ()
    assert [p.names[0].family for p in reading.cases[0].subjects] == ["ZZVERA", "ZZVERB", "ZZPIKE"]


def test_a_label_twice_under_one_group_heading_holds_the_list() -> None:
    assert held(form(*with_row(7, ["Name", "ZZVERB, Una"])), Doubt.LAYOUT_HEADING_TWICE) == ["Cases!B9"]


@pytest.mark.parametrize("ref", ["", "not known", "to follow"])
def test_a_case_without_its_reference_takes_nobody_into_the_case_before(ref: str) -> None:
    reading = form(*BLOCK, ["Case number", ref], *BLOCK[1:])
    assert Doubt.CASE_MISSING.value in reasons(reading)
    assert reading.doubts_whole_document()


def test_a_case_whose_reference_has_no_line_takes_nobody_into_the_case_before() -> None:
    assert held(form(*BLOCK, *BLOCK[1:]), Doubt.LAYOUT_HEADING_TWICE) == ["Cases!A15", "Cases!A16", "Cases!A21"]
    assert held(form(*BLOCK, *BLOCK[2:]), Doubt.LAYOUT_HEADING_TWICE) == ["Cases!A15", "Cases!A20"]
    blocks = ("Party A", ANN, "Party B", BOB)
    reading = read(lines_and_tables("Referral 1/2026", *blocks, *blocks), TABLES)
    assert held(reading, Doubt.LAYOUT_HEADING_TWICE) == ["paragraph 5", "paragraph 6"]
    both = [("Party A", "", "Party B", ""), *((*left, *right) for left, right in zip(ANN, BOB, strict=True))]
    reading = read(lines_and_tables("Referral 1/2026", both, both), TABLES)
    assert held(reading, Doubt.LAYOUT_HEADING_TWICE) == ["table 2 row 1"]


def test_a_value_on_the_other_side_of_its_label_holds_the_list() -> None:
    optional = TABLES.replace('role = "perpetrator"', 'optional = true, role = "perpetrator"')
    rows = [("Party A", "", "Party B", ""), ("Name", "", "", "ZZPIKE, Bob"), *((*one, "", "") for one in ANN[1:])]
    reading = read(lines_and_tables("Referral 1/2026", rows), optional)
    assert held(reading, Doubt.LAYOUT_HEADING_MOVED) == ["table 1 row 2"]


def test_labels_that_say_whose_they_are_begin_a_case_after_the_other_role() -> None:
    labels = ['{ text = "Number", means = "case_ref" }', '{ text = "A", role = "victim", means = "name" }']
    labels += ['{ text = "A born", role = "victim", means = "birth" }']
    labels += ['{ text = "B", role = "perpetrator", means = "name" }']
    text = f'{HEAD}[[tables]]\nrow = "label"\nheadings = [{", ".join(labels)}]\n'
    case = [
        ["Number", "1/2026"],
        ["A born", "02/03/1984"],
        ["A", "ZZVERA, Ann"],
        ["B", "ZZPIKE, Bob"],
        ["B", "ZZPIKE, Cal"],
    ]
    reading = sheet(*case, text=text)
    assert reading.problems == ()
    assert [(p.role.value, len(p.births)) for p in reading.cases[0].subjects] == [
        ("victim", 1),
        ("perpetrator", 0),
        ("perpetrator", 0),
    ]
    assert held(sheet(*case, *case[1:], text=text), Doubt.LAYOUT_HEADING_TWICE)


def test_a_label_and_its_value_in_one_cell() -> None:
    reading = form(*with_row(3, ["Name: ZZVERA, Ann"], instead=1))
    assert reading.problems == ()
    assert reading.cases[0].subjects[0].names[0].family == "ZZVERA"


def test_a_value_without_a_label_holds_the_list() -> None:
    assert held(form(*with_row(4, ["", "ZZVERB, Una"])), Doubt.LAYOUT_HEADING_UNKNOWN) == ["Cases!B6"]


def test_more_than_a_title_above_the_first_form_holds_the_list() -> None:
    assert held(form(["Late", "zz una"], *BLOCK), Doubt.LAYOUT_HEADING_UNKNOWN) == ["Cases!A2", "Cases!B2"]
    assert [problem.where for problem in form(["ZZLATE, Una"], *BLOCK).problems] == ["Cases!A2"]
    assert form(["For the meeting of the third"], *BLOCK).problems == ()


def test_a_label_under_no_group_heading_holds_the_list() -> None:
    moved = [*BLOCK[:2], ["Name", "ZZVERB, Una"], *BLOCK[2:]]
    assert "Cases!A4" in held(form(*moved), Doubt.LAYOUT_HEADING_MOVED)


def test_page_furniture_between_the_labels_is_nothing() -> None:
    assert form(*with_row(7, ["OFFICIAL - SENSITIVE"])).problems == ()


def test_a_repeat_that_says_repeat() -> None:
    assert form(*with_row(1, ["Repeat", "Repeat"], instead=1)).cases[0].repeat is True


def test_a_row_that_is_merged_with_the_one_above_says_nothing_of_its_own() -> None:
    document = docx.Document()
    document.add_paragraph(TITLE)
    for group, rows in (("Party A", ANN), ("Party B", BOB)):
        document.add_paragraph("Referral 1/2026" if group == "Party A" else "")
        document.add_paragraph(group)
        table = add_table(document, [*rows, ("", "")])
        for column in (0, 1):
            table.cell(3, column).merge(table.cell(4, column))
    assert read(saved(document), TABLES).problems == ()
    assert read_one(saved(document)).cases == ()  # without the layout nothing is told, and nothing breaks


def test_a_line_above_a_form_says_whose_it_is() -> None:
    reading = read(lines_and_tables("Referral 1/2026", "Party B", BOB, "Party A", ANN), TABLES)
    assert reading.problems == ()
    assert [p.role.value for p in reading.cases[0].subjects] == ["perpetrator", "victim"]


@pytest.mark.parametrize("words", ["Party C", "The other one", "Party A and Party B"])
def test_other_words_above_a_form_say_nothing(words: str) -> None:
    reading = read(lines_and_tables("Referral 1/2026", "Party A", ANN, words, BOB), TABLES)
    assert held(reading, Doubt.LAYOUT_HEADING_MOVED, Doubt.LAYOUT_HEADING_MISSING)
    reading = read(lines_and_tables("Referral 1/2026", "Party A", words, BOB), TABLES)
    assert held(reading, Doubt.LAYOUT_HEADING_MOVED, Doubt.LAYOUT_HEADING_MISSING)


def test_a_name_beside_the_reference_has_to_be_in_the_case() -> None:
    blocks = ("Party A", ANN, "Party B", BOB)
    assert read(lines_and_tables("Referral 1/2026: ZZVERA, Ann", *blocks), TABLES).problems == ()
    reading = read(lines_and_tables("Referral 1/2026: ZZNEW, Una", *blocks), TABLES)
    assert Doubt.NO_ROLE.value in reasons(reading)
