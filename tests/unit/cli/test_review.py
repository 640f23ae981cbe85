"""What `review decide` says becomes of somebody."""

from __future__ import annotations

from integration.cli.review import FOLLOWS
from integration.domain.progress import SUBJECT_TRANSITIONS, SubjectState


def test_what_follows_is_said_of_every_decision() -> None:
    assert set(FOLLOWS) == set(SUBJECT_TRANSITIONS[SubjectState.UNDER_REVIEW]) - {SubjectState.UNDER_REVIEW}
