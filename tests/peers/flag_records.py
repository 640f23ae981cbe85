"""What lies behind a flag register, as its tests see and move it: one class for each kind of register."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from builders_flags import ACTOR, CODED_FORM, fhir_patient
from fakes.flag_register import FakeFlagRegister
from sqlalchemy import delete, func, select, update

from connectors.fhir_flag_register import FhirFlagRegister, FhirServer, PatientLookup
from connectors.local_flag_register import LocalFlagRegister
from integration.domain.flag import Flag
from integration.ports import FlagRegister
from integration.storage.database import Database
from integration.storage.tables import local_flags
from peers import fhir_server


class Record(ABC):
    """A register, and the record behind it, in which the patient 1001 is known."""

    register: FlagRegister

    @abstractmethod
    def meddle(self, flag: Flag) -> None:
        """Somebody changes the day on which a flag began, behind our back."""

    @abstractmethod
    def lose(self, flag: Flag) -> None:
        """The flag is gone, as after a restored backup."""

    @abstractmethod
    def held(self) -> int:
        """How many flags there are."""


class FakeRecord(Record):
    def __init__(self) -> None:
        self.register = self.fake = FakeFlagRegister()

    def meddle(self, flag: Flag) -> None:
        held, _ = self.fake.flags[str(flag.key)]
        self.fake.tamper(replace(held, start=held.start - timedelta(days=1)))

    def lose(self, flag: Flag) -> None:
        self.fake.forget(flag)

    def held(self) -> int:
        return len(self.fake.flags)


class LocalRecord(Record):
    def __init__(self, database: Database) -> None:
        self.database = database
        self.register = LocalFlagRegister(database, CODED_FORM, ACTOR)

    def meddle(self, flag: Flag) -> None:
        resource = self.resource(flag)
        resource["period"]["start"] = (flag.start - timedelta(days=1)).isoformat()
        self.store(flag, json.dumps(resource))

    def lose(self, flag: Flag) -> None:
        with self.database.change() as change:
            change.connection.execute(delete(local_flags).where(local_flags.c.key == str(flag.key)))

    def held(self) -> int:
        with self.database.reading() as connection:
            return connection.execute(select(func.count()).select_from(local_flags)).scalar_one()

    def resource(self, flag: Flag) -> dict[str, Any]:
        with self.database.reading() as connection:
            statement = select(local_flags.c.resource).where(local_flags.c.key == str(flag.key))
            found: dict[str, Any] = json.loads(connection.execute(statement).scalar_one())
        return found

    def store(self, flag: Flag, text: str) -> None:
        with self.database.change() as change:
            same = local_flags.c.key == str(flag.key)
            change.connection.execute(update(local_flags).where(same).values(resource=text))


class FhirRecord(Record):
    def __init__(self, server: fhir_server.FhirServer) -> None:
        self.server = server
        self.register = register_at(server)
        server.add(fhir_patient())

    def meddle(self, flag: Flag) -> None:
        resource = self.resource(flag)
        resource["period"]["start"] = (flag.start - timedelta(days=1)).isoformat()
        self.server.add(resource)

    def lose(self, flag: Flag) -> None:
        self.server.remove("Flag", self.resource(flag)["id"])

    def held(self) -> int:
        return len(self.server.flags())

    def resource(self, flag: Flag) -> dict[str, Any]:
        """The flag of a key, as any other client of the server would get it."""
        key = str(flag.key)
        return next(f for f in self.server.flags() if any(i["value"] == key for i in f["identifier"]))


def register_at(
    server: fhir_server.FhirServer,
    *,
    token: str | None = None,
    timeout: float = 10.0,
    lookup: PatientLookup | None = None,
    base_url: str | None = None,
    sleep: Callable[[float], None] = lambda _seconds: None,
) -> FhirFlagRegister:
    """A register on a running server, that does not wait between attempts."""
    where = FhirServer(base_url or server.base_url, token, None, timeout)
    return FhirFlagRegister(where, lookup or PatientLookup(), CODED_FORM, sleep=sleep)
