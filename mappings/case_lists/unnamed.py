"""Columns whose heading says too little, understood by what stands below them in every row: roles, references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from integration.domain.people import Role
from mappings.case_lists.case_refs import case_ref_in, is_reference, reference_of
from mappings.case_lists.columns import Column, Header, Shape
from mappings.case_lists.content import Cell, Row
from mappings.case_lists.headings import Heading, Sense, read_heading
from mappings.case_lists.labels import is_plural
from mappings.case_lists.vocabulary import Field, Vocabulary, words_of


def settle_unnamed(header: Header, rows: Sequence[Row], vocabulary: Vocabulary) -> None:
    """Give a meaning to the column of roles and to that of references, if the rows below leave no doubt."""
    if header.shape is Shape.UNKNOWN:
        _find_roles(header, rows, vocabulary)
    if not header.with_field(Field.CASE_REF):
        _find_references(header, rows)


def _find_roles(header: Header, rows: Sequence[Row], vocabulary: Vocabulary) -> None:
    """Role words in every row tell the roles, under a heading such as "Type" or down the side of the table."""
    for column in header.columns:
        beside = column.index == 0 and column.heading.sense is Sense.EMPTY
        if not beside and words_of(column.heading.text) not in vocabulary.vague:
            continue
        cells = [row.cells[column.index] for row in rows if column.index < len(row.cells) and len(row.told()) > 1]
        cells = [cell for cell in cells if not (beside and is_aside(cell, vocabulary))]
        roles = _roles_down(cells, vocabulary)
        if roles and None not in roles and {Role.VICTIM, Role.PERPETRATOR} <= set(roles):
            header.tell_roles_by(column)
            return


def _roles_down(cells: Sequence[Cell], vocabulary: Vocabulary) -> list[Role | None]:
    """The role that each cell gives; below "Children" an empty cell goes on with them."""
    roles: list[Role | None] = []
    going_on = False
    for cell in cells:
        if cell.empty and going_on:
            continue
        roles.append(vocabulary.role_in_cell(cell.text))
        going_on = is_plural(cell.text)
    return roles


def is_aside(cell: Cell, vocabulary: Vocabulary) -> bool:
    """Whether the first cell of a row says that the row tells of nobody: a reason, a case, a heading again."""
    if cell.empty:
        return False
    heading = read_heading(cell.text.rstrip(" :"), vocabulary)
    return (
        case_ref_in(cell.text) is not None
        or heading.sense is Sense.IGNORED
        or (heading.sense is Sense.KNOWN and heading.role is None)
    )


def _find_references(header: Header, rows: Sequence[Row]) -> None:
    """The first column without a heading holds a reference of its own in every row that says something in it."""
    first: Column | None = header.columns[0] if header.columns else None
    if first is None or first.heading.sense is not Sense.EMPTY:
        return
    told = [row.cells[0].text for row in rows if row.cells and not (row.cells[0].empty or row.cells[0].covered)]
    references = [reference_of(text)[0] for text in told]
    if references and all(map(is_reference, references)) and len(set(references)) == len(references):
        header.columns[0] = replace(first, heading=Heading(Sense.KNOWN, frozenset({Field.CASE_REF})))
