"""What a list says and nothing is made of: nobody has to settle it, but whoever decides about a case should know."""

from __future__ import annotations

import re
from enum import StrEnum

from mappings.case_lists.vocabulary import Vocabulary, words_of

_BETWEEN = re.compile(r"[\n;,/()]|&|\band\b", re.IGNORECASE)


class Remark(StrEnum):
    """Every such remark: a fixed sentence, which never quotes the document."""

    VAGUE_AGE = "an age is given only roughly, and is not used"
    UNNAMED = "somebody stands there whose name is not known; nobody is looked for"


def tells_of_somebody_unnamed(text: str, vocabulary: Vocabulary, *, beside_others: bool) -> bool:
    """Whether "Unknown" stands in a name's place; beside people it may be their address, and only more words tell."""
    plain = vocabulary.unnamed_person if beside_others else vocabulary.unnamed
    return words_of(text) in plain or any(words_of(part) in plain for part in _BETWEEN.split(text))
