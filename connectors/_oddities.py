"""What a source leaves alone although it lies in the inbox: a fixed sentence for each kind, with a count, no names.

A thing that is refused without a word is a list that nobody misses, so each kind is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum


class Oddity(StrEnum):
    """Why something is not taken; the value is the sentence that an operator reads after the count."""

    SYMLINK = "symbolic link: links are never followed; put the file itself into the drop"
    SPECIAL = "pipe, socket or device: only ordinary files are taken; remove it"
    HARD_LINKED = "file that has another name (a hard link): copy it into the drop instead"
    OTHER_DEVICE = "file on another device: mount nothing inside the drop"
    SUB_FOLDER = "sub-folder: lists are taken from the drop itself; move its files up"
    ABANDONED = "upload that has stood unfinished for an hour: ask the sender to send it again"
    NO_SIZE = "file whose size the server does not tell: it cannot be seen to be whole"


def sentences(found: Counter[Oddity]) -> Sequence[str]:
    """One sentence a kind, in the order of the kinds."""
    return tuple(f"{found[kind]} left alone: {kind.value}" for kind in Oddity if found[kind])
