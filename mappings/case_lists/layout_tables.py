"""Tables read by an area's layout: its headings or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mappings.case_lists.columns import is_header_row
from mappings.case_lists.content import Row, Table
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.gathering import Gathering
from mappings.case_lists.layout_forms import case_ref_after
from mappings.case_lists.layout_headings import headings_over, is_group_row, is_header, laid_header
from mappings.case_lists.layouts import Key, LaidTable, Layout, begins_with
from mappings.case_lists.strays import names_people
from mappings.case_lists.tables import TableReader


def header_row_of(table: Table, laid: LaidTable) -> int | None:
    """The first row of a table that has the layout's headings, or most of them."""
    rows = table.rows
    return next((at for at, row in enumerate(rows) if not row.empty and is_header(rows, at, laid)), None)


@dataclass(slots=True)
class LaidTableReader:
    """Reads one table; at the first thing that does not fit it stops, and the list is held."""

    layout: Layout
    laid: LaidTable
    gathering: Gathering
    outer: str = field(default="", repr=False)  # the line above the table, where that is a group heading
    reader: TableReader | None = None

    def read(self, table: Table) -> None:
        first: list[Key] = []
        for at, row in enumerate(table.rows):
            if row.empty or self._is_skipped(row) or self._is_group_row_of_next(table.rows, at):
                continue
            if is_header(table.rows, at, self.laid):
                keys = [over.keys[0] for over in headings_over(table.rows, at, self.laid, self.outer)]
                if keys != first and not self._open(table.rows, at):
                    return
                first = keys
            else:
                self._read_row(row)

    def _open(self, rows: Sequence[Row], at: int) -> bool:
        header = laid_header(rows, at, self.laid, self.gathering.vocabulary, self.outer)
        if isinstance(header, list):
            for doubt, where in header:
                self.gathering.doubt(doubt, where)
            return False
        self.reader = TableReader(header, self.gathering)
        self.reader.open([row for row in rows[at + 1 :] if not self._is_skipped(row)])
        return True

    def _read_row(self, row: Row) -> None:
        ref = case_ref_after(self.layout.case_heading, row.told()[0].text) if len(row.told()) == 1 else None
        if ref is not None and self.reader is not None:
            self.reader.last_case = self.gathering.case(ref[0], row.where)
        elif self.reader is None:
            if self._may_be_about_people(row):
                self.gathering.doubt(Doubt.ROW_UNCLEAR, row.where)
        elif is_header_row(row, self.gathering.vocabulary):
            self.gathering.doubt(Doubt.LAYOUT_TABLE_UNKNOWN, row.where)
        else:
            self.reader.read(row)

    def _may_be_about_people(self, row: Row) -> bool:
        """Above the headings: a title names nobody, and fills no row."""
        told = row.told()
        full = len(told) >= 3 and 2 * len(told) >= len(self.laid.required)
        return full or any(names_people(cell.text, self.gathering) for cell in told)

    def _is_group_row_of_next(self, rows: Sequence[Row], at: int) -> bool:
        return is_group_row(rows[at], self.laid) and at + 1 < len(rows) and is_header(rows, at + 1, self.laid)

    def _is_skipped(self, row: Row) -> bool:
        return bool(row.told()) and begins_with(row.told()[0].text, self.laid.skip_rows)
