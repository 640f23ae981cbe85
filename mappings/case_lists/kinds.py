"""What a document is, by its title first and its structure second."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise

from integration.domain.case_list import DocumentKind
from mappings.case_lists.case_refs import case_ref_in
from mappings.case_lists.columns import headings_in
from mappings.case_lists.content import Cell, Content, Line, Table
from mappings.case_lists.headings import read_heading
from mappings.case_lists.vocabulary import Field, Vocabulary, Words, words_of

LONGEST_TITLE = 200
_TITLE_LINES = 12
_TITLE_ROWS = 8


def titles_of(content: Content, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """The texts that may be a title, in order, with their places: first lines, and lone cells at the top of tables."""
    for block in islice(content.blocks, _TITLE_LINES):
        if isinstance(block, Line):
            if case_ref_in(block.text) is not None:
                break
            if len(block.text) <= LONGEST_TITLE or block.heading:
                yield block.text, block.where
        elif isinstance(block, Table):
            yield from _titles_in(block, vocabulary)
    for table in content.tables():
        if table.name:
            yield table.name, table.where


def _titles_in(table: Table, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    for row in table.rows[:_TITLE_ROWS]:
        told = row.told()
        yield from _labelled(told, vocabulary)
        titled = len(told) <= 2 or has_phrase(words_of(told[0].text), vocabulary.meeting)
        if told and titled and not read_heading(told[0].text, vocabulary).about_a_person:
            for cell in told:
                if len(cell.text) <= LONGEST_TITLE:
                    yield cell.text, cell.where


def _labelled(told: Sequence[Cell], vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """ "MARAC date | 3/12/2026 | Area | Rotherham" above a table: each label with the value beside it."""
    for label, value in pairwise(told) if len(told) % 2 == 0 else ():
        fields = read_heading(label.text.rstrip(" :"), vocabulary).fields
        asks = fields in ({Field.MEETING_DATE}, {Field.AREA}) or words_of(label.text) == ("meeting",)
        if asks and len(value.text) <= LONGEST_TITLE:
            yield f"{label.text.strip(' :')}: {value.text}", value.where


def has_phrase(words: Words, phrases: Iterable[Words]) -> bool:
    """Whether some phrase stands among the words, whole."""
    known = phrases if isinstance(phrases, frozenset) else frozenset(phrases)
    return any(words[at : at + size] in known for size in range(1, 7) for at in range(len(words) - size + 1))


def kind_in_title(content: Content, vocabulary: Vocabulary) -> DocumentKind | None:
    """The kind that the first telling title gives; None if no title tells."""
    texts = [text for text, _ in titles_of(content, vocabulary)]
    for text in texts:
        if has_phrase(words_of(text), vocabulary.kinds["never"]):
            return DocumentKind.UNRECOGNISED
    for text in texts:
        kind = _kind_in(words_of(re.split(r"[:]", text)[0] if len(text) > 60 else text), vocabulary)
        if kind is not None:
            return kind
    return None


def _kind_in(words: Words, vocabulary: Vocabulary) -> DocumentKind | None:
    for kind in (DocumentKind.RESEARCH_FORM, DocumentKind.MINUTES, DocumentKind.CASE_LIST):
        if has_phrase(words, vocabulary.kinds[kind.value]) and not has_phrase(
            words, vocabulary.kinds["of_another_meeting"]
        ):
            return kind
    others = _without_meeting(words, vocabulary)
    return DocumentKind.UNRECOGNISED if has_phrase(others, vocabulary.kinds["something_else"]) else None


def _without_meeting(words: Words, vocabulary: Vocabulary) -> Words:
    """A title's words without the meeting's own name, which holds "risk assessment" itself."""
    for size in range(vocabulary.longest, 1, -1):
        for at in range(len(words) - size + 1):
            if words[at : at + size] in vocabulary.meeting:
                return (*words[:at], "marac", *_without_meeting(words[at + size :], vocabulary))
    return words


def names_a_meeting(content: Content, vocabulary: Vocabulary) -> bool:
    """Whether a title speaks of a MARAC at all."""
    return any(has_phrase(words_of(text), vocabulary.meeting) for text, _ in titles_of(content, vocabulary))


def is_sheet_of_actions(content: Content, vocabulary: Vocabulary) -> bool:
    """Whether some row of headings asks for actions and who owes them."""
    for table in content.tables():
        for row in islice((row for row in table.rows if not row.empty), 10):
            words = [words_of(heading.text) for heading in headings_in(row, vocabulary) if heading.text]
            if sum(phrase in vocabulary.actions for phrase in words) >= 2:
                return True
    return False
