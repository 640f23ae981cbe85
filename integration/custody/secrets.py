"""The installation's own secrets: for fingerprints, flag keys, outcomes and signatures. They must be in the backups.

Whoever restores without them makes new flag keys, and so doubled flags. They open no document: document keys are
elsewhere, and never in a backup.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from integration.custody.private_files import (
    check_private,
    disk_errors,
    make_private_folder,
    read_private,
    sync_folder,
    write_new,
)
from integration.custody.sealing import NotAuthentic, context_of, seal, unseal
from integration.errors import ConfigurationError, IntegrityBroken

_FILE = "installation.json"
_NAMES = ("fingerprints", "flags", "records", "signing")
_SIZE = 32


@dataclass(frozen=True, slots=True)
class InstallationSecrets:
    """Four secrets of 256 bits, each for one purpose."""

    _fingerprints: bytes = field(repr=False)
    _flags: bytes = field(repr=False)
    _records: bytes = field(repr=False)
    _signing: bytes = field(repr=False)

    @classmethod
    def create(cls, folder: Path) -> InstallationSecrets:
        """Draw new secrets; raises `ConfigurationError` if the folder holds some already."""
        make_private_folder(folder)
        text = json.dumps({name: os.urandom(_SIZE).hex() for name in _NAMES}, indent=1) + "\n"
        with disk_errors("secrets", "write", folder, len(text)):
            _write_once(folder / _FILE, text.encode())
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path) -> InstallationSecrets:
        """The secrets of this installation; raises `ConfigurationError` if missing, damaged or open to others."""
        check_private(folder)
        path = folder / _FILE
        try:
            found = json.loads(read_private(path))
            drawn = [bytes.fromhex(found[name]) for name in _NAMES]
        except FileNotFoundError:
            raise ConfigurationError(f"{path}: is missing; restore it from the backup") from None
        except (ValueError, KeyError, TypeError):
            raise ConfigurationError(f"{path}: is damaged; restore it from the backup") from None
        if any(len(secret) != _SIZE for secret in drawn):
            raise ConfigurationError(f"{path}: is damaged; restore it from the backup")
        return cls(*drawn)

    def fingerprint(self, purpose: str, *parts: bytes) -> str:
        """A keyed fingerprint: equal for equal parts, and of no use to anyone without the key."""
        return hmac.new(self._fingerprints, context_of("fingerprint v1", purpose, *parts), hashlib.sha256).hexdigest()

    @property
    def flag_secret(self) -> bytes:
        """The secret behind every flag's identifier."""
        return self._flags

    def seal_record(self, record_id: str, plaintext: bytes) -> bytes:
        """Seal what an outcome or action says; it outlives the documents."""
        return seal(self._records, context_of("record", record_id), plaintext)

    def open_record(self, record_id: str, sealed: bytes) -> bytes:
        """What was sealed; raises `IntegrityBroken`."""
        try:
            return unseal(self._records, context_of("record", record_id), sealed)
        except NotAuthentic:
            raise IntegrityBroken(f"record {record_id}: its sealed part is not as it was stored") from None

    def sign(self, message: bytes) -> bytes:
        """An Ed25519 signature."""
        return Ed25519PrivateKey.from_private_bytes(self._signing).sign(message)

    @property
    def public_key(self) -> bytes:
        """The key that proves our signatures; print it where an auditor can compare it."""
        return Ed25519PrivateKey.from_private_bytes(self._signing).public_key().public_bytes_raw()


def _write_once(path: Path, content: bytes) -> None:
    """Whole or not at all, and never over a file that is there."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    write_new(draft, content)
    try:
        os.link(draft, path)
    except FileExistsError:
        raise ConfigurationError(f"{path.parent}: holds secrets already; they are never replaced") from None
    finally:
        draft.unlink()
        sync_folder(path.parent)
