"""The keys by which patients are found: cheap, many, and alike however a name is spelt.

A name's key is the pair of its sounds, whichever comes first, so that swapped names meet. `sounds` is a set of bits,
one for each way in which a word of a name sounds: a look-up by birth or postcode leaves out those who share no bit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from zlib import crc32

from integration.matching.name_sets import name_sets
from integration.matching.people import Known, Sought, Words
from integration.matching.spelling import REMEMBERED, sound

_SOUND_BITS = 48  # above them, one bit for each first letter of a given name, some letters sharing one
_INITIAL_BITS = 12


def _signed(text: str) -> int:
    return crc32(text.encode()) - 0x80000000


@lru_cache(REMEMBERED)
def sound_bit(word: str) -> int:
    return 1 << (crc32(sound(word).encode()) % _SOUND_BITS)


def initial_bit(word: str) -> int:
    return 1 << (_SOUND_BITS + (ord(word[0]) - 97) % _INITIAL_BITS)


@lru_cache(REMEMBERED)
def name_key(one: str, other: str) -> int:
    """The key of a family name with a given name, in either order."""
    first, second = sorted((sound(one), sound(other)))
    return _signed(f"n{first}/{second}")


@lru_cache(REMEMBERED)
def postcode_key(postcode: str) -> int:
    return _signed(f"p{postcode}")


@lru_cache(REMEMBERED)
def family_forms(family: Words) -> tuple[str, ...]:
    """A family name whole, and its parts if it has several."""
    whole = "".join(family)
    return (whole, *family) if len(family) > 1 else (whole,)


@lru_cache(REMEMBERED)
def names_of(family: Words, given: Words) -> tuple[int, tuple[int, ...]]:
    """The sound bits and the keys of one name; a double given name counts by each of its words."""
    bits = initial_bit(given[0]) if given else 0
    for word in (*family_forms(family), *given):
        bits |= sound_bit(word)
    keys = {name_key(f, g) for f in family_forms(family) for g in given}
    return bits, tuple(keys)


def keys_of(known: Known) -> tuple[int, list[tuple[int, int | None]]]:
    """A patient's sound bits, and their keys with the bits that a look-up by that key may leave out by."""
    bits, names = names_of(known.family, known.given) if known.family else names_of((), known.given)
    if known.other_families or known.other_givens:
        for family in (known.family, *known.other_families):
            for given in (known.given, *known.other_givens):
                more_bits, more = names_of(family, given)
                bits |= more_bits
                names = tuple({*names, *more})
    keys: list[tuple[int, int | None]] = [(name, None) for name in names]
    for code in {known.postcode, *known.previous} - {""}:
        keys.append((postcode_key(code), bits))
    return bits, keys


@dataclass(slots=True)
class Lookup:
    """What to ask the index for one person."""

    nhs_number: int | None
    phones: list[int]
    births: list[int]
    sounds: int
    postcodes: list[int]
    names: list[int]
    earliest: int  # birth, for look-ups by name alone
    latest: int


def lookup_of(sought: Sought) -> Lookup:
    """All keys under which the person may stand in the index."""
    givens = {variant for given in sought.givens for word in given for variant in name_sets().variants(word)}
    families = {form for family in sought.families for form in family_forms(family)}
    spelt = families | {v for form in families for v in name_sets().same_spelling((form,))}
    sounds = 0
    for word in (*spelt, *givens):
        sounds |= sound_bit(word)
    if any(len(given[0]) == 1 for given in sought.givens):
        for given in sought.givens:
            sounds |= initial_bit(given[0])
    earliest, latest = _births_within(sought)
    return Lookup(
        nhs_number=int(sought.nhs_number) if sought.nhs_number else None,
        phones=[int(digits) for digits in sought.phones],
        births=sorted({day for birth in sought.births for day in slips_of(birth)}),
        sounds=sounds,
        postcodes=[postcode_key(code) for code in dict.fromkeys(sought.postcodes) if code],
        names=_name_keys(spelt, givens),
        earliest=earliest,
        latest=latest,
    )


def _name_keys(families: Iterable[str], givens: Iterable[str]) -> list[int]:
    return list({name_key(family, given) for family in families for given in givens if len(given) > 1})


@lru_cache(REMEMBERED)
def slips_of(birth: int) -> tuple[int, ...]:
    """A date of birth, and what it may be by a usual slip: day and month swapped, years off, the day beside it."""
    day = date.fromordinal(birth)
    found = {birth, birth - 1, birth + 1}
    if day.day <= 12:
        found.add(day.replace(month=day.day, day=day.month).toordinal())
    for years in (-10, -2, -1, 1, 2, 10):
        found.add(_year_changed(day, day.year + years))
    return tuple(found)


def _year_changed(day: date, year: int) -> int:
    year = min(max(year, 1), 9999)
    try:
        return day.replace(year=year).toordinal()
    except ValueError:
        return (day.replace(year=year, day=28) + timedelta(days=1)).toordinal()


_YEAR = 366


def _births_within(sought: Sought) -> tuple[int, int]:
    """Between which births a namesake may be the person: eleven years about a date, two about an age."""
    if sought.births:
        return min(sought.births) - 11 * _YEAR, max(sought.births) + 11 * _YEAR
    if sought.age is not None:
        return sought.today - (sought.age + 2) * _YEAR, sought.today - max(0, sought.age - 1) * 365
    return 0, sought.today + _YEAR
