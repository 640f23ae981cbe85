"""The vault: documents and what was read from them, as ciphertext, until they are destroyed.

Plaintext never reaches the disk, not even in a temporary file. A name in the vault is a random id and a part.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path

from integration.custody.keys import KeyStore
from integration.custody.private_files import (
    check_private,
    disk_errors,
    make_private_folder,
    read_private,
    sync_folder,
    write_all,
)
from integration.custody.sealing import NotAuthentic, context_of, open_stream, seal, seal_stream, sealed_length, unseal
from integration.errors import Conflict, IntegrityBroken

_SYSTEM = "vault"
_MAGIC = b"flagtag-vault-1\n"
_ID = re.compile(r"[0-9a-f]{32}")
_STORED = re.compile(r"([0-9a-f]{32})\.(?:document|reading)")
_DRAFT = ".draft-"
_SHREDDER = "shredder"


class Part(StrEnum):
    """What of a document is stored."""

    DOCUMENT = "document"  # as it was received
    READING = "reading"  # everything that was read from it


class Vault:
    """The ciphertexts of one deployment."""

    def __init__(self, folder: Path, keys: KeyStore) -> None:
        check_private(folder)
        check_private(folder / _SHREDDER)
        self.folder, self._keys = folder, keys
        self._shredder = folder / _SHREDDER

    @classmethod
    def create(cls, folder: Path, keys: KeyStore) -> Vault:
        """The vault in a new folder, or the one that is there."""
        make_private_folder(folder)
        make_private_folder(folder / _SHREDDER)
        return cls(folder, keys)

    def store(self, document_id: str, slot: int, part: Part, plaintext: bytes) -> None:
        """Seal and store; durable when this returns, and whole or not there at all. Safe to repeat.

        A reading replaces the one before it; a document is never replaced by another.
        Raises `Unavailable` for a full or failing disk, `KeyDestroyed`, `Conflict`.
        """
        key = self._keys.key(slot)
        path = self._path(document_id, part)
        if part is Part.DOCUMENT and path.exists():
            if self.open(document_id, slot, part) != plaintext:
                raise Conflict("another document is stored under this id")
            return
        with (
            disk_errors(_SYSTEM, "write", self.folder, len(_MAGIC) + sealed_length(len(plaintext))),
            self._draft() as (draft, descriptor),
        ):
            write_all(descriptor, _MAGIC)
            for chunk in seal_stream(key, _place(document_id, slot, part), plaintext):
                write_all(descriptor, chunk)
            os.fsync(descriptor)
            draft.rename(path)
            sync_folder(self.folder)

    def open(self, document_id: str, slot: int, part: Part) -> bytes:
        """The plaintext, in memory only. Raises `KeyDestroyed`, or `IntegrityBroken` for a missing or changed one."""
        key = self._keys.key(slot)
        try:
            with disk_errors(_SYSTEM, "read", self.folder):
                sealed = self._read(document_id, part)
            if not sealed.startswith(_MAGIC):
                raise NotAuthentic
            return open_stream(key, _place(document_id, slot, part), sealed[len(_MAGIC) :])
        except NotAuthentic:
            raise IntegrityBroken(f"vault: the {part.value} of {document_id} is not as it was stored") from None

    def holds(self, document_id: str, part: Part | None = None) -> bool:
        """Whether any ciphertext of the document is there, be it waiting to be unlinked; or that of one part."""
        parts = tuple(Part) if part is None else (part,)
        return any(path.exists() for one in parts for path in self._places(document_id, one))

    def seal(self, document_id: str, slot: int, purpose: str, plaintext: bytes) -> bytes:
        """Seal a small value that is kept in a database row; it dies with the document's key."""
        return seal(self._keys.key(slot), context_of("small value", document_id, purpose), plaintext)

    def unseal(self, document_id: str, slot: int, purpose: str, sealed: bytes) -> bytes:
        """The value; raises `KeyDestroyed` or `IntegrityBroken`."""
        try:
            return unseal(self._keys.key(slot), context_of("small value", document_id, purpose), sealed)
        except NotAuthentic:
            raise IntegrityBroken(f"vault: a sealed {purpose} of {document_id} is not as it was stored") from None

    def shred(self, document_id: str) -> None:
        """Unlink the document's ciphertexts: out of use by one move, then gone for good. Safe to repeat."""
        with disk_errors(_SYSTEM, "shred", self.folder):
            for part in Part:
                stored, moved = self._places(document_id, part)
                with suppress(FileNotFoundError):
                    stored.rename(moved)
                sync_folder(self._shredder)
                moved.unlink(missing_ok=True)
            sync_folder(self._shredder)
            sync_folder(self.folder)

    def sweep_unknown(self, known_ids: Collection[str]) -> int:
        """Remove ciphertext that no record knows, left by a crash between file and row; returns how many files.

        Nobody may be taking a document in meanwhile: hold `sweeping`.
        """
        known = frozenset(known_ids)
        swept = 0
        with disk_errors(_SYSTEM, "sweep", self.folder):
            for name in sorted(os.listdir(self.folder)):
                stored = _STORED.fullmatch(name)
                if stored and stored.group(1) not in known:
                    self.shred(stored.group(1))
                    swept += 1
                elif name.startswith(_DRAFT):
                    swept += _remove_abandoned(self.folder / name)
            for name in os.listdir(self._shredder):
                (self._shredder / name).unlink(missing_ok=True)
                swept += 1
            sync_folder(self._shredder)
            sync_folder(self.folder)
        return swept

    @contextmanager
    def _draft(self) -> Iterator[tuple[Path, int]]:
        """A file under a name of its own, locked while it is written; nothing of it stays if writing fails."""
        draft = self.folder / f"{_DRAFT}{os.urandom(16).hex()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield draft, descriptor
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)

    def _read(self, document_id: str, part: Part) -> bytes:
        try:
            return read_private(self._path(document_id, part))
        except FileNotFoundError:
            raise IntegrityBroken(f"vault: the {part.value} of {document_id} is missing") from None

    def _path(self, document_id: str, part: Part) -> Path:
        if not _ID.fullmatch(document_id):
            raise ValueError("a document id is 32 hexadecimal digits")
        return self.folder / f"{document_id}.{part.value}"

    def _places(self, document_id: str, part: Part) -> tuple[Path, Path]:
        stored = self._path(document_id, part)
        return stored, self._shredder / stored.name


def _place(document_id: str, slot: int, part: Part) -> bytes:
    return context_of(_MAGIC, document_id, str(slot), part.value)


def _remove_abandoned(draft: Path) -> bool:
    """Remove a draft unless somebody is writing it now."""
    try:
        descriptor = os.open(draft, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        draft.unlink(missing_ok=True)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)
