"""A person as a document or an index describes them: names, births, addresses, and the role a case gives them."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Role(StrEnum):
    """What a case says a person is; decides which flag, or none. Never guessed."""

    VICTIM = "victim"
    PERPETRATOR = "perpetrator"
    CHILD = "child"
    OTHER = "other"

    @property
    def opposite(self) -> Role | None:
        """The role whose flag on the same record must stop for a person (rule 12)."""
        return {Role.VICTIM: Role.PERPETRATOR, Role.PERPETRATOR: Role.VICTIM}.get(self)


class Sex(StrEnum):
    """As lists write it; nothing is inferred from a name."""

    FEMALE = "F"
    MALE = "M"


@dataclass(frozen=True, slots=True)
class PersonName:
    """One name somebody goes by, titles left off; either part may be empty, not both."""

    family: str = field(default="", repr=False)
    given: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not (self.family.strip() or self.given.strip()):
            raise ValueError("a name needs a family or a given part")


@dataclass(frozen=True, slots=True)
class Address:
    """A place, as written; the postcode apart when there is one."""

    line: str = field(default="", repr=False)
    postcode: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class BirthYear:
    """A year in which somebody was born, perhaps with its month, where no day is told."""

    year: int = field(repr=False)
    month: int | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        date(self.year, self.month or 1, 1)  # raises `ValueError` where there is no such month

    @property
    def first(self) -> date:
        return date(self.year, self.month or 1, 1)

    @property
    def last(self) -> date:
        return date(self.year, self.month or 12, monthrange(self.year, self.month or 12)[1])

    def __str__(self) -> str:
        return f"{self.year:04d}" if self.month is None else f"{self.year:04d}-{self.month:02d}"


@dataclass(frozen=True, slots=True)
class Subject:
    """A person named in a case; the first name is the primary one, several births are alternatives.

    `where` is the place in the document, `row` the line of a flat list (its header being 1).
    """

    role: Role
    names: tuple[PersonName, ...] = field(repr=False)
    births: tuple[date, ...] = field(default=(), repr=False)
    age: int | None = field(default=None, repr=False)
    sex: Sex | None = field(default=None, repr=False)
    nhs_number: str | None = field(default=None, repr=False)  # as written, even if its check digit fails
    addresses: tuple[Address, ...] = field(default=(), repr=False)
    phones: tuple[str, ...] = field(default=(), repr=False)
    where: str = ""
    row: int | None = None
    born_in: BirthYear | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.names:
            raise ValueError("a subject needs a name")


@dataclass(frozen=True, slots=True)
class Patient:
    """A person in the patient index; `local_id` is the trust's own number for them."""

    local_id: str
    nhs_number: str | None = field(default=None, repr=False)
    name: PersonName | None = field(default=None, repr=False)
    middle: str = field(default="", repr=False)
    other_names: tuple[PersonName, ...] = field(default=(), repr=False)
    birth: date | None = field(default=None, repr=False)
    sex: Sex | None = field(default=None, repr=False)
    addresses: tuple[Address, ...] = field(default=(), repr=False)  # current first, then previous
    phone: str | None = field(default=None, repr=False)
    gp_code: str | None = field(default=None, repr=False)
    deceased: bool = False
    restricted: bool = False
    open_services: tuple[str, ...] = ()
    fhir_id: str | None = None
    disputed: bool = False  # an extract gave this record in several rows that contradict each other
    other_births: tuple[date, ...] = field(default=(), repr=False)  # what those rows, or a merged record, gave beside
    other_numbers: tuple[str, ...] = field(default=(), repr=False)  # NHS numbers, as above


@dataclass(frozen=True, slots=True)
class RecordEnd:
    """A patient's record that is no more: merged into another one of the same person's (A40), or removed (A29)."""

    local_id: str
    survivor: str | None = None  # None: removed

    def __post_init__(self) -> None:
        if not self.local_id or self.local_id == self.survivor:
            raise ValueError("a record ends by a number of its own, and is never merged into itself")
