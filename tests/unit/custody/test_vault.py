"""The vault: ciphertext only, whole or not at all, and nothing left where nothing should be."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from builders_custody import Custody

from integration.custody.keys import KeyDestroyed, KeyStore
from integration.custody.vault import Part, Vault
from integration.errors import ConfigurationError, Conflict, IntegrityBroken, Unavailable
from integration.storage.database import new_id

CANARY = b"ZZCANARY-ZZTESTER" * 10_000  # more than two chunks


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore.create(tmp_path / "keys")


@pytest.fixture
def vault(tmp_path: Path, keys: KeyStore) -> Vault:
    return Vault.create(tmp_path / "vault", keys)


def files(vault: Vault) -> list[Path]:
    return sorted(path for path in vault.folder.rglob("*") if path.is_file())


def test_what_is_stored_comes_back_and_only_ciphertext_is_on_disk(vault: Vault, keys: KeyStore) -> None:
    document_id, slot = new_id(), keys.new_key()
    vault.store(document_id, slot, Part.DOCUMENT, CANARY)
    vault.store(document_id, slot, Part.READING, b"ZZCANARY reading")
    assert vault.open(document_id, slot, Part.DOCUMENT) == CANARY
    assert vault.open(document_id, slot, Part.READING) == b"ZZCANARY reading"
    assert [path.name for path in files(vault)] == [f"{document_id}.document", f"{document_id}.reading"]
    assert not any(b"ZZCANARY" in path.read_bytes() for path in files(vault))
    assert {path.stat().st_mode & 0o777 for path in files(vault)} == {0o600}


def test_a_reading_is_replaced_and_a_document_never(vault: Vault, keys: KeyStore) -> None:
    document_id, slot = new_id(), keys.new_key()
    vault.store(document_id, slot, Part.READING, b"first")
    vault.store(document_id, slot, Part.READING, b"second")
    assert vault.open(document_id, slot, Part.READING) == b"second"
    vault.store(document_id, slot, Part.DOCUMENT, b"first")
    vault.store(document_id, slot, Part.DOCUMENT, b"first")  # safe to repeat
    with pytest.raises(Conflict):
        vault.store(document_id, slot, Part.DOCUMENT, b"second")
    assert vault.open(document_id, slot, Part.DOCUMENT) == b"first"


def test_parts_and_documents_cannot_stand_in_for_each_other(vault: Vault, keys: KeyStore) -> None:
    document_id, other, slot = new_id(), new_id(), keys.new_key()
    vault.store(document_id, slot, Part.DOCUMENT, b"words")
    stored = vault.folder / f"{document_id}.document"
    (vault.folder / f"{document_id}.reading").write_bytes(stored.read_bytes())
    (vault.folder / f"{other}.document").write_bytes(stored.read_bytes())
    for path in files(vault):
        path.chmod(0o600)
    for wrong, part in ((document_id, Part.READING), (other, Part.DOCUMENT)):
        with pytest.raises(IntegrityBroken, match="not as it was stored"):
            vault.open(wrong, slot, part)


@pytest.mark.parametrize("spoil", [lambda b: b[:-1], lambda b: b"", lambda b: b[:40], lambda b: b"x" + b[1:]])
def test_a_spoilt_file_is_said_to_be(vault: Vault, keys: KeyStore, spoil: object) -> None:
    document_id, slot = new_id(), keys.new_key()
    vault.store(document_id, slot, Part.DOCUMENT, CANARY)
    path = vault.folder / f"{document_id}.document"
    assert callable(spoil)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(IntegrityBroken, match=f"the document of {document_id} is not as it was stored"):
        vault.open(document_id, slot, Part.DOCUMENT)
    path.unlink()
    with pytest.raises(IntegrityBroken, match="missing"):
        vault.open(document_id, slot, Part.DOCUMENT)


def test_nothing_opens_or_is_stored_once_the_key_is_destroyed(vault: Vault, keys: KeyStore) -> None:
    document_id, slot = new_id(), keys.new_key()
    vault.store(document_id, slot, Part.DOCUMENT, b"words")
    sealed = vault.seal(document_id, slot, "name", b"ZZTESTER.docx")
    assert vault.unseal(document_id, slot, "name", sealed) == b"ZZTESTER.docx"
    keys.destroy(slot)
    with pytest.raises(KeyDestroyed):
        vault.open(document_id, slot, Part.DOCUMENT)
    with pytest.raises(KeyDestroyed):
        vault.unseal(document_id, slot, "name", sealed)
    with pytest.raises(KeyDestroyed):
        vault.store(document_id, slot, Part.READING, b"words")
    assert not vault.holds(document_id, Part.READING)


def test_a_sealed_value_belongs_to_one_document_and_purpose(vault: Vault, keys: KeyStore) -> None:
    document_id, slot = new_id(), keys.new_key()
    sealed = vault.seal(document_id, slot, "name", b"words")
    for wrong, purpose in ((new_id(), "name"), (document_id, "place")):
        with pytest.raises(IntegrityBroken):
            vault.unseal(wrong, slot, purpose, sealed)


def test_shredding_leaves_nothing_and_may_be_repeated(vault: Vault, keys: KeyStore) -> None:
    document_id, other, slot = new_id(), new_id(), keys.new_key()
    for part in Part:
        vault.store(document_id, slot, part, b"words")
    vault.store(other, slot, Part.DOCUMENT, b"others")
    assert vault.holds(document_id)
    vault.shred(document_id)
    vault.shred(document_id)
    assert not vault.holds(document_id)
    assert vault.open(other, slot, Part.DOCUMENT) == b"others"
    assert len(files(vault)) == 1


def test_what_waits_to_be_unlinked_is_still_held(vault: Vault, keys: KeyStore) -> None:
    document_id, slot = new_id(), keys.new_key()
    vault.store(document_id, slot, Part.DOCUMENT, b"words")
    (vault.folder / f"{document_id}.document").rename(vault.folder / "shredder" / f"{document_id}.document")
    assert vault.holds(document_id)
    vault.shred(document_id)
    assert files(vault) == []


def test_a_full_disk_is_said_and_leaves_no_half_file(
    vault: Vault, keys: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    document_id, slot = new_id(), keys.new_key()
    real, room = os.write, 100_000

    def write(descriptor: int, content: bytes) -> int:
        nonlocal room
        if room <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = real(descriptor, content[:room])
        room -= written
        return written

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", write)
        with pytest.raises(Unavailable, match=r"vault: write: the disk of .*vault is full: 170,080 bytes") as full:
            vault.store(document_id, slot, Part.DOCUMENT, CANARY)
    assert (full.value.system, full.value.phase) == ("vault", "write")
    assert files(vault) == []
    vault.store(document_id, slot, Part.DOCUMENT, CANARY)
    assert vault.open(document_id, slot, Part.DOCUMENT) == CANARY


def test_a_sweep_takes_what_no_record_knows_and_nothing_else(vault: Vault, keys: KeyStore) -> None:
    known, unknown, slot = new_id(), new_id(), keys.new_key()
    for document_id in (known, unknown):
        for part in Part:
            vault.store(document_id, slot, part, b"words")
    (vault.folder / ".draft-of-a-crash").write_bytes(b"half")
    (vault.folder / "shredder" / f"{new_id()}.document").write_bytes(b"moved")
    with vault._draft() as (being_written, descriptor):
        os.write(descriptor, b"half")
        assert vault.sweep_unknown([known]) == 4
        assert being_written.exists()
        being_written.unlink()
    assert [path.name for path in files(vault)] == [f"{known}.document", f"{known}.reading"]
    assert vault.sweep_unknown([known]) == 0


@pytest.mark.parametrize("name", ["", "../x", "A" * 32, "a" * 31, "a" * 32 + "\n"])
def test_only_our_own_ids_become_file_names(vault: Vault, keys: KeyStore, name: str) -> None:
    slot = keys.new_key()
    with pytest.raises(ValueError, match="32 hexadecimal"):
        vault.store(name, slot, Part.DOCUMENT, b"words")


def test_a_vault_that_others_can_reach_is_refused(vault: Vault, keys: KeyStore) -> None:
    vault.folder.chmod(0o755)
    with pytest.raises(ConfigurationError, match="chmod 700"):
        Vault(vault.folder, keys)


def test_custody_of_a_whole_deployment_opens_again(custody: Custody) -> None:
    document_id = custody.receive(CANARY)
    slot = custody.slot(document_id)
    assert slot is not None
    again = Vault(custody.vault.folder, KeyStore.open(custody.keys.folder))
    assert again.open(document_id, slot, Part.DOCUMENT) == CANARY
