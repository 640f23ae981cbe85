"""Columns whose headings give no role by themselves: details after a name, and roles by a letter."""

from __future__ import annotations

from collections.abc import Sequence

import docx
import pytest
from documents import add_table, saved, workbook
from hypothesis import given, settings
from hypothesis import strategies as st
from reading_room import read_one

from integration.domain.case_list import DocumentKind, Reading
from integration.domain.people import Role

TITLE = "Rotherham MARAC case list 03/12/2026"
CELLS = {
    "Case": "1/2026",
    "Victim": "ZZVERA, Ann",
    "V name": "ZZVERA, Ann",
    "Perpetrator": "ZZPIKE, Bob",
    "P name": "ZZPIKE, Bob",
    "Children": "Zoe ZZVERA",
}
OF_THE_VICTIM = {"DOB": "02/01/1981", "Address": "1 High Street, ZZ99 3VZ", "V DOB": "02/01/1981"}
OF_THE_PERPETRATOR = {"DOB": "02/01/1971", "Address": "9 Low Road, ZZ99 4WZ", "P DOB": "02/01/1971"}
LAYOUT = ["Case", "Victim", "DOB", "Address", "Perpetrator", "DOB", "Address"]
quick = settings(max_examples=60, deadline=None)


def read(head: Sequence[str]) -> Reading:
    """One case under these headings, every detail that of the name that it stood beside in `LAYOUT`."""
    cells, own = [], OF_THE_VICTIM
    for heading in head:
        own = OF_THE_PERPETRATOR if heading in ("Perpetrator", "P name") else own
        cells.append(CELLS.get(heading) or own[heading])
    return read_one(workbook({"List": [[TITLE], list(head), cells]}))


def told(reading: Reading) -> dict[Role, tuple[str, str, str]]:
    return {
        person.role: (
            person.names[0].family,
            str(person.births[0].year) if person.births else "",
            person.addresses[0].postcode or "" if person.addresses else "",
        )
        for case in reading.cases
        for person in case.subjects
    }


def held(reading: Reading) -> bool:
    return reading.doubts_whole_document() or reading.kind is DocumentKind.UNRECOGNISED


@pytest.mark.parametrize(
    "head",
    [
        LAYOUT,
        ["Case", "Victim", "DOB", "Address", "Perpetrator", "DOB"],
        ["Case", "Victim", "Address", "DOB", "Perpetrator", "DOB", "Address", "Children"],
    ],
)
def test_details_belong_to_the_name_that_they_follow(head: list[str]) -> None:
    reading = read(head)
    assert not reading.problems
    victim = ("ZZVERA", "1981", "ZZ99 3VZ")
    assert told(reading)[Role.VICTIM] == victim
    assert told(reading)[Role.PERPETRATOR] == ("ZZPIKE", "1971", "ZZ99 4WZ" if head.count("Address") == 2 else "")


@pytest.mark.parametrize(
    "head",
    [
        ["Case", "Victim", "Perpetrator", "DOB", "Address"],  # whose?
        ["Case", "DOB", "Victim", "DOB", "Perpetrator"],  # before or after its name?
        ["Case", "Victim", "DOB", "Perpetrator", "Address"],
        ["Case", "Victim", "DOB", "DOB", "Perpetrator", "DOB"],
        ["Case", "Victim", "DOB", "Perpetrator"],
    ],
)
def test_a_detail_that_may_be_either_persons_holds_the_list(head: list[str]) -> None:
    assert held(read(head))


@quick
@given(order=st.permutations(range(1, len(LAYOUT))))
def test_columns_in_any_order_are_read_right_or_held(order: list[int]) -> None:
    cells = [
        "1/2026",
        "ZZVERA, Ann",
        "02/01/1981",
        "1 High Street, ZZ99 3VZ",
        "ZZPIKE, Bob",
        "02/01/1971",
        "9 Low Road",
    ]
    reading = read_one(workbook({"List": [[TITLE], *([row[i] for i in (0, *order)] for row in (LAYOUT, cells))]}))
    roles = {person.names[0].family: person.role for case in reading.cases for person in case.subjects}
    assert roles.get("ZZVERA", Role.VICTIM) is Role.VICTIM
    assert roles.get("ZZPIKE", Role.PERPETRATOR) is Role.PERPETRATOR


