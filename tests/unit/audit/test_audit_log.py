"""The log against whoever has the disk: whatever was signed cannot be changed, moved or taken away unseen."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from builders_custody import ACTOR, Custody
from sqlalchemy import Connection, delete, insert, select, update

from integration.audit.checkpoints import Checkpoint, read_note, sign_note
from integration.audit.tree import leaf_hash, root_of
from integration.custody.secrets import InstallationSecrets
from integration.domain.audit import Action, AuditEvent
from integration.errors import IntegrityBroken
from integration.storage.audit_log import LogVerdict, events, export, leaves, notes, sign_checkpoint, verify_log
from integration.storage.tables import audit_checkpoints, audit_events


def act(custody: Custody, times: int = 1) -> None:
    for number in range(times):
        with custody.database.change(AuditEvent(Action.LIST_OPENED, ACTOR, "list", f"{number:032x}")):
            pass


def checkpoint(custody: Custody) -> str:
    return sign_checkpoint(custody.database, custody.secrets, ACTOR)


def verdict(custody: Custody, *witnessed: str) -> LogVerdict:
    return verify_log(custody.database, custody.secrets.public_key, witnessed)


@pytest.fixture
def signed(custody: Custody) -> Custody:
    """A log of twenty-one events and more, with checkpoints at 11, 17 and 22."""
    act(custody, 9)
    checkpoint(custody)
    act(custody, 5)
    checkpoint(custody)
    act(custody, 4)
    checkpoint(custody)
    return custody


def test_a_log_that_nobody_touched_verifies(signed: Custody) -> None:
    found = verdict(signed)
    assert found.ok
    assert (found.size, found.checkpoints, found.signed_size, found.first_bad) == (22, 3, 22, None)
    with signed.database.reading() as connection:
        assert found.root == root_of(leaves(connection))


def test_events_after_the_last_checkpoint_are_counted_as_unsigned(signed: Custody) -> None:
    act(signed, 3)
    assert verdict(signed).ok
    assert (verdict(signed).size, verdict(signed).signed_size) == (25, 22)


def test_signing_twice_adds_nothing(signed: Custody) -> None:
    assert checkpoint(signed) == checkpoint(signed)
    assert verdict(signed).size == 22


def rewrite(connection: Connection, seq: int, canonical: bytes, *, with_leaf: bool = True) -> None:
    values = {"canonical": canonical} | ({"leaf": leaf_hash(canonical)} if with_leaf else {})
    connection.execute(update(audit_events).where(audit_events.c.seq == seq).values(**values))


def other_actor(connection: Connection, seq: int) -> bytes:
    row = connection.execute(select(audit_events.c.canonical).where(audit_events.c.seq == seq)).scalar_one()
    said = json.loads(row)
    said["actor"] = "b" * 32
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def edit(connection: Connection) -> None:
    rewrite(connection, 12, other_actor(connection, 12), with_leaf=False)


def edit_with_hash(connection: Connection) -> None:
    rewrite(connection, 12, other_actor(connection, 12))


def remove(connection: Connection) -> None:
    connection.execute(delete(audit_events).where(audit_events.c.seq == 12))


def remove_and_renumber(connection: Connection) -> None:
    remove(connection)
    for event in list(events(connection)):
        if event.seq > 12:
            said = json.loads(event.canonical) | {"seq": event.seq - 1}
            canonical = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
            values = {"seq": event.seq - 1, "canonical": canonical, "leaf": leaf_hash(canonical)}
            connection.execute(update(audit_events).where(audit_events.c.seq == event.seq).values(**values))


def swap(connection: Connection) -> None:
    statement = select(audit_events.c.canonical).where(audit_events.c.seq.in_([12, 13])).order_by(audit_events.c.seq)
    first, second = connection.execute(statement).scalars()
    rewrite(connection, 12, second)
    rewrite(connection, 13, first)


def cut(connection: Connection) -> None:
    connection.execute(delete(audit_events).where(audit_events.c.seq >= 19))


def cut_with_checkpoint(connection: Connection) -> None:
    cut(connection)
    connection.execute(delete(audit_checkpoints).where(audit_checkpoints.c.size > 17))


def change_row(connection: Connection) -> None:
    connection.execute(update(audit_events).where(audit_events.c.seq == 12).values(object_id="x"))


def refile_checkpoint(connection: Connection) -> None:
    connection.execute(update(audit_checkpoints).where(audit_checkpoints.c.size == 17).values(size=18))


def forge_checkpoint(connection: Connection) -> None:
    edit_with_hash(connection)
    note = connection.execute(select(audit_checkpoints.c.note).where(audit_checkpoints.c.size == 22)).scalar_one()
    lines = note.split("\n")
    lines[2] = "A" * 43 + "="
    connection.execute(update(audit_checkpoints).where(audit_checkpoints.c.size == 22).values(note="\n".join(lines)))


@pytest.mark.parametrize(
    ("attack", "first_bad", "words"),
    [
        (edit, 11, "hash is not that of its content"),
        (edit_with_hash, 11, "an event from 11 to 16 was changed after it was signed"),
        (remove, 11, "gap"),
        (remove_and_renumber, 11, "an event from 11 to 16 was changed"),
        (swap, 11, "an event from 11 to 16 was changed"),
        (cut, 19, "the log was cut: 22 events were signed, 19 are here"),
        (change_row, 12, "otherwise than its row"),
        (refile_checkpoint, None, "filed under another size"),
        (forge_checkpoint, 11, "not signed by this installation's key"),
    ],
)
def test_each_attack_is_seen_and_placed(
    signed: Custody, attack: Callable[[Connection], None], first_bad: int | None, words: str
) -> None:
    with signed.database.change() as change:
        attack(change.connection)
    found = verdict(signed)
    assert not found.ok
    assert found.first_bad == first_bad
    assert any(words in finding.what for finding in found.findings)


def test_a_cut_with_its_checkpoint_is_seen_by_a_witness_alone(signed: Custody) -> None:
    with signed.database.reading() as connection:
        witnessed = notes(connection)[-1]
    with signed.database.change() as change:
        cut_with_checkpoint(change.connection)
    assert verdict(signed).ok
    found = verdict(signed, witnessed)
    assert [finding.what for finding in found.findings] == ["the log was cut: 22 events were signed, 19 are here"]


def test_every_single_event_is_protected(signed: Custody) -> None:
    for seq in range(22):
        with signed.database.reading() as connection:
            before = connection.execute(select(audit_events).where(audit_events.c.seq == seq)).one()
        with signed.database.change() as change:
            rewrite(change.connection, seq, other_actor(change.connection, seq))
        assert not verdict(signed).ok
        with signed.database.change() as change:
            rewrite(change.connection, seq, before.canonical)
        assert verdict(signed).ok


def test_an_event_that_cannot_be_read_is_said(signed: Custody) -> None:
    with signed.database.change() as change:
        rewrite(change.connection, 3, b"\xff")
    assert "the event cannot be read" in [finding.what for finding in verdict(signed).findings]


def test_another_keys_checkpoint_counts_for_nothing(signed: Custody, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = InstallationSecrets.create(tmp_path_factory.mktemp("other") / "secrets")
    with signed.database.change() as change:
        row = {"size": 5, "note": sign_note(other, Checkpoint(5, bytes(32))), "signed_at": change.now}
        change.connection.execute(insert(audit_checkpoints).values(**row))
    assert [finding.what for finding in verdict(signed).findings] == [
        "a checkpoint of the log is not signed by this installation's key"
    ]


def test_a_note_is_read_as_it_was_signed_and_not_otherwise(custody: Custody) -> None:
    note = sign_note(custody.secrets, Checkpoint(7, bytes(range(32))))
    assert read_note(note, custody.secrets.public_key) == Checkpoint(7, bytes(range(32)))
    for place in range(len(note) - 1):
        changed = note[:place] + chr(ord(note[place]) ^ 1) + note[place + 1 :]
        with pytest.raises(IntegrityBroken):
            read_note(changed, custody.secrets.public_key)
    for wrong in ("", "\n\n", note.split("\n\n")[0]):
        with pytest.raises(IntegrityBroken):
            read_note(wrong, custody.secrets.public_key)


def test_an_export_holds_the_whole_log_and_covers_it(signed: Custody) -> None:
    act(signed, 2)
    exported = export(signed.database, signed.secrets)
    assert [json.loads(entry)["seq"] for entry in exported["events"]] == list(range(24))
    assert len(exported["checkpoints"]) == 4
    latest = read_note(exported["checkpoints"][-1], signed.secrets.public_key)
    assert latest == Checkpoint(24, root_of([leaf_hash(entry.encode()) for entry in exported["events"]]))
    assert verdict(signed).size == 24
