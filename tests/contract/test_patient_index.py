"""What every loadable patient index promises, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from builders import case, patient, subject
from patient_clock import NOW, Clock
from sqlalchemy import func, select

from connectors.local_patient_index import LocalPatientIndex
from integration.domain.matching import IndexStatus, MatchDecision, Matched, NeedsReview, NoMatch, NotEnough
from integration.domain.people import Address, Patient, PersonName, RecordEnd, Role, Subject
from integration.errors import Conflict, Unavailable
from integration.storage.database import Database
from integration.storage.patient_tables import (
    patient_births,
    patient_index,
    patient_keys,
    patient_name_counts,
    patients,
)
from integration.storage.tables import audit_events


def decide(index: LocalPatientIndex, *subjects: Subject) -> list[MatchDecision]:
    (decisions,) = index.match([case("27/2026/001", *subjects)])
    return list(decisions)


def full_patient() -> Patient:
    return Patient(
        local_id="77",
        nhs_number="9990000018",
        name=PersonName("Zztester-Öberg", "Anne-Marie"),
        middle="Jane",
        other_names=(PersonName("Zzmaiden"), PersonName("Zzmaiden", "Annie")),
        birth=date(1984, 3, 2),
        sex=None,
        addresses=(Address("12 Nowhere Street", "ZZ99 3VZ"), Address("", "ZZ99 3WZ"), Address("1 Old Road", None)),
        phone="07700 900123",
        gp_code="B80001",
        deceased=False,
        restricted=True,
        open_services=("CAMHS", "Adult mental health"),
        fhir_id="abc-1",
    )


def test_gives_back_what_was_loaded(index: LocalPatientIndex) -> None:
    plain, bare = patient("1"), Patient("2", name=PersonName(given="Zzonly"))
    assert index.load([full_patient(), plain, bare], NOW) == 3
    assert index.patient("77") == full_patient()
    assert index.patient("1") == plain
    assert index.patient("2") == bare
    assert index.patient("3") is None


def test_counts_generations_and_only_what_changed(index: LocalPatientIndex) -> None:
    assert index.status().generation == 0
    assert index.load([patient("1"), patient("2", "OTHER")], NOW) == 2
    assert index.load([patient("1"), patient("2", "ANOTHER")], NOW + timedelta(days=1)) == 1
    status = index.status()
    assert (status.patients, status.generation, status.updated_at) == (2, 2, NOW + timedelta(days=1))


def test_a_changed_patient_is_found_by_the_new_keys_alone(index: LocalPatientIndex, database: Database) -> None:
    index.load([patient("1", nhs_number=None)], NOW)
    moved = patient("1", "UMPLEBY", nhs_number=None, birth=date(1950, 1, 5), postcode="ZZ99 4AA", line="9 New Road")
    index.load([moved], NOW)
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(patient_keys)).scalar_one() == 2
        names = connection.execute(select(patient_name_counts.c.name)).scalars().all()
    assert sorted(names) == ["quillon", "umpleby"]
    assert isinstance(decide(index, subject())[0], NoMatch)
    found = decide(index, subject(family="UMPLEBY", births=(date(1950, 1, 5),), postcode="ZZ99 4AA", line="9 New Road"))
    assert isinstance(found[0], Matched)


def test_the_last_of_two_rows_for_one_patient_wins(index: LocalPatientIndex) -> None:
    assert index.load([patient("1", "FIRST"), patient("1", "LAST")], NOW) == 1
    found = index.patient("1")
    assert found is not None and found.name == PersonName("LAST", "Quillon")


def test_every_load_is_on_record_without_a_person(index: LocalPatientIndex, database: Database) -> None:
    index.load([full_patient()], NOW)
    with database.reading() as connection:
        events = connection.execute(select(audit_events.c.canonical)).scalars().all()
    assert len(events) == 1
    assert b"index-updated" in events[-1] and b'"finished":true' in events[-1] and b'"patients":1' in events[-1]
    assert not any(b"77" in e or b"tester" in e.lower() or b"9990000018" in e for e in events)


WENDY = patient("2", "UMPLEBY", birth=date(1950, 1, 5), nhs_number=None, line="9 New Road")
IN_SEARCH_OF_WENDY = subject(family="UMPLEBY", births=(date(1950, 1, 5),), line="9 New Road")


def killed_after(*people: Patient) -> Iterator[Patient]:
    yield from people
    raise OSError


@pytest.fixture
def one_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.local_patient_index.BATCH", 1)


@pytest.mark.usefixtures("one_a_batch")
def test_nobody_is_matched_by_a_load_that_broke_off_until_one_ends(index: LocalPatientIndex) -> None:
    index.load([patient("1")], NOW)
    later = NOW + timedelta(days=1)
    with pytest.raises(OSError):
        index.load(killed_after(WENDY), later)
    assert index.status() == IndexStatus(2, 1, NOW, later)
    with pytest.raises(Unavailable, match="begun and not ended"):
        decide(index, subject())
    assert [(probe.ok, "begun and not ended" in probe.remedy) for probe in index.probe()] == [(False, True)]
    assert [p.local_id for p in index.search(PersonName("Umpleby"), None)] == ["2"]

    assert index.load([WENDY], later) == 0
    assert index.status() == IndexStatus(2, 2, later)
    assert isinstance(decide(index, subject())[0], Matched)
    assert isinstance(decide(index, IN_SEARCH_OF_WENDY)[0], Matched)
    assert all(probe.ok for probe in index.probe())


@pytest.mark.usefixtures("one_a_batch")
def test_nobody_is_matched_between_two_batches(index: LocalPatientIndex) -> None:
    generations: list[int] = []

    def watched() -> Iterator[Patient]:
        yield patient("1")
        generations.append(index.status().generation)
        with pytest.raises(Unavailable):
            decide(index, IN_SEARCH_OF_WENDY)
        yield WENDY

    index.load(watched(), NOW)
    assert (generations, index.status().generation) == ([0], 1)
    assert isinstance(decide(index, IN_SEARCH_OF_WENDY)[0], Matched)


@pytest.mark.usefixtures("one_a_batch")
def test_a_first_load_that_broke_off_is_no_index_yet(index: LocalPatientIndex) -> None:
    with pytest.raises(OSError):
        index.load(killed_after(patient("1")), NOW)
    assert index.status() == IndexStatus(1, 0, None, NOW, stale=True)
    with pytest.raises(Unavailable):
        decide(index, subject())


@pytest.mark.usefixtures("one_a_batch")
def test_of_two_loads_at_once_the_later_one_counts(index: LocalPatientIndex) -> None:
    def overtaken() -> Iterator[Patient]:
        yield patient("1")
        index.load([WENDY], NOW)
        yield patient("3")

    with pytest.raises(Conflict, match="repeat this one"):
        index.load(overtaken(), NOW)
    assert index.status() == IndexStatus(2, 1, NOW)


def test_a_load_of_one_batch_is_never_seen_half_done(index: LocalPatientIndex) -> None:
    index.load([patient("1")], NOW)
    with pytest.raises(OSError):
        index.load(killed_after(WENDY), NOW)
    assert index.status() == IndexStatus(1, 1, NOW)
    assert isinstance(decide(index, subject())[0], Matched)


def what_follows_from_patients(database: Database) -> list[object]:
    with database.reading() as connection:
        return [
            connection.execute(select(table).order_by(*table.primary_key)).all()
            for table in (patient_keys, patient_births, patient_name_counts)
        ]


@pytest.mark.parametrize(
    "act",
    [
        lambda index: index.match([case("27/2026/001", subject())]),
        lambda index: index.load([patient("1")], NOW),
        lambda index: index.end_records([RecordEnd("99")]),
    ],
    ids=["match", "load", "end"],
)
def test_keys_of_an_older_rule_are_made_again(
    index: LocalPatientIndex, database: Database, act: Callable[[LocalPatientIndex], object]
) -> None:
    index.load([patient("1"), patient("2", "UMPLEBY", "Wendy", birth=date(1960, 5, 5), nhs_number=None)], NOW)
    kept = what_follows_from_patients(database)
    with database.change() as change:
        change.connection.execute(patient_keys.delete())
        change.connection.execute(patient_births.update().values(sounds=0))
        change.connection.execute(patients.update().values(sounds=0))
        change.connection.execute(patient_name_counts.update().values(people=9))
        change.connection.execute(patient_index.update().values(key_scheme="0.0"))
    act(index)
    assert what_follows_from_patients(database) == kept
    with database.reading() as connection:
        assert connection.execute(select(func.min(patients.c.sounds))).scalar_one() > 0
    assert isinstance(decide(index, subject())[0], Matched)


def test_progress_is_told(index: LocalPatientIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    monkeypatch.setattr("connectors.local_patient_index.BATCH", 2)
    index.on_progress = told.append
    index.load([patient(str(n)) for n in range(5)], NOW)
    assert told == [2, 4, 5]
    told.clear()
    index.load([patient(str(n)) for n in range(4)], NOW)
    assert told[:2] == [2, 4]


def test_an_empty_index_finds_nobody(index: LocalPatientIndex) -> None:
    assert isinstance(decide(index, subject())[0], NoMatch)
    assert not [probe for probe in index.probe() if probe.ok]


def test_one_decision_for_each_subject_in_order(index: LocalPatientIndex) -> None:
    index.load([patient("1"), patient("2", "UMPLEBY", "Wendy", birth=date(1960, 5, 5), nhs_number=None)], NOW)
    wendy = subject(family="UMPLEBY", given="Wendy", births=(date(1960, 5, 5),))
    unknown = subject(family="NOBODY", given="Xerxes", births=(date(1999, 9, 9),), line="", postcode=None)
    decisions = index.match([case("a", wendy, subject()), case("b", unknown)])
    assert [[type(d) for d in of_case] for of_case in decisions] == [[Matched, Matched], [NoMatch]]
    assert [d.best.patient for d in decisions[0] if isinstance(d, Matched)] == ["2", "1"]


def test_a_decision_names_parameters_generation_and_age(index: LocalPatientIndex, clock: Clock) -> None:
    index.load([patient("1")], NOW)
    fresh = decide(index, subject())[0].basis
    clock.now = NOW + timedelta(hours=49)
    stale = decide(index, subject())[0].basis
    assert fresh.parameters and fresh.index_generation == 1
    assert (fresh.index_stale, stale.index_stale) == (False, True)


@pytest.mark.parametrize("named", [PersonName(family="ZZTESTER"), PersonName(given="Q"), PersonName("Z", "Q")])
def test_one_name_or_initials_alone_are_not_enough(index: LocalPatientIndex, named: PersonName) -> None:
    index.load([patient("1")], NOW)
    assert isinstance(decide(index, Subject(Role.VICTIM, (named,), age=42))[0], NotEnough)
    assert not isinstance(decide(index, Subject(Role.VICTIM, (named,), (date(1984, 3, 2),)))[0], NotEnough)
    assert not isinstance(decide(index, Subject(Role.VICTIM, (PersonName("ZZTESTER", "Q"),)))[0], NotEnough)


def test_who_has_no_date_of_birth_in_the_index_is_found_by_name(index: LocalPatientIndex) -> None:
    index.load([dataclasses.replace(patient("2", family="Zzunborn"), birth=None)], NOW)
    ((decision,),) = index.match([case("1", subject(family="Zzunborn", line="", postcode=None))])
    assert isinstance(decision, NeedsReview)
    assert [candidate.patient for candidate in decision.candidates] == ["2"]


def test_name_and_birth_alone_never_act(index: LocalPatientIndex) -> None:
    index.load([patient("1")], NOW)
    decision = decide(index, subject(line="", postcode=None))[0]
    assert isinstance(decision, NeedsReview)
    assert decision.candidates[0].patient == "1"
    assert decision.why == ("nothing beside name and date of birth agrees",)


def test_equal_candidates_are_never_chosen_among(index: LocalPatientIndex) -> None:
    index.load([dataclasses.replace(patient(str(n)), nhs_number=None, phone=f"07700{n:06d}") for n in range(200)], NOW)
    decision = decide(index, subject())[0]
    assert isinstance(decision, NeedsReview)
    assert len(decision.candidates) == 10


def test_somebody_is_found_where_another_of_the_case_lives(index: LocalPatientIndex) -> None:
    index.load([patient()], NOW)
    renamed_and_misdated = subject(family="Tordoff", births=(date(1985, 3, 2),), line="", postcode=None)
    other = subject(Role.PERPETRATOR, family="Nobody", given="Xerxes", births=(date(1979, 7, 1),))
    assert isinstance(decide(index, renamed_and_misdated)[0], NoMatch)
    assert isinstance(decide(index, renamed_and_misdated, other)[0], NeedsReview)


@pytest.mark.parametrize("said", [{}, {"line": "", "postcode": None, "phones": ("07700 900123",)}])
def test_a_twin_whom_the_name_fits_is_found_beside_the_patient(
    index: LocalPatientIndex, said: dict[str, object]
) -> None:
    born = date(2017, 5, 6)
    one = dataclasses.replace(patient("1", birth=born), phone="07700900123")
    other = dataclasses.replace(patient("2", given="Wendy", birth=born, nhs_number=None), middle="Q")
    index.load([one, other], NOW)
    (decision,) = decide(index, subject(Role.CHILD, births=(born,), **said))  # type: ignore[arg-type]
    assert isinstance(decision, NeedsReview)
    assert "another patient, perhaps a brother or sister, may go by that name" in decision.why


def test_odd_values_are_borne(index: LocalPatientIndex) -> None:
    odd = [
        Patient("1", name=PersonName("X", "Y"), birth=date(1, 1, 1), phone="1", addresses=(Address("?", "?"),)),
        Patient("2", name=PersonName("李", "王")),
        Patient("3", name=PersonName("'", "-"), birth=date(9999, 12, 31)),
        Patient("4"),
        Patient(
            "5", name=PersonName("Mohammed-Ahmed", "Ahmed Mohammed"), other_names=(PersonName("Ahmed", "Mohammed"),)
        ),
        Patient("6", name=PersonName("X", "Y"), addresses=(Address("", "ZZ99 3VZ"), Address("", "zz993vz"))),
    ]
    assert index.load(odd, NOW) == 6
    assert index.load([dataclasses.replace(patient, gp_code="Z") for patient in odd], NOW) == 6
    for births in ((), (date(1, 1, 1),), (date(9999, 12, 31), date(2024, 2, 29))):
        odd_subject = Subject(
            Role.CHILD, (PersonName("-", "'"), PersonName("李", "")), births, -3, None, "12", (Address(),), ("",)
        )
        assert len(decide(index, odd_subject, subject(births=births))) == 2


def test_search_finds_by_name_and_birth_and_by_half_a_name(index: LocalPatientIndex) -> None:
    index.load([patient("1"), patient("2", "UMPLEBY", "Wendy", birth=date(1960, 5, 5), nhs_number=None)], NOW)
    assert [p.local_id for p in index.search(PersonName("Umpelby", "Wendy"), "1960-05-05")] == ["2"]
    assert [p.local_id for p in index.search(PersonName("Umpleby"), None)] == ["2"]
    assert index.search(PersonName("Nobody", "Xerxes"), None) == []


@pytest.mark.parametrize(("family", "given"), [("Zztester", "Q"), ("Zztester", "Quilo"), ("Zztestr", "Quillon")])
def test_an_initial_or_a_slip_is_found_by_age_alone(index: LocalPatientIndex, family: str, given: str) -> None:
    ours = subject(family=family, given=given, births=(), age=42, line="", postcode=None)
    namesakes = [patient(str(number), "UMPLEBY", "Quillon", nhs_number=None) for number in range(3)]
    index.load([*namesakes, patient("7", "ZZTESTED", "Wendy", nhs_number=None)], NOW)
    assert isinstance(decide(index, ours)[0], NoMatch)
    index.load([patient("8", nhs_number=None), patient("9", line="9 Far Road", nhs_number=None)], NOW)
    (decision,) = decide(index, ours)
    assert isinstance(decision, NeedsReview) and {c.patient for c in decision.candidates} == {"8", "9"}


def test_a_misspelt_given_name_is_found_by_the_names_that_people_bear(index: LocalPatientIndex) -> None:
    namesakes = [patient(str(number), "UMPLEBY", "Wojciech", nhs_number=None, birth=None) for number in range(3)]
    index.load([*namesakes, patient("8", "TORDOFF", "Wojciech", nhs_number=None)], NOW)
    renamed = subject(family="Zznewname", given="Wojiech", line="", postcode=None)
    (decision,) = decide(index, renamed)
    assert isinstance(decision, NeedsReview) and [c.patient for c in decision.candidates] == ["8"]


def test_names_the_wrong_way_round_are_found_at_home_by_an_age(index: LocalPatientIndex) -> None:
    index.load([patient(nhs_number=None)], NOW)
    (decision,) = decide(index, subject(family="Quillon", given="Wendover", births=(), age=42))
    assert isinstance(decision, NeedsReview)


@pytest.mark.parametrize("several", [1, 2, 20])
def test_somebody_is_found_by_any_of_the_names_and_dates_that_a_list_gives(
    index: LocalPatientIndex, several: int
) -> None:
    index.load([patient("1", "ZZTESTER", birth=date(1984, 3, 25), nhs_number=None)], NOW)
    births = tuple(date(1984 - 3 * other, 3, 25) for other in reversed(range(several)))
    names = [
        PersonName(f"Zz{letter}all Zz{letter}oak", f"X{letter}nthe") for letter in "abcdefghijklmnopqrst"[1:several]
    ]
    sought = dataclasses.replace(subject(line="", postcode=None), names=(*names, PersonName("Zztester")), births=births)
    ((decision,),) = index.match([case("1", sought)])
    assert isinstance(decision, NeedsReview)
    assert [candidate.patient for candidate in decision.candidates] == ["1"]


def test_a_short_load_does_not_make_up_for_a_longer_one_that_broke_off(
    index: LocalPatientIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.local_patient_index.BATCH", 2)
    third = patient("3", nhs_number=None)
    with pytest.raises(OSError):
        index.load(killed_after(patient("1"), WENDY, third), NOW)
    later = NOW + timedelta(days=1)
    assert index.load([patient("1", postcode="ZZ99 4AA")], later) == 1
    assert index.status() == IndexStatus(2, 0, None, NOW, stale=True)
    with pytest.raises(Unavailable, match="begun and not ended"):
        decide(index, subject())
    assert index.load([patient("1"), WENDY, third], later) == 2
    assert index.status() == IndexStatus(3, 1, later)
    with pytest.raises(OSError):
        index.load(killed_after(patient("1"), WENDY, third), later)
    index.load([patient("1")], later, everybody=True)
    assert index.status() == IndexStatus(3, 2, later)
