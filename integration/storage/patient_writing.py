"""Writing patients into the local index in bulk: rows, keys and name counts of a batch, in the one transaction given.

Whatever a batch stores it stores whole, so an update that is killed leaves an index in which every patient that is
there can be found. The index says of itself that it is half loaded then, and the next update mends the rest.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import Connection, text

from integration.errors import Unavailable
from integration.storage.patient_tables import patient_keys, patient_name_counts, patients

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A patient ready to be stored: the row without its number, the keys without it, the names that count."""

    row: Row
    keys: list[tuple[int, int, int | None]]
    names: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Written:
    added: int
    changed: int


# ruff: noqa: S608 - the statements hold our own names only, never a value
_COLUMNS = "pid, local_id, nhs_number, birth, phone_key, sounds, details"
_STORED = "pid, local_id, nhs_number, birth, details"
_KEY_COLUMNS = "key, birth, pid, sounds"


CACHE_KIB = 131072  # of SQLite's pages while an update runs: a batch touches most pages of the keys


@contextmanager
def bulk(connection: Connection) -> Iterator[None]:
    """Give SQLite room for a batch; taken back afterwards."""
    if connection.dialect.name != "sqlite":
        yield
        return
    usual = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size = -{CACHE_KIB}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size = {int(usual)}")


def write_batch(connection: Connection, batch: Sequence[Prepared], stored: Callable[[Row], Prepared]) -> Written:
    """Add or replace a batch's patients, the last of one local id winning; `stored` tells what a row's keys were."""
    wanted = {prepared.row[0]: prepared for prepared in batch}
    next_pid = connection.execute(text("SELECT coalesce(max(pid), 0) + 1 FROM patients")).scalar_one()
    there = present(connection, list(wanted)) if next_pid > 1 else []
    counts: Counter[tuple[str, str]] = Counter()
    rows: list[Row] = []
    keys: list[Row] = []
    changed = 0
    for row in there:
        prepared = wanted.pop(row[1])
        if (prepared.row[1], prepared.row[2], prepared.row[5]) != row[2:]:
            changed += 1
            old = stored(row)
            _take_back(connection, row[0], old)
            counts.subtract(old.names)
            _collect(row[0], prepared, rows, keys)
            counts.update(prepared.names)
    for pid, prepared in enumerate(wanted.values(), next_pid):
        _collect(pid, prepared, rows, keys)
    counts.update(chain.from_iterable([prepared.names for prepared in wanted.values()]))
    _insert(connection, "patients", _COLUMNS, rows)
    keys.sort()  # neighbours in the table are written together
    _insert(connection, "patient_keys", _KEY_COLUMNS, keys)
    _count(connection, counts)
    return Written(len(wanted), changed)


def write_keys_again(connection: Connection, stored: Callable[[Row], Prepared], batch: int) -> int:
    """Replace all that follows from the patients: their sounds, their keys, the counts of names. Returns how many."""
    connection.execute(patient_keys.delete())
    connection.execute(patient_name_counts.delete())
    made, last = 0, 0
    query = text(f"SELECT {_STORED} FROM patients WHERE pid > :last ORDER BY pid LIMIT :batch")
    while rows := [tuple(row) for row in connection.execute(query, {"last": last, "batch": batch})]:
        again = [(row[0], stored(row)) for row in rows]
        sounds = [{"of": pid, "is_now": prepared.row[4]} for pid, prepared in again]
        connection.execute(text("UPDATE patients SET sounds = :is_now WHERE pid = :of"), sounds)
        keys = [(key, birth, pid, bits) for pid, prepared in again for key, birth, bits in prepared.keys]
        keys.sort()
        _insert(connection, "patient_keys", _KEY_COLUMNS, keys)
        _count(connection, Counter(chain.from_iterable(prepared.names for _, prepared in again)))
        made, last = made + len(rows), rows[-1][0]
    return made


def _collect(pid: int, prepared: Prepared, rows: list[Row], keys: list[Row]) -> None:
    rows.append((pid, *prepared.row))
    for key, birth, bits in prepared.keys:
        keys.append((key, birth, pid, bits))


def take_out(connection: Connection, rows: Sequence[Row], stored: Callable[[Row], Prepared]) -> None:
    """Remove these patients' rows, with their keys and what they added to the counts of names."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        old = stored(row)
        _take_back(connection, row[0], old)
        counts.subtract(old.names)
    _count(connection, counts)


def present(connection: Connection, local_ids: list[str]) -> list[Row]:
    """The rows of these patients as they are stored, in no order."""
    query = f"SELECT {_STORED} FROM patients WHERE local_id"
    if connection.dialect.name == "postgresql":
        found = connection.exec_driver_sql(f"{query} = ANY(%s)", (local_ids,))
    else:
        found = connection.exec_driver_sql(f"{query} IN (SELECT value FROM json_each(?))", (json.dumps(local_ids),))
    return [tuple(row) for row in found]


def _take_back(connection: Connection, pid: int, old: Prepared) -> None:
    connection.execute(patients.delete().where(patients.c.pid == pid))
    at = patient_keys.c
    for key, birth, _ in old.keys:
        connection.execute(patient_keys.delete().where(at.key == key, at.birth == birth, at.pid == pid))


def _insert(connection: Connection, table: str, columns: str, rows: list[Row]) -> None:
    """The fastest way that the database offers."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {table} ({columns}) FROM STDIN", rows)
    else:
        marks = ", ".join("?" * len(rows[0]))
        connection.exec_driver_sql(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


def _copy(connection: Connection, statement: str, rows: Sequence[Row]) -> None:
    raw: Any = connection.connection.driver_connection
    try:
        with raw.cursor().copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except raw.Error as error:  # its words would quote the row
        raise Unavailable("patient index", "write", f"the database refused a batch ({error.sqlstate})") from None


def _count(connection: Connection, counts: Counter[tuple[str, str]]) -> None:
    rows = [{"kind": kind, "name": name, "people": people} for (kind, name), people in sorted(counts.items()) if people]
    if not rows:
        return
    connection.execute(
        text(
            "INSERT INTO patient_name_counts (kind, name, people) VALUES (:kind, :name, :people) "
            "ON CONFLICT (kind, name) DO UPDATE SET people = patient_name_counts.people + excluded.people"
        ),
        rows,
    )
    if min(counts.values()) < 0:
        connection.execute(patient_name_counts.delete().where(patient_name_counts.c.people <= 0))
