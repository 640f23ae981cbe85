"""CaseListSource: a folder into which somebody puts case lists, by hand, by a share or by another program.

A periodic scan is the truth. What is set aside moves, by one rename, into `.flagtag-aside` inside the same folder.
"""

from __future__ import annotations

import errno
import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from connectors import _folder_files as files
from connectors._aside import AsideCopy, FileRef, belongs_to, check_arrival_id, removing_name, shown_name
from connectors._drop_look import DropLook, look_at
from connectors._sightings import Sightings
from connectors.limits import MIB, Limits
from integration.errors import DocumentRefused, Unavailable
from integration.ports import CaseListSource, Probe, UntrustedFile, Waiting

_CHANGED = "a file changed after it was seen; it is read once it rests"
_NO_ASIDE = "the folder .flagtag-aside is missing: is the share mounted? If somebody removed it, make it again"
_REMEDIES = {
    errno.ENOENT: "the folder is not there: is the share mounted, and is path right?",
    errno.ENOTDIR: "path, or .flagtag-aside in it, is not a folder: correct path or remove what lies in its place",
    errno.ELOOP: "a symbolic link stands where a file or .flagtag-aside should be: remove it",
    errno.EACCES: "permission denied: give the service's account read and write access to the folder",
    errno.EPERM: "permission denied: give the service's account read and write access to the folder",
    errno.ENOSPC: "the disk is full: make room on it",
    errno.EROFS: "the folder is read-only: mount it for writing, or copies cannot be set aside",
    errno.EXDEV: "another device is mounted on .flagtag-aside: unmount it, a copy is moved by one rename",
}


