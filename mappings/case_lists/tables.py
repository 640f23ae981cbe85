"""Tables with headings: one row a case, or one row a person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from integration.domain.explanation import Rule, Source
from integration.domain.people import Role
from mappings.case_lists.about_cases import ASKED_OF_A_CASE, note_meeting, note_repeat, repeats, told_in
from mappings.case_lists.assembly import Assembly
from mappings.case_lists.births import DATE
from mappings.case_lists.case_refs import case_ref_in, reference_of
from mappings.case_lists.columns import (
    CASE_FIELDS,
    Column,
    Header,
    Shape,
    find_header,
    is_group_row_of_next,
    is_header_row,
)
from mappings.case_lists.content import Cell, Row, Table, squeeze
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.form_tables import FormTableReader
from mappings.case_lists.forms import FormReader
from mappings.case_lists.gathering import CaseDraft, Gathering
from mappings.case_lists.headings import Heading, Sense, mentions_a_role, read_heading
from mappings.case_lists.labels import is_plural
from mappings.case_lists.people import Found
from mappings.case_lists.sources import Told, credit_role, source
from mappings.case_lists.strays import is_furniture, names_people, names_people_alone, tells_of_people
from mappings.case_lists.unnamed import is_aside, settle_unnamed
from mappings.case_lists.vocabulary import Field, words_of

_SELF = {"self", "victim", "same", "own", "perpetrator", "n", "a", "na"}
_REF = re.compile(r"\d")


def read_tables_with_headings(table: Table, forms: FormReader) -> bool:
    """Read every headed section of a table; False if it has none. A line above it may have given a role or a case."""
    gathering, outer, outer_source = forms.gathering, forms.band, forms.band_source
    sheet = read_heading(table.name, gathering.vocabulary)
    if sheet.is_role_alone:  # a sheet for each role
        outer, outer_source = sheet.role, source(table.where, Rule.BLOCK_HEADING, table.name)
    reader: TableReader | None = None
    banners = FormTableReader(forms)
    start = 0
    for at, row in enumerate(table.rows):
        if row.empty:
            continue
        grouping = is_group_row_of_next(table.rows, at, gathering.vocabulary)
        if _begins_section(table.rows, at, reader, gathering):
            words = gathering.vocabulary
            header = find_header(table.rows, at, words, floor=start, outer=outer, outer_source=outer_source)
            _check_sheet(header, sheet, table)
            _check_above(table.rows[: header.first_row] if reader is None else (), forms)
            reader = TableReader(header, gathering)
            reader.open(_below(table.rows[at + 1 :], header, forms))
        elif (reader is None or not reader.case_columns) and banners.read_case_banner(row):
            reader = reader.under_banner() if reader is not None else None
        elif reader is not None and not grouping and not reader.is_header_again(row):
            reader.read(row)
        start = at + 1 if reader is not None and not grouping else start
    if reader is not None and reader.header.under_one_role and not sheet.is_role_alone:
        forms.band = None  # a heading speaks for the table below it, not for the next one
    return reader is not None


def _check_sheet(header: Header, sheet: Heading, table: Table) -> None:
    """A sheet that is called "Victims" holds victims."""
    roles = {column.role for column in header.columns} - {None}
    if sheet.is_role_alone and sheet.role is not Role.OTHER and sheet.role not in roles:
        header.contradict(table.where)


def _check_above(rows: Sequence[Row], forms: FormReader) -> None:
    """Nobody may be lost who stands above the first headings."""
    for row in rows:
        if not FormTableReader(forms).is_case_banner(row) and tells_of_people(row, forms.gathering):
            forms.gathering.doubt(Doubt.ROW_UNCLEAR, row.where)


def _below(rows: Sequence[Row], header: Header, forms: FormReader) -> Sequence[Row]:
    """The rows that the header speaks for: where rows across the table open the cases, those of the first case."""
    if header.with_field(Field.CASE_REF) or header.with_field(Field.CASE_ORDER):
        return rows
    return list(takewhile(lambda row: not FormTableReader(forms).is_case_banner(row), rows))


def _begins_section(rows: Sequence[Row], at: int, reader: TableReader | None, gathering: Gathering) -> bool:
    vocabulary = gathering.vocabulary
    if not is_header_row(rows[at], vocabulary) or is_group_row_of_next(rows, at, vocabulary):
        return False
    grouped = at > 0 and is_group_row_of_next(rows, at - 1, vocabulary)  # the same headings may stand under others
    return reader is None or grouped or not reader.is_header_again(rows[at])


@dataclass(slots=True)
class TableReader:
    """Reads the rows under one header."""

    header: Header
    gathering: Gathering
    case_columns: list[Column] = field(default_factory=list)
    last_case: CaseDraft | None = None
    band_role: Role | None = None
    band_source: Source | None = None
    closed_refs: set[str] = field(default_factory=set)
    unnumbered: bool = False
    going_on: Role | None = None  # below "Children" down the side, rows without a role are children's
    each_row_numbered: bool = False  # references stand again in every row of a case
    carried: bool = False  # no row has told its reference yet

    def open(self, rows: Sequence[Row]) -> None:
        """Settle what hangs on the rows below: columns without a heading, headings that are not understood."""
        settle_unnamed(self.header, [row for row in rows if not self.is_header_again(row)], self.gathering.vocabulary)
        self.last_case = self.gathering.current
        strong = self.header.with_field(Field.CASE_REF)
        self.case_columns = strong[:1] or self.header.with_field(Field.CASE_ORDER)[:1]
        if len(strong) > 1:
            self.header.doubt(Doubt.SAME_MEANING_TWICE, strong[1].where)
        for column in self.header.columns:
            cells = [row.cells[column.index] for row in rows if column.index < len(row.cells)]
            told = [cell for cell in cells if not cell.empty and not cell.covered]
            if column.fields & CASE_FIELDS and any(names_people_alone(cell, self.gathering) for cell in told):
                self.header.doubt(Doubt.HEADING_NOT_ABOVE, column.where)
            if column.heading.sense is Sense.EMPTY and told:
                self.header.doubt(Doubt.HEADING_MISSING, told[0].where)
            elif column.heading.sense is Sense.UNKNOWN and any(self._may_name_people(cell) for cell in told):
                self.header.doubt(Doubt.HEADING_UNCLEAR, column.where)
            elif told and mentions_a_role(column.heading, self.gathering.vocabulary):
                self.gathering.passed_over.append(column.where)
        self.carried = bool(strong)
        self.each_row_numbered = bool(strong) and repeats(strong[0], rows)
        missing = not self.case_columns and self.gathering.current is None
        self.unnumbered = missing and self.header.shape is Shape.CASE  # a list without case numbers counts its rows
        for doubt, where in self.header.doubts:
            self.gathering.doubt(doubt, where)
        self.gathering.roles_told.update(column.role for column in self.header.columns if column.role is not None)
        if self.header.with_field(Field.ROLE):
            self.gathering.roles_told.update(Role)  # each row tells its own

    def under_banner(self) -> TableReader:
        """Go on with the case that a row across the table has opened."""
        self.last_case = self.gathering.current
        self.going_on = None
        return self

    def _may_name_people(self, cell: Cell) -> bool:
        return names_people(cell.text, self.gathering)

    def is_header_again(self, row: Row) -> bool:
        """The same headings once more, as at the top of each page."""
        ours = self.header.columns
        return (
            len(row.cells) >= len(ours)
            and all(
                words_of(cell.text) == words_of(column.heading.text)
                for cell, column in zip(row.cells, ours, strict=False)
            )
            and bool(row.told())
        )

    def read(self, row: Row) -> None:
        """One row: a case, a person, a continuation, or a line across the page."""
        if len(row.told()) == 1 and len(self.header.columns) > 2 and self._read_lone_cell(row):
            return
        beyond = [cell for cell in row.cells[len(self.header.columns) :] if not (cell.empty or cell.covered)]
        if beyond:
            self.gathering.doubt(Doubt.HEADING_MISSING, beyond[0].where or row.where)
        if self._is_aside(row):
            if tells_of_people(replace(row, cells=row.cells[1:]), self.gathering):
                self.gathering.doubt(Doubt.ROW_UNCLEAR, row.where)
            return
        match self.header.shape:
            case Shape.CASE:
                self._read_case(row)
            case Shape.PERSON | Shape.PERSON_OF_ONE_ROLE:
                self._read_person(row)
            case Shape.UNKNOWN:
                self._note_case(row)

    def _is_aside(self, row: Row) -> bool:
        """Under roles down the side, a row whose first cell is a label: "Reason for referral"."""
        columns = self.header.with_field(Field.ROLE)
        beside = bool(columns) and columns[0].index == 0 and not columns[0].heading.text
        return beside and bool(row.cells) and is_aside(row.cells[0], self.gathering.vocabulary)

    def _read_lone_cell(self, row: Row) -> bool:
        """A row with one cell: a band that names a role or a case, a remark, or part of the list."""
        cell = row.told()[0]
        index = row.cells.index(cell)
        heading = read_heading(cell.text, self.gathering.vocabulary)
        wide = any(other.covered for other in row.cells)
        if heading.is_role_alone and self.header.shape is not Shape.CASE and heading.role is not None:
            self.band_role, self.band_source = heading.role, source(cell.where, Rule.BLOCK_HEADING, cell.text)
            self.gathering.roles_told.add(heading.role)
            return True
        ref = case_ref_in(cell.text)
        if ref is not None and self.header.shape is not Shape.CASE and not self.case_columns:
            self.last_case = self.gathering.case(ref, row.where)
            return True
        in_case_column = any(column.index == index for column in self.case_columns)
        if (
            in_case_column
            and not wide
            and _REF.search(cell.text)
            and len(cell.text) <= 40
            and not DATE.search(cell.text)
        ):
            return False
        if not in_case_column and not wide and self._is_about_a_person(index):
            return False
        if is_furniture(cell.text, self.gathering) or not names_people(cell.text, self.gathering):
            return True
        self.gathering.doubt(Doubt.ROW_UNCLEAR, cell.where or row.where)
        return True

    def _is_about_a_person(self, index: int) -> bool:
        return any(column.index == index and column.heading.about_a_person for column in self.header.columns)

    # --- one row a case

    def _read_case(self, row: Row) -> None:
        ref = self._ref_in(row)
        people = self._people_of(row)
        if ref is None:
            self._continue_case(row, people)
            return
        total = ref.endswith(":") and not _REF.search(ref)  # "Repeats: 3"
        furniture = total or is_furniture(ref, self.gathering)
        if furniture and not any(names_people(c.text, self.gathering) for c in row.told()):
            return
        key = " ".join(ref.split()).casefold()
        case = self.gathering.case(ref, row.where)
        again = bool(case.people) and (self.last_case is not case or key in self.closed_refs)
        if again and not _shares_somebody(case, people):
            self.gathering.doubt(Doubt.CASE_TWICE, row.where, case)
        if self.last_case is not None and self.last_case is not case:
            self.closed_refs.add(self.last_case.ref.casefold())
        self.last_case = case
        note_meeting(self.header, self.gathering, row)
        note_repeat(self.header, self.case_columns, self.gathering, row, case)
        self.carried = False
        self._enter(people, case, row)

    def _ref_in(self, row: Row) -> str | None:
        if self.unnumbered:
            return f"row {row.number}"
        for column in self.case_columns:
            text = reference_of(row.cells[column.index].text)[0] if column.index < len(row.cells) else ""
            a_role = self.gathering.vocabulary.role_in_cell(text) is not None  # the row is pushed to the left
            if text and not (a_role or self.gathering.vocabulary.says_nothing(text)):
                return squeeze(text).rstrip(".") or None
        return None

    def _continue_case(self, row: Row, people: list[tuple[Found, Role | None]]) -> None:
        """A row without a case number goes on with the case above it, if it names people."""
        named = any(found.people for found, _ in people)
        told = [cell for cell in row.told() if not self.gathering.vocabulary.says_nothing(cell.text)]
        about = [cell for cell in told if self._is_about_a_person(row.cells.index(cell))]
        if not about and not any(names_people(cell.text, self.gathering) for cell in told):
            return
        if self.last_case is None:
            self.gathering.doubt(Doubt.CASE_MISSING, row.where)
            return
        if not named:
            self.gathering.doubt(Doubt.ROW_UNCLEAR, row.where, self.last_case)
        if self._begins_a_case(row, people, self.last_case):
            self.gathering.doubt(Doubt.RUN_TOGETHER, row.where, self.last_case)
        self._enter(people, self.last_case, row)

    def _begins_a_case(self, row: Row, people: list[tuple[Found, Role | None]], above: CaseDraft) -> bool:
        """Whether a row without a reference has lost its own: both roles are told anew, or what a case is asked."""
        known = {(person.role, person.names[0]) for person in above.people}
        new = {role for found, role in people for one in found.people if (role, one.names[0]) not in known}
        asked = any(told_in(row, column) for column in self.header.columns if column.fields & ASKED_OF_A_CASE)
        return self.carried or {Role.VICTIM, Role.PERPETRATOR} <= new or (Role.VICTIM in new and asked)

    def _people_of(self, row: Row) -> list[tuple[Found, Role | None]]:
        keys = dict.fromkeys(
            (column.role, column.person) for column in self.header.columns if column.heading.about_a_person
        )
        return [(self._assemble(row, role, person), role) for role, person in keys]

    def _assemble(self, row: Row, role: Role | None, person: int, *, any_role: bool = False) -> Found:
        cells: dict[Field, list[Told]] = {}
        for column in self.header.columns:
            same = any_role or (column.role is role and column.person == person)
            if not (same and column.heading.about_a_person) or column.index >= len(row.cells):
                continue
            cell = row.cells[column.index]
            wanted = Field.PERSON if Field.PERSON in column.fields else sorted(column.fields)[0]
            if len(column.fields) > 1 and Field.PERSON not in column.fields:
                wanted = Field.ADDRESS if Field.ADDRESS in column.fields else wanted
            if not cell.covered or self._covers_downwards(row, column):
                cells.setdefault(wanted, []).append(Told(column.heading, cell, column.rule))
        return Assembly(self.gathering.vocabulary, self.gathering.today, role, cells).people()

    def _covers_downwards(self, row: Row, column: Column) -> bool:
        """A cell merged down over several rows speaks for each of them; one merged to the right does not."""
        left = row.cells[column.index - 1] if column.index else Cell()
        return not left.text or left.text != row.cells[column.index].text

    def _enter(self, people: list[tuple[Found, Role | None]], case: CaseDraft, row: Row) -> None:
        for found, role in people:
            credit_role(found.people, self._role_source(row, role))
            for draft in found.people:
                draft.row = row.number
                place = None if self.header.shape is Shape.CASE else self.gathering.place(role, row.where)
                case.add(draft, place)
            self.gathering.note(found, row.where, case)

    # --- one row a person

    def _read_person(self, row: Row) -> None:
        ref = self._ref_in(row)
        case = self.gathering.case(ref, row.where) if ref is not None else self.last_case
        role, stated = self._role_in(row)
        found = self._assemble(row, role, 1, any_role=True)
        told = [cell for cell in row.told() if not self.gathering.vocabulary.says_nothing(cell.text)]
        if case is None:
            if found.people or any(names_people(cell.text, self.gathering) for cell in told):
                self.gathering.doubt(Doubt.CASE_MISSING, row.where)
            return
        self.last_case = case
        self.carried = self.carried and ref is None
        if found.people and ref is None and (self.carried or self.each_row_numbered):
            self.gathering.doubt(Doubt.RUN_TOGETHER, row.where, case)
        note_meeting(self.header, self.gathering, row)
        note_repeat(self.header, self.case_columns, self.gathering, row, case)
        if role is None and (found.people or stated):
            self.gathering.doubt(Doubt.ROLE_UNCLEAR, row.where, case)
            return
        self._check_relationship(row, role, case)
        if not found.people and not found.doubts and role is not Role.CHILD and not self._name_is_stated_unknown(row):
            found.doubt(Doubt.NAME_MISSING)
        if not found.people and not found.doubts and any(names_people(cell.text, self.gathering) for cell in told):
            found.doubt(Doubt.ROW_UNCLEAR)
        self._enter([(found, role)], case, row)

    def _name_is_stated_unknown(self, row: Row) -> bool:
        naming = [column.index for column in self.header.columns if column.heading.names_somebody]
        return any(index < len(row.cells) and not row.cells[index].empty for index in naming)

    def _role_in(self, row: Row) -> tuple[Role | None, bool]:
        """The role in the row's own cell, or that of the column headings or the band above; and whether one is told."""
        columns = self.header.with_field(Field.ROLE)
        if columns:
            texts = [row.cells[column.index].text for column in columns if column.index < len(row.cells)]
            roles = {self.gathering.vocabulary.role_in_cell(text) for text in texts if text.strip()}
            if not roles and self.going_on is not None:
                return self.going_on, True
            plural = len(roles) == 1 and not columns[0].heading.text and any(is_plural(text) for text in texts)
            self.going_on = next(iter(roles)) if plural else None
            return (roles.pop() if len(roles) == 1 else None), bool(texts)
        own = {column.role for column in self.header.columns if column.heading.names_somebody}
        own |= {self.band_role} if self.band_role is not None else set()
        own -= {None}
        return (own.pop() if len(own) == 1 else None), bool(own)

    def _role_source(self, row: Row, role: Role | None) -> Source | None:
        for column in self.header.with_field(Field.ROLE):
            cell = row.cells[column.index] if column.index < len(row.cells) else Cell()
            if not cell.empty:
                rule = Rule.ROLE_CELL if column.rule is Rule.HEADING else column.rule
                return source(cell.where, rule, cell.text)
        return self.header.role_source(role) or self.band_source

    def _check_relationship(self, row: Row, role: Role | None, case: CaseDraft) -> None:
        for wanted, own in (
            (Field.RELATIONSHIP, Role.VICTIM),
            (Field.RELATIONSHIP_TO_PERPETRATOR, Role.PERPETRATOR),
        ):
            for column in self.header.with_field(wanted):
                text = row.cells[column.index].text if column.index < len(row.cells) else ""
                says = not self.gathering.vocabulary.says_nothing(text) and not set(words_of(text)) <= _SELF
                if role is own and says:
                    self.gathering.doubt(Doubt.ROLE_CONTRADICTED, row.cells[column.index].where, case)

    def _note_case(self, row: Row) -> None:
        """Under headings that give no role nobody is entered, but the case is known to be there."""
        ref = self._ref_in(row)
        if ref is not None and _REF.search(ref) and self.header.with_field(Field.CASE_REF):
            self.gathering.doubt(Doubt.ROLE_UNCLEAR, row.where, self.gathering.case(ref, row.where))


def _shares_somebody(case: CaseDraft, people: list[tuple[Found, Role | None]]) -> bool:
    known = {(person.role, person.names[0]) for person in case.people}
    return any((draft.role, draft.names[0]) in known for found, _ in people for draft in found.people)
