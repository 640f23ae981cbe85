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
from mappings.case_lists.births import meeting_day
from mappings.case_lists.case_refs import case_heading
from mappings.case_lists.content import Cell, squeeze
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.gathering import CaseDraft, Gathering, Place
from mappings.case_lists.headings import Heading, Sense
from mappings.case_lists.labels import asks_twice, is_plural, parts_of, read_label
from mappings.case_lists.names import is_plainly_a_name
from mappings.case_lists.sources import Told, credit_role, source
from mappings.case_lists.strays import names_people
from mappings.case_lists.vocabulary import ABOUT_A_PERSON, Field, Vocabulary, words_of

# What a form asks of somebody once in the same words; the second answer is somebody else's.
_ASKED_ONCE = frozenset({Field.BIRTH, Field.AGE, Field.NHS_NUMBER, Field.ADDRESS, Field.POSTCODE})


@dataclass(slots=True)
class _Person:
    """Somebody whose labels are still being read."""

    role: Role | None
    place: Place
    band: bool
    cells: dict[Field, list[Told]] = field(default_factory=dict, repr=False)
    role_source: Source | None = field(default=None, repr=False)

    def told(self, wanted: Field) -> list[Told]:
        return self.cells.get(wanted, [])

    def add(self, wanted: Field, told: Told) -> None:
        self.cells.setdefault(wanted, []).append(told)

    @property
    def where(self) -> str:
        return self.place.where


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
    answers: list[tuple[str, str]] = field(default_factory=list, repr=False)  # places and texts that are not ours

    @property
    def vocabulary(self) -> Vocabulary:
        return self.gathering.vocabulary

    def tell(self, *roles: Role | None) -> None:
        self.gathering.roles_told.update(role for role in roles if role is not None)

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
        self.tell(role)

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
                self._take_repeat(self.gathering.current, answer, cell.where)
        elif Field.MEETING_DATE in fields:
            day = meeting_day(cell.text, self.gathering.today)
            if day is not None:
                self.gathering.dates.append((day, cell.where))
        elif not self.vocabulary.says_nothing(cell.text):
            self.gathering.areas.append((squeeze(cell.text), cell.where))

    def _take_repeat(self, case: CaseDraft, answer: bool, where: str) -> None:
        if case.asked_repeat:
            self.gathering.doubt(Doubt.RUN_TOGETHER, where, case)  # each case is asked once
        case.repeat, case.asked_repeat = answer, where

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
        self.tell(label.role)
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
            person = self.people[key] = _Person(role, self._place(role, label, cell), band is not None)
            person.role_source = self._role_source(label, cell, column if column_role is not None else None)
        self.last = key
        if wanted in _ASKED_ONCE and any(
            words_of(told.heading.text) == words_of(label.text) for told in person.told(wanted)
        ):
            self.gathering.doubt(Doubt.DETAILS_DO_NOT_PAIR, cell.where, self.gathering.current)
        person.add(wanted, Told(label, cell, self.rule))

    def _place(self, role: Role, label: Heading, cell: Cell) -> Place:
        """ "Victim 2" says plainly that the case has two."""
        return self.gathering.place(role, cell.where, plain=(label.number or 1) > 1)

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
        case = self.gathering.current
        if not found.people and not found.doubts:
            if case is not None:
                self.gathering.note(found, person.where, case)
            return
        if case is None:
            self.gathering.doubt(Doubt.CASE_MISSING, person.where)
            case = self.gathering.case("unnumbered", person.where)
        credit_role(found.people, person.role_source)
        for draft in found.people:
            case.add(draft, person.place)
        self.gathering.note(found, person.where, case)
