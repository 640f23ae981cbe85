"""Whether two addresses are one place: by postcode and house, else by what their lines say."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from integration.matching.people import Dwelling, Known, Sought
from integration.matching.spelling import FEW_REMEMBERED, house, is_kind_of_street, place

# From what ties two addresses most closely to what ties them least.
OUTCOMES = (
    *("place", "postcode", "previous", "slip", "line", "neighbour", "crowd", "near", "street", "sector"),
    *("different", "neither", "missing"),
)
CROWD = "crowd"
_AT_POSTCODE = frozenset({"place", "postcode", "neighbour", "previous"})
_ORDER = {level: rank for rank, level in enumerate(OUTCOMES)}
_ALIKE = 0.7  # of the shorter line's letters in threes: a slip or two in a street and a town
_MANY = 12  # threes of letters: a street and a town, not a street alone


def compare_address(sought: Sought, known: Known | Dwelling) -> str:
    """The best of the addresses that a list gives, against the current and the previous ones."""
    best, theirs = "missing", known.postcode
    for ours, line in zip(sought.postcodes, sought.lines, strict=True):
        level = _compare_one(ours, line, theirs, known)
        if ours in sought.crowded and level in _AT_POSTCODE:
            level = CROWD
        if _ORDER[level] < _ORDER[best]:
            best = level
    return "neither" if best == "different" and known.previous else best


def _compare_one(ours: str, line: str, theirs: str, known: Known | Dwelling) -> str:
    if ours and ours == theirs:
        mine, yours = house(line), house(known.line)
        if mine and yours:
            return "place" if mine == yours else "neighbour"
        return CROWD if _is_nowhere(ours, line) or _is_nowhere(ours, known.line) else "postcode"
    if ours and ours in known.previous:
        return CROWD if _is_nowhere(ours, line) else "previous"
    if not ours or not theirs:
        level = _compare_lines(line, known.line)
        return level if level == "line" else _by_long_line(line, known.line) or "missing"
    if len(ours) == len(theirs) and OSA.distance(ours, theirs, score_cutoff=1) <= 1:
        return {"line": "slip", "street": "street"}.get(_compare_lines(line, known.line), "near")
    return _by_long_line(line, known.line) or ("sector" if ours[:-2] == theirs[:-2] else "different")


_NOWHERE = re.compile(
    r"\b(nfa|homeless|no fixed|sofa.?surf\w*|hostel|refuge|hmp|prison|hospital"
    r"|withheld|confidential|redacted|unknown|undisclosed"
    r"|not (known|disclosed|given|provided|stated|recorded|available|specified))\b"
)
_PSEUDO = "ZZ99"  # postcodes that the NHS gives to whoever has none: of no fixed abode, unknown, a country abroad


@lru_cache(FEW_REMEMBERED)
def says_nowhere(line: str) -> bool:
    """Whether a line says that there is no home, or none is told, or names where many live without a number."""
    return not house(line) and bool(_NOWHERE.search(line.casefold()))


def _is_nowhere(postcode: str, line: str) -> bool:
    return says_nowhere(line) or (postcode.startswith(_PSEUDO) and not house(line))


class _Line(NamedTuple):
    """An address line as it is compared: its numbers, and its names' letters, also in threes, without any blank."""

    numbers: frozenset[str]
    letters: str
    threes: frozenset[str]


def _by_long_line(ours: str, theirs: str) -> str:
    """What two lines say against their postcodes: every town has that street, so both have to name more."""
    if len(ours) < _MANY or len(theirs) < _MANY:
        return ""  # nearly always: quick to see
    much = len(_line(ours).threes) >= _MANY <= len(_line(theirs).threes)
    return _compare_lines(ours, theirs) if much else ""


@lru_cache(FEW_REMEMBERED)
def _compare_lines(ours: str, theirs: str) -> str:
    """The same house in the same street, the street alone, or neither."""
    if says_nowhere(ours) or says_nowhere(theirs):
        return ""
    if len(place(ours)) >= 3 and place(ours) == place(theirs):
        return "line"  # a house may have a name and no number
    one, other = _line(ours), _line(theirs)
    if not _are_alike(one, other):
        return ""
    return "line" if one.numbers and one.numbers == other.numbers else "street"


def _are_alike(one: _Line, other: _Line) -> bool:
    """Threes of letters bear slips, blanks and parts in another order or left out; short names have too few of them."""
    fewer = min(len(one.threes), len(other.threes))
    if fewer >= 5 and len(one.threes & other.threes) >= _ALIKE * fewer:
        return True
    return fewer > 0 and OSA.distance(one.letters, other.letters, score_cutoff=1) <= (fewer >= 3)


@lru_cache(FEW_REMEMBERED)
def _line(text: str) -> _Line:
    letters = "".join(word for word in place(text) if word.isalpha() and not is_kind_of_street(word))
    threes = frozenset(letters[at : at + 3] for at in range(len(letters) - 2))
    return _Line(frozenset(house(text).split()), letters, threes)
