"""One document's content → its reading: kind, meeting, cases, people, problems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from integration.domain.case_list import DocumentKind, MeetingNamed, Problem, Reading
from integration.domain.explanation import Rule
from integration.domain.people import Role
from mappings.case_lists.births import DATE
from mappings.case_lists.content import Cell, Content, Line, Table
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.form_tables import FormTableReader
from mappings.case_lists.forms import FormReader
from mappings.case_lists.gathering import Gathering
from mappings.case_lists.headings import EMPTY
from mappings.case_lists.kinds import is_sheet_of_actions, kind_in_title, names_a_meeting
from mappings.case_lists.labels import is_form
from mappings.case_lists.meetings import area_in, meeting_of
from mappings.case_lists.names import read_name
from mappings.case_lists.narrative import may_name_somebody
from mappings.case_lists.people import Draft
from mappings.case_lists.prose import LineReader
from mappings.case_lists.run_together import run_together
from mappings.case_lists.sources import Told, credit, credit_role
from mappings.case_lists.strays import is_furniture, names_people, tells_of_people
from mappings.case_lists.tables import read_tables_with_headings
from mappings.case_lists.transposed import upright
from mappings.case_lists.unfolding import unfolded
from mappings.case_lists.vocabulary import Vocabulary

MOST_PASSED_OVER = 100
MOST_DOUBTS = 5  # about a document of no known kind


@dataclass(slots=True)
class DocumentReader:
    """Walks through a document's blocks in order, and remembers what nobody understood."""

    vocabulary: Vocabulary
    today: date
    gathering: Gathering = field(init=False)
    forms: FormReader = field(init=False)
    lines: LineReader = field(init=False)
    strays: list[Line] = field(default_factory=list)
    odd_tables: list[Table] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gathering = Gathering(self.vocabulary, self.today)
        self.forms = FormReader(self.gathering)
        self.lines = LineReader(self.forms)

    def read(self, content: Content, sha256: str, untrusted_names: Sequence[str]) -> Reading:
        self.lines.look_for_letters(content.lines())
        for block in content.blocks:
            if isinstance(block, Line):
                self._read_line(block)
            else:
                self._read_table(block)
        self._finish()
        kind = self._kind(content)
        if kind is DocumentKind.UNRECOGNISED:
            return Reading(kind, content.media_type, sha256, problems=self._unrecognised(content))
        self._place_names_in_headings(kind)
        meeting = meeting_of(content, self.gathering, untrusted_names)
        self._check(kind, content, meeting)
        cases = self.gathering.finished_cases()
        passed_over = tuple(self.gathering.passed_over[:MOST_PASSED_OVER])
        problems, remarks = tuple(self.gathering.problems), tuple(dict.fromkeys(self.gathering.remarks))
        return Reading(kind, content.media_type, sha256, meeting, cases, problems, None, passed_over, remarks)

    def _read_line(self, line: Line) -> None:
        if line.unclear:
            self.lines.finish_person()
            self.forms.break_off()
        if line.unclear or not self.lines.read(line):
            self.strays.append(line)

    def _finish(self) -> None:
        self.lines.finish_person()
        self.forms.finish()

    def _read_table(self, table: Table) -> None:
        self.lines.finish_person()
        table = unfolded(upright(table, self.vocabulary), self.vocabulary)
        if is_form(table, self.vocabulary):
            FormTableReader(self.forms).read(table)
            return
        self.forms.finish()
        if not read_tables_with_headings(table, self.forms):
            self.odd_tables.append(table)

    def _kind(self, content: Content) -> DocumentKind:
        """By the title; without one, by people told apart by role under headings."""
        titled = kind_in_title(content, self.vocabulary)
        found = any(case.people for case in self.gathering.cases.values())
        roles = {person.role for case in self.gathering.cases.values() for person in case.people}
        if titled is DocumentKind.CASE_LIST:
            about_us = names_a_meeting(content, self.vocabulary) or bool(self.gathering.roles_told)
            return titled if about_us else DocumentKind.UNRECOGNISED
        if titled is not None:
            return titled
        if is_sheet_of_actions(content, self.vocabulary):
            return DocumentKind.UNRECOGNISED
        told = {Role.VICTIM, Role.PERPETRATOR}
        listed = (found and bool(roles & told)) or (bool(self.gathering.cases) and told <= self.gathering.roles_told)
        return DocumentKind.CASE_LIST if listed else DocumentKind.UNRECOGNISED

    def _unrecognised(self, content: Content) -> tuple[Problem, ...]:
        """A document of no known kind that seems to list people says so: it may be a list that we cannot read."""
        noticed = tuple(Problem(noticed.where, noticed.reason) for noticed in content.noticed)
        if any(self._table_names_people(table) for table in content.tables()):
            return (*noticed, Problem(next(content.tables()).where or "table 1", Doubt.NO_LAYOUT.value))
        if not names_a_meeting(content, self.vocabulary):
            return noticed
        titled = kind_in_title(content, self.vocabulary) is not None
        without = [problem for problem in self.gathering.problems if problem.reason == Doubt.NO_ROLE.value]
        lines = [where for _, _, where in self.forms.unplaced]
        lines += [line.where for line in self.strays if names_people(line.text, self.gathering)]
        unclear = [Problem(where, Doubt.TEXT_UNCLEAR.value) for where in lines[:1]]
        return (*noticed, *(unclear if titled else (without[:MOST_DOUBTS] or unclear)))

    def _table_names_people(self, table: Table) -> bool:
        for row in table.rows[:200]:
            cells = row.told()
            if tells_of_people(row, self.gathering):
                return True
            if any(self.vocabulary.role_in_cell(cell.text) for cell in cells) and any(map(_is_a_day, cells)):
                return True
        return False

    def _place_names_in_headings(self, kind: DocumentKind) -> None:
        """A name in a case's heading is usually in the case too; if not, nothing says what that person is."""
        for case, text, where in self.forms.unplaced:
            read = read_name(text, self.vocabulary)
            if read is None:
                self.gathering.doubt(Doubt.NAME_UNCLEAR, where, case)
                continue
            if any(name in person.names for person in case.people for name in read.names):
                continue
            if kind is DocumentKind.CASE_LIST:
                self.gathering.doubt(Doubt.NO_ROLE, where)
            else:
                named = Draft(Role.OTHER, where, names=list(read.names))
                told = Told(EMPTY, Cell(text, where), Rule.CASE_HEADING)
                credit([named], [told])
                credit_role([named], told.source)
                case.people.append(named)
                if not read.certain:
                    self.gathering.doubt(Doubt.NAME_UNCLEAR, where, case)

    # --- doubts that only the whole document shows

    def _check(self, kind: DocumentKind, content: Content, meeting: MeetingNamed) -> None:
        for noticed in content.noticed:
            self.gathering.problems.setdefault(Problem(noticed.where, noticed.reason))
        if kind is DocumentKind.CASE_LIST:
            self._check_case_list(content, meeting)
        else:
            self._check_narrative()

    def _check_case_list(self, content: Content, meeting: MeetingNamed) -> None:
        for table in self.odd_tables:
            if self._table_names_people(table):
                self.gathering.doubt(Doubt.TABLE_UNCLEAR, table.where or table.name)
        for line in self.strays:
            furniture = is_furniture(line.text, self.gathering)
            if not furniture and names_people(line.text, self.gathering):
                self.gathering.doubt(Doubt.TEXT_UNCLEAR, line.where)
        self.gathering.check_cases()
        for case, where in run_together(tuple(self.gathering.cases.values())):
            self.gathering.doubt(Doubt.RUN_TOGETHER, where, case)
        self._check_births(meeting)
        self._check_roles()
        if not self.gathering.cases and not self.gathering.problems:
            first = next(iter(content.tables()), None)
            self.gathering.doubt(Doubt.NO_CASES, first.where or first.name if first else "document")

    def _check_roles(self) -> None:
        """A list that nowhere speaks of victims, or nowhere of perpetrators, has lost a heading."""
        if self.gathering.cases and not {Role.VICTIM, Role.PERPETRATOR} <= self.gathering.roles_told:
            self.gathering.doubt(Doubt.ONE_ROLE_ONLY, next(iter(self.gathering.cases.values())).where)

    def _check_births(self, meeting: MeetingNamed) -> None:
        """Nobody on a list is born after its meeting; what it says stays, for a slip in the year tells the rest."""
        latest = meeting.date or self.today
        for case in self.gathering.cases.values():
            for person in case.people:
                if any(born > latest for born in person.births):
                    self.gathering.doubt(Doubt.BIRTH_IN_FUTURE, person.where, case)

    def _check_narrative(self) -> None:
        """Minutes and research forms are destroyed once everybody in them is on the list, so all must be found."""
        for line in self.strays:
            if area_in(line.text, self.vocabulary) is None and may_name_somebody(line.text, self.gathering):
                self.gathering.doubt(Doubt.NOT_SURE_OF_EVERYBODY, line.where)
        for place, text in self.forms.answers:
            if may_name_somebody(text, self.gathering):
                self.gathering.doubt(Doubt.NOT_SURE_OF_EVERYBODY, place)
        for table in self.odd_tables:
            for row in table.rows:
                if any(may_name_somebody(cell.text, self.gathering) for cell in row.told()):
                    self.gathering.doubt(Doubt.NOT_SURE_OF_EVERYBODY, row.where)
        if not any(case.people for case in self.gathering.cases.values()):
            self.gathering.doubt(Doubt.NOT_SURE_OF_EVERYBODY, "document")


def _is_a_day(cell: Cell) -> bool:
    return isinstance(cell.value, date) or DATE.fullmatch(cell.text.strip()) is not None
