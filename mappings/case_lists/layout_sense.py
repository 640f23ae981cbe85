"""Whether a layout makes sense: every role told beyond doubt, nobody without a name, nothing meant twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from integration.domain.people import Role
from mappings.case_lists.headings import read_heading
from mappings.case_lists.layouts import LaidHeading, LaidTable, Layout, RowIs, same_name
from mappings.case_lists.vocabulary import ABOUT_A_PERSON, NAMES_SOMEBODY, Field, Vocabulary, words_of

_OPPOSITES = {Role.VICTIM, Role.PERPETRATOR}
_SEVERAL = {Field.ADDRESS, Field.AKA, Field.PHONE}  # somebody may have more than one


def faults_of_sense(layout: Layout, vocabulary: Vocabulary) -> Iterator[str]:
    """Every fault, with its place and its remedy."""
    for number, table in enumerate(layout.tables, start=1):
        place = f"table {number}"
        yield from _twice(table, place)
        yield from _roles(table, place)
        yield from _people(table, place)
        yield from _against_the_vocabulary(table, place, vocabulary)
        yield from _cases(table, place, layout)
    if sum(table.row is RowIs.LABEL for table in layout.tables) > 1:
        yield 'the file: two tables have row = "label"; give one of them the headings of both'
    yield from _both_roles(layout)
    yield from _opposites(layout)
    yield from _role_words(layout, vocabulary)


def _twice(table: LaidTable, place: str) -> Iterator[str]:
    """Headings are known by their words, so each must have its own."""
    for key, count in Counter(heading.key for heading in table.headings).items():
        if count > 1:
            shown = next(heading.shown for heading in table.headings if heading.key == key)
            yield (
                f'{place}: "{shown}" stands there twice: a heading is known by its words, never by its column alone; '
                "tell them apart by `under`, or ask the area to"
            )
    grouped = {words_of(heading.text) for heading in table.headings if heading.under}
    for heading in table.headings:
        if not heading.under and words_of(heading.text) in grouped:
            yield f'{place}: "{heading.text}" stands there with `under` and without; give it to both'
    wanted = [h for h in table.headings if h.means is not None and h.means not in _SEVERAL]
    for (means, role, person), count in Counter((h.means, h.role, h.person) for h in wanted).items():
        if count > 1:
            whose = f" of {role.value} {person}" if role is not None else ""
            yield f"{place}: two headings mean the {means}{whose}; keep one, or give the second another `person`"


def _roles(table: LaidTable, place: str) -> Iterator[str]:
    personal = [heading for heading in table.headings if heading.means in ABOUT_A_PERSON]
    by_cells = any(heading.means is Field.ROLE for heading in table.headings)
    if by_cells and table.row is not RowIs.PERSON:
        yield f'{place}: means = "role" is for row = "person" alone; give each heading its role'
        return
    for heading in personal:
        if by_cells and heading.role is not None:
            yield f'{place}: "{heading.shown}": each row tells its role; leave out the heading\'s'
        if not by_cells and heading.role is None:
            yield f'{place}: "{heading.shown}": whose is it? Give its role'
    if table.row is RowIs.PERSON and len({heading.role for heading in personal}) > 1:
        yield f'{place}: a row is one person, and its headings give several roles; add a heading with means = "role"'


def _people(table: LaidTable, place: str) -> Iterator[str]:
    """Whoever has details has a name, and it is told in one way."""
    means: dict[tuple[Role | None, int], set[Field]] = {}
    for heading in table.headings:
        if heading.means in ABOUT_A_PERSON and heading.means is not None:
            means.setdefault((heading.role, heading.person), set()).add(heading.means)
    if not means:
        yield f"{place}: no heading is about anybody; leave the table out, or name it under skip_sheets"
    for (role, person), fields in means.items():
        who = f"{role.value if role is not None else 'person'} {person}"
        naming = fields & NAMES_SOMEBODY
        if not naming:
            yield f"{place}: {who} has details and no name; add a heading with means name, family, given or person"
        if len(naming) > 1 and naming != {Field.FAMILY, Field.GIVEN}:
            yield f"{place}: the name of {who} is told in two ways ({', '.join(sorted(naming))}); keep one"
        if Field.FAMILY not in fields and naming == {Field.GIVEN}:
            yield f'{place}: {who} has a given name and no family name; add a heading with means = "family"'


def _against_the_vocabulary(table: LaidTable, place: str, vocabulary: Vocabulary) -> Iterator[str]:
    """A layout names what we cannot know; it does not turn a word that everybody knows into its opposite."""
    for heading in table.headings:
        for text in (heading.text, heading.under):
            known = read_heading(text, vocabulary)
            if {known.role, heading.role} == _OPPOSITES:
                yield f'{place}: "{heading.shown}" says {known.role}, and its role is {heading.role}; correct the role'
            if heading.means is None and known.names_somebody and known.role in _OPPOSITES:
                yield f'{place}: "{heading.shown}" names a {known.role}, who would be passed over; say what it means'


def _cases(table: LaidTable, place: str, layout: Layout) -> Iterator[str]:
    """People belong to a case: a row of cases may be counted, anybody else needs its reference."""
    if table.row is RowIs.CASE or any(heading.means is Field.CASE_REF for heading in table.headings):
        return
    above = any(other.row is RowIs.LABEL for other in layout.tables if other is not table)
    if not layout.case_heading and not (above and table.row is RowIs.PERSON):
        yield f'{place}: to which case do people belong? Add a heading with means = "case_ref", or a case_heading'


def _both_roles(layout: Layout) -> Iterator[str]:
    headings = [heading for table in layout.tables for heading in table.headings]
    if any(heading.means is Field.ROLE for heading in headings):
        return
    for role in (Role.VICTIM, Role.PERPETRATOR):
        if not any(heading.role is role and heading.means in NAMES_SOMEBODY for heading in headings):
            yield f"the file: no heading names a {role.value}; a list has both roles, so one is missing"


def _opposites(layout: Layout) -> Iterator[str]:
    """The same words never mean a victim here and a perpetrator there, unless named sheets tell them apart."""
    under: dict[str, set[Role | None]] = {}
    for heading in (heading for table in layout.tables for heading in table.headings if heading.under):
        under.setdefault(" ".join(words_of(heading.under)), set()).add(heading.role)
    for words, roles in under.items():
        if roles >= _OPPOSITES:
            yield f'the file: "{words}" stands over a victim and over a perpetrator; correct the role'
    for (at, one), (other_at, other) in combinations(enumerate(layout.tables, start=1), 2):
        apart = one.sheet is not None and other.sheet is not None and not same_name(one.sheet, other.sheet)
        if not apart:
            for heading, same in _shared(one, other):
                if {heading.role, same.role} == _OPPOSITES:
                    yield f'tables {at} and {other_at}: "{heading.shown}" has opposite roles; name the sheet of each'


def _shared(one: LaidTable, other: LaidTable) -> Iterator[tuple[LaidHeading, LaidHeading]]:
    theirs = other.by_key
    return ((heading, theirs[heading.key]) for heading in one.headings if heading.key in theirs)


def _role_words(layout: Layout, vocabulary: Vocabulary) -> Iterator[str]:
    if layout.role_words and not any(h.means is Field.ROLE for table in layout.tables for h in table.headings):
        yield 'role_words: no heading has means = "role"; add it, or leave out role_words'
    for words, role in layout.role_words.items():
        text = " ".join(words)
        known = vocabulary.role_in_cell(text)
        if known is not None and known is not role:
            yield f'role_words: "{text}" means {known.value} everywhere else; leave it out'
        plain = tuple(word for word in words if not word.isdigit())
        if plain != words and layout.role_words.get(plain, role) is not role:
            yield f'role_words: "{text}" and "{" ".join(plain)}" differ by a number alone, and not in role; rename one'
