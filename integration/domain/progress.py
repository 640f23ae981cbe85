"""Where a document, a list and a person on it have got to: three Enums and three literal tables.

The diagrams in the README are drawn from these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar


class DocumentState(StrEnum):
    RECEIVED = "received"  # ours is durable; not yet read
    READ = "read"  # its kind is known and its content is in use
    HELD = "held"  # doubt about its layout, kind or meeting: a person settles it
    REFUSED = "refused"  # unsafe, unreadable or not ours: a person looks, then it is destroyed
    TAKEN_APART = "taken_apart"  # a mail or an archive whose parts are documents of their own by now: it goes at once
    DESTROYING = "destroying"  # the decision is on record; destruction resumes after any interruption
    DESTROYED = "destroyed"  # key gone, ciphertext gone, certificate issued


class ListState(StrEnum):
    READ = "read"  # its people wait to be matched
    MATCHED = "matched"  # everybody was looked for; some may wait for a person
    FLAGGED = "flagged"  # every person has an end state
    HEARD = "heard"  # a person recorded that the meeting took place
    CLOSED = "closed"  # it balances, and its outcomes are on record


class SubjectState(StrEnum):
    WAITING = "waiting"  # not yet looked for
    HELD = "held"  # its case waits for a person
    UNDER_REVIEW = "under_review"  # a person decides who this is, or whether to flag
    MATCHED = "matched"  # the patient is known; the flag is owed
    FLAGGED = "flagged"
    ALREADY_FLAGGED = "already_flagged"
    NOT_OUR_PATIENT = "not_our_patient"
    NOT_ENOUGH_TO_SAY = "not_enough_to_say"
    TRANSCRIBED = "transcribed"  # dealt with by hand
    WITHDRAWN = "withdrawn"  # no longer on the list
    NOT_FLAGGED_BY_RULE = "not_flagged_by_rule"
    CHILD_NOTED = "child_noted"

    @property
    def is_end(self) -> bool:
        """Whether the list can close over it."""
        return self not in {self.WAITING, self.HELD, self.UNDER_REVIEW, self.MATCHED}


_State = TypeVar("_State", bound=StrEnum)
D, L, S = DocumentState, ListState, SubjectState

DOCUMENT_TRANSITIONS: Mapping[DocumentState, frozenset[DocumentState]] = {
    D.RECEIVED: frozenset({D.READ, D.HELD, D.REFUSED, D.TAKEN_APART, D.DESTROYING}),
    D.HELD: frozenset({D.RECEIVED, D.READ, D.REFUSED, D.TAKEN_APART, D.DESTROYING}),
    D.REFUSED: frozenset({D.RECEIVED, D.DESTROYING}),
    D.READ: frozenset({D.HELD, D.DESTROYING}),
    D.TAKEN_APART: frozenset({D.DESTROYING}),
    D.DESTROYING: frozenset({D.DESTROYED}),
    D.DESTROYED: frozenset(),
}

LIST_TRANSITIONS: Mapping[ListState, frozenset[ListState]] = {
    # a late addition or an undone decision sends a list back; a closed one only if a person settles a later version
    L.READ: frozenset({L.MATCHED}),
    L.MATCHED: frozenset({L.READ, L.FLAGGED}),
    L.FLAGGED: frozenset({L.READ, L.MATCHED, L.HEARD}),
    L.HEARD: frozenset({L.READ, L.MATCHED, L.CLOSED}),
    L.CLOSED: frozenset({L.READ}),
}

_FOUND = frozenset({S.MATCHED, S.UNDER_REVIEW, S.NOT_OUR_PATIENT, S.NOT_ENOUGH_TO_SAY, S.CHILD_NOTED})
_BY_HAND = frozenset({S.TRANSCRIBED, S.WITHDRAWN})

SUBJECT_TRANSITIONS: Mapping[SubjectState, frozenset[SubjectState]] = {
    S.WAITING: _FOUND | _BY_HAND | {S.NOT_FLAGGED_BY_RULE, S.HELD},
    S.HELD: _BY_HAND | {S.WAITING},
    S.UNDER_REVIEW: _FOUND | _BY_HAND | {S.NOT_FLAGGED_BY_RULE},
    S.MATCHED: _BY_HAND | {S.FLAGGED, S.ALREADY_FLAGGED, S.UNDER_REVIEW, S.NOT_FLAGGED_BY_RULE},
    # an undone decision, a wrong flag taken back or a withdrawn case puts the person before a person again
    S.FLAGGED: frozenset({S.UNDER_REVIEW, S.WITHDRAWN}),
    S.ALREADY_FLAGGED: frozenset({S.UNDER_REVIEW, S.WITHDRAWN}),
    # people who were not found are looked for again at each update of the index until their list closes
    S.NOT_OUR_PATIENT: _FOUND | _BY_HAND | {S.NOT_FLAGGED_BY_RULE},
    S.NOT_ENOUGH_TO_SAY: _FOUND | _BY_HAND,
    S.TRANSCRIBED: frozenset({S.WITHDRAWN}),
    S.WITHDRAWN: frozenset(),
    S.NOT_FLAGGED_BY_RULE: frozenset({S.UNDER_REVIEW, S.WITHDRAWN}),
    S.CHILD_NOTED: frozenset({S.UNDER_REVIEW, S.WITHDRAWN}),
}


class ForbiddenTransition(Exception):
    """A step that the tables do not allow: a fault of ours, never of an input."""


def check_document_may_become(now: DocumentState, then: DocumentState) -> None:
    """Raise `ForbiddenTransition` unless the table allows the step."""
    if then not in DOCUMENT_TRANSITIONS[now]:
        raise ForbiddenTransition(f"a document cannot go from {now.value} to {then.value}")


def check_list_may_become(now: ListState, then: ListState) -> None:
    """Raise `ForbiddenTransition` unless the table allows the step."""
    if then not in LIST_TRANSITIONS[now]:
        raise ForbiddenTransition(f"a list cannot go from {now.value} to {then.value}")


def check_subject_may_become(now: SubjectState, then: SubjectState) -> None:
    """Raise `ForbiddenTransition` unless the table allows the step."""
    if then not in SUBJECT_TRANSITIONS[now]:
        raise ForbiddenTransition(f"a person on a list cannot go from {now.value} to {then.value}")


def diagram(transitions: Mapping[_State, frozenset[_State]], start: _State) -> str:
    """The table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {start.value}"]
    for state in transitions:
        lines += [f"    {state.value} --> {then.value}" for then in sorted(transitions[state])]
        if not transitions[state]:
            lines.append(f"    {state.value} --> [*]")
    return "\n".join(lines)
