"""What comes of comparing a person sought with a patient known, field by field. Missing is not disagreement."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rapidfuzz.distance import OSA

from integration.matching.births import compare_births
from integration.matching.name_sets import name_sets
from integration.matching.people import Known, Named, Sought, Words
from integration.matching.places import compare_address
from integration.matching.spelling import sound

EXACT, SPELLING, SHORT, TYPO, SLIPS, SOUND, CLOSE = "exact", "spelling", "short", "typo", "slips", "sound", "close"
ALIAS, PART, FIRST, MIDDLE, INITIAL = "alias", "part", "first", "middle", "initial"
DIFFERENT, NONE, MISSING, SAME, PAST = "different", "none", "missing", "same", "past"
CASE, NOBODY = "case", "nobody"
# From what ties two names most closely to what ties them least.
_FALLING = (
    EXACT,
    ALIAS,
    SPELLING,
    SHORT,
    PART,
    TYPO,
    SLIPS,
    SOUND,
    FIRST,
    MIDDLE,
    INITIAL,
    CLOSE,
    CASE,
    DIFFERENT,
    NOBODY,
    NONE,
    MISSING,
)
_ORDER = {level: rank for rank, level in enumerate(_FALLING)}
_ALIKE = frozenset(_FALLING[: _ORDER[SOUND] + 1])  # two words that may be one name
_WEAK = frozenset(_FALLING[_ORDER[INITIAL] :])
_WEAKEST = _WEAK - {INITIAL}
_HALF = _WEAK | {FIRST}  # a word of the given names, which may be no more than what brothers share


class Agreement(NamedTuple):
    """One field's outcome; for names also the words compared, whose rarity decides what agreement is worth."""

    level: str
    ours: str = ""
    theirs: str = ""


# which words they were says nothing
ABSENT, _UNLIKE, _NOBODYS = Agreement(MISSING), Agreement(DIFFERENT), Agreement(NOBODY)


# The outcomes of given, family and middle name; and whether they agree the other way round.
Names = tuple[Agreement, Agreement, Agreement, bool]


class Comparison(NamedTuple):
    """All fields' outcomes for one pair."""

    given: Agreement
    family: Agreement
    middle: Agreement
    birth: str
    sex: str
    address: str
    phone: str
    nhs_number: str
    swapped: bool


class Found(NamedTuple):
    """A patient found for somebody, and what came of comparing the two."""

    known: Known
    compared: Comparison


def known_among(found: Iterable[Found]) -> list[Known]:
    """The patients alone."""
    return [one.known for one in found]


def compare(sought: Sought, known: Known) -> Comparison:
    """Compare every field."""
    given, family, middle, swapped = compare_names(sought, known)
    return Comparison(
        given,
        family,
        middle,
        compare_births(sought, (known.birth, *known.other_births)),
        compare_sex(sought.sex, known.sex),
        compare_address(sought, known),
        compare_phone(sought.phones, known.phone),
        compare_nhs_numbers(sought, (known.nhs_number, *known.other_numbers)),
        swapped,
    )


def compare_names(sought: Sought, known: Known | Named) -> Names:
    """Given and family name, also the other way round, since lists swap them."""
    given, middle = _best_given(sought, known)
    family = _best_family(sought, known)
    if given.level in _HALF and (family.level in _WEAK or len(sought.families) > 1):
        turned = _other_way_round(sought, known)
        if turned and (_agree(turned) or (given.level in _WEAK and family.level in _WEAK)):
            return turned
    return given, family, middle, False


def compare_words(one: str, other: str) -> str:
    """How two words of a name stand to each other."""
    if one == other:
        return EXACT if len(one) > 1 else INITIAL  # a letter alone is one, on either side
    if len(one) == 1 or len(other) == 1:
        return INITIAL if one[0] == other[0] else DIFFERENT
    sets = name_sets()
    if one in sets.names and other in sets.names:
        if sets.are_spellings(one, other):
            return SPELLING
        if sets.are_short_forms(one, other):
            return SHORT
    return _spelt_apart(one, other)


