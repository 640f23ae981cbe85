"""Files that only their owner may read: made durable, overwritten in place, and read back past the cache.

Unlinking a file leaves its bytes on the disk, and a rewrite by rename leaves the old ones; only an overwrite in place
does not. Everything here is by descriptor, and a symbolic link is never followed.
"""

from __future__ import annotations

import errno
import mmap
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from integration.errors import ConfigurationError, IntegrityBroken, Unavailable

BLOCK = 4096  # alignment that direct reads need
_FULL = {errno.ENOSPC, errno.EDQUOT}
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@contextmanager
def disk_errors(system: str, phase: str, folder: Path, needed: int = 0) -> Iterator[None]:
    """Say what the disk refused as `Unavailable`: which folder, and for a full one how much is wanted and there."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            reason = f"the disk of {folder} is full: {needed:,} bytes are needed, {_free(folder)}; make room there"
        else:
            reason = f"{folder}: {error.strerror or type(error).__name__}"
        raise Unavailable(system, phase, reason) from None


def _free(folder: Path) -> str:
    try:
        return f"{shutil.disk_usage(folder).free:,} are free"
    except OSError:
        return "how many are free cannot be seen"


def make_private_folder(folder: Path) -> None:
    """Make the folder for its owner alone; one that is there already must be so, too."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(folder.parent)
    except OSError as error:
        raise ConfigurationError(f"{folder}: cannot be made a folder ({error.strerror})") from None
    check_private(folder)


def check_private(path: Path) -> None:
    """Raise `ConfigurationError` if the path is missing, a link, somebody else's, or open to others."""
    try:
        found = path.lstat()
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}; `flagtag init DIR` makes a new deployment") from None
    _refuse_open(found, path)


def _refuse_open(found: os.stat_result, path: Path) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise ConfigurationError(f"{path}: is a symbolic link; put the real path into the configuration")
    if found.st_uid not in (os.geteuid(), 0):
        raise ConfigurationError(f"{path}: belongs to somebody else; run chown on it")
    if stat.S_IMODE(found.st_mode) & _OTHERS:
        mode = "700" if stat.S_ISDIR(found.st_mode) else "600"
        raise ConfigurationError(f"{path}: others can reach it; run chmod {mode} on it")


def read_private(path: Path) -> bytes:
    """The whole file; raises `ConfigurationError` unless it is its owner's alone, `FileNotFoundError` if missing."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        _refuse_open(os.fstat(descriptor), path)
        return file.read()


def write_new(path: Path, content: bytes) -> None:
    """Write a file that must not be there yet; durable, name and all, when this returns."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        write_all(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(path.parent)


def write_all(descriptor: int, content: bytes) -> None:
    """`os.write` until everything is written."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def pwrite_all(descriptor: int, content: bytes, offset: int) -> None:
    """`os.pwrite` until everything is written."""
    view = memoryview(content)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable: what was made, renamed or unlinked there."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def wipe(path: Path) -> None:
    """Overwrite a file in place, read back that its bytes are gone, and unlink it; safe to repeat."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        sync_folder(path.parent)
        return
    try:
        size = os.fstat(descriptor).st_size
        pwrite_all(descriptor, bytes(size), 0)
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)
    if read_back(path, 0, size) != bytes(size):
        raise IntegrityBroken(f"{path}: was overwritten but reads otherwise; the disk is failing, do not trust it")
    os.unlink(path)
    sync_folder(path.parent)


def read_back(path: Path, offset: int, length: int) -> bytes:
    """The bytes as the disk holds them, past the page cache where the file system allows it."""
    direct = _read_direct(path, offset, length)
    if direct is not None:
        return direct
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        return os.pread(descriptor, length, offset)
    finally:
        os.close(descriptor)


def reads_past_the_cache(path: Path) -> bool:
    """Whether the file system lets us read this file directly from the disk."""
    return _read_direct(path, 0, 1) is not None


def _read_direct(path: Path, offset: int, length: int) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_DIRECT)
    except OSError as error:
        if error.errno == errno.EINVAL:
            return None
        raise
    start = offset // BLOCK * BLOCK
    span = -(-(offset + length - start) // BLOCK) * BLOCK
    try:
        with mmap.mmap(-1, max(span, BLOCK)) as buffer:  # anonymous memory is aligned as direct reads need it
            with suppress(OSError):
                read = os.preadv(descriptor, [buffer], start)
                return buffer[offset - start : min(offset - start + length, read)]
            return None
    finally:
        os.close(descriptor)
