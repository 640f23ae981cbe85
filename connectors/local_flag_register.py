"""Our own flag register, for trusts whose record system takes flags from nobody: FHIR R4 resources in our database.

It keeps the promises of any other: one flag a key, read back and compared byte for byte, never beside an opposite one
without a person, never revived. Every write is on record in the same transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, RowMapping, insert, select, update

from integration.domain.audit import Action, Actor, AuditEvent
from integration.domain.flag import (
    Differs,
    Flag,
    FlagStatus,
    Missing,
    OppositeFlag,
    Placed,
    PlaceResult,
    StandingFlag,
    VerifyResult,
)
from integration.domain.nhs_number import NhsNumber
from integration.domain.people import Patient
from integration.errors import IntegrityBroken, Unavailable
from integration.ports import FlagRegister, Probe
from integration.storage.database import Change, Database
from integration.storage.tables import local_flags
from mappings.fhir.flag import FlagForm, RecordSubject, as_text, from_fhir, key_of, opposes, to_fhir, would_revive
from mappings.fhir.flag_comparison import differences, settled_differences
from mappings.fhir.terms import Json, member, resource_id_for

MISSING = "the flag is not there"


class LocalFlagRegister(FlagRegister):
    """The flags in our own database. `actor` is the process in whose name they are written."""

    def __init__(self, database: Database, form: FlagForm, actor: Actor, *, name: str = "local") -> None:
        self.name = name
        self._database, self._form, self._actor = database, form, actor

    def place(self, flag: Flag, patient: Patient, *, beside_opposite: bool = False) -> PlaceResult:
        if flag.status is not FlagStatus.ACTIVE:
            raise ValueError("only an active flag is placed; an end is a change")
        wanted = self._wanted(flag, patient)
        with self._database.reading() as connection:
            row = _row(connection, flag.key)
        if row is not None:
            return _compared(wanted, row, already=True)
        with self._database.change() as change:  # one writer at a time: what is looked at here stays so
            row = _row(change.connection, flag.key)
            opposite = None if beside_opposite else self._opposite(change.connection, flag)
            if row is None and opposite is None:
                self._insert(change, flag, wanted)
        if row is not None:
            return _compared(wanted, row, already=True)
        return opposite or self._read_back(flag, wanted)

    def change(self, flag: Flag, patient: Patient) -> PlaceResult:
        with self._database.change() as change:
            row = _row(change.connection, flag.key)
            if row is None:
                return Differs("", (MISSING,))
            wanted = self._as_it_should_be(flag, patient, row)
            found = _resource(row)
            names = settled_differences(wanted, found)
            if not names:
                return Placed(str(flag.key), str(row["version"]), already=True)
            if "subject.reference" in names or would_revive(found, flag):
                return Differs(str(flag.key), names)
            self._update(change, flag, wanted, row["version"] + 1)
        return self._read_back(flag, wanted)

    def verify(self, flag: Flag, patient: Patient) -> VerifyResult:
        with self._database.reading() as connection:
            row = _row(connection, flag.key)
        return Missing() if row is None else _compared(self._as_it_should_be(flag, patient, row), row, already=True)

    def standing(self, patient: Patient) -> Sequence[StandingFlag]:
        with self._database.reading() as connection:
            rows = list(_rows_of(connection, patient.local_id))
        return [self._standing(row) for row in rows]

    def probe(self) -> Iterator[Probe]:
        try:
            with self._database.reading() as connection:
                connection.execute(select(local_flags.c.key).limit(1)).first()
        except Unavailable as failure:
            yield Probe(failure.phase, ok=False, remedy=failure.reason)
            return
        yield Probe("read", ok=True)

    def _as_it_should_be(self, flag: Flag, patient: Patient, row: RowMapping) -> Json:
        """The flag as it should stand. What is over says of its patient what it said: the record may be merged."""
        if flag.status is FlagStatus.ACTIVE:
            return self._wanted(flag, patient)
        number = NhsNumber.from_text(str(member(_resource(row), "subject", "identifier", "value")))
        return to_fhir(flag, RecordSubject(resource_id_for(flag.patient), number), self._form)

    def _wanted(self, flag: Flag, patient: Patient) -> Json:
        return to_fhir(flag, RecordSubject.of(patient, resource_id_for(flag.patient)), self._form)

    def _opposite(self, connection: Connection, flag: Flag) -> OppositeFlag | None:
        rows = _rows_of(connection, flag.patient)
        return next((OppositeFlag(row["key"]) for row in rows if self._stops(row, flag)), None)

    def _stops(self, row: RowMapping, flag: Flag) -> bool:
        """Whether a row is a flag of the opposite role, or was spoilt so that nobody can tell."""
        resource = _resource(row)
        return key_of(resource, self._form) is None or opposes(resource, flag, self._form)

    def _insert(self, change: Change, flag: Flag, wanted: Json) -> None:
        values = {"key": str(flag.key), "patient": flag.patient, **_stored(flag, wanted, 1, change.now)}
        change.connection.execute(insert(local_flags).values(**values))
        change.also(self._attempted(flag, "create"))

    def _update(self, change: Change, flag: Flag, wanted: Json, version: int) -> None:
        same = local_flags.c.key == str(flag.key)
        change.connection.execute(update(local_flags).where(same).values(**_stored(flag, wanted, version, change.now)))
        change.also(self._attempted(flag, "update"))

    def _attempted(self, flag: Flag, how: str) -> AuditEvent:
        details = {"register": self.name, "how": how, "status": flag.status.value}
        return AuditEvent(Action.FLAG_ATTEMPTED, self._actor, "flag", str(flag.key), details)

    def _read_back(self, flag: Flag, wanted: Json) -> PlaceResult:
        """What a new look finds after the commit; a row that is gone by then was never ours to lose."""
        with self._database.reading() as connection:
            row = _row(connection, flag.key)
        if row is None:
            raise IntegrityBroken("the local flag register lost a flag that it had committed")
        return _compared(wanted, row, already=False)

    def _standing(self, row: RowMapping) -> StandingFlag:
        try:
            flag = from_fhir(_resource(row), row["patient"], self._form)
        except ValueError as error:
            raise Unavailable("local flag register", "search", f"{error}; see `flagtag flags verify`") from None
        return StandingFlag(row["key"], str(row["version"]), flag, self._database.clock())


def _stored(flag: Flag, wanted: Json, version: int, now: str) -> dict[str, object]:
    """The row's changing half: the resource as it will be served, its version in it."""
    served_at = datetime.fromisoformat(now).replace(microsecond=0).isoformat()
    meta = {"versionId": str(version), "lastUpdated": served_at, **wanted["meta"]}
    resource = {"resourceType": "Flag", "id": str(flag.key)} | wanted | {"meta": meta}
    return {"resource": as_text(resource), "version": version, "updated_at": now}


def _row(connection: Connection, key: UUID) -> RowMapping | None:
    return connection.execute(select(local_flags).where(local_flags.c.key == str(key))).mappings().one_or_none()


def _rows_of(connection: Connection, patient: str) -> Sequence[RowMapping]:
    statement = select(local_flags).where(local_flags.c.patient == patient).order_by(local_flags.c.key)
    return connection.execute(statement).mappings().all()


def _resource(row: RowMapping) -> Json:
    """The resource of a row; one that does not read is empty, and so differs from any flag."""
    try:
        resource = json.loads(row["resource"])
    except ValueError:
        return {}
    return resource if isinstance(resource, dict) else {}


def _compared(wanted: Json, row: RowMapping, *, already: bool) -> Placed | Differs:
    compare = settled_differences if already else differences
    names = compare(wanted, _resource(row))
    return Differs(row["key"], names) if names else Placed(row["key"], str(row["version"]), already)
