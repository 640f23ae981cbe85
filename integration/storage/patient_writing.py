"""Writing patients into the local index in bulk: rows, keys and name counts of a batch, in the one transaction given.

Whatever a batch stores it stores whole, so an update that is killed leaves an index in which every patient that is
there can be found. The index says of itself that it is half loaded then, and the next update mends the rest.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, text
from sqlalchemy.exc import DataError
from sqlalchemy.schema import CreateIndex, DropIndex

from integration.errors import Unavailable
from integration.storage.database import as_its_driver_writes
from integration.storage.patient_tables import patient_births, patient_keys, patient_name_counts, patients

Row = tuple[Any, ...]


class Prepared(NamedTuple):
    """A patient ready to be stored: the row without its number, the keys, and the names that count."""

    row: Row
    name_keys: tuple[int, ...]
    place_keys: tuple[int, ...]
    day_keys: tuple[int, ...]
    day_sounds: int
    names: tuple[tuple[str, str], ...]
    beside: tuple[tuple[int, int, int | None], ...] = ()  # keys by which hardly anybody is found as well

    def key_rows(self) -> list[tuple[int, int, int | None]]:
        """Key, birth and sounds; a place alone has those."""
        birth, bits = self.row[2] or 0, self.row[4]
        by_name, by_place = (
            ((key, birth, None) for key in self.name_keys),
            ((key, birth, bits) for key in self.place_keys),
        )
        return [*by_name, *by_place, *self.beside]

    def day_rows(self) -> list[tuple[int, int]]:
        """Key and sounds."""
        return [(key, self.day_sounds) for key in self.day_keys]


@dataclass(frozen=True, slots=True)
class Written:
    added: int
    changed: int


# ruff: noqa: S608 - the statements hold our own names only, never a value
PATIENT_COLUMNS = "pid, local_id, nhs_number, birth, phone_key, sounds, details"
_CHANGEABLE = ("nhs_number", "birth", "phone_key", "sounds", "details")
_STORED = "pid, local_id, nhs_number, birth, details"
KEY_COLUMNS = "key, birth, pid, sounds"
DAY_COLUMNS = "day_key, pid, sounds"


CACHE_KIB = 131072  # of SQLite's pages while an update runs: a batch touches most pages of the keys
MANY = 1_000  # patients: for fewer the room is not worth asking for
_STATEMENTS = 64  # given to SQLite at once: what they hold is still near
_ROWS = 128  # in one statement of SQLite's: a third less time than one by one; it takes 999 values in any version


@contextmanager
def bulk(connection: Connection, patients: int) -> Iterator[None]:
    """Give SQLite room for a batch of so many; taken back afterwards."""
    if connection.dialect.name != "sqlite" or patients < MANY:
        yield
        return
    usual = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size = -{CACHE_KIB}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size = {int(usual)}")


def without_indexes(connection: Connection) -> None:
    """Take the patients' own indexes away before many come into none: made once at the end they take a third."""
    for index in patients.indexes:
        connection.execute(DropIndex(index, if_exists=True))


def make_indexes(connection: Connection) -> None:
    """Make those that are missing."""
    for index in patients.indexes:
        connection.execute(CreateIndex(index, if_not_exists=True))


def write_batch(connection: Connection, batch: Iterable[Prepared], stored: Callable[[Row], Prepared]) -> Written:
    """Add or replace a batch's patients, the last of one local id winning; `stored` tells what a row's keys were."""
    wanted = {prepared.row[0]: prepared for prepared in batch}
    made, changed = _Made(), 0
    for row in present(connection, list(wanted)):
        now = wanted.pop(row[1])
        if (now.row[1], now.row[2], now.row[5]) != row[2:]:
            made.change(row[0], stored(row), now)
            changed += 1
    if wanted:
        made.add(wanted.values(), next_pid(connection))
    made.write(connection)
    return Written(len(wanted), changed)


def insert_if_new(connection: Connection, rows: Iterator[Row], pids: range) -> bool:
    """Insert the rows of these numbers, or none where a patient is there, or comes twice.

    Saves the search for each, a tenth of a first load.
    """
    if connection.dialect.name == "sqlite":
        if insert(connection, "INSERT OR IGNORE INTO patients", PATIENT_COLUMNS, rows) == len(pids):
            return True
        connection.exec_driver_sql("DELETE FROM patients WHERE pid >= ?", (pids.start,))
        return False
    whole = list(rows)
    local_ids = {row[1] for row in whole}
    if len(local_ids) < len(pids) or present(connection, list(local_ids)):
        return False
    insert(connection, "INSERT INTO patients", PATIENT_COLUMNS, whole)
    return True


