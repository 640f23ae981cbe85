"""The words of an outcome: asked at the keyboard or read from standard input, never taken as arguments.

Arguments are seen by everybody on the machine and kept in a shell's history.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from datetime import date

import typer

from integration.domain.outcome import MeetingAction
from integration.errors import UsageError

FORM = (
    "each line reads `note: WORDS`, `action: OWNER: WORDS`, `action: OWNER, YYYY-MM-DD: WORDS` or `field: NAME=VALUE`"
)


@dataclass(frozen=True, slots=True)
class Words:
    """What a person said about one case."""

    note: str = field(default="", repr=False)
    actions: tuple[MeetingAction, ...] = field(default=(), repr=False)
    fields: tuple[tuple[str, str], ...] = field(default=(), repr=False)


def words_from_stdin(meeting: date, known_fields: tuple[str, ...]) -> Words:
    """Read the words line by line; raises `UsageError` with the line's number for one that is not of the form."""
    notes: list[str] = []
    actions: list[MeetingAction] = []
    fields: list[tuple[str, str]] = []
    for number, line in enumerate(sys.stdin.read().splitlines(), 1):
        what, _, words = (part.strip() for part in line.partition(":"))
        match what.casefold():
            case "note":
                notes.append(words)
            case "action":
                actions.append(action_of(words, meeting))
            case "field":
                fields.append(_field_of(words, known_fields))
            case "":
                continue
            case _:
                raise UsageError(f"line {number} of the words is of no known kind: {FORM}")
    return Words("\n".join(notes), tuple(actions), tuple(fields))


def ask_for_words(meeting: date, known_fields: tuple[str, ...]) -> Words:
    """Ask at the keyboard; Enter alone passes over a question."""
    note = _ask("Brief note, up to 500 characters")
    fields = tuple((name, said) for name in known_fields if (said := _ask(name)))
    actions = []
    while owner := _ask("Our action: whose is it (Enter: no more)"):
        words = _ask("What is to be done")
        due = _ask("Due on, YYYY-MM-DD (Enter: the Friday of the meeting's week)")
        actions.append(action_of(f"{owner}, {due}: {words}" if due else f"{owner}: {words}", meeting))
    return Words(note, tuple(actions), fields)


def action_of(text: str, meeting: date) -> MeetingAction:
    """An action from OWNER: WORDS or OWNER, YYYY-MM-DD: WORDS; due by the Friday of the week if no day is given."""
    head, colon, words = text.partition(":")
    owner, _, due = (part.strip() for part in head.partition(","))
    if not colon:
        raise UsageError("an action reads OWNER: WORDS, or OWNER, YYYY-MM-DD: WORDS")
    try:
        day = date.fromisoformat(due) if due else None
        return MeetingAction.due_by_rule(words.strip(), owner, meeting, day)
    except ValueError:
        raise UsageError("an action needs an owner and words, and a due day reads YYYY-MM-DD") from None


def _ask(question: str) -> str:
    return str(typer.prompt(question, default="", show_default=False, err=True)).strip()


def _field_of(text: str, known: tuple[str, ...]) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or name.strip() not in known:
        raise UsageError(f"a field reads NAME=VALUE; the template's fields are: {', '.join(known) or 'none'}")
    return name.strip(), value.strip()
