"""Lists, people and flags under whatever order of acts chance brings: some things are true after each of them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from builders import case, patient, subject
from deployments import MEETING, Trust, open_trust
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from integration.domain.audit import Action
from integration.domain.case_list import Problem
from integration.domain.flag import FlagStatus
from integration.domain.outcome import Outcome
from integration.domain.people import Role, Subject
from integration.domain.progress import ListState, SubjectState
from integration.errors import Conflict, UsageError
from integration.storage.tables import audit_events, cases, flag_grounds, flags, lists, meetings, outcomes, subjects
from integration.workflow.close_list import balance_of
from integration.workflow.end_flags import end_flag, take_back_flag
from integration.workflow.meetings import record_held, record_outcome
from integration.workflow.process_case_list import due_steps, owed_flags
from integration.workflow.raise_flags import HELD, VERIFIED
from integration.workflow.review_match import Answer, decide, show, undo, waiting_for_review
from integration.workflow.settle_held import accept_case, held_items, transcribe_case, withdraw_case
from integration.workflow.state_of_play import state_of_play

S = SubjectState
PATIENTS = [
    patient("1001", "ZZTESTER", "Quillon", line="1 Nowhere Street", postcode="ZZ99 1AA", nhs_number=None),
    patient(
        "1002", "ZZOTHER", "Rowan", birth=date(1971, 7, 9), line="2 Far Road", postcode="ZZ99 2AA", nhs_number=None
    ),
]
FOUND = [
    subject(family="ZZTESTER", given="Quillon", line="1 Nowhere Street", postcode="ZZ99 1AA"),
    subject(family="ZZOTHER", given="Rowan", births=(date(1971, 7, 9),), line="2 Far Road", postcode="ZZ99 2AA"),
]
PEOPLE = [
    *FOUND,
    *FOUND,  # more often than the rest: who is flagged has most to lose
    replace(FOUND[1], role=Role.PERPETRATOR),
    replace(FOUND[0], role=Role.CHILD),
    replace(FOUND[0], addresses=()),  # in doubt
    subject(family="ZZNOBODY", given="Ix", births=(date(1950, 1, 1),), line="3 Out There", postcode="ZZ98 1AA"),
    subject(Role.OTHER, family="ZZTESTER", given="", births=(), line="", postcode=None),  # too little
]
DAYS = (MEETING, date(2026, 12, 10))
a_case = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2, unique_by=lambda s: s.names)
a_list = st.lists(st.tuples(a_case, st.integers(0, 9).map(lambda n: n == 0)), min_size=1, max_size=3)


class Lists(RuleBasedStateMachine):
    """Two meetings, two patients, and everything that the senders, the reviewers and the register may do."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.trust: Trust
        self.known: dict[str, SubjectState] = {}
        self.closed: dict[str, dict[str, str]] = {}
        self.last: dict[date, list[tuple[list[Subject], bool]]] = {}

    @initialize()
    def open(self) -> None:
        self.trust = open_trust(self.folder, patients=PATIENTS)

    def teardown(self) -> None:
        self.trust.deployment.database.close()
        shutil.rmtree(self.folder)

    def attempt(self, act: Callable[..., Any], *given: Any) -> None:
        """Some acts do not fit the state of things and say so; no other error may come of any."""
        try:
            act(self.trust.as_reviewer(), *given)
        except (UsageError, Conflict):
            return

    @rule(cases_in_it=a_list, day=st.sampled_from(DAYS), shift=st.integers(0, 1))
    def a_list_comes(self, cases_in_it: list[tuple[list[Subject], bool]], day: date, shift: int) -> None:
        self.last[day] = cases_in_it
        made = [case(f"{number + shift}", *people) for number, (people, _) in enumerate(cases_in_it)]
        torn = [
            Problem("row", "torn", one.case_ref)
            for one, (_, in_doubt) in zip(made, cases_in_it, strict=True)
            if in_doubt
        ]
        self.trust.issue(*made, day=day, problems=torn)

    @precondition(lambda self: self.last)
    @rule(pick=st.integers(0, 9), how=st.sampled_from(["drop a case", "drop a person", "add", "doubt", "same"]))
    def a_list_comes_again(self, pick: int, how: str) -> None:
        day = list(self.last)[pick % len(self.last)]
        again = [(list(people), in_doubt) for people, in_doubt in self.last[day]]
        people, in_doubt = again[pick % len(again)]
        if how == "drop a case" and len(again) > 1:
            again.remove((people, in_doubt))
        elif how == "drop a person" and len(people) > 1:
            del people[pick % len(people)]
        elif how == "add":
            again.insert(0, ([PEOPLE[pick % len(PEOPLE)]], False))
        elif how == "doubt":
            again[pick % len(again)] = (people, not in_doubt)
        self.a_list_comes(again, day, 0)

    @rule(kind=st.sampled_from(["unavailable", "lost", "unsent"]))
    def the_register_fails(self, kind: str) -> None:
        self.trust.register.fail_next(kind)

    @rule(local_id=st.sampled_from(["1001", "1002", "", ""]))
    def a_record_disagrees_or_all_agree_again(self, local_id: str) -> None:
        self.trust.register.disagreeing = {local_id} - {""}

    @rule()
    def time_passes(self) -> None:
        self.trust.clock.forward(minutes=20)
        self.trust.work()

    @rule()
    def the_index_is_updated(self) -> None:
        self.trust.load(PATIENTS[0])
        self.trust.work()

    @rule(answer=st.sampled_from(list(Answer)), who=st.sampled_from(["1001", "1002"]), pick=st.integers(0, 9))
    def a_reviewer_decides(self, answer: Answer, who: str, pick: int) -> None:
        waiting = waiting_for_review(self.trust.deployment)
        if waiting:
            item = waiting[pick % len(waiting)]
            who_is_it = who if answer is Answer.MATCH else None
            self.attempt(decide, item.subject_id, item.version, answer, who_is_it, "looked")
            self.trust.work()

    @rule(pick=st.integers(0, 99))
    def a_decision_is_taken_back(self, pick: int) -> None:
        people = self.trust.people()
        if people:
            row = people[pick % len(people)]
            self.attempt(undo, row["subject_id"], row["version"], "looked again")

    @rule(pick=st.integers(0, 9), how=st.sampled_from([end_flag, take_back_flag]))
    def a_flag_is_ended(self, pick: int, how: Callable[..., Any]) -> None:
        rows = self.trust.flags()
        if rows:
            self.attempt(how, rows[pick % len(rows)]["flag_id"], "because")

    @rule(pick=st.integers(0, 9), how=st.sampled_from(["accept", "by hand", "withdraw"]))
    def a_held_case_is_settled(self, pick: int, how: str) -> None:
        held = [item for item in held_items(self.trust.deployment) if item.what == "case"]
        if held:
            case_id = held[pick % len(held)].object_id
            if how == "by hand":
                self.attempt(transcribe_case, case_id, 2)
            else:
                self.attempt(accept_case if how == "accept" else withdraw_case, case_id)
            self.trust.work()

    @precondition(lambda self: self.trust.rows(meetings))
    @rule(pick=st.integers(0, 9))
    def a_meeting_is_held_and_its_outcomes_recorded(self, pick: int) -> None:
        rows = self.trust.rows(meetings)
        if pick >= len(rows):
            return  # seldom: a list that is closed has little more to tell
        meeting = rows[pick]
        self.trust.clock.at = max(self.trust.clock.at, self.trust.clock.at.replace(month=12, day=11))
        self.attempt(record_held, meeting["meeting_id"])
        for row in self.trust.cases():
            self.attempt(record_outcome, row["case_id"], Outcome(True, MEETING, False))
        self.trust.work()

    @invariant()
    def nobody_is_lost(self) -> None:
        """Who was ever put on record stays, and every list counts everybody on it, once."""
        now = {row["subject_id"]: S(row["state"]) for row in self.trust.rows(subjects)}
        assert set(self.known) <= set(now)
        with self.trust.deployment.database.reading() as connection:
            ids = list(connection.execute(select(lists.c.list_id)).scalars())
            sheets = [balance_of(connection, list_id) for list_id in ids]
            by_hand = sum(connection.execute(select(cases.c.transcribed_people)).scalars())
        assert sum(sheet.people for sheet in sheets) == len(now) + by_hand
        assert sum((Counter(sheet.states) for sheet in sheets), Counter()) == Counter(now.values())
        assert all(sheet.balances for sheet in sheets if sheet.state is ListState.CLOSED)

    @invariant()
    def a_closed_list_stays_as_it_was_counted(self) -> None:
        with self.trust.deployment.database.reading() as connection:
            statement = (
                select(lists.c.list_id, subjects.c.subject_id, subjects.c.state)
                .join(cases, cases.c.list_id == lists.c.list_id)
                .join(subjects, subjects.c.case_id == cases.c.case_id)
                .where(lists.c.state == ListState.CLOSED.value)
            )
            counted: dict[str, dict[str, str]] = {}
            for list_id, subject_id, state in connection.execute(statement):
                counted.setdefault(list_id, {})[subject_id] = state
        assert all(counted[list_id] == before for list_id, before in self.closed.items())
        self.closed = counted

    @invariant()
    def one_flag_at_most_is_active(self) -> None:
        active = [(row["patient"], row["role"]) for row in self.trust.flags() if row["status"] == "active"]
        assert len(active) == len(set(active))
        standing = [
            (flag.patient, flag.role)
            for flag, _ in self.trust.register.flags.values()
            if flag.status is FlagStatus.ACTIVE
        ]
        assert len(standing) == len(set(standing))

    @invariant()
    def whoever_becomes_flagged_has_a_flag_that_stands(self) -> None:
        of = {row["flag_id"]: row for row in self.trust.flags()}
        for row in self.trust.people(subjects.c.state.in_([S.FLAGGED.value, S.ALREADY_FLAGGED.value])):
            flag = of[row["flag_id"]]
            assert (flag["patient"], flag["role"]) == (row["patient"], row["role"])
            assert flag["verified_at"] is not None
            newly = self.known.get(row["subject_id"]) not in (S.FLAGGED, S.ALREADY_FLAGGED)
            assert flag["status"] == "active" or not newly
        self.known = {row["subject_id"]: S(row["state"]) for row in self.trust.rows(subjects)}

    @invariant()
    def whoever_waits_for_a_flag_has_one_on_the_way(self) -> None:
        with self.trust.deployment.database.reading() as connection:
            owed = owed_flags(connection)
        assert all(row["flag_id"] in owed for row in self.trust.people(subjects.c.state == S.MATCHED.value))

    @invariant()
    def an_active_flag_that_stands_has_somebody_behind_it(self) -> None:
        grounds = {row["flag_id"] for row in self.trust.rows(flag_grounds, flag_grounds.c.lost_at.is_(None))}
        active = self.trust.rows(flags, flags.c.status == "active")
        assert all(row["flag_id"] in grounds for row in active)

    @invariant()
    def whoever_waits_is_shown_as_who_they_are(self) -> None:
        for item in waiting_for_review(self.trust.deployment):
            shown = show(self.trust.deployment, item.subject_id)
            assert shown.subject is not None
            assert shown.subject.role is item.role
            assert shown.item.why

    def rest(self) -> None:
        """All that can happen by itself has happened: the register answers, and time enough has passed."""
        self.trust.register._failures.clear()
        for _ in range(3):
            self.trust.clock.forward(minutes=20)
            self.trust.work()

    @rule()
    def in_the_end_everybody_is_settled_or_waits_for_a_person(self) -> None:
        self.rest()
        assert due_steps(self.trust.deployment) == []
        assert state_of_play(self.trust.deployment).owed == 0
        assert {row["state"] for row in self.trust.flags()} <= {VERIFIED, HELD, "owed", "unproven"}
        stuck = {S.WAITING, S.MATCHED} & set(self.trust.states(~cases.c.held))
        assert not stuck
        for row in self.trust.flags():
            if row["state"] == VERIFIED and row["server_id"] is not None:
                flag, _ = self.trust.register.flags[row["key"]]
                assert flag.status == row["status"]

    @invariant()
    def the_records_and_the_log_tell_the_same(self) -> None:
        settled = len(self.trust.rows(audit_events, audit_events.c.action == Action.OUTCOME_RECORDED.value))
        assert settled == len(self.trust.rows(outcomes))


def test_lists_people_and_flags_under_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda _: None)
    campaign = int(os.environ.get("FLAGTAG_EXAMPLES", "0"))  # a longer search, by hand
    chosen = settings(
        max_examples=campaign or 10,
        stateful_step_count=40 if campaign else 15,
        deadline=None,
        derandomize=not campaign,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Lists, settings=chosen)
