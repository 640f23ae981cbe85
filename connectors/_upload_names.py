"""Which names in a drop are lists, and which mark an upload that is under way or a file that is nobody's list."""

from __future__ import annotations

# WinSCP, FileZilla and browsers write under such a name and rename when they are done.
_UNFINISHED = (".part", ".filepart", ".partial", ".crdownload", ".download", ".tmp", ".temp", ".writing", ".uploading")


def is_hidden(name: str) -> bool:
    """Names that a person would not see in the folder: dot files, Office's lock files, editors' leavings."""
    return name.startswith((".", "~$")) or name.endswith((".swp", "~")) or name.casefold() in _SYSTEM_FILES


_SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini"})


def is_unfinished(name: str) -> bool:
    """Whether the name itself says that the upload is under way."""
    return name.casefold().endswith(_UNFINISHED)
