"""The default patient index: our own tables, loaded from extracts; our own scorer decides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import chain, islice
from typing import NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import SQLAlchemyError

from connectors._patient_load import BATCH, Load, index_by_our_rule, no_collector, shrink_log
from connectors._patient_writer import Job, WriterApart
from integration.domain.audit import Action, Actor, AuditEvent
from integration.domain.case_list import Case
from integration.domain.matching import Basis, IndexStatus, MatchDecision
from integration.domain.people import Patient, PersonName, RecordEnd, Role, Subject
from integration.errors import ConfigurationError, Unavailable
from integration.matching.adopted import parameters_in_force
from integration.matching.comparison import Found, known_among
from integration.matching.decide import Judge, Person
from integration.matching.direct_reads import DirectReads, Row, Statement
from integration.matching.finding import Finder
from integration.matching.keys import key_scheme
from integration.matching.name_sets import name_sets
from integration.matching.parameters import Parameters, shipped_parameters
from integration.matching.people import Sought
from integration.matching.record_ends import Ended, end_record
from integration.matching.rows import patient_of, prepared
from integration.matching.second_opinion import where_both_agree
from integration.matching.weights import NameShares, weigh
from integration.ports import EndedRecords, LoadablePatientIndex, Probe
from integration.storage.database import Change, Database, new_id
from integration.storage.patient_tables import patient_index, patients

HALF_LOADED = "an update of it has begun and not ended; if none is running, repeat it (`flagtag index load FILE`)"
OUT_OF_DATE = "out of date: who came since its last update is not found; run `flagtag index load FILE`"
ALONE_UP_TO = 20_000  # patients: more are written by a process of its own
LONG_LOG = 1_000  # patients changed: fewer leave nothing in SQLite's log that is worth the wait
ENDS_AT_ONCE = 500  # records ended in one transaction
_FEWER = update(patient_index).values(
    generation=patient_index.c.generation + 1, patients=patient_index.c.patients - bindparam("gone")
)


class LocalPatientIndex(LoadablePatientIndex):
    """Patients in our own database; `actor` is who loads them.

    One load is one generation and many transactions. From the first to the last of them nobody is matched: who comes in
    a later batch would count as no patient, and one of several namesakes as the only one.
    """

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
        self._fixed = parameters  # None: those in force at each question
        self._parameters = parameters or shipped_parameters()
        self._finder = Finder(self._parameters)
        self.on_progress: Callable[[int], None] | None = None  # told how many patients were read so far

    def match(self, cases: Sequence[Case]) -> Sequence[Sequence[MatchDecision]]:
        with no_collector():
            return self._match(cases)

    def _match(self, cases: Sequence[Case]) -> Sequence[Sequence[MatchDecision]]:
        today = self._clock().date()
        persons = [
            Person(number, sought, [])
            for number, case in enumerate(cases)
            for sought in Sought.of_case(case.subjects, today)
        ]
        with self._looking() as (reads, status):
            parameters = self._take_parameters(reads)
            if status.loading_since is not None:
                raise Unavailable("patient index", "read", HALF_LOADED)
            judge = Judge(parameters, status.patients, self._basis(status, parameters))
            floors = [(parameters, judge.floor())]
            if parameters is not shipped_parameters():
                floors.append((shipped_parameters(), judge.by(shipped_parameters()).floor()))
            found = self._finder.find([person.sought for person in persons], status, reads, floors)
            shares = self._finder.shares(status, map(known_among, found), [p.sought for p in persons], reads)
        for person, several in zip(persons, found, strict=True):
            person.weighed = [weigh(person.sought, one.known, shares, parameters, one.compared) for one in several]
        decided = judge.decide(persons)
        if parameters is not shipped_parameters():
            decided = where_both_agree(decided, _by_what_ships(persons, found, shares, judge))
        decisions = iter(decided)
        return [[next(decisions) for _ in case.subjects] for case in cases]

    def patient(self, local_id: str) -> Patient | None:
        with self._database.reading() as connection:
            rows = self._finder.rows_of([local_id], connection)
        return patient_of(rows[0]) if rows else None

    def search(self, name: PersonName, birth: str | None, limit: int = 10) -> Sequence[Patient]:
        births = (date.fromisoformat(birth),) if birth else ()
        sought = Sought.from_subject(Subject(Role.OTHER, (name,), births), self._clock().date())
        with self._looking() as (reads, status):
            parameters = self._take_parameters(reads)
            found = self._finder.find([sought], status, reads)
            shares = self._finder.shares(status, map(known_among, found), [sought], reads)
            weighed = [weigh(sought, one.known, shares, parameters, one.compared) for one in found[0]]
            weighed.sort(key=lambda w: -w.stranger)
            if weighed:
                rows = self._finder.rows_of([w.known.local_id for w in weighed[:limit]], reads.connection)
            else:
                rows = self._finder.by_one_name(name, limit, reads.connection)
        return [patient_of(row) for row in rows]

    def status(self) -> IndexStatus:
        with self._database.reading() as connection:
            status = _as_it_stands(DirectReads(connection)).status
        return replace(status, stale=self._is_stale(status))

    def load(self, patients: Iterable[Patient], now: datetime, *, everybody: bool = False) -> int:
        load, waiting, at_once = Load(new_id(), now), iter(patients), min(BATCH, ALONE_UP_TO)
        with no_collector():
            batch = list(islice(waiting, at_once))
            if len(batch) == ALONE_UP_TO:
                return self._load_apart(load, chain(batch, waiting))
            load.repeats_any = everybody or len(batch) == at_once  # shorter ones are one transaction: none breaks off
            while not load.finished:
                load.finished = len(batch) < BATCH
                load.write([*map(prepared, batch)], self._database, self._actor)
                if self.on_progress:
                    self.on_progress(load.read)
                batch = list(islice(waiting, BATCH))
        if load.changed >= LONG_LOG:
            shrink_log(self._database)
        return load.changed

    def _load_apart(self, load: Load, waiting: Iterable[Patient]) -> int:
        url = self._database.engine.url.render_as_string(hide_password=False)
        with self._database.reading() as connection:
            into_none = _as_it_stands(DirectReads(connection)).key_scheme is None
        with WriterApart(Job(url, self._clock(), self._actor, load, 2 * BATCH, into_none)) as apart:
            return apart.write(waiting, self.on_progress or (lambda read: None))

    def end_records(self, ends: Sequence[RecordEnd]) -> EndedRecords:
        found: list[Ended] = []
        for start in range(0, len(ends), ENDS_AT_ONCE):
            with self._database.change() as change:
                index_by_our_rule(change, self._actor)
                several = ends[start : start + ENDS_AT_ONCE]
                done = [end_record(change.connection, end, change.now) for end in several]
                found += (ended := [one for one in done if one is not None])
                self._record_ends(change, ended)
        merged = sum(one.merged for one in found)
        return EndedRecords(merged, len(found) - merged, len(ends) - len(found))

    def absent_from(self, present: Collection[str]) -> Sequence[str]:
        with self._database.reading() as connection:
            query = select(patients.c.local_id).execution_options(yield_per=BATCH)
            return [local_id for local_id in connection.execute(query).scalars() if local_id not in present]

    def _record_ends(self, change: Change, ended: Sequence[Ended]) -> None:
        """A new generation, and as old as before: that one record ended does not say that the others are up to date."""
        gone = sum(one.was_there for one in ended)
        if gone:
            change.connection.execute(_FEWER, {"gone": gone})
        for one in ended:
            action = Action.PATIENT_MERGED if one.merged else Action.PATIENT_REMOVED
            change.also(AuditEvent(action, self._actor, "record-end", one.end_id, {"was_there": one.was_there}))

    def probe(self) -> Iterator[Probe]:
        try:
            status = self.status()
        except (SQLAlchemyError, Unavailable):
            yield Probe("read", False, "the index's tables cannot be read; run `flagtag check` on the database")
            return
        if status.loading_since is not None:
            yield Probe("read", False, HALF_LOADED)
        elif status.patients == 0:
            yield Probe("read", False, "no patients: run `flagtag index load FILE`")
        else:
            yield Probe("read", True, "")
            yield Probe("age", not status.stale, OUT_OF_DATE if status.stale else "")
        try:
            with self._database.reading() as connection:
                parameters_in_force(DirectReads(connection))
        except ConfigurationError as fault:
            yield Probe("parameters", False, str(fault))

    @contextmanager
    def _looking(self) -> Iterator[tuple[DirectReads, IndexStatus]]:
        """A look at the index at one instant, its keys made by this program's rule: else people would not be found."""
        with self._database.reading() as connection:
            stands = _as_it_stands(reads := DirectReads(connection))
            if stands.key_scheme in (None, key_scheme()):
                yield reads, stands.status
                return
        with self._database.change() as change:
            index_by_our_rule(change, self._actor)
        with self._database.reading() as connection:
            yield (reads := DirectReads(connection)), _as_it_stands(reads).status

    def _take_parameters(self, reads: DirectReads) -> Parameters:
        """Those in force, which a person may have adopted since the last question."""
        parameters = self._fixed or parameters_in_force(reads)
        if parameters is not self._parameters:
            self._parameters, self._finder = parameters, Finder(parameters)
        return parameters

    def _basis(self, status: IndexStatus, parameters: Parameters) -> Basis:
        return Basis(parameters.version, status.generation, self._is_stale(status), name_sets().version)

    def _is_stale(self, status: IndexStatus) -> bool:
        return status.updated_at is None or self._clock() - status.updated_at > self._stale_after


