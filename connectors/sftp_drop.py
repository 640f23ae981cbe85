"""CaseListSource: a folder on an SFTP server, the host key pinned, signed in by key, a deadline on every call.

What is set aside moves, by one rename, into `.flagtag-aside` beside the lists. Nothing is written to our own disk.
"""

from __future__ import annotations

import secrets
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

from paramiko import SFTPAttributes

from connectors._aside import (
    ASIDE_FOLDER,
    AsideCopy,
    FileRef,
    Look,
    aside_copy,
    belongs_to,
    check_arrival_id,
    shown_name,
)
from connectors._drop_look import DropLook, Entry, look_at
from connectors._oddities import Oddity
from connectors._probing import probes
from connectors._sftp_session import Sftp, SftpAccount, SftpSession, sftp_session
from connectors._sightings import Sightings
from connectors.limits import MIB, Limits
from integration.errors import DocumentRefused, Unavailable
from integration.ports import CaseListSource, Probe, UntrustedFile, Waiting

__all__ = ["SftpAccount", "SftpDrop"]

_BLOCK = 32 * 1024  # what every server serves; without read-ahead, which stalls some
_CHANGED = "a file changed after it was seen; it is read once it rests"
_NO_ASIDE = "the folder .flagtag-aside is missing: is path the right one? If somebody removed it, make it again"


