"""A decision is taken back: its flag goes if it rested on that alone, and what is closed stays closed."""

from __future__ import annotations

from datetime import date

import pytest
from builders import case, subject
from deployments import Trust
from reviews import ANNA, DOUBTFUL, LATER, answer, the_one
from sqlalchemy import update

from integration.domain.progress import ListState, SubjectState
from integration.errors import UsageError
from integration.storage.tables import flag_grounds, lists
from integration.workflow.meetings import record_held
from integration.workflow.review_match import (
    OF_A_FLAG,
    OF_NOBODY,
    Answer,
    decide,
    show,
    undo,
    version_of,
    waiting_for_review,
)

S = SubjectState


def test_undoing_takes_the_flag_back(trust: Trust) -> None:
    trust.issue(case("1", ANNA))
    row = trust.people()[0]
    undo(trust.as_reviewer(), row["subject_id"], row["version"], "a namesake")
    trust.work()
    assert [(f["status"], f["state"]) for f in trust.flags()] == [("entered-in-error", "verified")]
    ((flag, _),) = trust.register.flags.values()
    assert flag.status.value == "entered-in-error"
    (row,) = trust.people()
    assert (row["state"], row["patient"], row["flag_id"]) == (S.UNDER_REVIEW, None, None)
    assert row["review_why"] == ["an earlier decision was taken back"]
    assert trust.list_state() is ListState.MATCHED


def test_undoing_before_anything_was_sent_sends_nothing(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    trust.register.fail_next("unavailable")
    trust.issue(case("1", DOUBTFUL))
    item = the_one(trust)
    decide(trust.as_reviewer(), item.subject_id, item.version, Answer.MATCH, "1001", "sure")
    undo(trust.as_reviewer(), item.subject_id, version_of(trust.deployment, item.subject_id), "not sure after all")
    trust.work()
    assert trust.register.flags == {}
    assert [(f["status"], f["attempts"]) for f in trust.flags()] == [("entered-in-error", 0)]


def test_why_a_person_was_asked_is_said_again_after_an_undo(trust: Trust) -> None:
    trust.issue(case("1", DOUBTFUL))
    item = the_one(trust)
    for said in ("sure", "sure again"):
        now = version_of(trust.deployment, item.subject_id)
        decide(trust.as_reviewer(), item.subject_id, now, Answer.MATCH, "1001", said)
        assert waiting_for_review(trust.deployment) == []
        assert show(trust.as_reviewer(), item.subject_id).item.why == ()
        undo(trust.as_reviewer(), item.subject_id, now + 1, "not sure after all")
        assert the_one(trust).why == ("an earlier decision was taken back", *item.why)


def test_undoing_one_of_two_grounds_leaves_the_flag(trust: Trust) -> None:
    trust.issue(case("1", ANNA))
    trust.issue(case("2", ANNA), day=LATER)
    row = next(row for row in trust.people() if row["state"] == S.ALREADY_FLAGGED)
    undo(trust.as_reviewer(), row["subject_id"], row["version"], "a namesake")
    trust.work()
    assert [f["status"] for f in trust.flags()] == ["active"]
    assert len(trust.rows(flag_grounds, flag_grounds.c.lost_at.is_(None))) == 1


@pytest.mark.parametrize("said", [Answer.TRANSCRIBED, Answer.WITHDRAWN])
def test_what_the_tables_do_not_take_back_says_so(trust: Trust, said: Answer) -> None:
    trust.issue(case("1", DOUBTFUL))
    item = the_one(trust)
    answer(trust, item, said)
    with pytest.raises(UsageError):
        undo(trust.as_reviewer(), item.subject_id, version_of(trust.deployment, item.subject_id), "wrong")


def test_who_waits_already_has_no_decision_to_take_back(trust: Trust) -> None:
    trust.issue(case("1", ANNA), case("2", subject(family="ZZNOBODY", given="Ix", births=(date(1970, 1, 1),))))
    trust.issue(case("2", subject(family="ZZNOBODY", given="Ix", births=(date(1970, 1, 1),))))
    item = the_one(trust)
    with pytest.raises(UsageError):
        undo(trust.as_reviewer(), item.subject_id, item.version, "wrong")
    assert [f["status"] for f in trust.flags()] == ["active"]


@pytest.mark.parametrize("said", [Answer.NO_MATCH, Answer.NOT_ENOUGH])
def test_an_ended_search_can_be_opened_again(trust: Trust, said: Answer) -> None:
    trust.issue(case("1", DOUBTFUL))
    item = the_one(trust)
    answer(trust, item, said)
    undo(trust.as_reviewer(), item.subject_id, version_of(trust.deployment, item.subject_id), "look again")
    answer(trust, the_one(trust), Answer.MATCH, "1001")
    assert trust.states() == [S.FLAGGED]


def test_a_closed_list_is_not_reopened(trust: Trust) -> None:
    trust.issue(case("1", DOUBTFUL))
    item = the_one(trust)
    answer(trust, item, Answer.NO_MATCH)
    trust.clock.to(date(2026, 12, 3))
    record_held(trust.as_reviewer(), trust.meeting_id())
    assert show(trust.as_reviewer(), item.subject_id).stands == ""
    trust.work()
    assert show(trust.as_reviewer(), item.subject_id).stands.endswith(OF_NOBODY)
    with pytest.raises(UsageError, match=f"closed, and the decision stands; {OF_NOBODY}"):
        undo(trust.as_reviewer(), item.subject_id, version_of(trust.deployment, item.subject_id), "look again")


def test_a_list_that_closes_between_look_and_change_stays_closed(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    trust.issue(case("1", ANNA))
    row = trust.people()[0]
    database = trust.deployment.database
    real = database.change

    def slow(*events: object) -> object:
        monkeypatch.undo()
        with real() as change:
            change.connection.execute(update(lists).values(state=ListState.CLOSED.value))
        return real(*events)  # type: ignore[arg-type]

    monkeypatch.setattr(database, "change", slow)
    with pytest.raises(UsageError, match=f"closed, and the decision stands; {OF_A_FLAG}"):
        undo(trust.as_reviewer(), row["subject_id"], row["version"], "look again")
    assert (trust.states(), [f["status"] for f in trust.flags()]) == ([S.FLAGGED], ["active"])
