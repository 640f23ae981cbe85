"""Layouts drawn by somebody else: columns that move with their headings swap nobody, and without headings they hold."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import openpyxl
import pytest
from builders import case, subject
from documents import workbook
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from layouts_of_others import details_after_names, labels_inside_cells, machine_headings
from layouts_of_systems import export_of_cases, export_of_nominals, export_of_subjects
from reading_room import read_one

from integration.domain.case_list import Case, DocumentKind, Reading
from integration.domain.people import Role

Rows = list[list[Any]]
VICTIMS, PERPETRATORS = ("ZZVERA", "ZZVAL-COURT", "Zzvenn"), ("ZZPIKE", "ZZPARK", "Zzpoole")
CASES = tuple(
    case(
        f"{number}/2026/00{number}",
        subject(Role.VICTIM, VICTIMS[number - 1], "Ann", births=(date(1980 + number, 1, 2),)),
        subject(Role.PERPETRATOR, PERPETRATORS[number - 1], "Bob", births=(date(1970 + number, 1, 2),)),
    )
    for number in (1, 2, 3)
)
# Each with the position of its headings among its rows, and how its file is written.
LAYOUTS: dict[str, tuple[Callable[[Sequence[Case]], bytes], int]] = {
    "details after names": (details_after_names, 2),
    "machine headings": (machine_headings, 2),
    "labels inside cells": (labels_inside_cells, 1),
    "export of cases": (export_of_cases, 0),
    "export of nominals": (export_of_nominals, 0),
    "export of subjects": (export_of_subjects, 1),
}
quick = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def rows_of(layout: str) -> Rows:
    data = LAYOUTS[layout][0](CASES)
    if data.startswith(b"PK"):
        return [list(row) for row in openpyxl.load_workbook(io.BytesIO(data)).worksheets[0].iter_rows(values_only=True)]
    text = data.decode()
    return list(csv.reader(io.StringIO(text), delimiter="|" if "|" in text else ","))


def read(rows: Rows, order: Sequence[int], without: Sequence[int] = (), head: int = 0) -> Reading:
    """The rows with their columns in this order, and without these headings; the rows above them stay."""
    width = max(map(len, rows))
    made: Rows = []
    for at, row in enumerate(rows):
        cells = ["" if cell is None else cell for cell in (*row, *[""] * (width - len(row)))]
        if at == head:
            cells = ["" if index in without else cell for index, cell in enumerate(cells)]
        made.append([cells[index] for index in order] if at >= head else cells)
    return read_one(workbook({"Sheet1": made}))


def swapped(reading: Reading) -> list[str]:
    roles = {name.casefold(): Role.VICTIM for name in VICTIMS}
    roles |= {name.casefold(): Role.PERPETRATOR for name in PERPETRATORS}
    people = [person for made in reading.cases for person in made.subjects]
    return [
        one.names[0].family for one in people if roles.get(one.names[0].family.casefold(), one.role) is not one.role
    ]


def held(reading: Reading) -> bool:
    return reading.doubts_whole_document() or reading.kind is DocumentKind.UNRECOGNISED


@pytest.mark.parametrize("layout", LAYOUTS)
@quick
@given(draw=st.data())
def test_columns_that_move_with_their_headings_never_swap_a_role(layout: str, draw: st.DataObject) -> None:
    rows, head = rows_of(layout), LAYOUTS[layout][1]
    order = draw.draw(st.permutations(range(max(map(len, rows)))))
    assert swapped(read(rows, order, head=head)) == []


@pytest.mark.parametrize("layout", LAYOUTS)
@quick
@given(draw=st.data())
def test_without_some_of_the_headings_of_people_nobody_is_swapped_and_the_list_is_held(
    layout: str, draw: st.DataObject
) -> None:
    rows, head = rows_of(layout), LAYOUTS[layout][1]
    about = [
        index
        for index, text in enumerate(rows[head])
        if any(word in str(text).casefold() for word in WORDS) and any(row[index] for row in rows[head + 1 :] if row)
    ]
    without = draw.draw(st.sets(st.sampled_from(about), min_size=1))
    reading = read(rows, range(max(map(len, rows))), tuple(without), head)
    assert swapped(reading) == []
    assert held(reading)


WORDS = ("name", "role", "dob", "victim", "perp", "survivor", "user", "date of birth")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_without_any_heading_the_list_is_held(layout: str) -> None:
    rows, head = rows_of(layout), LAYOUTS[layout][1]
    reading = read_one(
        workbook({"Sheet1": [["" if cell is None else cell for cell in row] for row in rows[head + 1 :]]})
    )
    assert held(reading)
    assert swapped(reading) == []


@pytest.mark.parametrize(
    "head",
    [
        ("Case Ref", "Perpetrator Surname", "Perpetrator Forename", "Perpetrator DOB"),
        ("Case Ref", "Alleged offender surname", "Forename", "DOB"),
    ],
)
def test_a_sheet_called_otherwise_than_its_headings_is_held_and_nobody_is_read(head: tuple[str, ...]) -> None:
    rows = [[made.case_ref, made.subjects[0].names[0].family, "Ann", "02/01/1981"] for made in CASES]
    reading = read_one(workbook({"Victims": [["Rotherham MARAC 03/12/2026"], list(head), *rows]}))
    assert held(reading)
    assert not any(made.subjects for made in reading.cases)
