"""The keys by which patients are found: cheap, many, and alike however a name is spelt.

A name has codes: how it sounds, and how the names sound that it is a spelling of or short for. A name's key is the pair
of a family and a given name's codes, whichever comes first, so that swapped names meet. A day's key is a date of birth
with the first letters of both names, so that the days which a slip may have made are not read whole. `sounds` is a set
of bits, for each code one in each of several groups: a look-up by birth or postcode leaves out by them who cannot be
meant. Whoever shares a code has all its bits; of the others few have, and a few more at a postcode, where one group is
left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from zlib import crc32

from integration.matching.name_sets import name_sets
from integration.matching.people import Sought, Words
from integration.matching.spelling import REMEMBERED, sound

_SCHEME = 3  # raise it with every change of what follows

_GROUPS = (15, 15, 16, 17)  # bits of the sounds: 63 in all
Letters = tuple[int, ...]  # of names that stand together, by number
# In place of the last group a postcode's rows have a bit for each first letter; letters that are taken for each other
# count as one.
_LETTER_CLASSES = ("a", "b", "ckqx", "d", "eiy", "f", "gj", "h", "l", "m", "n", "ou", "p", "r", "sz", "t", "vw")
_LETTERS = {letter: place for place, letters in enumerate(_LETTER_CLASSES, 1) for letter in letters}
_INITIAL_BIT = {letter: 1 << (sum(_GROUPS[:-1]) + place - 1) for letter, place in _LETTERS.items()}
_INITIALS = ((1 << _GROUPS[-1]) - 1) << sum(_GROUPS[:-1])
_PAIRED = len(_LETTER_CLASSES) + 1
DAY = 512  # numbers for one day: more than there are pairs of first letters


def key_scheme() -> str:
    """The rule by which keys are made: this file's, and the names that are taken for one."""
    return f"{_SCHEME}.{name_sets().version}"


@dataclass(frozen=True, slots=True)
class Codes:
    """A name's codes as numbers, the bits of each and of all, those with first letters, these, what it counts as."""

    numbers: tuple[int, ...] = ()
    each: tuple[int, ...] = ()
    bits: int = 0
    sounds: int = 0
    letters: Letters = ()
    counted: tuple[tuple[str, str], ...] = ()


NO_CODES = Codes()


@lru_cache(REMEMBERED)
def family_codes(family: Words) -> Codes:
    """The codes of a family name: whole, and each part if it has several."""
    return _codes("f", family_forms(family), name_sets().spelt) if family else NO_CODES


@lru_cache(REMEMBERED)
def given_codes(given: Words) -> Codes:
    """The codes of given names, each word's; an initial has none."""
    return _codes("g", given, name_sets().called) if given else NO_CODES


def _codes(kind: str, forms: Sequence[str], names: Callable[[str], Iterable[str]]) -> Codes:
    codes = {sound(name) for form in forms if len(form) > 1 for name in (form, *names(form))}
    numbers = tuple(sorted(crc32(code.encode()) for code in codes))
    each, initials = tuple([_bits_of(number) for number in numbers]), 0
    bits = _any(each)
    for form in forms:
        initials |= _INITIAL_BIT[form[0]]
    letters = tuple({_LETTERS[form[0]] for form in forms})
    counted = tuple((kind, form) for form in dict.fromkeys(forms))
    return Codes(numbers, each, bits, at_place(bits) | initials, letters, counted)


def together(several: Sequence[Codes]) -> Codes:
    """The codes of several names as if they were one's."""
    numbers, each, letters, counted = set[int](), set[int](), set[int](), set[tuple[str, str]]()
    for codes in several:
        numbers.update(codes.numbers)
        each.update(codes.each)
        letters.update(codes.letters)
        counted.update(codes.counted)
    sounds = _any([codes.sounds for codes in several])
    return Codes(
        tuple(sorted(numbers)), tuple(each), _any(each), sounds, tuple(sorted(letters)), tuple(sorted(counted))
    )


def at_place(bits: int) -> int:
    """Bits as a postcode's rows have them: without the last group."""
    return bits & ~_INITIALS


