"""An archive while something else happens to it or its parts, and one that holds itself: each part is there once."""

from __future__ import annotations

from typing import Any

import pytest
from archives import A_FORM, LIST, arrivals_with, content_of, parts_of
from deployments import Trust
from disposal import is_gone
from fakes.case_list_source import FakeSource

from integration.custody.vault import Vault
from integration.ports import TakenApart, UntrustedFile
from integration.storage.tables import documents
from integration.workflow.receive_document import ArrivalState, collect, hand_in
from integration.workflow.settle_held import dismiss, held_items
from integration.workflow.take_apart import take_apart


def test_archives_that_hold_themselves_are_refused_and_end_like_any_other(trust: Trust) -> None:
    """It can be made so that unpacking gives the archive itself, or another that holds it."""
    own, one, other = b"holds itself", b"holds the other", b"holds the one"
    trust.reader.by_content |= {own: trust.archive(own), one: trust.archive(other, LIST), other: trust.archive(one)}
    for content in (own, one, other):
        trust.source.deliver("archive.zip", content)
    trust.run()
    assert "holds another archive" in trust.document(trust.document_of(own))["reason"]
    refused = [item.object_id for item in held_items(trust.deployment)]
    assert trust.document_of(own) in refused and len(refused) == 2
    for document_id in refused:
        dismiss(trust.as_reviewer(), document_id)
    trust.work()
    assert all(is_gone(trust, trust.document_of(content)) for content in (own, one, other))
    assert len(trust.people()) <= 1


def test_two_processes_that_take_one_archive_apart_leave_one_of_each_part(trust: Trust) -> None:
    content = trust.deliver(trust.archive(LIST, A_FORM))
    collect(trust.deployment, trust.source)
    container = trust.document_of(content)
    parts = trust.reader.by_content[content]
    assert isinstance(parts, TakenApart)
    real = Vault.store

    def slow(*args: Any) -> None:
        real(*args)
        patch.undo()
        take_apart(trust.deployment, container, parts.parts)  # another process is faster

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Vault, "store", slow)
        take_apart(trust.deployment, container, parts.parts)
    assert len(trust.rows(documents)) == 3
    assert len(list(trust.deployment.vault.folder.glob("*.document"))) == 3
    assert [content_of(trust, part) for part in parts_of(trust, container)] == [p.untrusted_bytes for p in parts.parts]


def test_a_part_that_comes_by_itself_at_this_moment_is_one_document(trust: Trust) -> None:
    alone = trust.content(LIST)
    trust.deliver(trust.archive(alone, A_FORM))
    collect(trust.deployment, trust.source)
    real = Vault.store

    def slow(*args: Any) -> None:
        real(*args)
        patch.undo()
        hand_in(trust.deployment, UntrustedFile("theirs.csv", alone))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Vault, "store", slow)
        trust.work()
    assert len(trust.rows(documents)) == 3
    assert len(arrivals_with(trust, trust.document_of(alone))) == 2
    assert content_of(trust, trust.document_of(alone)) == alone


def test_a_delivery_that_was_taken_apart_before_it_was_set_aside_is_taken_up_again(trust: Trust) -> None:
    content = trust.deliver(trust.archive(LIST))
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(FakeSource, "set_aside", interrupted)
        collect(trust.deployment, trust.source)
    trust.work()
    assert parts_of(trust, trust.document_of(content))
    trust.run()
    assert trust.arrival_states() == [ArrivalState.SET_ASIDE]


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt
