"""An area's own layout: read exactly as it says, or held with the place named; never recognised instead."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import docx
import openpyxl
import pytest
from area_layouts import (
    AREA,
    BLOCKS,
    CASES,
    GROUPED,
    HEAD,
    JARGON,
    ROW_A_CASE,
    SIDE_BY_SIDE,
    USED,
    explained,
    held,
    jargon,
    layout,
    read,
    swapped,
)
from builders import case, subject
from documents import add_table, case_row, minutes, research_form, saved, workbook
from layouts import TITLE, blocks_down_a_sheet, one_row_a_person, side_by_side, two_header_rows
from reading_room import TODAY, everybody, read_one, vocabulary

from integration.domain.case_list import DocumentKind, Reading
from integration.domain.explanation import Rule
from integration.domain.people import PersonName, Role
from mappings.case_lists.containers import readings_of
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.layouts import Layouts
from mappings.reading_json import from_json, to_json

# --- what could not be recognised is read


def test_an_areas_own_words_are_read_by_its_layout_alone() -> None:
    assert read_one(jargon()).doubts_whole_document() or read_one(jargon()).kind is DocumentKind.UNRECOGNISED
    reading = read(jargon(), ROW_A_CASE)
    assert (reading.kind, reading.layout, reading.problems) == (DocumentKind.CASE_LIST, USED, ())
    assert everybody(reading.cases) == everybody(CASES)
    assert [made.repeat for made in reading.cases] == [True, False, False]


@pytest.mark.parametrize("the_other_way_round", [False, True])
def test_two_rows_of_headings(the_other_way_round: bool) -> None:
    reading = read(two_header_rows(CASES, groups=("Party A", "Party B"), swapped=the_other_way_round), GROUPED)
    assert reading.problems == ()
    assert everybody(reading.cases) == everybody(CASES)


@pytest.mark.parametrize(("left", "right"), [("Party A", "Party B"), ("Party B", "Party A")])
def test_people_side_by_side(left: str, right: str) -> None:
    document = side_by_side(CASES, left=left, right=right)
    if left == "Party B":  # the document's maker looks for the word perpetrator
        document = side_by_side([_turned(made) for made in CASES], left=left, right=right)
    reading = read(document, SIDE_BY_SIDE)
    assert reading.problems == ()
    assert everybody(reading.cases) == everybody(CASES)


def _turned(made: Any) -> Any:
    """The case with its people in each other's place, so that a maker puts them on the other side."""
    other = {Role.VICTIM: Role.PERPETRATOR, Role.PERPETRATOR: Role.VICTIM}
    people = [subject(other[p.role], p.names[0].family, p.names[0].given, births=p.births) for p in made.subjects]
    return case(made.case_ref, *people, repeat=made.repeat)


def test_blocks_down_a_sheet() -> None:
    reading = read(blocks_down_a_sheet(CASES, ("Party A", "Party B")), BLOCKS)
    assert reading.problems == ()
    assert everybody(reading.cases) == everybody(CASES)


def test_children_in_a_table_of_their_own() -> None:
    child = subject(Role.CHILD, "ZZVERA-ASH", "Tom", births=(date(2018, 5, 6),), line="", postcode=None)
    made = case("1/2026/001", *CASES[0].subjects, child)
    reading = read(side_by_side([made], left="Party A", right="Party B"), SIDE_BY_SIDE)
    assert reading.problems == ()
    assert everybody(reading.cases) == everybody([made])


def test_labels_at_the_left_for_both_sides() -> None:
    document = docx.Document()
    document.add_heading(TITLE, level=1)
    for made in CASES:
        document.add_paragraph(f"Case {made.case_ref}")
        victim, perpetrator = made.subjects
        add_table(
            document,
            [
                ("", "Party A", "Party B"),
                ("Name", f"{victim.names[0].family}, Ann", f"{perpetrator.names[0].family}, Bob"),
                ("Date of birth", "02/03/1984", "02/03/1984"),
                ("Address", "12 Nowhere Street, ZZ99 3VZ", "12 Nowhere Street, ZZ99 3VZ"),
                ("NHS number", "", ""),
            ],
        )
    text = SIDE_BY_SIDE.replace('row = "label"', 'row = "label"\nlabels = "left"').replace(
        '{ text = "Repeat", means = "repeat" },', ""
    )
    reading = read(saved(document), text)
    assert reading.problems == ()
    assert everybody(reading.cases) == everybody(CASES)


