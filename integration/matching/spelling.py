"""How names, addresses and numbers are brought to one form before they are compared, and how a name sounds."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

REMEMBERED = 1 << 16  # names repeat: folding each once is most of the speed
FEW_REMEMBERED = 1 << 13  # pairs and addresses seldom repeat but within a list; remembering more took 55 MB

# Letters that Unicode does not take apart into a letter and an accent.
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss", "\u0131": "i", "ŋ": "ng"}
)
_APOSTROPHES = re.compile("['\u2019\u2018`\u00b4\u02bb\u02bc]")
_NOT_LETTERS = re.compile(r"[^a-z]+")
_ALPHANUMERIC = re.compile("[a-z0-9]+")
# Little words that belong to the name after them: O Sullivan, Mc Donald, Al-Hassan, van Dyke.
_PARTICLES = frozenset(
    [
        "o",
        "mc",
        "mac",
        "al",
        "el",
        "ul",
        "ud",
        "de",
        "da",
        "di",
        "du",
        "la",
        "le",
        "van",
        "von",
        "der",
        "den",
        "bin",
        "ibn",
        "st",
    ]
)


def words(name: str) -> tuple[str, ...]:
    """The words of a name, without case, accents and apostrophes; particles joined to what they belong to."""
    if name.isalpha() and name.isascii():
        return (name.lower(),)  # as most are: quicker than to remember
    return _words(name)


@lru_cache(REMEMBERED)
def _words(name: str) -> tuple[str, ...]:
    plain = name.casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain.translate(_LETTERS))
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    parts = [part for part in _NOT_LETTERS.split(_APOSTROPHES.sub("", plain)) if part]
    joined: list[str] = []
    waiting = ""
    for part in parts:
        if part in _PARTICLES and part is not parts[-1]:
            waiting += part
        else:
            joined.append(waiting + part)
            waiting = ""
    return tuple(joined)


# Spellings that sound alike in English, and in the usual transliterations of Arabic, Urdu, Punjabi, Polish and Irish.
# With each stands what a word has to hold for it to apply, which is quicker to see.
_SOUNDS = tuple(
    (tuple(held.split()), re.compile(pattern), sound)
    for held, pattern, sound in (
        ("kn gn pn", r"^(kn|gn|pn)", "n"),
        ("wr", r"^wr", "r"),
        ("x", r"^x", "s"),
        ("sch sz sh rz zh", r"sch|sz|sh|rz|zh", "S"),
        ("ch cz", r"tsch|tch|cz|ch", "k"),
        ("ph", r"ph", "f"),
        ("th dh dd", r"th|dh|dd", "t"),
        ("gh", r"gh(?=[^aeiou]|$)", ""),
        ("gh kh", r"gh|kh", "k"),
        ("ck q x", r"ck|q|x", "k"),
        ("c", r"c(?=[eiy])", "s"),
        ("c", r"c", "k"),
        ("g j", r"dg|j|g(?=[eiy])", "j"),
        ("w", r"^w", "v"),
        ("w", r"w", ""),
        ("z", r"z", "s"),
        ("d", r"d", "t"),
        ("b", r"b(?=$)", "p"),
        ("y", r"y$", ""),
    )
)
_REPEATED = re.compile(r"(.)\1+")  # to be replaced by a function: filling in \1 takes ten times as long
_VOWELS = "aeiouyh"
_NO_VOWELS = str.maketrans("", "", _VOWELS)


@lru_cache(REMEMBERED)
def sound(word: str) -> str:
    """The consonants of a word as they sound, at most six; two spellings of one name mostly share it."""
    code = word
    for held, pattern, to in _SOUNDS:
        for letters in held:
            if letters in code:
                code = pattern.sub(to, code)
                break
    consonant = code.lstrip(_VOWELS)
    first = code[:1] if consonant == code else "a"
    rest = code[1:] if consonant == code else consonant
    code = _REPEATED.sub(lambda letters: letters[1], first + rest.translate(_NO_VOWELS))
    return code[:6] or word[:1]


def postcode(text: str) -> str:
    """A postcode in capitals without its space; an empty string where it is too short to be one."""
    plain = text.upper().replace(" ", "")
    if not plain.isalnum():
        plain = "".join(c for c in plain if c.isalnum())
    return plain if len(plain) >= 5 else ""


@lru_cache(FEW_REMEMBERED)
def place(line: str) -> tuple[str, ...]:
    """The words of an address line, so that two ways to write one address compare equal."""
    plain = _ALPHANUMERIC.findall(line.casefold())
    return tuple([_STREET.get(word, word) for word in plain if word not in _PLACE_NOISE])


@lru_cache(FEW_REMEMBERED)
def house(line: str) -> str:
    """The flat and house numbers of an address line, which tell neighbours of one postcode apart."""
    return " ".join([word for word in place(line) if not word.isalpha()])  # of letters and digits is all that is left


_PLACE_NOISE = frozenset({"flat", "apartment", "apt", "unit", "no", "number", "the"})
_STREET = (
    {"rd": "road", "st": "street", "ave": "avenue", "av": "avenue", "ln": "lane", "cl": "close", "dr": "drive"}
    | {"cres": "crescent", "ct": "court", "gdns": "gardens", "pl": "place", "terr": "terrace", "ter": "terrace"}
    | {"gr": "grove", "sq": "square", "mt": "mount"}
)


_KINDS_OF_STREET = frozenset(_STREET.values()) | {"way", "view", "walk", "rise", "row", "park", "circuit"}


def is_kind_of_street(word: str) -> bool:
    """Whether the word says what a street is and not which."""
    return word in _KINDS_OF_STREET


_LONGEST_NATIONAL = 11  # digits of a British number; what follows is an extension, or a second number in the cell
_LONGEST_NUMBER = 15  # digits of any number in the world


def phone(text: str) -> str:
    """A telephone number as digits in the national form; an empty string where there is none to tell people apart."""
    if len(text) == _LONGEST_NATIONAL and text.isascii() and text.isdigit() and text[0] == "0" != text[1]:
        return "" if _stands_for_none(text) else text  # as most are written, and what follows would leave it
    digits = text if text.isascii() and text.isdigit() else "".join(str(int(c)) for c in text if c.isdecimal())
    international = digits.startswith("00") or text.lstrip().startswith("+")
    british = digits.startswith("0") and not international
    if digits.startswith("0044"):
        digits, british = digits[4:], True
    elif digits.startswith("44") and (international or len(digits) == 12):
        digits, british = digits[2:], True
    if digits and not digits.startswith("0"):
        digits = "0" + digits
    if british:
        digits = digits[:_LONGEST_NATIONAL]
    return digits if 9 <= len(digits) <= _LONGEST_NUMBER and not _stands_for_none(digits) else ""


_COUNTED_UP = frozenset({"0123456789", "01234567890", "07123456789", "07012345678"})


def _stands_for_none(digits: str) -> bool:
    """Whether a telephone number is one that people write where they know none, as 07000 000000 or 01234 567890."""
    return digits.count(digits[-1]) >= len(digits) - 2 or digits in _COUNTED_UP