@quick
@given(without=st.sets(st.sampled_from(range(1, len(LAYOUT))), min_size=1))
def test_without_some_of_the_headings_the_list_is_held(without: set[int]) -> None:
    cells = ["1/2026", "ZZVERA, Ann", "02/01/1981", "1 High Street", "ZZPIKE, Bob", "02/01/1971", "9 Low Road"]
    head = ["" if index in without else heading for index, heading in enumerate(LAYOUT)]
    assert held(read_one(workbook({"List": [[TITLE], head, cells]})))


def test_a_role_with_details_in_brackets_holds_the_person() -> None:
    cells = ["1/2026", "Ann ZZVERA (02/01/1981)", "Bob ZZPIKE (02/01/1971)", "Dr Patel"]
    reading = read_one(workbook({"List": [[TITLE], ["Case", "Victim (DOB)", "Perpetrator (DOB)", "Victim GP"], cells]}))
    assert not reading.problems
    assert told(reading) == {Role.VICTIM: ("ZZVERA", "1981", ""), Role.PERPETRATOR: ("ZZPIKE", "1971", "")}


def test_a_name_beside_it_keeps_the_brackets_a_date_of_birth() -> None:
    head = ["Case", "Victim name", "Victim (DOB)", "Perpetrator name", "Perpetrator (DOB)"]
    cells = ["1/2026", "Ann ZZVERA", "02/01/1981", "Bob ZZPIKE", "02/01/1971"]
    reading = read_one(workbook({"List": [[TITLE], head, cells]}))
    assert not reading.problems
    assert told(reading) == {Role.VICTIM: ("ZZVERA", "1981", ""), Role.PERPETRATOR: ("ZZPIKE", "1971", "")}


def form(*rows: tuple[str, str, str, str]) -> Reading:
    document = docx.Document()
    document.add_heading(TITLE, level=1)
    document.add_paragraph("Case 1/2026")
    add_table(document, rows)
    return read_one(saved(document))


@pytest.mark.parametrize("sides", [("Victim", "Perpetrator"), ("Perpetrator", "Victim")])
def test_labels_below_two_labels_of_roles_speak_of_the_same_people(sides: tuple[str, str]) -> None:
    names = {"Victim": ("ZZVERA, Ann", "02/01/1981"), "Perpetrator": ("ZZPIKE, Bob", "02/01/1971")}
    (left, left_born), (right, right_born) = (names[side] for side in sides)
    address = ("Address", "NFA", "Address", "NFA")
    reading = form((sides[0], left, sides[1], right), ("DOB", left_born, "DOB", right_born), address)
    assert not reading.problems
    assert told(reading) == {Role.VICTIM: ("ZZVERA", "1981", ""), Role.PERPETRATOR: ("ZZPIKE", "1971", "")}


def test_one_label_twice_in_a_row_that_nothing_gives_to_anybody_holds_the_list() -> None:
    address = ("Address", "NFA", "", "")
    reading = form(("Victim", "ZZVERA, Ann", "", ""), ("DOB", "02/01/1981", "DOB", "02/01/1971"), address)
    assert held(reading)


def test_one_label_twice_in_a_line_of_text_holds_the_list() -> None:
    text = f"{TITLE}\n\nCase 1/2026\nVictim: Ann ZZVERA    Perpetrator: Bob ZZPIKE\n"
    reading = read_one((text + "DOB: 02/01/1981    DOB: 02/01/1971\n").encode())
    assert held(reading)
    assert not any(person.births for case in reading.cases for person in case.subjects)


def test_a_name_with_details_behind_it_in_a_line() -> None:
    text = f"{TITLE}\n\nCase 1/2026\nVICTIM Ann ZZVERA (DOB 02/01/1981) of 1 High Street, ZZ99 3VZ\n"
    reading = read_one((text + "PERP Bob ZZPIKE, born 02/01/1971\n").encode())
    assert not reading.problems
    assert told(reading) == {Role.VICTIM: ("ZZVERA", "1981", "ZZ99 3VZ"), Role.PERPETRATOR: ("ZZPIKE", "1971", "")}


def test_roles_by_a_letter() -> None:
    reading = read(["Case", "V name", "V DOB", "P name", "P DOB"])
    assert not reading.problems
    assert told(reading) == {Role.VICTIM: ("ZZVERA", "1981", ""), Role.PERPETRATOR: ("ZZPIKE", "1971", "")}


@pytest.mark.parametrize(
    "head",
    [
        ["Case", "V name", "V DOB"],  # one letter alone proves nothing
        ["Case", "Victim", "P name", "P DOB"],  # the P may be the partner
    ],
)
def test_a_letter_without_its_pair_is_no_role(head: list[str]) -> None:
    reading = read(head)
    assert held(reading)
    assert Role.PERPETRATOR not in told(reading)
