"""The destruction of one document: in its order, under its conditions, and certified no further than it got."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from builders_custody import ACTOR, FORM, POLICY, START, Custody, make_custody, unchanged
from sqlalchemy import Connection, select, update

from integration.custody.certificates import Certificate, issue_certificate
from integration.custody.destruction import begin, destroy_epoch_if_due, destroy_locally, live_check, unfinished
from integration.custody.keys import KeyDestroyed, KeyStore
from integration.custody.policy import sign_policy
from integration.custody.vault import Part
from integration.domain.audit import Action
from integration.domain.retention import CertificateState, SourceCopy, Trigger
from integration.errors import Conflict, IntegrityBroken, UsageError
from integration.storage.audit_log import events
from integration.storage.tables import arrival_documents, audit_events, certificates, documents


def acts(custody: Custody, action: Action) -> int:
    with custody.database.reading() as connection:
        return sum(event.action == action.value for event in events(connection))


def findings(custody: Custody, certificate: Certificate) -> list[str]:
    return live_check(custody.database, custody.vault, custody.keys, custody.secrets, certificate)


def whole(custody: Custody, document_id: str) -> Certificate:
    custody.destroy(document_id)
    custody.end_epoch()
    return custody.certify(document_id)


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_a_document_is_destroyed_and_certified(tmp_path: Path, request: pytest.FixtureRequest, backend: str) -> None:
    url = None if backend == "sqlite" else str(request.getfixturevalue("postgres_database"))
    custody = make_custody(tmp_path, url)
    document_id, other = custody.receive(), custody.receive()
    slot, other_slot = custody.slot(document_id), custody.slot(other)
    assert slot is not None
    assert other_slot is not None
    certificate = whole(custody, document_id)
    assert certificate.state is CertificateState.SOURCE_COPIES_CONFIRMED
    assert findings(custody, certificate) == []
    assert custody.state(document_id) == "destroyed"
    assert custody.slot(document_id) is None
    assert not custody.vault.holds(document_id)
    with pytest.raises(KeyDestroyed):
        custody.vault.open(document_id, slot, Part.DOCUMENT)
    assert custody.vault.open(other, other_slot, Part.DOCUMENT) == FORM
    custody.database.close()


def test_each_state_is_certified_as_it_is_reached_and_no_further(custody: Custody) -> None:
    document_id = custody.receive()
    custody.destroy(document_id)
    first = custody.certify(document_id, gone=False)
    assert first.state is CertificateState.LOCAL_KEY_DESTROYED
    assert first.says["irrecoverable_not_before"] == "unknown"
    assert custody.end_epoch() == 1
    second = custody.certify(document_id, gone=False)
    assert second.state is CertificateState.EPOCH_KEY_DESTROYED
    third = custody.certify(document_id)
    assert third.state is CertificateState.SOURCE_COPIES_CONFIRMED
    assert findings(custody, third) == []
    assert findings(custody, first) == ["a later certificate has taken this one's place"]
    assert len({first.certificate_id, second.certificate_id, third.certificate_id}) == 1
    assert acts(custody, Action.CERTIFICATE_ISSUED) == 3


def test_nothing_new_means_no_new_certificate(custody: Custody) -> None:
    document_id = custody.receive()
    certificate = whole(custody, document_id)
    assert custody.certify(document_id) == certificate
    assert acts(custody, Action.CERTIFICATE_ISSUED) == 1


def test_a_copy_that_turns_up_later_is_said(custody: Custody) -> None:
    document_id = custody.receive()
    whole(custody, document_id)
    assert custody.certify(document_id, gone=False).state is CertificateState.EPOCH_KEY_DESTROYED


@pytest.mark.parametrize(
    ("action", "state"),
    [
        ("kept by configuration", CertificateState.SOURCE_COPIES_ACCOUNTED),
        ("handed in by hand; the copy is the person's own to destroy", CertificateState.SOURCE_COPIES_ACCOUNTED),
        ("removed", CertificateState.EPOCH_KEY_DESTROYED),
        ("pending", CertificateState.EPOCH_KEY_DESTROYED),
        ("not removed: its source is no longer configured", CertificateState.EPOCH_KEY_DESTROYED),
    ],
)
def test_a_copy_is_confirmed_by_its_absence_and_accounted_for_by_a_decision(
    custody: Custody, action: str, state: CertificateState
) -> None:
    document_id = custody.receive()
    custody.destroy(document_id)
    custody.end_epoch()
    certificate = custody.certify(document_id, gone=False, action=action)
    assert certificate.state is state
    assert certificate.says["copies"][0]["action"] == action


def test_a_certificate_says_what_policy_and_backups_allow(custody: Custody) -> None:
    document_id = custody.receive()
    says = whole(custody, document_id).says
    assert says["policy_sha256"] == custody.policy().sha256
    assert says["trigger"] == "meeting_held"
    assert says["irrecoverable_not_before"][:10] == (START + timedelta(days=30)).isoformat()[:10]
    copies = custody.copies(document_id)
    arguments = (custody.database, custody.secrets, document_id, copies, "0.1.0", None, ACTOR)
    unset = issue_certificate(*arguments, vault=custody.vault, keys=custody.keys)
    assert unset.says["irrecoverable_not_before"] == "unknown"


def test_certificates_and_events_tell_nothing_about_the_document(custody: Custody) -> None:
    document_id = custody.receive()
    certificate = whole(custody, document_id)
    with custody.database.reading() as connection:
        said = [certificate.body.encode(), *(event.canonical for event in events(connection))]
        fingerprint = connection.execute(select(documents.c.fingerprint)).scalar_one().encode()
        assert connection.execute(select(arrival_documents.c.sealed_name)).scalar_one() is None
    for words in (b"ZZTESTER", b"Quillon", b"Approver", fingerprint):
        assert not any(words in text for text in said)


def test_a_legal_hold_wins_even_if_it_came_last(custody: Custody) -> None:
    document_id = custody.receive()
    policy = custody.policy()
    with custody.database.change() as change:
        change.connection.execute(update(documents).values(preserved_by="p" * 32))
    with pytest.raises(UsageError, match="legal hold"):
        begin(custody.database, document_id, Trigger.MEETING_HELD, policy, ACTOR, still=unchanged)
    assert custody.state(document_id) == "read"
    assert acts(custody, Action.DESTRUCTION_BEGUN) == 0


def test_a_policy_that_was_replaced_meanwhile_decides_nothing(custody: Custody) -> None:
    document_id, policy = custody.receive(), custody.policy()
    sign_policy(custody.database, custody.secrets, replace(POLICY, research_form_days=90), "B. Approver", ACTOR)
    with pytest.raises(Conflict, match="another disposal policy"):
        begin(custody.database, document_id, Trigger.MEETING_HELD, policy, ACTOR, still=unchanged)


def test_what_a_decision_rests_on_is_looked_at_again_where_it_is_recorded(custody: Custody) -> None:
    document_id, asked = custody.receive(), []

    def changed(connection: Connection) -> bool:
        asked.append(connection.execute(select(documents.c.state)).scalar_one())
        return False

    with pytest.raises(Conflict, match="changed"):
        begin(custody.database, document_id, Trigger.MEETING_HELD, custody.policy(), ACTOR, still=changed)
    assert (asked, custody.state(document_id)) == (["read"], "read")
    assert acts(custody, Action.DESTRUCTION_BEGUN) == 0


def test_nothing_is_destroyed_that_was_not_decided(custody: Custody) -> None:
    document_id = custody.receive()
    with pytest.raises(UsageError, match="not begun"):
        destroy_locally(custody.database, custody.vault, custody.keys, document_id, ACTOR)
    with pytest.raises(UsageError, match="never begun"):
        custody.certify(document_id)
    assert custody.end_epoch() is None
    slot = custody.slot(document_id)
    assert slot is not None
    assert custody.vault.open(document_id, slot, Part.DOCUMENT) == FORM


def test_an_interrupted_destruction_is_listed_and_not_certified(custody: Custody) -> None:
    document_id = custody.receive()
    begin(custody.database, document_id, Trigger.MEETING_HELD, custody.policy(), ACTOR, still=unchanged)
    assert unfinished(custody.database) == [document_id]
    with pytest.raises(UsageError, match="not destroyed yet"):
        custody.certify(document_id)
    custody.destroy(document_id)
    assert unfinished(custody.database) == []


def test_every_step_may_be_repeated(custody: Custody) -> None:
    document_id = custody.receive()
    for _ in range(3):
        custody.destroy(document_id)
        custody.end_epoch()
        custody.certify(document_id)
    for action in (Action.DESTRUCTION_BEGUN, Action.KEY_DESTROYED, Action.EPOCH_KEY_DESTROYED):
        assert acts(custody, action) == 1
    assert custody.keys.epoch == 2


def test_a_failing_disk_gets_no_certificate(custody: Custody, monkeypatch: pytest.MonkeyPatch) -> None:
    document_id = custody.receive()
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", lambda _d, content, _o: len(content))  # says so, and does nothing
        with pytest.raises(IntegrityBroken, match="the disk is failing"):
            custody.destroy(document_id)
    assert custody.state(document_id) == "destroying"
    assert acts(custody, Action.KEY_DESTROYED) == 0


@pytest.mark.parametrize("remnant", ["ciphertext", "shredder", "slot", "epoch"])
def test_nothing_is_signed_over_a_remnant(custody: Custody, remnant: str) -> None:
    document_id = custody.receive()
    slot_file = custody.keys.folder / "slots.00000001"
    live, epoch_key = slot_file.read_bytes(), (custody.keys.folder / "epoch.00000001").read_bytes()
    custody.destroy(document_id)
    if remnant == "epoch":
        custody.end_epoch()
    {
        "ciphertext": lambda: (custody.vault.folder / f"{document_id}.document").write_bytes(b"x"),
        "shredder": lambda: (custody.vault.folder / "shredder" / f"{document_id}.reading").write_bytes(b"x"),
        "slot": lambda: slot_file.write_bytes(live),
        "epoch": lambda: (custody.keys.folder / "epoch.00000001").write_bytes(epoch_key),
    }[remnant]()
    with pytest.raises(IntegrityBroken, match="is not destroyed"):
        custody.certify(document_id)
    assert acts(custody, Action.CERTIFICATE_ISSUED) == 0


def test_every_arrival_must_be_accounted_for(custody: Custody) -> None:
    document_id = custody.receive()
    custody.destroy(document_id)
    for copies in ([], [SourceCopy("f" * 32, "drop", "removed", START)]):
        with pytest.raises(IntegrityBroken, match="do not agree with its arrivals"):
            issue_certificate(
                custody.database,
                custody.secrets,
                document_id,
                copies,
                "0.1.0",
                30,
                ACTOR,
                vault=custody.vault,
                keys=custody.keys,
            )


def test_a_live_check_finds_each_thing_that_is_wrong(custody: Custody, tmp_path: Path) -> None:
    document_id = custody.receive()
    certificate = whole(custody, document_id)
    assert findings(custody, certificate) == []
    epoch = custody.keys.folder / "epoch.00000001"
    epoch.write_bytes(bytes(32))
    assert findings(custody, certificate) == ["the key of epoch 1 still exists"]
    epoch.unlink()
    stray = custody.vault.folder / f"{document_id}.reading"
    stray.write_bytes(b"x")
    assert findings(custody, certificate) == ["ciphertext of the document is still in the vault"]
    stray.unlink()
    forged = replace(certificate, body=certificate.body.replace("meeting_held", "read_confirmed"))
    assert "the certificate is not as this installation signed it" in findings(custody, forged)
    assert "the log's event is not of this certificate" in findings(custody, forged)
    other = KeyStore.create(tmp_path / "other")
    found = live_check(custody.database, custody.vault, other, custody.secrets, certificate)
    assert any("does not read as destroyed" in what for what in found)
    with custody.database.change() as change:
        change.connection.execute(update(documents).values(state="read", key_slot=7))
        statement = update(audit_events).where(audit_events.c.seq == certificate.audit_seq)
        change.connection.execute(statement.values(leaf=bytes(32)))
    assert findings(custody, certificate) == [
        "the log's event was changed",
        "the records do not say that the document is destroyed",
    ]


def test_an_epoch_may_gather_destructions(custody: Custody) -> None:
    document_id = custody.receive()
    custody.destroy(document_id)
    arguments = (custody.database, custody.keys, ACTOR)
    assert destroy_epoch_if_due(*arguments, START + timedelta(hours=1), timedelta(hours=2)) is None
    assert not custody.keys.is_epoch_destroyed(1)
    assert destroy_epoch_if_due(*arguments, START + timedelta(hours=3), timedelta(hours=2)) == 1
    assert custody.keys.is_epoch_destroyed(1)


def test_a_document_waits_for_the_epoch_that_its_slot_was_overwritten_in(custody: Custody) -> None:
    early, late = custody.receive(), custody.receive()
    begin(custody.database, late, Trigger.MEETING_HELD, custody.policy(), ACTOR, still=unchanged)
    custody.destroy(early)
    assert custody.end_epoch() == 1
    destroy_locally(custody.database, custody.vault, custody.keys, late, ACTOR)
    with custody.database.reading() as connection:
        rows = dict(connection.execute(select(certificates.c.document_id, certificates.c.epoch)).all())
    assert rows == {early: 1, late: 2}
    assert custody.certify(late).state is CertificateState.LOCAL_KEY_DESTROYED
    assert custody.end_epoch() == 2


def test_a_restored_database_brings_no_document_back(custody: Custody) -> None:
    document_id = custody.receive()
    slot = custody.slot(document_id)
    custody.destroy(document_id)
    with custody.database.change() as change:  # yesterday's backup: the document stands as it stood
        change.connection.execute(certificates.delete())
        change.connection.execute(update(documents).values(state="read", key_slot=slot))
    assert slot is not None
    with pytest.raises(KeyDestroyed):
        custody.vault.open(document_id, slot, Part.DOCUMENT)
    assert findings(custody, whole(custody, document_id)) == []


def test_the_certificate_is_bound_to_its_event(custody: Custody) -> None:
    certificate = whole(custody, custody.receive())
    with custody.database.reading() as connection:
        statement = select(audit_events.c.canonical).where(audit_events.c.seq == certificate.audit_seq)
        event = json.loads(connection.execute(statement).scalar_one())
    assert event["details"]["sha256"] == certificate.sha256
    assert event["object_id"] == certificate.document_id
