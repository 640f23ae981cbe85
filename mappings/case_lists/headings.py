"""What a heading or label means: which fields it asks for, and whose. Nothing is inferred from its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, auto

from integration.domain.people import Role
from mappings.case_lists.vocabulary import ABOUT_A_PERSON, NAMES_SOMEBODY, Field, Vocabulary, Words, words_of


class Sense(Enum):
    """How far a heading is understood."""

    KNOWN = auto()
    IGNORED = auto()  # about something that is nothing to us
    UNKNOWN = auto()  # not understood; its column is looked at for people
    EMPTY = auto()


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading taken apart. `number` is the 2 of "Perpetrator 2"."""

    sense: Sense
    fields: frozenset[Field] = frozenset()
    role: Role | None = None
    number: int | None = None
    family_first: bool = False
    part_of_address: bool = False
    text: str = field(default="", repr=False)

    @property
    def names_somebody(self) -> bool:
        return self.sense is Sense.KNOWN and bool(self.fields & NAMES_SOMEBODY)

    @property
    def about_a_person(self) -> bool:
        return self.sense is Sense.KNOWN and bool(self.fields & ABOUT_A_PERSON)

    @property
    def is_role_alone(self) -> bool:
        """A role and nothing else: a group heading, or a column that holds everything about that person."""
        return self.sense is Sense.KNOWN and self.role is not None and self.fields <= {Field.PERSON}


EMPTY = Heading(Sense.EMPTY)
PERSON = Heading(Sense.KNOWN, frozenset({Field.PERSON}))  # of a cell that tells all about somebody
_CONNECTOR = re.compile(r"\s*(?:[/&+,;:()\[\]|]|\s[-\u2013\u2014]\s|\band\b|\bplus\b)\s*", re.IGNORECASE)
_SINGLES = re.compile(r"\b(\w)\s*[/&]\s*(\w)\b")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SUBJECTS = {"subject", "person", "party", "individual"}
_RELATED = ("relationship", "relation")
_PARTS = {"1", "2", "3", "line", "addr1", "addr2", "street", "town", "city", "county", "address1", "address2"}


def read_heading(text: str, vocabulary: Vocabulary) -> Heading:
    """Understand one heading; a name in camel case is tried apart if it means nothing in one piece."""
    if not words_of(text):
        return EMPTY
    found = _read(text, vocabulary)
    if found.sense is Sense.UNKNOWN and " " not in text.strip() and _CAMEL.search(text):
        apart = _read(_CAMEL.sub(" ", text), vocabulary)
        if apart.sense is not Sense.UNKNOWN:
            return apart
    return found


def _read(text: str, vocabulary: Vocabulary) -> Heading:
    words = words_of(text)
    whole = _whole(text, words, vocabulary)
    if whole is not None:
        return whole
    if any(word in words for word in _RELATED):
        return Heading(Sense.KNOWN, frozenset({_relationship(words, vocabulary)}), text=text)
    plain = _SINGLES.sub(r"\1 \2", re.sub(r"\(e?s\)", "", text))
    segments = [_segment(part, vocabulary) for part in _CONNECTOR.split(_without_remarks(plain, vocabulary))]
    if any(segment.unknown for segment in segments):
        unparted = _segment(plain, vocabulary)  # "Victim p/code" parts where nothing should be parted
        segments = segments if unparted.unknown or unparted.ignored else [unparted]
    return _united(text, [segment for segment in segments if not segment.says_nothing])


def mentions_a_role(heading: Heading, vocabulary: Vocabulary) -> bool:
    """Whether a heading that is not understood holds the word of a role: "Perp's employer"."""
    return heading.sense is Sense.UNKNOWN and any((word,) in vocabulary.roles for word in words_of(heading.text))


def _without_remarks(text: str, vocabulary: Vocabulary) -> str:
    """The heading without brackets whose words mean nothing to us, such as "(14 ticks or more)"."""

    def kept(match: re.Match[str]) -> str:
        inside = [_segment(part, vocabulary) for part in _CONNECTOR.split(match[1])]
        return " " if all(s.unknown and not (s.fields or s.roles or s.ignored) for s in inside) else match[0]

    return re.sub(r"\(([^()]*)\)", kept, text)


def _whole(text: str, words: Words, vocabulary: Vocabulary) -> Heading | None:
    """A heading that is one phrase of the vocabulary, word for word."""
    if words in vocabulary.fields:
        found = vocabulary.fields[words]
        if found is Field.ROLE and re.search(r"[&+]", text):  # "Victim & perpetrator" asks for both, not for which
            return None
        return Heading(Sense.KNOWN, frozenset({found}), part_of_address=_is_part(found, words), text=text)
    if words in vocabulary.roles:
        if "?" in text:  # somebody asks, or is not sure
            return Heading(Sense.UNKNOWN, text=text)
        return Heading(Sense.KNOWN, frozenset({Field.PERSON}), vocabulary.roles[words], text=text)
    if words in vocabulary.ignored:
        return Heading(Sense.IGNORED, text=text)
    return None


def _is_part(found: Field, words: Words) -> bool:
    return found is Field.ADDRESS and bool(_PARTS & set(words))


def _relationship(words: Words, vocabulary: Vocabulary) -> Field:
    """To whom somebody is related: to the victim, unless the words after "to" name the perpetrator alone."""
    if words in vocabulary.fields:
        return vocabulary.fields[words]
    roles = {vocabulary.roles[word,] for word in words if (word,) in vocabulary.roles}
    return Field.RELATIONSHIP_TO_PERPETRATOR if roles == {Role.PERPETRATOR} else Field.RELATIONSHIP


