"""Labels with their values beside them: a block a case, victim and perpetrator side by side, lines of "label: value".

One state goes through the whole document, because a case's heading, its block and its table of children follow each
other as blocks of their own. A role comes from a label ("Victim name"), from a heading over the block ("VICTIM") or
over the column; a name without any of these is a doubt about the document.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from integration.domain.people import Role
from mappings.case_lists.assembly import Assembly, Told
from mappings.case_lists.births import single_date
from mappings.case_lists.case_refs import case_heading
from mappings.case_lists.columns import is_header_row
from mappings.case_lists.content import Cell, Row, Table, squeeze
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.gathering import CaseDraft, Gathering
from mappings.case_lists.headings import Heading, Sense, read_heading
from mappings.case_lists.names import is_plainly_a_name
from mappings.case_lists.tables import names_people, read_repeat
from mappings.case_lists.vocabulary import ABOUT_A_PERSON, Field, Vocabulary, words_of

_LONGEST_LABEL = 90
_PLURAL = re.compile(r"s\b|\(s\)", re.IGNORECASE)


def is_form(table: Table, vocabulary: Vocabulary) -> bool:
    """Whether a table is labels with values: most of its rows begin with a label, and two of them at least."""
    rows = [row for row in table.rows if not row.empty]
    width = max((len([cell for cell in row.cells if not cell.covered]) for row in rows), default=0)
    labels = bands = 0
    if _is_headed(rows, vocabulary):
        return False
    for row in rows:
        told = row.told()
        if not told:
            continue
        heading = read_label(told[0].text, vocabulary)
        if _is_band(row, vocabulary):
            bands += 1
        elif heading is not None and heading.sense is Sense.KNOWN:
            labels += (heading.about_a_person and (not heading.is_role_alone or width == 2)) or bool(
                heading.fields & {Field.CASE_REF, Field.REPEAT, Field.MEETING_DATE, Field.AREA, Field.RELATIONSHIP}
            )
        elif heading is not None and heading.sense is Sense.IGNORED and len(told) > 1:
            labels += 1
    return labels >= 2 and 2 * labels >= len(rows) - bands


def _is_headed(rows: Sequence[Row], vocabulary: Vocabulary) -> bool:
    """Whether the first full row is headings over columns: three at least, and what stands below begins no form."""
    for at, row in enumerate(rows[:-1]):
        if _is_band(row, vocabulary) or len(row.told()) < 2:
            continue
        below = rows[at + 1].told()
        label = read_label(below[0].text, vocabulary) if below else None
        return (
            len(row.told()) >= 3
            and is_header_row(row, vocabulary)
            and not (label is not None and label.sense is Sense.KNOWN and not label.is_role_alone)
        )
    return False


def read_label(text: str, vocabulary: Vocabulary) -> Heading | None:
    """A cell as a label, its colon left off; None if it is too long to be one, or somebody's name."""
    text = text.strip()
    if not text or len(text) > _LONGEST_LABEL or _is_named_like_a_label(text, vocabulary):
        return None
    return read_heading(text.rstrip(" :"), vocabulary)


def _is_named_like_a_label(text: str, vocabulary: Vocabulary) -> bool:
    """WARD, Jane holds the word ward; "VICTIM, Name" is no name."""
    before, comma, _ = text.partition(",")
    return bool(comma) and is_plainly_a_name(text, vocabulary) and words_of(before) not in vocabulary.roles


def _is_band(row: Row, vocabulary: Vocabulary) -> bool:
    """A row of nothing but roles: VICTIM | ALLEGED PERPETRATOR."""
    told = row.told()
    headings = [read_label(cell.text, vocabulary) for cell in told]
    return bool(told) and all(heading is not None and heading.is_role_alone for heading in headings)


@dataclass(slots=True)
class _Person:
    """Somebody whose labels are still being read."""

    role: Role | None
    where: str
    band: bool
    cells: dict[Field, list[Told]] = field(default_factory=dict, repr=False)

    def add(self, wanted: Field, heading: Heading, cell: Cell) -> None:
        self.cells.setdefault(wanted, []).append(Told(heading, cell))

    @property
    def named(self) -> bool:
        return bool(self.cells.keys() & {Field.NAME, Field.PERSON, Field.FAMILY, Field.GIVEN})