def test_a_line_above_each_table_says_whose_it_is() -> None:
    document = docx.Document()
    document.add_heading(TITLE, level=1)
    text = HEAD + 'case_heading = "Case"\n'
    for group, role in (("Party A", "victim"), ("Party B", "perpetrator")):
        fields = (("Name", "name"), ("DOB", "birth"), ("Address", "address"))
        told = ", ".join(
            f'{{ under = "{group}", text = "{word}", role = "{role}", means = "{means}" }}' for word, means in fields
        )
        text += f'[[tables]]\nrow = "person"\nheadings = [{told}]\n'
    for made in CASES:
        document.add_paragraph(f"Case {made.case_ref}")
        for group, person in zip(("Party A", "Party B"), made.subjects, strict=True):
            document.add_paragraph(group)
            row = (f"{person.names[0].family}, {person.names[0].given}", "02/03/1984", "12 Nowhere Street, ZZ99 3VZ")
            add_table(document, [("Name", "DOB", "Address"), row])
    reading = read(saved(document), text)
    assert reading.problems == ()
    assert everybody(reading.cases) == everybody(CASES)
    without = saved_without(document, "Party B")
    assert held(read(without, text), Doubt.LAYOUT_HEADING_MISSING, Doubt.LAYOUT_HEADING_UNKNOWN)


def saved_without(document: Any, words: str) -> bytes:
    for paragraph in [p for p in document.paragraphs if p.text == words]:
        paragraph._element.getparent().remove(paragraph._element)
    return saved(document)


LINES = (
    HEAD
    + 'case_heading = "Referral"\n[[tables]]\nrow = "label"\nheadings = [\n'
    + '    { text = "Party A", role = "victim", means = "person" },\n'
    + '    { text = "Party B", role = "perpetrator", means = "person" },\n]\n'
)


def lines_of_text(*lines: str) -> bytes:
    document = docx.Document()
    for line in (TITLE, *lines):
        document.add_paragraph(line)
    return saved(document)


def test_lines_of_labels() -> None:
    told = [
        ("Referral 1/2026/001", "Party A: ZZVERA, Ann, 02/03/1984    Party B: ZZPIKE, Bob"),
        ("Referral 2/2026/002", "Party A: ZZVERA, Una", "Party B: ZZPIKE, Cal", "Party B: ZZPIKE, Dan"),
    ]
    reading = read(lines_of_text(*(line for case in told for line in case)), LINES)
    assert reading.problems == ()
    assert [[p.role.value for p in made.subjects] for made in reading.cases] == [
        ["victim", "perpetrator"],
        ["victim", "perpetrator", "perpetrator"],
    ]


@pytest.mark.parametrize("line", ["Party C: zz una", "Party A: ZZVERA, Una    Party C: zz una"])
def test_a_line_with_a_label_that_the_layout_does_not_have_holds_the_list(line: str) -> None:
    """Whatever it says: nobody is dropped because the writing does not look like a name."""
    document = lines_of_text("Referral 1/2026/001", "Party A: ZZVERA, Ann", "Party B: ZZPIKE, Bob", line)
    assert "paragraph 5" in held(read(document, LINES), Doubt.LAYOUT_HEADING_UNKNOWN)


def test_people_before_the_first_case_are_in_none() -> None:
    reading = read(lines_of_text("Party A: ZZVERA, Ann", "Referral 1/2026/001", "Party B: ZZPIKE, Bob"), LINES)
    assert reading.doubts_whole_document()


ROW_A_PERSON = (
    HEAD
    + """
[role_words]
victim = ["Party A"]
perpetrator = ["Party B"]
[[tables]]
row = "person"
headings = [
    { text = "MARAC ref", means = "case_ref" },
    { text = "Party", means = "role" },
    { text = "Surname", means = "family" },
    { text = "Forename(s)", means = "given" },
    { text = "DOB", means = "birth" },
    { text = "Age", means = "age" },
    { text = "Address", means = "address" },
    { text = "Postcode", means = "postcode" },
    { text = "Repeat", means = "repeat" },
]
"""
)


def test_the_areas_own_words_for_roles() -> None:
    data = one_row_a_person(CASES, role_heading="Party")
    people = [["1/2026/001", "Party A", "ZZVERA-ASH", "Ann", "", "", "", "", ""]]
    people += [["1/2026/001", "Party B", "ZZPIKE-ASH", "Bob", "", "", "", "", ""]]
    head = ["MARAC ref", "Party", "Surname", "Forename(s)", "DOB", "Age", "Address", "Postcode", "Repeat"]
    own = read(workbook({"List": [[TITLE], head, *people]}), ROW_A_PERSON)
    assert [p.role for p in own.cases[0].subjects] == [Role.VICTIM, Role.PERPETRATOR]
    assert own.problems == ()
    assert everybody(read(data, ROW_A_PERSON).cases) == everybody(CASES)  # those that everybody uses are known too


