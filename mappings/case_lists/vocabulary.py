"""The words of case lists, as data: roles, columns, kinds, and how words are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from integration.domain.people import Role

Words = tuple[str, ...]
T = TypeVar("T")


class Field(StrEnum):
    """What a column or label is about."""

    CASE_REF = "case_ref"
    CASE_ORDER = "case_order"  # a bare "No.": the case reference if there is no better one
    AREA = "area"
    MEETING_DATE = "meeting_date"
    REPEAT = "repeat"
    ROLE = "role"
    NAME = "name"
    FAMILY = "family"
    GIVEN = "given"
    MIDDLE = "middle"
    AKA = "aka"
    BIRTH = "birth"
    AGE = "age"
    SEX = "sex"
    NHS_NUMBER = "nhs_number"
    ADDRESS = "address"
    POSTCODE = "postcode"
    PHONE = "phone"
    PERSON = "person"  # everything about somebody in one cell
    RELATIONSHIP = "relationship"
    RELATIONSHIP_TO_PERPETRATOR = "relationship_to_perpetrator"
    ROW_ID = "row_id"


NAMES_SOMEBODY = frozenset({Field.NAME, Field.FAMILY, Field.GIVEN, Field.PERSON})
ABOUT_A_PERSON = NAMES_SOMEBODY | {
    Field.MIDDLE,
    Field.AKA,
    Field.BIRTH,
    Field.AGE,
    Field.SEX,
    Field.NHS_NUMBER,
    Field.ADDRESS,
    Field.POSTCODE,
    Field.PHONE,
}

_SINGLE_WORDS = ("titles", "female", "male", "streets", "particles", "schools")
_PLURAL = re.compile(r"\(e?s\)")
_POSSESSIVE = re.compile(r"['\u2019\u2018`\u00b4]s?\b")
_APART = re.compile(r"[/,;\n()]|\s-\s|\bor\b")
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}(?:[^\W\d_]\b)?")
_NOT_WORD = re.compile(r"[^\w#]+|_+")


@lru_cache(maxsize=20_000)
def words_of(text: str) -> Words:
    """The words of a text for comparison: no capitals, accents, punctuation, possessives or plurals."""
    text = text.casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(char for char in text if not unicodedata.combining(char))
    text = _POSSESSIVE.sub("s", _PLURAL.sub("", text))
    text = _INITIALS.sub(lambda match: match[0].replace(".", ""), text)
    return tuple(_singular(word) for word in _NOT_WORD.split(text) if word)


def _singular(word: str) -> str:
    if len(word) <= 3 or not word.endswith("s"):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith("sses"):
        return word[:-2]
    if word.endswith("ases"):
        return word[:-2]
    return word if word.endswith(("ss", "as", "us", "is")) else word[:-1]


def _phrases(texts: Iterable[str]) -> frozenset[Words]:
    return frozenset(words_of(text) for text in texts)


def _singles(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(text.casefold() for text in texts)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All words, ready for comparison. Built once from the data file."""

    roles: Mapping[Words, Role]
    role_cells: Mapping[Words, Role]
    fields: Mapping[Words, Field]
    ignored: frozenset[Words]
    actions: frozenset[Words]
    filler: frozenset[Words]
    kinds: Mapping[str, frozenset[Words]]
    meeting: frozenset[Words]
    not_an_area: frozenset[str]
    nothing: frozenset[Words]
    unnamed: frozenset[Words]
    unnamed_person: frozenset[Words]
    repeat_yes: frozenset[Words]
    repeat_no: frozenset[Words]
    cells: Mapping[str, frozenset[str]]
    remarks: frozenset[Words]
    furniture: frozenset[Words]
    plain: frozenset[str]
    vague: frozenset[Words]
    longest: int = field(default=8)

    @classmethod
    def from_mapping(cls, raw: Mapping[str, Any]) -> Vocabulary:
        """Check the data's shape and that no phrase means two things, and make it ready."""
        roles = _meanings({Role(name): raw["roles"][name] for name in raw["roles"]})
        fields = _meanings({Field(name): raw["fields"][name] for name in raw["fields"]})
        twice = roles.keys() & fields.keys()
        if twice:
            raise ValueError(f"the vocabulary gives two meanings to {sorted(' '.join(words) for words in twice)}")
        cells = raw["cells"]
        return cls(
            roles=roles,
            role_cells={**roles, **_meanings({Role(name): raw["role_cells"][name] for name in raw["role_cells"]})},
            fields=fields,
            ignored=_phrases(raw["ignored"]["words"]),
            actions=_phrases(raw["actions"]["words"]),
            filler=_phrases(raw["filler"]["words"]),
            kinds={name: _phrases(raw["kinds"][name]) for name in raw["kinds"]},
            meeting=_phrases(raw["meetings"]["words"]),
            not_an_area=_singles(raw["meetings"]["not_an_area"]),
            nothing=_phrases(raw["nothing"]["words"]),
            unnamed=_phrases(raw["nothing"]["unnamed"] + raw["nothing"]["unnamed_person"]),
            unnamed_person=_phrases(raw["nothing"]["unnamed_person"]),
            repeat_yes=_phrases(raw["repeat"]["yes"]),
            repeat_no=_phrases(raw["repeat"]["no"]),
            cells={name: _singles(cells[name]) for name in _SINGLE_WORDS},
            remarks=_phrases(cells["remarks"]),
            furniture=_phrases(raw["furniture"]["phrases"]),
            plain=_singles(raw["plain"]["words"]),
            vague=_phrases(raw["vague"]["words"]),
        )

    def says_nothing(self, text: str) -> bool:
        """Whether a cell says that there is nothing: none, not known, no fixed abode, a dash."""
        words = words_of(text)
        if not words or words in self.nothing:
            return True
        parts = _APART.split(text)
        return len(parts) > 1 and all(not part or part in self.nothing for part in map(words_of, parts))

    def knows(self, word: str) -> bool:
        """Whether a word alone is one of those that headings are made of."""
        return any((word,) in words for words in (self.roles, self.fields, self.ignored, self.filler))

    def names_a_school(self, text: str) -> bool:
        return any(word.strip(".,'").casefold() in self.cells["schools"] for word in text.split())

    def answer_to_repeat(self, text: str) -> bool | None:
        """Yes or no, also with a remark after it."""
        words = words_of(text)
        for size in range(len(words), 0, -1):
            if words[:size] in self.repeat_yes:
                return True
            if words[:size] in self.repeat_no:
                return False
        return None

    def role_in_cell(self, text: str) -> Role | None:
        """The role that a cell under "Role" gives, short forms and a number after it included; "Victim?" gives none."""
        if "?" in text:
            return None
        if words_of(text) in self.role_cells:
            return self.role_cells[words_of(text)]
        words = tuple(word for word in words_of(text) if not word.isdigit())
        while words:
            if words in self.role_cells:
                return self.role_cells[words]
            if words[0] != "alleged" and words[-1] != "alleged":
                return None
            words = words[1:] if words[0] == "alleged" else words[:-1]
        return None


def _meanings(raw: Mapping[T, Iterable[str]]) -> dict[Words, T]:
    meanings: dict[Words, T] = {}
    for meaning, texts in raw.items():
        for words in _phrases(texts):
            if meanings.setdefault(words, meaning) is not meaning:
                raise ValueError(f"the vocabulary gives two meanings to {' '.join(words)}")
    return meanings
