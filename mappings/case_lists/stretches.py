"""A text about several people cut into stretches that name one each: at "and", and at commas between whole names."""

from __future__ import annotations

import re

from mappings.case_lists.names import ALIAS, is_caps, without_titles
from mappings.case_lists.vocabulary import Vocabulary


def people_in(text: str, vocabulary: Vocabulary) -> list[str]:
    """The stretches of a text that "and", "&" or "+" part; commas part them only where each side is a whole name."""
    parts = [part.strip(" ,") for part in re.split(r"\s(?:and|&|\+)\s", text) if part.strip(" ,")]
    if len(parts) > 1 and all(len(word.split()) == 1 for part in parts for word in part.split(",")):
        return [word.strip() for part in parts for word in part.split(",")]  # Tom, Amy and Jo
    return [one for part in parts for one in _by_commas(part, vocabulary)]


def _by_commas(text: str, vocabulary: Vocabulary) -> list[str]:
    """ "Tom Smith, Amy Smith" are two; "SMITH, Tom" and "Smith, Tom Lee" are one; "Tom, Amy, Jo" are three."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) < 2 or ALIAS.search(text):
        return [text]
    bare = [without_titles(part.split(), vocabulary) for part in parts]  # "Mr SMITH, John Paul" is one
    sizes = [len(words) for words in bare]
    if bare[0][0].islower():  # van der Berg, Tom Lee
        return [text]
    if all(size > 1 for size in sizes) and not is_caps(bare[0][0]):
        return parts
    if len(parts) > 2 and all(size == 1 for size in sizes) and not is_caps(parts[0]):
        return parts
    pairs = [bare[at : at + 2] for at in range(0, len(parts), 2)]
    if len(parts) > 2 and len(parts) % 2 == 0 and all(is_caps(pair[0][0]) for pair in pairs):
        return [", ".join(parts[at : at + 2]) for at in range(0, len(parts), 2)]
    return [text]
