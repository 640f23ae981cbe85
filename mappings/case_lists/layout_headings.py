"""The headings of a table held against an area's layout: columns that mean what it says, or what does not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from integration.domain.explanation import Rule
from integration.domain.people import Role
from mappings.case_lists.columns import Column, Header, Shape
from mappings.case_lists.content import Cell, Row
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.headings import EMPTY, read_heading
from mappings.case_lists.layouts import Key, LaidHeading, LaidTable, RowIs
from mappings.case_lists.sources import source
from mappings.case_lists.vocabulary import ABOUT_A_PERSON, NAMES_SOMEBODY, Field, Vocabulary, Words, words_of

Misfit = tuple[Doubt, str]


@dataclass(frozen=True, slots=True)
class Over:
    """What stands over one column: its heading, and the group heading above that."""

    text: str
    group: Words
    cell: Cell = field(repr=False)
    lent: bool = False  # the group heading stands further left, over a cell of its own

    @property
    def keys(self) -> tuple[Key, Key]:
        return (self.group, words_of(self.text)), ((), words_of(self.text))


def is_header(rows: Sequence[Row], at: int, laid: LaidTable) -> bool:
    """Whether a row has half of the layout's headings, and two at least; whether it has all is asked afterwards."""
    wanted = {words_of(heading.text) for heading in laid.required if heading.means is not None}
    there = {words_of(over.text) for over in headings_over(rows, at, laid)} & wanted
    return len(there) >= min(2, len(wanted)) and 2 * len(there) >= len(wanted)


def is_group_row(row: Row, laid: LaidTable) -> bool:
    return any(words_of(cell.text) in laid.groups for cell in row.told())


def headings_over(rows: Sequence[Row], at: int, laid: LaidTable, outer: str = "") -> list[Over]:
    """What stands over each column, `rows[at]` being the lowest row of headings, and `outer` a line above the table."""
    grouped = at > 0 and is_group_row(rows[at - 1], laid)
    above = groups_over(rows[at - 1], len(rows[at].cells)) if grouped else []
    found = []
    for index, cell in enumerate(rows[at].cells):
        left = rows[at].cells[index - 1] if index else Cell()
        text = "" if cell.covered and left.text == cell.text else cell.text  # one heading, merged over two columns
        group = words_of(above[index].text if grouped else outer)
        own = rows[at - 1].cells[index] if grouped and index < len(rows[at - 1].cells) else Cell()
        if cell.empty and not own.empty and not own.covered and group not in laid.groups:
            found.append(Over(own.text, (), own))  # a heading that stands in the upper row alone
        else:
            found.append(Over(text, group, cell, lent=grouped and own.empty))
    return found


def groups_over(row: Row, width: int) -> list[Cell]:
    """The group heading over each column: a merged one over its own, another over the empty cells to its right too."""
    merged = any(cell.covered for cell in row.cells)
    found, current = [], Cell()
    for index in range(width):
        cell = row.cells[index] if index < len(row.cells) else Cell()
        if not cell.empty:
            current = cell
        elif merged:
            current = Cell()
        found.append(current)
    return found


def laid_header(
    rows: Sequence[Row], at: int, laid: LaidTable, vocabulary: Vocabulary, outer: str = ""
) -> Header | list[Misfit]:
    """The columns as the layout says, or everything that is otherwise than it says."""
    overs, by_key = headings_over(rows, at, laid, outer), laid.by_key
    found = [next((by_key[key] for key in over.keys if key in by_key), None) for over in overs]
    misfits = [
        *_misplaced(rows[at], overs, found, laid),
        *_missing(rows[at], found, laid),
        *_lent(overs, found, laid),
        *_contradicted(rows, at, found, laid, vocabulary),
    ]
    if misfits:
        return list(dict.fromkeys(misfits))
    columns = [_column(index, over, heading) for index, (over, heading) in enumerate(zip(overs, found, strict=True))]
    return Header(at, at, columns, _shape(laid))