def _bits_of(number: int) -> int:
    """A bit in each group, by independent parts of a code's number."""
    bits = first = 0
    for size in _GROUPS:
        number, place = divmod(number, size)
        bits |= 1 << (first + place)
        first += size
    return bits


@lru_cache(REMEMBERED)
def family_forms(family: Words) -> tuple[str, ...]:
    """A family name whole, and its parts if it has several."""
    whole = "".join(family)
    return (whole, *family) if len(family) > 1 else (whole,)


def name_keys(family: Codes, given: Codes) -> set[int]:
    """A key for each pair of codes; the order of the pair does not matter."""
    return {  # made of many patients: a call of `_signed` would take longer than all the rest
        (((f + g) * 0x9E3779B1 ^ f * g) & 0xFFFFFFFF) - 0x80000000 for f in family.numbers for g in given.numbers
    }


@lru_cache(REMEMBERED)
def letter_pairs(family: Letters, given: Letters) -> tuple[int, ...]:
    """A number for each pair of first letters, whichever comes first."""
    return tuple({min(f, g) * _PAIRED + max(f, g) for f in family for g in given})


def day_keys(birth: int | None, family: Letters, given: Letters) -> tuple[int, ...]:
    """The keys of a date of birth; one even where there is no letter."""
    pairs = letter_pairs(family or (0,), given or (0,))
    day = birth * DAY if birth else 0
    return (day + pairs[0],) if len(pairs) == 1 else tuple([day + pair for pair in pairs])


def days_of_letters(days: Iterable[int], pairs: Sequence[int]) -> list[int]:
    """The keys of days of birth with each of the pairs of first letters."""
    return [day * DAY + pair for day in days for pair in pairs]


@lru_cache(REMEMBERED)
def postcode_key(postcode: str) -> int:
    return _signed(crc32(postcode.encode()))


@lru_cache(REMEMBERED)
def number_key(nhs_number: int) -> int:
    """The key of an NHS number that a record gives beside its own; it stands where an unknown birth does."""
    return _signed(crc32(f"nhs {nhs_number}".encode()))


def _signed(number: int) -> int:
    return (number & 0xFFFFFFFF) - 0x80000000


@dataclass(slots=True)
class Lookup:
    """What to ask the index for one person."""

    nhs_number: int | None
    phones: list[int]
    births: Sequence[int]  # as given, day and month perhaps swapped
    slips: Sequence[int]  # what they may be by a slip
    letters: Sequence[int]  # pairs of the first letters of both names
    family: list[int]  # bits of each code
    given: list[int]
    given_initials: int
    postcodes: list[int]  # their own, and where the others of the case live
    names: list[int]  # sorted: the first so many are found, the same every time
    earliest: int  # birth, for look-ups by name alone
    latest: int
    about: tuple[int, int]  # birth, for somebody of a like age
    of_generation: tuple[int, int]  # birth, for somebody who may be the person if so much of it is wrong


def lookup_of(sought: Sought) -> Lookup:
    """All keys under which the person may stand in the index."""
    families = [family_codes(family) for family in sought.families]
    givens = [given_codes(given) for given in sought.givens]
    telling = [given_codes(_telling(given)) for given in sought.givens]
    given, asked = _bits_of_each(givens), families
    if not given:  # beside an initial the family name alone finds somebody, and it may be that of another of the case
        asked = [*families, *[family_codes(name) for names in sought.families_beside.values() for name in names]]
    earliest, latest = _births_within(sought)
    births, slips = _days_of_all(sought.births)
    postcodes = dict.fromkeys((*sought.postcodes, *[code for code, _ in sought.beside]))
    return Lookup(  # in the order of its fields: by name it takes half as long again
        int(sought.nhs_number) if sought.nhs_number else None,
        [int(digits) for digits in sought.phones],
        births,
        slips,
        letter_pairs(families[0].letters, givens[0].letters) if families and givens else (),
        _bits_of_each(asked),
        given,
        _initials_of(families, givens, dated=bool(births)),
        [postcode_key(code) for code in postcodes if code and code not in sought.crowded],
        sorted({key for family in families for given in telling for key in name_keys(family, given)}),
        earliest,
        latest,
        (sought.births[0] - _YEAR, sought.births[0] + _YEAR) if sought.births else (earliest, latest),
        (earliest - _DECADE, latest + _DECADE),
    )


