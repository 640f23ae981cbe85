"""The three life stories: each table is whole, everything in it can be reached, and everything can come to its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from itertools import product
from typing import Any

import pytest

from integration.domain.progress import (
    DOCUMENT_TRANSITIONS,
    LIST_TRANSITIONS,
    SUBJECT_TRANSITIONS,
    DocumentState,
    ForbiddenTransition,
    ListState,
    SubjectState,
    check_document_may_become,
    check_list_may_become,
    check_subject_may_become,
    diagram,
)

Table = Mapping[Any, frozenset[Any]]
STORIES: dict[str, tuple[type[StrEnum], Table, StrEnum, Callable[[Any, Any], None]]] = {
    "document": (DocumentState, DOCUMENT_TRANSITIONS, DocumentState.RECEIVED, check_document_may_become),
    "list": (ListState, LIST_TRANSITIONS, ListState.READ, check_list_may_become),
    "subject": (SubjectState, SUBJECT_TRANSITIONS, SubjectState.WAITING, check_subject_may_become),
}
ENDS: dict[str, set[Any]] = {
    "document": {DocumentState.DESTROYED},
    "list": {ListState.CLOSED},
    "subject": {state for state in SubjectState if state.is_end},
}


def reachable(table: Table, start: Any) -> set[Any]:
    seen: set[Any] = set()
    edge = {start}
    while edge:
        seen |= edge
        edge = {then for now in edge for then in table[now]} - seen
    return seen


@pytest.fixture(params=STORIES)
def story(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def test_the_table_has_every_state(story: str) -> None:
    states, table, _, _ = STORIES[story]
    assert set(table) == set(states)
    assert {then for thens in table.values() for then in thens} <= set(states)


def test_every_state_can_be_reached(story: str) -> None:
    states, table, start, _ = STORIES[story]
    assert reachable(table, start) == set(states)


def test_from_every_state_an_end_can_be_reached(story: str) -> None:
    _, table, _, _ = STORIES[story]
    assert [state for state in table if not reachable(table, state) & ENDS[story]] == []


def test_only_who_is_looked_for_again_may_stay_as_they_are(story: str) -> None:
    _, table, _, _ = STORIES[story]
    looked_for_again = {SubjectState.UNDER_REVIEW, SubjectState.NOT_OUR_PATIENT, SubjectState.NOT_ENOUGH_TO_SAY}
    assert {state for state, thens in table.items() if state in thens} <= looked_for_again


def test_the_check_allows_what_the_table_holds_and_nothing_else(story: str) -> None:
    states, table, _, check = STORIES[story]
    for now, then in product(states, states):
        if then in table[now]:
            check(now, then)
        else:
            with pytest.raises(ForbiddenTransition, match=f"from {now.value} to {then.value}"):
                check(now, then)


def test_a_destroyed_document_stays_destroyed() -> None:
    assert DOCUMENT_TRANSITIONS[DocumentState.DESTROYED] == frozenset()


def test_destruction_once_begun_has_one_way_out() -> None:
    assert DOCUMENT_TRANSITIONS[DocumentState.DESTROYING] == {DocumentState.DESTROYED}


def test_only_a_list_that_was_heard_can_close() -> None:
    assert {now for now, thens in LIST_TRANSITIONS.items() if ListState.CLOSED in thens} == {ListState.HEARD}


def test_nobody_is_flagged_who_was_not_matched() -> None:
    placed = {SubjectState.FLAGGED, SubjectState.ALREADY_FLAGGED}
    assert {now for now, thens in SUBJECT_TRANSITIONS.items() if thens & placed} == {SubjectState.MATCHED}


def test_a_flag_is_owed_to_nobody_whose_case_waits_for_a_person() -> None:
    assert SubjectState.MATCHED not in SUBJECT_TRANSITIONS[SubjectState.HELD]


def test_the_end_states_are_the_ones_that_the_sheet_counts() -> None:
    assert {state.value for state in SubjectState if state.is_end} == {
        "flagged",
        "already_flagged",
        "not_our_patient",
        "not_enough_to_say",
        "transcribed",
        "withdrawn",
        "not_flagged_by_rule",
        "child_noted",
    }


def test_the_diagram_draws_every_step_and_no_other(story: str) -> None:
    _, table, start, _ = STORIES[story]
    drawn = diagram(table, start).splitlines()
    assert drawn[:2] == ["stateDiagram-v2", f"    [*] --> {start.value}"]
    steps = {tuple(line.strip().split(" --> ")) for line in drawn[2:]}
    ends = {(now.value, "[*]") for now, thens in table.items() if not thens}
    assert steps == {(now.value, then.value) for now, thens in table.items() for then in thens} | ends
