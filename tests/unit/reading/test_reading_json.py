"""Reading ↔ JSON: lossless both ways, and nothing that does not fit the contract gets in."""

from __future__ import annotations

import json
import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.domain.case_list import Case, DocumentKind, LayoutUsed, MeetingNamed, Problem, Reading
from integration.domain.people import Address, BirthYear, PersonName, Role, Sex, Subject
from mappings.reading_json import NotAReading, from_json, to_json

text = st.text(string.ascii_letters + string.digits + " ,.'-áéł!", max_size=30)
some = st.text(string.ascii_letters + "áé-' ", min_size=1, max_size=20).filter(str.strip)
days = st.dates()
subjects = st.builds(
    Subject,
    role=st.sampled_from(Role),
    names=st.lists(st.builds(PersonName, some, text), min_size=1, max_size=3).map(tuple),
    births=st.lists(days, max_size=2).map(tuple),
    age=st.none() | st.integers(0, 120),
    sex=st.none() | st.sampled_from(Sex),
    nhs_number=st.none() | st.text(string.digits, max_size=10),
    addresses=st.lists(st.builds(Address, text, st.none() | st.text("AB1 ", max_size=8)), max_size=2).map(tuple),
    phones=st.lists(text, max_size=2).map(tuple),
    where=text,
    row=st.none() | st.integers(0, 9_999),
    born_in=st.none() | st.builds(BirthYear, st.integers(1000, 9999), st.none() | st.integers(1, 12)),
)
readings = st.builds(
    Reading,
    kind=st.sampled_from([kind for kind in DocumentKind if kind is not DocumentKind.CONTAINER]),
    media_type=text,
    sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
    meeting=st.builds(MeetingNamed, st.none() | text, st.none() | days),
    cases=st.lists(
        st.builds(Case, some, st.lists(subjects, max_size=3).map(tuple), st.none() | st.booleans()), max_size=3
    ).map(tuple),
    problems=st.lists(st.builds(Problem, text, text, st.none() | some), max_size=3).map(tuple),
    layout=st.none() | st.builds(LayoutUsed, some, st.integers(1, 99), some),
)


@given(reading=readings)
@settings(max_examples=60, deadline=None)
def test_a_reading_comes_back_as_it_went(reading: Reading) -> None:
    assert from_json(json.loads(json.dumps(to_json(reading)))) == reading


def test_a_reading_of_before_years_of_birth_were_told_is_one() -> None:
    before = json.loads(json.dumps(GOOD))
    del before["cases"][0]["subjects"][0]["born_in"]
    assert from_json(before) == from_json(GOOD)


GOOD: dict[str, Any] = to_json(
    Reading(
        DocumentKind.CASE_LIST,
        "text/csv",
        "0" * 64,
        MeetingNamed("Testshire", None),
        (Case("1/2026", (Subject(Role.VICTIM, (PersonName("ZZTESTER", "Jane"),), where="row 2", row=2),), True),),
        (Problem("row 3", "a row is not understood"),),
    )
)
SUBJECT = ["cases", 0, "subjects", 0]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["document", "kind"], "gossip"),
        (["document", "sha256"], "0" * 63),
        (["document", "sha256"], "Z" * 64),
        (["document", "media_type"], 7),
        (["meeting", "date"], "03/12/2026"),
        (["meeting", "date"], "2026-02-31"),
        (["meeting", "area"], "A" * 101),
        (["cases"], {}),
        (["cases", 0, "repeat"], "yes"),
        (["cases", 0, "repeat"], 1),
        (["cases", 0, "case_ref"], None),
        (["cases", 0, "case_ref"], "1\n2"),
        ([*SUBJECT, "role"], "witness"),
        ([*SUBJECT, "names"], []),
        ([*SUBJECT, "names", 0, "family"], "A" * 201),
        ([*SUBJECT, "names", 0], {"family": " ", "given": ""}),
        ([*SUBJECT, "names", 0, "family"], "ABC\u202eDEF"),
        ([*SUBJECT, "names", 0, "family"], "ABC\u200bDEF"),
        ([*SUBJECT, "names", 0, "given"], "A\x00"),
        ([*SUBJECT, "births"], ["1984"]),
        ([*SUBJECT, "births"], "1984-01-01"),
        ([*SUBJECT, "age"], -1),
        ([*SUBJECT, "age"], True),
        ([*SUBJECT, "age"], 34.5),
        ([*SUBJECT, "born_in"], "1984-13"),
        ([*SUBJECT, "born_in"], "1984-3"),
        ([*SUBJECT, "born_in"], "٤٩٨٤"),
        ([*SUBJECT, "born_in"], 1984),
        ([*SUBJECT, "sex"], "X"),
        ([*SUBJECT, "nhs_number"], 9990000018),
        ([*SUBJECT, "addresses"], [{"line": "12", "postcode": "A" * 13}]),
        ([*SUBJECT, "addresses"], ["12 Nowhere Street"]),
        ([*SUBJECT, "row"], "2"),
        ([*SUBJECT, "extra"], 1),
        (["problems", 0, "reason"], "A" * 301),
        (["problems", 0], "row 3"),
        (["more"], 1),
    ],
)
def test_what_does_not_fit_is_refused(path: list[Any], value: Any) -> None:
    changed = json.loads(json.dumps(GOOD))
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(NotAReading) as raised:
        from_json(changed)
    assert "ZZTESTER" not in str(raised.value)


@pytest.mark.parametrize(
    "path", [["document"], ["meeting", "area"], ["cases", 0, "subjects"], [*SUBJECT, "where"], ["problems"]]
)
def test_what_is_missing_is_refused(path: list[Any]) -> None:
    changed = json.loads(json.dumps(GOOD))
    place = changed
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    with pytest.raises(NotAReading):
        from_json(changed)


@pytest.mark.parametrize(
    "layout",
    [
        None,
        "testshire",
        {"name": "testshire", "version": 1},
        {"name": "testshire", "version": None, "digest": "0" * 12},
        {"name": "testshire", "version": "1", "digest": "0" * 12},
        {"name": "test\nshire", "version": 1, "digest": "0" * 12},
        {"name": "testshire", "version": 1, "digest": "0" * 65},
    ],
)
def test_a_layout_that_is_none_is_refused(layout: object) -> None:
    with pytest.raises(NotAReading):
        from_json(GOOD | {"layout": layout})


@pytest.mark.parametrize("thing", [None, 3, "reading", [], [GOOD]])
def test_what_is_no_object_is_refused(thing: Any) -> None:
    with pytest.raises(NotAReading):
        from_json(thing)