class FolderDrop(CaseListSource):
    """A watched folder; `monotonic` gives the seconds by which files are seen to rest."""

    is_near = True

    def __init__(
        self,
        name: str,
        areas: tuple[str, ...],
        path: Path,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name, self.areas, self.path = name, areas, path
        self._limits = limits
        self._sightings = Sightings(limits.settle_seconds, monotonic)
        self._last = DropLook()

    def waiting(self) -> Iterator[Waiting]:
        with self._phase("list"), files.open_folder(self.path) as drop, files.open_aside(drop) as aside:
            copies = files.entries(aside) if aside is not None else ()
            self._last = look_at(files.entries(drop), copies, self._sightings)
        return iter(self._last.waiting)

    def settling(self) -> bool:
        return self._last.settling

    def oddities(self) -> Sequence[str]:
        return self._last.oddities

    def download(self, waiting: Waiting) -> Sequence[UntrustedFile]:
        ref = FileRef.parse(waiting.ref)
        if ref.look.size > self._limits.max_bytes:
            raise DocumentRefused(f"the file is larger than the limit of {self._limits.max_bytes // MIB} MiB")
        with self._phase("download"), self._folder_of(ref) as folder:
            untrusted_bytes = files.read_file(folder, ref.name, ref.look)
        return (UntrustedFile(shown_name(ref.name), untrusted_bytes),)

    def set_aside(self, waiting: Waiting, arrival_id: str) -> None:
        check_arrival_id(arrival_id)
        ref = FileRef.parse(waiting.ref)
        with self._phase("set aside"), files.open_folder(self.path) as drop:
            files.make_aside(drop)
            with files.open_aside(drop) as aside:
                if aside is None:
                    raise FileNotFoundError(errno.ENOENT, "")
                source = aside if ref.aside else drop
                lies_there = files.look_at(source, ref.name) == ref.look
                if lies_there and not _names_of(aside, arrival_id):
                    copy = AsideCopy(arrival_id, ref.look)
                    os.rename(ref.name, copy.name, src_dir_fd=source, dst_dir_fd=aside)
                os.fsync(aside)  # also when an earlier attempt moved it: that one may not have come so far
                os.fsync(drop)

    def is_aside(self, arrival_id: str) -> bool:
        with self._phase("list"), files.open_folder(self.path) as drop, files.open_aside(drop) as aside:
            return aside is not None and bool(_names_of(aside, arrival_id))

    def remove(self, arrival_id: str) -> None:
        check_arrival_id(arrival_id)
        with self._phase("remove"), self._aside() as aside:
            for name in _names_of(aside, arrival_id):
                _remove(aside, name, arrival_id)
            os.fsync(aside)

    def is_gone(self, arrival_id: str) -> bool:
        with self._phase("remove"), self._aside() as aside:
            return not _names_of(aside, arrival_id)

    def probe(self) -> Iterator[Probe]:
        for phase, attempt in (("list", self._try_listing), ("set aside", self._try_setting_aside)):
            try:
                with self._phase(phase):
                    attempt()
            except Unavailable as error:
                yield Probe(phase, False, error.reason)
                return
            yield Probe(phase, True)

    def recoverable_note(self) -> str:
        return (
            "Overwritten in place where its access rights allowed that, then removed and seen to be absent. On"
            " copy-on-write file systems and solid-state disks the old blocks may stay until they are reused;"
            " snapshots, backups and shadow copies of the folder keep what they hold until they expire."
        )

    @contextmanager
    def _aside(self) -> Iterator[int]:
        """The aside folder; where it is missing we have not looked, so nothing may be said about a copy."""
        with files.open_folder(self.path) as drop, files.open_aside(drop) as aside:
            if aside is None:
                raise Unavailable(self.name, "remove", _NO_ASIDE)
            yield aside

    @contextmanager
    def _folder_of(self, ref: FileRef) -> Iterator[int]:
        with files.open_folder(self.path) as drop, files.open_aside(drop) as aside:
            if not ref.aside:
                yield drop
            elif aside is not None:
                yield aside
            else:
                raise files.ChangedMeanwhile

    def _try_listing(self) -> None:
        with files.open_folder(self.path) as drop:
            for _ in files.entries(drop):
                pass

    def _try_setting_aside(self) -> None:
        name = f".flagtag-probe-{secrets.token_hex(8)}"
        with files.open_folder(self.path) as drop:
            made = files.make_aside(drop)
            try:
                with files.open_aside(drop) as aside:
                    os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=drop))
                    try:
                        os.rename(name, name, src_dir_fd=drop, dst_dir_fd=aside)
                    except OSError:
                        os.unlink(name, dir_fd=drop)
                        raise
                    os.unlink(name, dir_fd=aside)
            finally:
                if made:
                    os.rmdir(".flagtag-aside", dir_fd=drop)

    @contextmanager
    def _phase(self, phase: str) -> Iterator[None]:
        try:
            yield
        except files.ChangedMeanwhile:
            raise Unavailable(self.name, phase, _CHANGED) from None
        except files.HardLinked:
            reason = "the copy has another name (a hard link): remove that one, so that ours is the last"
            raise Unavailable(self.name, phase, reason) from None
        except OSError as error:
            # never the error's own text: it quotes the file's name
            reason = _REMEDIES.get(error.errno or 0) or f"{os.strerror(error.errno or errno.EIO)}: check the folder"
            raise Unavailable(self.name, phase, reason) from None


def _names_of(aside: int, arrival_id: str) -> list[str]:
    return [name for name in os.listdir(aside) if belongs_to(name, arrival_id)]


def _remove(aside: int, name: str, arrival_id: str) -> None:
    """(1) see that it is what we read, (2) give it a name that says that it goes, (3) overwrite, (4) unlink."""
    final = removing_name(arrival_id)
    if name != final:
        if files.is_hard_linked(aside, name):
            raise files.HardLinked
        if name != _name_as_it_looks(aside, name, arrival_id):  # (1)
            raise files.ChangedMeanwhile
        os.rename(name, final, src_dir_fd=aside, dst_dir_fd=aside)  # (2) a kill after this resumes at (3)
        os.fsync(aside)
    if not files.is_link_or_special(aside, final):
        files.overwrite(aside, final)  # (3)
    os.unlink(final, dir_fd=aside)  # (4)


def _name_as_it_looks(aside: int, name: str, arrival_id: str) -> str | None:
    look = files.look_at(aside, name)
    return AsideCopy(arrival_id, look).name if look else None
