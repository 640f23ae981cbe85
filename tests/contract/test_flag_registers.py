"""What every flag register promises: one suite on our own register, on a real FHIR server, and on the fake."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from builders import patient
from builders_flags import flag
from peers.flag_records import FakeRecord, FhirRecord, LocalRecord, Record

from integration.domain.flag import Differs, FlagStatus, Missing, OppositeFlag, Placed
from integration.domain.people import Role
from integration.storage.database import open_database
from integration.storage.tables import metadata

PATIENT = patient()
ENDED = (FlagStatus.INACTIVE, FlagStatus.ENTERED_IN_ERROR)


@pytest.fixture(params=["local", "local on PostgreSQL", "fhir", "fake"])
def record(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Record]:
    match request.param:
        case "fake":
            yield FakeRecord()
        case "fhir":
            record = FhirRecord(request.getfixturevalue("fhir_server"))
            yield record
            record.register.close()  # type: ignore[attr-defined]
        case _:
            url = f"sqlite:///{tmp_path / 'flagtag.db'}"
            if "PostgreSQL" in request.param:
                url = str(request.getfixturevalue("postgres_database"))
            database = open_database(url, lambda: datetime.now(UTC))
            with database.change() as change:
                metadata.create_all(change.connection)
            yield LocalRecord(database)
            database.close()


def test_a_flag_is_placed_once_and_then_stands_already(record: Record) -> None:
    first = record.register.place(flag(), PATIENT)
    assert isinstance(first, Placed)
    assert not first.already
    assert first.server_id
    assert record.register.place(flag(), PATIENT) == Placed(first.server_id, first.version, already=True)
    assert record.held() == 1


def test_forty_at_once_make_one_flag(record: Record) -> None:
    with ThreadPoolExecutor(40) as threads:
        results = list(threads.map(lambda _: record.register.place(flag(), PATIENT), range(40)))
    assert all(isinstance(result, Placed) for result in results)
    assert len({result.server_id for result in results if isinstance(result, Placed)}) == 1
    assert record.held() == 1


@pytest.mark.parametrize("role", [Role.VICTIM, Role.PERPETRATOR])
def test_what_stands_is_what_was_placed(record: Record, role: Role) -> None:
    record.register.place(flag(role), PATIENT)
    (standing,) = record.register.standing(PATIENT)
    assert standing.flag == flag(role)
    assert not record.register.standing(patient("1002"))


def test_an_opposite_flag_stops_for_a_person_who_may_let_it_pass(record: Record) -> None:
    first = record.register.place(flag(), PATIENT)
    assert isinstance(first, Placed)
    assert record.register.place(flag(Role.PERPETRATOR), PATIENT) == OppositeFlag(first.server_id)
    assert record.held() == 1
    assert isinstance(record.register.place(flag(Role.PERPETRATOR), PATIENT, beside_opposite=True), Placed)
    assert {standing.flag.role for standing in record.register.standing(PATIENT)} == {Role.VICTIM, Role.PERPETRATOR}


def test_an_ended_opposite_flag_stops_nobody(record: Record) -> None:
    record.register.place(flag(), PATIENT)
    record.register.change(flag(status=FlagStatus.INACTIVE), PATIENT)
    assert isinstance(record.register.place(flag(Role.PERPETRATOR), PATIENT), Placed)


@pytest.mark.parametrize("status", ENDED)
def test_a_flag_ends_by_its_status_and_the_end_stands_already(record: Record, status: FlagStatus) -> None:
    record.register.place(flag(), PATIENT)
    ended = flag(status=status)
    first = record.register.change(ended, PATIENT)
    assert isinstance(first, Placed)
    assert not first.already
    again = record.register.change(ended, PATIENT)
    assert isinstance(again, Placed)
    assert again.already
    assert record.register.verify(ended, PATIENT) == again
    (standing,) = record.register.standing(PATIENT)
    assert standing.flag == ended
    assert record.held() == 1


def test_an_ended_flag_is_not_revived(record: Record) -> None:
    record.register.place(flag(), PATIENT)
    record.register.change(flag(status=FlagStatus.INACTIVE), PATIENT)
    for result in (record.register.place(flag(), PATIENT), record.register.change(flag(), PATIENT)):
        assert isinstance(result, Differs)
        assert "status" in result.fields
    (standing,) = record.register.standing(PATIENT)
    assert standing.flag.status is FlagStatus.INACTIVE


def test_a_wrong_flag_stays_wrong_and_an_ended_one_can_turn_out_wrong(record: Record) -> None:
    record.register.place(flag(), PATIENT)
    record.register.change(flag(status=FlagStatus.INACTIVE), PATIENT)
    assert isinstance(record.register.change(flag(status=FlagStatus.ENTERED_IN_ERROR), PATIENT), Placed)
    assert isinstance(record.register.change(flag(status=FlagStatus.INACTIVE), PATIENT), Differs)


def test_a_new_generation_is_a_flag_of_its_own(record: Record) -> None:
    record.register.place(flag(), PATIENT)
    record.register.change(flag(status=FlagStatus.INACTIVE), PATIENT)
    assert isinstance(record.register.place(flag(generation=2), PATIENT), Placed)
    assert record.held() == 2


def test_drift_is_named_and_a_lost_flag_is_missing(record: Record) -> None:
    assert record.register.verify(flag(), PATIENT) == Missing()
    record.register.place(flag(), PATIENT)
    assert isinstance(record.register.verify(flag(), PATIENT), Placed)
    record.meddle(flag())
    drifted = record.register.verify(flag(), PATIENT)
    assert isinstance(drifted, Differs)
    assert drifted.fields == ("period.start",)
    assert isinstance(record.register.place(flag(), PATIENT), Differs)
    record.lose(flag())
    assert record.register.verify(flag(), PATIENT) == Missing()


def test_what_drifted_is_put_right_by_a_change(record: Record) -> None:
    record.register.place(flag(), PATIENT)
    record.meddle(flag())
    assert isinstance(record.register.change(flag(), PATIENT), Placed)
    assert isinstance(record.register.verify(flag(), PATIENT), Placed)


def test_a_flag_that_is_not_there_cannot_be_ended(record: Record) -> None:
    assert record.register.change(flag(status=FlagStatus.INACTIVE), PATIENT) == Differs("", ("the flag is not there",))
    assert record.held() == 0


def test_only_an_active_flag_is_placed(record: Record) -> None:
    with pytest.raises(ValueError, match="an end is a change"):
        record.register.place(flag(status=FlagStatus.INACTIVE, end=date(2027, 1, 1)), PATIENT)


def test_every_phase_of_a_probe_is_passed_and_nothing_is_written(record: Record) -> None:
    probes = list(record.register.probe())
    assert probes
    assert all(probe.ok for probe in probes)
    assert record.held() == 0
