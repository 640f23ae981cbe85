"""With an area's own layout, too, the worst error cannot be: columns may move with their headings, never without."""

from __future__ import annotations

from typing import Any

import pytest
from area_layouts import (
    BLOCKS,
    CASES,
    GROUPED,
    JARGON,
    ROW_A_CASE,
    SIDE_BY_SIDE,
    held,
    jargon,
    read,
    swapped,
)
from documents import case_row, workbook
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts import TITLE, blocks_down_a_sheet, side_by_side
from reading_room import everybody

from integration.domain.case_list import DocumentKind
from mappings.case_lists.doubts import Doubt

quick = settings(max_examples=15, deadline=None)
ABOUT_PEOPLE = [index for index, text in enumerate(JARGON) if text.startswith(("Party", "A ", "B "))]
LETTERED = ROW_A_CASE
for _letter, _text in (("D", "Party A"), ("H", "Party B")):
    LETTERED = LETTERED.replace(f'text = "{_text}",', f'text = "{_text}", column = "{_letter}",')


@given(columns=st.permutations(range(len(JARGON))))
@quick
def test_columns_that_move_with_their_headings_never_swap_a_role(columns: list[int]) -> None:
    reading = read(jargon(columns), ROW_A_CASE)
    assert reading.problems == ()
    assert everybody(reading.cases) == everybody(CASES)


@given(columns=st.permutations(range(len(JARGON))))
@quick
def test_columns_given_by_letter_hold_the_list_when_they_move(columns: list[int]) -> None:
    reading = read(jargon(columns), LETTERED)
    assert not swapped(reading)
    if columns.index(JARGON.index("Party A")) == 3 and columns.index(JARGON.index("Party B")) == 7:
        assert everybody(reading.cases) == everybody(CASES)
    else:
        assert held(reading, Doubt.LAYOUT_HEADING_MOVED)


@given(
    columns=st.permutations(range(len(JARGON))),
    without=st.sets(st.sampled_from(ABOUT_PEOPLE), min_size=1),
    text=st.sampled_from([ROW_A_CASE, LETTERED]),
)
@quick
def test_without_some_of_the_headings_the_list_is_held(columns: list[int], without: set[int], text: str) -> None:
    reading = read(jargon(columns, sorted(without)), text)
    assert reading.doubts_whole_document() or reading.kind is DocumentKind.UNRECOGNISED
    assert reading.cases == ()


@given(without=st.sets(st.sampled_from(range(7)), min_size=1), merged=st.booleans(), order=st.permutations(range(7)))
@quick
def test_group_headings_that_are_gone_or_moved_never_swap_a_role(
    without: set[int], merged: bool, order: list[int]
) -> None:
    """Each column keeps its own two headings as it moves; some of them are gone."""
    groups = ["", *["Party A"] * 3, *["Party B"] * 3]
    fields = ["Case ref", *["Name", "D.O.B.", "Address"] * 2]
    shown = [groups[at] if at not in without else "" for at in order]
    rows: list[list[Any]] = [[TITLE], shown, [fields[at] for at in order]]
    for made in CASES:
        told = case_row(made)
        people = [told[0], *told[3:6], *told[7:10]]
        rows.append([people[at] for at in order])
    text = GROUPED.replace('means = "repeat" }', 'means = "repeat", optional = true }').replace(
        'means = "person" }', 'means = "person", optional = true }'
    )
    reading = read(workbook({"Cases": rows}, ["A1:G1"] if merged else []), text)
    assert not swapped(reading)


@pytest.mark.parametrize(
    ("groups", "fields", "is_held"),
    [
        (["", "Party A", "", "", "Party B", "", ""], ["Case ref", *["Name", "D.O.B.", "Address"] * 2], False),
        (["", "Party A", "", "", "Party B", "", ""], ["Case ref", *["Name", "Address", "D.O.B."] * 2], True),
        (["", "Party A", "", "", "Party B", "", ""], ["Case ref", *["D.O.B.", "Name", "Address"] * 2], True),
        (
            ["Party A", "", "", "", "Party B", "", ""],
            ["Name", "D.O.B.", "Case ref", "Address", "Name", "D.O.B.", "Address"],
            True,
        ),
    ],
)
def test_a_group_heading_that_lost_its_merging_stands_over_a_name(
    groups: list[str], fields: list[str], is_held: bool
) -> None:
    """A column that comes in from the other group has no heading of its own to tell."""
    text = GROUPED.replace('means = "repeat" }', 'means = "repeat", optional = true }').replace(
        'means = "person" }', 'means = "person", optional = true }'
    )
    row = ["1/2026/001" if word == "Case ref" else "ZZSAME, Una" if word == "Name" else "" for word in fields]
    reading = read(workbook({"Cases": [[TITLE], groups, fields, row]}), text)
    assert bool(reading.cases) is not is_held
    assert not is_held or held(reading, Doubt.LAYOUT_HEADING_MOVED)


def test_a_group_heading_of_the_other_role_over_a_heading_contradicts_it() -> None:
    text = ROW_A_CASE.replace('text = "Party A"', 'text = "Name"').replace('text = "Party B"', 'text = "Other name"')
    head = [word.replace("Party A", "Name").replace("Party B", "Other name") for word in JARGON]
    groups = ["", "", "", "PERPETRATOR", "", "", "", "VICTIM", "", "", "", ""]
    rows = [[TITLE], groups, head, *(case_row(made) for made in CASES)]
    reading = read(workbook({"List": rows}), text)
    assert Doubt.ROLES_CONTRADICT.value in {problem.reason for problem in reading.problems}
    assert reading.cases == ()


@pytest.mark.parametrize(("left", "right"), [("Party A", ""), ("", "Party B"), ("", ""), ("Party A", "Party A")])
def test_a_form_without_its_group_heading_is_held(left: str, right: str) -> None:
    reading = read(side_by_side(CASES, left=left, right=right), SIDE_BY_SIDE)
    assert held(reading, Doubt.LAYOUT_HEADING_MISSING)
    reading = read(blocks_down_a_sheet(CASES, (left, right)), BLOCKS)
    assert held(reading, Doubt.LAYOUT_HEADING_MISSING)


def test_a_group_heading_that_the_layout_does_not_have_is_nobodys() -> None:
    reading = read(blocks_down_a_sheet(CASES, ("Party A", "Party C")), BLOCKS)
    assert "Cases!A10" in held(reading, Doubt.LAYOUT_HEADING_UNKNOWN)
