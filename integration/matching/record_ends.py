"""A patient's record ends: merged into another of the same person's (A40), or removed (A29), keys and counts in step.

What the obsolete record said is not lost to matching: its names, addresses and numbers stay findable on the survivor,
and what it knew of danger (restricted, deceased) counts, until an extract says of the survivor what holds.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, insert, or_, select

from integration.domain.flag import FlagStatus
from integration.domain.people import RecordEnd
from integration.matching.rows import patient_of, prepared, stored
from integration.matching.united import united
from integration.storage.database import new_id
from integration.storage.patient_tables import patients
from integration.storage.patient_writing import present, take_into, take_out
from integration.storage.tables import flags, subjects
from integration.storage.upkeep_tables import record_ends

_NEW_END = insert(record_ends)
_PATIENT = select(patients.c.pid).where(patients.c.local_id == bindparam("at"))
_LAST_SURVIVOR = (
    select(record_ends.c.survivor)
    .where(record_ends.c.local_id == bindparam("at"))
    .order_by(record_ends.c.ended_at.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Ended:
    """One record that has ended, as the records know it; `was_there`: the index held it until now."""

    end_id: str
    merged: bool
    was_there: bool


def end_record(connection: Connection, end: RecordEnd, now: str) -> Ended | None:
    """End one record; None where there is nothing to do: nobody knows it, or its survivor is not in the index.

    Nor where a record is removed that was merged before: the patient lives on in the survivor, and so do the flags.
    """
    survivor = living(connection, end.survivor) if end.survivor is not None else None
    if survivor == end.local_id or (survivor is None and end.survivor is not None):
        return None
    rows = {row[1]: row for row in present(connection, [end.local_id, *([survivor] if survivor else [])])}
    was_there = end.local_id in rows
    if not was_there and not _is_on_record(connection, end.local_id):
        return None
    if survivor is None and not was_there and living(connection, end.local_id) is not None:
        return None
    if was_there and survivor is None:
        take_out(connection, rows[end.local_id], stored)
    elif was_there and survivor is not None:
        whole = united(patient_of(rows[survivor]), patient_of(rows[end.local_id]))
        take_into(connection, rows[end.local_id], rows[survivor], prepared(whole), stored)
    end_id = new_id()
    connection.execute(_NEW_END, {"end_id": end_id, "local_id": end.local_id, "survivor": survivor, "ended_at": now})
    return Ended(end_id, survivor is not None, was_there)


def has_ended(connection: Connection, local_id: str) -> bool:
    """Whether a record was merged or removed, and no extract has brought it back."""
    ended = select(record_ends.c.end_id).where(record_ends.c.local_id == local_id).limit(1)
    return connection.execute(ended).first() is not None and living(connection, local_id) != local_id


def living(connection: Connection, local_id: str) -> str | None:
    """The record that a number stands for today, however often it was merged; None if there is none."""
    seen: set[str] = set()
    at: str | None = local_id
    while at is not None and at not in seen:
        if connection.execute(_PATIENT, {"at": at}).first() is not None:
            return at
        seen.add(at)
        at = connection.execute(_LAST_SURVIVOR, {"at": at}).scalar()
    return None


def _is_on_record(connection: Connection, local_id: str) -> bool:
    """Whether a flag of ours stands on it, or somebody on a list was found to be it."""
    of_flags = select(flags.c.flag_id).where(flags.c.patient == local_id)
    standing = of_flags.where(or_(flags.c.status == FlagStatus.ACTIVE.value, flags.c.state != "verified"))
    found = select(subjects.c.subject_id).where(subjects.c.patient == local_id)
    return any(connection.execute(asked.limit(1)).first() is not None for asked in (standing, found))
