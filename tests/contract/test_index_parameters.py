"""Estimating on an index and adopting what came of it, on SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random

import pytest
from builders import case, patient, subject
from patient_clock import NOW
from sqlalchemy import select

from connectors.local_patient_index import LocalPatientIndex
from integration.domain.audit import Actor, ActorKind
from integration.domain.matching import Matched, NeedsReview
from integration.domain.people import Patient, PersonName
from integration.errors import ConfigurationError, UsageError
from integration.matching import sampled_pairs
from integration.matching.adopted import adopt, adopt_shipped, parameters_in_force, text_in_force
from integration.matching.direct_reads import DirectReads
from integration.matching.parameters import shipped_parameters, shipped_text
from integration.matching.sampled_pairs import sample
from integration.matching.second_opinion import OWN_ALONE
from integration.storage.database import Database
from integration.storage.tables import audit_events
from integration.storage.upkeep_tables import adopted_parameters

TODAY = NOW.date().toordinal()
SOMEBODY = Actor("7" * 32, ActorKind.PERSON)
FAMILIES = ("UMPLEBY", "ZZTESTER", "ARKWRIGHT", "MARCHBANKS", "OLDROYD", "FOTHERBY")
GIVENS = ("Wendy", "Quillon", "Ottoline", "Barnaby", "Isolde", "Tristan")


def population(size: int, twice: int) -> list[Patient]:
    """People two to a home, and for some of them a second record with the same number and an older address."""
    random = Random(3)
    found = []
    for n in range(size):
        home = n // 2
        one = patient(
            str(n),
            FAMILIES[home % 6],
            random.choice(GIVENS),
            birth=date.fromordinal(random.randint(711000, 733000)),
            nhs_number=f"999{n:07}",
            line=f"{home} Nowhere Street",
            postcode=f"ZZ{home % 90:02} {home % 9}AA",
        )
        found.append(replace(one, phone=f"01632{960000 + home}"))
    second = [replace(one, local_id=f"d{one.local_id}", name=PersonName("RENAMED", "Wendy")) for one in found[:twice]]
    return found + [
        replace(one, addresses=found[n + 7].addresses) if n % 3 == 0 else one for n, one in enumerate(second)
    ]


def test_an_index_says_what_strangers_share_and_what_one_person_s_records_do(
    index: LocalPatientIndex, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampled_pairs, "RANDOM_PAIRS", 4000)
    monkeypatch.setattr(sampled_pairs, "ASKED", 150)
    index.load(population(600, 90), NOW)
    told: list[str] = []
    with database.reading() as connection:
        found = sample(connection, index.status(), shipped_parameters(), TODAY, told.append)
    by_number = next(session for session in found.sessions if session.name == "one NHS number")
    assert len(by_number.pairs) == 90
    assert all("nhs_number" not in pair and pair["birth"] in ("exact", "january") for pair in by_number.pairs)
    assert sum(pair["address"] == "place" for pair in by_number.pairs) == 60
    shares = found.strangers.shares
    assert shares["phone", "same"] == pytest.approx(1 / 600, rel=0.5)  # the other one at home
    assert shares["birth", "different"] > 0.95 and shares["birth", "exact"] < 0.001
    assert 0.1 < 1 - shares["given", "different"] < 0.25  # one of six names
    assert sum(shares["address", level] for f, level in shares if f == "address") == pytest.approx(1.0, abs=0.02)
    assert len(told) >= 5


def test_a_small_index_is_borne(index: LocalPatientIndex, database: Database) -> None:
    index.load([patient("1"), Patient("2")], NOW)
    with database.reading() as connection:
        found = sample(connection, index.status(), shipped_parameters(), TODAY, lambda _: None)
    assert [len(session.pairs) for session in found.sessions] == [0, 0, 0]


@pytest.mark.parametrize(("bearers", "pairs"), [(12, 66), (13, 0)])
def test_a_number_of_many_teaches_nothing(
    index: LocalPatientIndex, database: Database, bearers: int, pairs: int
) -> None:
    everybody = [replace(patient(str(n), line=f"{n} Nowhere Street"), phone="01632960123") for n in range(bearers)]
    index.load(everybody, NOW)
    with database.reading() as connection:
        found = sample(connection, index.status(), shipped_parameters(), TODAY, lambda _: None)
    sessions = {session.name: len(session.pairs) for session in found.sessions}
    assert sessions["one NHS number"] == sessions["one name and telephone"] == pairs


def own(version: str = "2026-11-22.10+own") -> str:
    text = shipped_text().replace(f'"{shipped_parameters().version}"', f'"{version}"')
    return text.replace("certain = 9.0", "certain = 60.0")


def test_what_a_person_adopts_is_in_force_at_the_next_question_and_on_record(
    index: LocalPatientIndex, database: Database
) -> None:
    index.load([patient("1")], NOW)
    asked = [case("27/2026/001", subject())]
    before = index.match(asked)[0][0]
    adopt(database, SOMEBODY, own())
    after = index.match(asked)[0][0]
    assert (type(before).__name__, type(after).__name__) == ("Matched", "NeedsReview")
    assert (before.basis.parameters, after.basis.parameters) == (shipped_parameters().version, "2026-11-22.10+own")
    with database.reading() as connection:
        assert text_in_force(DirectReads(connection)) == own()
        said = connection.execute(select(audit_events.c.canonical)).scalars().all()[-1]
        (row,) = connection.execute(select(adopted_parameters)).mappings()
    assert (row["adopted_by"], row["text"]) == (SOMEBODY.actor_id, own())
    assert all(
        word.encode() in said for word in ("parameters-adopted", SOMEBODY.actor_id, row["sha256"], row["version"])
    )
    adopt_shipped(database, SOMEBODY)
    assert index.match(asked)[0][0] == before


def test_own_parameters_never_act_where_the_shipped_ones_do_not(
    index: LocalPatientIndex, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.load([patient("1")], NOW)
    asked = [case("27/2026/001", subject())]
    adopt(database, SOMEBODY, own().replace("certain = 60.0", "certain = 9.0"))
    assert isinstance(index.match(asked)[0][0], Matched)
    stricter = replace(shipped_parameters(), certain=60.0)
    monkeypatch.setattr("connectors.local_patient_index.shipped_parameters", lambda: stricter)
    (decision,) = index.match(asked)[0]
    assert isinstance(decision, NeedsReview)
    assert decision.why == (OWN_ALONE, "there is too little evidence to be certain")
    assert [c.patient for c in decision.candidates] == ["1"]


def test_a_version_names_one_set_of_numbers_for_ever(database: Database) -> None:
    adopt(database, SOMEBODY, own())
    adopt(database, SOMEBODY, own())
    with pytest.raises(UsageError, match="version of its own"):
        adopt(database, SOMEBODY, own().replace("60.0", "61.0"))
    with pytest.raises(UsageError, match="shipped one's"):
        adopt(database, SOMEBODY, own(shipped_parameters().version))
    with pytest.raises(UsageError, match=r"line \d+, grades.certain"):
        adopt(database, SOMEBODY, own("other").replace("60.0", "1.0"))


def test_adopted_parameters_that_a_later_release_cannot_use_stop_matching_and_are_said(
    index: LocalPatientIndex, database: Database
) -> None:
    index.load([patient("1")], NOW)
    adopt(database, SOMEBODY, own())
    with database.change() as change:
        change.connection.execute(adopted_parameters.update().values(text=own().replace("[sex]", "[gender]")))
    with pytest.raises(ConfigurationError, match=r"line \d+, gender: unknown.*--again.*--shipped"):
        index.match([case("27/2026/001", subject())])
    (fault,) = [probe for probe in index.probe() if not probe.ok]
    assert fault.phase == "parameters" and "--shipped" in fault.remedy
    adopt_shipped(database, SOMEBODY)
    with database.reading() as connection:
        assert parameters_in_force(DirectReads(connection)) is shipped_parameters()