@dataclass(slots=True)
class FormReader:
    """Reads forms and lines; call `finish` at the end and before a table of another kind."""

    gathering: Gathering
    band: Role | None = None  # the role that the last heading over a block gave
    band_plural: bool = False
    people: dict[tuple[Role | None, int], _Person] = field(default_factory=dict)
    last: tuple[Role | None, int] | None = None
    unplaced: list[tuple[CaseDraft, str, str]] = field(default_factory=list, repr=False)  # names in case headings
    answers: list[tuple[str, str]] = field(default_factory=list, repr=False)  # places and texts that are not ours

    @property
    def vocabulary(self) -> Vocabulary:
        return self.gathering.vocabulary

    # --- tables

    def read_table(self, table: Table) -> None:
        """A table of labels and values."""
        labels = _label_columns(table, self.vocabulary)
        column_roles: dict[int, Role | None] = {}
        for row in table.rows:
            if row.empty:
                continue
            if _is_band(row, self.vocabulary):
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
        if len(told) == 1 and self._covers_row(row):
            self.band, self.band_plural = roles[0].role, _is_plural(told[0].text)
            return {}
        self.band = None
        columns: dict[int, Role | None] = {}
        current: Role | None = None
        merged = any(cell.covered for cell in row.cells)
        for index, cell in enumerate(row.cells):
            if not cell.empty:
                current = read_heading(cell.text, self.vocabulary).role
            elif merged:
                current = None
            columns[index] = current
        return columns

    def _tell(self, *roles: Role | None) -> None:
        self.gathering.roles_told.update(role for role in roles if role is not None)

    def _covers_row(self, row: Row) -> bool:
        """Whether the one heading of a row stands over all of it: merged across, or first in a row without merging."""
        if len(row.cells) <= 2:
            return True
        merged = any(cell.covered for cell in row.cells)
        return not row.cells[0].empty and (not merged or not row.cells[-1].empty)

    def _is_case_heading(self, row: Row) -> bool:
        told = row.told()
        if len({cell.text.strip() for cell in told}) != 1:
            return False
        return self.open_case(told[0].text, row.where)

    def _read_row(self, row: Row, labels: set[int], column_roles: dict[int, Role | None]) -> None:
        """Each value with the label to its left."""
        label: Heading | None = None
        label_text, seen = "", set[tuple[frozenset[Field], Role | None]]()
        for index, cell in enumerate(row.cells):
            if cell.covered or cell.empty:
                continue
            found = read_label(cell.text, self.vocabulary) if index in labels or label is None else None
            if found is not None and found.sense in (Sense.KNOWN, Sense.IGNORED) and (index in labels or label is None):
                label, label_text = found, cell.text
                continue
            inline = self.inline(cell.text)
            if label is None and inline is not None:
                self.take(inline[0], Cell(inline[1], cell.where), column_roles.get(index), index if column_roles else 0)
                continue
            if label is None:
                self._take_stray(cell)
                continue
            role = column_roles.get(index)
            key = (label.fields, role or label.role)
            if key in seen and label.names_somebody and not (role or label.role):
                self.gathering.doubt(Doubt.NO_ROLE, cell.where)
                continue
            if key in seen and label.names_somebody and self.band is not None:
                self.gathering.doubt(Doubt.HEADING_NOT_ABOVE, cell.where)
                continue
            seen.add(key)
            self.take(label, cell, role, index if column_roles else 0)
        if label is not None and label.is_role_alone and len(row.told()) == 1:
            self.band, self.band_plural = label.role, _is_plural(label_text)

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
        parts = [part for part in _parts(text, self.vocabulary) if part.strip()]
        found = [self.inline(part) for part in parts]
        if not found or found[0] is None:
            return False
        label: Heading | None = None
        for part, pair in zip(parts, found, strict=True):
            label, value = pair if pair is not None else (label, part)
            if label is not None and value:
                self.take(label, Cell(value, where), None, 0)
            elif label is not None and label.is_role_alone:
                self.open_role(label.role, part)
        return True

    def open_role(self, role: Role | None, text: str) -> None:
        """From here on, labels without a role of their own speak of this one."""
        self.finish()
        self.band, self.band_plural = role, _is_plural(text)
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

    def _take_about_case(self, fields: frozenset[Field], cell: Cell) -> None:
        """What a label says of the case or its meeting."""
        if Field.REPEAT in fields:
            answer = read_repeat(cell.text, self.gathering)
            if answer is not None and self.gathering.current is not None:
                self.gathering.current.repeat = answer
        elif Field.MEETING_DATE in fields:
            day = single_date(cell.text, self.gathering.today)
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
        if person is not None and wanted in (Field.NAME, Field.PERSON, Field.FAMILY) and wanted in person.cells:
            single = role in (Role.VICTIM, Role.PERPETRATOR) and label.role is None and not self.band_plural
            self._finish_person(key)
            person = None
            if single and self.gathering.current is not None and not self.vocabulary.says_nothing(cell.text):
                self.gathering.doubt(Doubt.ROLE_UNCLEAR, cell.where, self.gathering.current)
        if person is None:
            person = self.people[key] = _Person(role, cell.where, band is not None)
        self.last = key
        person.add(wanted, label, cell)

    # --- ends

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
        for draft in found.people:
            case.add(draft)
        for doubt in found.doubts:
            self.gathering.doubt(doubt, found.people[0].where if found.people else person.where, case)


_ROLE_LABEL = re.compile(r"(?<![\w'])[A-Za-z][A-Za-z()' ]{1,40}?(?: \d)?\s*:")


def _parts(text: str, vocabulary: Vocabulary) -> list[str]:
    """A line cut at wide spaces and bars, and before every role that a colon makes a label."""
    cuts = [0]
    for match in _ROLE_LABEL.finditer(text):
        words = list(re.finditer(r"\S+", match[0].rstrip(": ")))
        for word in words:
            heading = read_heading(match[0].rstrip(": ")[word.start() :], vocabulary)
            if heading.is_role_alone:
                cuts.append(match.start() + word.start())
                break
    stretches = [text[start:end] for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True)]
    parts = [part for stretch in stretches for part in re.split(r"\t+|\s{3,}|\s\|\s", stretch)]
    return [part.strip(" ;/-\u2013(,") for part in parts]


def _is_plural(text: str) -> bool:
    return bool(_PLURAL.search(text.strip().rstrip(":")[-4:]))


def _label_columns(table: Table, vocabulary: Vocabulary) -> set[int]:
    """The columns that hold labels: most of what they say is a heading."""
    width = max((len(row.cells) for row in table.rows), default=0)
    columns = set()
    for index in range(width):
        told = known = 0
        for row in table.rows:
            cell = row.cells[index] if index < len(row.cells) else Cell()
            if cell.empty or cell.covered or _is_band(row, vocabulary):
                continue
            heading = read_label(cell.text, vocabulary)
            told += 1
            known += heading is not None and heading.sense in (Sense.KNOWN, Sense.IGNORED)
        if (known >= 2 and 2 * known >= told) or (index == 0 and known and 2 * known >= told):
            columns.add(index)
    return columns