def test_a_role_word_that_nobody_knows_holds_its_case() -> None:
    head = ["MARAC ref", "Party", "Surname", "Forename(s)", "DOB", "Age", "Address", "Postcode", "Repeat"]
    row = ["1/2026/001", "Party C", "ZZVERA-ASH", "Ann", "", "", "", "", ""]
    reading = read(workbook({"List": [[TITLE], head, row]}), ROW_A_PERSON)
    assert (reading.problems[0].reason, reading.problems[0].case_ref) == (Doubt.ROLE_UNCLEAR.value, "1/2026/001")


def test_a_family_name_that_comes_first() -> None:
    text = ROW_A_CASE.replace('means = "name"', 'means = "name", order = "family-first"')
    row = ["1/2026/001", "", "N", "Zzvera Ann", "", "", "", "Zzpike Bob", "", "", "", ""]
    reading = read(workbook({"List": [[TITLE], list(JARGON), row]}), text)
    assert [p.names[0] for p in reading.cases[0].subjects] == [PersonName("Zzvera", "Ann"), PersonName("Zzpike", "Bob")]


def test_sheets_and_rows_that_the_layout_skips() -> None:
    text = ROW_A_CASE.replace(HEAD, HEAD + 'skip_sheets = ["Who came"]\n').replace(
        'row = "case"', 'row = "case"\nskip_rows = ["Carried over"]'
    )
    rows = [[TITLE], list(JARGON), *(case_row(made) for made in CASES), ["Carried over: ZZOLD, Una 01/01/1980"]]
    data = workbook({"List": rows, "who came": [["Name", "Agency"], ["ZZCLERK, Una", "Police"]]})
    assert everybody(read(data, text).cases) == everybody(CASES)
    assert read(data, text).problems == ()
    assert read(data, ROW_A_CASE).doubts_whole_document()


# --- a list that changed


def changed(head: Sequence[str], extra: Sequence[str] = ()) -> Reading:
    return read(workbook({"List": [[TITLE], list(head), *([*case_row(made), *extra] for made in CASES)]}), ROW_A_CASE)


def test_a_heading_more_holds_the_list() -> None:
    assert held(changed([*JARGON, "Party C"], ["ZZNEW, Una"]), Doubt.LAYOUT_HEADING_UNKNOWN) == ["List!M2"]


def test_a_heading_less_holds_the_list_and_is_named() -> None:
    head = [word if word != "B born" else "" for word in JARGON]
    assert held(changed(head), Doubt.LAYOUT_HEADING_MISSING) == ['List!row 2, "B born"']


def test_however_long_its_words_are_the_place_fits_the_contract() -> None:
    long = ROW_A_CASE.replace('"A born"', f'"A born {"long " * 30}"')
    rows = [[TITLE], list(JARGON), *(case_row(made) for made in CASES)]
    reading = read(workbook({"A sheet whose name is very long": rows}), long)
    assert reading.problems[-1].where.startswith('A sheet whose name is very long!row 2, "A born long')
    assert from_json(to_json(reading)) == reading


def test_a_heading_twice_holds_the_list() -> None:
    assert held(changed([*JARGON, "Party A"], ["ZZNEW, Una"]), Doubt.LAYOUT_HEADING_TWICE) == ["List!M2"]


def test_a_column_without_a_heading_holds_the_list() -> None:
    assert changed([*JARGON, ""], ["ZZNEW, Una"]).problems[0].reason == Doubt.HEADING_MISSING.value


def test_headings_in_another_row_than_the_layout_says_hold_the_list() -> None:
    text = ROW_A_CASE.replace('row = "case"', 'row = "case"\nheader_row = 3')
    assert held(read(jargon(), text), Doubt.LAYOUT_HEADING_MOVED) == ["List!row 2"]


def test_a_second_section_in_another_order_is_read_by_its_own_headings() -> None:
    order = [0, 1, 2, 7, 8, 9, 6, 3, 4, 5, 10, 11]
    rows: list[list[Any]] = [[TITLE], list(JARGON), case_row(CASES[0])]
    rows += [[JARGON[at] for at in order], [case_row(CASES[1])[at] for at in order]]
    reading = read(workbook({"List": rows}), ROW_A_CASE)
    assert everybody(reading.cases) == everybody(CASES[:2])


def test_a_table_that_is_not_in_the_layout_holds_the_list() -> None:
    rows = [[TITLE], list(JARGON), *(case_row(made) for made in CASES)]
    late = [["Case ref", "Victim name", "Victim DOB", "Perpetrator name"], ["9/2026/009", "zz late", "1/1/80", "zz p"]]
    assert held(read(workbook({"List": rows, "Late": late}), ROW_A_CASE), Doubt.LAYOUT_TABLE_UNKNOWN) == ["Late"]


