"""Tables of labels with their values beside them: a block a case, victim and perpetrator side by side."""

from __future__ import annotations

from dataclasses import dataclass, field

from integration.domain.explanation import Rule
from integration.domain.people import Role
from mappings.case_lists.births import AGE, DATE
from mappings.case_lists.case_refs import case_heading, is_reference
from mappings.case_lists.columns import headings_in, is_header_row
from mappings.case_lists.content import Cell, Row, Table, squeeze
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.forms import FormReader
from mappings.case_lists.gathering import Gathering
from mappings.case_lists.headings import PERSON, Heading, Sense, read_heading
from mappings.case_lists.labels import covers_row, is_band, is_plural, label_columns, read_label
from mappings.case_lists.names import looks_like_a_name
from mappings.case_lists.sources import source
from mappings.case_lists.strays import names_people
from mappings.case_lists.vocabulary import Field, Vocabulary, words_of


@dataclass(slots=True)
class _Walk:
    """How far a row has been read: the last label, and what has been asked before it."""

    label: Heading | None = None
    text: str = field(default="", repr=False)
    at: int = 0
    robbed: bool = False  # a label about nothing of ours stands where the value of another one should
    asked: set[tuple[str, ...]] = field(default_factory=set, repr=False)
    seen: set[tuple[frozenset[Field], Role | None]] = field(default_factory=set)

    def come_to(self, label: Heading, cell: Cell, index: int) -> None:
        wanting = self.label is not None and (self.label.names_somebody or self.label.fields == {Field.CASE_REF})
        self.robbed = wanting and index == self.at + 1 and label.sense is Sense.IGNORED
        self.label, self.text, self.at = label, cell.text, index

    def asks_again(self, label: Heading, role: Role | None) -> bool:
        """Whether the row has asked the same of the same people before; it is on record that it has now."""
        key = (label.fields, role or label.role)
        again = label.names_somebody or (label.about_a_person and words_of(label.text) in self.asked)
        known = key in self.seen and again
        self.asked.add(words_of(label.text))
        self.seen.add(key)
        return known


