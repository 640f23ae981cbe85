"""What a document says: its kind, its meeting, its cases and the people in them, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from integration.domain.people import Subject


class DocumentKind(StrEnum):
    """What a document is; decides what becomes of it."""

    CASE_LIST = "case_list"
    RESEARCH_FORM = "research_form"
    MINUTES = "minutes"
    UNRECOGNISED = "unrecognised"
    CONTAINER = "container"  # a mail or an archive: its parts are documents of their own; never what a reading says


class CameIn(StrEnum):
    """How a document came; an archive in an archive and a mail in a mail are refused by it."""

    ITSELF = "itself"
    MAIL = "mail"  # attached to one
    MAIL_TEXT = "mail_text"  # what the mail itself says
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True)
class MeetingNamed:
    """The meeting as a document names it; either half may be missing."""

    area: str | None = None
    date: date | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be made out, and where. Without a `case_ref` it concerns the whole document."""

    where: str
    reason: str  # a fixed sentence; never quotes the document
    case_ref: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Case:
    """One case: its reference, whether it is a repeat, and its people in the order of the document."""

    case_ref: str = field(repr=False)
    subjects: tuple[Subject, ...] = field(repr=False)
    repeat: bool | None = None


@dataclass(frozen=True, slots=True)
class LayoutUsed:
    """Which area's layout a document was read by: its file's name, its version, and the first digits of its digest."""

    name: str
    version: int
    digest: str

    def __str__(self) -> str:
        return f"{self.name}, version {self.version} ({self.digest})"


@dataclass(frozen=True, slots=True)
class Reading:
    """All that a document says. Research forms and minutes have cases too: the people whom they concern."""

    kind: DocumentKind
    media_type: str
    sha256: str
    meeting: MeetingNamed = MeetingNamed()
    cases: tuple[Case, ...] = field(default=(), repr=False)
    problems: tuple[Problem, ...] = ()
    layout: LayoutUsed | None = None  # none: its headings were recognised
    passed_over: tuple[str, ...] = ()  # places of headings that name a role, are not understood, and stand over nobody
    remarks: tuple[Problem, ...] = ()  # what is said and nothing is made of: nobody has to settle it

    def doubts_whole_document(self) -> bool:
        """Whether the layout or a role is in doubt, so that nothing in the list may act."""
        return any(problem.case_ref is None for problem in self.problems)

    def problems_of(self, case_ref: str) -> tuple[Problem, ...]:
        """What is in doubt about one case; the others go on."""
        return tuple(problem for problem in self.problems if problem.case_ref == case_ref)
