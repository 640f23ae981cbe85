"""Labels with their values beside them: a block a case, victim and perpetrator side by side, lines of "label: value".

One state goes through the whole document, because a case's heading, its block and its table of children follow each
other as blocks of their own. A role comes from a label ("Victim name"), from a heading over the block ("VICTIM") or
over the column; a name without any of these is a doubt about the document.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from integration.domain.explanation import Rule, Source
from integration.domain.people import Role
from mappings.case_lists.assembly import Assembly
from mappings.case_lists.births import AGE, DATE, meeting_day
from mappings.case_lists.case_refs import case_heading, is_reference
from mappings.case_lists.columns import headings_in, is_header_row
from mappings.case_lists.content import Cell, Row, Table, squeeze
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.gathering import CaseDraft, Gathering
from mappings.case_lists.headings import PERSON, Heading, Sense, read_heading
from mappings.case_lists.labels import asks_twice, covers_row, is_band, is_plural, label_columns, parts_of, read_label
from mappings.case_lists.names import is_plainly_a_name, looks_like_a_name
from mappings.case_lists.sources import Told, credit_role, source
from mappings.case_lists.strays import names_people
from mappings.case_lists.vocabulary import ABOUT_A_PERSON, Field, Vocabulary, words_of


@dataclass(slots=True)
class _Person:
    """Somebody whose labels are still being read."""

    role: Role | None
    where: str
    band: bool
    cells: dict[Field, list[Told]] = field(default_factory=dict, repr=False)
    role_source: Source | None = field(default=None, repr=False)

    def add(self, wanted: Field, told: Told) -> None:
        self.cells.setdefault(wanted, []).append(told)

    @property
    def named(self) -> bool:
        return bool(self.cells.keys() & {Field.NAME, Field.PERSON, Field.FAMILY, Field.GIVEN})


@dataclass(slots=True)
class FormReader:
    """Reads forms and lines; call `finish` at the end and before a table of another kind."""

    gathering: Gathering
    rule: Rule = Rule.LABEL  # by what labels are understood
    band: Role | None = None  # the role that the last heading over a block gave
    band_plural: bool = False
    band_source: Source | None = field(default=None, repr=False)
    spent: Source | None = field(default=None, repr=False)  # the heading under which the one person it names has stood
    column_sources: dict[int, Source] = field(default_factory=dict, repr=False)  # bands over the columns of a table
    people: dict[tuple[Role | None, int], _Person] = field(default_factory=dict)
    last: tuple[Role | None, int] | None = None
    unplaced: list[tuple[CaseDraft, str, str]] = field(default_factory=list, repr=False)  # names in case headings
    listing: list[Heading] = field(default_factory=list, repr=False)  # the headings of a table inside a form
    sides: dict[int, Role] = field(default_factory=dict)  # by the column of the label that named somebody
    answers: list[tuple[str, str]] = field(default_factory=list, repr=False)  # places and texts that are not ours

    @property
    def vocabulary(self) -> Vocabulary:
        return self.gathering.vocabulary

    # --- tables

    def _read_listed(self, row: Row) -> bool:
        """A table inside a form: headings under CHILDREN, and a row for each child."""
        if self.band is None:
            self.listing = []
            return False
        if is_header_row(row, self.vocabulary) and not self.people:
            self.listing = headings_in(row, self.vocabulary)
            return True
        first = read_label(row.told()[0].text, self.vocabulary)
        if not self.listing or (first is not None and first.sense in (Sense.KNOWN, Sense.IGNORED)):
            self.listing = []
            return False
        for heading, cell in zip(self.listing, row.cells, strict=False):
            if not (cell.empty or cell.covered):
                self.take(heading, cell, None, 0)
        self.finish()
        return True

    def read_table(self, table: Table) -> None:
        """A table of labels and values."""
        self.sides = {}
        labels = label_columns(table, self.vocabulary)
        column_roles: dict[int, Role | None] = {}
        for row in table.rows:
            if not row.told():  # empty, or merged with the row above
                self.listing = []
                continue
            if self._read_listed(row):
                continue
            if is_band(row, self.vocabulary):
                self.sides = {}
                column_roles = self._open_band(row)
            elif self._is_case_heading(row):
                column_roles = {}
            else:
                self._read_row(row, labels, column_roles)
        self.finish()

    def _open_band(self, row: Row) -> dict[int, Role | None]:
        """Roles over the columns below, or one role over the whole block."""
        self.finish()
        told = row.told()
        roles = [read_heading(cell.text, self.vocabulary) for cell in told]
        self._tell(*(heading.role for heading in roles))
        if len(told) == 1 and covers_row(row):
            self.band, self.band_plural = roles[0].role, is_plural(told[0].text)
            self.band_source = source(told[0].where, Rule.BLOCK_HEADING, told[0].text)
            return {}
        self.band = None
        columns: dict[int, Role | None] = {}
        current: Role | None = None
        merged = any(cell.covered for cell in row.cells)
        over = Cell()
        for index, cell in enumerate(row.cells):
            over = over if cell.empty or cell.covered else cell
            self.column_sources[index] = source(over.where, Rule.GROUP_HEADING, over.text)
            if not cell.empty:
                current = read_heading(cell.text, self.vocabulary).role
            elif merged:
                current = None
            columns[index] = current
        return columns

    def _tell(self, *roles: Role | None) -> None:
        self.gathering.roles_told.update(role for role in roles if role is not None)

    def _is_case_heading(self, row: Row) -> bool:
        first, *others = row.told()
        beside = [self.inline(cell.text) for cell in others if cell.text.strip() != first.text.strip()]
        if None in beside or not self.open_case(first.text, row.where):
            return False
        for cell in others if beside else ():
            self.take_labels(cell.text, cell.where)
        return True

    def _side_of(self, at: int, label: Heading) -> Role | None:
        """ "Victim | SMITH, Jane | Perpetrator | JONES, Bob": labels below those two speak of the same people."""
        if label.role in (Role.VICTIM, Role.PERPETRATOR) and label.names_somebody:
            self.sides[at] = label.role
        sides = self.sides if len(set(self.sides.values())) > 1 else {}
        return sides.get(at) if label.about_a_person and label.role is None and self.band is None else None

    def read_case_banner(self, row: Row) -> bool:
        """A row across a table that opens a case: "CASE 3 | 27/2026/014 | Repeat | Yes"; False if it is none."""
        told = row.told()
        if len(told) < 2 or not self.is_case_banner(row):
            return bool(told) and self._is_case_heading(row)
        self.open_case(f"Case {squeeze(told[1].text)}", row.where)
        rest = Row(row.number, tuple(told[2:]), row.where)
        self._read_row(rest, set(range(0, len(told), 2)), {})
        return True

    def is_case_banner(self, row: Row) -> bool:
        told = row.told()
        if len(told) < 2:
            return bool(told) and case_heading(told[0].text, self.gathering.today) is not None
        label = read_label(told[0].text, self.vocabulary)
        return label is not None and label.fields == {Field.CASE_REF} and is_reference(told[1].text)

    def _read_row(self, row: Row, labels: set[int], column_roles: dict[int, Role | None]) -> None:
        """Each value with the label to its left."""
        if self._is_listed_person(row):
            self.take(PERSON, Cell("\n".join(told.text for told in row.told()), row.told()[0].where), None, 0)
            return
        label: Heading | None = None
        asked = set[tuple[str, ...]]()
        label_text, at, seen = "", 0, set[tuple[frozenset[Field], Role | None]]()
        for index, cell in enumerate(row.cells):
            if cell.covered or cell.empty:
                continue
            found = read_label(cell.text, self.vocabulary) if index in labels or label is None else None
            if found is not None and found.sense in (Sense.KNOWN, Sense.IGNORED) and (index in labels or label is None):
                label, label_text, at = found, cell.text, index
                continue
            inline = self.inline(cell.text)
            if label is None and inline is not None:
                self.take(inline[0], Cell(inline[1], cell.where), column_roles.get(index), index if column_roles else 0)
                continue
            if label is None:
                self._take_stray(cell)
                continue
            role = column_roles.get(index) or (self._side_of(at, label) if index not in column_roles else None)
            key = (label.fields, role or label.role)
            again = label.names_somebody or (label.about_a_person and words_of(label.text) in asked)
            asked.add(words_of(label.text))
            if key in seen and again and not (role or label.role or self.band):
                self.gathering.doubt(Doubt.NO_ROLE, cell.where)  # "DOB | 3/12/1984 | DOB | 4/11/1980": whose?
                continue
            if key in seen and label.names_somebody and self.band is not None:
                self.gathering.doubt(Doubt.HEADING_NOT_ABOVE, cell.where)
                continue
            seen.add(key)
            self.take(label, cell, role, index if column_roles else 0)
        if label is not None and label.is_role_alone and len(row.told()) == 1:
            self.band, self.band_plural = label.role, is_plural(label_text)
            self.band_source = source(row.told()[0].where, Rule.BLOCK_HEADING, label_text)

    def _is_listed_person(self, row: Row) -> bool:
        """Under CHILDREN a row of a name and a birth or an age, without any label."""
        told = row.told()
        if not told:
            return False
        name, rest = told[0].text, [cell.text.strip() for cell in told[1:]]
        dated = any(DATE.fullmatch(text) or AGE.fullmatch(text) for text in rest)
        return (
            self.band is not None
            and dated
            and looks_like_a_name(name, self.vocabulary)
            and not all(self.vocabulary.knows(word) for word in words_of(name))  # "Referral date"
        )

    def inline(self, text: str) -> tuple[Heading, str] | None:
        """ "Label: value" in one cell or line."""
        before, colon, after = text.partition(":")
        if not colon or "\n" in before:
            return None
        last_sentence = re.split(r"[.;!?]\s+", before)[-1]
        labels = [read_label(label, self.vocabulary) for label in dict.fromkeys((before, last_sentence))]
        for sense in (Sense.KNOWN, Sense.IGNORED):
            for heading in labels:
                if heading is not None and heading.sense is sense:
                    return heading, after.strip()
        return None

    def _take_stray(self, cell: Cell) -> None:
        """A cell without a label: nobody may be lost in it."""
        self.answers.append((cell.where, cell.text))
        if names_people(cell.text, self.gathering):
            self.gathering.doubt(Doubt.ROW_UNCLEAR, cell.where)

    def open_case(self, text: str, where: str) -> bool:
        """Open the case that a heading names, if it names one; a name beside the reference has no role yet."""
        found = case_heading(text, self.gathering.today)
        if found is None:
            return False
        ref, rest = found[0], re.sub(r"^\W+|\W+$", "", found[1])
        self.finish()
        self.band = None
        case = self.gathering.case(ref, where)
        if words_of(rest) in self.vocabulary.repeat_yes | self.vocabulary.repeat_no:
            case.repeat = words_of(rest) in self.vocabulary.repeat_yes
        elif rest and not self.take_labels(rest, where) and self._names(rest):
            self.unplaced.append((case, rest, where))
        return True

    def _names(self, text: str) -> bool:
        return is_plainly_a_name(text, self.vocabulary) or names_people(text, self.gathering)

    def take_labels(self, text: str, where: str) -> bool:
        """ "Referring agency: Police    Repeat: No", each label with its value; False unless a label opens the text."""
        parts = [part for part in parts_of(text, self.vocabulary) if part.strip()]
        found = [self.inline(part) for part in parts]
        if not found or found[0] is None:
            return False
        if self.band is None and asks_twice([pair[0] for pair in found if pair is not None]):
            self.gathering.doubt(Doubt.NO_ROLE, where)  # "DOB: 3/12/1984   DOB: 4/11/1980": whose?
            return True
        label: Heading | None = None
        for part, pair in zip(parts, found, strict=True):
            label, value = pair if pair is not None else (label, part)
            if label is not None and value:
                self.take(label, Cell(value, where), None, 0)
            elif label is not None and label.is_role_alone:
                self.open_role(label.role, part, where)
        return True

    def open_role(self, role: Role | None, text: str, where: str) -> None:
        """From here on, labels without a role of their own speak of this one."""
        self.finish()
        self.band, self.band_plural = role, is_plural(text)
        self.band_source = source(where, Rule.BLOCK_HEADING, text)
        self._tell(role)

    # --- what labels say

    def take(self, label: Heading, cell: Cell, column_role: Role | None, column: int) -> None:
        """One label with its value."""
        fields = label.fields if label.sense is Sense.KNOWN else frozenset[Field]()
        if not fields:
            self.answers.append((cell.where, cell.text))
        elif fields & {Field.CASE_REF, Field.CASE_ORDER}:
            self._take_ref(fields, cell)
        elif fields & {Field.REPEAT, Field.MEETING_DATE, Field.AREA}:
            self._take_about_case(fields, cell)
        elif fields & {Field.RELATIONSHIP, Field.RELATIONSHIP_TO_PERPETRATOR}:
            self._check_relationship(fields, cell, column_role or self.band)
        elif fields & ABOUT_A_PERSON:
            self._take_personal(label, cell, column_role, column)
        elif names_people(cell.text, self.gathering):
            self.gathering.doubt(Doubt.NO_ROLE, cell.where)  # "Party: SMITH, Jane"

    def _take_about_case(self, fields: frozenset[Field], cell: Cell) -> None:
        """What a label says of the case or its meeting."""
        if Field.REPEAT in fields:
            answer = self.vocabulary.answer_to_repeat(cell.text)
            if answer is not None and self.gathering.current is not None:
                self.gathering.current.repeat = answer
        elif Field.MEETING_DATE in fields:
            day = meeting_day(cell.text, self.gathering.today)
            if day is not None:
                self.gathering.dates.append((day, cell.where))
        elif not self.vocabulary.says_nothing(cell.text):
            self.gathering.areas.append((squeeze(cell.text), cell.where))

    def _take_ref(self, fields: frozenset[Field], cell: Cell) -> None:
        text = squeeze(cell.text).rstrip(".")
        if self.vocabulary.says_nothing(text) or not any(char.isdigit() for char in text):
            return
        if Field.CASE_REF in fields or self.gathering.current is None:
            self.finish()
            self.band = None
            self.gathering.case(text[:60], cell.where)

    def _check_relationship(self, fields: frozenset[Field], cell: Cell, role: Role | None) -> None:
        own = Role.VICTIM if Field.RELATIONSHIP in fields else Role.PERPETRATOR
        says = not self.vocabulary.says_nothing(cell.text) and words_of(cell.text) != ("self",)
        if role is own and says:
            self.gathering.doubt(Doubt.RELATIONSHIP_CONTRADICTS, cell.where)

    def _take_personal(self, label: Heading, cell: Cell, column_role: Role | None, column: int) -> None:
        band = column_role or self.band
        if label.role is not None and band is not None and label.role is not band and label.role is not Role.CHILD:
            self.gathering.doubt(Doubt.ROLES_CONTRADICT, cell.where)
        role = label.role or band
        self._tell(label.role)
        if role is None and not label.names_somebody and self.last is not None:
            role, column = self.last  # the birth after "Victim: …" is the victim's
        if role is None:
            if not self.vocabulary.says_nothing(cell.text):
                self.gathering.doubt(Doubt.NO_ROLE, cell.where)
            return
        key = (role, label.number * 1000 if label.number else column)
        wanted = Field.PERSON if Field.PERSON in label.fields else sorted(label.fields)[0]
        person = self.people.get(key)
        again = person is not None and wanted in (Field.NAME, Field.PERSON, Field.FAMILY) and wanted in person.cells
        if again:
            self._finish_person(key)
            person = None
        if person is None and label.names_somebody and label.role is None:
            self._spend_heading(role, cell, again or (column_role is None and self.band_source is self.spent))
        if person is None:
            person = self.people[key] = _Person(role, cell.where, band is not None)
            person.role_source = self._role_source(label, cell, column if column_role is not None else None)
        self.last = key
        person.add(wanted, Told(label, cell, self.rule))

    def _spend_heading(self, role: Role, cell: Cell, spent: bool) -> None:
        """VICTIM stands over one person; whoever follows below may be of another role, whose heading is lost."""
        if role not in (Role.VICTIM, Role.PERPETRATOR) or self.band_plural or self.vocabulary.says_nothing(cell.text):
            return
        if spent and self.gathering.current is not None:
            self.gathering.doubt(Doubt.ROLE_UNCLEAR, cell.where, self.gathering.current)
        self.spent = self.band_source

    def _role_source(self, label: Heading, cell: Cell, column: int | None) -> Source | None:
        """The words that gave a role to somebody whose first label this is."""
        if label.role is not None:
            return source(cell.where, self.rule, label.text)
        if column is not None:
            return self.column_sources.get(column)
        return self.band_source if self.band is not None else None

    # --- ends

    def break_off(self) -> None:
        """Nothing that comes next goes on from here: what stands between cannot be read."""
        self.finish()
        self.band = None

    def finish(self) -> None:
        """Enter everybody whose labels have been read."""
        for key in list(self.people):
            self._finish_person(key)
        self.last = None

    def _finish_person(self, key: tuple[Role | None, int]) -> None:
        person = self.people.pop(key)
        found = Assembly(self.vocabulary, self.gathering.today, person.role, person.cells).people()
        if not found.people and not found.doubts:
            return
        case = self.gathering.current
        if case is None:
            self.gathering.doubt(Doubt.CASE_MISSING, person.where)
            case = self.gathering.case("unnumbered", person.where)
        credit_role(found.people, person.role_source)
        for draft in found.people:
            case.add(draft)
        for doubt in found.doubts:
            self.gathering.doubt(doubt, found.people[0].where if found.people else person.where, case)