@dataclass(slots=True)
class FormTableReader:
    """Reads tables into the state that goes through the whole document."""

    forms: FormReader
    listing: list[Heading] = field(default_factory=list, repr=False)  # the headings of a table inside a form
    sides: dict[int, Role] = field(default_factory=dict)  # by the column of the label that named somebody

    @property
    def gathering(self) -> Gathering:
        return self.forms.gathering

    @property
    def vocabulary(self) -> Vocabulary:
        return self.forms.vocabulary

    def read(self, table: Table) -> None:
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
        self.forms.finish()

    def _read_listed(self, row: Row) -> bool:
        """A table inside a form: headings under CHILDREN, and a row for each child."""
        if self.forms.band is None:
            self.listing = []
            return False
        if is_header_row(row, self.vocabulary) and not self.forms.people:
            self.listing = headings_in(row, self.vocabulary)
            return True
        first = read_label(row.told()[0].text, self.vocabulary)
        if not self.listing or (first is not None and first.sense in (Sense.KNOWN, Sense.IGNORED)):
            self.listing = []
            return False
        for heading, cell in zip(self.listing, row.cells, strict=False):
            if not (cell.empty or cell.covered):
                self.forms.take(heading, cell, None, 0)
        self.forms.finish()
        return True

    def _open_band(self, row: Row) -> dict[int, Role | None]:
        """Roles over the columns below, or one role over the whole block."""
        self.forms.finish()
        told = row.told()
        roles = [read_heading(cell.text, self.vocabulary) for cell in told]
        self.forms.tell(*(heading.role for heading in roles))
        if len(told) == 1 and covers_row(row):
            self.forms.band, self.forms.band_plural = roles[0].role, is_plural(told[0].text)
            self.forms.band_source = source(told[0].where, Rule.BLOCK_HEADING, told[0].text)
            return {}
        self.forms.band = None
        columns: dict[int, Role | None] = {}
        current: Role | None = None
        merged = any(cell.covered for cell in row.cells)
        over = Cell()
        for index, cell in enumerate(row.cells):
            over = over if cell.empty or cell.covered else cell
            self.forms.column_sources[index] = source(over.where, Rule.GROUP_HEADING, over.text)
            if not cell.empty:
                current = read_heading(cell.text, self.vocabulary).role
            elif merged:
                current = None
            columns[index] = current
        return columns

    def _is_case_heading(self, row: Row) -> bool:
        first, *others = row.told()
        beside = [self.forms.inline(cell.text) for cell in others if cell.text.strip() != first.text.strip()]
        if None in beside or not self.forms.open_case(first.text, row.where):
            return False
        for cell in others if beside else ():
            self.forms.take_labels(cell.text, cell.where)
        return True

    def read_case_banner(self, row: Row) -> bool:
        """A row across a table that opens a case: "CASE 3 | 27/2026/014 | Repeat | Yes"; False if it is none."""
        told = row.told()
        if len(told) < 2 or not self.is_case_banner(row):
            return bool(told) and self._is_case_heading(row)
        self.forms.open_case(f"Case {squeeze(told[1].text)}", row.where)
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
            self.forms.take(PERSON, Cell("\n".join(told.text for told in row.told()), row.told()[0].where), None, 0)
            return
        walk = _Walk()
        for index, cell in enumerate(row.cells):
            if cell.covered or cell.empty:
                continue
            found = read_label(cell.text, self.vocabulary) if index in labels or walk.label is None else None
            if found is not None and found.sense in (Sense.KNOWN, Sense.IGNORED):
                walk.come_to(found, cell, index)
            elif walk.label is None:
                self._take_unlabelled(cell, index, column_roles)
            else:
                self._take_labelled(walk, walk.label, cell, index, column_roles)
        if walk.label is not None and walk.label.is_role_alone and len(row.told()) == 1:
            self.forms.band, self.forms.band_plural = walk.label.role, is_plural(walk.text)
            self.forms.band_source = source(row.told()[0].where, Rule.BLOCK_HEADING, walk.text)

    def _take_unlabelled(self, cell: Cell, index: int, column_roles: dict[int, Role | None]) -> None:
        inline = self.forms.inline(cell.text)
        if inline is None:
            self._take_stray(cell)
            return
        self.forms.take(inline[0], Cell(inline[1], cell.where), column_roles.get(index), index if column_roles else 0)

    def _take_labelled(
        self, walk: _Walk, label: Heading, cell: Cell, index: int, column_roles: dict[int, Role | None]
    ) -> None:
        if walk.robbed and (names_people(cell.text, self.gathering) or is_reference(cell.text)):
            self.gathering.doubt(Doubt.ROW_UNCLEAR, cell.where)
        if column_roles and column_roles.get(index) is None and label.about_a_person and label.role is None:
            self.gathering.doubt(Doubt.DETAILS_DO_NOT_PAIR, cell.where, self.gathering.current)
        role = column_roles.get(index) or (self._side_of(walk.at, label) if index not in column_roles else None)
        again = walk.asks_again(label, role)
        if again and not (role or label.role or self.forms.band):
            self.gathering.doubt(Doubt.NO_ROLE, cell.where)  # "DOB | 3/12/1984 | DOB | 4/11/1980": whose?
        elif again and label.names_somebody and self.forms.band is not None:
            self.gathering.doubt(Doubt.HEADING_NOT_ABOVE, cell.where)
        else:
            self.forms.take(label, cell, role, index if column_roles else 0)

    def _side_of(self, at: int, label: Heading) -> Role | None:
        """ "Victim | SMITH, Jane | Perpetrator | JONES, Bob": labels below those two speak of the same people."""
        if label.role in (Role.VICTIM, Role.PERPETRATOR) and label.names_somebody:
            self.sides[at] = label.role
        sides = self.sides if len(set(self.sides.values())) > 1 else {}
        return sides.get(at) if label.about_a_person and label.role is None and self.forms.band is None else None

    def _is_listed_person(self, row: Row) -> bool:
        """Under CHILDREN a row of a name and a birth or an age, without any label."""
        told = row.told()
        if not told:
            return False
        name, rest = told[0].text, [cell.text.strip() for cell in told[1:]]
        dated = any(DATE.fullmatch(text) or AGE.fullmatch(text) for text in rest)
        return (
            self.forms.band is not None
            and dated
            and looks_like_a_name(name, self.vocabulary)
            and not all(self.vocabulary.knows(word) for word in words_of(name))  # "Referral date"
        )

    def _take_stray(self, cell: Cell) -> None:
        """A cell without a label: nobody may be lost in it."""
        self.forms.answers.append((cell.where, cell.text))
        numbered = case_heading(cell.text, self.gathering.today) is not None and is_reference(cell.text)
        if names_people(cell.text, self.gathering) or numbered:
            self.gathering.doubt(Doubt.ROW_UNCLEAR, cell.where)
        elif self.forms.people and DATE.fullmatch(cell.text.strip()):
            self.gathering.doubt(Doubt.DETAIL_UNCLEAR, cell.where, self.gathering.current)  # somebody's birth, perhaps
