"""Forms read by an area's layout: a block a case, people side by side, or lines of "label: value"; its labels only."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from integration.domain.people import Role
from mappings.case_lists.content import Cell, Line, Row, Table, squeeze
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.forms import FormReader
from mappings.case_lists.gathering import CaseDraft, Gathering
from mappings.case_lists.layout_headings import groups_over, missing_at
from mappings.case_lists.layouts import Key, LabelsAre, LaidHeading, LaidTable, Layout, begins_with
from mappings.case_lists.strays import is_furniture, names_people
from mappings.case_lists.vocabulary import ABOUT_A_PERSON, Field, Words, words_of

_REF = re.compile(r"[\w./\-]*\d[\w./\-]*")
_PARTS = re.compile(r"\t+|\s{3,}|\s\|\s")
_OPPOSITES = {Role.VICTIM, Role.PERPETRATOR}
_IN_EACH_CASE = ABOUT_A_PERSON | {Field.REPEAT}
LONGEST_LABEL = 160


def case_ref_after(heading: Words, text: str) -> tuple[str, str] | None:
    """The reference that follows the words of a case heading, and what stands behind it; None if it is none."""
    match = _REF.search(text) if heading and len(text) <= LONGEST_LABEL else None
    if match is None or words_of(text[: match.start()]) != heading:
        return None
    return match[0].strip("./-"), re.sub(r"^\W+|\W+$", "", text[match.end() :])


def has_labels_of(table: Table, laid: LaidTable) -> bool:
    """Whether a table has the layout's labels: half of them, and two at least."""
    wanted = {words_of(heading.text) for heading in laid.required if heading.means is not None}
    there = {words_of(_label(cell.text)) for row in table.rows for cell in row.told()} & wanted
    return len(there) >= min(2, len(wanted)) and 2 * len(there) >= len(wanted)


def _label(text: str) -> str:
    """The words before a colon, or all of them; a long text is no label."""
    return text.partition(":")[0] if len(text.partition(":")[0]) <= LONGEST_LABEL else ""


