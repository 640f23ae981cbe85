"""The key store: one key for each document, in slots outside the database, each of which can be destroyed for good.

A database row is no place for a key: deleted rows survive in pages, journals and backups. A slot is overwritten in
place and read back. What a disk may have kept of it nevertheless is worthless once the epoch key that wrapped it is
destroyed as well, and that key lies in a file of its own.

An epoch ends in these steps. Killed at any of them, the next one to take the lock for writing goes on or starts over:

1. the next epoch's key is made durable;
2. a new slot file is made: survivors wrapped anew, everything else marked as destroyed;
3. it is read again from the disk, and every survivor compared;
4. it gets its name: from now on the new epoch is in force;
5. the old epoch's key is overwritten, read back and unlinked; then the old slot file.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from integration.custody.assurance import assurance_of
from integration.custody.epoch_keys import EpochKeyFiles
from integration.custody.private_files import (
    check_private,
    disk_errors,
    make_private_folder,
    pwrite_all,
    read_back,
    read_private,
    sync_folder,
    wipe,
    write_new,
)
from integration.custody.slots import (
    DESTROYED,
    RECORD,
    UNREADABLE,
    Header,
    check_epoch_key,
    header_record,
    is_live,
    offset_of,
    read_header,
    unwrap,
    wrap,
)
from integration.errors import ConfigurationError, FlagtagError, IntegrityBroken, Unavailable

_SLOTS = re.compile(r"slots\.(\d{8})")
_NEW = re.compile(r"slots\.\d{8}\.new")
_LOCK_SECONDS = 60.0
_LOCK_POLL = 0.01
_SYSTEM = "key store"
_FAILING = "reads otherwise than it was written: the disk is failing, do not trust it"


class KeyDestroyed(FlagtagError):
    """The document's key was destroyed; nothing opens what it sealed."""


