"""Reading in a short-lived child: what a stranger sent never meets our keys, our database or the network.

The parent looks at size, first bytes and directory; a child without network, files or secrets parses; bounded,
schema-checked JSON comes back. This module stays light, because the child imports it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from integration.reading.layouts import NO_LAYOUTS, LayoutsToFollow
from integration.reading.limits import Limits

if TYPE_CHECKING:
    from integration.domain.case_list import Reading
    from integration.domain.explanation import Explained
    from integration.ports import TakenApart, UntrustedFile

__all__ = [
    "LayoutsToFollow",
    "Limits",
    "confinement",
    "explain_untrusted",
    "get_ready",
    "open_untrusted",
    "read_untrusted",
    "text_of",
]


def open_untrusted(
    file: UntrustedFile,
    passwords: Sequence[str] = (),
    layouts: LayoutsToFollow = NO_LAYOUTS,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Reading | TakenApart:
    """What a document says; of a mail or an archive its parts, unread. Raises `DocumentRefused` as below."""
    from integration.reading.parent import open_in_child

    return open_in_child(file, passwords, limits, layouts)


def read_untrusted(
    file: UntrustedFile,
    passwords: Sequence[str] = (),
    layouts: LayoutsToFollow = NO_LAYOUTS,
    limits: Limits = Limits(),  # noqa: B008 - a frozen value
) -> tuple[Reading, ...]:
    """What every document in a file says. Raises `DocumentRefused` with a fixed sentence if it cannot be read."""
    from integration.reading.parent import read_in_child

    return read_in_child(file, passwords, limits, layouts)


def explain_untrusted(
    file: UntrustedFile,
    passwords: Sequence[str] = (),
    layouts: LayoutsToFollow = NO_LAYOUTS,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> tuple[tuple[Reading, tuple[Explained, ...]], ...]:
    """`read_untrusted`, each reading with the place and the rule of its values; the same readings, by the same code."""
    from integration.reading.parent import explained_in_child

    return explained_in_child(file, passwords, limits, layouts)


def text_of(
    file: UntrustedFile,
    passwords: Sequence[str] = (),
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> str:
    """A file's content as plain text for its reader's eyes. Raises `DocumentRefused` if it cannot be read."""
    from integration.reading.parent import text_in_child

    return text_in_child(file, passwords, limits)


def get_ready() -> None:
    """Do now what the first child would else wait for; the second one finds it done."""
    import integration.reading.parent  # noqa: F401
    from integration.reading.sandbox import child_command
    from integration.reading.vocabulary import vocabulary

    child_command()
    vocabulary()


def confinement() -> str:
    """How the child is confined on this machine, for `flagtag check`; tried, not assumed."""
    from integration.reading.sandbox import tried_confinement

    return tried_confinement()
