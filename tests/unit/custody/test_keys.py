"""The key store: durable slots, destruction that leaves nothing, epochs that end whole or not at all."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from integration.custody import keys as keys_module
from integration.custody.keys import KeyDestroyed, KeyStore
from integration.errors import ConfigurationError, IntegrityBroken, Unavailable


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore.create(tmp_path / "keys")


def contents(store: KeyStore) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(store.folder.iterdir()))


def slot_file(store: KeyStore) -> Path:
    return store.folder / f"slots.{store.epoch:08d}"


def test_a_key_is_there_for_every_process_once_its_slot_is_known(store: KeyStore) -> None:
    slots = [store.new_key() for _ in range(5)]
    found = [KeyStore.open(store.folder).key(slot) for slot in slots]
    assert found == [store.key(slot) for slot in slots]
    assert len(set(found)) == 5
    assert all(len(key) == 32 for key in found)


def test_no_key_lies_in_the_store_as_it_is(store: KeyStore) -> None:
    key = store.key(store.new_key())
    assert key not in contents(store)


def test_a_destroyed_key_leaves_neither_itself_nor_what_wrapped_it(store: KeyStore) -> None:
    slots = [store.new_key() for _ in range(20)]
    before = slot_file(store).read_bytes()
    kept = {slot: store.key(slot) for slot in slots[10:]}
    gone = {slot: store.key(slot) for slot in slots[:10]}
    for slot in gone:
        store.destroy(slot)
        store.destroy(slot)  # safe to repeat
    left = contents(store)
    for number, (slot, key) in enumerate(gone.items(), start=1):
        wrapped = before[number * 64 : number * 64 + 64]
        assert wrapped in before
        assert key not in left
        assert wrapped not in left
        assert wrapped[16:] not in left
        assert store.is_destroyed(slot)
        with pytest.raises(KeyDestroyed):
            store.key(slot)
    assert {slot: store.key(slot) for slot in kept} == kept
    assert not any(store.is_destroyed(slot) for slot in kept)


def test_an_epoch_ends_with_its_key_and_its_orphans(store: KeyStore) -> None:
    live, orphan, gone = (store.new_key() for _ in range(3))
    survivor = store.key(live)
    store.destroy(gone)
    old_key = (store.folder / "epoch.00000001").read_bytes()
    old_slots = slot_file(store).read_bytes()
    assert store.destroy_epoch([live]) == 1
    assert store.epoch == 2
    assert store.key(live) == survivor
    assert store.is_destroyed(orphan)
    assert store.is_destroyed(gone)
    assert store.is_epoch_destroyed(1)
    assert not store.is_epoch_destroyed(2)
    assert sorted(path.name for path in store.folder.iterdir()) == ["epoch.00000002", "lock", "slots.00000002"]
    assert old_key not in contents(store)
    assert old_slots[64:128] not in contents(store)


def test_what_a_disk_kept_of_an_ended_epoch_opens_nothing(store: KeyStore) -> None:
    slot = store.new_key()
    remnant = slot_file(store).read_bytes()
    store.destroy_epoch([])
    (store.folder / "slots.00000002").write_bytes(remnant)  # the old slots come back, their epoch's key does not
    with pytest.raises(IntegrityBroken):
        KeyStore.open(store.folder)
    with pytest.raises(IntegrityBroken):
        store.key(slot)


def test_slots_are_never_used_twice(store: KeyStore) -> None:
    first = store.new_key()
    store.destroy(first)
    store.destroy_epoch([])
    assert store.new_key() == first + 1


def test_another_store_knows_nothing_of_our_slots(store: KeyStore, tmp_path: Path) -> None:
    slot = store.new_key()
    other = KeyStore.create(tmp_path / "other")
    other_slot = other.new_key()
    assert slot != other_slot
    assert not other.is_destroyed(slot)
    for ask in (other.key, other.destroy):
        with pytest.raises(IntegrityBroken, match="not of this key store"):
            ask(slot)


@pytest.mark.parametrize("name", ["", "lock", "epoch.00000001", "slots.00000001"])
def test_a_store_that_others_can_reach_is_refused(store: KeyStore, name: str) -> None:
    path = store.folder / name
    path.chmod(path.stat().st_mode | 0o040)
    with pytest.raises(ConfigurationError, match="others can reach it; run chmod"):
        KeyStore.open(store.folder)


def test_a_store_is_private_from_its_first_moment(store: KeyStore) -> None:
    assert store.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in store.folder.iterdir()} == {0o600}


def test_a_store_is_made_in_an_empty_folder_and_never_over_another(store: KeyStore, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not empty"):
        KeyStore.create(store.folder)
    with pytest.raises(ConfigurationError, match="flagtag init"):
        KeyStore.open(tmp_path / "nowhere")


def test_a_record_that_a_crash_cut_short_is_passed_over(store: KeyStore) -> None:
    first = store.new_key()
    with slot_file(store).open("ab") as file:
        file.write(b"key")
    second = store.new_key()
    assert second == first + 2
    assert len({store.key(first), store.key(second)}) == 2
    with pytest.raises(IntegrityBroken, match="damaged"):
        store.key(first + 1)


def test_a_damaged_slot_is_said_to_be_and_costs_nobody_else(store: KeyStore) -> None:
    first, second = store.new_key(), store.new_key()
    key = store.key(second)
    with slot_file(store).open("r+b") as file:
        file.seek(64 + 40)
        file.write(b"\xff\xff\xff")
    for _ in range(2):
        with pytest.raises(IntegrityBroken, match=f"slot {first}"):
            store.key(first)
        assert not store.is_destroyed(first)
        assert store.key(second) == key
        store.destroy_epoch([first, second])
    store.destroy(first)
    assert store.is_destroyed(first)


def test_a_wrong_epoch_key_ends_no_epoch(store: KeyStore) -> None:
    slot = store.new_key()
    key, path = store.key(slot), store.folder / "epoch.00000001"
    right = path.read_bytes()
    path.write_bytes(os.urandom(32))
    with pytest.raises(IntegrityBroken, match="epoch 1"):
        store.destroy_epoch([slot])
    path.write_bytes(right)
    assert store.key(slot) == key
    path.unlink()
    with pytest.raises(IntegrityBroken, match="missing"):
        KeyStore.open(store.folder)


def test_a_disk_that_reads_otherwise_than_it_was_written_is_not_believed(
    store: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot = store.new_key()
    monkeypatch.setattr(keys_module, "read_back", lambda *_: b"key\x01" + bytes(60))
    with pytest.raises(IntegrityBroken, match="the disk is failing"):
        store.destroy(slot)


def test_a_full_disk_is_said_and_leaves_no_half_record(store: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    slot = store.new_key()
    size = slot_file(store).stat().st_size
    real = os.pwrite

    def full_after_ten_bytes(descriptor: int, content: bytes, offset: int) -> int:
        if len(content) < 64:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, content[:10], offset)

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full_after_ten_bytes)
        with pytest.raises(Unavailable, match=r"the disk of .* is full: 64 bytes are needed"):
            store.new_key()
    assert slot_file(store).stat().st_size == size
    assert store.new_key() == slot + 1


def test_many_at_once_never_get_the_same_slot(store: KeyStore) -> None:
    program = (
        "import sys; from pathlib import Path; from integration.custody.keys import KeyStore\n"
        "store = KeyStore.open(Path(sys.argv[1]))\n"
        "print(*(store.new_key() for _ in range(50)))"
    )
    command = [sys.executable, "-c", program, str(store.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other, ThreadPoolExecutor(4) as pool:
        ours = list(pool.map(lambda _: store.new_key(), range(50)))
        out, _ = other.communicate(timeout=60)
    slots = ours + [int(slot) for slot in out.split()]
    assert len(slots) == len(set(slots)) == 100
    assert len({store.key(slot) for slot in slots}) == 100


def test_keys_stay_readable_while_epochs_end(store: KeyStore) -> None:
    slots = [store.new_key() for _ in range(10)]
    found = {slot: store.key(slot) for slot in slots}
    with ThreadPoolExecutor(3) as pool:
        ends = [pool.submit(store.destroy_epoch, slots) for _ in range(5)]
        reads = [pool.submit(store.key, slot) for slot in slots * 10]
        assert {end.result() for end in ends} == {1, 2, 3, 4, 5}
        assert [read.result() for read in reads] == [found[slot] for slot in slots * 10]