class KeyStore:
    """The slots of one deployment. Several processes may have it open at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._epochs = EpochKeyFiles(folder)

    @classmethod
    def create(cls, folder: Path) -> KeyStore:
        """A new, empty store; raises `ConfigurationError` if the folder holds anything already."""
        make_private_folder(folder)
        if any(folder.iterdir()):
            raise ConfigurationError(f"{folder}: is not empty; a key store needs a folder of its own")
        store = cls(folder)
        with disk_errors(_SYSTEM, "create", folder):
            write_new(folder / "lock", b"")
            header = Header(epoch=1, first=1 + secrets.randbelow(2**30))
            write_new(store._slots(1), header_record(store._epochs.create(1), header))
        return store

    @classmethod
    def open(cls, folder: Path) -> KeyStore:
        """An existing store; refuses one that others can reach."""
        check_private(folder)
        check_private(folder / "lock")
        store = cls(folder)
        with store._locked(fcntl.LOCK_SH):
            epoch = store._current()
            check_private(store._slots(epoch))
            check_epoch_key(store._record(epoch, 0), store._epochs.read(epoch))
        return store

    @property
    def epoch(self) -> int:
        """The epoch in force."""
        with self._locked(fcntl.LOCK_SH):
            return self._current()

    def new_key(self) -> int:
        """Make a document key; its slot, durable when returned."""
        with self._locked(fcntl.LOCK_EX), disk_errors(_SYSTEM, "write", self.folder, RECORD):
            epoch = self._current()
            header = self._header(epoch)
            path = self._slots(epoch)
            size = path.stat().st_size
            slot = header.first - 1 + -(-size // RECORD)  # a record that a crash cut short is passed over
            record = wrap(self._epochs.read(epoch), epoch, slot, os.urandom(32))
            self._append(path, record, offset_of(header, slot), size)
            return slot

    def key(self, slot: int) -> bytes:
        """The document key; raises `KeyDestroyed`, or `IntegrityBroken` for a damaged or unknown slot."""
        with self._locked(fcntl.LOCK_SH):
            epoch = self._current()
            record = self._slot_record(epoch, slot)
            if record == DESTROYED:
                raise KeyDestroyed("the document was destroyed")
            return unwrap(self._epochs.read(epoch), epoch, slot, record)

    def destroy(self, slot: int) -> None:
        """Overwrite the slot in place and read it back past the cache; safe to repeat.

        Raises `IntegrityBroken` if the disk does not read as it was written.
        """
        with self._locked(fcntl.LOCK_EX), disk_errors(_SYSTEM, "destroy", self.folder):
            epoch = self._current()
            path, offset = self._slots(epoch), self._offset(epoch, slot)
            descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                pwrite_all(descriptor, DESTROYED, offset)
                os.fdatasync(descriptor)
            finally:
                os.close(descriptor)
            if read_back(path, offset, RECORD) != DESTROYED:
                raise IntegrityBroken(f"key store: slot {slot} {_FAILING}")

    def is_destroyed(self, slot: int) -> bool:
        """Read the slot from the disk: True only if it is there and says that it was destroyed."""
        with self._locked(fcntl.LOCK_SH), disk_errors(_SYSTEM, "read", self.folder):
            epoch = self._current()
            if slot < self._header(epoch).first:
                return False
            return read_back(self._slots(epoch), offset_of(self._header(epoch), slot), RECORD) == DESTROYED

    def is_epoch_destroyed(self, epoch: int) -> bool:
        """Whether neither this epoch's key nor an older one's exists any longer."""
        with self._locked(fcntl.LOCK_SH):
            return 0 < epoch < self._current() and all(number > epoch for number in self._epochs.numbers())

    def destroy_epoch(self, live_slots: Collection[int]) -> int:
        """End the epoch: only `live_slots` survive, under a new key. Returns the epoch whose key is now destroyed.

        Nobody may be taking a document in meanwhile, whose slot no record knows yet: hold `sweeping`.
        """
        with self._locked(fcntl.LOCK_EX), disk_errors(_SYSTEM, "end epoch", self.folder):
            self._tidy()
            old = self._current()
            self._rewrap(old, frozenset(live_slots))  # 1 to 4
            self._tidy()  # 5
            return old

    def finish_epoch(self) -> None:
        """Finish an epoch's end that was interrupted, if there is one: its key and slots go. Safe to repeat."""
        with self._locked(fcntl.LOCK_EX), disk_errors(_SYSTEM, "end epoch", self.folder):
            self._tidy()

    def assurance(self) -> str:
        """What the file system lets us claim about an overwrite in place."""
        return assurance_of(self._slots(self.epoch))

    # how an epoch ends

    def _rewrap(self, old: int, live_slots: frozenset[int]) -> None:
        old_key = self._epochs.read(old)
        content = read_private(self._slots(old))
        check_epoch_key(content[:RECORD], old_key)
        header = read_header(content[:RECORD])
        new = Header(old + 1, header.first)
        # 1. the next epoch's key
        new_key = self._epochs.create(new.epoch)
        # 2. the new slot file
        records = [header_record(new_key, new)]
        survivors: dict[int, bytes] = {}
        for slot in range(header.first, header.first + -(-len(content) // RECORD) - 1):
            offset = offset_of(header, slot)
            record = content[offset : offset + RECORD]
            if slot not in live_slots or record == DESTROYED:
                records.append(DESTROYED)
                continue
            try:
                survivors[slot] = unwrap(old_key, old, slot, record)
                records.append(wrap(new_key, new.epoch, slot, survivors[slot]))
            except IntegrityBroken:
                records.append(UNREADABLE)
        draft = self.folder / f"slots.{new.epoch:08d}.new"
        write_new(draft, b"".join(records))
        # 3. read again, every survivor compared
        self._check_survivors(draft, new, survivors)
        # 4. in force
        draft.rename(self._slots(new.epoch))
        sync_folder(self.folder)

    def _check_survivors(self, draft: Path, header: Header, survivors: dict[int, bytes]) -> None:
        key = self._epochs.read(header.epoch)
        content = read_back(draft, 0, draft.stat().st_size)
        check_epoch_key(content[:RECORD], key)
        for slot, survivor in survivors.items():
            offset = offset_of(header, slot)
            if unwrap(key, header.epoch, slot, content[offset : offset + RECORD]) != survivor:
                raise IntegrityBroken(f"key store: slot {slot} {_FAILING}")

    def _tidy(self) -> None:
        """Destroy what an ended epoch, or one that never came into force, has left."""
        current = self._current()
        for epoch in self._epochs.numbers():
            if epoch != current:
                self._epochs.destroy(epoch)
        for name in sorted(os.listdir(self.folder)):
            numbered = _SLOTS.fullmatch(name)
            if _NEW.fullmatch(name) or (numbered and int(numbered.group(1)) < current):
                wipe(self.folder / name)

    # the files

    def _slots(self, epoch: int) -> Path:
        return self.folder / f"slots.{epoch:08d}"

    def _current(self) -> int:
        found = [int(match.group(1)) for match in map(_SLOTS.fullmatch, os.listdir(self.folder)) if match]
        if not found:
            raise ConfigurationError(f"{self.folder}: holds no keys; `flagtag init DIR` makes a new deployment")
        return max(found)

    def _header(self, epoch: int) -> Header:
        return read_header(self._record(epoch, 0))

    def _record(self, epoch: int, offset: int) -> bytes:
        descriptor = os.open(self._slots(epoch), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            return os.pread(descriptor, RECORD, offset)
        finally:
            os.close(descriptor)

    def _slot_record(self, epoch: int, slot: int) -> bytes:
        record = self._record(epoch, self._offset(epoch, slot))
        if record == DESTROYED or is_live(record):
            return record
        raise IntegrityBroken(f"key store: slot {slot} is damaged")

    def _offset(self, epoch: int, slot: int) -> int:
        header = self._header(epoch)
        offset = offset_of(header, slot)
        if slot < header.first or offset >= self._slots(epoch).stat().st_size:
            raise IntegrityBroken(f"key store: slot {slot} is not of this key store")
        return offset

    @staticmethod
    def _append(path: Path, record: bytes, offset: int, size: int) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            pwrite_all(descriptor, record, offset)
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, size)  # a full disk: no half record stays
            raise
        finally:
            os.close(descriptor)

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        """Exclude others, in this process and outside; a holder that hangs is reported, not waited for for ever."""
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            deadline = time.monotonic() + _LOCK_SECONDS
            while True:
                try:
                    fcntl.flock(descriptor, how | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise Unavailable(_SYSTEM, "lock", "another process of flagtag holds it and hangs") from None
                    time.sleep(_LOCK_POLL)
            yield
        finally:
            os.close(descriptor)