def _by_what_ships(
    persons: Sequence[Person], found: Sequence[Sequence[Found]], shares: NameShares, judge: Judge
) -> list[MatchDecision]:
    """What the shipped parameters say of the same people and the same candidates."""
    shipped = shipped_parameters()
    again = [
        Person(person.case, person.sought, [weigh(person.sought, k, shares, shipped, done) for k, done in several])
        for person, several in zip(persons, found, strict=True)
    ]
    return judge.by(shipped).decide(again)


class _AsItStands(NamedTuple):
    status: IndexStatus
    key_scheme: str | None  # None: there is no index yet


_OF_ITSELF = Statement("SELECT patients, generation, updated_at, loading_since, key_scheme FROM patient_index")


def _as_it_stands(reads: DirectReads) -> _AsItStands:
    rows = reads.rows(_OF_ITSELF)
    return _as_stored(rows[0]) if rows else _AsItStands(IndexStatus(0, 0, None), None)


@lru_cache(4)  # asked before every question, and seldom another
def _as_stored(row: Row) -> _AsItStands:
    patients, generation, updated_at, loading_since, scheme = row
    updated, loading = (datetime.fromisoformat(at) if at else None for at in (updated_at, loading_since))
    return _AsItStands(IndexStatus(patients, generation, updated, loading), scheme)
