"""Names of the copies that are set aside: which arrival, and what its copy looked like when we read it.

The sender's own name is given up, for it may hold a person's. Size and time stay in the name because a sender that
stalled may go on writing into a file after it was moved: a copy that no longer looks like its name has content that
we never read. It is offered again and never removed unread.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

ASIDE_FOLDER = ".flagtag-aside"

_ARRIVAL = re.compile(r"[A-Za-z0-9_]{1,64}")
_COPY = re.compile(r"([A-Za-z0-9_]{1,64})\.(\d+)\.(-?\d+)")


@dataclass(frozen=True, slots=True)
class Look:
    """What a file looked like: its size, and when it was last written, in the unit of its system."""

    size: int
    written: int


@dataclass(frozen=True, slots=True)
class AsideCopy:
    """The name of one copy that is set aside."""

    arrival_id: str
    look: Look

    @property
    def name(self) -> str:
        return f"{self.arrival_id}.{self.look.size}.{self.look.written}"


def aside_copy(name: str) -> AsideCopy | None:
    """The copy that such a name stands for, or None if it is not one of ours."""
    found = _COPY.fullmatch(name)
    return AsideCopy(found[1], Look(int(found[2]), int(found[3]))) if found else None


def removing_name(arrival_id: str) -> str:
    """The name that a copy bears while it is overwritten: whatever is in it then, nobody will read it again."""
    return f"{arrival_id}.removing"


def belongs_to(name: str, arrival_id: str) -> bool:
    """Whether a name in the aside folder is that of `arrival_id`'s copy, in whatever stage."""
    copy = aside_copy(name)
    return name == removing_name(arrival_id) or (copy is not None and copy.arrival_id == arrival_id)


def check_arrival_id(arrival_id: str) -> None:
    """Raise `ValueError` for an id that could be read as a path or as another arrival's."""
    if not _ARRIVAL.fullmatch(arrival_id):
        raise ValueError("an arrival id is 1 to 64 letters, digits or underscores")


@dataclass(frozen=True, slots=True)
class FileRef:
    """Which file a `Waiting` means: where it lies, its name, and what it looked like. Plain ASCII once written down."""

    aside: bool  # a copy that changed after it was set aside
    name: str
    look: Look

    def __str__(self) -> str:
        place = "aside" if self.aside else "inbox"
        return f"{place}/{self.look.size}/{self.look.written}/{quote(self.name, safe='', errors='surrogateescape')}"

    @classmethod
    def parse(cls, ref: str) -> FileRef:
        place, size, written, name = ref.split("/")
        return cls(place == "aside", unquote(name, errors="surrogateescape"), Look(int(size), int(written)))


def shown_name(name: str) -> str:
    """A file's name as text that can be encoded, whatever bytes the sender used."""
    return name.encode(errors="surrogateescape").decode(errors="replace")
