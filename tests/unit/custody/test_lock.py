"""A document that is being taken in is no orphan, however badly timed the end of an epoch."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting

import pytest
from builders_custody import FORM, Custody
from sqlalchemy import select

from integration.custody.lock import sweeping, taking_custody
from integration.custody.vault import Part
from integration.storage.tables import documents


def test_an_epoch_waits_for_documents_that_are_being_taken_in(custody: Custody) -> None:
    custody.destroy(custody.receive())
    with ThreadPoolExecutor(1) as pool:
        with taking_custody(custody.keys):
            ending = pool.submit(custody.end_epoch)
            with pytest.raises(StillWaiting):
                ending.result(timeout=0.2)
            taken_in = custody.receive()
        assert ending.result(timeout=30) == 1
    slot = custody.slot(taken_in)
    assert slot is not None
    assert custody.vault.open(taken_in, slot, Part.DOCUMENT) == FORM


def test_an_orphan_goes_with_its_epoch_and_a_document_does_not(custody: Custody) -> None:
    orphan, kept = custody.keys.new_key(), custody.receive()
    custody.destroy(custody.receive())
    assert custody.end_epoch() == 1
    assert custody.keys.is_destroyed(orphan)
    with custody.database.reading() as connection:
        live = connection.execute(select(documents.c.key_slot).where(documents.c.document_id == kept)).scalar_one()
    assert not custody.keys.is_destroyed(live)


def test_a_sweeper_may_sweep_within_its_sweep_and_others_wait(custody: Custody) -> None:
    with ThreadPoolExecutor(1) as pool:
        with sweeping(custody.keys), sweeping(custody.keys):
            waiting = pool.submit(custody.receive)

            def take_in() -> str:
                with taking_custody(custody.keys):
                    return custody.receive()

            assert waiting.result(timeout=30)
            blocked = pool.submit(take_in)
            with pytest.raises(StillWaiting):
                blocked.result(timeout=0.2)
        assert blocked.result(timeout=30)


def test_several_may_take_documents_in_at_once(custody: Custody) -> None:
    with taking_custody(custody.keys), ThreadPoolExecutor(1) as pool:

        def take_in() -> str:
            with taking_custody(custody.keys):
                return custody.receive()

        assert pool.submit(take_in).result(timeout=30)