def _spelt_apart(one: str, other: str) -> str:
    """How far two names are apart that no list takes for one."""
    shorter = len(one) if len(one) < len(other) else len(other)  # `min` takes twice as long as what follows
    distance = OSA.distance(one, other, score_cutoff=3)
    if distance <= 2:  # seldom
        if distance <= (2 if shorter >= 8 else 1) and shorter >= 3:
            return TYPO
        if shorter >= 4 and one[0] == other[0]:
            return SLIPS
    if shorter >= 4 and sound(one) == sound(other):
        return SOUND
    if (distance <= (3 if shorter >= 8 else 2) and shorter >= 4) or one[:shorter] == other[:shorter]:
        return CLOSE
    return DIFFERENT


def _best_given(sought: Sought, known: Known | Named) -> tuple[Agreement, Agreement]:
    if not sought.givens or not known.given:
        return ABSENT, ABSENT
    if len(sought.givens) == 1 and not known.other_givens:
        return compare_given(sought.givens[0], known.given, known.middle)
    found = [
        compare_given(ours, theirs, known.middle)
        for ours in sought.givens
        for theirs in (known.given, *known.other_givens)
    ]
    return min(found, key=lambda pair: _ORDER[pair[0].level])


def compare_given(ours: Words, theirs: Words, middle: Words) -> tuple[Agreement, Agreement]:
    """Given names and what follows them: a list writes middle names, or half of a double name, into one cell."""
    if not ours or not theirs:
        return ABSENT, ABSENT
    seldom = name_sets().in_a_names_place
    if (ours[0] in seldom or theirs[0] in seldom) and (names_nobody(ours) or names_nobody(theirs)):
        return ABSENT, ABSENT
    several = len(ours) + len(theirs) > 2
    if ours == theirs or (several and "".join(ours) == "".join(theirs)):
        whole = "".join(ours)
        level = EXACT if len(whole) > len(ours) else INITIAL  # letters alone are initials, on either side
        return Agreement(level, whole, whole), ABSENT
    first = compare_words(ours[0], theirs[0])
    if first not in _ALIKE and first != INITIAL:
        if _is_abbreviated(ours[0], theirs[0]):
            first = INITIAL
        another = _compare_others(ours, theirs, middle) if several or middle else None
        return another or (_UNLIKE if first == DIFFERENT else Agreement(first, ours[0], theirs[0]), ABSENT)
    if several and first in _ALIKE and theirs[0] in name_sets().common_first:
        return _after_common_first(ours, theirs, middle, first)
    after = _after_first(ours) if len(ours) > 1 else ()
    return Agreement(first, ours[0], theirs[0]), _compare_middle(after, theirs[1:] + middle)


def _is_abbreviated(ours: str, theirs: str) -> bool:
    """Whether a list gives two letters that are no name: Wm, Ch or Sh says no more than its first letter."""
    return len(ours) == 2 < len(theirs) and ours[0] == theirs[0] and not name_sets().knows(ours)


def _compare_others(ours: Words, theirs: Words, middle: Words) -> tuple[Agreement, Agreement] | None:
    """Where the first names differ: another of several names, or a middle name, that people go by."""
    for word in theirs[1:]:
        if _are_one_name(ours[0], word):
            return Agreement(PART, ours[0], word), _compare_middle(ours[1:], middle)
    for word in ours[1:]:
        if _are_one_name(word, theirs[0]):
            # one may bear as a middle name what a twin is called
            return Agreement(PART if ours[0] in name_sets().common_first else FIRST, word, theirs[0]), ABSENT
    for word in middle:
        if _are_one_name(ours[0], word):
            return Agreement(MIDDLE, ours[0], word), ABSENT
    return None


