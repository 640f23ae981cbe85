"""One look at a drop, folder or SFTP alike: what is a list and has settled, what still changes, what is odd."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from connectors._aside import FileRef, Look, aside_copy
from connectors._oddities import Oddity, sentences
from connectors._sightings import Sightings
from connectors._upload_names import is_hidden, is_unfinished
from integration.ports import Waiting

ABANDONED_AFTER_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a drop: an ordinary file with its look, or why it is not one."""

    name: str
    what: Look | Oddity


@dataclass(frozen=True, slots=True)
class DropLook:
    """What one look found."""

    waiting: tuple[Waiting, ...] = ()
    settling: bool = False
    oddities: Sequence[str] = ()


def look_at(inbox: Iterable[Entry], aside: Iterable[Entry], sightings: Sightings) -> DropLook:
    """Sort what lies there; copies that changed since they were set aside are offered like new files."""
    seen: dict[str, FileRef | Oddity] = {}
    unfinished = set()
    for entry in inbox:
        if is_hidden(entry.name):
            continue
        what = entry.what
        seen[f"inbox/{entry.name}"] = what if isinstance(what, Oddity) else FileRef(False, entry.name, what)
        if is_unfinished(entry.name):
            unfinished.add(f"inbox/{entry.name}")
    for entry in aside:
        copy = aside_copy(entry.name)
        if copy is not None and isinstance(entry.what, Oddity):
            seen[f"aside/{entry.name}"] = entry.what
        elif copy is not None and isinstance(entry.what, Look) and copy.look != entry.what:
            seen[f"aside/{entry.name}"] = FileRef(True, entry.name, entry.what)
    return _sorted(seen, unfinished, sightings)


def _sorted(seen: dict[str, FileRef | Oddity], unfinished: set[str], sightings: Sightings) -> DropLook:
    # oddities settle too: an upload by link and unlink has two names for a moment
    settled = sightings.look(seen)
    odd: Counter[Oddity] = Counter()
    waiting, settling = [], False
    for key, what in sorted(seen.items()):
        if key in unfinished and not isinstance(what, Oddity):
            odd[Oddity.ABANDONED] += sightings.unchanged_for(key) >= ABANDONED_AFTER_SECONDS
        elif key not in settled:
            settling = True
        elif isinstance(what, Oddity):
            odd[what] += 1
        else:
            waiting.append(Waiting(str(what), size=what.look.size))
    return DropLook(tuple(waiting), settling, sentences(odd))