@dataclass(slots=True)
class _Segment:
    """What one stretch between connectors says."""

    fields: list[Field] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    number: int | None = None
    of_the_field: int | None = None  # the 2 of "Perp 1 forename 2"
    ignored: bool = False
    unknown: bool = False
    part: bool = False
    of: bool = False

    @property
    def says_nothing(self) -> bool:
        return not (self.fields or self.roles or self.ignored or self.unknown or self.number is not None)


def _segment(text: str, vocabulary: Vocabulary) -> _Segment:
    """Read the words from left to right, the longest known phrase first."""
    words, found, at = words_of(text), _Segment(), 0
    whose = False  # whether the last word was a role, or a subject
    found.of = "of" in words
    while at < len(words):
        for length in range(min(vocabulary.longest, len(words) - at), 0, -1):
            if _take(words[at : at + length], found, vocabulary):
                whose = words[at : at + length] in vocabulary.roles or words[at] in _SUBJECTS
                at += length
                break
        else:
            if words[at].isdigit() and found.number is not None and not whose:
                found.of_the_field = int(words[at])
            elif words[at].isdigit():
                found.number = int(words[at])
            else:
                found.unknown = True
            at += 1
    if len(found.fields) > 1 and words[0] in _SUBJECTS and found.fields[0] is Field.NAME:
        del found.fields[0]  # "Subject surname" asks for the surname
    if found.of_the_field == 2 and found.fields == [Field.GIVEN]:
        found.fields = [Field.MIDDLE]
    return found


def _take(phrase: Words, found: _Segment, vocabulary: Vocabulary) -> bool:
    if phrase in vocabulary.fields:
        found.fields.append(vocabulary.fields[phrase])
        found.part |= _is_part(vocabulary.fields[phrase], phrase)
    elif phrase in vocabulary.roles:
        found.roles.append(vocabulary.roles[phrase])
    elif phrase in vocabulary.ignored:
        found.ignored = True
    elif phrase not in vocabulary.filler:
        return False
    return True


def _united(text: str, segments: list[_Segment]) -> Heading:
    """One meaning out of all segments, or `UNKNOWN` where they do not make one."""
    role, clash = _one_role(segments)
    ignored = any(segment.ignored for segment in segments)
    if role is Role.CHILD and any(_asks_for_a_name(segment) or segment.roles for segment in segments):
        segments = [
            s for s in segments if s.unknown or not s.ignored or s.roles
        ]  # cells about children tell schools too
        ignored = any(segment.ignored for segment in segments)
    clear = [segment for segment in segments if not (segment.ignored or segment.unknown)]
    nothing_for_us = Heading(Sense.IGNORED if ignored else Sense.UNKNOWN, role=role, text=text)
    if clash:
        return Heading(Sense.UNKNOWN, text=text)
    if len(clear) < len(segments):
        # "Name of officer and agency", "Case type" ask nothing of ours; "Victim name and GP" asks too much at once
        asks = [s for s in segments if _asks_for_a_name(s) or (s in clear and s.roles)]
        return Heading(Sense.UNKNOWN, role=role, text=text) if role is not None and asks else nothing_for_us
    ordered = [found for segment in segments for found in segment.fields]
    if not ABOUT_A_PERSON & set(ordered) and any(segment.roles for segment in segments):
        ordered.append(Field.PERSON)
    kept, family_first = _settled(ordered, frozenset(ordered)) if ordered else (None, False)
    if not kept:
        return nothing_for_us
    number = next((segment.number for segment in segments if segment.number is not None), None)
    part = any(segment.part for segment in segments)
    return Heading(Sense.KNOWN, kept, role, None if part else number, family_first, part, text)


def _asks_for_a_name(segment: _Segment) -> bool:
    return bool(NAMES_SOMEBODY & set(segment.fields))


def _one_role(segments: list[_Segment]) -> tuple[Role | None, bool]:
    """The role that all words give. A child of somebody is a child; any other two roles are a contradiction."""
    distinct = {role for segment in segments for role in segment.roles}
    if len(distinct) <= 1:
        return next(iter(distinct), None), False
    with_child = [segment for segment in segments if Role.CHILD in segment.roles]
    first = next(segment for segment in segments if segment.roles)
    if Role.CHILD in distinct and first in with_child and (first.of or len(set(first.roles)) > 1):
        return Role.CHILD, False
    return None, True


def _settled(ordered: list[Field], fields: frozenset[Field]) -> tuple[frozenset[Field] | None, bool]:
    """Several fields in one heading made one: surname and forenames are a name, name and birth a person."""
    if len(fields) == 1:
        return fields, False
    family_first = (
        Field.FAMILY in fields and Field.GIVEN in fields and ordered.index(Field.FAMILY) < ordered.index(Field.GIVEN)
    )
    named = fields & {Field.NAME, Field.FAMILY, Field.GIVEN, Field.MIDDLE}
    rest = fields - named - {Field.AKA}
    if named == {Field.GIVEN, Field.MIDDLE} and not rest:
        return frozenset({Field.GIVEN}), False
    if named and not rest:
        return frozenset({Field.NAME}), family_first
    if fields <= {Field.CASE_REF, Field.CASE_ORDER}:
        return frozenset({Field.CASE_REF}), False
    if fields <= {Field.ADDRESS, Field.POSTCODE}:
        return frozenset({Field.ADDRESS}), False
    if fields <= {Field.BIRTH, Field.AGE}:
        return frozenset({Field.BIRTH}), False
    if fields <= ABOUT_A_PERSON:
        return (frozenset({Field.PERSON}) if fields & NAMES_SOMEBODY else fields), family_first
    return None, False
