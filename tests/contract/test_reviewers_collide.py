"""Two reviewers at one entry at the same moment, on SQLite and PostgreSQL: one decides, the other is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest
from builders import case, patient
from deployments import REVIEWER, SERVICE, Trust, open_trust
from reviews import ANNA, DOUBTFUL

from connectors.local_patient_index import LocalPatientIndex
from integration.domain.audit import Action, Actor, ActorKind
from integration.domain.people import RecordEnd
from integration.domain.progress import SubjectState
from integration.errors import Conflict, UsageError
from integration.storage.database import Database, open_database
from integration.storage.schema import create_or_upgrade
from integration.storage.tables import audit_events
from integration.workflow.deployment import Deployment
from integration.workflow.process_case_list import perform
from integration.workflow.review_match import Answer, decide, undo, waiting_for_review

OTHER_REVIEWER = Actor("8" * 32, ActorKind.PERSON)
ROUNDS = 2


@pytest.fixture(params=["sqlite", "postgres"])
def trust(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Trust]:
    made = open_trust(tmp_path)
    if request.param == "postgres":
        database = open_database(request.getfixturevalue("postgres_database"), made.clock)
        create_or_upgrade(database)
        made.deployment.database.close()
        made.change_deployment(database=database, index=_index_in(database, made))
        made.load(patient())
    yield made
    made.deployment.database.close()


def _index_in(database: Database, made: Trust) -> LocalPatientIndex:
    return LocalPatientIndex(database, actor=SERVICE, stale_after=timedelta(hours=48), clock=made.clock)


@pytest.fixture
def two(trust: Trust) -> Iterator[tuple[Deployment, Deployment]]:
    """Each with connections of their own, as two processes have."""
    url = trust.deployment.database.engine.url.render_as_string(hide_password=False)
    databases = [open_database(url, trust.clock) for _ in range(2)]
    yield (
        replace(trust.deployment, database=databases[0], actor=REVIEWER),
        replace(trust.deployment, database=databases[1], actor=OTHER_REVIEWER),
    )
    for database in databases:
        database.close()


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What came of each, all begun at the same moment: its result, or the conflict that it was told of."""
    start = Barrier(len(acts))

    def one(act: Callable[[], object]) -> object:
        start.wait()
        try:
            return act()
        except (Conflict, UsageError) as told:
            return told

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def test_of_two_decisions_one_stands_and_the_other_reviewer_is_told(
    trust: Trust, two: tuple[Deployment, Deployment]
) -> None:
    first, second = two
    for number in range(ROUNDS):
        trust.issue(case("1", DOUBTFUL), day=date(2027, 1, 14 + number))
        (item,) = waiting_for_review(trust.deployment)
        came = at_once(
            partial(decide, first, item.subject_id, item.version, Answer.MATCH, "1001", "it is"),
            partial(decide, second, item.subject_id, item.version, Answer.NO_MATCH, None, "it is not"),
        )
        told = [one for one in came if isinstance(one, Exception)]
        assert len(told) == 1 and isinstance(told[0], Conflict), came
        (then,) = [one for one in came if isinstance(one, SubjectState)]
        row = next(p for p in trust.people() if p["subject_id"] == item.subject_id)
        winner = REVIEWER if then is SubjectState.MATCHED else OTHER_REVIEWER
        assert (row["state"], row["decided_by"], row["version"]) == (then, winner.actor_id, item.version + 1)
        trust.work()
    acts = Counter(row["action"] for row in trust.rows(audit_events))
    assert acts[Action.REVIEW_DECIDED.value] == ROUNDS
    wanted = [f for f in trust.flags() if f["status"] == "active"]
    assert len(wanted) == len(trust.register.flags) <= 1


def test_an_undo_and_a_placing_at_once_leave_no_flag_behind(trust: Trust, two: tuple[Deployment, Deployment]) -> None:
    first, second = two
    trust.register.fail_next("unavailable")
    trust.issue(case("1", ANNA))
    (person,) = trust.people()
    (flag,) = trust.flags()
    at_once(
        lambda: undo(first, person["subject_id"], person["version"], "a namesake"),
        lambda: perform(second, "place", flag["flag_id"]),
    )
    trust.clock.forward(hours=1)
    trust.work()
    (person,) = trust.people()
    if person["state"] != SubjectState.UNDER_REVIEW.value:  # the placing was faster, and the undo was told so
        undo(first, person["subject_id"], person["version"], "a namesake")
        trust.clock.forward(hours=1)
        trust.work()
    assert trust.states() == [SubjectState.UNDER_REVIEW]
    assert [flag.status.value for flag, _ in trust.register.flags.values()] in ([], ["entered-in-error"])


def test_a_decision_and_a_merge_at_once_end_on_the_surviving_record(
    trust: Trust, two: tuple[Deployment, Deployment]
) -> None:
    first, second = two
    trust.load(patient("2001", nhs_number=None, line="9 New Road", postcode="ZZ99 4AA"))
    trust.issue(case("1", DOUBTFUL))
    (item,) = waiting_for_review(trust.deployment)
    index = _index_in(second.database, trust)
    at_once(
        lambda: decide(first, item.subject_id, item.version, Answer.MATCH, "1001", "it is"),
        lambda: index.end_records([RecordEnd("1001", "2001")]),
    )
    trust.work()
    waiting = waiting_for_review(trust.deployment)
    if waiting:  # the merge was faster: the reviewer was told, and sees the survivor now
        decide(first, waiting[0].subject_id, waiting[0].version, Answer.MATCH, "2001", "it is")
        trust.work()
    assert trust.states() == [SubjectState.FLAGGED]
    active = [flag.patient for flag, _ in trust.register.flags.values() if flag.status.value == "active"]
    assert active == ["2001"]
