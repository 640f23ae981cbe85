"""What is due follows from the records alone; what fails is on record, comes back after its wait, and is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import pytest
from builders import case, subject
from deployments import MEETING, Trust, reading

from integration.domain.audit import Action
from integration.domain.progress import DocumentState, SubjectState
from integration.errors import IntegrityBroken, Unavailable
from integration.storage.tables import audit_events, lists, work_failures
from integration.workflow import process_case_list
from integration.workflow.backoff import FIRST_SECONDS, LONGEST_SECONDS, seconds_until_attempt
from integration.workflow.deployment import Deployment
from integration.workflow.meetings import record_held
from integration.workflow.process_case_list import STEPS, Due, due_steps, perform
from integration.workflow.receive_document import collect
from integration.workflow.settle_held import dismiss
from integration.workflow.state_of_play import state_of_play

S = SubjectState
ANNA = subject(family="ZZTESTER", given="Quillon")
NOBODY = subject(family="ZZNOBODY", given="Ix", births=(date(1970, 1, 1),), postcode="ZZ98 1AA")


def due(trust: Trust) -> list[str]:
    return [one.step for one in due_steps(trust.deployment)]


def do(trust: Trust, step: str) -> None:
    """The one step of this name that is due."""
    (one,) = (one for one in due_steps(trust.deployment) if one.step == step)
    perform(trust.deployment, one.step, one.object_id)


def test_nothing_is_due_of_nothing(trust: Trust) -> None:
    assert due(trust) == []


def test_each_step_makes_the_next_one_due(trust: Trust) -> None:
    trust.deliver(reading(case("1", ANNA), case("2", NOBODY)))
    collect(trust.deployment, trust.source)
    for step in ("read", "match", "place", "advance"):
        assert step in due(trust)
        do(trust, step)
    assert due(trust) == []
    trust.clock.to(MEETING)
    record_held(trust.as_reviewer(), trust.meeting_id())
    assert due(trust) == ["advance"]


def test_the_last_steps_follow_from_one_another(trust: Trust) -> None:
    trust.issue(case("1", NOBODY))
    trust.clock.to(MEETING)
    record_held(trust.as_reviewer(), trust.meeting_id())
    done = []
    while waiting := due(trust):
        done.append(waiting[0])
        do(trust, waiting[0])
    assert done[:2] == ["advance", "dispose"]
    assert set(done[2:]) == {"certify", "epoch", "remove"}


def test_every_step_may_be_repeated_at_will(trust: Trust) -> None:
    trust.deliver(reading(case("1", ANNA), case("2", NOBODY)))
    collect(trust.deployment, trust.source)
    done: list[Due] = []
    while waiting := due_steps(trust.deployment):
        for one in waiting:
            for _ in range(2):
                perform(trust.deployment, one.step, one.object_id)
        done += waiting
    before = trust.log_length()
    for one in done:
        perform(trust.deployment, one.step, one.object_id)
    assert trust.log_length() == before
    assert trust.register.writes == 1
    assert trust.states() == [S.FLAGGED, S.NOT_OUR_PATIENT]


@pytest.fixture
def failing(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Exception]]:
    """Reading fails with the exceptions in this list, the first first; then it works."""
    failures: list[Exception] = []
    real = STEPS["read"]

    def read(deployment: Deployment, document_id: str) -> None:
        if failures:
            raise failures.pop(0)
        real(deployment, document_id)

    monkeypatch.setitem(process_case_list.STEPS, "read", read)
    yield failures


def test_a_failure_is_on_record_and_waits_longer_each_time(trust: Trust, failing: list[Exception]) -> None:
    failing += [Unavailable("vault", "read", "the disk fails"), IntegrityBroken("a reading is not as it was stored")]
    trust.deliver(reading(case("1", ANNA)))
    trust.run()
    row = trust.only(work_failures)
    assert (row["attempts"], row["reason"]) == (1, "vault: read: the disk fails")
    assert due(trust) == []
    assert state_of_play(trust.deployment).owed == 1
    trust.clock.at = datetime.fromisoformat(row["due_at"])
    assert [(one.step, one.attempt) for one in due_steps(trust.deployment)] == [("read", 1)]
    trust.work()
    row = trust.only(work_failures)
    assert (row["attempts"], row["reason"]) == (2, "a reading is not as it was stored")
    assert len(trust.rows(audit_events, audit_events.c.action == Action.WORK_FAILED.value)) == 2


def test_success_forgets_the_failure(trust: Trust, failing: list[Exception]) -> None:
    failing += [Unavailable("vault", "read", "the disk fails")]
    trust.deliver(reading(case("1", ANNA)))
    trust.run()
    trust.clock.forward(seconds=5)
    trust.work()
    assert trust.rows(work_failures) == []
    assert trust.states() == [S.FLAGGED]


def test_one_documents_failure_keeps_no_other_waiting(trust: Trust, failing: list[Exception]) -> None:
    failing += [Unavailable("vault", "read", "the disk fails")]
    trust.deliver(reading(case("1", ANNA)))
    trust.deliver(reading(case("2", NOBODY), day=date(2026, 12, 10)))
    trust.run()
    assert len(trust.people()) == 1


def test_what_is_no_longer_due_is_no_failure(trust: Trust) -> None:
    """A list that could not be matched for want of an index, and whose people are withdrawn meanwhile."""
    trust.issue(case("1", NOBODY))
    process_case_list.record_failure(trust.deployment, "match", trust.only(lists)["list_id"], "it is empty")
    trust.clock.forward(minutes=1)
    trust.work()
    assert trust.rows(work_failures) == []
    assert state_of_play(trust.deployment).owed == 0


def test_a_flags_failure_outlives_the_wait_for_its_next_attempt(trust: Trust) -> None:
    trust.register.fail_next("unavailable")
    trust.issue(case("1", ANNA))
    assert trust.only(work_failures)["attempts"] == 1
    trust.work()
    assert trust.only(work_failures)["attempts"] == 1


def test_a_flag_that_waits_for_a_person_is_not_owed(trust: Trust) -> None:
    trust.register.fail_next("unavailable")
    trust.issue(case("1", ANNA), case("2", NOBODY))
    trust.issue(case("2", NOBODY))  # case 1 is gone before its flag stood
    trust.clock.forward(minutes=1)
    trust.work()
    assert sorted(trust.states()) == sorted([S.UNDER_REVIEW, S.NOT_OUR_PATIENT])
    assert trust.register.flags == {}
    assert state_of_play(trust.deployment).owed == 0


def test_a_document_dismissed_without_a_policy_waits_for_the_policy_only(trust: Trust) -> None:
    trust.change_deployment(policy=lambda: None)
    document_id = trust.issue(case("1", ANNA), day=None)
    dismiss(trust.as_reviewer(), document_id)
    assert due(trust) == []
    assert trust.document(document_id)["state"] == DocumentState.HELD


def test_waits_grow_to_a_quarter_of_an_hour_and_no_further() -> None:
    for attempt in range(1, 200):
        ceiling = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** (attempt - 1))
        assert ceiling / 2 <= seconds_until_attempt(attempt) <= ceiling
    assert len({seconds_until_attempt(30) for _ in range(20)}) > 1
