"""Text outside every understood place: furniture of the page, or somebody who would be lost."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise

from integration.domain.people import PersonName
from mappings.case_lists.addresses import POSTCODE
from mappings.case_lists.births import AGE, DATE
from mappings.case_lists.case_refs import is_reference, reference_of
from mappings.case_lists.content import Cell, Row
from mappings.case_lists.gathering import Gathering
from mappings.case_lists.headings import Sense, read_heading
from mappings.case_lists.names import is_caps, is_plainly_a_name
from mappings.case_lists.people import read_people
from mappings.case_lists.vocabulary import words_of

_PARTED = re.compile(r"\s[-\u2013]\s|:\s")  # "Party - SMITH, Jane - 3/12/1984"


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
        if is_plainly_a_name(_untitled(line, gathering), gathering.vocabulary):
            return True
        if DATE.search(line) or AGE.search(line):
            if any(is_plainly_a_name(part.strip(), gathering.vocabulary) for part in _PARTED.split(line)):
                return True
            found = read_people(
                line,
                gathering.vocabulary,
                gathering.today,
                role=None,
                heading=read_heading("name", gathering.vocabulary),
            )
            dated = [person for person in found.people if person.is_dated]
            if any(is_personal(person.names[0], gathering) for person in dated):
                return True
    return False


def _untitled(line: str, gathering: Gathering) -> str:
    first, _, rest = line.strip().partition(" ")
    return rest if first.strip(".").casefold() in gathering.vocabulary.cells["titles"] else line.strip()


def names_people_alone(cell: Cell, gathering: Gathering) -> bool:
    """Whether a cell under "Case no." or "Repeat" tells of people: then no heading stands over its own column."""
    return not is_reference(reference_of(cell.text)[0]) and names_people(cell.text, gathering)


def tells_of_people(row: Row, gathering: Gathering) -> bool:
    """Whether a row that nobody understood seems to tell of people: by a name, a postcode, or a case of its own."""
    cells = [cell.text.strip() for cell in row.told()]
    if any(names_people(text, gathering) for text in cells) or (len(cells) > 1 and any(map(POSTCODE.search, cells))):
        return True
    parts = [part.strip() for text in cells for part in re.split(r"\n|:\s", text)]
    if len(cells) > 1 and any(is_plainly_a_name(part, gathering.vocabulary) for part in parts):
        return True
    dated = any(DATE.fullmatch(text) for text in cells[1:]) or any(isinstance(c.value, date) for c in row.told())
    if len(cells) > 2 and is_reference(cells[0]) and (dated or cells[0].casefold() not in gathering.cases):
        return True
    words = [text for text in cells if read_heading(text, gathering.vocabulary).sense is not Sense.KNOWN]
    return any(
        is_caps(one) and len(one.split()) == 1 and is_plainly_a_name(f"{one}, {other}", gathering.vocabulary)
        for one, other in pairwise(words)
    )


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
