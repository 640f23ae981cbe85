"""Tables that lie on their side: labels down the first column, and a column for each case."""

from __future__ import annotations

from itertools import groupby

from mappings.case_lists.case_refs import is_reference, reference_of
from mappings.case_lists.content import Cell, Row, Table
from mappings.case_lists.labels import read_label
from mappings.case_lists.vocabulary import Field, Vocabulary


def upright(table: Table, vocabulary: Vocabulary) -> Table:
    """The same table with a row for each case, if it lies on its side; else the table itself."""
    start = next((at for at, row in enumerate(table.rows) if _numbers_cases(row, vocabulary)), None)
    if start is None:
        return table
    rows = [row for row in table.rows[start:] if not row.empty]
    width = max(len(row.cells) for row in rows)
    columns = [[row.cells[index] if index < len(row.cells) else Cell() for row in rows] for index in range(width)]
    groups = _groups(rows, vocabulary)
    labels = [Cell() if _is_band(row, vocabulary) else row.cells[0] for row in rows]
    upright_rows = [_row(number, cells) for number, cells in enumerate((groups, labels, *columns[1:]), start=1)]
    return Table((*table.rows[:start], *(row for row in upright_rows if not row.empty)), table.name, table.where)


def _numbers_cases(row: Row, vocabulary: Vocabulary) -> bool:
    """ "Case ref | 27/2026/001 | 27/2026/002": a label, and nothing but references, each another."""
    told = row.told()
    label = read_label(told[0].text, vocabulary) if len(told) > 2 else None
    if label is None or label.fields != {Field.CASE_REF} or told[0] is not row.cells[0]:
        return False
    references = [reference_of(cell.text)[0] for cell in told[1:]]
    return all(map(is_reference, references)) and len(set(references)) == len(references)


def _groups(rows: list[Row], vocabulary: Vocabulary) -> list[Cell]:
    """VICTIM in a row of its own stands over the labels below it, as a merged heading stands over its columns."""
    current, found = Cell(), []
    for row in rows:
        if _is_band(row, vocabulary):
            current = row.cells[0]
            found.append(Cell())  # over the empty column that the band itself becomes
        else:
            found.append(current)
    spread = (list(group) for _, group in groupby(found, key=lambda cell: (cell.text, cell.where)))
    return [
        Cell(cell.text, cell.where, covered=at > 0 and not cell.empty)
        for group in spread
        for at, cell in enumerate(group)
    ]


def _is_band(row: Row, vocabulary: Vocabulary) -> bool:
    label = read_label(row.cells[0].text, vocabulary)
    return label is not None and label.is_role_alone and len(row.told()) == 1


def _row(number: int, cells: list[Cell]) -> Row:
    where = next((cell.where for cell in cells if cell.where), "")
    return Row(number, tuple(cells), where)
