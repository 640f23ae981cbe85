"""A cell about people cut into facts: dates, ages, numbers, labels and the text between them, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from integration.domain.nhs_number import NhsNumber
from integration.domain.people import Role, Sex
from mappings.case_lists.addresses import POSTCODE
from mappings.case_lists.births import AGE, DATE, Unreadable, age_of, date_of, months_pattern
from mappings.case_lists.headings import Heading, Sense, read_heading
from mappings.case_lists.names import is_plainly_a_name
from mappings.case_lists.vocabulary import Field, Vocabulary, words_of


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Birth:
    born: date | Unreadable


@dataclass(frozen=True, slots=True)
class Age:
    age: int | Unreadable


@dataclass(frozen=True, slots=True)
class Nhs:
    number: str


@dataclass(frozen=True, slots=True)
class Phone:
    number: str


@dataclass(frozen=True, slots=True)
class SexStated:
    sex: Sex


@dataclass(frozen=True, slots=True)
class Label:
    heading: Heading


@dataclass(frozen=True, slots=True)
class RoleStated:
    role: Role


@dataclass(frozen=True, slots=True)
class Break:
    """A new line, a semicolon or a bullet: somebody else may begin here."""


Fact = Text | Birth | Age | Nhs | Phone | SexStated | Label | RoleStated | Break

_NHS_LABELLED = re.compile(
    r"\bNHS\b\.?\s*(?:n(?:umber|um|o)?\.?|id|#)?\s*[:=#\-]?\s*(\d(?:[\s\-]?\d){6,11})(?!\d)", re.IGNORECASE
)
_TEN_DIGITS = re.compile(r"(?<![\d+/\-.])\d{3}[ \-]?\d{3}[ \-]?\d{4}(?![\d/\-.])")
_PHONE = re.compile(r"(?<![\d/])(?:\+44\s?\(?0?\)?|0)(?:[\s\-]?\d){9,10}(?!\d)")
_YOUNG = re.compile(r"(?<![\w/.\-])(\d{1,2})(?=\s*(?:[,;)&\n]|and\b|$))")
OLDEST_CHILD = 25  # a bare number after a child's name is an age only up to here
_LINKS = re.compile(r"^(?:(?:&|\+|and\b|or\b)\s*)+|(?:\s*(?:&|\+|\band|\bor))+$", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:(?:\(?\d{1,2}[.)]|\(?[a-h][.)]|[\u2022\u00b7\u25cf\u25aa*\u2013\-])\s+)")
_LABEL = re.compile(r"(?:(?<=^)|(?<=[\s,;(\[]))([A-Za-z][A-Za-z./()' ]{0,40}?(?: \d)?)\s*(?::|=|\s-\s)\s*")
_BIRTH_LABEL = re.compile(
    r"\b(?:d\.?\s?o\.?\s?b\b\.?|date of birth\b|(?:born(?: on)?|b\.)(?=\s*\d))\s*[:=\-]?", re.IGNORECASE
)
_SEX = re.compile(r"\(\s*(female|male|f|m)\s*\)", re.IGNORECASE)
_NOT_YET_BORN = re.compile(r"\b(?:unborn|ubb|edd|due)\b", re.IGNORECASE)


def facts_of(text: str, vocabulary: Vocabulary, today: date, *, children: bool = False) -> list[Fact]:
    """Everything that a cell about people says, in order."""
    text = re.sub(r"(?<=[^\W\d_])-[ \t]*\n\s*(?=[^\W\d_])", "-", text)
    text = re.sub(r",[ \t]*\n\s*", ", ", text)
    found: list[Fact] = []
    for part in re.split(r"\n|;|\u2022|\|", text):
        if found:
            found.append(Break())
        found += _line_facts(_BULLET.sub("", part), vocabulary, today, children)
    return found


def _line_facts(line: str, vocabulary: Vocabulary, today: date, children: bool) -> Iterator[Fact]:
    """The facts of one line, from left to right; overlapping ones are settled by the order of the finders."""
    if _NOT_YET_BORN.search(line) and children:
        return
    spans = _spans(line, vocabulary, today, children)
    at = 0
    for start, end, fact in spans:
        yield from _texts(line[at:start], vocabulary)
        yield fact
        at = end
    yield from _texts(line[at:], vocabulary)


def _spans(line: str, vocabulary: Vocabulary, today: date, children: bool) -> list[tuple[int, int, Fact]]:
    """Every fact in a line with its place; where two overlap, the finder that comes first wins."""
    spans: list[tuple[int, int, Fact]] = []
    for start, end, fact in _candidates(line, vocabulary, today, children):
        if all(end <= taken_start or start >= taken_end for taken_start, taken_end, _ in spans):
            spans.append((start, end, fact))
    return sorted(spans, key=lambda span: span[0])


def _candidates(line: str, vocabulary: Vocabulary, today: date, children: bool) -> Iterator[tuple[int, int, Fact]]:
    """Numbers and dates first, then labels, then what is easily mistaken: ages."""
    for match in _NHS_LABELLED.finditer(line):
        yield match.start(), match.end(), Nhs(re.sub(r"\D", "", match[1]))
    for match in DATE.finditer(line):
        yield match.start(), match.end(), Birth(date_of(match, today))
    for match in _TEN_DIGITS.finditer(line):
        digits = re.sub(r"\D", "", match[0])
        if NhsNumber.from_text(digits) is not None:
            yield match.start(), match.end(), Nhs(digits)
    for match in _PHONE.finditer(line):
        yield match.start(), match.end(), Phone(" ".join(match[0].split()))
    yield from _labels(line, vocabulary)
    yield from _ages(line, children)
    for match in _SEX.finditer(line):
        yield match.start(), match.end(), SexStated(Sex.FEMALE if match[1][0] in "fF" else Sex.MALE)


def _labels(line: str, vocabulary: Vocabulary) -> Iterator[tuple[int, int, Fact]]:
    for match in _LABEL.finditer(line):
        label = _label_before(match, vocabulary)
        if label is not None:
            yield label
    for match in _BIRTH_LABEL.finditer(line):
        yield match.start(), match.end(), Label(Heading(Sense.KNOWN, frozenset({Field.BIRTH})))


def _ages(line: str, children: bool) -> Iterator[tuple[int, int, Fact]]:
    for match in months_pattern().finditer(line):
        yield match.start(), match.end(), Age(0)
    for match in AGE.finditer(line):
        yield match.start(), match.end(), Age(age_of(match))
    for match in _YOUNG.finditer(line) if children else ():
        if int(match[1]) <= OLDEST_CHILD and _follows_a_name(line[: match.start()]):
            yield match.start(), match.end(), Age(int(match[1]))


def _label_before(match: re.Match[str], vocabulary: Vocabulary) -> tuple[int, int, Label] | None:
    """The label that ends at a colon: the longest run of words before it that means something."""
    dash = not re.search(r"[:=]", match[0][len(match[1]) :])
    for word in re.finditer(r"\S+", match[1]):
        start = match.start(1) + word.start()
        heading = read_heading(match[1][word.start() :], vocabulary)
        if heading.sense in (Sense.KNOWN, Sense.IGNORED) and not heading.part_of_address:
            return start, match.end(), Label(heading)
        if dash:  # "12 High Street - S60 1AA": only a colon makes a label of the last words before it
            return None
    return None


def _follows_a_name(text: str) -> bool:
    """ "Tom Smith 5, Amy 3" gives ages; "12 High Street, Flat 3" does not."""
    words = re.split(r"[,;&]|\band\b", text.rstrip(" -,("))[-1].split()
    return 0 < len(words) <= 4 and all(word[0].isupper() and word.strip("'-.").isalpha() for word in words)


def _texts(text: str, vocabulary: Vocabulary) -> Iterator[Fact]:
    """What stands between facts: a role, a sex, a label without its colon, or text."""
    code = POSTCODE.search(text)
    if code is not None and is_plainly_a_name(text[code.end() :].strip(" ,"), vocabulary):
        yield from _texts(text[: code.end()], vocabulary)  # an address ends with its postcode; somebody else begins
        yield Break()
        text = text[code.end() :]
    text = re.sub(r"\s[-\u2013\u2014]\s", ", ", text)  # a dash between words parts as a comma does
    stripped = _LINKS.sub("", _balanced(text).strip(" \t,.;:-\u2013\u2014"))
    bare = stripped.strip("()[] \t,.:-\u2013")
    words = words_of(bare)
    if not words:
        return
    if words in vocabulary.roles:
        yield RoleStated(vocabulary.roles[words])
    elif bare.casefold() in vocabulary.cells["female"]:
        yield SexStated(Sex.FEMALE)
    elif bare.casefold() in vocabulary.cells["male"]:
        yield SexStated(Sex.MALE)
    elif words in vocabulary.fields and vocabulary.fields[words] is not Field.NAME:
        yield Label(Heading(Sense.KNOWN, frozenset({vocabulary.fields[words]})))
    else:
        yield Text(stripped)


def _balanced(text: str) -> str:
    """The text without brackets whose other half went with a fact."""
    opened: list[int] = []
    lonely: set[int] = set()
    for at, char in enumerate(text):
        if char in "([":
            opened.append(at)
        elif char in ")]":
            if opened:
                opened.pop()
            else:
                lonely.add(at)
    lonely.update(opened)
    return "".join(" " if at in lonely else char for at, char in enumerate(text))
