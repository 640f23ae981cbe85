"""Two cases that may have run together because the heading or the reference of the second one is lost.

Nobody can see what is not there, so it is known by what it leaves behind: a case that begins anew below its last
perpetrator, a case beside it that has lost its people, a number that the list leaves out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from integration.domain.people import Role
from mappings.case_lists.gathering import CaseDraft, Place

_ADULTS = (Role.VICTIM, Role.PERPETRATOR)
_NUMBER = re.compile(r"\d+")


def run_together(cases: Sequence[CaseDraft]) -> Iterator[tuple[CaseDraft, str]]:
    """Each case that may hold the people of another one, with the place where those begin."""
    for case in cases:
        again = _begins_anew(case.below)
        if again is not None:
            yield case, again.where
    for case, other in [*pairwise(cases), *((later, earlier) for earlier, later in pairwise(cases))]:
        if _has_lost_people(case) and _is_crowded(other):
            yield other, other.where
    for case, following in pairwise(cases):
        if _is_crowded(case) and _leaves_out_a_number(cases, case, following):
            yield case, case.where
    yield from _children_first(cases)


def _begins_anew(below: Sequence[Place]) -> Place | None:
    """Victim, perpetrator, and a victim again: the first place at which a role comes back after another one."""
    told = [place for place in sorted(below) if place.role is not Role.OTHER]
    left: set[Role] = set()
    for before, place in pairwise(told):
        if place.role is before.role:
            continue
        left.add(before.role)
        if place.role in left and place.role in _ADULTS and not place.plain:
            return place
    return None


def _has_lost_people(case: CaseDraft) -> bool:
    return all(person.role is not Role.VICTIM for person in case.people)


def _is_crowded(case: CaseDraft) -> bool:
    """Whether several victims or several perpetrators stand below one heading."""
    told = Counter(place.role for place in case.below if not place.plain)
    return any(told[role] > 1 for role in _ADULTS)


def _leaves_out_a_number(cases: Sequence[CaseDraft], case: CaseDraft, following: CaseDraft) -> bool:
    """Whether a list that counts its cases one by one jumps here, and nowhere else."""
    numbers = [_NUMBER.findall(one.ref) for one in cases]
    widths = {len(found) for found in numbers}
    if len(widths) != 1:
        return False
    for index in range(widths.pop()):
        counted = [int(found[index]) for found in numbers]
        steps = [after - before for before, after in pairwise(counted)]
        here = int(_NUMBER.findall(following.ref)[index]) - int(_NUMBER.findall(case.ref)[index])
        if here > 1 and Counter(steps) == Counter({1: len(steps) - 1, here: 1}) and len(steps) > 1:
            return True
    return False


def _children_first(cases: Sequence[CaseDraft]) -> Iterator[tuple[CaseDraft, str]]:
    """A case that begins with children where others end with them, or it does: they may be those of the case above."""
    told = [(case, [place for place in sorted(case.below) if place.role is not Role.OTHER]) for case in cases]
    with_children = [(case, below) for case, below in told if any(place.role is Role.CHILD for place in below)]
    first = [(case, below) for case, below in with_children if below[0].role is Role.CHILD]
    for case, below in first:
        again = below[-1].role is Role.CHILD and any(place.role in _ADULTS for place in below)
        if again or 2 * len(first) < len(with_children):
            yield case, below[0].where
