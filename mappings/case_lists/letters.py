"""Headings that only their whole row explains: V Surname beside P Surname, and "Victim (DOB)" without a name beside it.

One letter alone proves nothing; a pair does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from integration.domain.people import Role
from mappings.case_lists.headings import PERSON, Heading, Sense, read_heading
from mappings.case_lists.vocabulary import Vocabulary

_ROLES = {"v": Role.VICTIM, "p": Role.PERPETRATOR, "ap": Role.PERPETRATOR, "c": Role.CHILD}
_BEFORE = re.compile(r"(?P<letter>V|P|AP|C)(?P<number>\d?)(?:[\s_.\-/]+|(?=[A-Z][a-z]))(?P<rest>\w.*)", re.DOTALL)
_AFTER = re.compile(r"(?P<rest>.*\w)[\s_\-]*[\s_(\-](?P<letter>V|P|AP|C)(?P<number>\d?)\)?", re.DOTALL)


def with_roles_by_letter(headings: Sequence[Heading], vocabulary: Vocabulary) -> list[Heading]:
    """The headings of a row, V and P understood where both stand before or after the same kind of name."""
    lettered = {
        index: found
        for index, heading in enumerate(headings)
        if heading.sense is Sense.UNKNOWN and (found := _lettered(heading.text, vocabulary)) is not None
    }
    named = {found.role: found.fields for found in lettered.values() if found.names_somebody}
    if not {Role.VICTIM, Role.PERPETRATOR} <= named.keys():
        return list(headings)
    if any(h.role in (Role.VICTIM, Role.PERPETRATOR) and h.names_somebody for h in headings):
        return list(headings)  # words tell the roles here, so the letters mean something else
    return [lettered.get(index, heading) for index, heading in enumerate(headings)]


def with_details_in_brackets(headings: Sequence[Heading], vocabulary: Vocabulary) -> list[Heading]:
    """ "Victim (DOB)" holds the victim, a date of birth behind the name, if no other heading asks for the name."""
    named = {heading.role for heading in headings if heading.names_somebody}
    return [
        replace(heading, fields=PERSON.fields)
        if heading.role not in named and _is_role_with_brackets(heading, vocabulary)
        else heading
        for heading in headings
    ]


def _is_role_with_brackets(heading: Heading, vocabulary: Vocabulary) -> bool:
    before, bracket, _ = heading.text.partition("(")
    return heading.about_a_person and bool(bracket) and read_heading(before, vocabulary).is_role_alone


def _lettered(text: str, vocabulary: Vocabulary) -> Heading | None:
    match = _BEFORE.fullmatch(text.strip()) or _AFTER.fullmatch(text.strip())
    if match is None:
        return None
    plain = read_heading(match["rest"], vocabulary)
    if not plain.about_a_person or plain.role is not None:
        return None
    number = int(match["number"]) if match["number"] else plain.number
    return replace(plain, role=_ROLES[match["letter"].casefold()], number=number, text=text)
