"""Tables that fold several people into one cell or row, each with a role of its own, unfolded before they are read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from integration.domain.people import Role
from mappings.case_lists.columns import headings_in
from mappings.case_lists.content import Cell, Row, Table
from mappings.case_lists.headings import Heading, Sense, read_heading
from mappings.case_lists.vocabulary import Field, Vocabulary

_MOST_ROWS_ABOVE = 10
_LABEL = re.compile(r"\s*(?P<label>[A-Za-z][A-Za-z ]{0,30}?)\s?\d?\s*(?::|\s[-\u2013])\s*(?P<rest>\S.*)", re.DOTALL)
_HEADINGS = {Role.VICTIM: "Victim", Role.PERPETRATOR: "Perpetrator", Role.CHILD: "Children", Role.OTHER: "Other person"}


def unfolded(table: Table, vocabulary: Vocabulary) -> Table:
    """A column a role where one column held all, a row a person where numbered columns each had a role cell."""
    for at, row in enumerate(table.rows[:_MOST_ROWS_ABOVE]):
        if len(row.told()) < 2:
            continue
        headings = headings_in(row, vocabulary)
        people = _roles_by_number(headings)
        if people:
            return _a_row_a_person(table, at, headings, people)
        labels = _column_of_labels(table.rows[at + 1 :], headings, vocabulary)
        if labels is not None:
            return _a_row_a_case(table, at, headings, labels, vocabulary)
        for index, heading in enumerate(headings):
            if heading.role is not None or _by_role(row.cells[index].text, vocabulary):
                continue  # people, and no heading
            if {Role.VICTIM, Role.PERPETRATOR} <= _roles_below(table.rows[at + 1 :], index, vocabulary):
                return _a_column_a_role(table, at, index, vocabulary)
    return table


# --- Name, DOB and Address down a column without a heading, Victim and Perpetrator across


def _column_of_labels(rows: Sequence[Row], headings: Sequence[Heading], vocabulary: Vocabulary) -> int | None:
    """The column without a heading that holds a label in every row, the name's first and again for each case."""
    across = {heading.role for heading in headings if heading.is_role_alone}
    numbered = any(heading.fields & {Field.CASE_REF, Field.CASE_ORDER} for heading in headings)
    if not (numbered and {Role.VICTIM, Role.PERPETRATOR} <= across):
        return None  # a table a case is a form
    for index in (at for at, heading in enumerate(headings) if heading.sense is Sense.EMPTY):
        told = [row.cells[index] for row in rows if index < len(row.cells) and len(row.told()) > 1]
        labels = [read_heading(cell.text, vocabulary) for cell in told]
        if labels and labels[0].names_somebody and all(_is_label(label) for label in labels):
            return index
    return None


def _is_label(heading: Heading) -> bool:
    return heading.sense is Sense.IGNORED or (heading.about_a_person and heading.role is None)


def _a_row_a_case(table: Table, at: int, headings: Sequence[Heading], labels: int, vocabulary: Vocabulary) -> Table:
    """Every label written before its value, and the rows from one name to the next made one."""
    blocks: list[list[Row]] = []
    for row in table.rows[at + 1 :]:
        label = read_heading(row.cells[labels].text, vocabulary) if labels < len(row.cells) else None
        if not blocks or label is None or label.sense is Sense.EMPTY or label.names_somebody:
            blocks.append([])
        blocks[-1].append(row)
    rows = [_joined(block, headings, labels) for block in blocks]
    return replace(table, rows=(*table.rows[: at + 1], *rows))


def _joined(block: Sequence[Row], headings: Sequence[Heading], labels: int) -> Row:
    if len(block) == 1 and _cell(block[0], labels).empty:
        return block[0]
    cells = []
    for index, first in enumerate(block[0].cells):
        told = [_cell(row, index) for row in block]
        if index == labels:
            cells.append(Cell())
        elif index < len(headings) and headings[index].is_role_alone:
            pairs = [(_cell(row, labels).text, cell.text) for row, cell in zip(block, told, strict=True)]
            lines = [f"{label}: {text}" for label, text in pairs if text.strip()]
            cells.append(Cell("\n".join(lines), first.where))
        else:
            cells.append(next((cell for cell in told if not (cell.empty or cell.covered)), first))
    return replace(block[0], cells=tuple(cells))


