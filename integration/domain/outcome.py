"""What a meeting decided, as briefly as the trust's template asks (procedure 4.5, 4.6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from integration.domain.working_days import friday_of_week

NOTE_LIMIT = 500  # characters: a brief note, not minutes


class ActionStatus(StrEnum):
    """SafeLives' minutes keep the last two apart."""

    OPEN = "open"
    DONE = "done"
    NOT_POSSIBLE = "not_possible"  # circumstances changed
    NOT_UNDERTAKEN = "not_undertaken"


@dataclass(frozen=True, slots=True)
class MeetingAction:
    """Something that our trust took on, with its owner (a post, not a patient) and the day it is due."""

    text: str = field(repr=False)
    owner: str
    due: date

    def __post_init__(self) -> None:
        if not self.text.strip() or not self.owner.strip():
            raise ValueError("an action needs its words and an owner")

    @classmethod
    def due_by_rule(cls, text: str, owner: str, meeting: date, due: date | None = None) -> MeetingAction:
        """An action due by the Friday of the meeting's week unless the list says otherwise (procedure 4.5)."""
        return cls(text=text, owner=owner, due=due or friday_of_week(meeting))


@dataclass(frozen=True, slots=True)
class Outcome:
    """The brief record of one case: heard or not, when, repeat or not, our actions, a note."""

    heard: bool
    heard_on: date
    repeat: bool | None
    actions: tuple[MeetingAction, ...] = ()
    note: str = field(default="", repr=False)
    extra: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # the trust's own template fields

    def __post_init__(self) -> None:
        if len(self.note) > NOTE_LIMIT:
            raise ValueError(f"the note is longer than {NOTE_LIMIT} characters; it is to be brief")
