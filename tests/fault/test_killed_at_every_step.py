"""SIGKILL at every step boundary, then a restart: the same flags, once each, on a real FHIR server.

`make soak` does the same at every commit, every file of custody and every request.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from containers import zipped
from dying_services import DyingServices, copy_of
from peers.fhir_server import FhirServer
from trust import PATIENTS, Trust, fhir_flags, fhir_patient

from integration.cli import demo_documents
from integration.domain.flag import WORDING
from integration.domain.people import Role

pytestmark = pytest.mark.fault


class Story:
    """One prepared deployment, copied afresh for every death."""

    def __init__(self, folder: Path, server: FhirServer) -> None:
        self.folder, self.server = folder, server
        self.trust = Trust(folder / "prepared", flags=fhir_flags(server.base_url))
        self.trust.load_patients()
        self.trust.sign_policy()
        case = "27/2026/001"
        people = ((case, "Victim", PATIENTS[0]), (case, "Perpetrator", PATIENTS[1]))
        self.trust.deliver("list.csv", self.trust.list_of(*people))

    def afresh(self) -> Trust:
        """The prepared deployment again, before a record system that knows nothing of it."""
        self.server.reset()
        for row in PATIENTS[:2]:
            self.server.add(fhir_patient(row))
        return copy_of(self.trust, self.folder / "run")


def check_flags(trust: Trust, server: FhirServer) -> None:
    found = sorted((flag["subject"]["reference"], flag["code"]["text"], flag["status"]) for flag in server.flags())
    victim, perpetrator = WORDING[Role.VICTIM], WORDING[Role.PERPETRATOR]
    assert found == [("Patient/3001", victim, "active"), ("Patient/3002", perpetrator, "active")]
    assert trust.ask("flags", "verify") == {"asked": 2, "drift": []}
    [sheet] = trust.ask("status")["lists"]
    assert (sheet["people"], sheet["flagged"], sheet["balances"]) == (2, 2, True)
    assert trust.ask("audit", "verify")["ok"]


def check_nothing_left(trust: Trust) -> None:
    [document] = trust.ask("documents", "list")
    assert document["state"] == "destroyed"
    [deletion] = trust.ask("deletions", "list")
    assert deletion["state"] == "source_copies_confirmed"
    assert [c["findings"] for c in trust.ask("deletions", "verify")] == [[]]
    assert [p for p in trust.drop.rglob("*") if p.is_file()] == []
    assert [p for p in (trust.folder / "state" / "vault").rglob("*") if p.is_file()] == []
    assert trust.ask("audit", "verify")["ok"]


def die_at_every_boundary(story: Story, services: DyingServices, *, fine: bool, stride: int = 1) -> int:
    """From the drop to the flags, then from the meeting to the certificate; returns how many deaths were died."""
    whole = story.afresh()
    ended, boundaries = services.run(whole, None, fine=fine)
    assert ended == "0" and boundaries > 10
    check_flags(whole, story.server)
    deaths = 0
    for die_at in range(1, boundaries + 1, stride):
        trust = story.afresh()
        ended, _ = services.run(trust, die_at, fine=fine)
        assert ended in ("killed", "0"), f"boundary {die_at}: {ended}"  # threads may cross in another order
        deaths += ended == "killed"
        assert services.run(trust, None, fine=fine)[0] == "0", f"restart after boundary {die_at}"
        check_flags(trust, story.server)
    return deaths


def die_while_destroying(story: Story, services: DyingServices, *, fine: bool, stride: int = 1) -> int:
    heard = story.afresh()
    services.run(heard, None, fine=fine)
    day = heard.today.isoformat()
    heard.must("meetings", "held", "Testshire", day)
    [case] = heard.ask("outcomes", "list", "Testshire", day)
    heard.must("outcomes", "record", case["id"])
    kept = story.folder / "heard"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(heard.folder, kept)
    ended, boundaries = services.run(heard, None, fine=fine)
    assert ended == "0"
    check_nothing_left(heard)
    deaths = 0
    for die_at in range(1, boundaries + 1, stride):
        shutil.rmtree(heard.folder)
        shutil.copytree(kept, heard.folder)
        ended, _ = services.run(heard, die_at, fine=fine)
        assert ended in ("killed", "0"), f"boundary {die_at}: {ended}"
        deaths += ended == "killed"
        assert services.run(heard, None, fine=fine)[0] == "0", f"restart after boundary {die_at}"
        check_nothing_left(heard)
    return deaths


def test_the_flags_stand_once_each(tmp_path: Path, fhir_server: FhirServer, services: DyingServices) -> None:
    deaths = die_at_every_boundary(Story(tmp_path, fhir_server), services, fine=False)
    assert deaths >= 10


def test_nothing_is_left_and_no_certificate_is_false(
    tmp_path: Path, fhir_server: FhirServer, services: DyingServices
) -> None:
    deaths = die_while_destroying(Story(tmp_path, fhir_server), services, fine=False)
    assert deaths >= 8


def check_taken_apart(trust: Trust) -> None:
    found = sorted((document["kind"], document["state"]) for document in trust.ask("documents", "list"))
    assert found == [("container", "destroyed"), ("minutes", "read"), ("research_form", "read")]
    assert (trust.in_drop(), len(trust.set_aside())) == ([], 1)
    [deletion] = trust.ask("deletions", "list")
    assert (deletion["trigger"], deletion["state"]) == ("taken_apart", "epoch_key_destroyed")
    assert len([p for p in (trust.folder / "state" / "vault").glob("*.document")]) == 2


def an_archive_is_delivered(folder: Path) -> Trust:
    trust = Trust(folder / "prepared")
    trust.configure('name = "Testshire"', f'name = "{demo_documents.AREA}"')
    trust.configure('area = "Testshire"', f'area = "{demo_documents.AREA}"')
    trust.sign_policy()
    form, minutes = demo_documents.research_form(trust.today), demo_documents.minutes(trust.today)
    trust.deliver("documents.zip", zipped({"form.docx": form, "minutes.docx": minutes}))
    return trust


def die_while_taking_apart(folder: Path, services: DyingServices, *, fine: bool, stride: int) -> int:
    prepared = an_archive_is_delivered(folder)
    whole = copy_of(prepared, folder / "run")
    ended, boundaries = services.run(whole, None, fine=fine)
    assert ended == "0"
    check_taken_apart(whole)
    deaths = 0
    for die_at in range(1, boundaries + 1, stride):
        trust = copy_of(prepared, folder / "run")
        ended, _ = services.run(trust, die_at, fine=fine)
        assert ended in ("killed", "0"), f"boundary {die_at}: {ended}"
        deaths += ended == "killed"
        assert services.run(trust, None, fine=fine)[0] == "0", f"restart after boundary {die_at}"
        check_taken_apart(trust)
    return deaths


def test_an_archive_is_taken_apart_once(tmp_path: Path, services: DyingServices) -> None:
    """At some boundaries here; at each in the soak, and in a test of the workflow alone."""
    assert die_while_taking_apart(tmp_path, services, fine=False, stride=5) >= 2


@pytest.mark.soak
def test_an_archive_at_every_commit_and_every_file(tmp_path: Path, services: DyingServices) -> None:
    assert die_while_taking_apart(tmp_path, services, fine=True, stride=1) >= 50


@pytest.mark.soak
def test_at_every_commit_and_every_file(tmp_path: Path, fhir_server: FhirServer, services: DyingServices) -> None:
    story = Story(tmp_path, fhir_server)
    assert die_at_every_boundary(story, services, fine=True) >= 50
    assert die_while_destroying(story, services, fine=True) >= 50
