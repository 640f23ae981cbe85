"""One document's content → its reading, by its area's own layout where there is one, else by what is recognised.

A layout is about case lists. What its title calls minutes or a research form is read as before; a list that does not
follow its area's layout names nobody and is held, for what was recognised instead would be a guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from integration.domain.case_list import DocumentKind, Problem, Reading
from integration.domain.explanation import Explained, Rule
from mappings.case_lists.columns import Header
from mappings.case_lists.content import Content, Line, Table
from mappings.case_lists.documents import DocumentReader
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.gathering import Gathering
from mappings.case_lists.kinds import kind_in_title
from mappings.case_lists.layout_dates import day_first, day_first_content
from mappings.case_lists.layout_forms import LaidFormReader, case_ref_after, has_labels_of
from mappings.case_lists.layout_headings import laid_header
from mappings.case_lists.layout_tables import LaidTableReader, header_row_of
from mappings.case_lists.layouts import NO_LAYOUTS, LaidTable, Layout, Layouts, RowIs
from mappings.case_lists.meetings import meeting_of
from mappings.case_lists.strays import names_people
from mappings.case_lists.vocabulary import Vocabulary, words_of


@dataclass(frozen=True, slots=True)
class Unread:
    """One document that is to be read, and what its reader has to know beside it."""

    content: Content
    sha256: str
    untrusted_names: tuple[str, ...] = field(repr=False)
    vocabulary: Vocabulary
    today: date

    def recognised(self) -> tuple[Reading, Gathering]:
        reader = DocumentReader(self.vocabulary, self.today)
        return reader.read(self.content, self.sha256, self.untrusted_names), reader.gathering

    def by(self, layout: Layout) -> tuple[Reading, Gathering] | None:
        """What it says by a layout; None if nothing in it is as the layout says."""
        content, names = self._without_skipped_sheets(layout), self.untrusted_names
        if layout.month_first:
            content, names = day_first_content(content), tuple(day_first(name) for name in names)
        reader = LayoutReader(_with_role_words(self.vocabulary, layout), self.today)
        reader.follow(layout)
        reading = reader.read(content, self.sha256, names)
        if not reader.found:
            return None
        reading = replace(reading, layout=layout.used)
        return (_without_people(reading) if _misfits(reading) else reading), reader.gathering

    def title_calls_it_something_else(self, layout: Layout) -> bool:
        titled = kind_in_title(self._without_skipped_sheets(layout), self.vocabulary)
        return titled not in (None, DocumentKind.CASE_LIST)

    def _without_skipped_sheets(self, layout: Layout) -> Content:
        kept = [b for b in self.content.blocks if not (isinstance(b, Table) and layout.skips_sheet(b))]
        return replace(self.content, blocks=tuple(kept))

    def area(self, reading: Reading, gathering: Gathering) -> str | None:
        """The area that it names, be it a list that was recognised or not."""
        return reading.meeting.area or meeting_of(self.content, gathering, self.untrusted_names).area


def read_content(
    content: Content,
    *,
    sha256: str,
    untrusted_names: Sequence[str],
    vocabulary: Vocabulary,
    today: date,
    layouts: Layouts = NO_LAYOUTS,
) -> Reading:
    """What one document says."""
    return _read(Unread(content, sha256, tuple(untrusted_names), vocabulary, today), layouts)[0]


def explain_content(
    content: Content,
    *,
    sha256: str,
    untrusted_names: Sequence[str],
    vocabulary: Vocabulary,
    today: date,
    layouts: Layouts = NO_LAYOUTS,
) -> tuple[Reading, tuple[Explained, ...]]:
    """What one document says, and for every value which cell it came from and by which rule."""
    reading, gathering = _read(Unread(content, sha256, tuple(untrusted_names), vocabulary, today), layouts)
    return reading, gathering.explanations() if reading.cases else ()


def _read(document: Unread, layouts: Layouts) -> tuple[Reading, Gathering]:
    """By the layout of the document's area: the one known before, else the one that the document names."""
    if not layouts.known:
        return document.recognised()
    recognised = document.recognised() if layouts.area is None else None
    layout = layouts.of(layouts.area if recognised is None else document.area(*recognised))
    if layout is None:
        return recognised or document.recognised()
    if layouts.is_case_list or not document.title_calls_it_something_else(layout):
        by_layout = document.by(layout)
        if by_layout is not None:
            return by_layout
    reading, gathering = recognised or document.recognised()
    if reading.kind is DocumentKind.CASE_LIST:
        return _not_followed(reading, layout), gathering
    return reading, gathering


