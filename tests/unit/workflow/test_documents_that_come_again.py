"""A document that comes again: a tombstone if it lived its life here, a new one if a person had turned it away."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from builders import case, subject
from deployments import MEETING, SENDER, Trust, reading

from integration.domain.case_list import DocumentKind
from integration.domain.progress import DocumentState
from integration.domain.retention import CertificateState
from integration.storage.tables import arrival_documents, arrivals, certificates, documents
from integration.workflow import receive_document
from integration.workflow.keep_documents import destroy_now
from integration.workflow.meetings import record_held
from integration.workflow.receive_document import ArrivalState, collect
from integration.workflow.settle_held import dismiss, held_items


def test_a_document_refused_for_its_sender_is_read_once_it_comes_from_a_known_one(trust: Trust) -> None:
    content = trust.deliver(reading(case()), sender="colleague@elsewhere.example")
    trust.run()
    trust.source.deliver("list.csv", content, sender=SENDER)
    trust.run()
    assert trust.document(trust.document_of(content))["state"] == DocumentState.READ
    assert len(trust.people()) == 1


@pytest.mark.parametrize("policy_signed", [False, True], ids=["dismissed", "and destroyed"])
def test_a_list_that_was_dismissed_is_new_when_its_rightful_sender_sends_it(trust: Trust, policy_signed: bool) -> None:
    signed = trust.deployment.policy
    trust.change_deployment(policy=signed if policy_signed else lambda: None)
    content = trust.deliver(reading(case()), sender="colleague@elsewhere.example")
    trust.run()
    first = trust.document_of(content)
    dismiss(trust.deployment, first)
    trust.work()
    trust.source.deliver("list.csv", content, sender=SENDER)
    trust.run()
    assert len(trust.people()) == 1
    (second,) = trust.rows(documents, documents.c.document_id != first)
    assert second["state"] == DocumentState.READ
    left = DocumentState.DESTROYED if policy_signed else DocumentState.REFUSED
    assert trust.document(first)["state"] == left
    assert len(trust.source.aside) == (1 if policy_signed else 2)  # the copy of what was processed is still there


def test_a_held_document_that_was_dismissed_is_new_when_it_is_sent_again(trust: Trust) -> None:
    content = trust.deliver(reading(case(), day=None))
    trust.run()
    for number in range(1, 3):
        (waiting,) = held_items(trust.deployment)
        dismiss(trust.deployment, waiting.object_id)
        trust.work()
        assert held_items(trust.deployment) == []
        trust.source.deliver("again.csv", content)
        trust.run()
        assert len(trust.rows(documents)) == number + 1
    assert [item.state for item in held_items(trust.deployment)] == ["held"]


def test_a_form_that_was_destroyed_by_hand_is_new_when_it_is_sent_again(trust: Trust) -> None:
    content = trust.deliver(reading(case(), kind=DocumentKind.RESEARCH_FORM))
    trust.run()
    destroy_now(trust.as_reviewer(), trust.document_of(content))
    trust.source.deliver("again.csv", content)
    trust.run()
    assert sorted(row["state"] for row in trust.rows(documents)) == [DocumentState.DESTROYED, DocumentState.READ]


def test_a_document_that_is_dismissed_while_it_comes_again_is_not_swallowed(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = trust.deliver(reading(case()), sender="colleague@elsewhere.example")
    trust.run()
    first = trust.document_of(content)
    trust.source.deliver("list.csv", content, sender=SENDER)
    real = receive_document._record_arrival

    def dismissed_first(*args: Any, **named: Any) -> str:
        monkeypatch.undo()
        dismiss(trust.deployment, first)
        return real(*args, **named)

    monkeypatch.setattr(receive_document, "_record_arrival", dismissed_first)
    failure = collect(trust.deployment, trust.source).failure
    assert failure is not None and "settled" in failure.reason
    assert len(trust.source.inbox) == 1
    trust.run()
    assert len(trust.people()) == 1


def test_a_document_that_lived_its_life_is_not_resurrected_when_it_comes_again(trust: Trust) -> None:
    document_id = destroyed_list(trust)
    before = trust.only(certificates)
    content = b"document 1"
    trust.source.deliver("again.csv", content)
    trust.run()
    document = trust.document(document_id)
    assert document["state"] == DocumentState.DESTROYED
    assert len(trust.rows(documents)) == 1
    assert not trust.deployment.vault.holds(document_id)
    assert trust.arrival_states() == [ArrivalState.GONE, ArrivalState.GONE]
    assert trust.source.aside == {}
    assert [row["sealed_name"] for row in trust.rows(arrival_documents)] == [None, None]
    after = trust.only(certificates)
    assert after["state"] == CertificateState.SOURCE_COPIES_CONFIRMED
    assert after["body"] != before["body"]
    assert all(row["arrival_id"] in after["body"] for row in trust.rows(arrivals))


def destroyed_list(trust: Trust) -> str:
    """A list that was closed, destroyed and wholly certified."""
    nobody = subject(family="ZZNOBODY", given="Ix", births=(date(1970, 1, 1),), postcode="ZZ98 1AA")
    document_id = trust.issue(case("1", nobody))
    trust.clock.to(MEETING)
    record_held(trust.as_reviewer(), trust.meeting_id())
    trust.work()
    assert trust.only(certificates)["state"] == CertificateState.SOURCE_COPIES_CONFIRMED
    return document_id
