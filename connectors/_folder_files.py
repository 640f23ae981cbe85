"""Files in a folder that others can write to: opened by folder descriptor, never through a link, never waited on.

Everything here works on descriptors, not on paths, so that nothing can be swapped underneath between check and use.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors._aside import ASIDE_FOLDER, Look
from connectors._drop_look import Entry
from connectors._oddities import Oddity

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # non-blocking: a pipe in the drop must not stop the service
_BLOCK = 1024 * 1024


class ChangedMeanwhile(Exception):
    """The file is no longer what the look saw."""


class HardLinked(Exception):
    """The file has another name, under which the sender may still need it."""


@contextmanager
def open_folder(path: Path) -> Iterator[int]:
    """The drop's descriptor. The configured path itself may be a link: that one is the administrator's."""
    fd = os.open(path, _FOLDER)
    try:
        yield fd
    finally:
        os.close(fd)


@contextmanager
def open_aside(drop: int) -> Iterator[int | None]:
    """The aside folder's descriptor, or None if it is not there; a link in its place is refused (ELOOP, ENOTDIR)."""
    try:
        fd = os.open(ASIDE_FOLDER, _FOLDER | os.O_NOFOLLOW, dir_fd=drop)
    except FileNotFoundError:
        yield None
        return
    try:
        yield fd
    finally:
        os.close(fd)


def make_aside(drop: int) -> bool:
    """Make the aside folder, durably; True if it was not there."""
    try:
        os.mkdir(ASIDE_FOLDER, 0o700, dir_fd=drop)
    except FileExistsError:
        return False
    os.fsync(drop)
    return True


def entries(folder: int) -> Iterator[Entry]:
    """What lies in a folder, with why it is not an ordinary file of this device; nothing is opened."""
    device = os.fstat(folder).st_dev
    with os.scandir(folder) as found:
        for one in found:
            try:
                status = one.stat(follow_symlinks=False)
            except FileNotFoundError:  # taken away while we looked
                continue
            yield Entry(one.name, _what(status, device))


def look_of(status: os.stat_result) -> Look:
    return Look(status.st_size, status.st_mtime_ns)


def look_at(folder: int, name: str) -> Look | None:
    """What lies under `name` now, or None if nothing or no ordinary file does."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return look_of(status) if stat.S_ISREG(status.st_mode) else None


def read_file(folder: int, name: str, expected: Look) -> bytes:
    """The whole file; raises `ChangedMeanwhile` unless it is, before and after, what the look saw."""
    fd = os.open(name, os.O_RDONLY | _FILE, dir_fd=folder)
    with open(fd, "rb", buffering=0) as file:
        before = os.fstat(fd)
        if _what(before, os.fstat(folder).st_dev) != expected:
            raise ChangedMeanwhile
        untrusted = bytearray()
        while len(untrusted) <= expected.size and (block := file.read(_BLOCK)):
            untrusted += block
        if len(untrusted) != expected.size or look_of(os.fstat(fd)) != expected:
            raise ChangedMeanwhile
        return bytes(untrusted)


def overwrite(folder: int, name: str) -> None:
    """Write random bytes over the file's own blocks and bring them to the disk; raises `HardLinked`.

    Random, so that no layer below can store a run of zeros as a note that there is nothing.
    """
    try:
        fd = os.open(name, os.O_WRONLY | _FILE, dir_fd=folder)
    except PermissionError:  # the sender's file, which we may remove but not write to
        return
    with open(fd, "wb", buffering=0) as file:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            return
        if status.st_nlink > 1:
            raise HardLinked
        left = status.st_size
        while left > 0:
            left -= file.write(os.urandom(min(left, _BLOCK)))
        os.fsync(fd)


def is_hard_linked(folder: int, name: str) -> bool:
    return os.stat(name, dir_fd=folder, follow_symlinks=False).st_nlink > 1


def is_link_or_special(folder: int, name: str) -> bool:
    return not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)


def _what(status: os.stat_result, device: int) -> Look | Oddity:
    mode = status.st_mode
    if stat.S_ISLNK(mode):
        return Oddity.SYMLINK
    if stat.S_ISDIR(mode):
        return Oddity.SUB_FOLDER
    if not stat.S_ISREG(mode):
        return Oddity.SPECIAL
    if status.st_dev != device:
        return Oddity.OTHER_DEVICE
    return Oddity.HARD_LINKED if status.st_nlink > 1 else look_of(status)
