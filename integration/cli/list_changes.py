"""How `meetings changes` shows what differs between two versions: a row for each difference, or JSON case by case."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, assert_never

from integration.domain.list_changes import Added, CaseChange, Changed, Unchanged, Withdrawn
from integration.domain.people import Address, PersonName, Subject

COLUMNS = {"change": "Change", "was_ref": "Case was", "case_ref": "Case is", "person": "Person"}
COLUMNS |= {"field": "Field", "from": "From", "to": "To"}
NOT_READ = "not all of it was read"


def case_of(change: CaseChange) -> dict[str, Any]:
    """One case's change for a program, all its fields present."""
    said: dict[str, Any] = {"change": type(change).__name__.lower(), "was_ref": None, "case_ref": None}
    said |= {"doubted": False, "fields": [], "joined": [], "left": []}
    match change:
        case Added(after, doubted):
            return said | {"case_ref": after.case_ref, "doubted": doubted, "joined": _people(after.subjects)}
        case Withdrawn(before, doubted):
            return said | {"was_ref": before.case_ref, "doubted": doubted, "left": _people(before.subjects)}
        case Unchanged(before, after):
            return said | {"was_ref": before.case_ref, "case_ref": after.case_ref}
        case Changed(before, after, fields, joined, left, doubted):
            said |= {"was_ref": before.case_ref, "case_ref": after.case_ref, "doubted": doubted}
            differences = [
                {
                    "person": None if one.person is None else _person(one.person)["name"],
                    "field": one.what.value,
                    "from": _text(one.before),
                    "to": _text(one.after),
                }
                for one in fields
            ]
            return said | {"fields": differences, "joined": _people(joined), "left": _people(left)}
    assert_never(change)


def rows_of(case: dict[str, Any]) -> list[dict[str, Any]]:
    """One case's change for a table: a row for each field and each person, and one at least."""
    start = {key: case[key] for key in ("change", "was_ref", "case_ref")}
    start |= {"person": None, "field": None, "from": None, "to": None}
    rows = [start | one for one in case["fields"]]
    rows += [start | {"person": one["name"], "field": "person", "from": one["role"]} for one in case["left"]]
    rows += [start | {"person": one["name"], "field": "person", "to": one["role"]} for one in case["joined"]]
    if case["doubted"]:
        rows.append(start | {"field": NOT_READ})
    return rows or [start]


def _people(subjects: Iterable[Subject]) -> list[dict[str, str]]:
    return [_person(subject) for subject in subjects]


def _person(subject: Subject) -> dict[str, str]:
    return {"role": subject.role.value, "name": _text(subject.names[0])}


def _text(value: object) -> str:
    """A field's value as people read it; nothing where nothing was said."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case tuple():
            return "; ".join(map(_text, value))
        case PersonName(family, given):
            return ", ".join(part for part in (family, given) if part)
        case Address(line, postcode):
            return ", ".join(part for part in (line, postcode) if part)
        case _:
            return str(value)
