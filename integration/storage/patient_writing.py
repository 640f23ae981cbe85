"""Writing patients into the local index in bulk: rows, keys and name counts of a batch, in the one transaction given.

Whatever a batch stores it stores whole, so an update that is killed leaves an index in which every patient that is
there can be found. The index says of itself that it is half loaded then, and the next update mends the rest.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from integration.errors import Unavailable
from integration.storage.patient_tables import patient_keys, patient_name_counts

Row = tuple[Any, ...]


class Prepared(NamedTuple):
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


def write_batch(
    connection: Connection, batch: Sequence[Prepared], stored: Callable[[Row], Prepared], *, was_empty: bool = False
) -> Written:
    """Add or replace a batch's patients, the last of one local id winning; `stored` tells what a row's keys were.

    `was_empty`: there was no patient before this load, so that only a local id that comes twice can be there.
    """
    wanted = {prepared.row[0]: prepared for prepared in batch}
    next_pid = connection.execute(text("SELECT coalesce(max(pid), 0) + 1 FROM patients")).scalar_one()
    if was_empty and _are_added(connection, wanted.values(), next_pid):
        return Written(len(wanted), 0)
    made, old = _Made(), []
    for row in present(connection, list(wanted)) if next_pid > 1 else ():
        prepared = wanted.pop(row[1])
        if (prepared.row[1], prepared.row[2], prepared.row[5]) != row[2:]:
            old.append(row)
            made.add([prepared], row[0])
    made.add(wanted.values(), next_pid)
    made.counts.subtract(_take_back(connection, old, stored))
    _insert(connection, "INSERT INTO patients", _COLUMNS, made.rows)
    made.write_what_follows(connection)
    return Written(len(wanted), len(old))


def _are_added(connection: Connection, batch: Collection[Prepared], next_pid: int) -> bool:
    """Add all of a batch, or nothing where one of them is there. Saves the search for each, a tenth of a first load."""
    if connection.dialect.name != "sqlite":
        return False
    made = _Made()
    made.add(batch, next_pid)
    if _insert(connection, "INSERT OR IGNORE INTO patients", _COLUMNS, made.rows) < len(batch):
        connection.exec_driver_sql("DELETE FROM patients WHERE pid >= ?", (next_pid,))
        return False
    made.write_what_follows(connection)
    return True


class _Made:
    """What is to be stored of a batch: the rows, and what follows from them."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.keys: list[Row] = []
        self.counts: Counter[tuple[str, str]] = Counter()

    def add(self, batch: Collection[Prepared], pid: int) -> None:
        """These patients, numbered from `pid` on."""
        self.rows += [(number, *row) for number, (row, _, _) in enumerate(batch, pid)]
        self.keys += [
            (key, birth, number, bits) for number, (_, keys, _) in enumerate(batch, pid) for key, birth, bits in keys
        ]
        self.counts.update(chain.from_iterable([names for _, _, names in batch]))

    def write_what_follows(self, connection: Connection) -> None:
        self.keys.sort()  # neighbours in the table are written together
        _insert(connection, "INSERT INTO patient_keys", _KEY_COLUMNS, self.keys)
        _count(connection, self.counts)


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
        _insert(connection, "INSERT INTO patient_keys", _KEY_COLUMNS, keys)
        _count(connection, Counter(chain.from_iterable(prepared.names for _, prepared in again)))
        made, last = made + len(rows), rows[-1][0]
    return made


def take_out(connection: Connection, rows: Sequence[Row], stored: Callable[[Row], Prepared]) -> None:
    """Remove these patients' rows, with their keys and what they added to the counts of names."""
    counts: Counter[tuple[str, str]] = Counter()
    counts.subtract(_take_back(connection, rows, stored))
    _count(connection, counts)


def present(connection: Connection, local_ids: list[str]) -> list[Row]:
    """The rows of these patients as they are stored, in no order."""
    query = f"SELECT {_STORED} FROM patients WHERE local_id"
    if connection.dialect.name == "postgresql":
        found = connection.exec_driver_sql(f"{query} = ANY(%s)", (local_ids,))
    else:
        found = connection.exec_driver_sql(f"{query} IN (SELECT value FROM json_each(?))", (json.dumps(local_ids),))
    return [tuple(row) for row in found]


def _take_back(
    connection: Connection, rows: Sequence[Row], stored: Callable[[Row], Prepared]
) -> Counter[tuple[str, str]]:
    """Delete rows and keys in two statements; returns the names that are borne no more."""
    gone = [(row[0], stored(row)) for row in rows]
    if gone:
        connection.execute(text("DELETE FROM patients WHERE pid = :pid"), [{"pid": pid} for pid, _ in gone])
    keys = [{"key": key, "birth": birth, "pid": pid} for pid, old in gone for key, birth, _ in old.keys]
    if keys:
        connection.execute(text("DELETE FROM patient_keys WHERE key = :key AND birth = :birth AND pid = :pid"), keys)
    return Counter(chain.from_iterable(old.names for _, old in gone))


def _insert(connection: Connection, into: str, columns: str, rows: list[Row]) -> int:
    """The fastest way that the database offers; returns how many were inserted."""
    if not rows:
        return 0
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {into.removeprefix('INSERT INTO ')} ({columns}) FROM STDIN", rows)
        return len(rows)
    marks = ", ".join("?" * len(rows[0]))
    return connection.exec_driver_sql(f"{into} ({columns}) VALUES ({marks})", rows).rowcount


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
