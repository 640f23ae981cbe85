"""A case whose heading or reference is lost: its people are never read as those of the case above."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from damaged_lists import CASES, TITLE, Grid, read, row_of, table
from reading_room import TODAY, vocabulary

from integration.domain.case_list import Reading
from mappings.case_lists.content import Cell, Content, Line, Row, Table
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.layout_documents import read_content

REFS = [case.case_ref for case in CASES]
TOGETHER = Doubt.RUN_TOGETHER.value


def lines(*texts: str) -> Reading:
    return read(*(Line(text, f"line {at}") for at, text in enumerate(texts, start=2)))


def block(at: int, *also: str, roles: str = "VP", numbered: bool = True) -> list[str]:
    """A case in lines: its heading, and whoever its roles name."""
    born = {"V": "Victim: ZZV{1}, Ann, 0{0}/02/1980", "P": "Perpetrator: ZZP{1}, Bob, 0{0}/02/1970"}
    born |= {"C": "Child: ZZC{1}, Tim, 0{0}/02/2015", "v": "Victim 2: ZZV{1}B, Jo, 0{0}/02/1981"}
    born |= {"p": "Perpetrator: ZZP{1}B, Jim, 0{0}/02/1971"}
    heading = [f"Case {at}: 0{at}/2026/10{at}"] if numbered else []
    return [*heading, *also, *(born[role].format(at, "ADEFH"[at - 1]) for role in roles)]


def doubted(reading: Reading) -> set[str | None]:
    return {problem.case_ref for problem in reading.problems if problem.reason == TOGETHER}


@pytest.mark.parametrize("roles", ["VP", "VPC", "PV", "VPp"])
def test_a_heading_lost_in_lines_holds_the_case_above_and_no_other(roles: str) -> None:
    whole = lines(*block(1, roles=roles), *block(2, roles=roles), *block(3, roles=roles))
    assert not whole.problems
    lost = lines(*block(1, roles=roles), *block(2, roles=roles, numbered=False), *block(3, roles=roles))
    assert doubted(lost) == {REFS[0]}
    assert len(lost.problems) == 1


@pytest.mark.parametrize("roles", ["VPp", "VvP", "VPv", "VPpC", "VvPpC", "CVP"])
def test_what_a_list_says_plainly_of_a_case_is_read(roles: str) -> None:
    reading = lines(*block(1, roles=roles), *block(2, roles=roles))
    assert not reading.problems
    assert [len(case.subjects) for case in reading.cases] == [len(roles)] * 2


def test_a_case_that_is_asked_twice_whether_it_is_a_repeat_is_two() -> None:
    first = block(1, "Repeat: No", roles="V")
    assert doubted(lines(*first, *block(2, "Repeat: No", numbered=False))) == {REFS[0]}
    assert not lines(*first, *block(2, "Repeat: No")).problems


def test_two_victims_before_a_number_that_is_left_out_are_two_cases() -> None:
    rest = [*block(2, roles="VP", numbered=False), *block(3), *block(4), *block(5)]
    assert doubted(lines(*block(1, roles="V"), *rest)) == {REFS[0]}
    assert not doubted(lines(*block(1), *block(2), *block(4)))  # one withdrawn, and nobody too many above


def test_a_case_beside_one_that_has_lost_its_people_is_held_with_it() -> None:
    moved = [*block(1), *block(2, roles=""), *block(3), *block(4, roles="PVC", numbered=False)]
    reading = lines(*moved, *block(5))
    assert {REFS[1], REFS[2]} <= {problem.case_ref for problem in reading.problems}


def test_children_above_the_victim_where_others_stand_below_are_of_the_case_above() -> None:
    reading = lines(*block(1, roles="VPC"), *block(2, roles="VPC"), *block(3, roles="CVP"))
    assert doubted(reading) == {REFS[2]}


@pytest.mark.parametrize("told", ["", "-"])
def test_a_reference_lost_in_a_row_holds_the_case_above(told: str) -> None:
    head = ["Case ref", "Victim name", "Victim DOB", "Victim address", "Perp name", "Perp DOB", "Perp address"]
    rows = [row_of(at) for at in range(3)]
    assert not read(table([head, *rows])).problems
    rows[1][0] = told
    assert doubted(read(table([head, *rows]))) == {REFS[0]}


def test_rows_that_go_on_with_a_case_are_read() -> None:
    head = ["Case ref", "Victim", "Perpetrator", "Repeat"]
    rows = [["1/26", "ZZONE, Ann", "ZZTWO, Bob", "No"], ["", "", "ZZTHREE, Jim", ""], ["", "ZZFOUR, Jo", "", ""]]
    assert not read(table([head, *rows])).problems
    again = [*rows[:1], ["", "ZZONE, Ann", "ZZTHREE, Jim", "No"]]
    assert not read(table([head, *again])).problems
    new = [*rows[:1], ["", "ZZFOUR, Jo", "", "Yes"]]  # a case whose perpetrator nobody knows
    assert doubted(read(table([head, *new]))) == {"1/26"}


def people(numbered: Sequence[str]) -> Grid:
    told = [(role, one) for case in CASES for role, one in (("Victim", case.subjects[0]), ("Perp", case.subjects[1]))]
    rows = [[ref, role, one.names[0].family, "Ann"] for ref, (role, one) in zip(numbered, told, strict=True)]
    return [["Case ref", "Role", "Surname", "Forename"], *rows]


def test_a_row_a_person_without_its_reference_holds_the_case_above() -> None:
    each, first = [ref for ref in REFS for _ in "VP"], [text for ref in REFS for text in (ref, "")]
    assert not read(table(people(each))).problems
    assert not read(table(people(first))).problems
    assert doubted(read(table(people([*each[:2], "", *each[3:]])))) == {REFS[0]}  # the others repeat theirs
    assert doubted(read(table(people([*first[:2], "", *first[3:]])))) == {REFS[0]}


def test_a_first_row_without_a_reference_is_not_of_the_last_case_of_the_table_above() -> None:
    first, second = people([REFS[0]] * 2 + [REFS[1]] * 2 + ["", REFS[2]])[:5], people(["", ""] * 3)[-2:]
    reading = read(table(first), table([first[0], *second], "table 2"))
    assert doubted(reading) == {REFS[1]}


def test_a_reference_merged_down_belongs_to_each_of_its_rows() -> None:
    rows = table(people([ref for ref in REFS for _ in "VP"])).rows
    covered = [Row(r.number, (Cell(r.cells[0].text, r.where, covered=True), *r.cells[1:]), r.where) for r in rows]
    merged = [row if at % 2 or not at else covered[at] for at, row in enumerate(rows)]
    content = Content("text/csv", (TITLE, Table(tuple(merged), "", "t")))
    reading = read_content(content, sha256="0" * 64, untrusted_names=(), vocabulary=vocabulary(), today=TODAY)
    assert not reading.problems
    assert [len(case.subjects) for case in reading.cases] == [2, 2, 2]
