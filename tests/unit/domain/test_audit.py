"""The audit event: one form of bytes for each event, so that a log can be built over it and checked years later."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.domain.audit import Action, Actor, ActorKind, AuditEvent

ACTOR = Actor("a" * 32, ActorKind.PERSON)
AT = "2026-11-22T05:21:25.123456+00:00"


def test_the_bytes_are_what_they_have_always_been() -> None:
    """A change here would break the check of every log that stands."""
    event = AuditEvent(Action.FLAG_VERIFIED, ACTOR, "flag", "b" * 32, {"version": "1", "already": False})
    assert event.canonical(7, AT) == (
        b'{"action":"flag-verified","actor":"' + b"a" * 32 + b'","actor_kind":"person","at":"' + AT.encode() + b'",'
        b'"details":{"already":false,"version":"1"},"object_id":"' + b"b" * 32 + b'","object_type":"flag","seq":7}'
    )


VALUES = st.none() | st.booleans() | st.integers() | st.text()
DETAILS = st.dictionaries(st.text(), VALUES | st.lists(VALUES, max_size=3), max_size=5)


@given(details=DETAILS)
def test_the_order_in_which_details_are_given_does_not_matter(details: dict[str, Any]) -> None:
    turned = dict(reversed(details.items()))
    one, other = (
        AuditEvent(Action.LIST_OPENED, ACTOR, "list", "c" * 32, d).canonical(0, AT) for d in (details, turned)
    )
    assert one == other
    assert json.loads(one)["details"] == details


@pytest.mark.parametrize(
    "change", [{"object_id": "d" * 32}, {"object_type": "case"}, {"action": Action.LIST_CLOSED}, {"details": {"n": 1}}]
)
def test_whatever_the_event_says_is_in_its_bytes(change: dict[str, Any]) -> None:
    fields: dict[str, Any] = {
        "action": Action.LIST_OPENED,
        "actor": ACTOR,
        "object_type": "list",
        "object_id": "c" * 32,
    }
    assert AuditEvent(**fields).canonical(0, AT) != AuditEvent(**(fields | change)).canonical(0, AT)


def test_so_are_its_place_in_the_log_its_instant_and_its_actor() -> None:
    event = AuditEvent(Action.LIST_OPENED, ACTOR, "list", "c" * 32)
    by_process = AuditEvent(Action.LIST_OPENED, Actor(ACTOR.actor_id, ActorKind.PROCESS), "list", "c" * 32)
    bytes_of = {
        event.canonical(0, AT),
        event.canonical(1, AT),
        event.canonical(0, AT.replace("2026", "2027")),
        by_process.canonical(0, AT),
    }
    assert len(bytes_of) == 4


def test_every_action_has_a_word_of_its_own() -> None:
    words = [action.value for action in Action]
    assert all(word == word.lower() and word.replace("-", "").isalpha() for word in words)
    assert len(set(words)) == len(Action.__members__)
