"""Whose a column is when its heading does not say: Victim | DOB | Address | Perpetrator | DOB | Address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from integration.domain.people import Role
from mappings.case_lists.headings import Heading
from mappings.case_lists.vocabulary import Field

_ADULTS = (Role.VICTIM, Role.PERPETRATOR)


@dataclass(slots=True)
class _Run:
    """A name's columns, and the details that follow them without a role of their own."""

    names: list[int]
    role: Role | None
    details: list[int] = field(default_factory=list)


def owners(headings: Sequence[Heading]) -> dict[int, int]:
    """For each detail without a role the column of the name that it follows; empty where that is not plain.

    Plain means: every name has its role, no detail stands before the first name, both victim and perpetrator are
    followed by details of their own, none of them twice, and the shorter run asks for nothing that the longer does not.
    """
    runs = _runs(headings)
    if runs is None or not {run.role for run in runs} >= set(_ADULTS):
        return {}
    adults = [_fields(headings, run.details) for run in runs if run.role in _ADULTS]
    longest = max(adults, key=len)
    if not all(asked and asked <= longest for asked in adults):
        return {}
    if any(_twice(headings, run.details) for run in runs):
        return {}
    return {detail: run.names[0] for run in runs for detail in run.details}


def _runs(headings: Sequence[Heading]) -> list[_Run] | None:
    """Names with what follows them, from left to right; None where a column belongs to nobody or to somebody else."""
    runs: list[_Run] = []
    for index, heading in enumerate(headings):
        if not heading.about_a_person:
            continue
        last = runs[-1] if runs else None
        if heading.names_somebody:
            if heading.role is None:
                return None
            if last is not None and last.role is heading.role and not last.details:
                last.names.append(index)
            else:
                runs.append(_Run([index], heading.role))
        elif last is None or heading.role not in (None, last.role):
            return None
        elif heading.role is None:
            last.details.append(index)
    return runs


def _fields(headings: Sequence[Heading], indices: Iterable[int]) -> frozenset[Field]:
    return frozenset(wanted for index in indices for wanted in headings[index].fields)


def _twice(headings: Sequence[Heading], indices: Iterable[int]) -> bool:
    """Whether two columns of one run ask for the same; the lines of one address do not."""
    asked = [headings[index].fields for index in indices if not headings[index].part_of_address]
    return len(asked) > len(set(asked))
