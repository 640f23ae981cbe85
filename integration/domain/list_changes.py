"""What differs between two versions of a meeting's list, case by case, for a person's eyes.

Cases are recognised by their people first, as references may be renumbered (rule 13). Each case of either version,
and so each person, is in exactly one change. A case in doubt is never called unchanged: what could not be read of it
may be something else now. Nothing here acts; `integration/workflow/open_list.py` does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias, TypeVar

from integration.domain.case_list import Case, Reading
from integration.domain.people import Subject

T = TypeVar("T")
Likeness: TypeAlias = tuple[int, ...]  # the first number counts most; None in its place: not the same thing


class Field(StrEnum):
    """What a list says of a case or of a person in it; a person's are attributes of `Subject`."""

    REPEAT = "repeat"
    ROLE = "role"
    NAMES = "names"
    BIRTHS = "births"
    AGE = "age"
    BORN_IN = "born_in"
    SEX = "sex"
    NHS_NUMBER = "nhs_number"
    ADDRESSES = "addresses"
    PHONES = "phones"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that says something else now. `person` is as the later version has them; None: the case itself."""

    person: Subject | None = field(repr=False)
    what: Field
    before: object = field(repr=False)
    after: object = field(repr=False)


@dataclass(frozen=True, slots=True)
class Added:
    """A case that the earlier version does not have."""

    after: Case = field(repr=False)
    doubted: bool = False  # not all of it could be read


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A case that the later version does not have any longer."""

    before: Case = field(repr=False)
    doubted: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """A case of both versions of which something differs, or is in doubt."""

    before: Case = field(repr=False)
    after: Case = field(repr=False)
    fields: tuple[FieldChange, ...] = ()
    joined: tuple[Subject, ...] = field(default=(), repr=False)
    left: tuple[Subject, ...] = field(default=(), repr=False)
    doubted: bool = False


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A case of which both versions say the same, whatever its reference is now."""

    before: Case = field(repr=False)
    after: Case = field(repr=False)


CaseChange: TypeAlias = Added | Withdrawn | Changed | Unchanged


def changes_between(before: Reading, after: Reading) -> tuple[CaseChange, ...]:
    """Every case of both versions in one change: in the later one's order, then what was withdrawn."""
    old, new = _cases_of(before), _cases_of(after)
    partner = {j: i for i, j in _pairs([*map(_told, old)], [*map(_told, new)], _case_likeness)}
    found_again = set(partner.values())
    changes: list[CaseChange] = []
    for number, case in enumerate(new):
        doubted = _doubted(after, case)
        if number in partner:
            earlier = old[partner[number]]
            changes.append(_change_of(earlier, case, doubted=doubted or _doubted(before, earlier)))
        else:
            changes.append(Added(case, doubted))
    gone = [case for number, case in enumerate(old) if number not in found_again]
    return (*changes, *(Withdrawn(case, _doubted(before, case)) for case in gone))


def _cases_of(reading: Reading) -> list[Case]:
    """The cases, those included of which only a problem was read: they name nobody, and are not forgotten."""
    read = {case.case_ref for case in reading.cases}
    named = dict.fromkeys(problem.case_ref for problem in reading.problems if problem.case_ref is not None)
    return [*reading.cases, *(Case(ref, ()) for ref in named if ref not in read)]


def _doubted(reading: Reading, case: Case) -> bool:
    return not case.subjects or bool(reading.problems_of(case.case_ref))


def _change_of(before: Case, after: Case, *, doubted: bool) -> Changed | Unchanged:
    pairs = _pairs(before.subjects, after.subjects, _person_likeness)
    fields = [] if before.repeat == after.repeat else [FieldChange(None, Field.REPEAT, before.repeat, after.repeat)]
    for i, j in sorted(pairs, key=lambda pair: pair[1]):
        fields += _differences(before.subjects[i], after.subjects[j])
    stayed, kept = {i for i, _ in pairs}, {j for _, j in pairs}
    left = tuple(one for i, one in enumerate(before.subjects) if i not in stayed)
    joined = tuple(one for j, one in enumerate(after.subjects) if j not in kept)
    if fields or joined or left or doubted:
        return Changed(before, after, tuple(fields), joined, left, doubted)
    return Unchanged(before, after)


def _differences(before: Subject, after: Subject) -> Iterable[FieldChange]:
    for one in Field:
        if one is not Field.REPEAT and getattr(before, one.value) != getattr(after, one.value):
            yield FieldChange(after, one, getattr(before, one.value), getattr(after, one.value))


def _pairs(
    before: Sequence[T], after: Sequence[T], likeness: Callable[[T, T], Likeness | None]
) -> list[tuple[int, int]]:
    """Who is who, the most alike first; nobody twice. The same pairs come out whichever version is the earlier."""
    alike = [
        (score, -abs(i - j), -min(i, j), (i, j))
        for i, one in enumerate(before)
        for j, other in enumerate(after)
        if (score := likeness(one, other)) is not None
    ]
    pairs: list[tuple[int, int]] = []
    taken_before, taken_after = set(), set()
    for *_, (i, j) in sorted(alike, reverse=True):
        if i not in taken_before and j not in taken_after:
            pairs.append((i, j))
            taken_before.add(i)
            taken_after.add(j)
    return pairs


@dataclass(frozen=True, slots=True)
class _Told:
    """What a case is recognised by, made once: each case is compared with every other."""

    people: Counter[Subject] = field(repr=False)
    marks: frozenset[Hashable] = field(repr=False)
    ref: str = field(repr=False)
    repeat: bool | None


def _told(case: Case) -> _Told:
    marks = frozenset(mark for subject in case.subjects for mark in _marks(subject))
    return _Told(Counter(map(_said, case.subjects)), marks, _plain(case.case_ref), case.repeat)


def _case_likeness(before: _Told, after: _Told) -> Likeness | None:
    """All the same people, then known people in common, then the same reference; without any of it, two cases."""
    same = bool(before.people) and before.people == after.people
    in_common = len(before.marks & after.marks)
    same_ref = before.ref == after.ref
    if not (same or in_common or same_ref):
        return None
    return same, in_common, same_ref, before.repeat == after.repeat


def _person_likeness(before: Subject, after: Subject) -> Likeness | None:
    """Whether two entries of one case are one person; a role that differs is a change, not somebody else."""
    in_common = len(_marks(before) & _marks(after))
    same_name = bool(_names(before) & _names(after))
    same_birth = bool(set(before.births) & set(after.births))
    part_of_name = bool(_parts(before) & _parts(after))
    if not (in_common or same_name or (same_birth and part_of_name)):
        return None
    return _said(before) == _said(after), in_common, same_name, same_birth, before.role == after.role, part_of_name


def _said(subject: Subject) -> Subject:
    """All that a list says of a person, their place in the file apart."""
    return replace(subject, where="", row=None)


def _marks(subject: Subject) -> set[Hashable]:
    """What tells a person from namesakes: the NHS number, or a name with a birth or a postcode."""
    numbers = {"".join(subject.nhs_number.split())} if subject.nhs_number else set()
    postcodes = {"".join(a.postcode.split()).upper() for a in subject.addresses if a.postcode}
    return numbers | {(name, told) for name in _names(subject) for told in (*subject.births, *postcodes)}


def _names(subject: Subject) -> set[tuple[str, str]]:
    return {(_plain(name.family), _plain(name.given)) for name in subject.names}


def _parts(subject: Subject) -> set[str]:
    return {part for name in _names(subject) for part in name if part}


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
