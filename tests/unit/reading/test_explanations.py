"""`read --explain`: every value with its cell and its rule, and the reading itself unchanged by the asking."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import layouts
import pytest
from builders import case, subject
from documents import flat_csv, minutes, research_form, word_table, workbook, workbook_case_list
from reading_room import TODAY, read_all, vocabulary

from integration.domain.case_list import Reading
from integration.domain.explanation import Explained, Rule
from integration.domain.people import Role
from integration.ports import UntrustedFile
from integration.reading import explain_untrusted, read_untrusted
from mappings.case_lists.containers import explained_readings_of
from mappings.explanation_json import sources_from_json, sources_to_json
from mappings.reading_json import NotAReading

MADE = [
    case("1/2026/001", subject(family="ZZCANARY", given="Jane"), subject(Role.PERPETRATOR, "ZZOTHER")),
    case("1/2026/002", subject(family="ZZARDEN", given="Perdita"), subject(Role.PERPETRATOR, "ZZBELMONT")),
]
DOCUMENTS: list[Callable[..., bytes]] = [
    flat_csv,
    word_table,
    workbook_case_list,
    layouts.two_header_rows,
    layouts.side_by_side,
    layouts.blocks_down_a_sheet,
    layouts.labels_with_roles,
    layouts.one_row_a_person,
    layouts.perpetrator_first,
    layouts.roles_across_fields_down,
    layouts.lines_of_text,
    layouts.a_table_a_role,
    layouts.numbered_columns,
    layouts.continuation_rows,
    layouts.many_sheets,
]


def explained(data: bytes) -> tuple[Reading, tuple[Explained, ...]]:
    (both,) = explained_readings_of(data, "", passwords=(), vocabulary=vocabulary(), today=TODAY)
    return both


def values(reading: Reading) -> set[tuple[int, int, str, int]]:
    """Every value of a reading by its place in it."""
    found = set()
    for number, one in enumerate(reading.cases):
        for at, person in enumerate(one.subjects):
            found.add((number, at, "role", 0))
            for what in ("names", "births", "addresses", "phones"):
                found |= {(number, at, what, index) for index in range(len(getattr(person, what)))}
            for what in ("age", "sex", "nhs_number"):
                found |= {(number, at, what, 0)} if getattr(person, what) is not None else set()
    return found


@pytest.mark.parametrize("make", DOCUMENTS)
def test_every_value_of_every_layout_has_a_source_and_the_reading_is_the_same(make: Callable[..., bytes]) -> None:
    data = make(MADE)
    reading, sources = explained(data)
    assert (reading,) == read_all(data)
    assert reading.cases
    assert {(one.case, one.subject, one.field, one.at) for one in sources} == values(reading)
    assert all(one.source.where for one in sources)
    assert all(one.source.words for one in sources if one.field == "role")


@pytest.mark.parametrize("data", [research_form(MADE[0]), minutes(MADE)])
def test_forms_and_minutes_are_explained_too(data: bytes) -> None:
    reading, sources = explained(data)
    assert {(one.case, one.subject, one.field, one.at) for one in sources} == values(reading)


HEADED = [
    ["Case No", "Victim name", "Victim DOB", "Perpetrator name", "Perpetrator DOB"],
    ["1/2026/001", "Jane ZZCANARY", "03/12/1984", "John ZZOTHER", "04/05/1980"],
]
GROUPED = [
    ["", "Victim", "", "Perpetrator", ""],
    ["Case No", "Name", "DOB", "Name", "DOB"],
    ["1/2026/001", "Jane ZZCANARY", "03/12/1984", "John ZZOTHER", "04/05/1980"],
]
ROLE_CELLS = [
    ["Case No", "Role", "Surname", "Forename", "DOB"],
    ["1/2026/001", "Victim", "ZZCANARY", "Jane", "03/12/1984"],
    ["1/2026/001", "Perpetrator", "ZZOTHER", "John", "04/05/1980"],
]
LABELS = [
    ["Case No", "1/2026/001"],
    ["Victim name", "Jane ZZCANARY"],
    ["Victim DOB", "03/12/1984"],
    ["Perpetrator name", "John ZZOTHER"],
    ["Perpetrator DOB", "04/05/1980"],
]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (HEADED, {"role": ("B1", Rule.HEADING, "Victim name"), "births": ("C2", Rule.HEADING, "Victim DOB")}),
        (GROUPED, {"role": ("B1", Rule.GROUP_HEADING, "Victim"), "births": ("C3", Rule.HEADING, "DOB")}),
        (ROLE_CELLS, {"role": ("B2", Rule.ROLE_CELL, "Victim"), "births": ("E2", Rule.HEADING, "DOB")}),
        (LABELS, {"role": ("B2", Rule.LABEL, "Victim name"), "births": ("B3", Rule.LABEL, "Victim DOB")}),
    ],
)
def test_the_rule_and_its_cell_are_named(rows: list[list[Any]], expected: dict[str, tuple[str, Rule, str]]) -> None:
    reading, sources = explained(workbook({"MARAC case list": rows}))
    victim = reading.cases[0].subjects[0]
    assert (victim.role, victim.births) == (Role.VICTIM, (date(1984, 12, 3),))
    for what, (cell, rule, words) in expected.items():
        (one,) = [one.source for one in sources if (one.case, one.subject, one.field) == (0, 0, what)]
        assert one.where.endswith(cell), one.where
        assert (one.rule, one.words) == (rule, words)


def test_a_name_in_two_columns_has_two_cells() -> None:
    _, sources = explained(workbook({"MARAC case list": ROLE_CELLS}))
    halves = [one.source for one in sources if (one.case, one.subject, one.field) == (0, 0, "names")]
    assert [one.words for one in halves] == ["Surname", "Forename"]


def test_the_child_explains_what_it_reads_alike() -> None:
    file = UntrustedFile("list.xlsx", workbook_case_list(MADE))
    ((reading, sources),) = explain_untrusted(file)
    assert (reading,) == read_untrusted(file)
    assert {(one.case, one.subject, one.field, one.at) for one in sources} == values(reading)


def _good() -> tuple[Reading, list[dict[str, Any]]]:
    reading, sources = explained(flat_csv(MADE))
    return reading, sources_to_json(sources)


def test_sources_come_back_as_they_went() -> None:
    reading, sources = explained(flat_csv(MADE))
    assert sources_from_json(sources_to_json(sources), reading) == sources


@pytest.mark.parametrize(
    ("key", "untrusted"),
    [
        ("case", 2),
        ("case", -1),
        ("case", True),
        ("subject", 9),
        ("field", "where"),
        ("field", ["names"]),
        ("at", 5),
        ("rule", "guess"),
        ("rule", {}),
        ("where", "x" * 500),
        ("where", "a\x1b[31m"),
        ("words", None),
        ("words", "a\u202eb"),
    ],
)
def test_a_source_that_fits_no_value_is_refused(key: str, untrusted: object) -> None:
    reading, made = _good()
    made[0][key] = untrusted
    with pytest.raises(NotAReading):
        sources_from_json(made, reading)


@pytest.mark.parametrize("untrusted", [None, {}, [1], [{}], [{"case": 0}]])
def test_sources_of_another_shape_are_refused(untrusted: object) -> None:
    with pytest.raises(NotAReading):
        sources_from_json(untrusted, _good()[0])
