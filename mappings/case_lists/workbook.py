"""Workbooks → content: every sheet a table, numbers and dates as the workbook holds them, merged cells filled."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from mappings.case_lists.choices import Choices
from mappings.case_lists.content import Cell, Content, Noticed, Row, Table, clean, squeeze
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.refusals import Refusal, Refused

MOST_CELLS = 2_000_000
_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!")


def read_workbook(data: bytes, media_type: str, choices: Sequence[Choices] = ()) -> Content:
    """All sheets, the hidden ones too: what is hidden is read, and noticed, unless it is but `choices`."""
    import python_calamine

    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [(meta, workbook.get_sheet_by_name(meta.name)) for meta in _worksheets(workbook)]
    except python_calamine.PasswordError as error:
        raise Refused(Refusal.PROTECTED) from error
    except (python_calamine.CalamineError, ValueError, OSError, KeyError) as error:
        raise Refused(Refusal.TRUNCATED) from error
    tables, noticed = [], []
    for meta, sheet in sheets:
        if sheet.height * sheet.width > MOST_CELLS:
            raise Refused(Refusal.TOO_MUCH)
        table = _table(meta.name, sheet)
        if meta.visible != python_calamine.SheetVisibleEnum.Visible:
            if _only_offers(table, [offered for offered in choices if offered.sheet == meta.name]):
                continue
            noticed.append(Noticed(clean(meta.name), Doubt.HIDDEN.value))
        tables.append(table)
        noticed += [
            Noticed(cell.where, Doubt.ERROR_VALUE.value)
            for row in table.rows
            for cell in row.cells
            if cell.text.strip() in _ERRORS
        ]
    return Content(media_type, tuple(tables), tuple(noticed))


def _only_offers(table: Table, choices: Sequence[Choices]) -> bool:
    """Whether there is nothing on a sheet but choices of drop-down cells."""
    return all(
        cell.empty or any(offered.covers(column, row.number) for offered in choices)
        for row in table.rows
        for column, cell in enumerate(row.cells, start=1)
    )


def _worksheets(workbook: Any) -> list[Any]:
    return [meta for meta in workbook.sheets_metadata if "WorkSheet" in str(meta.typ)]


def _table(untrusted_name: str, sheet: Any) -> Table:
    name = squeeze(clean(untrusted_name))[:60] or "Sheet"
    grid = sheet.to_python(skip_empty_area=False)
    filled = _filled(grid, sheet.merged_cell_ranges or [])
    rows = []
    for y, values in enumerate(grid, start=1):
        cells = tuple(
            _cell(value, f"{name}!{column_name(x)}{y}", covered=(y - 1, x) in filled)
            if (y - 1, x) not in filled
            else _cell(filled[y - 1, x], f"{name}!{column_name(x)}{y}", covered=True)
            for x, value in enumerate(values)
        )
        rows.append(Row(y, cells, f"{name}!row {y}"))
    return Table(tuple(rows), name, name)


def _filled(grid: list[list[Any]], ranges: list[Any]) -> dict[tuple[int, int], Any]:
    """The cells that merging covers, with the value that they show."""
    filled: dict[tuple[int, int], Any] = {}
    for (top, left), (bottom, right) in ranges:
        if top >= len(grid) or left >= len(grid[top]):
            continue
        for y in range(top, min(bottom + 1, len(grid))):
            for x in range(left, min(right + 1, len(grid[y]))):
                if (y, x) != (top, left):
                    filled[y, x] = grid[top][left]
        if len(filled) > MOST_CELLS:
            raise Refused(Refusal.TOO_MUCH)
    return filled


def _cell(value: Any, where: str, *, covered: bool) -> Cell:
    text, native = _shown(value)
    return Cell(text, where, native, covered)


def _shown(value: Any) -> tuple[str, date | float | None]:
    """A value as a person reads it; whole numbers lose the fraction that the format gives them."""
    if value is None or value == "":
        return "", None
    if isinstance(value, bool):
        return ("Yes" if value else "No"), None
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y" if value.time() == time() else "%d/%m/%Y %H:%M"), value.date()
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y"), value
    if isinstance(value, time | timedelta):
        return str(value), None
    if isinstance(value, int | float):
        return (str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)), float(value)
    return clean(str(value)), None


def column_name(index: int) -> str:
    """0 is A, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, letter = divmod(index - 1, 26)
        name = chr(ord("A") + letter) + name
    return name
