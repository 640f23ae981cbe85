"""What people decide, by its commands: who somebody is, that a flag is wrong, what a held case or document is."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from peers.fhir_server import FhirServer
from trust import PATIENTS, Trust, fhir_flags, fhir_patient

VICTIM, PERPETRATOR, CHILD, OTHER, STRANGER = PATIENTS
FIRST, SECOND = "27/2026/001", "27/2026/002"
NOBODY = "9999,,ZZUNHEARD,Ofelia,,1966-06-06,F,9 Blank Road,QX12 1AA,"
pytestmark = pytest.mark.system


def states(trust: Trust, *columns: str) -> dict[str, int]:
    """The counts of the one list's balance sheet that are not zero."""
    [sheet] = trust.ask("status")["lists"]
    return {c: sheet[c] for c in columns} if columns else {k: v for k, v in sheet.items() if v and type(v) is int}


def flags(trust: Trust) -> list[tuple[str, str, str]]:
    return sorted((f["patient"], f["status"], f["state"]) for f in trust.ask("flags", "list"))


def test_a_decision_its_undoing_and_the_register(tmp_path: Path, fhir_server: FhirServer) -> None:
    trust = Trust(tmp_path / "trust", flags=fhir_flags(fhir_server.base_url))
    trust.configure('perpetrator = "automatic"', 'perpetrator = "confirm"')
    trust.load_patients()
    for row in PATIENTS:
        fhir_server.add(fhir_patient(row))
    trust.deliver("list.csv", trust.list_of((FIRST, "Victim", VICTIM), (FIRST, "Perpetrator", PERPETRATOR)))
    trust.run(codes=(3,))
    [item] = trust.ask("review", "list")
    [sheet] = trust.status()["lists"]
    assert (sheet["people"], sheet["not_ended"], sheet["under_review"], sheet["balances"]) == (2, 1, 1, False)
    assert "no person on a list has that id" in trust.must("review", "show", "zz", codes=(2,)).err
    shown = trust.ask("review", "show", item["id"])
    assert shown["candidates"][0]["patient"] == "3002" and shown["subject"]["name"] == "ZZQUILLFEATHER, Tristan"
    assert f"Weighed by the matching parameters {shown['parameters']}." in trust.must("review", "show", item["id"]).out
    for wrong in (
        ("match", "--reason", "no patient named"),
        ("match", "--patient", "3002"),
        ("match", "--patient", "7777", "--reason", "no such patient"),
        ("match", "--patient", "3001", "--reason", "that record is the victim's"),
        ("no-match", "--patient", "3002", "--reason", "no and yes"),
        ("match", "--patient", "3002", "--reason", "seen too long ago", "--version", str(shown["version"] - 1)),
        ("perhaps", "--reason", "no such answer"),
    ):
        assert trust.must("review", "decide", item["id"], *wrong, codes=(2,)).err
    assert trust.ask("review", "show", item["id"])["version"] == shown["version"]
    decided = ("match", "--patient", "3002", "--reason", "name and birth compared", "--version", str(shown["version"]))
    trust.must("review", "decide", item["id"], *decided)
    trust.run(codes=(0,))
    assert at(fhir_server) == {"Patient/3001": "active", "Patient/3002": "active"}
    refused = trust.must("review", "undo", item["id"], "--reason", "the wrong brother", codes=(2,))
    assert "show it again" in refused.err  # it was flagged since they looked
    trust.ask("review", "show", item["id"])
    trust.must("review", "undo", item["id"], "--reason", "the wrong brother")
    trust.run(codes=(3,))
    assert at(fhir_server) == {"Patient/3001": "active", "Patient/3002": "entered-in-error"}
    trust.ask("review", "show", item["id"])
    said = trust.must("review", "decide", item["id"], "no-match", "--reason", "nobody of ours")
    assert "looked for again at each update of the index" in said.err
    trust.run(codes=(0,))
    shown = trust.ask("review", "show", item["id"])
    assert [one["reason"] for one in shown["decisions"]] == [
        "name and birth compared",
        "the wrong brother",
        "nobody of ours",
    ]
    assert (shown["state"], {c["grade"] for c in shown["candidates"]}) == ("not_our_patient", {"certainly-not"})
    assert "Decided: not our patient" in trust.must("review", "show", item["id"]).out
    assert states(trust, "flagged", "not_our_patient") == {"flagged": 1, "not_our_patient": 1}
    [flag] = [f for f in trust.ask("flags", "list") if f["patient"] == "3001"]
    assert "--reason" in trust.must("flags", "end", flag["id"], codes=(2,)).err
    trust.must("flags", "end", flag["id"], "--reason", "its time is over")
    trust.run(codes=(0,))
    assert at(fhir_server) == {"Patient/3001": "inactive", "Patient/3002": "entered-in-error"}
    assert "ended already" in trust.must("flags", "undo", flag["id"], "--reason", "again", codes=(2,)).err
    assert trust.ask("flags", "verify") == {"asked": 2, "drift": []}


