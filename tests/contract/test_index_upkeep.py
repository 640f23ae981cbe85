"""Changing, merging and removing records of the patient index, on SQLite and PostgreSQL: keys and counts in place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from builders import case, patient, subject
from patient_clock import NOW, Clock
from sqlalchemy import Table, event, select

from connectors.local_patient_index import LocalPatientIndex
from integration.domain.matching import Matched, NeedsReview, NoMatch
from integration.domain.people import Address, Patient, PersonName, RecordEnd, Sex
from integration.matching.united import of_several_rows
from integration.ports import EndedRecords
from integration.storage.database import Database
from integration.storage.patient_tables import patient_births, patient_keys, patient_name_counts, patients
from integration.storage.tables import audit_events
from integration.storage.upkeep_tables import record_ends

WENDY = patient("9", "UMPLEBY", "Wendy", birth=date(1950, 1, 5), nhs_number=None, line="9 New Road")


def content(database: Database, *tables: Table) -> list[list[tuple[object, ...]]]:
    """What the tables hold, but for the numbers that the index gives."""
    with database.reading() as connection:
        return [
            sorted(
                tuple(v for c, v in zip(t.c, row, strict=True) if c.name != "pid")
                for row in connection.execute(select(t))
            )
            for t in tables
        ]


DERIVED = (patient_keys, patient_births, patient_name_counts)


def statements(database: Database, act: Callable[[], object]) -> str:
    """What `act` asks of the database, but for what is copied into it."""
    asked: list[str] = []

    def hear(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", hear)
    act()
    event.remove(database.engine, "before_cursor_execute", hear)
    return "\n".join(asked)


def changed_in_every_way(was: Patient) -> list[Patient]:
    """One patient as several, each with something else that an extract now says otherwise."""
    now = [
        replace(was, phone="01632960123"),
        replace(was, nhs_number="9990000026"),
        replace(was, birth=date(1984, 2, 3)),
        replace(was, birth=None, sex=Sex.FEMALE),
        replace(was, name=PersonName("ZZUMPLEBY", "Quillon")),
        replace(was, name=PersonName("ZZTESTER", "Q")),
        replace(was, middle="Jane", deceased=True),
        replace(was, addresses=(Address("1 New Road", "ZZ99 4AA"), Address("", "ZZ99 3VZ"))),
        replace(was, addresses=()),
        replace(was, other_names=(PersonName("ZZTESTER", "Wendy"), PersonName("ZZMAIDEN"))),
        replace(was, name=None, other_names=(PersonName("ZZMAIDEN"),), phone=None),
        replace(was, gp_code="B80001"),
        replace(was, disputed=True, other_births=(date(1985, 9, 17),), other_numbers=("9990000026", "9990000034")),
        was,
    ]
    return [replace(patient, local_id=str(number)) for number, patient in enumerate(now)]


@pytest.mark.parametrize("at_once", [1, 99])
def test_changes_leave_what_a_first_load_stores(index: LocalPatientIndex, database: Database, at_once: int) -> None:
    was = replace(patient("1"), other_names=(PersonName("ZZALIAS"),), phone="01632960999")
    now = changed_in_every_way(was)
    index.load([replace(was, local_id=one.local_id) for one in now], NOW)
    for start in range(0, len(now), at_once):
        index.load(now[start : start + at_once], NOW)
    after = content(database, *DERIVED, patients)
    index.end_records([RecordEnd(one.local_id) for one in now])
    assert content(database, *DERIVED, patients) == [[], [], [], []]
    index.load(now, NOW)
    assert content(database, *DERIVED, patients) == after


def test_a_disputed_record_is_found_by_whatever_its_rows_give(index: LocalPatientIndex) -> None:
    disputed = of_several_rows(
        [
            patient("1", birth=date(1979, 11, 23), nhs_number="9990000026"),
            patient("1", nhs_number="9990000018", line="", postcode=None),
        ]
    )
    index.load([disputed, *(patient(str(n), "ZZOTHER", nhs_number=None, birth=None) for n in range(2, 60))], NOW)
    assert index.patient("1") == disputed
    for ours in (
        subject(line="", postcode=None),
        subject(births=(date(1979, 11, 23),), line="", postcode=None),
        subject(births=(date(1979, 11, 24),), line="", postcode=None),  # a slip of the other one
        subject(family="ZZELSE", given="Ix", births=(), line="", postcode=None, nhs_number="9990000018"),
        subject(family="ZZELSE", given="Ix", births=(), line="", postcode=None, nhs_number="9990000026"),
    ):
        [decision] = index.match([case("27/2026/001", ours)])[0]
        assert isinstance(decision, NeedsReview) and decision.candidates[0].patient == "1"
    index.load([patient("1", line="", postcode=None)], NOW)
    ours = subject(births=(date(1979, 11, 23),), line="", postcode=None)
    assert isinstance(index.match([case("27/2026/001", ours)])[0][0], NoMatch)


def test_only_what_is_different_is_written(index: LocalPatientIndex, database: Database) -> None:
    index.load([patient("1")], NOW)
    called = statements(database, lambda: index.load([replace(patient("1"), phone="01632960123")], NOW))
    assert "SET phone_key = " in called and not [table for table in DERIVED if table.name in called]
    moved = statements(database, lambda: index.load([patient("1", postcode="ZZ99 4AA")], NOW))
    assert "DELETE FROM patient_keys" in moved
    assert "patient_births" not in moved and "patient_name_counts" not in moved


def test_a_removed_patient_leaves_nothing_behind(index: LocalPatientIndex, database: Database) -> None:
    index.load([WENDY], NOW)
    before = content(database, *DERIVED)
    index.load([patient("1"), patient("3", "UMPLEBY", "Quillon", nhs_number=None)], NOW)
    assert index.end_records([RecordEnd("1"), RecordEnd("3"), RecordEnd("99")]) == EndedRecords(0, 2, 1)
    assert content(database, *DERIVED) == before
    assert (index.patient("1"), index.status().patients) == (None, 1)
    decided = index.match([case("27/2026/001", subject())])
    assert isinstance(decided[0][0], NoMatch)


def test_a_merge_leaves_one_record_that_is_found_by_all_that_either_said(
    index: LocalPatientIndex, database: Database
) -> None:
    maiden = replace(patient("1", "ZZMAIDEN"), other_names=(PersonName("ZZALIAS"),), phone="01632960123")
    married = replace(patient("2", "ZZMARRIED", nhs_number=None, line="9 New Road", postcode="ZZ99 4AA"))
    index.load([maiden, married], NOW)
    assert index.end_records([RecordEnd("1", "2")]) == EndedRecords(1, 0, 0)
    merged = index.patient("2")
    assert merged is not None and index.patient("1") is None
    assert (merged.name, merged.nhs_number, merged.phone) == (
        PersonName("ZZMARRIED", "Quillon"),
        "9990000018",
        "01632960123",
    )
    assert merged.other_names == (PersonName("ZZMAIDEN", "Quillon"), PersonName("ZZALIAS"))
    assert merged.addresses == (*married.addresses, *maiden.addresses)
    (sought,) = index.match([case("27/2026/001", subject(family="ZZMAIDEN"))])[0]
    assert isinstance(sought, Matched) and sought.best.patient == "2"
    again = LocalPatientIndex(database, actor=index._actor, stale_after=timedelta(hours=48), clock=Clock())
    kept = content(database, *DERIVED)
    again.end_records([RecordEnd("2")])
    assert content(database, *DERIVED, patients) == [[], [], [], []]
    index.load([merged], NOW)
    assert content(database, *DERIVED) == kept


@pytest.mark.parametrize("field", ["restricted", "deceased"])
@pytest.mark.parametrize("of", ["1", "2"])
def test_danger_that_either_record_knew_of_is_known_of_the_survivor(
    index: LocalPatientIndex, field: str, of: str
) -> None:
    known: dict[str, Patient] = {"1": patient("1"), "2": patient("2", nhs_number=None)}
    index.load([replace(known[n], **{field: n == of}) for n in known], NOW)  # type: ignore[arg-type]
    index.end_records([RecordEnd("1", "2")])
    assert getattr(index.patient("2"), field) is True
    (decision,) = index.match([case("27/2026/001", subject())])[0]
    assert isinstance(decision, NeedsReview)


def test_upkeep_by_hand_does_not_make_a_stale_index_look_fresh(index: LocalPatientIndex, clock: Clock) -> None:
    index.load([patient("1"), patient("2", nhs_number=None), WENDY], NOW)
    clock.now = NOW + timedelta(hours=49)
    (before,) = index.match([case("27/2026/001", subject())])[0]
    index.end_records([RecordEnd("2", "1")])
    status = index.status()
    assert (status.patients, status.generation, status.updated_at, status.stale) == (2, 2, NOW, True)
    (after,) = index.match([case("27/2026/001", subject())])[0]
    assert (before.basis.index_stale, after.basis.index_stale) == (True, True)
    assert after.basis.index_generation == 2


def test_duplicates_go_to_review_and_a_merge_lets_them_act(index: LocalPatientIndex) -> None:
    index.load([patient("1"), patient("2", nhs_number=None)], NOW)
    (before,) = index.match([case("27/2026/001", subject())])[0]
    assert isinstance(before, NeedsReview) and "the patient seems to be registered twice" in before.why
    assert {c.patient for c in before.candidates} == {"1", "2"}
    index.end_records([RecordEnd("1", "2")])
    (after,) = index.match([case("27/2026/001", subject())])[0]
    assert isinstance(after, Matched) and after.best.patient == "2"


def test_merges_are_followed_to_the_record_that_lives(index: LocalPatientIndex, database: Database) -> None:
    index.load([patient(n, nhs_number=None) for n in ("1", "2", "3")], NOW)
    assert index.end_records([RecordEnd("1", "2"), RecordEnd("2", "3")]) == EndedRecords(2, 0, 0)
    index.load([patient("4", nhs_number=None)], NOW)
    assert index.end_records([RecordEnd("4", "1")]) == EndedRecords(1, 0, 0)
    with database.reading() as connection:
        found = connection.execute(select(record_ends.c.local_id, record_ends.c.survivor)).all()
    assert sorted(found) == [("1", "2"), ("2", "3"), ("4", "3")]
    assert index.status().patients == 1


def test_a_merge_into_nobody_changes_nothing(index: LocalPatientIndex, database: Database) -> None:
    index.load([patient("1")], NOW)
    assert index.end_records([RecordEnd("1", "99"), RecordEnd("98", "1")]) == EndedRecords(0, 0, 2)
    assert index.patient("1") == patient("1")
    assert index.status().generation == 1
    with pytest.raises(ValueError, match="itself"):
        RecordEnd("1", "1")


def test_each_end_is_on_record_without_a_patient(index: LocalPatientIndex, database: Database) -> None:
    index.load([patient("77"), patient("78", nhs_number=None), WENDY], NOW)
    index.end_records([RecordEnd("77", "78"), RecordEnd("9")])
    with database.reading() as connection:
        said = [e for e in connection.execute(select(audit_events.c.canonical)).scalars() if b"record-end" in e]
    assert [b"patient-merged" in said[0], b"patient-removed" in said[1], len(said)] == [True, True, 2]
    assert not any(b'"77"' in e or b'"78"' in e or b"ester" in e for e in said)


def test_who_is_absent_from_an_extract(index: LocalPatientIndex) -> None:
    index.load([patient("1"), WENDY], NOW)
    assert index.absent_from({"1", "5"}) == ["9"]
    assert index.absent_from({"1", "9"}) == []


def test_texts_and_places_are_united_once(index: LocalPatientIndex) -> None:
    one = replace(patient("1"), addresses=(Address("12 Nowhere Street", "ZZ99 3VZ"),), open_services=("CAMHS",))
    other = replace(patient("2", nhs_number=None), open_services=("CAMHS", "Adult"), addresses=one.addresses)
    index.load([one, other], NOW)
    index.end_records([RecordEnd("2", "1")])
    merged = index.patient("1")
    assert merged == replace(one, open_services=("CAMHS", "Adult"))
