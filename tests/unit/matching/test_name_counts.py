"""How common names are: the same answer whatever was asked before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from builders import patient, subject

from integration.domain.matching import IndexStatus
from integration.domain.people import PersonName
from integration.errors import Unavailable
from integration.matching.direct_reads import DirectReads, Row, Statement
from integration.matching.name_counts import NameCounts
from integration.matching.people import Known, Sought
from integration.storage.database import Database, open_database
from integration.storage.patient_tables import patient_name_counts
from integration.storage.schema import create_or_upgrade

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SOUGHT = Sought.from_subject(subject(family="Ali", given="Hussain Raza"), date(2026, 11, 22))
KNOWN = Known.from_patient(patient(family="Hussain", given="Ali"), 1)
COUNTED = {("g", "ali"): 900, ("f", "ali"): 700, ("g", "hussain"): 50, ("f", "hussain"): 800, ("g", "raza"): 7}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = open_database(f"sqlite:///{tmp_path}/flagtag.db", lambda: NOW)
    create_or_upgrade(found)
    with found.change() as change:
        rows = [{"kind": kind, "name": name, "people": people} for (kind, name), people in COUNTED.items()]
        change.connection.execute(patient_name_counts.insert(), rows)
    yield found
    found.close()


def test_names_that_may_be_swapped_are_counted_as_both(database: Database) -> None:
    with database.reading() as connection:
        reads, status = DirectReads(connection), IndexStatus(5000, 1, None)
        bearers = NameCounts().shares(status, [], [SOUGHT], reads).bearers
        before = NameCounts().of_sought(status, [SOUGHT], reads).bearers
    assert {name: bearers[name] for name in COUNTED} == COUNTED == {name: before[name] for name in COUNTED}


def test_what_was_asked_before_changes_nothing_but_another_update_does(database: Database) -> None:
    counts, before = NameCounts(), IndexStatus(5000, 1, None)
    with database.reading() as connection:
        counts.shares(before, [[KNOWN]], [], DirectReads(connection))
    with database.change() as change:
        change.connection.execute(patient_name_counts.update().values(people=3))
    with database.reading() as connection:
        reads = DirectReads(connection)
        assert counts.shares(before, [[KNOWN]], [], reads).bearers["g", "ali"] == 900
        assert counts.shares(IndexStatus(5001, 2, None), [[KNOWN]], [], reads).bearers["g", "ali"] == 3


def test_the_other_names_of_a_patient_are_counted(database: Database) -> None:
    theirs = replace(patient(family="Umpleby"), other_names=(PersonName("Hussain", "Raza"),))
    known = Known.from_patient(theirs, 1)
    with database.reading() as connection:
        bearers = NameCounts().shares(IndexStatus(5000, 1, None), [[known]], [], DirectReads(connection)).bearers
    assert (bearers["f", "hussain"], bearers["g", "raza"], bearers["f", "umpleby"]) == (800, 7, 0)


def test_a_name_that_nobody_bears_may_be_a_slip_in_those_that_many_do(database: Database) -> None:
    def near(given: str, patients: int) -> object:
        sought = Sought.from_subject(subject(given=given), date(2026, 11, 22))
        with database.reading() as connection:
            return NameCounts().shares(IndexStatus(patients, 1, None), [], [sought], DirectReads(connection)).near

    assert near("Rasa Maria", 5000) == {"rasa": ["raza"]}
    assert near("Zaza", 5000) == {"zaza": []}  # a first letter is seldom misspelt
    assert near("Rasa", 5_000_000) == {"rasa": []}  # seven may be a slip themselves
    assert near("Raza", 5000) == {}
    assert near("Rasa", 500) == {}  # an index of so few says nothing


class _Failing(DirectReads):
    def rows(self, statement: Statement, values: Sequence[object] = ()) -> list[Row]:
        raise Unavailable("patient index", "read", "OperationalError")


def test_a_question_that_failed_is_asked_again(database: Database) -> None:
    counts, status = NameCounts(), IndexStatus(5000, 1, None)
    with database.reading() as connection:
        with pytest.raises(Unavailable):
            counts.shares(status, [[KNOWN]], [], _Failing(connection))
        assert counts.shares(status, [[KNOWN]], [], DirectReads(connection)).bearers["g", "ali"] == 900