def _bits_of_each(several: Sequence[Codes]) -> list[int]:
    return list(several[0].each) if len(several) == 1 else list({bits for codes in several for bits in codes.each})


def names_of_the_case(sought: Sought) -> list[int]:
    """Name keys of the person's given names with the family names of others of the case."""
    telling = [given_codes(_telling(given)) for given in sought.givens]
    families = [family_codes(name) for names in sought.families_beside.values() for name in names]
    return sorted({key for family in families for given in telling for key in name_keys(family, given)})


def other_letters(sought: Sought) -> tuple[int, ...]:
    """Pairs of first letters where the given name is written wrongly and the family name is another.

    Beside a letter of theirs stands that of a family name of the case; or any, where a middle name given may agree.
    """
    ours = _letters_of([*map(family_codes, sought.families), *map(given_codes, sought.givens)])
    of_case = [family_codes(name) for names in sought.families_beside.values() for name in names]
    pairs = set(letter_pairs(ours, _letters_of(of_case)))
    if any([len(given) > 1 for given in sought.givens]):
        firsts = _letters_of([given_codes(given[:1]) for given in sought.givens])
        pairs.update(letter_pairs(firsts, tuple(range(_PAIRED))))
    return tuple(sorted(pairs))


def _letters_of(names: Iterable[Codes]) -> Letters:
    return tuple(sorted({letter for name in names for letter in name.letters}))


def _initials_of(families: Sequence[Codes], givens: Sequence[Codes], *, dated: bool) -> int:
    """First letters of the given name; without a date of birth also of the family name, for the two may be swapped."""
    if not givens:
        return 0
    letters = givens[0].sounds if dated or not families else givens[0].sounds | families[0].sounds
    return letters & _INITIALS


def _telling(given: Words) -> Words:
    """The words of a given name but for what brothers share: as many as may be asked are called Mohammed alone."""
    if len(given) == 1:
        return given
    rest = tuple([word for word in given if len(word) > 1 and word not in name_sets().common_first])
    return rest or given


def _any(bits: Iterable[int]) -> int:
    found = 0
    for some in bits:
        found |= some
    return found


@lru_cache(REMEMBERED)
def slips_of(birth: int) -> tuple[int, ...]:
    """A date of birth, and what it may be by a usual slip: day and month swapped, years off, the day beside it."""
    day = date.fromordinal(birth)
    found = {birth, birth - 1, birth + 1, _swapped(birth)}
    for years in (-10, -2, -1, 1, 2, 10):
        found.add(_year_changed(day, day.year + years))
    return tuple(found)


@lru_cache(REMEMBERED)
def _days_of(birth: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A date of birth with day and month as they stand and swapped; and all else that it may be by a slip."""
    births = {birth, _swapped(birth)}
    return tuple(sorted(births)), tuple(sorted({*slips_of(birth)} - births))


def _days_of_all(births: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
    if len(births) == 1:
        return _days_of(births[0])
    days = {day for birth in births for day in _days_of(birth)[0]}
    return sorted(days), sorted({slip for birth in births for slip in slips_of(birth)} - days)


def _swapped(birth: int) -> int:
    day = date.fromordinal(birth)
    return day.replace(month=day.day, day=day.month).toordinal() if day.day <= 12 else birth


def _year_changed(day: date, year: int) -> int:
    year = min(max(year, 1), 9999)
    try:
        return day.replace(year=year).toordinal()
    except ValueError:
        return (day.replace(year=year, day=28) + timedelta(days=1)).toordinal()


_YEAR = 366
_DECADE = 10 * _YEAR


def _births_within(sought: Sought) -> tuple[int, int]:
    """Between which births a namesake may be the person: two years about a date, whose slips are asked for apart."""
    if sought.births:
        return min(sought.births) - 2 * _YEAR, max(sought.births) + 2 * _YEAR
    if sought.born_within:
        first, last = sought.born_within
        return first - _YEAR, last + _YEAR
    if sought.age is not None:
        return sought.today - (sought.age + 2) * _YEAR, sought.today - max(0, sought.age - 1) * 365
    return 0, sought.today + _YEAR