def _are_one_name(one: str, other: str) -> bool:
    """Whether two whole names are the same, but for their spelling."""
    return (one == other or name_sets().are_spellings(one, other)) and len(one) > 1 < len(other)


def names_nobody(name: Words) -> bool:
    """Whether a given name is missing, or only stands in a name's place."""
    if not name:
        return True
    sets, first = name_sets(), name[0]
    return first in sets.no_names or (len(name) == 1 and first in sets.no_given_names)


def _after_first(ours: Words) -> Words:
    """What follows the first name; the same name once more says nothing more."""
    return tuple([word for word in ours[1:] if word != ours[0]])


def _after_common_first(ours: Words, theirs: Words, middle: Words, first: str) -> tuple[Agreement, Agreement]:
    """Brothers may all be Mohammed: what follows tells them apart."""
    if len(ours) > 1 and len(theirs) > 1:
        second = compare_words(ours[1], theirs[1])
        return Agreement(second, ours[1], theirs[1]), _compare_middle(ours[2:], theirs[2:] + middle)
    if len(ours) > 1:
        second = _compare_middle(ours[1:], middle)[0]
        if second in (EXACT, INITIAL):
            return Agreement(first, ours[0], theirs[0]), _compare_middle(ours[1:], middle)
    return Agreement(FIRST, ours[0], theirs[0]), ABSENT


def _compare_middle(ours: Words, theirs: Words) -> Agreement:
    if not ours or not theirs:
        return ABSENT
    initial = ABSENT
    for one in ours:
        for other in theirs:
            level = compare_words(one, other)
            if level in (EXACT, SPELLING, TYPO) and len(one) > 1:
                return Agreement(EXACT, one, other)
            if one[0] == other[0] and (len(one) == 1 or len(other) == 1):
                initial = Agreement(INITIAL, one, other)
    return initial if initial is not ABSENT else _UNLIKE


def _best_family(sought: Sought, known: Known | Named) -> Agreement:
    best = _best_stated_family(sought, known)
    if sought.in_company and best.level in (DIFFERENT, NONE):
        of_case = _family_of_the_case(sought, known) if sought.families_beside else None
        return of_case or (_NOBODYS if best.level == DIFFERENT else best)
    return best


def _family_of_the_case(sought: Sought, known: Known | Named) -> Agreement | None:
    """Who married or parted is listed by one name and recorded by another: mostly that of somebody they live with.

    Only names of one first letter are looked at, which is seldom misspelt: this is asked of nearly everybody found.
    """
    for theirs in (known.family, *known.other_families) if known.other_families else (known.family,):
        for word in theirs:
            for ours in sought.families_beside.get(word[0], ()):
                found = compare_family(ours, theirs)
                if found.level in (EXACT, SPELLING, TYPO, PART):
                    return Agreement(CASE, found.ours, found.theirs)
    return None


def _best_stated_family(sought: Sought, known: Known | Named) -> Agreement:
    if not sought.families or not known.family:
        return ABSENT
    best = compare_family(sought.families[0], known.family)
    if best.level != EXACT and (known.other_families or len(sought.families) > 1):
        for ours in sought.families:
            for theirs in (known.family, *known.other_families):
                found = compare_family(ours, theirs)
                if found.level == EXACT:
                    return Agreement(ALIAS, found.ours, found.theirs)
                if _ORDER[found.level] < _ORDER[best.level]:
                    best = found
        if best.level == DIFFERENT:
            return Agreement(NONE)
    return best


def compare_family(ours: Words, theirs: Words) -> Agreement:
    """Family names, whole and by the parts of a double-barrelled one."""
    nobody = name_sets().no_names
    if not ours or not theirs or ours[0] in nobody or theirs[0] in nobody:
        return ABSENT
    several = len(ours) + len(theirs) > 2
    one, other = ("".join(ours), "".join(theirs)) if several else (ours[0], theirs[0])
    level = compare_words(one, other)
    if level == SHORT:  # Belle is short for nothing where it is a family name, and Bell with a slip
        level = _spelt_apart(one, other)
        level = CLOSE if level == DIFFERENT else level
    if several and _ORDER[level] >= _ORDER[SOUND]:
        for mine in ours:
            for yours in theirs:
                if compare_words(mine, yours) in ((EXACT, SPELLING, TYPO) if len(mine) > 2 else (EXACT,)):
                    return Agreement(PART, mine, yours)
    return _UNLIKE if level == DIFFERENT else Agreement(level, one, other)


