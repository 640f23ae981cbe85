"""A list of three cases, laid out as cells and lines that a test then damages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from builders import case, subject
from documents import address, births_or_age, name
from reading_room import TODAY, vocabulary

from integration.domain.case_list import Reading
from integration.domain.people import Role, Subject
from mappings.case_lists.content import Cell, Content, Line, Row, Table
from mappings.case_lists.layout_documents import read_content

TITLE = Line("Testshire MARAC case list 3rd December 2026", "line 1")
VICTIMS, PERPETRATORS = ("ZZVERA", "ZZVENN", "ZZVIDA"), ("ZZPIKE", "ZZPARK", "ZZPOOLE")
CASES = tuple(
    case(
        f"0{at}/2026/10{at}",
        subject(Role.VICTIM, VICTIMS[at - 1], "Ann", births=(date(1980 + at, 1, 2),), line=f"{at} High Street"),
        subject(Role.PERPETRATOR, PERPETRATORS[at - 1], "Bob", births=(date(1970 + at, 1, 2),), line=f"{at} Low Road"),
    )
    for at in (1, 2, 3)
)
ROLES = dict.fromkeys(VICTIMS, Role.VICTIM) | dict.fromkeys(PERPETRATORS, Role.PERPETRATOR)
BIRTHS = {one.names[0].family: one.births for made in CASES for one in made.subjects}
Grid = Sequence[Sequence[str]]


def table(rows: Grid, place: str = "table 1", merged: Sequence[int] = ()) -> Table:
    """A table; in the rows `merged` a cell that repeats the one to its left is covered by it."""
    made = []
    for y, row in enumerate(rows):
        covered = [y in merged and x > 0 and bool(text) and row[x - 1] == text for x, text in enumerate(row)]
        cells = tuple(Cell(text, place, covered=over) for text, over in zip(row, covered, strict=True))
        made.append(Row(y + 1, cells, f"{place} row {y + 1}"))
    return Table(tuple(made), "", place)


def read(*blocks: Line | Table) -> Reading:
    content = Content("text/csv", (TITLE, *blocks))
    return read_content(content, sha256="0" * 64, untrusted_names=(), vocabulary=vocabulary(), today=TODAY)


def told(person: Subject) -> list[str]:
    return [name(person), births_or_age(person), address(person)]


def row_of(at: int, turned: bool = False) -> list[str]:
    people = CASES[at].subjects[::-1] if turned else CASES[at].subjects
    return [CASES[at].case_ref, *(text for one in people for text in told(one))]


def found(reading: Reading) -> set[str]:
    """Whoever is read and acts; fails if one of them is not as the list says."""
    acting = set()
    for made in () if reading.doubts_whole_document() else reading.cases:
        for person in () if reading.problems_of(made.case_ref) else made.subjects:
            family = person.names[0].family
            assert (person.role, set(person.births) - set(BIRTHS[family])) == (ROLES[family], set())
            acting.add(family)
    return acting


def nobody_lost(reading: Reading) -> None:
    held = {problem.case_ref for problem in reading.problems}
    for made in () if None in held else CASES:
        assert made.case_ref in held or {one.names[0].family for one in made.subjects} <= found(reading)
    found(reading)