class SftpDrop(CaseListSource):
    """A drop on an SFTP server; `path` is the folder, `monotonic` gives the seconds by which files rest."""

    def __init__(
        self,
        name: str,
        areas: tuple[str, ...],
        account: SftpAccount,
        path: str = ".",
        limits: Limits = Limits(),  # noqa: B008 - frozen
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name, self.areas = name, areas
        self._account, self._limits = account, limits
        self._inbox, self._aside = path.rstrip("/") or "/", f"{path.rstrip('/')}/{ASIDE_FOLDER}"
        self._sightings = Sightings(limits.settle_seconds, monotonic)
        self._last = DropLook()

    def waiting(self) -> Iterator[Waiting]:
        with self._session() as session, session.phase("list"):
            aside = _entries(session.client, self._aside) if _exists(session.client, self._aside) else ()
            self._last = look_at(_entries(session.client, self._inbox), aside, self._sightings)
        return iter(self._last.waiting)

    def settling(self) -> bool:
        return self._last.settling

    def oddities(self) -> Sequence[str]:
        return self._last.oddities

    def download(self, waiting: Waiting) -> Sequence[UntrustedFile]:
        ref = FileRef.parse(waiting.ref)
        if ref.look.size > self._limits.max_bytes:
            raise DocumentRefused(f"the file is larger than the limit of {self._limits.max_bytes // MIB} MiB")
        with self._session() as session:
            with session.phase("download"):
                untrusted_bytes = _read_file(session.client, self._path_of(ref), ref.look)
            if untrusted_bytes is None:
                raise Unavailable(self.name, "download", _CHANGED)
        return (UntrustedFile(shown_name(ref.name), untrusted_bytes),)

    def set_aside(self, waiting: Waiting, arrival_id: str) -> None:
        check_arrival_id(arrival_id)
        ref = FileRef.parse(waiting.ref)
        with self._session() as session, session.phase("set aside"):
            client = session.client
            if not _exists(client, self._aside):
                client.mkdir(self._aside, 0o700)
            if self._names_of(client, arrival_id) or _look(client, self._path_of(ref)) != ref.look:
                return
            _rename(client, self._path_of(ref), _path(self._aside, AsideCopy(arrival_id, ref.look).name))

    def is_aside(self, arrival_id: str) -> bool:
        with self._session() as session, session.phase("list"):
            return _exists(session.client, self._aside) and bool(self._names_of(session.client, arrival_id))

    def remove(self, arrival_id: str) -> None:
        check_arrival_id(arrival_id)
        with self._session() as session:
            self._check_aside(session)
            with session.phase("remove"):
                for name in self._names_of(session.client, arrival_id):
                    self._check_unchanged(session.client, name)
                    session.client.remove(_path(self._aside, name))

    def is_gone(self, arrival_id: str) -> bool:
        with self._session() as session:
            self._check_aside(session)
            with session.phase("remove"):
                return not self._names_of(session.client, arrival_id)

    def probe(self) -> Iterator[Probe]:
        return probes(
            self._session,
            ("resolve", "connect", "host key", "sign in"),
            (("list", self._try_listing), ("set aside", self._try_setting_aside)),
        )

    def recoverable_note(self) -> str:
        return (
            "Removed on the server and seen to be absent; not overwritten and not verified below the server's file"
            " layer. Snapshots, backups and journals of the server keep what they hold until its operator's retention"
            " ends."
        )

    def _session(self) -> AbstractContextManager[SftpSession]:
        return sftp_session(self.name, self._account, self._limits)

    def _path_of(self, ref: FileRef) -> bytes:
        return _path(self._aside if ref.aside else self._inbox, ref.name)

    def _names_of(self, client: Sftp, arrival_id: str) -> list[str]:
        return [name for name, _ in client.entries(self._aside) if belongs_to(name, arrival_id)]

    def _check_aside(self, session: SftpSession) -> None:
        """Where the aside folder is missing we have not looked, so nothing may be said about a copy."""
        with session.phase("remove"):
            there = _exists(session.client, self._aside)
        if not there:
            raise Unavailable(self.name, "remove", _NO_ASIDE)

    def _check_unchanged(self, client: Sftp, name: str) -> None:
        copy = aside_copy(name)
        if copy is None or _look(client, _path(self._aside, name)) != copy.look:
            raise Unavailable(self.name, "remove", _CHANGED)

    def _try_listing(self, session: SftpSession) -> None:
        for _ in session.client.entries(self._inbox):
            pass

    def _try_setting_aside(self, session: SftpSession) -> None:
        client = session.client
        name = f".flagtag-probe-{secrets.token_hex(8)}"
        made = not _exists(client, self._aside)
        if made:
            client.mkdir(self._aside, 0o700)
        before, after = _path(self._inbox, name), _path(self._aside, name)
        client.open(before, "wx").close()
        try:
            _rename(client, before, after)
        except OSError:
            client.remove(before)
            raise
        client.remove(after)
        if made:
            client.rmdir(self._aside)


def _entries(client: Sftp, folder: str) -> Iterator[Entry]:
    for name, attributes in client.entries(folder):
        if folder.endswith(ASIDE_FOLDER) and aside_copy(name) is None:
            continue
        yield Entry(name, _what(attributes))


def _what(attributes: SFTPAttributes) -> Look | Oddity:
    mode = attributes.st_mode
    if mode is not None and stat.S_ISLNK(mode):
        return Oddity.SYMLINK
    if mode is not None and stat.S_ISDIR(mode):
        return Oddity.SUB_FOLDER
    # a server that gives no type bits serves nothing but files
    if mode is not None and stat.S_IFMT(mode) and not stat.S_ISREG(mode):
        return Oddity.SPECIAL
    if attributes.st_size is None or attributes.st_mtime is None:
        return Oddity.NO_SIZE
    return Look(attributes.st_size, attributes.st_mtime)


def _look(client: Sftp, path: bytes) -> Look | None:
    try:
        what = _what(client.lstat(path))
    except FileNotFoundError:
        return None
    return what if isinstance(what, Look) else None


def _read_file(client: Sftp, path: bytes, expected: Look) -> bytes | None:
    """The whole file, or None if it is not, before and after, what the look saw."""
    if _look(client, path) != expected:
        return None
    untrusted = bytearray()
    with client.open(path, "rb") as file:
        while len(untrusted) <= expected.size and (block := file.read(_BLOCK)):
            untrusted += block
    whole = len(untrusted) == expected.size and _look(client, path) == expected
    return bytes(untrusted) if whole else None


def _rename(client: Sftp, before: bytes, after: bytes) -> None:
    """By OpenSSH's atomic rename; where a server lacks it, by the protocol's own, which is a link and an unlink."""
    try:
        client.posix_rename(before, after)
    except OSError as error:
        if type(error) not in (OSError, PermissionError):  # not there, or no answer: the other way would fail alike
            raise
        client.rename(before, after)


def _exists(client: Sftp, path: str) -> bool:
    try:
        client.stat(path)
    except FileNotFoundError:
        return False
    return True


def _path(folder: str, name: str) -> bytes:
    return f"{folder}/{name}".encode(errors="surrogateescape")
