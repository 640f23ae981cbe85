"""Killed at every key, file and commit while an archive is taken apart: no part is lost and none doubled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from archives import A_FORM, LIST
from deployments import Trust, open_trust
from disposal import hold_meeting, says

from integration.custody.keys import KeyStore
from integration.custody.vault import Part, Vault
from integration.domain.progress import DocumentState
from integration.storage.database import Database
from integration.storage.tables import arrival_documents, document_parts, documents
from integration.workflow.receive_document import ArrivalState, collect, sweep_orphans


class Killed(BaseException):
    """The process ends here; nothing may catch it."""


class Boundaries:
    """Counts, and at the chosen one the process ends. After one act is before the next."""

    def __init__(self, die_at: int, patch: pytest.MonkeyPatch) -> None:
        self.count, self.die_at = 0, die_at
        for owner, verbs in (
            (Vault, ("store", "shred")),
            (KeyStore, ("new_key", "destroy", "destroy_epoch")),
        ):
            for verb in verbs:
                patch.setattr(owner, verb, self.around(getattr(owner, verb)))
        patch.setattr(Database, "change", self.around_commit(Database.change))

    def cross(self) -> None:
        self.count += 1
        if self.count == self.die_at:
            raise Killed

    def around(self, whole: Callable[..., Any]) -> Callable[..., Any]:
        def bounded(*args: Any) -> Any:
            result = whole(*args)
            self.cross()
            return result

        return bounded

    def around_commit(self, whole: Callable[..., Any]) -> Callable[..., Any]:
        @contextmanager
        def bounded(*args: Any) -> Iterator[Any]:
            with whole(*args) as change:
                yield change
                self.cross()  # all is written, nothing is committed
            self.cross()  # all is committed, nobody knows

        return bounded


def test_a_kill_at_any_boundary_loses_no_part_and_doubles_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda _: None)  # nobody cuts the power here, and disks are slow
    die_at, ended = 0, False
    while not ended:
        die_at += 1
        folder = tmp_path / str(die_at)
        folder.mkdir()
        trust = open_trust(folder)
        contents = [trust.content(LIST), trust.content(A_FORM)]
        trust.deliver(trust.archive(*contents))
        collect(trust.deployment, trust.source)  # a test of its own kills while documents are taken in
        with pytest.MonkeyPatch.context() as patch:
            ended = not died(trust, Boundaries(die_at, patch))
        sweep_orphans(trust.deployment)  # as the service does when it starts
        trust.run()
        check_whole(trust, contents)
        if die_at % 5 == 0:
            check_all_goes(trust)
        trust.deployment.database.close()
    assert die_at > 20


def died(trust: Trust, _: Boundaries) -> bool:
    try:
        trust.work()
    except Killed:
        return True
    return False


def check_whole(trust: Trust, contents: list[bytes]) -> None:
    """The archive is gone; each part is there once, in custody once, and hangs on the one delivery."""
    rows = {row["document_id"]: row for row in trust.rows(documents)}
    container, parts = trust.only(documents, documents.c.kind == "container"), trust.rows(document_parts)
    assert container["state"] == DocumentState.DESTROYED and len(rows) == 3
    assert [part["container_id"] for part in parts] == [container["document_id"]] * 2
    opened = trust.deployment.vault.open
    stored = [(rows[part["document_id"]], opened) for part in sorted(parts, key=lambda part: part["part_no"])]
    assert [open_(row["document_id"], row["key_slot"], Part.DOCUMENT) for row, open_ in stored] == contents
    assert {row["state"] for row, _ in stored} == {DocumentState.READ}
    assert len(list(trust.deployment.vault.folder.glob("*.document"))) == 2
    assert trust.arrival_states() == [ArrivalState.SET_ASIDE]
    assert len(trust.rows(arrival_documents)) == 3
    assert len(trust.source.aside) == 1 and not trust.source.inbox
    assert len(trust.people()) == 1


def check_all_goes(trust: Trust) -> None:
    hold_meeting(trust)
    assert trust.source.aside == {}
    for row in trust.rows(documents):
        assert says(trust, row["document_id"])["state"] == "source_copies_confirmed"
    assert [path for path in trust.deployment.vault.folder.rglob("*") if path.is_file()] == []
