"""Forms and rows that a cell too many, a remark or a doubt has changed: read right, or held; never somebody else's."""

from __future__ import annotations

import pytest
from damaged_lists import CASES, PERPETRATORS, VICTIMS, Grid, nobody_lost, read, row_of, table, told

from integration.domain.case_list import Reading
from integration.domain.people import Role
from mappings.case_lists.content import Line, Table
from mappings.case_lists.doubts import Doubt
from mappings.reading_json import from_json, to_json

LABELS = ("Name", "DOB", "Address")


def held(reading: Reading) -> set[tuple[str | None, str]]:
    return {(problem.case_ref, problem.reason) for problem in reading.problems}


def side_by_side(at: int) -> list[list[str]]:
    victim, perpetrator = map(told, CASES[at].subjects)
    rows = [[label, one, label, other] for label, one, other in zip(LABELS, victim, perpetrator, strict=True)]
    return [["VICTIM", "VICTIM", "PERPETRATOR", "PERPETRATOR"], *rows]


def forms(*changed: Grid) -> Reading:
    blocks: list[Line | Table] = []
    for case, rows in zip(CASES, changed, strict=True):
        blocks += [Line(f"Case {case.case_ref}", "line"), table(rows, case.case_ref, merged=[0])]
    return read(*blocks)


def test_forms_side_by_side_are_read() -> None:
    assert not forms(*map(side_by_side, range(3))).problems


@pytest.mark.parametrize("row", [1, 2, 3])
def test_a_value_pushed_below_another_heading_is_nobody_elses(row: int) -> None:
    rows = side_by_side(1)
    rows[row] = [*rows[row][:2], "", *rows[row][2:]]
    reading = forms(side_by_side(0), rows, side_by_side(2))
    assert reading.problems
    nobody_lost(reading)


def test_a_label_in_the_column_of_a_role_holds_its_case() -> None:
    victim, perpetrator = map(told, CASES[1].subjects)
    across = [["", "Victim", "Perpetrator"], *map(list, zip(LABELS, victim, perpetrator, strict=True))]
    assert not read(Line(f"Case {CASES[1].case_ref}", "line"), table(across)).problems
    across[3] = ["", *across[3]]
    assert held(read(Line(f"Case {CASES[1].case_ref}", "line"), table(across))) == {
        (CASES[1].case_ref, Doubt.DETAILS_DO_NOT_PAIR.value)
    }


@pytest.mark.parametrize("label", ["DOB", "Address"])
def test_the_same_label_twice_for_one_person_holds_their_case(label: str) -> None:
    answers = {"DOB": ("03/12/1984", "04/11/1980"), "Address": ("1 High Street", "2 Low Road")}[label]
    lines = ["Case 1/26", "Victim: ZZVERA, Ann", "Perpetrator: ZZPIKE, Bob", *(f"{label}: {said}" for said in answers)]
    reading = read(*(Line(text, f"line {at}") for at, text in enumerate(lines, start=2)))
    assert held(reading) == {("1/26", Doubt.DETAILS_DO_NOT_PAIR.value)}


def test_a_column_of_remarks_between_labels_and_values_loses_nobody() -> None:
    for at in range(1, 3):
        rows = [["Case reference", CASES[0].case_ref]]
        for role, one in zip(("Victim", "Perpetrator"), CASES[0].subjects, strict=True):
            rows += [[f"{role} {label.lower()}", said] for label, said in zip(LABELS, told(one), strict=True)]
        assert not read(table(rows)).problems
        pushed = [[*row[:at], "Known to police" if y else "Notes", *row[at:]] for y, row in enumerate(rows)]
        reading = read(table(side_by_side(1)), table(pushed, "table 2"))
        assert reading.doubts_whole_document()


def test_a_row_above_the_headings_of_a_case_that_is_known_is_not_lost() -> None:
    head = ["Case ref", "Surname", "Forename", "DOB"]
    rows = [[case.case_ref, case.subjects[0].names[0].family.title(), "Ann", "03/12/1984"] for case in CASES]
    reading = read(table([head, *rows]), table([rows[0], head, *rows[1:]], "table 2"))
    assert "table 2 row 1" in {problem.where for problem in reading.problems}


@pytest.mark.parametrize("word", ["Victim?", "perpetrator ?", "Survivor??"])
def test_a_role_in_question_is_no_role(word: str) -> None:
    rows = [["1/26", "Victim", "ZZVERA", "Ann"], ["1/26", word, "ZZPIKE", "Bob"]]
    reading = read(table([["Case ref", "Role", "Surname", "Forename"], *rows]))
    assert ("1/26", Doubt.ROLE_UNCLEAR.value) in held(reading)
    assert [len(case.subjects) for case in reading.cases] == [1]


def test_a_role_in_the_column_of_references_is_no_reference() -> None:
    rows = [[CASES[0].case_ref, "Victim", VICTIMS[0], "Ann"], ["Perpetrator", "", PERPETRATORS[0], "Bob"]]
    reading = read(table([["Case ref", "Role", "Surname", "Forename"], *rows]))
    assert {ref for ref, _ in held(reading)} == {CASES[0].case_ref}


CHILDREN = ["Child", "ZZCHILD, Tim 03/12/2015", "ZZCHILD, Amy 04/11/2017"]


@pytest.mark.parametrize("heading", ["Children", ""])
def test_children_below_a_lost_heading_are_no_perpetrators(heading: str) -> None:
    block = ["Case 1/26", "Victim", "ZZVERA, Ann", "03/12/1984", "Perpetrator", "ZZPIKE, Bob", "04/11/1980"]
    texts = [text for text in [*block, heading, *CHILDREN[1:]] if text]
    reading = read(*(Line(text, f"line {at}") for at, text in enumerate(texts, start=2)))
    if heading:
        assert not reading.problems
        assert [one.role for one in reading.cases[0].subjects].count(Role.CHILD) == 2
    else:
        assert held(reading) == {("1/26", Doubt.ROLE_UNCLEAR.value)}


@pytest.mark.parametrize(
    ("said", "children", "doubted"),
    [("Y", 0, False), ("n", 0, False), ("Police", 0, True), ("See perpetrator", 0, True), ("May", 1, False)],
)
def test_what_is_no_childs_name_makes_no_child(said: str, children: int, doubted: bool) -> None:
    head = [
        "Case ref",
        "Victim name",
        "Victim DOB",
        "Victim address",
        "Perp name",
        "Perp DOB",
        "Perp address",
        "Children",
    ]
    reading = read(table([head, [*row_of(0), said], [*row_of(1), "None"]]))
    assert {ref for ref, _ in held(reading)} == ({CASES[0].case_ref} if doubted else set())
    if not doubted:
        assert [one.role for one in reading.cases[0].subjects].count(Role.CHILD) == children


@pytest.mark.parametrize(
    ("heading", "said", "told_of"),
    [("Perpetrator's hobby", "Angling", True), ("Perpetrator's hobby", "", False), ("Hobby", "Angling", False)],
)
def test_a_heading_that_names_a_role_and_nobody_is_passed_over_in_sight(heading: str, said: str, told_of: bool) -> None:
    head = ["Case ref", "Victim name", "Victim DOB", "Victim address", "Perp name", "Perp DOB", "Perp address", heading]
    reading = read(table([head, [*row_of(0), said]]))
    assert not reading.problems
    assert reading.passed_over == (("table 1",) if told_of else ())
    assert from_json(to_json(reading)) == reading
