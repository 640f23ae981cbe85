"""Lists that somebody has damaged: a heading lost, moved or repeated. They are read right, or held; never wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from damaged_lists import CASES, ROLES, Grid, found, nobody_lost, read, row_of, table, told
from documents import births_or_age, name
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.domain.people import Role
from mappings.case_lists.content import Line, Table

ADDRESS = ("Name", "DOB", "Address")
quick = settings(max_examples=60, deadline=None)


def group_rows(groups: Sequence[str]) -> Grid:
    return ["", *[group for group in groups for _ in ADDRESS]], ["Case ref", *ADDRESS * 2]


# --- the second page turns the groups round under the same headings


@quick
@given(cut=st.integers(1, 2), turned=st.tuples(st.booleans(), st.booleans()), apart=st.booleans())
def test_group_headings_that_change_on_the_next_page_change_the_roles(
    cut: int, turned: tuple[bool, bool], apart: bool
) -> None:
    groups = [("Victim", "Perpetrator"), ("Perpetrator", "Victim")]
    first = [*group_rows(groups[turned[0]]), *(row_of(at, turned[0]) for at in range(cut))]
    second = [*group_rows(groups[turned[1]]), *(row_of(at, turned[1]) for at in range(cut, 3))]
    if apart:
        reading = read(table(first, merged=[0]), table(second, "table 2", merged=[0]))
    else:
        reading = read(table([*first, *second], merged=[0, len(first)]))
    assert not reading.problems
    assert found(reading) == set(ROLES)


def test_a_person_above_headings_in_another_order_is_no_group_heading() -> None:
    head = ["Case ref", "Role", "Surname", "Forename", "DOB"]
    rows = [
        [made.case_ref, one.role.value, one.names[0].family, "Ann", births_or_age(one)]
        for made in CASES
        for one in made.subjects
    ]
    reading = read(table([head, *rows[:2], head[::-1], *(row[::-1] for row in rows[2:])]))
    assert not reading.problems
    assert found(reading) == set(ROLES)


@pytest.mark.parametrize("head", [["Case ref", "Victim", "DOB", "Address", "Perpetrator", "DOB", "Address"]])
@pytest.mark.parametrize("cut", [0, 1, 2])
def test_rows_on_a_page_or_above_headings_that_are_not_theirs_hold_the_list(head: list[str], cut: int) -> None:
    rows = [row_of(at) for at in range(3)]
    assert read(table([head, *rows[:cut]]), table(rows[cut:], "table 2")).doubts_whole_document()
    above = read(table([*rows[:cut], head, *rows[cut:]]))
    assert above.doubts_whole_document() is (cut > 0)


def test_surnames_and_forenames_on_a_page_without_headings_hold_the_list() -> None:
    head = ["Case ref", "Victim surname", "Victim forename", "Perpetrator surname", "Perpetrator forename"]
    rows = [[made.case_ref, made.subjects[0].names[0].family, "Ann", "Zzpike", "Bob"] for made in CASES]
    assert read(table([head, *rows[:1]]), table(rows[1:], "table 2")).doubts_whole_document()


def test_parties_in_one_cell_are_no_headings() -> None:
    rows = [[made.case_ref, "\n".join(f"{one.role.value[0]}: {name(one)}" for one in made.subjects)] for made in CASES]
    reading = read(table([["Case no", "Parties"], *rows[:1]]), table(rows[1:], "table 2"))
    assert reading.doubts_whole_document()


def test_headings_pushed_aside_by_a_cell_hold_the_list() -> None:
    rows = [[made.case_ref, *("\n".join(told(one)) for one in made.subjects), "None", "Police"] for made in CASES]
    assert read(table([["", "No.", "Victim", "Perpetrator", "Children", "Agency"], *rows])).doubts_whole_document()


def test_a_child_pushed_out_of_its_columns_is_not_lost() -> None:
    rows = [["Name", "DOB"], ["", "ZZKIT, Joy", "02/01/2015"]]
    reading = read(
        Line("Case 01/2026/101", "line 2"),
        table([["Victim", "Perpetrator"], ["ZZVERA, Ann", "ZZPIKE, Bob"]]),
        Line("Children", "line 3"),
        table(rows, "table 2"),
    )
    assert reading.doubts_whole_document()


# --- blocks that lose a heading


def blocks(first: Role) -> list[Line | Table]:
    """A case as lines and tables: a heading for each role, a table of one person below it."""
    made: list[Line | Table] = []
    for one in CASES:
        made.append(Line(f"Case {one.case_ref}", "line"))
        for person in sorted(one.subjects, key=lambda person: person.role is not first):
            made.append(Line(person.role.value.title(), "line"))
            made.append(table([ADDRESS, told(person)], name(person)))
    return made


def forms(first: Role) -> list[Line | Table]:
    """The same with the labels down the side."""
    return [_turned(one) if isinstance(one, Table) else one for one in blocks(first)]


def _turned(made: Table) -> Table:
    labels, texts = ([cell.text for cell in row.cells] for row in made.rows)
    return table(list(zip(labels, texts, strict=True)), made.where)


@pytest.mark.parametrize("first", [Role.VICTIM, Role.PERPETRATOR])
@pytest.mark.parametrize("made", [blocks, forms])
def test_a_block_without_its_heading_is_not_of_the_role_above_it(
    made: Callable[[Role], list[Line | Table]], first: Role
) -> None:
    whole = made(first)
    assert found(read(*whole)) == set(ROLES)
    for at, block in enumerate(whole):
        if isinstance(block, Line) and not block.text.startswith("Case"):
            nobody_lost(read(*whole[:at], *whole[at + 1 :]))
            nobody_lost(read(*whole[:at], Line("Subject", "line"), *whole[at + 1 :]))


@pytest.mark.parametrize("right", ["", "Victim", "Victim?", "V/P"])
def test_two_victims_and_no_perpetrator_hold_their_case(right: str) -> None:
    people = CASES[0].subjects
    rows = [
        ["", "Victim", right],
        *([label, *cells] for label, *cells in zip(ADDRESS, *map(told, people), strict=True)),
    ]
    reading = read(Line(f"Case {CASES[0].case_ref}", "line 2"), table(rows))
    assert reading.problems


@pytest.mark.parametrize("line", ["Party: ZZPOOLE, Carl, 02/01/1990", "Party - ZZPOOLE, Carl - 02/01/1990"])
def test_a_line_whose_label_is_no_role_is_not_dropped(line: str) -> None:
    lines = [f"Case {CASES[0].case_ref}", "Victim: ZZVERA, Ann, 02/01/1981", line, "Perpetrator: ZZPIKE, Bob"]
    assert read(*(Line(text, f"line {at}") for at, text in enumerate(lines, start=2))).problems


def test_somebody_without_labels_below_surname_and_forenames_takes_nobodys_place() -> None:
    lines = ["MARAC NO: 01/2026/101", "VICTIM", "SURNAME: ZZVERA", "FORENAMES: ANN", "BORN: 02/01/1981", "PERPETRATOR"]
    lines += ["SURNAME: ZZPIKE", "FORENAMES: BOB", "BORN: 02/01/1971", "ZZKIT, Joy 02/01/2015"]
    assert read(*(Line(text, f"line {at}") for at, text in enumerate(lines, start=2))).problems


@pytest.mark.parametrize("cells", [["", "Perpetrators", "", "", ""], ["", "Reason: threats", "", "", ""]])
def test_a_remark_in_a_column_of_surnames_is_nobodys_name(cells: list[str]) -> None:
    head = ["Case ref", "Victim surname", "Victim forename", "Perpetrator surname", "Perpetrator forename"]
    assert read(table([head, ["01/2026/101", "ZZVERA", "Ann", "ZZPIKE", "Bob"], cells])).problems
