"""The worst error is a victim read as perpetrator: columns may move with their headings, and never without them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import docx
import pytest
from builders import case, subject
from documents import CASE_HEADINGS, add_table, case_row, saved, workbook
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts import TITLE, blocks_down_a_sheet, one_row_a_person, side_by_side, two_header_rows
from reading_room import everybody, read_all, read_one

from integration.domain.case_list import Case, DocumentKind, Reading
from integration.domain.people import PersonName, Role

VICTIMS = ("ZZVERA", "ZZVAL-COURT", "Zzvenn")
PERPETRATORS = ("ZZPIKE", "ZZPARK", "Zzpoole")
CASES = tuple(
    case(
        f"{number}/2026/00{number}",
        subject(Role.VICTIM, VICTIMS[number - 1], "Ann", births=(date(1980 + number, 1, 2),)),
        subject(Role.PERPETRATOR, PERPETRATORS[number - 1], "Bob", births=(date(1970 + number, 1, 2),)),
        repeat=number == 1,
    )
    for number in (1, 2, 3)
)
quick = settings(max_examples=25, deadline=None)
RELATIONSHIP = CASE_HEADINGS.index("Relationship to victim")


def swapped(reading: Reading) -> list[str]:
    """Everybody who was read as the opposite of what they are."""
    found = []
    for person in (person for made in reading.cases for person in made.subjects):
        family = person.names[0].family.casefold()
        is_victim = family in {name.casefold() for name in VICTIMS}
        if person.role is (Role.PERPETRATOR if is_victim else Role.VICTIM):
            found.append(family)
    return found


def held(reading: Reading) -> bool:
    """Whether nothing of this document acts before a person has looked."""
    return reading.doubts_whole_document() or reading.kind is DocumentKind.UNRECOGNISED


def table_of(columns: Sequence[int], without: Sequence[int] = ()) -> bytes:
    """The workbook with one row a case, with these columns in this order, and without these headings."""
    head = ["" if index in without else CASE_HEADINGS[index] for index in columns]
    rows: list[list[Any]] = [[TITLE], head, *([case_row(made)[index] for index in columns] for made in CASES)]
    return workbook({"List": rows})


ALL_BUT_RELATIONSHIP = [index for index in range(len(CASE_HEADINGS)) if index != RELATIONSHIP]
ABOUT_PEOPLE = [index for index, text in enumerate(CASE_HEADINGS) if text.startswith(("Victim", "Perpetrator"))]


@given(columns=st.permutations(ALL_BUT_RELATIONSHIP))
@quick
def test_columns_that_move_with_their_headings_never_swap_a_role(columns: list[int]) -> None:
    reading = read_one(table_of(columns))
    assert reading.problems == ()
    assert everybody(reading.cases) == everybody(CASES)


@given(columns=st.permutations(range(len(CASE_HEADINGS))))
@quick
def test_wherever_the_relationship_stands_nobody_is_swapped(columns: list[int]) -> None:
    reading = read_one(table_of(columns))
    assert not swapped(reading)
    assert everybody(reading.cases) == everybody(CASES) or held(reading)


@given(
    columns=st.permutations(ALL_BUT_RELATIONSHIP),
    without=st.sets(st.sampled_from([i for i in ABOUT_PEOPLE if "NHS" not in CASE_HEADINGS[i]]), min_size=1),
)
@quick
def test_without_some_of_the_headings_the_list_is_held(columns: list[int], without: set[int]) -> None:
    reading = read_one(table_of(columns, sorted(without)))
    assert held(reading)
    assert not swapped(reading)


def test_without_any_heading_the_list_is_held() -> None:
    reading = read_one(table_of(ALL_BUT_RELATIONSHIP, ALL_BUT_RELATIONSHIP))
    assert held(reading)
    assert reading.problems
    assert not reading.cases


def test_a_csv_without_its_header_is_held() -> None:
    from documents import flat_csv

    without = b"\r\n".join(flat_csv(CASES).split(b"\r\n")[1:])
    (reading,) = read_all(without)
    assert held(reading)
    assert not reading.cases
    assert reading.problems


GROUPS = [("VICTIM", "PERPETRATOR"), ("Details of survivor", "Details of suspect"), ("Client", "Person causing harm")]


@pytest.mark.parametrize("groups", GROUPS)
@pytest.mark.parametrize("the_other_way_round", [False, True])
def test_group_headings_move_with_their_columns(groups: tuple[str, str], the_other_way_round: bool) -> None:
    reading = read_one(two_header_rows(CASES, swapped=the_other_way_round, groups=groups))
    assert reading.problems == ()
    assert everybody(reading.cases) == everybody(CASES)


@pytest.mark.parametrize(
    "groups", [("", "PERPETRATOR"), ("VICTIM", ""), ("", ""), ("VICTIM", "VICTIM"), ("VICTIM", "Details")]
)
def test_a_missing_group_heading_holds_the_list(groups: tuple[str, str]) -> None:
    reading = read_one(two_header_rows(CASES, groups=groups))
    assert held(reading)
    assert not swapped(reading) or groups[0] == groups[1]  # what stands there is wrong, and is held


def grouped(head: Sequence[str], merged: Sequence[str] = ()) -> Reading:
    fields = ["Case ref", *["Name", "DOB", "Address"] * 2]
    rows: list[list[Any]] = [list(head), fields]
    for made in CASES:
        row = case_row(made)
        rows.append([row[0], *row[3:6], *row[7:10]])
    return read_one(workbook({"MARAC case list": rows}, merged))


@pytest.mark.parametrize(
    "head",
    [
        ["", "VICTIM", "", "", "PERPETRATOR", "", ""],
    ],
)
def test_group_headings_that_lost_their_merging_still_stand_over_their_columns(head: list[str]) -> None:
    reading = grouped(head)
    assert reading.problems == ()
    assert everybody(reading.cases) == everybody(CASES)


@pytest.mark.parametrize("at", range(7))
@pytest.mark.parametrize("merged", [False, True])
def test_group_headings_in_the_wrong_place_hold_the_list(at: int, merged: bool) -> None:
    head = [""] * 7
    head[at] = "VICTIM"
    if at + 3 < 7:
        head[at + 3] = "PERPETRATOR"
    if at == 1:
        head = ["", "VICTIM", "", "PERPETRATOR", "", "", ""]
    ranges = ["B1:C1", "D1:F1"] if merged and at == 1 else []
    reading = grouped(head, ranges)
    assert held(reading)
    assert not swapped(reading)


def test_a_relationship_among_the_victims_own_details_holds_the_list() -> None:
    head = ["Case ref", "Name", "DOB", "Relationship to victim", "Name", "DOB"]
    groups = ["", "VICTIM", "", "", "PERPETRATOR", ""]
    body = [["1/2026/001", "ZZVERA, Ann", "02/01/1981", "wife", "ZZPIKE, Bob", "02/01/1971"]]
    assert held(read_one(workbook({"Case list": [groups, head, *body]}, ["B1:D1", "E1:F1"])))
    head = ["Case ref", "Victim name", "Relationship to victim", "Victim DOB", "Perpetrator name"]
    assert held(
        read_one(workbook({"Case list": [head, ["1/2026/001", "ZZVERA, Ann", "wife", "02/01/1981", "ZZPIKE, Bob"]]}))
    )


def test_a_heading_and_its_group_that_disagree_hold_the_list() -> None:
    head = ["Case ref", "Perpetrator name", "DOB", "Name", "DOB"]
    groups = ["", "VICTIM", "", "PERPETRATOR", ""]
    body = [["1/2026/001", "ZZVERA, Ann", "02/01/1981", "ZZPIKE, Bob", "02/01/1971"]]
    reading = read_one(workbook({"Case list": [groups, head, *body]}, ["B1:C1", "D1:E1"]))
    assert held(reading)


@pytest.mark.parametrize(
    ("left", "right"), [("VICTIM", ""), ("", "PERPETRATOR"), ("", ""), ("VICTIM", "VICTIM"), ("Details", "Details")]
)
def test_side_by_side_without_a_heading_is_held(left: str, right: str) -> None:
    reading = read_one(side_by_side(CASES, left=left, right=right))
    assert held(reading)
    assert not swapped(reading) or left == right


def test_side_by_side_swaps_with_its_headings() -> None:
    for left, right in (("VICTIM", "PERPETRATOR"), ("PERPETRATOR", "VICTIM")):
        reading = read_one(side_by_side(CASES, left=left, right=right))
        assert reading.problems == ()
        assert everybody(reading.cases) == everybody(CASES)


@pytest.mark.parametrize("bands", [("VICTIM", ""), ("", "PERPETRATOR"), ("", ""), ("Details", "Further details")])
def test_a_block_without_its_heading_does_not_act(bands: tuple[str, str]) -> None:
    reading = read_one(blocks_down_a_sheet(CASES, bands))
    assert held(reading) or all(reading.problems_of(made.case_ref) for made in CASES)
    assert not [name for name in swapped(reading) if not reading.problems]


@pytest.mark.parametrize("heading", ["", "Gender role", "Remarks"])
def test_people_in_rows_without_a_role_column_are_held(heading: str) -> None:
    reading = read_one(one_row_a_person(CASES, role_heading=heading))
    assert held(reading)
    assert not [person for made in reading.cases for person in made.subjects]


def flat(roles: Sequence[str], relationships: Sequence[str] = ("", "", "")) -> Reading:
    text = "case_ref,role,surname,forename,relationship_to_victim\n"
    people = zip(roles, ("ZZVERA", "ZZPIKE", "ZZVENN"), relationships, strict=True)
    rows = [
        f"{'1' if at < 2 else '2'}/2026,{role},{family},Jo,{related}"
        for at, (role, family, related) in enumerate(people)
    ]
    return read_one((text + "\n".join(rows)).encode())


@pytest.mark.parametrize("word", ["", "V/P", "Victim/Perpetrator", "party", "see notes"])
def test_a_row_without_a_clear_role_holds_its_case_and_the_others_go_on(word: str) -> None:
    reading = flat(["Victim", word, "Victim"])
    assert not reading.doubts_whole_document()
    assert [problem.case_ref for problem in reading.problems] == ["1/2026"]
    assert reading.problems[0].where == "row 3"
    assert [person.names[0].family for made in reading.cases for person in made.subjects] == ["ZZVERA", "ZZVENN"]


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("Victim", Role.VICTIM),
        ("VICTIM/SURVIVOR", Role.VICTIM),
        ("alleged victim", Role.VICTIM),
        ("Client", Role.VICTIM),
        ("v", Role.VICTIM),
        ("Perpetrator", Role.PERPETRATOR),
        ("Alleged Perpetrator 2", Role.PERPETRATOR),
        ("Perp", Role.PERPETRATOR),
        ("SUSPECT", Role.PERPETRATOR),
        ("Offender", Role.PERPETRATOR),
        ("person causing harm", Role.PERPETRATOR),
        ("alleged abuser", Role.PERPETRATOR),
        ("P", Role.PERPETRATOR),
        ("Child", Role.CHILD),
        ("children", Role.CHILD),
        ("Other household member", Role.OTHER),
        ("Witness", Role.OTHER),
    ],
)
def test_the_words_that_areas_use_for_roles(word: str, role: Role) -> None:
    reading = flat(["Victim", word, "Victim"])
    assert reading.cases[0].subjects[1].role is role
    assert bool(reading.problems) is (role is Role.VICTIM)  # two victims, and no perpetrator


def test_a_victim_who_is_somebodys_relation_contradicts_the_role() -> None:
    reading = flat(["Victim", "Perpetrator", "Victim"], ["wife", "husband", "self"])
    assert [(problem.case_ref, problem.where) for problem in reading.problems] == [("1/2026", "row 2")]


def test_a_role_word_in_a_cell_must_agree_with_its_column() -> None:
    body = ["1/2026", "ZZVERA, Ann (perpetrator)", "ZZPIKE, Bob"]
    reading = read_one(workbook({"Case list": [["Case", "Victim", "Perpetrator"], body]}))
    assert [problem.case_ref for problem in reading.problems] == ["1/2026"]


def test_the_same_person_on_both_sides_of_a_case_is_a_doubt() -> None:
    body = ["1/2026", "ZZVERA, Ann 02/01/1981", "ZZVERA, Ann 02/01/1981"]
    reading = read_one(workbook({"Case list": [["Case", "Victim", "Perpetrator"], body]}))
    assert [problem.case_ref for problem in reading.problems] == ["1/2026"]


def word_table(head: Sequence[str], body: Sequence[Sequence[str]]) -> Reading:
    document = docx.Document()
    document.add_heading(TITLE, level=1)
    add_table(document, [head, *body])
    return read_one(saved(document))


READERS: dict[str, Callable[[Sequence[str], Sequence[Sequence[str]]], Reading]] = {
    "workbook": lambda head, body: read_one(workbook({"Case list": [head, *body]})),
    "word": word_table,
}


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize(
    "head",
    [
        ("Case", "Name", "DOB", "Perpetrator name", "Perpetrator DOB"),
        ("Case", "Victim name", "Victim DOB", "Name", "DOB"),
        ("Case", "Victim name", "Victim DOB", "Second party", "Second party's DOB"),
        ("Case", "Victim name", "Victim DOB", "Victim / perpetrator", "DOB"),
        ("Case", "Person 1", "DOB 1", "Person 2", "DOB 2"),
        ("Case", "Victim name and GP", "Victim DOB", "Perpetrator name", "Perpetrator DOB"),
    ],
)
def test_headings_that_leave_a_role_open_hold_the_list(kind: str, head: tuple[str, ...]) -> None:
    body = [("1/2026", "ZZVERA, Ann", "02/01/1981", "ZZPIKE, Bob", "02/01/1971")]
    reading = READERS[kind](head, body)
    assert held(reading)
    assert reading.problems
    assert not swapped(reading)


def test_an_alias_is_no_second_person() -> None:
    body = ["1/2026", "ZZVERA, Ann (née ZZBORN)", "ZZPIKE, Bob aka ZZOTHER"]
    reading = read_one(workbook({"Case list": [["Case", "Victim", "Perpetrator"], body]}))
    assert reading.problems == ()
    assert [person.names for person in reading.cases[0].subjects] == [
        (PersonName("ZZVERA", "Ann"), PersonName("ZZBORN", "Ann")),
        (PersonName("ZZPIKE", "Bob"), PersonName("ZZOTHER", "Bob")),
    ]


def test_the_cases_are_as_this_file_means_them() -> None:
    assert all(isinstance(made, Case) for made in CASES)
    assert not swapped(read_one(table_of(ALL_BUT_RELATIONSHIP)))
