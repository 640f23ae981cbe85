"""The brief outcome: no longer than it may be, actions whole and due, nobody's words in a repr."""

from __future__ import annotations

from datetime import date

import pytest

from integration.domain.outcome import NOTE_LIMIT, MeetingAction, Outcome

MEETING = date(2026, 12, 3)  # a Thursday


def test_a_note_is_at_most_500_characters() -> None:
    assert NOTE_LIMIT == 500
    assert Outcome(True, MEETING, False, note="n" * 500).note == "n" * 500
    with pytest.raises(ValueError, match="longer than 500 characters"):
        Outcome(True, MEETING, False, note="n" * 501)


@pytest.mark.parametrize(
    ("text", "owner"), [("", "DMR"), (" \n", "DMR"), ("Call the IDVA", ""), ("Call the IDVA", " ")]
)
def test_an_action_needs_its_words_and_an_owner(text: str, owner: str) -> None:
    with pytest.raises(ValueError, match="its words and an owner"):
        MeetingAction(text, owner, MEETING)


def test_an_action_is_due_by_the_friday_of_the_meetings_week() -> None:
    assert MeetingAction.due_by_rule("Call the IDVA", "DMR", MEETING).due == date(2026, 12, 4)


def test_unless_the_list_says_otherwise() -> None:
    action = MeetingAction.due_by_rule("Call the IDVA", "DMR", MEETING, due=date(2026, 12, 10))
    assert action.due == date(2026, 12, 10)


def test_a_repr_tells_nothing_that_was_said_of_a_person() -> None:
    action = MeetingAction("CANARY is to be called", "DMR", MEETING)
    outcome = Outcome(True, MEETING, None, (action,), note="CANARY", extra=(("Safety plan agreed", "CANARY"),))
    assert "CANARY" not in repr(outcome)