def _other_way_round(sought: Sought, known: Known | Named) -> Names | None:
    """Given and family name swapped, if that makes both agree; beside an alias, whichever name is the given one."""
    if not sought.families or not sought.givens or not known.given or not known.family:
        return None
    turned = _turned(sought, sought.families[0], known)
    for name in sought.families[1:]:
        other = _turned(sought, name, known)
        if other and (not turned or _agree(other)):
            turned = other
    return turned


def _turned(sought: Sought, called: Words, known: Known | Named) -> Names | None:
    """One family name as the given one, and what is left as the family name."""
    given, middle = compare_given(called, known.given, ())
    if given.level in _WEAKEST and not _is_called(sought.givens[0], "".join(known.family)):
        return None  # as nearly always
    family = compare_family(sought.givens[0][:1], known.family)
    if family.level != EXACT and len(sought.givens[0]) > 1:
        family = compare_family(sought.givens[0], known.family)
    if family.level in _WEAK and given.level in _ALIKE:
        family = _left_over(sought, called, known) or family
    better, worse = sorted((_ORDER[given.level], _ORDER[family.level]))
    fit = worse <= _ORDER[INITIAL] or better <= _ORDER[SHORT] or family.level == CASE
    return (given, family, middle, True) if fit else None


def _left_over(sought: Sought, called: Words, known: Known | Named) -> Agreement | None:
    """The family name where another of the listed ones is the given name: an alias, or that of others of the case."""
    for name in sought.families:
        if name != called:
            found = compare_family(name, known.family)
            if found.level in (EXACT, SPELLING, TYPO, PART):
                return Agreement(ALIAS, found.ours, found.theirs) if found.level == EXACT else found
    return _family_of_the_case(sought, known) if sought.families_beside else None


def _agree(names: Names) -> bool:
    """Whether given and family name both agree, but for their spelling."""
    return max(_ORDER[names[0].level], _ORDER[names[1].level]) <= _ORDER[TYPO]


def _is_called(given: Words, name: str) -> bool:
    return _are_one_name(given[0], name) or (len(given) > 1 and _are_one_name("".join(given), name))


def compare_sex(ours: str | None, theirs: str | None) -> str:
    if not ours or not theirs:
        return MISSING
    return SAME if ours == theirs else DIFFERENT


def compare_phone(ours: tuple[str, ...], theirs: str) -> str:
    if not ours or not theirs:
        return MISSING
    return SAME if theirs in ours else DIFFERENT


def compare_nhs_numbers(sought: Sought, theirs: Iterable[str | None]) -> str:
    """The best of the NHS numbers that a record gives, of which there is nearly always one."""
    return min([compare_nhs_number(sought, one) for one in theirs], key=_NUMBERS.index)


_NUMBERS = (SAME, "slip", "near", DIFFERENT, MISSING)


def compare_nhs_number(sought: Sought, theirs: str | None) -> str:
    """A number whose check digit fails says nothing, unless it is one slip away."""
    ours = sought.nhs_as_written
    if not ours or not theirs:
        return MISSING
    if sought.nhs_number == theirs:
        return SAME
    slips = OSA.distance(ours, theirs, score_cutoff=2) if len(ours) in (9, 10, 11) else 3
    if slips <= 2:
        # one slip, and nobody's number; or two, for the check digit was made to fit, or it is the next number
        return "slip" if slips == 1 and not sought.nhs_number else "near"
    return DIFFERENT if sought.nhs_number else MISSING
