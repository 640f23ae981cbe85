"""What a file system lets us claim about an overwrite in place, in words that a certificate can carry."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from integration.custody.private_files import reads_past_the_cache

_IN_PLACE = {"ext2", "ext3", "ext4", "xfs"}
_REMOTE = {"nfs", "nfs4", "cifs", "smb3", "fuse", "9p", "virtiofs", "ceph", "glusterfs"}
_MEMORY = {"tmpfs", "ramfs"}


@dataclass(frozen=True, slots=True)
class Mount:
    """The mount that a path lies on."""

    kind: str
    options: frozenset[str]


def assurance_of(path: Path) -> str:
    """One sentence: how sure an overwrite of this file is."""
    mount = mount_of(path)
    return wording(mount, direct=reads_past_the_cache(path), swap=_swap_is_on())


def wording(mount: Mount, *, direct: bool, swap: bool) -> str:
    """The sentence for one mount; the weaker the file system, the weaker the words."""
    seen = "read back from the disk" if direct else "read back through the cache"
    said = f"{_claim(mount)}; {seen}"
    return f"{said}; this machine swaps, so keys in use may have reached its swap space" if swap else said


def _claim(mount: Mount) -> str:
    kind = mount.kind.removeprefix("fuse.") if mount.kind.startswith("fuse.") else mount.kind
    if kind in _MEMORY:
        return f"{kind}: overwritten in memory; keys do not outlive a restart of this machine"
    if kind in _REMOTE or mount.kind.startswith("fuse"):
        return f"{kind}: downgraded: another machine or program stores the blocks, and what it keeps is unknown"
    if "data=journal" in mount.options:
        return f"{kind} with data=journal: downgraded: the journal may keep a copy until it is reused"
    if kind in _IN_PLACE:
        return f"{kind}: overwritten in place; blocks that a solid-state disk set aside are beyond reach"
    return f"{kind}: downgraded: not known to overwrite in place, the old bytes may stay until their blocks are reused"


def mount_of(path: Path, mountinfo: Path = Path("/proc/self/mountinfo")) -> Mount:
    """The mount that holds `path`: the last of those with the longest mount point."""
    wanted = Path(os.path.realpath(path))
    best, found = -1, Mount("unknown", frozenset())
    try:
        lines = mountinfo.read_text().splitlines()
    except OSError:
        return found
    for line in lines:
        left, _, right = line.partition(" - ")
        point = Path(left.split(" ")[4].replace("\\040", " "))
        kind, source, options = [*right.split(" "), "", ""][:3]
        if wanted.is_relative_to(point) and len(point.parts) >= best:
            best = len(point.parts)
            found = Mount(kind, frozenset(options.split(",")) | _ext4_options(kind, source))
    return found


def _ext4_options(kind: str, source: str) -> frozenset[str]:
    """The journal mode, which the mount table leaves out if the file system was made with it."""
    if kind != "ext4":
        return frozenset()
    try:
        return frozenset(Path(f"/proc/fs/ext4/{Path(source).name}/options").read_text().split())
    except OSError:
        return frozenset()


def _swap_is_on() -> bool:
    try:
        return len(Path("/proc/swaps").read_text().splitlines()) > 1
    except OSError:
        return True