def _not_followed(reading: Reading, layout: Layout) -> Reading:
    """A list of which nothing is as its area's layout says: what was recognised in it is not told."""
    where = next((problem.where for problem in reading.problems if problem.case_ref is None), "document")
    problem = Problem(where, Doubt.LAYOUT_NOT_FOLLOWED.value)
    return replace(reading, cases=(), problems=(problem,), layout=layout.used)


def _misfits(reading: Reading) -> bool:
    return any(problem.reason in _MISFITS for problem in reading.problems)


def _without_people(reading: Reading) -> Reading:
    """What does not follow its layout names nobody; what is otherwise than the layout says comes first."""
    whole = [problem for problem in reading.problems if problem.case_ref is None]
    ordered = sorted(whole, key=lambda problem: problem.reason not in _MISFITS)
    return replace(reading, cases=(), problems=tuple(ordered))


_MISFITS = frozenset(doubt.value for doubt in Doubt if doubt.name.startswith("LAYOUT_"))


def _with_role_words(vocabulary: Vocabulary, layout: Layout) -> Vocabulary:
    return replace(vocabulary, role_cells={**vocabulary.role_cells, **layout.role_words})


@dataclass(slots=True)
class LayoutReader(DocumentReader):
    """Walks through a document's blocks with a layout in hand; what is not in it is looked at for people."""

    layout: Layout = field(init=False)
    form: LaidFormReader | None = None
    outer: str = ""  # the line before, where that is a group heading of the layout
    found: set[int] = field(default_factory=set)  # which of the layout's tables are there

    def follow(self, layout: Layout) -> None:
        self.layout = layout
        self.forms.rule = Rule.LAYOUT_FILE
        label_table = next((laid for laid in layout.tables if laid.row is RowIs.LABEL), None)
        if label_table is not None:
            self.form = LaidFormReader(layout, label_table, self.forms)

    def _read_line(self, line: Line) -> None:
        self.outer = line.text if any(words_of(line.text) in laid.groups for laid in self.layout.tables) else ""
        if self.form is not None:
            if not self.form.read_line(line):
                self.strays.append(line)
            elif self.form.lines_read >= 2:
                self.found.add(self.layout.tables.index(self.form.laid))
        elif not (self.outer or self._opens_case(line)):
            self.strays.append(line)

    def _opens_case(self, line: Line) -> bool:
        """A case's heading above its table."""
        ref = case_ref_after(self.layout.case_heading, line.text)
        if ref is None:
            return False
        case = self.gathering.case(ref[0], line.where)
        if ref[1] and names_people(ref[1], self.gathering):
            self.forms.unplaced.append((case, ref[1], line.where))
        return True

    def _read_table(self, table: Table) -> None:
        if table.name:  # what stands on another sheet is in none of this one's cases
            self._leave_case()
        laid = self._laid(table)
        if laid is None:
            self._pass_over(table)
            return
        self.found.add(self.layout.tables.index(laid))
        if self.form is not None and laid is self.form.laid:
            self.form.read_table(table)
        else:
            self.forms.finish()
            LaidTableReader(self.layout, laid, self.gathering, self.outer).read(table)
        self.outer = ""

    def _pass_over(self, table: Table) -> None:
        """A table that is not in the layout: one cell a row is a remark, more may be people under other headings."""
        if self.layout.skips_table(table):
            return
        self.odd_tables.append(table)
        if any(len(row.told()) > 1 for row in table.rows):
            self.gathering.doubt(Doubt.LAYOUT_TABLE_UNKNOWN, table.where or table.name)

    def _leave_case(self) -> None:
        if self.form is not None:
            self.form.leave_case()
        self.gathering.current = None

    def _laid(self, table: Table) -> LaidTable | None:
        """Which of the layout's tables it is: by the sheet's name if that is given, then by its headings."""
        may_be = [laid for laid in self.layout.tables if laid.may_be(table)]
        headed = {laid: header_row_of(table, laid) for laid in may_be if laid.row is not RowIs.LABEL}
        exact = [laid for laid, at in headed.items() if at is not None and self._fits(table, at, laid)]
        labelled = [laid for laid in may_be if laid.row is RowIs.LABEL and has_labels_of(table, laid)]
        nearly = [laid for laid, at in headed.items() if at is not None]
        return next(iter(exact + labelled + nearly), None)

    def _fits(self, table: Table, at: int, laid: LaidTable) -> bool:
        return isinstance(laid_header(table.rows, at, laid, self.vocabulary, self.outer), Header)

    def _finish(self) -> None:
        if self.form is not None:
            self.form.finish()
        self.forms.finish()
        for number, laid in enumerate(self.layout.tables):
            if number not in self.found and not laid.optional:
                self.gathering.doubt(Doubt.LAYOUT_TABLE_MISSING, f"table {number + 1} of the layout")

    def _kind(self, content: Content) -> DocumentKind:
        return DocumentKind.CASE_LIST
