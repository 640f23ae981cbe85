"""Names as people write them: SURNAME in capitals, "Surname, Given", née and also known as; titles left off."""

from __future__ import annotations

import re
from dataclasses import dataclass

from integration.domain.people import PersonName
from mappings.case_lists.vocabulary import Vocabulary, words_of

LONGEST = 120  # characters; longer is not a name
_APOSTROPHES = str.maketrans("\u2018\u2019\u02bc\u0060\u00b4", "'''''")
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['.\-])*")
_NAME = re.compile(r"(?:[^\W\d_]|[ '.,/\-?\"])+")
_CAPS_PREFIX = re.compile(r"^(?:Mc|Mac|Fitz|O'|D'|De|Di|Du|La|Le|Van|Al-|El-|St\.?)(?=[A-Z]{2})")
_QUOTED = re.compile(r"[\"\u201c\u201d]([^\"\u201c\u201d]{1,40})[\"\u201c\u201d]|(?<!\w)'([^']{1,40})'(?!\w)")
_SUFFIXES = {"jr", "jnr", "junior", "snr", "senior", "ii", "iii"}

ALIAS = re.compile(
    r"""[\s,;(\[\-\u2013]*(?<![\w'])(?:
      (?P<birth_name>n[\u00e9e]e\b|n\u00e9\b|(?:birth|maiden)\s+(?:sur)?name|maiden\b
        |formerly(?:\s+known\s+as)?|previously(?:\s+known\s+as)?|previous\s+(?:sur)?name|former\s+(?:sur)?name
        |f\.?k\.?a\b\.?)
    | (?P<used>known\s+as|prefers|preferred\s+name|nick-?name[d]?|goes\s+by|calls?\s+(?:him|her)self)
    | a\.?\s?/?k\.?\s?/?a\b\.?|also\s+known\s+as|also\s+uses|also\s+called|alias(?:es)?\b|other\s+names?\b|also\b
    | t/n\b|a/k/a\b)
    \s*[:=\-]?\s*""",
    re.IGNORECASE | re.VERBOSE,
)
# What is no part of a name, and says that it may be another's: a question mark, and words in brackets.
_DOUBT = re.compile(
    r"\?|\([^()]*\b(?:poss(?:ibly)?|maybe|perhaps|probably|believed|unsure|unclear|unconfirmed|unverified|tbc|tbd|likely"
    r"|suspected|(?:not|to\s+be)\s+(?:confirmed|verified)|false\s+name)\b[^()]*\)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class NameRead:
    """The names of one person, the primary one first; `certain` is False where the text may mean otherwise."""

    names: tuple[PersonName, ...]
    certain: bool = True


def looks_like_a_name(text: str, vocabulary: Vocabulary) -> bool:
    """Whether a text could be a name and nothing but a name."""
    text = text.translate(_APOSTROPHES).strip()
    if not (0 < len(text) <= LONGEST) or not _NAME.fullmatch(text):
        return False
    words = _WORD.findall(text)
    starts = [
        word for word in words if word[0].isupper() or word.casefold().strip(".") in vocabulary.cells["particles"]
    ]
    return 0 < len(words) <= 8 and len(starts) == len(words) and not vocabulary.says_nothing(text)


def is_plainly_a_name(text: str, vocabulary: Vocabulary) -> bool:
    """Whether the writing itself says so: a surname in capitals beside a name that is not."""
    text = text.translate(_APOSTROPHES).strip()
    if not looks_like_a_name(text, vocabulary):
        return False
    family, comma, given = text.partition(",")
    words = _WORD.findall(text)
    if comma:
        return _all_caps(_WORD.findall(family)) and bool(given.strip())
    caps = [word for word in words if is_caps(word)]
    if any(words_of(word) in vocabulary.meeting for word in caps):
        return False  # "Thurrock MARAC Case List"
    streets = vocabulary.cells["streets"]
    return bool(caps) and len(caps) < len(words) and not any(word.casefold() in streets for word in caps)


def is_caps(word: str) -> bool:
    """SMITH, O'BRIEN, McDONALD, but not J or Smith."""
    rest = _CAPS_PREFIX.sub("", word)
    letters = [char for char in rest if char.isalpha()]
    return len(letters) >= 2 and all(char.isupper() for char in letters)


def _all_caps(words: list[str]) -> bool:
    return any(is_caps(word) for word in words) and all(is_caps(word) or len(word.strip(".")) == 1 for word in words)


def read_name(text: str, vocabulary: Vocabulary, *, family_first: bool = False) -> NameRead | None:
    """One person's names, or None if the text holds no name."""
    text = " ".join(text.translate(_APOSTROPHES).split())
    doubted = _DOUBT.search(text) is not None
    nicknames = [quoted[0] or quoted[1] for quoted in _QUOTED.findall(text)]
    text, bracketed = _without_brackets(_QUOTED.sub(" ", text), vocabulary)
    pieces = _pieces(text, primary=True)
    primary = _variants(pieces[0][1], vocabulary, family_first)
    if not primary.names:
        return None
    names, certain = list(primary.names), primary.certain
    also = [("used", nickname) for nickname in nicknames] + [("alias", name) for name in bracketed]
    for kind, piece in [*pieces[1:], *also]:
        alias, sure = _alias(kind, piece, names[0], vocabulary, capitals=_uses_capitals(pieces[0][1]))
        names += [name for name in alias if name not in names]
        certain = certain and sure
    if doubted:
        names[0] = _with_question_mark(names[0])
    return NameRead(tuple(names), certain)


def _with_question_mark(name: PersonName) -> PersonName:
    """A name that the list doubts: the doubt stays with it, so that nobody is matched by it unasked."""
    return PersonName(name.family, f"{name.given} ?") if name.given else PersonName(f"{name.family} ?", "")


def read_alias(text: str, primary: PersonName, vocabulary: Vocabulary, kind: str = "") -> NameRead:
    """Names under a heading for aliases, or after "aka": a single word is completed from the primary name."""
    text = " ".join(text.translate(_APOSTROPHES).split())
    names: list[PersonName] = []
    certain = True
    for own_kind, piece in _pieces(text):
        alias, sure = _alias(own_kind or kind, piece, primary, vocabulary, capitals=is_caps(primary.family))
        names += [name for name in alias if name not in names]
        certain = certain and sure
    return NameRead(tuple(names), certain)


def _without_brackets(text: str, vocabulary: Vocabulary) -> tuple[str, list[str]]:
    """The text without its brackets, and those in brackets that are names: SMITH, Robert (Bob)."""
    inside = [content.strip() for content in re.findall(r"\(([^()]*)\)", text)]
    marked = [content for content in inside if ALIAS.match(content)]
    names = [
        content
        for content in inside
        if content not in marked
        and looks_like_a_name(content, vocabulary)
        and words_of(content) not in vocabulary.remarks
        and not vocabulary.names_a_school(content)
    ]
    rest = re.sub(r"\(([^()]*)\)", lambda found: found[0] if found[1].strip() in marked else " ", text)
    return rest, names


def _pieces(text: str, *, primary: bool = False) -> list[tuple[str, str]]:
    """The text cut at "née", "aka" and their kin: the kind of marker, and what follows it.

    A marker that opens a primary name or that nothing follows is somebody's name: Nee, Paul.
    """
    pieces, kind, at = [], "", 0
    for match in ALIAS.finditer(text):
        opens, closes = not text[: match.start()].strip(" ,;(["), not text[match.end() :].strip(" ,;)].")
        if primary and (opens or (closes and not match[0].strip(" ,;([-").islower())):
            continue
        pieces.append((kind, text[at : match.start()]))
        kind, at = ("birth_name" if match["birth_name"] else "used" if match["used"] else "alias"), match.end()
    pieces.append((kind, text[at:]))
    return [pieces[0], *(piece for piece in pieces[1:] if piece[1].strip(" ,;()[]"))]


def _alias(
    kind: str, text: str, primary: PersonName, vocabulary: Vocabulary, *, capitals: bool
) -> tuple[list[PersonName], bool]:
    names: list[PersonName] = []
    certain = True
    for part in re.split(r"[/;]|\band\b|\bor\b|&", text.strip(" ,;()[].")):
        words = _words(part, vocabulary)
        if not words or vocabulary.says_nothing(part):
            continue
        if len(words) > 1:
            read = _one(part, vocabulary, family_first=False)
            names += read.names
            certain = certain and read.certain
        elif kind == "used" or (kind != "birth_name" and capitals and not is_caps(words[0])):
            names.append(PersonName(primary.family, words[0]))
        else:
            names.append(PersonName(words[0], primary.given))
    return names, certain


def _uses_capitals(text: str) -> bool:
    words = _WORD.findall(text)
    return any(is_caps(word) for word in words) and not all(is_caps(word) for word in words)


def _variants(text: str, vocabulary: Vocabulary, family_first: bool) -> NameRead:
    """ "SMITH/JONES, Jane" is one person with two names; "Jane SMITH / Joan JONES" may be two people."""
    text = re.sub(r"\s*/\s*", "/", text.strip(" ,;()[]"))
    slashed = [part for part in re.split(r"(?<=,)\s*|\s+", text) if "/" in part]
    if not slashed:
        return _one(text, vocabulary, family_first)
    halves = text.split("/")
    whole = [half for half in halves if len(_words(half, vocabulary)) > 1 and "," not in half]
    if len(slashed) > 1 or len(whole) > 1 or sum("," in half for half in halves) > 1:
        first = _one(halves[0], vocabulary, family_first)
        others = [name for half in halves[1:] for name in _one(half, vocabulary, family_first).names]
        return NameRead((*first.names, *others), certain=False)
    names: list[PersonName] = []
    certain = True
    for choice in slashed[0].strip(",").split("/"):
        read = _one(text.replace(slashed[0].strip(","), choice), vocabulary, family_first)
        names += [name for name in read.names if name not in names]
        certain = certain and read.certain
    return NameRead(tuple(names), certain)


def _one(text: str, vocabulary: Vocabulary, family_first: bool) -> NameRead:
    """One name in one writing; junior or senior, behind either half, goes with the given name."""
    generation = [word for part in text.split(",") for word in _generation(part)]
    text = text.strip(" ,;()[]?-\u2013\u2014:").replace("?", " ")
    parts = [part for part in (_words(part, vocabulary) for part in text.split(",")) if part]
    if not parts:
        return NameRead(())
    if len(parts) == 1:
        family, given, certain = _without_comma(parts[0], vocabulary, family_first)
        if has_title(text, vocabulary) and len(parts[0]) == 1:
            family, given, certain = parts[0], [], True  # Mr Smith
        return _named(family, given + generation, certain)
    family, given = parts[0], [word for part in parts[1:] for word in part]
    if not any(is_caps(word) for word in family) and len(parts) == 2 and any(is_caps(word) for word in given):
        lead = [word for word in given if not is_caps(word)]
        if not lead:  # "Jane, SMITH": the capitals say which is the surname
            return _named(given, family + generation, certain=True)
    return _named(family, given + generation, certain=len(parts) == 2)


def _generation(part: str) -> list[str]:
    words = [word.strip(".") for word in _WORD.findall(part)]
    return words[-1:] if len(words) > 1 and words[-1].casefold() in _SUFFIXES else []


def _named(family: list[str], given: list[str], certain: bool) -> NameRead:
    name = PersonName(" ".join(family), " ".join(given))
    fits = len(name.family) <= LONGEST and len(name.given) <= LONGEST
    remarks = [word for word in given if word.islower() and len(word) > 3]  # "Jane sister of Bob" is no name
    return NameRead((name,), certain and fits and (not remarks or len(remarks) == len(given)))


def has_title(text: str, vocabulary: Vocabulary) -> bool:
    """Whether a text begins with a title, so that a single word after it is a surname."""
    words = _WORD.findall(text)
    return bool(words) and words[0].strip(".").casefold() in vocabulary.cells["titles"]


def _words(text: str, vocabulary: Vocabulary) -> list[str]:
    """The words of a name, titles and suffixes left off; a title alone is somebody's name."""
    found = [word.rstrip(".") if len(word) > 2 else word.strip(".") for word in _WORD.findall(text)]
    kept = [word for word in found if word]
    kept = without_titles(kept, vocabulary)
    while len(kept) > 1 and kept[-1].casefold() in vocabulary.cells["titles"] and not is_caps(kept[-1]):
        kept = kept[:-1]
    while len(kept) > 1 and kept[-1].casefold() in _SUFFIXES:
        kept = kept[:-1]
    return kept if kept and not (len(kept) == 1 and kept[0].casefold() in vocabulary.cells["titles"]) else []


def without_titles(words: list[str], vocabulary: Vocabulary) -> list[str]:
    """The words after the titles in front; a title alone stays."""
    while len(words) > 1 and words[0].strip(".").casefold() in vocabulary.cells["titles"]:
        words = words[1:]
    return words


def _without_comma(words: list[str], vocabulary: Vocabulary, family_first: bool) -> tuple[list[str], list[str], bool]:
    """Family and given by capitals, else by the heading's order, else the last word; certain unless one word."""
    caps = [is_caps(word) for word in words]
    if len(words) == 1:
        return (words, [], True) if caps[0] else ([], words, False)  # Smith or Jane: nobody can know
    if any(caps) and not all(caps):
        first, last = caps.index(True), len(caps) - 1 - caps[::-1].index(True)
        while first > 0 and words[first - 1].casefold() in vocabulary.cells["particles"] and words[first - 1].islower():
            first -= 1
        family, given = words[first : last + 1], words[:first] + words[last + 1 :]
        return family, given, all(caps[caps.index(True) : last + 1])
    if family_first:
        return words[:1], words[1:], True
    if len(words[-1]) == 1 and len(words[0]) > 1:  # SMITH J
        return words[:1], words[1:], True
    start = len(words) - 1
    while start > 1 and words[start - 1].casefold() in vocabulary.cells["particles"]:
        start -= 1
    return words[start:], words[:start], True