def at(server: FhirServer) -> dict[str, str]:
    """The status of the one flag on each patient's record, as the server holds it."""
    found = {flag["subject"]["reference"]: flag["status"] for flag in server.flags()}
    assert len(found) == len(server.flags())
    return found


def test_a_wrong_flag_is_taken_back_and_its_people_wait_again(trust: Trust) -> None:
    trust.deliver("list.csv", trust.list_of((FIRST, "Victim", VICTIM), (SECOND, "Victim", OTHER)))
    trust.run(codes=(0,))
    [flag] = [f for f in trust.ask("flags", "list") if f["patient"] == "3001"]
    said = trust.must("flags", "undo", flag["id"], "--reason", "a namesake")
    assert "1 person to be decided about again" in said.err
    trust.run(codes=(3,))
    assert flags(trust) == [("3001", "entered-in-error", "verified"), ("3004", "active", "verified")]
    [item] = trust.ask("review", "list")
    decided = ("match", "--patient", "3001", "--reason", "it was she after all")
    assert "look before you decide" in trust.must("review", "decide", item["id"], *decided, codes=(2,)).err
    trust.ask("review", "show", item["id"])
    trust.must("review", "decide", item["id"], *decided)
    trust.run(codes=(0,))
    assert flags(trust) == [
        ("3001", "active", "verified"),
        ("3001", "entered-in-error", "verified"),
        ("3004", "active", "verified"),
    ]


def test_a_flag_beside_an_opposite_one_wants_a_second_decision_with_that_in_view(trust: Trust) -> None:
    people = ((FIRST, "Victim", VICTIM), (SECOND, "Victim", OTHER), (SECOND, "Perpetrator", VICTIM))
    trust.deliver("list.csv", trust.list_of(*people))
    trust.run(codes=(3,))
    [item] = trust.ask("review", "list")
    decided = ("review", "decide", item["id"], "match", "--patient", "3001", "--reason", "the same person")
    assert "flag: victim" in trust.must("review", "show", item["id"]).out
    said = trust.must(*decided, codes=(3,))
    assert "nothing is flagged yet: the patient has a flag of the opposite role" in said.err
    assert "show it again" in trust.must(*decided, codes=(2,)).err
    assert trust.ask("review", "show", item["id"])["why"] == ["the patient has a flag of the opposite role"]
    trust.must(*decided, codes=(0,))
    trust.run(codes=(0,))
    standing = (("3001", "active", "verified"), ("3001", "active", "verified"), ("3004", "active", "verified"))
    assert flags(trust) == [*standing]


def test_another_register_is_not_taken_while_flags_stand_in_the_first(trust: Trust, fhir_server: FhirServer) -> None:
    for row in PATIENTS:
        fhir_server.add(fhir_patient(row))
    trust.deliver("list.csv", trust.list_of((FIRST, "Victim", VICTIM)))
    trust.run(codes=(0,))
    text = trust.config.read_text(encoding="utf-8")
    section = re.search(r"\[flags\]\n([^\[]*)", text)
    assert section is not None
    trust.configure(section[1], fhir_flags(fhir_server.base_url))
    assert "1 in the register local" in trust.run(codes=(5,)).err
    noted = [row for row in trust.ask("check") if row["phase"] == "ledger"]
    assert [row["result"] for row in noted] == ["note"]
    assert fhir_server.flags() == []


