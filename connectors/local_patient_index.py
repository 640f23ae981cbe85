"""The default patient index: our own tables, loaded from extracts; our own scorer decides."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from integration.domain.audit import Action, Actor, AuditEvent
from integration.domain.case_list import Case
from integration.domain.matching import Basis, IndexStatus, MatchDecision
from integration.domain.people import Patient, PersonName, Role, Subject
from integration.matching.decide import Judge, Person
from integration.matching.finding import Finder
from integration.matching.keys import key_scheme
from integration.matching.parameters import Parameters, shipped_parameters
from integration.matching.people import Sought
from integration.matching.rows import patient_of, prepared, stored
from integration.matching.weights import weigh
from integration.ports import LoadablePatientIndex, Probe
from integration.storage.database import Database, instant
from integration.storage.patient_tables import patient_index
from integration.storage.patient_writing import Prepared, bulk, write_batch, write_keys_again

BATCH = 100_000  # patients written in one transaction: bounds memory, and how long other writers wait


class LocalPatientIndex(LoadablePatientIndex):
    """Patients in our own database; `actor` is who loads them. One load is one generation and many transactions."""

    def __init__(
        self,
        database: Database,
        *,
        actor: Actor,
        stale_after: timedelta,
        clock: Callable[[], datetime],
        parameters: Parameters | None = None,
    ) -> None:
        self._database, self._actor, self._stale_after, self._clock = database, actor, stale_after, clock
        self._parameters = parameters or shipped_parameters()
        self._finder = Finder(self._parameters)
        self.on_progress: Callable[[int], None] | None = None  # told how many patients were read so far

    def match(self, cases: Sequence[Case]) -> Sequence[Sequence[MatchDecision]]:
        self._follow_the_rule()
        today = self._clock().date()
        persons = [
            Person(number, Sought.from_subject(subject, today), [])
            for number, case in enumerate(cases)
            for subject in case.subjects
        ]
        status = self.status()
        with self._database.reading() as connection:
            found = self._finder.find([person.sought for person in persons], connection)
            shares = self._finder.shares(status, found, [p.sought for p in persons], connection)
        for person, known in zip(persons, found, strict=True):
            person.weighed = [weigh(person.sought, k, shares, self._parameters) for k in known]
        decisions = iter(Judge(self._parameters, status.patients, self._basis(status)).decide(persons))
        return [[next(decisions) for _ in case.subjects] for case in cases]

    def patient(self, local_id: str) -> Patient | None:
        with self._database.reading() as connection:
            rows = self._finder.rows_of([local_id], connection)
        return patient_of(rows[0]) if rows else None

    def search(self, name: PersonName, birth: str | None, limit: int = 10) -> Sequence[Patient]:
        births = (date.fromisoformat(birth),) if birth else ()
        sought = Sought.from_subject(Subject(Role.OTHER, (name,), births), self._clock().date())
        status = self.status()
        with self._database.reading() as connection:
            found = self._finder.find([sought], connection)
            shares = self._finder.shares(status, found, [sought], connection)
            weighed = [weigh(sought, known, shares, self._parameters) for known in found[0]]
            weighed.sort(key=lambda w: -w.stranger)
            if weighed:
                rows = self._finder.rows_of([w.known.local_id for w in weighed[:limit]], connection)
            else:
                rows = self._finder.by_one_name(name, limit, connection)
        return [patient_of(row) for row in rows]

    def status(self) -> IndexStatus:
        with self._database.reading() as connection:
            row = connection.execute(select(patient_index)).first()
        if row is None:
            return IndexStatus(0, 0, None)
        updated_at = datetime.fromisoformat(row.updated_at) if row.updated_at else None
        return IndexStatus(row.patients, row.generation, updated_at)

    def load(self, patients: Iterable[Patient], now: datetime) -> int:
        self._follow_the_rule()
        generation = self.status().generation + 1
        waiting, read, changed = iter(patients), 0, 0
        with _no_collector():
            while batch := [prepared(patient) for patient in islice(waiting, BATCH)]:
                changed += self._write(batch, generation)
                read += len(batch)
                if self.on_progress:
                    self.on_progress(read)
        # Last of all: only an index that was updated to the end counts as fresh.
        with self._database.change(self._event(generation, patients=read, changed=changed, finished=True)) as change:
            self._record(change.connection, generation, updated_at=instant(now))
        self._shrink_log()
        return changed

    def probe(self) -> Iterator[Probe]:
        try:
            status = self.status()
        except SQLAlchemyError:
            yield Probe("read", False, "the index's tables cannot be read; run `flagtag check` on the database")
            return
        yield Probe(
            "read", status.patients > 0, "" if status.patients else "no patients: run `flagtag index load FILE`"
        )

    def _follow_the_rule(self) -> None:
        """Make the keys again if they were made by another rule than this program's: else people would not be found."""
        with self._database.reading() as connection:
            scheme = connection.execute(select(patient_index.c.key_scheme)).scalar()
        if scheme in (None, key_scheme()):
            return
        # One transaction, as long as a load: whoever asks meanwhile still finds the old keys whole.
        with self._database.change() as change, bulk(change.connection), _no_collector():
            made = write_keys_again(change.connection, stored, BATCH)
            change.connection.execute(update(patient_index).values(key_scheme=key_scheme()))
            change.also(self._event(self.status().generation, patients=made, keys_made_again=True))

    def _write(self, batch: list[Prepared], generation: int) -> int:
        with self._database.change() as change:
            with bulk(change.connection):
                written = write_batch(change.connection, batch, stored)
            self._record(change.connection, generation, added=written.added)
            change.also(self._event(generation, added=written.added, changed=written.changed, finished=False))
        return written.added + written.changed

    def _record(
        self, connection: Connection, generation: int, *, added: int = 0, updated_at: str | None = None
    ) -> None:
        row = connection.execute(select(patient_index)).first()
        if row is None:
            first = {"one": 1, "generation": generation, "key_scheme": key_scheme(), "patients": added}
            connection.execute(insert(patient_index).values(first | {"updated_at": updated_at}))
        else:
            changes = {"generation": generation, "patients": row.patients + added}
            fresh = {"updated_at": updated_at} if updated_at else {}
            connection.execute(update(patient_index).values(changes | fresh))

    def _shrink_log(self) -> None:
        """SQLite keeps its write-ahead log as long as it ever was: give the disk back what the batches took."""
        with self._database.engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                raw: Any = connection.connection.driver_connection
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _event(self, generation: int, **details: int | bool) -> AuditEvent:
        return AuditEvent(Action.INDEX_UPDATED, self._actor, "index", "local", {"generation": generation, **details})

    def _basis(self, status: IndexStatus) -> Basis:
        stale = status.updated_at is None or self._clock() - status.updated_at > self._stale_after
        return Basis(self._parameters.version, status.generation, stale)


@contextmanager
def _no_collector() -> Iterator[None]:
    """A million small objects and no cycle among them: the collector would look at them all again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
