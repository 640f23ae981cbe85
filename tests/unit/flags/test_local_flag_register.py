"""Our own register: every write on record in its own transaction, and a store that somebody spoilt is noticed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from builders import patient
from builders_flags import ACTOR, flag, key
from peers.flag_records import LocalRecord
from sqlalchemy import select

from integration.domain.audit import Action
from integration.domain.flag import Differs, FlagStatus, OppositeFlag
from integration.domain.people import Role
from integration.errors import IntegrityBroken, Unavailable
from integration.storage.database import open_database
from integration.storage.tables import audit_events, metadata

PATIENT = patient()


@pytest.fixture
def record(tmp_path: Path) -> Iterator[LocalRecord]:
    database = open_database(f"sqlite:///{tmp_path / 'flagtag.db'}", lambda: datetime(2026, 11, 22, 9, tzinfo=UTC))
    with database.change() as change:
        metadata.create_all(change.connection)
    yield LocalRecord(database)
    database.close()


def events(record: LocalRecord) -> list[dict[str, Any]]:
    with record.database.reading() as connection:
        return [json.loads(row) for row in connection.execute(select(audit_events.c.canonical)).scalars()]


def test_every_write_is_on_record_once_and_looking_is_not(record: LocalRecord) -> None:
    ended = flag(status=FlagStatus.INACTIVE)
    for _ in range(2):
        record.register.place(flag(), PATIENT)
    record.register.place(flag(Role.PERPETRATOR), PATIENT)  # stopped: nothing is written
    record.register.verify(flag(), PATIENT)
    record.register.standing(PATIENT)
    for _ in range(2):
        record.register.change(ended, PATIENT)
    said = [(e["action"], e["object_id"], e["actor"], e["details"]["how"]) for e in events(record)]
    one = (Action.FLAG_ATTEMPTED.value, str(key()), ACTOR.actor_id)
    assert said == [(*one, "create"), (*one, "update")]
    assert "1001" not in json.dumps(events(record))


def test_what_is_stored_is_the_resource_as_it_is_served(record: LocalRecord) -> None:
    record.register.place(flag(), PATIENT)
    resource = record.resource(flag())
    assert (resource["id"], resource["meta"]["versionId"]) == (str(key()), "1")
    assert resource["meta"]["lastUpdated"] == "2026-11-22T09:00:00+00:00"
    assert resource["code"]["text"] == "high risk victim of domestic abuse"


@pytest.mark.parametrize("text", ["", "[]", "not JSON", "{}"])
def test_a_spoilt_row_differs_stops_the_opposite_or_is_said(record: LocalRecord, text: str) -> None:
    record.register.place(flag(), PATIENT)
    record.store(flag(), text)
    assert isinstance(record.register.verify(flag(), PATIENT), Differs)
    with pytest.raises(Unavailable, match="does not read as one of ours"):
        record.register.standing(PATIENT)
    # nobody can tell any longer what stands there
    assert record.register.place(flag(Role.PERPETRATOR), PATIENT) == OppositeFlag(str(key()))


def test_a_flag_that_is_gone_right_after_its_commit_is_said(record: LocalRecord) -> None:
    """What was committed is read back by a new look: here a trigger of somebody's takes it away."""
    trigger = "CREATE TRIGGER t AFTER INSERT ON audit_events BEGIN DELETE FROM local_flags; END"
    with record.database.change() as change:
        change.connection.exec_driver_sql(trigger)
    with pytest.raises(IntegrityBroken, match="lost a flag"):
        record.register.place(flag(), PATIENT)


def test_a_database_that_is_gone_is_named_by_its_phase(record: LocalRecord, tmp_path: Path) -> None:
    record.database.close()
    (tmp_path / "flagtag.db").unlink()
    (tmp_path / "flagtag.db").mkdir()
    for suffix in ("-wal", "-shm"):
        (tmp_path / f"flagtag.db{suffix}").unlink(missing_ok=True)
    (probe,) = record.register.probe()
    assert (probe.phase, probe.ok) == ("read", False)
    assert probe.remedy