def test_drift_is_reported(tmp_path: Path, fhir_server: FhirServer) -> None:
    trust = Trust(tmp_path / "trust", flags=fhir_flags(fhir_server.base_url))
    trust.load_patients()
    for row in PATIENTS:
        fhir_server.add(fhir_patient(row))
    trust.deliver("list.csv", trust.list_of((FIRST, "Victim", VICTIM), (SECOND, "Victim", OTHER)))
    trust.run(codes=(0,))
    one, other = fhir_server.flags()
    fhir_server.remove("Flag", one["id"])
    fhir_server.add(other | {"code": {"text": "high risk victim"}})
    said = trust.must("flags", "verify", "--format", "json", codes=(3,))
    assert said.json["asked"] == 2
    assert sorted(d["what"].split(":")[0] for d in said.json["drift"]) == [
        "the register does not hold it",
        "the register holds it otherwise",
    ]


def test_cases_are_accepted_dealt_with_by_hand_or_withdrawn(trust: Trust) -> None:
    refs = ("27/2026/001", "27/2026/002", "27/2026/003", "27/2026/004")
    victims = tuple((ref, "Victim", row) for ref, row in zip(refs, PATIENTS, strict=False))
    trust.deliver("list.csv", trust.list_of(*victims, *((ref, "Mr", NOBODY) for ref in refs[:3])))
    trust.run(codes=(3,))
    counted = states(trust, "people", "held_cases", "flagged", "held")
    assert counted == {"people": 4, "held_cases": 3, "flagged": 1, "held": 3}
    held = sorted(trust.ask("held", "list"), key=lambda item: int(item["where"].split()[1]))
    assert [(item["what"], item["where"]) for item in held] == [("case", f"row {row}") for row in (6, 7, 8)]
    first, second, third = (item["id"] for item in held)
    shown = trust.ask("held", "show", first)
    assert shown["case_ref"] == refs[0] and [p["role"] for p in shown["people"]] == ["victim"]
    for wrong in ("", "--accept --withdraw", "--again", "--dismiss", "--accept --area Testshire", "--transcribed 0"):
        trust.must("held", "settle", first, *wrong.split(), codes=(2,))
    trust.must("held", "settle", first, "--accept")
    trust.must("held", "settle", second, "--transcribed", "2")
    trust.must("held", "settle", third, "--withdraw")
    trust.must("held", "settle", third, "--accept", codes=(2,))
    trust.run(codes=(0,))
    counted = states(trust, "people", "held_cases", "flagged", "transcribed", "withdrawn")
    assert counted == {"people": 5, "held_cases": 0, "flagged": 2, "transcribed": 2, "withdrawn": 1}
    [sheet] = trust.ask("status")["lists"]
    assert sheet["balances"] and sheet["state"] == "flagged"


def test_documents_are_said_what_they_are_or_dealt_with_by_hand(trust: Trust) -> None:
    undated = trust.list_of((FIRST, "Victim", VICTIM)).replace(trust.today.strftime("%d/%m/%Y").encode(), b"")
    by_hand = undated.replace(b"Isolde", b"Odile")
    trust.deliver("undated.csv", undated)
    trust.run(codes=(3,))
    [item] = trust.ask("held", "list")
    assert item["state"] == "held" and "--meeting-date" in item["reason"]
    for wrong in ("--accept", "--withdraw", "--again --kind minutes", "--dismiss --area Testshire"):
        trust.must("held", "settle", item["id"], *wrong.split(), codes=(2,))
    day = trust.today + timedelta(days=60)
    trust.must("held", "settle", item["id"], "--meeting-date", day.isoformat())
    trust.run(codes=(0,))
    assert [(m["meeting_date"], m["state"]) for m in trust.ask("meetings", "list")] == [(day.isoformat(), "flagged")]
    trust.deliver("by-hand.csv", by_hand)
    trust.run(codes=(3,))
    [item] = trust.ask("held", "list")
    trust.must("held", "settle", item["id"], "--transcribed", "3", codes=(2,))
    later = (day + timedelta(days=28)).isoformat()
    trust.must("held", "settle", item["id"], "--transcribed", "3", "--area", "Testshire", "--meeting-date", later)
    trust.run(codes=(0,))
    [sheet] = [s for s in trust.ask("status")["lists"] if s["meeting_date"] == later]
    assert (sheet["people"], sheet["transcribed"], sheet["balances"]) == (3, 3, True)
