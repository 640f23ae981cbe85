"""One case list, end to end: the same story as the README tells, on either database and either register."""

from __future__ import annotations

from pathlib import Path

import pytest
from peers.fhir_server import FhirServer
from trust import PATIENTS, Trust, fhir_flags, fhir_patient

from integration.domain.flag import WORDING
from integration.domain.people import Role

VICTIM, PERPETRATOR, CHILD = PATIENTS[:3]
pytestmark = pytest.mark.system


def through_to_the_flags(trust: Trust) -> None:
    trust.load_patients()
    trust.sign_policy()
    case = "27/2026/001"
    people = ((case, "Victim", VICTIM), (case, "Perpetrator", PERPETRATOR), (case, "Child", CHILD))
    trust.deliver("list.csv", trust.list_of(*people))
    trust.run(codes=(0,))


def on_to_the_end(trust: Trust) -> None:
    day = trust.today.isoformat()
    trust.must("meetings", "held", "Testshire", day)
    [case] = trust.ask("outcomes", "list", "Testshire", day)
    words = "note: Brief.\naction: Safeguarding team: offer an appointment\n"
    trust.must("outcomes", "record", case["id"], "--words-stdin", typed=words)
    trust.run(codes=(0,))


def check_the_end(trust: Trust) -> None:
    [sheet] = trust.ask("status")["lists"]
    assert (sheet["state"], sheet["balances"], sheet["people"]) == ("closed", True, 3)
    assert (sheet["flagged"], sheet["child_noted"]) == (2, 1)
    [document] = trust.ask("documents", "list")
    assert document["state"] == "destroyed"
    [deletion] = trust.ask("deletions", "list")
    assert deletion["state"] == "source_copies_confirmed"
    [checked] = trust.ask("deletions", "verify")
    assert checked["findings"] == []
    assert trust.ask("audit", "verify")["ok"]
    assert [p for p in trust.drop.rglob("*") if p.is_file()] == []


def test_on_the_embedded_default(tmp_path: Path) -> None:
    trust = Trust(tmp_path / "trust")
    through_to_the_flags(trust)
    flags = trust.ask("flags", "list")
    assert {(f["patient"], f["role"], f["state"]) for f in flags} == {
        ("3001", "victim", "verified"),
        ("3002", "perpetrator", "verified"),
    }
    assert trust.ask("flags", "verify") == {"asked": 2, "drift": []}
    on_to_the_end(trust)
    check_the_end(trust)


def test_on_postgresql_by_changing_one_url(tmp_path: Path, postgres_database: str) -> None:
    trust = Trust(tmp_path / "trust", database=postgres_database)
    through_to_the_flags(trust)
    on_to_the_end(trust)
    check_the_end(trust)


def test_on_a_real_fhir_server(tmp_path: Path, fhir_server: FhirServer) -> None:
    trust = Trust(tmp_path / "trust", flags=fhir_flags(fhir_server.base_url))
    for row in PATIENTS:
        fhir_server.add(fhir_patient(row))
    through_to_the_flags(trust)
    wordings = {flag["subject"]["reference"]: flag["code"]["text"] for flag in fhir_server.flags()}
    assert wordings == {
        "Patient/3001": WORDING[Role.VICTIM],
        "Patient/3002": WORDING[Role.PERPETRATOR],
    }
    assert trust.ask("flags", "verify") == {"asked": 2, "drift": []}
    on_to_the_end(trust)
    check_the_end(trust)
