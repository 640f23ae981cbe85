"""What a list says and nothing is made of is told with its place, and holds nothing."""

from __future__ import annotations

import pytest
from documents import workbook
from reading_room import read_one

from integration.domain.case_list import Reading
from mappings.case_lists.remarks import Remark
from mappings.reading_json import from_json, to_json

HEAD = ["Case No", "Victim", "Victim DOB", "Perpetrator name", "Perpetrator DOB", "Children"]
ROW = ["1/2026/001", "ZZVERA, Ann", "02/01/1981", "ZZPIKE, Bob", "02/01/1971", "None"]
FLAT = (
    "marac_area,meeting_date,case_ref,role,surname,forenames,date_of_birth,age\nX,3/12/2026,1/26,Victim,ZZVERA,Ann,,\n"
)


def sheet(**changed: str) -> Reading:
    names = ("ref", "victim", "victim_dob", "perpetrator", "perpetrator_dob", "children")
    return read_one(workbook({"MARAC case list": [HEAD, [changed.get(n, v) for n, v in zip(names, ROW, strict=True)]]}))


def remarks(reading: Reading) -> list[Remark]:
    """They hold nobody, and come back as they went."""
    assert reading.problems == ()
    assert from_json(to_json(reading)) == reading
    assert all(remark.case_ref == reading.cases[0].case_ref and remark.where for remark in reading.remarks)
    return [Remark(remark.reason) for remark in reading.remarks]


@pytest.mark.parametrize("age", ["30-35", "30s", "mid 40s", "c. 30-35 years", "40ish"])
def test_a_rough_age_is_said(age: str) -> None:
    reading = sheet(perpetrator_dob=age)
    assert remarks(reading) == [Remark.VAGUE_AGE]
    assert [person.age for person in reading.cases[0].subjects] == [None, None]
    assert remarks(sheet(victim=f"ZZVERA, Ann\nDOB: {age}", victim_dob="")) == [Remark.VAGUE_AGE]


@pytest.mark.parametrize("name", ["Unknown", "Not known", "Unknown male", "N/K", "ZZPIKE, Bob\nUnknown male", "UNK"])
def test_somebody_without_a_name_is_said(name: str) -> None:
    if name.startswith("ZZ"):
        assert remarks(sheet(perpetrator=name)) == [Remark.UNNAMED]
    else:
        assert remarks(sheet(perpetrator=name, perpetrator_dob="")) == [Remark.UNNAMED]


def test_a_row_of_somebody_unknown_is_said() -> None:
    reading = read_one((FLAT + "X,3/12/2026,1/26,Perpetrator,Unknown,Unknown,,\n").encode())
    assert remarks(reading) == [Remark.UNNAMED]
    assert [len(case.subjects) for case in reading.cases] == [1]


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"victim": "ZZVERA, Ann\nUnknown"},  # her address, perhaps
        {"perpetrator": "None", "perpetrator_dob": ""},
        {"children": "Unknown"},
        {"victim_dob": "Unknown"},
        {"victim_dob": "age 30"},
    ],
)
def test_what_is_nobody_and_no_rough_age_is_not_remarked(changed: dict[str, str]) -> None:
    assert remarks(sheet(**changed)) == []
