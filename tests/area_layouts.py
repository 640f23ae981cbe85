"""Layout files of areas that do not exist, and lists in words that nothing could recognise."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

from builders import case, subject
from documents import case_row, workbook
from reading_room import TODAY, vocabulary

from integration.domain.case_list import LayoutUsed, Reading
from integration.domain.explanation import Explained
from integration.domain.people import Role
from mappings.case_lists.containers import explained_readings_of
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.layout_file import layout_from
from mappings.case_lists.layouts import Layout, Layouts

AREA = "Testshire"
USED = LayoutUsed("testshire", 3, "0123456789ab")
JARGON = (
    "Ref", "Sent by", "Been before", "Party A", "A born", "A lives at", "A health no", "Party B", "B born",
    "B lives at", "How related", "Dependants",
)  # fmt: skip

HEAD = f'version = 3\narea = "{AREA}"\n'
ROW_A_CASE = (
    HEAD
    + """
[[tables]]
row = "case"
ignore = ["Sent by"]
headings = [
    { text = "Ref", means = "case_ref" },
    { text = "Been before", means = "repeat" },
    { text = "Party A", role = "victim", means = "name" },
    { text = "A born", role = "victim", means = "birth" },
    { text = "A lives at", role = "victim", means = "address" },
    { text = "A health no", role = "victim", means = "nhs_number" },
    { text = "Party B", role = "perpetrator", means = "name" },
    { text = "B born", role = "perpetrator", means = "birth" },
    { text = "B lives at", role = "perpetrator", means = "address" },
    { text = "How related", means = "relationship" },
    { text = "Dependants", role = "child", means = "person" },
]
"""
)


def sides(**headings: str) -> str:
    """The same headings under each of two group headings."""
    return "".join(
        f'    {{ under = "{group}", text = "{text}", role = "{role}", means = "{means}" }},\n'
        for group, role in (("Party A", "victim"), ("Party B", "perpetrator"))
        for means, text in headings.items()
    )


FORM = sides(name="Name", birth="Date of birth", address="Address", nhs_number="NHS number")
GROUPED = (
    HEAD
    + '[[tables]]\nrow = "case"\nheadings = [\n    { text = "Case ref", means = "case_ref" },\n'
    + '    { text = "Repeat?", means = "repeat" },\n'
    + '    { text = "Children", role = "child", means = "person" },\n'
    + sides(name="Name", birth="D.O.B.", address="Address")
    + "]\n"
)
CHILDREN = """
[[tables]]
row = "person"
optional = true
ignore = ["School"]
headings = [{ text = "Child name", role = "child", means = "name" }, { text = "DOB", role = "child", means = "birth" }]
"""
SIDE_BY_SIDE = (
    HEAD
    + 'case_heading = "Case"\n[[tables]]\nrow = "label"\nignore = ["Referring agency"]\nheadings = [\n'
    + '    { text = "Repeat", means = "repeat" },\n'
    + FORM
    + "]\n"
    + CHILDREN
)
BLOCKS = (
    HEAD
    + '[[tables]]\nrow = "label"\nheadings = [\n    { text = "Case number", means = "case_ref" },\n'
    + '    { text = "Repeat", means = "repeat" },\n'
    + '    { text = "Children", role = "child", means = "person" },\n'
    + FORM
    + "]\n"
)

CASES = tuple(
    case(
        f"{number}/2026/00{number}",
        subject(Role.VICTIM, f"ZZVERA-{letter}", "Ann"),
        subject(Role.PERPETRATOR, f"ZZPIKE-{letter}", "Bob"),
        repeat=number == 1,
    )
    for number, letter in ((1, "ASH"), (2, "BAY"), (3, "COE"))
)


def layout(text: str) -> Layout:
    return layout_from(tomllib.loads(text), USED, vocabulary())


def explained(data: bytes, text: str, name: str = "") -> tuple[Reading, tuple[Explained, ...]]:
    """What a document of the area says by its layout, and from which cells."""
    ((reading, sources),) = explained_readings_of(
        data, name, passwords=(), vocabulary=vocabulary(), today=TODAY, layouts=Layouts((layout(text),), AREA)
    )
    return reading, sources


def read(data: bytes, text: str, name: str = "") -> Reading:
    return explained(data, text, name)[0]


def jargon(columns: Sequence[int] = range(len(JARGON)), without: Sequence[int] = ()) -> bytes:
    """One row a case under the area's own words: these columns in this order, without these headings."""
    head = ["" if index in without else JARGON[index] for index in columns]
    rows: list[list[Any]] = [[f"{AREA} MARAC - 3 December 2026"], head]
    rows += [[case_row(made)[index] for index in columns] for made in CASES]
    return workbook({"List": rows})


def swapped(reading: Reading) -> list[str]:
    """Everybody who was read as the opposite of what they are."""
    wrong = {Role.PERPETRATOR: "ZZVERA", Role.VICTIM: "ZZPIKE"}
    people = [person for made in reading.cases for person in made.subjects]
    return [p.names[0].family for p in people if p.names[0].family.upper().startswith(wrong.get(p.role, "-"))]


def held(reading: Reading, *doubts: Doubt) -> list[str]:
    """The places of these doubts; a list that does not follow its layout names nobody at all."""
    assert reading.doubts_whole_document()
    assert reading.cases == ()
    places = [problem.where for problem in reading.problems if problem.reason in {doubt.value for doubt in doubts}]
    assert places, reading.problems
    assert reading.problems[0].reason.count("layout")
    return places
