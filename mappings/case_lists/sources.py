"""Which cell each value of a person came from: credited while people are put together, told once all are there."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from integration.domain.explanation import Explained, Rule, Source
from integration.domain.people import Address, Role, Subject
from mappings.case_lists.content import Cell, squeeze
from mappings.case_lists.headings import Heading
from mappings.case_lists.people import Draft

LONGEST_WORDS = 80


@dataclass(frozen=True, slots=True)
class Told:
    """One cell, the heading over it or the label beside it, and which of the two it is."""

    heading: Heading
    cell: Cell = field(repr=False)
    rule: Rule = Rule.HEADING

    @property
    def source(self) -> Source:
        return source(self.cell.where, self.rule, self.heading.text)


def source(where: str, rule: Rule, words: str) -> Source:
    return Source(where, rule, squeeze(words)[:LONGEST_WORDS])


def credit(people: Iterable[Draft], told: Sequence[Told]) -> None:
    """Whatever has no source yet came from these cells: of several, from those that show it."""
    filled = [one for one in told if not one.cell.empty]
    for person in people:
        for what, value in _values_of(person):
            if (what, value) not in person.sources:
                showing = [one for one in filled if _shows(one.cell.text, value)] or filled
                person.sources[what, value] = tuple(dict.fromkeys(one.source for one in showing))


def credit_role(people: Iterable[Draft], role_source: Source | None) -> None:
    """Their role was told there, unless it was told before."""
    for person in people:
        if role_source is not None and person.role is not None:
            person.sources.setdefault(("role", person.role), (role_source,))


def _shows(text: str, value: Hashable) -> bool:
    """Whether a cell shows an address or a number; names and dates are written in too many ways to tell."""
    match value:
        case Address(line, postcode):
            parts = [part.strip() for part in (*line.split(","), postcode or "") if part.strip()]
            plain = squeeze(text).casefold()
            return any(part.casefold() in plain for part in parts)
        case Role():
            return True
        case str() if any(char.isdigit() for char in value):
            return re.sub(r"\D", "", value) in re.sub(r"\D", "", text)
        case _:
            return True


def _values_of(person: Draft | Subject) -> Iterator[tuple[str, Hashable]]:
    """Every value but the role, which headings tell and not the value's own cell."""
    several: tuple[tuple[str, Sequence[Hashable]], ...] = (
        ("names", person.names),
        ("births", person.births),
        ("addresses", person.addresses),
        ("phones", person.phones),
    )
    for what, values in several:
        for value in values:
            yield what, value
    single = (("age", person.age), ("born_in", person.born_in), ("sex", person.sex), ("nhs_number", person.nhs_number))
    for what, one in single:
        if one is not None:
            yield what, one


def explained(case: int, subject: int, draft: Draft, finished: Subject) -> Iterator[Explained]:
    """Each value of a finished person with its sources; one that was cut short has those of its field."""
    seen: dict[str, int] = {}
    for what, value in (("role", finished.role), *_values_of(finished)):
        at = seen[what] = seen.get(what, -1) + 1
        of_field = (one for (other, _), ones in draft.sources.items() if other == what for one in ones)
        for one in draft.sources.get((what, value)) or tuple(dict.fromkeys(of_field)):
            yield Explained(case, subject, what, at, one)