@pytest.mark.parametrize("late", [["zz late", "1/1/80"], ["B born", "A born"]])
def test_any_table_that_is_not_in_the_layout_holds_the_list_unless_it_is_skipped(late: list[str]) -> None:
    """However its cells are written: nobody is dropped because nothing there looks like a name."""
    rows = [[TITLE], list(JARGON), *(case_row(made) for made in CASES)]
    data = workbook({"List": rows, "More": [["Also to be heard"], late]})
    assert held(read(data, ROW_A_CASE), Doubt.LAYOUT_TABLE_UNKNOWN) == ["More"]
    skipping = ROW_A_CASE.replace(HEAD, HEAD + 'skip_tables = ["Also to be"]\n')
    assert everybody(read(data, skipping).cases) == everybody(CASES)


def test_people_on_a_sheet_of_their_own_are_in_no_case_of_another() -> None:
    form = BLOCKS.replace("Children", "Dependants") + CHILD_TABLE.replace('{ text = "Ref", means = "case_ref" },', "")
    made = blocks_down_a_sheet(CASES, ("Party A", "Party B"))
    book = openpyxl.load_workbook(io.BytesIO(made))
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            row[0].value = "Dependants" if row[0].value == "Children" else row[0].value
    young = book.create_sheet("Young people")
    for told in (["Young person"], ["ZZVERA-COE, Tom"]):
        young.append(told)
    target = io.BytesIO()
    book.save(target)
    reading = read(target.getvalue(), form)
    assert Doubt.CASE_MISSING.value in {problem.reason for problem in reading.problems}
    assert reading.doubts_whole_document()


def test_a_table_of_the_layout_that_is_missing_holds_the_list() -> None:
    text = ROW_A_CASE + CHILD_TABLE
    assert held(read(jargon(), text), Doubt.LAYOUT_TABLE_MISSING) == ["table 2 of the layout"]


CHILD_TABLE = """
[[tables]]
row = "person"
sheet = "Young people"
headings = [
    { text = "Ref", means = "case_ref" },
    { text = "Young person", role = "child", means = "name" },
]
"""


def test_a_list_of_another_kind_names_nobody() -> None:
    recognised = two_header_rows(CASES)
    assert read_one(recognised).problems == ()
    reading = read(recognised, BLOCKS.replace("Name", "Called").replace("Address", "Place"))
    assert held(reading, Doubt.LAYOUT_NOT_FOLLOWED)
    assert (reading.layout, reading.meeting.area) == (USED, AREA)


# --- which documents a layout is for


def test_minutes_and_research_forms_are_read_as_before() -> None:
    for data in (minutes(CASES, AREA), research_form(CASES[0])):
        reading = read(data, ROW_A_CASE)
        assert reading == read_one(data)
        assert reading.layout is None


def test_a_person_may_say_that_it_is_a_list_whatever_its_title_says() -> None:
    rows = [[f"Minutes of the {AREA} MARAC 3 December 2026"], list(JARGON), *(case_row(made) for made in CASES)]
    data = workbook({"List": rows})
    assert read(data, ROW_A_CASE).kind is DocumentKind.MINUTES
    (reading,) = _by(data, Layouts((layout(ROW_A_CASE),), AREA, is_case_list=True))
    assert (reading.kind, reading.layout) == (DocumentKind.CASE_LIST, USED)


def _by(data: bytes, layouts: Layouts) -> tuple[Reading, ...]:
    return readings_of(data, "", passwords=(), vocabulary=vocabulary(), today=TODAY, layouts=layouts)


def test_of_several_areas_the_one_that_the_document_names_chooses() -> None:
    opposite = ROW_A_CASE.replace(AREA, "Elsewhere").replace("Party A", "Party C").replace("Party B", "Party A")
    other = layout(opposite.replace("Party C", "Party B"))
    both = (other, layout(ROW_A_CASE))
    (reading,) = _by(jargon(), Layouts(both))
    assert not swapped(reading)
    assert everybody(reading.cases) == everybody(CASES)
    (unnamed,) = _by(workbook({"List": [list(JARGON), *(case_row(made) for made in CASES)]}), Layouts(both))
    assert unnamed.layout is None
    assert unnamed.meeting.area is None


# --- what is said of each value


def test_every_value_is_explained_by_the_layout() -> None:
    _, sources = explained(jargon(), ROW_A_CASE)
    assert {one.source.rule for one in sources} == {Rule.LAYOUT_FILE}
    of_victim = {one.field: one.source for one in sources if (one.case, one.subject) == (0, 0)}
    assert (of_victim["role"].where, of_victim["role"].words) == ("List!D2", "Party A")
    assert (of_victim["births"].where, of_victim["births"].words) == ("List!E3", "A born")
    assert set(of_victim) == {"role", "names", "births", "addresses"}
    for data, text in (
        (side_by_side(CASES, left="Party A", right="Party B"), SIDE_BY_SIDE),
        (one_row_a_person(CASES, role_heading="Party"), ROW_A_PERSON),
    ):
        assert {one.source.rule for one in explained(data, text)[1]} == {Rule.LAYOUT_FILE}
