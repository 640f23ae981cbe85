"""Where a value that was read stands in its document, and by which rule it was taken. Changes nothing that is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Rule(StrEnum):
    """What gave a value its meaning, or a person their role."""

    HEADING = "heading"
    GROUP_HEADING = "group heading"  # over several headings
    BLOCK_HEADING = "block heading"  # over a whole block, table or part of one
    ROLE_CELL = "role cell"
    LABEL = "label"
    CASE_HEADING = "case heading"
    LAYOUT_FILE = "layout file"  # an area's own layout says what the heading, label or role word means


@dataclass(frozen=True, slots=True)
class Source:
    """One cell or line, the rule, and the words by which it applied.

    `where` is the value's own place; for a role it is that of the words that give it, or, with a label, that of the
    value beside it.
    """

    where: str
    rule: Rule
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Explained:
    """One source of one value: the case, the subject in it and the value in its field, each counted from 0."""

    case: int
    subject: int
    field: str  # as the JSON contract names it
    at: int
    source: Source
