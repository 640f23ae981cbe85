"""Layout files: every fault is found at once, with its place and what to do; what is right is what it says."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from area_layouts import AREA, BLOCKS, GROUPED, HEAD, JARGON, ROW_A_CASE, SIDE_BY_SIDE, USED, layout, read
from documents import workbook
from hypothesis import given, settings
from hypothesis import strategies as st
from reading_room import TODAY, vocabulary

from integration.domain.people import Role
from integration.errors import ConfigurationError, ExitCode
from integration.reading.layout_files import load_layout_file, load_layouts
from integration.reading.layouts import LayoutsToFollow
from mappings.case_lists.containers import readings_of
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.layout_file import LayoutFaults, layout_from, layouts_from, version_of
from mappings.case_lists.vocabulary import Field

EXAMPLE = Path(__file__).resolve().parents[3] / "config" / "layouts" / "example.toml"
PEOPLE = """
    { text = "A", role = "victim", means = "name" },
    { text = "B", role = "perpetrator", means = "name" },
"""


def table(headings: str, keys: str = 'row = "case"') -> str:
    return f"{HEAD}[[tables]]\n{keys}\nheadings = [{headings}]\n"


def faults(text: str) -> str:
    with pytest.raises(LayoutFaults) as raised:
        layout(text)
    return "\n".join(raised.value.faults)


@pytest.mark.parametrize("text", [ROW_A_CASE, GROUPED, SIDE_BY_SIDE, BLOCKS, table(PEOPLE)])
def test_what_the_tests_use_is_right(text: str) -> None:
    assert layout(text).area == AREA


def test_the_shipped_example_is_right_and_reads_what_it_describes() -> None:
    file = load_layout_file(EXAMPLE, "example.toml")
    request = LayoutsToFollow((file,), file.area).to_request()
    groups = ["", "Party A", "Party A", "Party A", "Party B", "Party B", "Party B", "", ""]
    head = ["Ref", *["Name", "Born", "Lives at"] * 2, "Dependants", "Been before"]
    row = ["7", "Zzvera Ann", "2/3/84", "12 Nowhere Street", "Zzpike Bob", "", "", "Tom Zzvera (5)", "No"]
    rows: list[list[Any]] = [["Rotherham MARAC 3 December 2026"], [], groups, head, row, ["Total: 1"]]
    data = workbook({"Cases": rows, "Attendance": [["Name"], ["ZZCLERK, Una"]]})
    known = layouts_from(request, vocabulary())
    (reading,) = readings_of(data, "", passwords=(), vocabulary=vocabulary(), today=TODAY, layouts=known)
    assert reading.problems == ()
    assert [(p.role, p.names[0].family) for p in reading.cases[0].subjects] == [
        (Role.VICTIM, "Zzvera"),
        (Role.PERPETRATOR, "Zzpike"),
        (Role.CHILD, "Zzvera"),
    ]


def test_the_example_names_every_meaning() -> None:
    said = EXAMPLE.read_text(encoding="utf-8")
    assert [field for field in Field if field not in (Field.ROW_ID, Field.CASE_ORDER) and field.value not in said] == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "version: give a whole number"),
        ("version = 0", "version: give a whole number"),
        ('version = "1"', "version: give a whole number"),
    ],
)
def test_a_layout_has_a_version(text: str, fault: str) -> None:
    with pytest.raises(LayoutFaults, match=fault):
        version_of(tomllib.loads(text))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (HEAD, "the file: there is no [[tables]]"),
        (table(PEOPLE).replace(AREA, " "), "the file: area: give a text"),
        (table(PEOPLE).replace("area", "aera"), "the file: aera is not known; the keys are area,"),
        (HEAD + "tables = 3", "the file: tables: give a list"),
        (table(PEOPLE, 'row = "people"'), "table 1: row: give one of case, person, label"),
        (table(PEOPLE, "sheet = 3"), "table 1: sheet: give a text"),
        (table(PEOPLE, 'row = "case"\nheader_row = "4"'), "table 1: header_row: give a whole number"),
        (table(PEOPLE, 'row = "case"\noptional = "yes"'), "table 1: optional: give true or false"),
        (table(PEOPLE, 'row = "case"\nskip_rows = [""]'), "table 1: skip_rows: one is empty"),
        (table(PEOPLE, 'row = "case"\nlabels = "left"'), 'table 1: labels is for row = "label" alone'),
        (table(PEOPLE, 'row = "label"\nheader_row = 2'), 'table 1: header_row and column are not for row = "label"'),
        (table(PEOPLE + '{ text = "C", means = "colour" },'), 'table 1, heading 3 ("C"): means: give one of case_ref'),
        (table(PEOPLE + '{ text = "C", means = "name", role = "boss" },'), '("C"): role: give one of victim'),
        (table(PEOPLE + '{ text = "C", sort = "name" },'), 'table 1, heading 3 ("C"): sort is not known'),
        (table(PEOPLE + '{ means = "name" },'), "table 1, heading 3: text: give a text"),
        (table(PEOPLE + '{ text = "?!", means = "name" },'), "table 1, heading 3: text: give a text"),
        (table(PEOPLE + '{ text = "C", means = "repeat", column = "1" },'), "column: give the column's letter"),
        (table(PEOPLE + '{ text = "C", means = "repeat", role = "victim" },'), "repeat is nobody's own"),
        (table(PEOPLE + '{ text = "C", means = "repeat", order = "given-first" },'), 'order is for means = "name"'),
        (table(PEOPLE).replace("version", 'dates = "us"\nversion'), "dates: give one of day-first, month-first"),
        (HEAD + '[role_words]\nvictim = ["X"]\nperpetrator = ["x"]\n', 'role_words: "x" is given two roles'),
    ],
)
def test_what_has_the_wrong_shape_is_named_with_its_place(text: str, fault: str) -> None:
    assert fault in faults(text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (table(PEOPLE + '{ text = "a", role = "victim", means = "birth" },'), '"A" stands there twice'),
        (table(PEOPLE + '{ text = "A", under = "G", role = "victim", means = "birth" },'), "with `under` and without"),
        (
            table(PEOPLE + '{ text = "C", role = "victim", means = "name" },'),
            "two headings mean the name of victim 1",
        ),
        (table(PEOPLE + '{ text = "C", means = "birth" },'), '"C": whose is it? Give its role'),
        (table(PEOPLE + '{ text = "C", means = "role" },'), 'means = "role" is for row = "person" alone'),
        (table(PEOPLE + '{ text = "C", means = "role" },', 'row = "person"'), "each row tells its role"),
        (table(PEOPLE, 'row = "person"'), "a row is one person, and its headings give several roles"),
        (table(PEOPLE + '{ text = "C", role = "child", means = "birth" },'), "child 1 has details and no name"),
        (
            table(PEOPLE + '{ text = "C", role = "victim", means = "family" },'),
            "the name of victim 1 is told in two ways (family, name)",
        ),
        (table(PEOPLE.replace('"name"', '"given"')), "victim 1 has a given name and no family name"),
        (table('{ text = "C", means = "repeat" }'), "no heading is about anybody"),
        (table(PEOPLE.replace("perpetrator", "other")), "no heading names a perpetrator"),
        (table(PEOPLE.replace("victim", "child")), "no heading names a victim"),
        (table(PEOPLE.replace('"A"', '"Suspect"')), '"Suspect" says perpetrator, and its role is victim'),
        (
            table(PEOPLE.replace('text = "B"', 'text = "Name", under = "Survivor"')),
            '"Survivor / Name" says victim, and its role is perpetrator',
        ),
        (table(PEOPLE, 'row = "case"\nignore = ["Victim name"]'), '"Victim name" names a victim, who would be passed'),
        (table(PEOPLE, 'row = "label"'), "to which case do people belong?"),
        (
            table(
                PEOPLE.replace('text = "A"', 'text = "N", under = "G"').replace('text = "B"', 'text = "M", under = "G"')
            ),
            '"g" stands over a victim and over a perpetrator',
        ),
        (
            table(
                '{ text = "R", means = "case_ref" }, { text = "A", role = "victim", means = "name" }', 'row = "person"'
            )
            + '[[tables]]\nrow = "person"\nheadings = [{ text = "R", means = "case_ref" },'
            + '{ text = "A", role = "perpetrator", means = "name" }]',
            'tables 1 and 2: "A" has opposite roles; name the sheet of each',
        ),
        (
            table(PEOPLE + '{ text = "R", means = "case_ref" },', 'row = "label"')
            + '[[tables]]\nrow = "label"\nheadings = [{ text = "S", means = "case_ref" },'
            + '{ text = "C", role = "child", means = "name" }]',
            'two tables have row = "label"',
        ),
        (HEAD + '[role_words]\nvictim = ["P"]\n' + table(PEOPLE).removeprefix(HEAD), 'no heading has means = "role"'),
        (
            HEAD + '[role_words]\nvictim = ["Offender"]\n' + table(PEOPLE).removeprefix(HEAD),
            '"offender" means perpetrator everywhere else',
        ),
        (
            HEAD + '[role_words]\nvictim = ["P"]\nperpetrator = ["P 2"]\n' + table(PEOPLE).removeprefix(HEAD),
            "differ by a number alone",
        ),
    ],
)
def test_what_makes_no_sense_is_named_with_its_place(text: str, fault: str) -> None:
    assert fault in faults(text)


def test_all_faults_are_named_at_once() -> None:
    text = table(PEOPLE + '{ text = "C", means = "colour", sort = 1 },', 'row = "x"').replace(AREA, "")
    assert len(faults(text).splitlines()) == 4


texts = st.text(max_size=12)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | texts | st.sampled_from(["case", "label", "name", "victim", "left"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["text", "means", "role", "row", "headings", "tables", "under", "column", "area"]) | texts,
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(raw=st.dictionaries(st.sampled_from(["version", "area", "tables", "role_words", "dates"]) | texts, plain))
@settings(max_examples=60, deadline=None)
def test_whatever_a_file_holds_it_is_a_layout_or_has_faults(raw: dict[str, Any]) -> None:
    try:
        assert layout_from(raw, USED, vocabulary()).tables
    except LayoutFaults as refused:
        assert all(": " in fault for fault in refused.faults)


# --- files


def test_a_file_is_known_by_its_name_version_and_digest(tmp_path: Path) -> None:
    path = tmp_path / "testshire.toml"
    path.write_text(ROW_A_CASE, encoding="utf-8")
    first = load_layout_file(path, "layouts/testshire.toml")
    assert (first.used.name, first.used.version, len(first.used.digest)) == ("testshire", 3, 12)
    path.write_text(ROW_A_CASE + "# a word more\n", encoding="utf-8")
    assert load_layout_file(path, "layouts/testshire.toml").used != first.used


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("t.toml", None, "t.toml: No such file or directory; correct the area's layout, or restore the file"),
        ("t.toml", b"version = 1\narea = \n", "t.toml: not valid TOML: Invalid value (at line 2, column 8)"),
        ("t.toml", b"# \xff\n", "t.toml: not UTF-8"),
        ("t.toml", b"#" * 70_000, "t.toml: larger than 64 KiB"),
        ("Jane Doe.toml", ROW_A_CASE.encode(), "the file's name: it goes on record"),
        ("t.toml", ROW_A_CASE.replace(AREA, "Elsewhere").encode(), "t.toml: area: it is for Elsewhere, and Testshire"),
        ("t.toml", b"version = 1\n", "t.toml: the file: area: give a text"),
    ],
)
def test_a_file_at_fault_stops_the_start_with_its_name(
    tmp_path: Path, name: str, content: bytes | None, fault: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError) as raised:
        load_layouts({AREA: (path, name)})
    assert raised.value.exit_code is ExitCode.CONFIGURATION
    assert fault in str(raised.value)


def test_the_faults_of_all_files_are_named(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(HEAD, encoding="utf-8")
    with pytest.raises(ConfigurationError) as raised:
        load_layouts({AREA: (tmp_path / "a.toml", "a.toml"), "Elsewhere": (tmp_path / "b.toml", "b.toml")})
    assert {line.split(":")[0] for line in str(raised.value).splitlines()} == {"a.toml", "b.toml"}


# --- dates that an area writes month first


def test_dates_month_first() -> None:
    text = ROW_A_CASE.replace(HEAD, HEAD + 'dates = "month-first"\n')
    rows = [[f"{AREA} MARAC - 12/03/2026"], list(JARGON)]
    rows += [["1/2026/001", "", "N", "ZZVERA, Ann", "03/12/1984", "", "", "ZZPIKE, Bob", "25/12/1971", "", "", ""]]
    reading = read(workbook({"List": rows}), text)
    assert reading.meeting.date == date(2026, 12, 3)
    victim, perpetrator = reading.cases[0].subjects
    assert victim.births == (date(1984, 3, 12),)
    assert perpetrator.births == ()  # there is no month 25
    assert [problem.reason for problem in reading.problems] == [Doubt.BIRTH_UNCLEAR.value]