def _misplaced(
    row: Row, overs: Sequence[Over], found: Sequence[LaidHeading | None], laid: LaidTable
) -> Iterator[Misfit]:
    """Headings that the layout does not have, has once, or has in another place."""
    if laid.header_row not in (None, row.number):
        yield Doubt.LAYOUT_HEADING_MOVED, row.where
    for index, (over, heading) in enumerate(zip(overs, found, strict=True)):
        if heading is None and over.text.strip():
            yield Doubt.LAYOUT_HEADING_UNKNOWN, over.cell.where or row.where
        elif heading is not None and heading.column not in (None, index):
            yield Doubt.LAYOUT_HEADING_MOVED, over.cell.where or row.where
        elif heading is not None and heading.means is not None and heading in found[:index]:
            yield Doubt.LAYOUT_HEADING_TWICE, over.cell.where or row.where


def _missing(row: Row, found: Sequence[LaidHeading | None], laid: LaidTable) -> Iterator[Misfit]:
    for heading in laid.required:
        if heading not in found:
            yield Doubt.LAYOUT_HEADING_MISSING, missing_at(row.where, heading)


def missing_at(where: str, heading: LaidHeading) -> str:
    """A place for what is not there: where it should stand, and the layout's own words for it."""
    return f'{where[:45]}, "{heading.shown[:68]}"'


def _lent(overs: Sequence[Over], found: Sequence[LaidHeading | None], laid: LaidTable) -> Iterator[Misfit]:
    """A group heading that is not merged speaks for the columns to its right, in the layout's order and after a name.

    Who it stands over is beyond doubt only for the column that it stands over, so that must be the name; if a column
    came in from another group, the order says so.
    """
    for index, (over, heading) in enumerate(zip(overs, found, strict=True)):
        if heading is None or not (over.lent and heading.under):
            continue
        before = found[index - 1] if index else None
        if before is None or not _goes_on(before, heading, laid):
            yield Doubt.LAYOUT_HEADING_MOVED, over.cell.where


def _goes_on(before: LaidHeading, heading: LaidHeading, laid: LaidTable) -> bool:
    same = (before.under, before.person) == (heading.under, heading.person)
    in_order = laid.headings.index(before) < laid.headings.index(heading)
    return same and in_order and (heading.means not in NAMES_SOMEBODY or before.means in NAMES_SOMEBODY)


def _contradicted(
    rows: Sequence[Row], at: int, found: Sequence[LaidHeading | None], laid: LaidTable, vocabulary: Vocabulary
) -> Iterator[Misfit]:
    """A group heading that the layout does not name, and that gives somebody the other role."""
    above = at - 2 if at > 0 and is_group_row(rows[at - 1], laid) else at - 1
    if above < 0:
        return
    for cell, heading in zip(groups_over(rows[above], len(found)), found, strict=True):
        known = read_heading(cell.text, vocabulary) if not cell.empty else EMPTY
        if heading is not None and known.is_role_alone and {known.role, heading.role} == _OPPOSITES:
            yield Doubt.ROLES_CONTRADICT, cell.where


_OPPOSITES = {Role.VICTIM, Role.PERPETRATOR}


def _column(index: int, over: Over, laid: LaidHeading | None) -> Column:
    if laid is None:
        return Column(index, EMPTY, None, over.cell.where)
    said = source(over.cell.where, Rule.LAYOUT_FILE, laid.shown)
    return Column(
        index,
        laid.heading,
        laid.role,
        over.cell.where,
        laid.person,
        role_source=said if laid.role is not None else None,
        rule=Rule.LAYOUT_FILE,
    )


def _shape(laid: LaidTable) -> Shape:
    if laid.row is RowIs.CASE:
        return Shape.CASE
    if any(heading.means is Field.ROLE for heading in laid.headings):
        return Shape.PERSON
    assert all(heading.role is not None for heading in laid.headings if heading.means in ABOUT_A_PERSON)
    return Shape.PERSON_OF_ONE_ROLE