def next_pid(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT coalesce(max(pid), 0) + 1 FROM patients").scalar_one())


class _Made:
    """What is to be stored of a batch: rows, keys and counts, of what was there only those that differ."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.changed: defaultdict[str, list[Row]] = defaultdict(list)  # by statement: an index is for some columns
        self.gone: list[Row] = []
        self.keys: list[Row] = []
        self.days_gone: list[Row] = []
        self.days: list[Row] = []
        self.counts: Counter[tuple[str, str]] = Counter()

    def add(self, batch: Collection[Prepared], pid: int) -> None:
        """These patients, numbered from `pid` on."""
        for number, (row, name_keys, place_keys, day_keys, day_sounds, _, beside) in enumerate(batch, pid):
            self.rows.append((number, *row))
            birth = row[2] or 0
            for key in name_keys:
                self.keys.append((key, birth, number, None))
            for key in place_keys:
                self.keys.append((key, birth, number, row[4]))
            for key, other_birth, bits in beside:
                self.keys.append((key, other_birth, number, bits))
            for key in day_keys:
                self.days.append((key, number, day_sounds))
        self.counts.update(chain.from_iterable([patient.names for patient in batch]))

    def change(self, pid: int, was: Prepared, now: Prepared) -> None:
        """The patient `pid` is now another: what is the same of the row, its keys and its names stays untouched."""
        columns = zip(_CHANGEABLE, was.row[1:], now.row[1:], strict=True)
        values = {column: after for column, before, after in columns if before != after}
        statement = f"UPDATE patients SET {', '.join(f'{column} = ?' for column in values)} WHERE pid = ?"
        self.changed[statement].append((*values.values(), pid))
        before, after = set(was.key_rows()), set(now.key_rows())
        self.gone += [(key, birth, pid) for key, birth, _ in before - after]
        self.keys += [(key, birth, pid, bits) for key, birth, bits in after - before]
        days_before, days_after = set(was.day_rows()), set(now.day_rows())
        self.days_gone += [(key, pid) for key, _ in days_before - days_after]
        self.days += [(key, pid, bits) for key, bits in days_after - days_before]
        self.counts.update(now.names)
        self.counts.subtract(was.names)

    def take_out(self, pid: int, was: Prepared) -> None:
        """The patient `pid` is no more."""
        self.changed["DELETE FROM patients WHERE pid = ?"].append((pid,))
        self.gone += [(key, birth, pid) for key, birth, _ in was.key_rows()]
        self.days_gone += [(key, pid) for key in was.day_keys]
        self.counts.subtract(was.names)

    def write(self, connection: Connection) -> None:
        insert(connection, "INSERT INTO patients", PATIENT_COLUMNS, self.rows)
        for statement, rows in self.changed.items():
            _each(connection, statement, rows)
        self.write_what_follows(connection)

    def write_what_follows(self, connection: Connection) -> None:
        _each(connection, "DELETE FROM patient_keys WHERE key = ? AND birth = ? AND pid = ?", self.gone)
        self.keys.sort(key=itemgetter(0))  # neighbours in the table are written together
        insert(connection, "INSERT INTO patient_keys", KEY_COLUMNS, self.keys)
        _each(connection, "DELETE FROM patient_births WHERE day_key = ? AND pid = ?", self.days_gone)
        self.days.sort(key=itemgetter(0))
        insert(connection, "INSERT INTO patient_births", DAY_COLUMNS, self.days)
        add_up(connection, self.counts)


def say_of_index(connection: Connection, values: Mapping[str, object]) -> None:
    """Change what the index says of itself."""
    columns = ", ".join(f"{column} = ?" for column in values)
    _each(connection, f"UPDATE patient_index SET {columns}", [tuple(values.values())])


def write_keys_again(connection: Connection, stored: Callable[[Row], Prepared], batch: int) -> int:
    """Replace all that follows from the patients: their sounds, their keys, the counts of names. Returns how many."""
    connection.execute(patient_keys.delete())
    connection.execute(patient_births.delete())
    connection.execute(patient_name_counts.delete())
    made, last, counts = 0, 0, Counter[tuple[str, str]]()
    query = text(f"SELECT {_STORED}, sounds FROM patients WHERE pid > :last ORDER BY pid LIMIT :batch")
    while rows := [tuple(row) for row in connection.execute(query, {"last": last, "batch": batch})]:
        again = [(row[0], stored(row[:-1])) for row in rows]
        sounds = [(now.row[4], pid) for (pid, now), was in zip(again, rows, strict=True) if now.row[4] != was[-1]]
        _several(connection, _SOUNDS, _SOUNDS_AT_ONCE, sounds)
        keys = [(key, birth, pid, bits) for pid, prepared in again for key, birth, bits in prepared.key_rows()]
        keys.sort(key=itemgetter(0))
        insert(connection, "INSERT INTO patient_keys", KEY_COLUMNS, keys)
        days = [(key, pid, bits) for pid, prepared in again for key, bits in prepared.day_rows()]
        days.sort(key=itemgetter(0))
        insert(connection, "INSERT INTO patient_births", DAY_COLUMNS, days)
        counts.update(chain.from_iterable(prepared.names for _, prepared in again))
        made, last = made + len(rows), rows[-1][0]
    add_up(connection, counts)
    return made


def take_out(connection: Connection, row: Row, stored: Callable[[Row], Prepared]) -> None:
    """Remove a patient's row, with its keys and what it added to the counts of names."""
    made = _Made()
    made.take_out(row[0], stored(row))
    made.write(connection)


def take_into(
    connection: Connection, row: Row, survivor: Row, whole: Prepared, stored: Callable[[Row], Prepared]
) -> None:
    """Remove a patient's row as above, and let the survivor's become `whole`: what both have in common stays."""
    made = _Made()
    made.take_out(row[0], stored(row))
    was = stored(survivor)
    if was.row != whole.row:
        made.change(survivor[0], was, whole)
    made.write(connection)


def present(connection: Connection, local_ids: list[str]) -> list[Row]:
    """The rows of these patients as they are stored, in no order."""
    query = f"SELECT {_STORED} FROM patients WHERE local_id"
    if connection.dialect.name == "postgresql":
        found = connection.exec_driver_sql(f"{query} = ANY(%s)", (local_ids,))
    elif len(local_ids) == 1:
        found = connection.exec_driver_sql(f"{query} = ?", (local_ids[0],))
    else:
        found = connection.exec_driver_sql(f"{query} IN (SELECT value FROM json_each(?))", (json.dumps(local_ids),))
    return [tuple(row) for row in found]


def insert(connection: Connection, into: str, columns: str, rows: Iterable[Row]) -> int:
    """The fastest way that the database offers; returns how many were inserted."""
    if not rows:
        return 0
    if connection.dialect.name == "postgresql":
        return _copy(connection, f"COPY {into.removeprefix('INSERT INTO ')} ({columns}) FROM STDIN", rows)
    width = columns.count(",") + 1
    marks, waiting, inserted = f"({', '.join('?' * width)})", iter(rows), 0
    while some := list(islice(waiting, _ROWS * _STATEMENTS)):
        whole = len(some) - len(some) % _ROWS
        if whole:
            statement = f"{into} ({columns}) VALUES {', '.join([marks] * _ROWS)}"
            values = chain.from_iterable(some[:whole])
            several = list(zip(*[values] * (width * _ROWS), strict=True))
            inserted += connection.exec_driver_sql(statement, several).rowcount
        if rest := some[whole:]:
            inserted += connection.exec_driver_sql(f"{into} ({columns}) VALUES {marks}", rest).rowcount
    return inserted


def _copy(connection: Connection, statement: str, rows: Iterable[Row]) -> int:
    raw: Any = connection.connection.driver_connection
    copied = 0
    try:
        with raw.cursor().copy(statement) as copy:
            for copied, row in enumerate(rows, 1):  # noqa: B007
                copy.write_row(row)
    except raw.Error as error:
        raise _refused(error) from None
    return copied


def _refused(error: object) -> Unavailable:
    """Without the database's words, which would quote the row."""
    return Unavailable("patient index", "write", f"the database refused a batch ({getattr(error, 'sqlstate', None)})")


def add_up(connection: Connection, counts: Counter[tuple[str, str]]) -> None:
    changed = [(*name, people) for name, people in sorted(counts.items()) if people]
    _several(connection, _COUNTS, _COUNTS_AT_ONCE, changed)
    fewer = [name for name, people in counts.items() if people < 0]
    _each(connection, "DELETE FROM patient_name_counts WHERE kind = ? AND name = ? AND people <= 0", fewer)


_SOUNDS = "UPDATE patients SET sounds = ? WHERE pid = ?"
_SOUNDS_AT_ONCE = (
    "UPDATE patients SET sounds = again.sounds FROM unnest(%s::bigint[], %s::integer[]) AS again (sounds, pid) "
    "WHERE patients.pid = again.pid"
)
_ADDED_UP = "ON CONFLICT (kind, name) DO UPDATE SET people = patient_name_counts.people + excluded.people"
_COUNTS = f"INSERT INTO patient_name_counts (kind, name, people) VALUES (?, ?, ?) {_ADDED_UP}"
_COUNTS_AT_ONCE = (
    "INSERT INTO patient_name_counts (kind, name, people) "
    f"SELECT * FROM unnest(%s::text[], %s::text[], %s::integer[]) {_ADDED_UP}"
)


def _several(connection: Connection, each: str, at_once: str, rows: Sequence[Row]) -> None:
    """Run the first statement for each of these rows, or on PostgreSQL the second for all: a row costs it 50 µs."""
    if rows and connection.dialect.name == "postgresql":
        _run(connection, at_once, tuple(map(list, zip(*rows, strict=True))))
    else:
        _each(connection, each, rows)


def _each(connection: Connection, statement: str, rows: Sequence[Row]) -> None:
    """Run a statement for each of these rows; its marks are SQLite's."""
    if rows:
        _run(connection, as_its_driver_writes(statement, connection), list(rows))


def _run(connection: Connection, statement: str, values: tuple[Any, ...] | list[Row]) -> None:
    try:
        connection.exec_driver_sql(statement, values)
    except DataError as error:
        raise _refused(error.orig) from None