@dataclass(slots=True)
class LaidFormReader:
    """Reads the forms of a document one after the other; a label that is not in the layout holds the list."""

    layout: Layout
    laid: LaidTable
    forms: FormReader
    by_key: dict[Key, LaidHeading] = field(init=False)
    sides: list[Cell] = field(default_factory=list, repr=False)  # group headings over the columns of a table
    block: Words = ()  # the group heading over the labels that follow
    seen: set[Key] = field(default_factory=set)
    ever_seen: set[Key] = field(default_factory=set)
    told: set[tuple[Key, int]] = field(default_factory=set)  # labels since somebody new could begin
    opened: list[Words] = field(default_factory=list)  # group headings of this case
    last_role: Role | None = None  # whose label was the last, of victim and perpetrator
    case: CaseDraft | None = None
    lines_read: int = 0
    people_in_lines: bool = False
    unknown_lines: list[str] = field(default_factory=list)  # places of labels that are not in the layout

    def __post_init__(self) -> None:
        self.by_key = self.laid.by_key

    @property
    def gathering(self) -> Gathering:
        return self.forms.gathering

    # --- blocks of the document

    def read_table(self, table: Table) -> None:
        self.sides, begun = [], False
        for row in table.rows:
            if not row.told() or self._is_skipped(row):  # empty, merged with the row above, or skipped
                continue
            begun = begun or self._is_ours(row)
            if not begun and len(row.told()) == 1:  # a title above the first form
                self._check_nobody(row.told()[0])
            elif self._is_band(row):
                self._open_band(row)
            elif not self._is_case_heading(row):
                self._read_row(row)
        self._finish_people()
        self.sides, self.block = [], ()

    def read_line(self, line: Line) -> bool:
        """One line; False if nothing of it is in the layout, and then nobody knows whose labels follow it."""
        if self.open_case(line.text, line.where):
            return True
        if words_of(line.text) in self.laid.groups:
            self.block = self._open_group(words_of(line.text), line.where)
            return True
        told = self._told_in(line)
        for heading, value in told:
            self._meet(heading, line.where)
            self._take(heading, Cell(value, line.where), 0)
            self.lines_read += 1
            self.people_in_lines |= heading.means in ABOUT_A_PERSON
        if not told and not is_furniture(line.text, self.gathering):
            self._finish_people()
            self.block = ()
        return bool(told)

    def _told_in(self, line: Line) -> list[tuple[LaidHeading, str]]:
        """Every label of a line with its value, which goes on to the next label."""
        told: list[tuple[LaidHeading, str]] = []
        for part in _PARTS.split(line.text):
            label, colon, value = part.partition(":")
            heading = self._heading(label, ()) if colon else None
            if heading is not None:
                told.append((heading, value.strip()))
            elif colon and words_of(label) and len(label) <= LONGEST_LABEL:
                self.unknown_lines += [line.where] * (self.case is not None)
            elif told:
                told[-1] = (told[-1][0], f"{told[-1][1]}\n{part.strip()}")
        return told

    def finish(self) -> None:
        """The end of a document that has such forms."""
        self._end_case()
        for where in self.unknown_lines if self.people_in_lines else ():
            self.gathering.doubt(Doubt.LAYOUT_HEADING_UNKNOWN, where)
        for heading in self.laid.required:
            if self.ever_seen and heading.key not in self.ever_seen and heading.means not in _IN_EACH_CASE:
                self.gathering.doubt(Doubt.LAYOUT_HEADING_MISSING, missing_at("document", heading))

    def leave_case(self) -> None:
        """What follows belongs to no case, until one opens."""
        self._next_case(None, "")

    def open_case(self, text: str, where: str) -> bool:
        """Open the case that a heading names; a name beside the reference has no role yet."""
        found = case_ref_after(self.layout.case_heading, text)
        if found is None:
            return False
        self._next_case(found[0], where)
        if found[1] and self.case is not None and names_people(found[1], self.gathering):
            self.forms.unplaced.append((self.case, found[1], where))
        return True

    # --- rows

    def _is_skipped(self, row: Row) -> bool:
        return begins_with(row.told()[0].text, self.laid.skip_rows)

    def _is_ours(self, row: Row) -> bool:
        """Whether a row has a group heading, a label or a case heading of the layout."""
        words = [words_of(_label(cell.text)) for cell in row.told()]
        known = self.laid.groups | {words_of(heading.text) for heading in self.laid.headings if heading.means}
        return bool(known & set(words)) or case_ref_after(self.layout.case_heading, row.told()[0].text) is not None

    def _check_nobody(self, cell: Cell) -> None:
        if names_people(cell.text, self.gathering):
            self.gathering.doubt(Doubt.ROW_UNCLEAR, cell.where)

    def _is_band(self, row: Row) -> bool:
        """Nothing but group headings, and labels that are left unread."""
        words = [words_of(cell.text) for cell in row.told()]
        unread = [key[1] for key, heading in self.by_key.items() if heading.means is None]
        return any(one in self.laid.groups for one in words) and all(
            one in self.laid.groups or one in unread for one in words
        )

    def _open_band(self, row: Row) -> None:
        told = row.told()
        across = len(row.cells) <= 2 or (row.cells[-1].covered and row.cells[-1].text == told[0].text)
        if len(told) == 1 and (across or (self.laid.labels is LabelsAre.BESIDE and not row.cells[0].empty)):
            self.sides, self.block = [], self._open_group(words_of(told[0].text), told[0].where)
            return
        before = list(self.opened)
        for cell in told:
            if words_of(cell.text) in before:
                self.gathering.doubt(Doubt.LAYOUT_HEADING_TWICE, cell.where)
            self._open_group(words_of(cell.text), cell.where)
        self.sides, self.block = groups_over(row, len(row.cells)), ()

    def _open_group(self, group: Words, where: str) -> Words:
        """Once another group has followed it, a group heading again is a case whose reference is missing."""
        self._finish_people()
        if group in self.opened[:-1] and self.opened[-1] != group:
            self.gathering.doubt(Doubt.LAYOUT_HEADING_TWICE, where)
        self.opened.append(group)
        return group

    def _is_case_heading(self, row: Row) -> bool:
        return len(row.told()) == 1 and self.open_case(row.told()[0].text, row.where)

    def _read_row(self, row: Row) -> None:
        if self.laid.labels is LabelsAre.LEFT:
            self._read_label_and_values(row)
        else:
            self._read_labels_beside(row)

    def _read_labels_beside(self, row: Row) -> None:
        """Label, value, label, value: every second cell that says something, but for values left empty."""
        label: LaidHeading | None = None
        beside = 0
        for index, cell in enumerate(row.cells):
            if cell.empty or cell.covered:
                continue
            found = self._heading(cell.text, self._group(index))
            if found is not None and not (found is label and found.means not in ABOUT_A_PERSON):
                label, beside = found, index
                self._meet(label, cell.where)
            elif label is not None and self._group(index) == self._group(beside):
                self._take(label, cell, self._side(beside))
                label = None
            elif label is not None:  # it stands on the other side
                self.gathering.doubt(Doubt.LAYOUT_HEADING_MOVED, cell.where)
            elif not self._take_inline(cell, index):
                self._misfit(cell)

    def _read_label_and_values(self, row: Row) -> None:
        """One label at the left, and for each side its value."""
        label, *values = [(index, cell) for index, cell in enumerate(row.cells) if not (cell.empty or cell.covered)]
        known = [heading for heading in self.laid.headings if words_of(heading.text) == words_of(label[1].text)]
        if not known:
            self._misfit(label[1])
            return
        for heading in known:
            self._meet(heading, label[1].where)
        for index, cell in values:
            found = self._heading(label[1].text, self._group(index))
            if found is None or (not found.under and found.means is not None and len(values) > 1):
                self.gathering.doubt(Doubt.LAYOUT_HEADING_MOVED, cell.where)
            else:
                self._take(found, cell, self._side(index))

    def _take_inline(self, cell: Cell, index: int) -> bool:
        """ "Label: value" in one cell."""
        before, colon, after = cell.text.partition(":")
        found = self._heading(before, self._group(index)) if colon else None
        if found is None:
            return False
        self._meet(found, cell.where)
        self._take(found, Cell(after.strip(), cell.where), self._side(index))
        return True

    def _misfit(self, cell: Cell) -> None:
        if is_furniture(cell.text, self.gathering) and not names_people(cell.text, self.gathering):
            return
        known = words_of(_label(cell.text)) in self.laid.texts
        self.gathering.doubt(Doubt.LAYOUT_HEADING_MOVED if known else Doubt.LAYOUT_HEADING_UNKNOWN, cell.where)

    # --- labels

    def _group(self, index: int) -> Words:
        return words_of(self.sides[index].text) if index < len(self.sides) else self.block

    def _side(self, index: int) -> int:
        """Where the side of a column begins: two people of one role may stand beside each other."""
        if index >= len(self.sides):
            return 0
        return next(at for at in range(len(self.sides)) if self.sides[at] is self.sides[index])

    def _heading(self, text: str, group: Words) -> LaidHeading | None:
        words = words_of(text.strip().rstrip(":")) if len(text) <= LONGEST_LABEL else ()
        return next(
            (self.by_key[key] for key in ((group or self.block, words), ((), words)) if key in self.by_key), None
        )

    def _meet(self, heading: LaidHeading, where: str) -> None:
        """A label, before its value: a reference ends the case before it, be it filled in or not."""
        if heading.means is Field.CASE_REF:
            self._next_case(None, where)
        elif heading.means is Field.REPEAT and heading.key in self.seen:
            self.gathering.doubt(Doubt.LAYOUT_HEADING_TWICE, where)
        self._see(heading)

    def _see(self, heading: LaidHeading) -> None:
        self.seen.add(heading.key)
        self.ever_seen.add(heading.key)

    def _take(self, heading: LaidHeading, cell: Cell, side: int) -> None:
        """One label with its value."""
        if heading.means is Field.CASE_REF:
            text = squeeze(cell.text).rstrip(".")
            if self.gathering.vocabulary.says_nothing(text) or not _REF.search(text):
                self.gathering.doubt(Doubt.CASE_MISSING, cell.where)
                self._next_case(None, cell.where)
            else:
                self._next_case(text, cell.where)
        elif not cell.empty:
            if heading.means in ABOUT_A_PERSON:
                self._begin_somebody(heading, cell, side)
            self.forms.take(heading.heading, cell, None, side)
        self._see(heading)

    def _begin_somebody(self, heading: LaidHeading, cell: Cell, side: int) -> None:
        """A label once more is about somebody new: one that says whose it is, but not one under a group heading.

        After a label about the other role it begins another case, whose reference is missing.
        """
        if (heading.key, side) in self.told:
            if heading.under or (heading.role in _OPPOSITES and self.last_role is not heading.role):
                self.gathering.doubt(Doubt.LAYOUT_HEADING_TWICE, cell.where)
            self._finish_people()
        self.told.add((heading.key, side))
        self.last_role = heading.role if heading.role in _OPPOSITES else self.last_role

    def _finish_people(self) -> None:
        self.forms.finish()
        self.told = set()

    # --- cases

    def _next_case(self, ref: str | None, where: str) -> None:
        """Who has been told of so far belongs to the case before; nobody is ever put in a case that is not theirs."""
        self._end_case()
        self.block, self.seen, self.gathering.current = (), set(), None
        self.opened, self.last_role = [], None
        self.case = self.gathering.case(ref, where) if ref is not None else None

    def _end_case(self) -> None:
        """Every label about people stands in every case, with or without a value."""
        self._finish_people()
        if self.case is not None:
            for heading in self.laid.required:
                if heading.key not in self.seen and heading.means in _IN_EACH_CASE:
                    self.gathering.doubt(Doubt.LAYOUT_HEADING_MISSING, missing_at(self.case.where, heading))
        self.case = None
