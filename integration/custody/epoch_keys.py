"""Epoch keys: each in a file of its own, wrapping every document key of its time.

Apart from the slots so that another store (a credential of the system, a hardware module) can take its place.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from integration.custody.private_files import read_private, wipe, write_new
from integration.errors import IntegrityBroken

_NAME = re.compile(r"epoch\.(\d{8})")
_KEY = 32


class EpochKeyFiles:
    """The epoch keys of one key store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create(self, epoch: int) -> bytes:
        """A new key, durable when returned."""
        key = os.urandom(_KEY)
        write_new(self._path(epoch), key)
        return key

    def read(self, epoch: int) -> bytes:
        """The key; raises `IntegrityBroken` if it is missing or not a key."""
        try:
            key = read_private(self._path(epoch))
        except FileNotFoundError:
            raise IntegrityBroken(f"key store: the key of epoch {epoch} is missing") from None
        if len(key) != _KEY or key == bytes(_KEY):
            raise IntegrityBroken(f"key store: the key of epoch {epoch} is damaged")
        return key

    def destroy(self, epoch: int) -> None:
        """Overwrite in place, read back, unlink; safe to repeat."""
        wipe(self._path(epoch))

    def numbers(self) -> list[int]:
        """The epochs whose keys exist."""
        found = (_NAME.fullmatch(name) for name in os.listdir(self.folder))
        return sorted(int(match.group(1)) for match in found if match)

    def _path(self, epoch: int) -> Path:
        return self.folder / f"epoch.{epoch:08d}"
