"""Taking documents into custody: once each, whatever is interrupted, whoever sends them, by whichever way they come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from builders import case
from deployments import AREA, OTHER_AREA, SENDER, Trust, reading
from fakes.case_list_source import FakeSource
from sqlalchemy import update

from integration.custody.vault import Part, Vault
from integration.domain.audit import Action
from integration.domain.progress import DocumentState
from integration.errors import Unavailable
from integration.ports import UntrustedFile, Waiting
from integration.storage.tables import arrival_documents, arrivals, audit_events, documents
from integration.workflow import receive_document
from integration.workflow.destroy_documents import destroy_epoch
from integration.workflow.receive_document import (
    PHASES_OF_A_SOURCE,
    ArrivalState,
    Collected,
    collect,
    hand_in,
)
from integration.workflow.settle_held import held_items


class Killed(BaseException):
    """The process ends here; nothing may catch it."""


def collected(trust: Trust) -> Collected:
    return collect(trust.deployment, trust.source)


def test_a_delivery_is_ours_before_it_is_set_aside(trust: Trust) -> None:
    content = trust.deliver(reading(case()))
    collected(trust)
    document = trust.only(documents)
    stored = trust.deployment.vault.open(document["document_id"], document["key_slot"], Part.DOCUMENT)
    assert stored == content
    assert trust.arrival_states() == [ArrivalState.SET_ASIDE]
    assert set(trust.source.aside) == {trust.only(arrivals)["arrival_id"]}
    assert trust.source.inbox == {}


def test_the_same_document_twice_is_one_document_with_two_arrivals(trust: Trust) -> None:
    content = trust.deliver(reading(case()))
    collected(trust)
    trust.source.deliver("again.csv", content)
    collected(trust)
    assert len(trust.rows(documents)) == 1
    assert len(trust.rows(arrival_documents)) == 2
    assert len(trust.rows(audit_events, audit_events.c.action == Action.DOCUMENT_ARRIVED_AGAIN.value)) == 1


def test_the_same_attachment_twice_in_one_mail_is_one_document(trust: Trust) -> None:
    trust.source.deliver("one.csv", b"same", ("two.csv", b"same"), ("other.csv", b"other"))
    collected(trust)
    assert len(trust.rows(documents)) == 2
    assert len(trust.rows(arrivals)) == 1


class DyingVault(Vault):
    """Dies before or after it has stored."""

    dies: str = ""

    def store(self, document_id: str, slot: int, part: Part, plaintext: bytes) -> None:
        if self.dies == "before":
            raise Killed
        super().store(document_id, slot, part, plaintext)
        if self.dies == "after":
            raise Killed


def die_in_vault(when: str) -> Callable[[Trust, pytest.MonkeyPatch], None]:
    def arrange(trust: Trust, patch: pytest.MonkeyPatch) -> None:
        vault = DyingVault(trust.deployment.vault.folder, trust.deployment.keys)
        vault.dies = when
        trust.change_deployment(vault=vault)
        patch.setattr(DyingVault, "dies", when)

    return arrange


def die_in(owner: object, name: str, *, after: bool) -> Callable[[Trust, pytest.MonkeyPatch], None]:
    """The kill comes before or after this call, the first time."""

    def arrange(trust: Trust, patch: pytest.MonkeyPatch) -> None:
        real = getattr(owner, name)

        def dying(*args: Any, **named: Any) -> Any:
            if after:
                real(*args, **named)
            raise Killed

        patch.setattr(owner, name, dying)

    return arrange


KILLS = {
    "before the download": die_in(FakeSource, "download", after=False),
    "before the document is stored": die_in_vault("before"),
    "after the document is stored": die_in_vault("after"),
    "before the arrival is recorded": die_in(receive_document, "_record_arrival", after=False),
    "after the arrival is recorded": die_in(receive_document, "_record_arrival", after=True),
    "before it is set aside": die_in(FakeSource, "set_aside", after=False),
    "after it is set aside": die_in(FakeSource, "set_aside", after=True),
    "before that is recorded": die_in(receive_document, "_record_set_aside", after=False),
    "after that is recorded": die_in(receive_document, "_record_set_aside", after=True),
}


@pytest.mark.parametrize("kill", KILLS.values(), ids=KILLS)
def test_a_kill_at_any_line_loses_nothing_and_doubles_nothing(
    trust: Trust, kill: Callable[[Trust, pytest.MonkeyPatch], None]
) -> None:
    content = trust.deliver(reading(case()))
    vault = trust.deployment.vault
    with pytest.MonkeyPatch.context() as patch:
        kill(trust, patch)
        with pytest.raises(Killed):
            collected(trust)
    trust.change_deployment(vault=vault)  # another process
    collected(trust)
    document = trust.only(documents)
    assert vault.open(document["document_id"], document["key_slot"], Part.DOCUMENT) == content
    assert trust.arrival_states() == [ArrivalState.SET_ASIDE]
    assert set(trust.source.aside) == {trust.only(arrivals)["arrival_id"]}
    assert trust.source.inbox == {}


def test_what_a_kill_left_in_the_vault_goes_with_the_next_epoch(trust: Trust) -> None:
    trust.deliver(reading(case()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trust.deployment.database, "change", die_at_once)
        with pytest.raises(Killed):
            collected(trust)
    assert ciphertexts(trust) == 1
    collected(trust)
    assert ciphertexts(trust) == 2
    destroy_epoch(trust.deployment)
    assert ciphertexts(trust) == 1
    document = trust.only(documents)
    assert trust.deployment.vault.holds(document["document_id"])


def die_at_once(*_: object) -> None:
    raise Killed


def ciphertexts(trust: Trust) -> int:
    return len(list(trust.deployment.vault.folder.glob("*.document")))


def test_a_race_for_one_document_leaves_one(trust: Trust) -> None:
    trust.deliver(reading(case()))
    real = Vault.store

    def slow(vault: Vault, document_id: str, slot: int, part: Part, plaintext: bytes) -> None:
        real(vault, document_id, slot, part, plaintext)
        patch.undo()
        hand_in(trust.deployment, UntrustedFile("theirs.csv", plaintext))  # another process is faster

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Vault, "store", slow)
        collected(trust)
    assert len(trust.rows(documents)) == 1
    assert ciphertexts(trust) == 1
    assert sorted(trust.arrival_states()) == [ArrivalState.BY_HAND, ArrivalState.SET_ASIDE]


def test_an_unknown_sender_is_refused_and_shown(trust: Trust) -> None:
    content = trust.deliver(reading(case()), sender="stranger@elsewhere.example")
    trust.run()
    document_id = trust.document_of(content)
    assert trust.document(document_id)["state"] == DocumentState.REFUSED
    assert [(item.object_id, item.state) for item in held_items(trust.deployment)] == [(document_id, "refused")]
    assert trust.people() == []
    assert trust.source.inbox == {}


def test_a_known_sender_is_known_in_any_letters(trust: Trust) -> None:
    content = trust.deliver(reading(case()), sender=SENDER.upper())
    trust.run()
    assert trust.document(trust.document_of(content))["state"] == DocumentState.READ


def test_a_sender_stands_for_its_own_areas_only(trust: Trust) -> None:
    trust.source.areas = (AREA, OTHER_AREA)
    content = trust.deliver(reading(case(), area=OTHER_AREA), sender=SENDER)
    trust.run()
    assert trust.document(trust.document_of(content))["state"] == DocumentState.REFUSED


def test_the_same_unknown_sender_again_changes_nothing(trust: Trust) -> None:
    content = trust.deliver(reading(case()), sender="stranger@elsewhere.example")
    trust.run()
    trust.source.deliver("again.csv", content, sender="stranger@elsewhere.example")
    trust.run()
    assert trust.document(trust.document_of(content))["state"] == DocumentState.REFUSED


def test_one_oversized_file_keeps_no_other_waiting(trust: Trust) -> None:
    trust.source.max_bytes = 20
    trust.source.deliver("huge.csv", b"x" * 21)
    content = trust.deliver(reading(case()))
    said = collected(trust)
    assert said.failure is None
    assert [one.split(";")[0] for one in said.left] == ["1 refused: the file is larger than the limit of the fake"]
    assert trust.document_of(content)
    assert len(trust.source.inbox) == 1  # it stays where it is


def test_an_oversized_file_does_not_hide_that_another_was_taken_back(trust: Trust) -> None:
    trust.source.max_bytes = 20
    interrupted_before_it_was_set_aside(trust)
    trust.source.inbox.clear()
    trust.source.deliver("huge.csv", b"x" * 21)
    collected(trust)
    assert trust.arrival_states() == [ArrivalState.TAKEN_BACK]


def test_where_nobody_could_look_a_copy_was_not_taken_back(trust: Trust) -> None:
    """A drop whose aside folder is missing tells nothing about the copies in it."""
    interrupted_before_it_was_set_aside(trust)
    trust.source.inbox.clear()
    trust.source.failing = {"remove"}
    collected(trust)
    assert trust.arrival_states() == [ArrivalState.RECORDED]
    trust.source.failing = set()
    collected(trust)
    assert trust.arrival_states() == [ArrivalState.TAKEN_BACK]


def test_a_copy_that_is_set_aside_after_all_was_not_seen_gone(trust: Trust) -> None:
    interrupted_before_it_was_set_aside(trust)
    with trust.deployment.database.change() as change:  # another process had looked in vain
        change.connection.execute(update(arrivals).values(gone_seen_at=change.now))
    collected(trust)
    assert (trust.arrival_states(), trust.only(arrivals)["gone_seen_at"]) == ([ArrivalState.SET_ASIDE], None)


def interrupted_before_it_was_set_aside(trust: Trust) -> None:
    trust.deliver(reading(case()))
    with pytest.MonkeyPatch.context() as patch:
        die_in(FakeSource, "set_aside", after=False)(trust, patch)
        with pytest.raises(Killed):
            collected(trust)
    assert trust.arrival_states() == [ArrivalState.RECORDED]


class TornSource(FakeSource):
    """Some deliveries cannot be taken in, each for a reason of its own."""

    def __init__(self) -> None:
        super().__init__("drop", (AREA,))
        self.torn: set[str] = set()
        self.phase, self.tried = "download", 0

    def download(self, waiting: Waiting) -> Any:
        self.tried += 1
        if waiting.ref in self.torn:
            raise Unavailable(self.name, self.phase, "permission denied")
        return super().download(waiting)


def test_files_that_cannot_be_downloaded_keep_no_other_waiting(trust: Trust) -> None:
    source = TornSource()
    source.torn = {source.deliver(f"{number}.csv", b"torn %d" % number) for number in range(4)}
    source.deliver("whole.csv", b"whole")
    said = collect(trust.deployment, source)
    assert said.failure is not None and said.failure.phase == "download"
    assert trust.document_of(b"whole")
    assert set(source.inbox) == source.torn


@pytest.mark.parametrize("phase", sorted(PHASES_OF_A_SOURCE))
def test_a_source_that_is_down_is_soon_left_alone(trust: Trust, phase: str) -> None:
    source = TornSource()
    source.phase = phase
    source.torn = {source.deliver(f"{number}.csv", b"%d" % number) for number in range(9)}
    assert collect(trust.deployment, source).failure is not None
    assert source.tried == 3


def test_where_our_own_store_fails_we_do_not_go_on(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    source = TornSource()
    for number in range(9):
        source.deliver(f"{number}.csv", b"%d" % number)

    def full(*_: object) -> None:
        raise Unavailable("vault", "write", "the disk is full")

    monkeypatch.setattr(Vault, "store", full)
    assert collect(trust.deployment, source).failure is not None
    assert source.tried == 3
