"""Many patients who come into an empty index, as columns: what is stored of all of them stands together, in arrays.

A patient as a tuple of tuples is two dozen objects, which a long load makes, gives to another process, makes again and
sorts. A column is one of them.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection

from integration.storage.patient_writing import (
    DAY_COLUMNS,
    KEY_COLUMNS,
    Prepared,
    Row,
    add_up,
    insert,
    insert_if_new,
    next_pid,
)

_NUMBERS = "i"  # keys, days and patients: what the database calls an integer


class Part(NamedTuple):
    """Some patients as columns. Of keys a patient has several: how many stands beside them."""

    local_ids: tuple[str, ...]
    nhs_numbers: tuple[int | None, ...]
    births: tuple[int | None, ...]
    phones: tuple[int | None, ...]
    sounds: tuple[int, ...]
    details: tuple[str, ...]
    name_keys: bytes
    name_keys_each: bytes
    place_keys: bytes
    place_keys_each: bytes
    day_keys: bytes
    day_keys_each: bytes
    day_sounds: tuple[int, ...]
    counts: dict[tuple[str, str], int]
    beside: list[tuple[int, int, int, int | None]]  # whose, counted from 0, key, birth and sounds: of hardly anybody


def part_of(batch: Iterable[Prepared]) -> Part:
    """Patients as columns, at least one; everything in it is plain, so that `marshal` knows it."""
    rows, name_keys, place_keys, day_keys, day_sounds, names, beside = zip(*batch, strict=True)
    local_ids, nhs_numbers, births, phones, sounds, details = zip(*rows, strict=True)
    return Part(
        local_ids,
        nhs_numbers,
        births,
        phones,
        sounds,
        details,
        *_together(name_keys),
        *_together(place_keys),
        *_together(day_keys),
        day_sounds,
        dict(Counter(chain.from_iterable(names))),
        [(number, *key) for number, keys in enumerate(beside) if keys for key in keys],
    )


def _together(several: Sequence[tuple[int, ...]]) -> tuple[bytes, bytes]:
    """All numbers of all patients, and how many each has."""
    return array(_NUMBERS, chain.from_iterable(several)).tobytes(), array(_NUMBERS, map(len, several)).tobytes()


class Columns:
    """The parts of one batch, in the order in which they came."""

    def __init__(self) -> None:
        self._parts: list[Part] = []
        self._patients = 0

    def __len__(self) -> int:
        return self._patients

    def append(self, part: Part) -> None:
        self._parts.append(part)
        self._patients += len(part.local_ids)

    def one_by_one(self) -> Iterator[Row]:
        """The patients as their rows would be read: all else follows from these."""
        columns = map(self._all, ("local_ids", "nhs_numbers", "births", "details"))
        return zip(repeat(None, self._patients), *columns, strict=True)

    def are_added(self, connection: Connection) -> bool:
        """Add all of them to those that have come before, or nothing where one of them is there."""
        first = next_pid(connection)
        pids = range(first, first + self._patients)
        columns = map(self._all, Part._fields[:6])
        if not insert_if_new(connection, zip(pids, *columns, strict=True), pids):
            return False
        births, sounds = [birth or 0 for birth in self._all("births")], list(self._all("sounds"))
        self._add_keys(connection, "name_keys", births, pids)
        self._add_keys(connection, "place_keys", births, pids, sounds)
        self._add_keys(connection, "day_keys", pids, list(self._all("day_sounds")))
        insert(connection, "INSERT INTO patient_keys", KEY_COLUMNS, self._beside(first))
        self._count(connection)
        return True

    def _add_keys(self, connection: Connection, name: str, *of_patients: Sequence[int]) -> None:
        """Keys with what stands beside each of a patient's: sorted, as neighbours in the table are written together."""
        keys, each = self._array(name), self._array(f"{name}_each")
        whose = array(_NUMBERS, chain.from_iterable(map(repeat, range(self._patients), each)))
        order = sorted(range(len(keys)), key=keys.__getitem__)
        patients = [*map(whose.__getitem__, order)]
        beside = (map(values.__getitem__, patients) for values in of_patients)
        into, names = _INTO[name]
        insert(connection, into, names, zip(map(keys.__getitem__, order), *beside, strict=True))

    def _beside(self, first: int) -> list[Row]:
        """Rows of keys that have a birth of their own."""
        rows: list[Row] = []
        for part in self._parts:
            rows += [(key, birth, first + number, bits) for number, key, birth, bits in part.beside]
            first += len(part.local_ids)
        return rows

    def _count(self, connection: Connection) -> None:
        counts: Counter[tuple[str, str]] = Counter()
        for part in self._parts:
            counts.update(part.counts)
        add_up(connection, counts)

    def _all(self, name: str) -> Iterator[Any]:
        return chain.from_iterable(map(attrgetter(name), self._parts))

    def _array(self, name: str) -> array[int]:
        return array(_NUMBERS, b"".join(map(attrgetter(name), self._parts)))


_INTO = {
    "name_keys": ("INSERT INTO patient_keys", "key, birth, pid"),
    "place_keys": ("INSERT INTO patient_keys", KEY_COLUMNS),
    "day_keys": ("INSERT INTO patient_births", DAY_COLUMNS),
}