def _cell(row: Row, index: int) -> Cell:
    return row.cells[index] if index < len(row.cells) else Cell()


# --- "Parties": V: and P: in one cell


def _roles_below(rows: Sequence[Row], index: int, vocabulary: Vocabulary) -> set[Role]:
    """The roles that the lines of a column begin with; none where a line has none."""
    told: set[Role] = set()
    for cell in (row.cells[index] for row in rows if index < len(row.cells)):
        if cell.empty:
            continue
        share = _by_role(cell.text, vocabulary)
        if share is None:
            return set()
        told.update(share)
    return told


def _by_role(text: str, vocabulary: Vocabulary) -> dict[Role, list[str]] | None:
    """A cell's lines under the role that each begins with; None unless every line has one or goes on with the last."""
    found: dict[Role, list[str]] = {}
    current: Role | None = None
    for line in (line for line in text.split("\n") if line.strip()):
        match = _LABEL.fullmatch(line)
        role = vocabulary.role_in_cell(match["label"]) if match is not None else None
        if role is None and (current is None or (_LABEL.fullmatch(line) and not _is_detail(line, vocabulary))):
            return None
        if role is not None and match is not None:
            found.setdefault(role, []).append(match["rest"])
        elif current is not None:
            found[current].append(line)
        current = role or current
    return found


def _is_detail(line: str, vocabulary: Vocabulary) -> bool:
    return read_heading(line.partition(":")[0], vocabulary).about_a_person


def _a_column_a_role(table: Table, at: int, index: int, vocabulary: Vocabulary) -> Table:
    rows = list(table.rows[:at])
    head = table.rows[at]
    titles = [Cell(text, head.cells[index].where) for text in _HEADINGS.values()]
    rows.append(replace(head, cells=(*head.cells[:index], *titles, *head.cells[index + 1 :])))
    for row in table.rows[at + 1 :]:
        cell = row.cells[index] if index < len(row.cells) else Cell()
        shares = _by_role(cell.text, vocabulary) or {}
        parts = [Cell("\n".join(shares.get(role, ())), cell.where, covered=cell.covered) for role in _HEADINGS]
        rows.append(replace(row, cells=(*row.cells[:index], *parts, *row.cells[index + 1 :])))
    return replace(table, rows=tuple(rows))


# --- "Subject 1 role", "Subject 1 surname", "Subject 2 role"


def _roles_by_number(headings: Sequence[Heading]) -> list[int]:
    """The numbers of the people whose role stands in a cell of their own: two at least, each with a name."""
    numbers = sorted({h.number for h in headings if Field.ROLE in h.fields and h.number is not None})
    named = {h.number for h in headings if h.names_somebody and h.role is None}
    return numbers if len(numbers) > 1 and set(numbers) == named else []


def _a_row_a_person(table: Table, at: int, headings: Sequence[Heading], people: Sequence[int]) -> Table:
    """What belongs to no number stands in each person's row again."""
    own = {number: [i for i, heading in enumerate(headings) if heading.number == number] for number in people}
    common = [i for i in range(len(headings)) if not any(i in indices for indices in own.values())]
    asked = list(dict.fromkeys(headings[i].fields for number in people for i in own[number]))
    head = table.rows[at]
    titles = [_titled(head, headings, own, fields) for fields in asked]
    rows = [*table.rows[:at], replace(head, cells=(*(head.cells[i] for i in common), *titles))]
    for row in table.rows[at + 1 :]:
        for number in people:
            by_field = {headings[i].fields: row.cells[i] for i in own[number] if i < len(row.cells)}
            cells = [by_field.get(fields, Cell()) for fields in asked]
            if any(not cell.empty for cell in cells) or number == people[0]:
                shared = (row.cells[i] if i < len(row.cells) else Cell() for i in common)
                rows.append(replace(row, cells=(*shared, *cells)))
    return replace(table, rows=tuple(rows))


def _titled(head: Row, headings: Sequence[Heading], own: dict[int, list[int]], fields: frozenset[Field]) -> Cell:
    """The heading of a field without its number."""
    at = next(i for indices in own.values() for i in indices if headings[i].fields == fields)
    return Cell(re.sub(r"\s*\d+\s*", " ", head.cells[at].text).strip(), head.cells[at].where)
