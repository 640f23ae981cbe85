"""Free text in research forms and minutes: whether it may name somebody who was not found."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mappings.case_lists.gathering import Gathering
from mappings.case_lists.vocabulary import words_of

_WORD = re.compile(r"[^\W\d_][\w'\u2019\-&]*")


def may_name_somebody(text: str, gathering: Gathering) -> bool:
    """Whether a capitalised word is neither a plain word of such documents nor the name of somebody found.

    This errs on the side of asking a person: a document is destroyed on the strength of the answer.
    """
    known = _known_names(gathering)
    vocabulary = gathering.vocabulary
    for word in _WORD.findall(text):
        if not word[0].isupper():
            continue
        bare = re.sub(r"['\u2019]s$", "", word).casefold()
        if bare in vocabulary.plain or bare.removesuffix("s") in vocabulary.plain or bare in known:
            continue
        if bare in vocabulary.cells["titles"]:
            continue
        if (
            words_of(word) in vocabulary.roles
            or words_of(word) in vocabulary.ignored
            or words_of(word) in vocabulary.meeting
        ):
            continue
        return True
    return False


def _known_names(gathering: Gathering) -> set[str]:
    """Every word of every name found, and of the areas named."""
    names: set[str] = set()
    for case in gathering.cases.values():
        for person in case.people:
            for name in person.names:
                names.update(_words(f"{name.family} {name.given}"))
    for area, _ in gathering.areas:
        names.update(_words(area))
    return names


def _words(text: str) -> Iterable[str]:
    return (part.casefold() for part in _WORD.findall(text))
