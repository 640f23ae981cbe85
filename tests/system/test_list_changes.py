"""A re-issued list beside the one before it, by its command: what differs, that somebody looked, and what is gone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from trust import PATIENTS, Trust

VICTIM, PERPETRATOR, CHILD, OTHER, STRANGER = PATIENTS
FIRST, SECOND, THIRD = "27/2026/001", "27/2026/002", "27/2026/003"
pytestmark = pytest.mark.system


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    made = Trust(tmp_path / "trust")
    made.load_patients()
    made.sign_policy()
    return made


def changes(trust: Trust, *words: str) -> tuple[str, ...]:
    return ("meetings", "changes", "Testshire", trust.today.isoformat(), *words)


def displayed(trust: Trust) -> list[str]:
    """The documents whose display is on record, in the order of the log."""
    exported = trust.folder / "audit.json"
    trust.must("audit", "export", str(exported))
    events = [json.loads(event) for event in json.loads(exported.read_text(encoding="utf-8"))["events"]]
    return [event["object_id"] for event in events if event["action"] == "document-displayed"]


def test_what_a_reissued_list_changed(trust: Trust) -> None:
    trust.deliver("list.csv", trust.list_of((FIRST, "Victim", VICTIM), (SECOND, "Victim", OTHER)))
    trust.run()
    assert "nothing to compare" in trust.must(*changes(trust), codes=(2,)).err
    corrected = VICTIM.replace("1984-03-02", "1984-03-03")
    again = ((FIRST, "Victim", STRANGER), (SECOND, "Victim", corrected), (THIRD, "Victim", OTHER))
    trust.deliver("list-again.csv", trust.list_of(*again))
    trust.run()

    found: dict[str, Any] = trust.ask(*changes(trust), codes=(0,))
    assert (found["version"], found["compared_with"]) == (2, 1)
    said = [(c["change"], c["was_ref"], c["case_ref"]) for c in found["cases"]]
    assert said == [("added", None, FIRST), ("changed", FIRST, SECOND), ("unchanged", SECOND, THIRD)]
    assert found["cases"][1]["fields"] == [
        {"person": "ZZQUILLFEATHER, Isolde", "field": "births", "from": "1984-03-02", "to": "1984-03-03"}
    ]
    newest_first = [document["document_id"] for document in trust.ask("documents", "list")]
    both = displayed(trust)
    assert both == newest_first[::-1]

    table = trust.must(*changes(trust, "--version", "2"))
    assert "1984-03-02" in table.out and "ZZTHORNAPPLE, Caspian" in table.out
    assert "version 2" in table.err
    assert displayed(trust) == both * 2
    assert "no version 3" in trust.must(*changes(trust, "--version", "3"), codes=(2,)).err


def test_a_destroyed_version_is_said_to_be_gone(trust: Trust) -> None:
    trust.deliver("list.csv", trust.list_of((FIRST, "Victim", VICTIM)))
    trust.run()
    trust.deliver("list-again.csv", trust.list_of((SECOND, "Victim", VICTIM)))
    trust.run()
    second, first = (document["document_id"] for document in trust.ask("documents", "list"))
    trust.must("documents", "preserve", second, "--reason", "court order 1")
    day = trust.today.isoformat()
    trust.must("meetings", "held", "Testshire", day)
    for case in trust.ask("outcomes", "list", "Testshire", day):
        trust.must("outcomes", "record", case["id"])
    trust.run()
    states = {document["document_id"]: document["state"] for document in trust.ask("documents", "list")}
    assert states == {first: "destroyed", second: "read"}
    said = trust.must(*changes(trust), codes=(2,))
    assert "version 1 of that meeting's list is destroyed" in said.err
    assert said.out == "" and displayed(trust) == []
