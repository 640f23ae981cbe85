"""Text outside every understood place: furniture of the page, or somebody who would be lost."""

from __future__ import annotations

import re

from integration.domain.people import PersonName
from mappings.case_lists.births import AGE, DATE
from mappings.case_lists.gathering import Gathering
from mappings.case_lists.headings import read_heading
from mappings.case_lists.names import is_plainly_a_name
from mappings.case_lists.people import read_people
from mappings.case_lists.vocabulary import words_of


def is_furniture(text: str, gathering: Gathering) -> bool:
    """Protective markings, page numbers, totals and headings that belong to the page."""
    words = words_of(text)
    return any(
        words[:size] in gathering.vocabulary.furniture for size in range(1, min(6, len(words)) + 1)
    ) and not DATE.search(text)


def names_people(text: str, gathering: Gathering) -> bool:
    """Whether a text outside every understood place seems to name somebody: a name in capitals, or one with a birth."""
    if len(text) > 600:
        return False
    for line in re.split(r"[\n;]", text):
        if is_plainly_a_name(line.strip(), gathering.vocabulary):
            return True
        if DATE.search(line) or AGE.search(line):
            found = read_people(
                line,
                gathering.vocabulary,
                gathering.today,
                role=None,
                heading=read_heading("name", gathering.vocabulary),
            )
            dated = [person for person in found.people if person.births or person.age is not None]
            if any(is_personal(person.names[0], gathering) for person in dated):
                return True
    return False


def is_personal(name: PersonName, gathering: Gathering) -> bool:
    """Whether words before a date are somebody's name, and not "Report of" or "Rotherham MARAC"."""
    vocabulary = gathering.vocabulary
    words = f"{name.given} {name.family}".split()
    common = [
        word
        for word in words
        if word.casefold() in vocabulary.plain
        or any(words_of(word) in phrases for phrases in (vocabulary.ignored, vocabulary.meeting, vocabulary.filler))
    ]
    return bool(name.family) and not common and all(word[0].isupper() for word in words)
