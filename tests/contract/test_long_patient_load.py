"""A load that is written by a process of its own: the same index, and the same care when one of the two dies."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from builders import case, patient
from patient_clock import NOW
from sqlalchemy import inspect, select

from connectors import _patient_writer, local_patient_index
from connectors.local_patient_index import LocalPatientIndex
from integration.domain.matching import IndexStatus
from integration.domain.people import Address, Patient, PersonName
from integration.errors import Conflict, Unavailable
from integration.storage.database import Database
from integration.storage.patient_tables import patient_births, patient_keys, patient_name_counts, patients

MANY = [patient(str(n), f"ZZ{chr(65 + n)}MPLEBY", nhs_number=None) for n in range(9)]


@pytest.fixture
def two_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_patient_index, "ALONE_UP_TO", 2)
    monkeypatch.setattr(local_patient_index, "BATCH", 3)
    monkeypatch.setattr(_patient_writer, "_AT_ONCE", 1)


@pytest.fixture
def writers(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The processes that were started to write."""
    started: list[subprocess.Popen[bytes]] = []
    start: Callable[..., subprocess.Popen[bytes]] = subprocess.Popen

    def watched(*args: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(start(*args, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", watched)
    return started


def stored(database: Database) -> list[Any]:
    with database.reading() as connection:
        return [
            connection.execute(select(table).order_by(*table.primary_key)).all()
            for table in (patients, patient_keys, patient_births, patient_name_counts)
        ]


def indexes(database: Database) -> set[str | None]:
    """Those on the patients' own columns."""
    with database.reading() as connection:
        return {found["name"] for found in inspect(connection).get_indexes("patients") if not found["unique"]}


def until(index: LocalPatientIndex, *, loading: bool) -> None:
    while (index.status().loading_since is not None) is not loading:
        threading.Event().wait(0.01)


@pytest.mark.usefixtures("two_alone")
def test_stores_what_a_short_load_stores(
    index: LocalPatientIndex,
    database: Database,
    writers: list[subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[int] = []
    index.on_progress = told.append
    twice = [*MANY, patient("3", "LAST"), MANY[4]]
    assert index.load(twice, NOW) == 10
    assert [writer.returncode for writer in writers] == [0]
    assert (told[0], told[-1]) == (1, 11)
    assert index.status() == IndexStatus(9, 1, NOW)
    assert indexes(database) == {"ix_patients_nhs_number", "ix_patients_phone_key"}
    apart = stored(database)
    with database.change() as change:
        for table in (patients, patient_keys, patient_births, patient_name_counts):
            change.connection.execute(table.delete())
    monkeypatch.setattr(local_patient_index, "ALONE_UP_TO", 100)
    index.load(twice, NOW)
    assert len(writers) == 1
    assert stored(database) == apart
    found = index.patient("3")
    assert found is not None and found.name == PersonName("LAST", "Quillon")


@pytest.mark.usefixtures("two_alone")
def test_stores_of_the_first_who_come_what_follows_from_them(
    index: LocalPatientIndex, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    seldom = [
        patient("d", birth=None, nhs_number=None),
        replace(patient("e"), disputed=True, other_births=(date(1985, 9, 17),), other_numbers=("9990000026",)),
        replace(patient("f"), other_names=(PersonName("ZZALIAS", "Wendy"), PersonName("ZZMAIDEN-ALIAS"))),
        replace(patient("g"), addresses=(Address("", "ZZ99 3VZ"), Address("", "ZZ99 4AA")), phone="01632960123"),
        replace(patient("h"), name=None, addresses=()),
    ]
    assert index.load([*MANY, *seldom], NOW) == 14
    apart = stored(database)
    with database.change() as change:
        for table in (patients, patient_keys, patient_births, patient_name_counts):
            change.connection.execute(table.delete())
    monkeypatch.setattr(local_patient_index, "ALONE_UP_TO", 100)
    monkeypatch.setattr(local_patient_index, "BATCH", 100)
    index.load([*MANY, *seldom], NOW)
    assert stored(database) == apart
    assert [index.patient(one.local_id) for one in seldom] == seldom


@pytest.mark.usefixtures("two_alone")
def test_when_the_reading_fails_nobody_is_matched_until_a_load_ends(
    index: LocalPatientIndex, database: Database, writers: list[subprocess.Popen[bytes]]
) -> None:
    def broken() -> Iterator[Patient]:
        yield from MANY[:7]
        until(index, loading=True)
        raise OSError

    with pytest.raises(OSError):
        index.load(broken(), NOW)
    assert writers[0].returncode == 1
    assert index.status().loading_since == NOW
    with pytest.raises(Unavailable, match="begun and not ended"):
        index.match([case()])
    assert indexes(database) == set()  # they are made at the end
    index.load(MANY, NOW)
    assert indexes(database) == {"ix_patients_nhs_number", "ix_patients_phone_key"}
    assert index.status() == IndexStatus(9, 1, NOW)
    assert len(index.match([case()])) == 1
    assert [index.patient(patient.local_id) for patient in MANY] == MANY


@pytest.mark.usefixtures("two_alone")
def test_when_the_writer_is_killed_the_load_says_so(
    index: LocalPatientIndex, writers: list[subprocess.Popen[bytes]]
) -> None:
    def killing() -> Iterator[Patient]:
        yield from MANY[:7]
        until(index, loading=True)
        writers[0].kill()
        writers[0].wait()
        yield from MANY

    with pytest.raises(Unavailable, match="repeat the load"):
        index.load(killing(), NOW)
    assert index.status().loading_since == NOW


@pytest.mark.usefixtures("two_alone")
def test_a_later_load_ends_this_one(index: LocalPatientIndex) -> None:
    def overtaken() -> Iterator[Patient]:
        yield from MANY[:7]
        until(index, loading=True)
        index.load(MANY[:2], NOW)
        yield from MANY

    with pytest.raises(Conflict, match="another load of the patient index has begun"):
        index.load(overtaken(), NOW)
    assert index.status().loading_since is None


@pytest.mark.usefixtures("two_alone")
def test_what_the_database_refuses_is_said_without_its_words(index: LocalPatientIndex, database: Database) -> None:
    index.load(MANY[:1], NOW)
    with database.change() as change:
        change.connection.exec_driver_sql("DROP TABLE patient_name_counts")
    with pytest.raises(Unavailable, match="the process that writes failed") as raised:
        index.load(MANY, NOW)
    assert "patient_name_counts" not in str(raised.value)
