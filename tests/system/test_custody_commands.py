"""What people say of documents and meetings, by its commands, and what follows: kept, destroyed, moved, recorded."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from trust import PATIENTS, Trust

from integration.audit.verifier import main as verify
from integration.cli import demo_documents
from integration.domain.working_days import friday_of_week

VICTIM, PERPETRATOR, CHILD, OTHER, STRANGER = PATIENTS
FIRST = "27/2026/001"
pytestmark = pytest.mark.system


# --- custody


def close(trust: Trust) -> None:
    """The meeting of today takes place, and all its outcomes are recorded."""
    day = trust.today.isoformat()
    trust.must("meetings", "held", "Testshire", day)
    for case in trust.ask("outcomes", "list", "Testshire", day):
        trust.must("outcomes", "record", case["id"])


def custody(trust: Trust) -> Any:
    [document] = trust.ask("documents", "list")
    return document


def test_a_hold_wins_over_every_rule(trust: Trust) -> None:
    trust.deliver("list.csv", trust.list_of((FIRST, "Victim", VICTIM)))
    trust.run(codes=(0,))
    document = custody(trust)["id"]
    assert "its list is still open" in trust.must("documents", "destroy", document, "--yes", codes=(2,)).err
    assert "--reason" in trust.must("documents", "preserve", document, codes=(2,)).err
    trust.must("documents", "preserve", document, "--reason", "court order 1")
    close(trust)
    trust.run(codes=(0,))
    kept = custody(trust)
    assert (kept["state"], kept["preserved"]) == ("read", True) and "legal hold" in kept["next_step"]
    assert "legal hold" in trust.must("documents", "destroy", document, "--yes", codes=(2,)).err
    trust.must("documents", "release", document, "--reason", "the court has done")
    trust.run(codes=(0,))
    assert custody(trust)["state"] == "destroyed"
    assert "too late" in trust.must("documents", "preserve", document, "--reason", "late", codes=(2,)).err
    assert "destroyed" in trust.must("documents", "read", document, codes=(2,)).err


def test_a_document_is_destroyed_by_hand_once_somebody_said_yes(trust: Trust) -> None:
    trust.must("process", trust.file("broken.xlsx", b"PK"), codes=(4,))
    document = custody(trust)["id"]
    waits = trust.must("documents", "destroy", document, "--yes", codes=(2,))
    assert "it waits for a person" in waits.err
    trust.must("held", "settle", document, "--dismiss")
    for answer in ("n\n", ""):
        trust.must("documents", "destroy", document, typed=answer, codes=(1, 2))
    assert custody(trust)["state"] == "refused"
    trust.must("documents", "destroy", document, typed="y\n")
    assert custody(trust)["state"] == "destroyed"
    [certificate] = trust.ask("deletions", "list")
    assert certificate["trigger"] == "by_hand"
    evidence = trust.folder / "evidence.json"
    trust.must("deletions", "show", document, "--evidence", str(evidence))
    assert verify([str(evidence)]) == 0
    spoilt = json.loads(evidence.read_text())
    evidence.write_text(json.dumps(spoilt).replace("by_hand", "by_rule"))
    assert verify([str(evidence)]) != 0


def test_a_policy_that_was_changed_after_it_was_signed_lets_nothing_go(trust: Trust) -> None:
    trust.deliver("list.csv", trust.list_of((FIRST, "Victim", VICTIM)))
    trust.run(codes=(0,))
    policy = trust.folder / "disposal-policy.toml"
    signed = policy.read_text()
    policy.write_text(signed.replace("refused_days = 0 ", "refused_days = 1 "))
    close(trust)
    trust.run(codes=(0,))
    assert custody(trust)["state"] == "read" and "no disposal policy is signed" in custody(trust)["next_step"]
    assert "NOT SIGNED" in trust.must("status", codes=(0, 3)).out
    assert trust.ask("policy", "show")["in_force"] is None
    refused = trust.must("documents", "destroy", custody(trust)["id"], "--yes", codes=(2,))
    assert "flagtag policy sign" in refused.err
    policy.write_text("version = 1\n")
    assert "disposal-policy.toml" in trust.must("policy", "show", codes=(5,)).err
    policy.write_text(signed)  # what was signed is what is in force
    trust.run(codes=(0,))
    assert custody(trust)["state"] == "destroyed"


def test_minutes_stay_until_their_reader_has_seen_the_end_and_says_so(trust: Trust) -> None:
    trust.configure('name = "Testshire"', f'name = "{demo_documents.AREA}"')
    trust.configure('area = "Testshire"', f'area = "{demo_documents.AREA}"')
    trust.deliver("agenda.docx", demo_documents.case_list(trust.today))
    trust.run(codes=(0, 3))
    trust.deliver("minutes.docx", demo_documents.minutes(trust.today))
    trust.run(codes=(0, 3))
    [minutes] = [d for d in trust.ask("documents", "list") if d["kind"] == "minutes"]
    for typed in ("q\n", "", "\n" * 40 + "n\n"):
        said = trust.must("documents", "read", minutes["id"], typed=typed, codes=(1, 3))
        assert "Minutes of the" in said.out
    trust.run(codes=(0, 3))
    assert kinds(trust)["minutes"] == "read"
    trust.must("documents", "read", minutes["id"], typed="y\n" * 40)
    trust.run(codes=(0, 3))
    assert kinds(trust) == {"case_list": "read", "minutes": "destroyed"}


def kinds(trust: Trust) -> dict[str, str]:
    return {d["kind"]: d["state"] for d in trust.ask("documents", "list")}


# --- meetings


def test_a_postponed_meeting_takes_its_list_along(trust: Trust) -> None:
    soon, later = (trust.today + timedelta(days=days) for days in (14, 42))
    trust.deliver("list.csv", trust.list_of((FIRST, "Victim", VICTIM), days=14))
    trust.run(codes=(0,))
    early = trust.must("meetings", "held", "Testshire", soon.isoformat(), codes=(2,))
    assert "flagtag meetings postpone" in early.err
    assert "no document has named" in trust.must("meetings", "held", "Testshire", "2026-01-01", codes=(2,)).err
    assert "no document has named" in trust.must("meetings", "held", "Nowhere", soon.isoformat(), codes=(2,)).err
    trust.must("meetings", "held", "Testshire", "tomorrow", codes=(2,))
    [before] = trust.ask("flags", "list")
    trust.must("meetings", "postpone", "Testshire", soon.isoformat(), "--to", later.isoformat())
    [sheet] = trust.ask("status")["lists"]
    assert (sheet["meeting_date"], sheet["flagged"]) == (later.isoformat(), 1)
    [after] = trust.ask("flags", "list")
    assert after["review_on"] > before["review_on"]
    trust.deliver("other.csv", trust.list_of((FIRST, "Victim", OTHER), days=14))
    trust.run(
        codes=(3,)
    )  # it names the old day, and is a version of the list that moved: who is gone is put to a person
    [sheet] = trust.ask("status")["lists"]
    assert (sheet["meeting_date"], sheet["version"], sheet["people"]) == (later.isoformat(), 2, 2)
    trust.deliver("third.csv", trust.list_of(("27/2026/003", "Victim", OTHER), days=56))
    trust.run(codes=(3,))
    third = (trust.today + timedelta(days=56)).isoformat()
    busy = trust.must("meetings", "postpone", "Testshire", later.isoformat(), "--to", third, codes=(2,))
    assert "a list for that day already" in busy.err


def test_outcomes_and_actions(trust: Trust) -> None:
    trust.configure("[service]", '[outcomes]\nfields = ["idva_referral"]\n\n[service]')
    trust.deliver("list.csv", trust.list_of((FIRST, "Victim", VICTIM)))
    trust.run(codes=(0,))
    day = trust.today.isoformat()
    [case] = trust.ask("outcomes", "list", "Testshire", day)
    assert "meetings held" in trust.must("outcomes", "record", case["id"], codes=(2,)).err
    trust.must("meetings", "held", "Testshire", day)
    for option, wrong in (
        ("field", "shoe=7"),
        ("field", "idva_referral"),
        ("action", "act"),
        ("action", "DMR, soon: act"),
    ):
        trust.must("outcomes", "record", case["id"], "--words-stdin", typed=f"{option}: {wrong}", codes=(2,))
    too_long = trust.must("outcomes", "record", case["id"], "--words-stdin", typed="note: " + "x" * 501, codes=(2,))
    assert "500" in too_long.err
    words = "action: Safeguarding: ring\naction: DMR, 2026-01-05: write to ZZQUILLFEATHER\nfield: idva_referral=yes\n"
    words += "note: ZZQUILLFEATHER was not discussed.\n"
    record = ("--not-heard", "--repeat", "--words-stdin")
    said = trust.must("outcomes", "record", case["id"], *record, typed=words)
    assert "with 2 actions" in said.err
    [shown] = trust.ask("outcomes", "show", case["id"])
    assert (shown["heard"], shown["repeat"], shown["fields"]) == (False, True, {"idva_referral": "yes"})
    assert shown["note"] == "ZZQUILLFEATHER was not discussed."
    late, due = trust.ask("actions", "list")
    assert (late["owner"], late["due"], late["late"]) == ("DMR", "2026-01-05", True)
    assert (due["owner"], due["due"], due["late"]) == ("Safeguarding", friday_of_week(trust.today).isoformat(), False)
    assert any("past their due day" in sentence for sentence in trust.ask("status")["late"])
    trust.must("actions", "confirm", late["id"], "--how-stdin", typed="", codes=(2,))
    trust.must("actions", "confirm", late["id"], "--status", "open", "--how-stdin", typed="x", codes=(2,))
    trust.must("actions", "confirm", late["id"], "--how-stdin", typed="Written on Monday.")
    assert [a["owner"] for a in trust.ask("actions", "list")] == ["Safeguarding"]
    ended = [a for a in trust.ask("actions", "list", "--all") if a["status"] == "done"]
    assert ended[0]["how"] == "Written on Monday."
