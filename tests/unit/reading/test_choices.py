"""Hidden sheets of choices hold no list; a hidden sheet with anything else on it does."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import openpyxl
import pytest
from documents import workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from reading_room import read_one

from integration.domain.case_list import Reading

LIST = [
    ["Case No", "Victim name", "Victim DOB", "Perpetrator name", "Perpetrator DOB", "Repeat"],
    ["1/2026/001", "ZZVERA, Ann", "02/01/1981", "ZZPIKE, Bob", "02/01/1971", "No"],
]
OFFERED = [["Repeat", "Agency"], ["Yes", "Police"], ["No", "Health 111"]]


def with_choices(
    *sources: str, sheet: str = "Look up", change: Callable[[openpyxl.Workbook], None] | None = None
) -> Reading:
    made = openpyxl.load_workbook(BytesIO(workbook({"MARAC case list": LIST, sheet: OFFERED})))
    made[sheet].sheet_state = "hidden"
    for source in sources:
        offered = DataValidation(type="list", formula1=source)
        offered.add("F2:F100")
        made.worksheets[0].add_data_validation(offered)
    if change:
        change(made)
    target = BytesIO()
    made.save(target)
    return read_one(target.getvalue())


@pytest.mark.parametrize(
    "sources",
    [("'Look up'!$A$2:$A$3", "'Look up'!$B$2:$B$9"), ("'Look up'!$A:$B",), ("'Look up'!A2:B3",)],
    ids=["a range each", "whole columns", "two columns"],
)
def test_a_hidden_sheet_of_choices_is_no_part_of_the_list(sources: tuple[str, ...]) -> None:
    reading = with_choices(*sources)
    assert reading.problems == ()
    assert len(reading.cases) == 1


def test_choices_may_have_a_name_and_their_sheet_an_apostrophe() -> None:
    def name_them(made: openpyxl.Workbook) -> None:
        made.defined_names["Offered"] = DefinedName("Offered", attr_text="'It''s'!$A$2:$B$3")

    assert with_choices("Offered", sheet="It's", change=name_them).problems == ()


@pytest.mark.parametrize(
    "sources", [(), ("'Look up'!$A$2:$A$3",), ("'Other'!$A:$B",), ("\"Yes,No\"",)],
    ids=["none", "one column", "another sheet", "words"],
)  # fmt: skip
def test_anything_else_on_a_hidden_sheet_holds_the_list(sources: tuple[str, ...]) -> None:
    assert with_choices(*sources).doubts_whole_document()


def test_a_person_beside_the_choices_holds_the_list() -> None:
    def add(made: openpyxl.Workbook) -> None:
        made["Look up"]["D7"] = "ZZNEW, Carl"

    assert with_choices("'Look up'!$A:$B", change=add).doubts_whole_document()
