"""What a row says of its case and its meeting, in columns of their own or beside the reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from mappings.case_lists.births import from_native, meeting_day
from mappings.case_lists.case_refs import reference_of
from mappings.case_lists.columns import Column, Header
from mappings.case_lists.content import Cell, Row, squeeze
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.gathering import CaseDraft, Gathering
from mappings.case_lists.strays import names_people
from mappings.case_lists.vocabulary import Field

ASKED_OF_A_CASE = frozenset({Field.REPEAT, Field.MEETING_DATE, Field.AREA, Field.CASE_ORDER})


def told_in(row: Row, column: Column) -> bool:
    """Whether the row's own cell says something in a column."""
    cell = row.cells[column.index] if column.index < len(row.cells) else Cell()
    return not (cell.empty or cell.covered)


def repeats(references: Column, rows: Sequence[Row]) -> bool:
    """Whether references stand again in every row of their case, so that a row without one has lost it."""
    told = [row.cells[references.index] for row in rows if told_in(row, references)]
    return any(one.text == other.text for one, other in pairwise(told))


def note_repeat(header: Header, references: Sequence[Column], gathering: Gathering, row: Row, case: CaseDraft) -> None:
    """Whether the row says that its case is a repeat."""
    for cell in _cells(references, row):
        _note_beside_reference(cell, gathering, row, case)
    for cell in _cells(header.with_field(Field.REPEAT), row):
        answer = gathering.vocabulary.answer_to_repeat(cell.text)
        case.repeat = case.repeat if answer is None else answer


def _note_beside_reference(cell: Cell, gathering: Gathering, row: Row, case: CaseDraft) -> None:
    """What stands in the cell of the reference with it: a repeat, an agency, and nobody unnoticed."""
    rest = reference_of(cell.text)[1]
    if rest and names_people(rest, gathering):
        gathering.doubt(Doubt.ROW_UNCLEAR, row.where, case)
    for line in rest.split("\n"):
        answer = gathering.vocabulary.answer_to_repeat(line)
        case.repeat = case.repeat if answer is None else answer


def note_meeting(header: Header, gathering: Gathering, row: Row) -> None:
    """The area and the day of the meeting that the row names."""
    for cell in _cells(header.with_field(Field.MEETING_DATE), row):
        native = cell.value
        day = from_native(native) if native is not None and not isinstance(native, float | int) else None
        day = day or meeting_day(cell.text, gathering.today)
        if day is not None:
            gathering.dates.append((day, cell.where))
    for cell in _cells(header.with_field(Field.AREA), row):
        text = squeeze(cell.text)
        if text and not gathering.vocabulary.says_nothing(text):
            gathering.areas.append((text, row.where))


def _cells(columns: Sequence[Column], row: Row) -> Iterator[Cell]:
    return (row.cells[column.index] for column in columns if column.index < len(row.cells))
