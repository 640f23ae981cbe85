"""An area's own layout: which heading or label means what, and for whom. Where there is one, nothing is recognised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from integration.domain.case_list import LayoutUsed
from integration.domain.people import Role
from mappings.case_lists.content import Table, squeeze
from mappings.case_lists.headings import Heading, Sense
from mappings.case_lists.vocabulary import Field, Words, words_of

Key = tuple[Words, Words]  # the words of a group heading, which may be none, and of the heading under it


class RowIs(StrEnum):
    """What one row of a table stands for."""

    CASE = "case"
    PERSON = "person"
    LABEL = "label"  # a form: a label, with its value beside it


class LabelsAre(StrEnum):
    """Where a form has its labels."""

    BESIDE = "beside"  # each value has one at its left
    LEFT = "left"  # once a row, for the values of all sides


@dataclass(frozen=True, slots=True)
class LaidHeading:
    """One heading of a column, or one label of a form."""

    text: str
    means: Field | None  # None: what stands under it is left unread
    role: Role | None = None
    under: str = ""  # the group heading above it
    column: int | None = None  # counted from 0
    person: int = 1
    part_of_address: bool = False
    family_first: bool = False
    optional: bool = False

    @property
    def key(self) -> Key:
        return words_of(self.under), words_of(self.text)

    @property
    def shown(self) -> str:
        return f"{self.under} / {self.text}" if self.under else self.text

    @property
    def heading(self) -> Heading:
        """What the readers of cells are told."""
        if self.means is None:
            return Heading(Sense.IGNORED, text=self.shown)
        number = self.person if self.person > 1 else None
        return Heading(
            Sense.KNOWN,
            frozenset({self.means}),
            self.role,
            number,
            self.family_first,
            self.part_of_address,
            self.shown,
        )


@dataclass(frozen=True, slots=True)
class LaidTable:
    """One table, sheet or form of the area's documents."""

    row: RowIs
    headings: tuple[LaidHeading, ...]
    sheet: str | None = None
    header_row: int | None = None
    labels: LabelsAre = LabelsAre.BESIDE
    skip_rows: frozenset[Words] = frozenset()
    optional: bool = False

    @property
    def by_key(self) -> dict[Key, LaidHeading]:
        return {heading.key: heading for heading in self.headings}

    @property
    def groups(self) -> frozenset[Words]:
        return frozenset(words_of(heading.under) for heading in self.headings if heading.under)

    @property
    def texts(self) -> frozenset[Words]:
        return frozenset(words_of(heading.text) for heading in self.headings)

    @property
    def required(self) -> tuple[LaidHeading, ...]:
        return tuple(heading for heading in self.headings if not heading.optional)

    def may_be(self, table: Table) -> bool:
        return self.sheet is None or same_name(self.sheet, table.name)


@dataclass(frozen=True, slots=True)
class Layout:
    """All that an area's layout says, and what it is called on record."""

    used: LayoutUsed
    area: str
    tables: tuple[LaidTable, ...]
    month_first: bool = False
    case_heading: Words = ()  # the words before a reference that open a case
    skip_sheets: tuple[str, ...] = ()
    skip_tables: frozenset[Words] = frozenset()  # the first words of tables that are nothing to us
    role_words: Mapping[Words, Role] = field(default_factory=dict)

    def skips_sheet(self, table: Table) -> bool:
        return any(same_name(name, table.name) for name in self.skip_sheets)

    def skips_table(self, table: Table) -> bool:
        first = next((cell for row in table.rows for cell in row.told()), None)
        return first is not None and begins_with(first.text, self.skip_tables)


@dataclass(frozen=True, slots=True)
class Layouts:
    """The layouts that a document may have to follow; `area` is the one that it is for, where that is known before."""

    known: tuple[Layout, ...] = ()
    area: str | None = None
    is_case_list: bool = False  # a person said so, whatever its title says

    def of(self, area: str | None) -> Layout | None:
        """The layout of an area, if it has one."""
        return next((layout for layout in self.known if area is not None and same_name(layout.area, area)), None)


NO_LAYOUTS = Layouts()


def begins_with(text: str, phrases: frozenset[Words]) -> bool:
    words = words_of(text)
    return any(words[: len(phrase)] == phrase for phrase in phrases)


def same_name(one: str, other: str) -> bool:
    """Whether two names of sheets or areas are the same, capitals and spaces apart."""
    return squeeze(one).casefold() == squeeze(other).casefold()
