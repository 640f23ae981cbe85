"""Addresses as written: the postcode apart, and nothing where a cell says that there is none."""

from __future__ import annotations

import re

from integration.domain.people import Address
from mappings.case_lists.content import squeeze
from mappings.case_lists.vocabulary import Vocabulary

# Any postcode's shape, not only those that exist: test data has others, and a typing error is still a postcode.
POSTCODE = re.compile(r"\b([A-Z]{1,2}[0-9][0-9A-Z]?)[ \u00a0]{0,2}([0-9][A-Z]{2})\b", re.IGNORECASE)
_STARTS_WITH_NUMBER = re.compile(r"^\W*(?:\d{1,4}[a-z]?(?:\s?[-/]\s?\d{1,4}[a-z]?)?)\b\s*,?\s*[A-Za-z]", re.IGNORECASE)
_FLAT = re.compile(r"\b(?:flat|apartment|apt|unit|room|plot|block|floor|po box)\s+\w{1,4}\b", re.IGNORECASE)
_STATES_NONE = re.compile(r"\bnfa\b|no fixed a", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_][\w'\u2019\-]*")


def postcode_of(text: str) -> str | None:
    """The postcode in a text, in its usual writing."""
    match = POSTCODE.search(text)
    return f"{match[1]} {match[2]}".upper() if match else None


def looks_like_an_address(text: str, vocabulary: Vocabulary) -> bool:
    """Whether a text has a postcode, a house number, a flat, or a street of two words or more."""
    if POSTCODE.search(text) or _FLAT.search(text) or _STARTS_WITH_NUMBER.search(text):
        return True
    parts = [_WORD.findall(part) for part in re.split(r"[,\n]", text)]
    streets = [part for part in parts if len(part) > 1 and part[-1].casefold() in vocabulary.cells["streets"]]
    return bool(streets) and not any(char.isdigit() for char in text.split(",", maxsplit=1)[0][-3:])


def read_addresses(text: str, vocabulary: Vocabulary) -> tuple[Address, ...]:
    """The addresses in a text: one, or as many as there are postcodes."""
    if vocabulary.says_nothing(text):
        return ()
    found, at = [], 0
    for match in POSTCODE.finditer(text):
        found.append(_address(text[at : match.start()], f"{match[1]} {match[2]}".upper(), vocabulary))
        at = match.end()
    rest = text[at:]
    if not found or looks_like_an_address(rest, vocabulary):
        found.append(_address(rest, None, vocabulary))
    return tuple(address for address in found if address.line or address.postcode)


def _address(text: str, postcode: str | None, vocabulary: Vocabulary) -> Address:
    line = squeeze(re.sub(r"\s*\n\s*", ", ", text.strip())).strip(" ,;:-\u2013.()")
    line = re.sub(r"(?:,\s*){2,}", ", ", line)
    return Address("" if _STATES_NONE.search(line) or vocabulary.says_nothing(line) else line, postcode)
