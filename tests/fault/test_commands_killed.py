"""SIGKILL between the commits of what people type: a reviewer's decision and its undoing, and a load of the index."""

from __future__ import annotations

from pathlib import Path

import pytest
from dying_services import DyingServices, copy_of
from trust import PATIENTS, PATIENTS_HEADER, Trust

from integration.errors import ExitCode

pytestmark = pytest.mark.fault
WHY = ("--reason", "seen")
MATCH = ("match", "--patient", "3001", *WHY)


@pytest.fixture
def waiting(tmp_path: Path) -> Trust:
    """One person who waits for a reviewer, who has looked at the entry."""
    trust = Trust(tmp_path / "prepared")
    trust.load_patients()
    whole = trust.list_of_one(1, PATIENTS[0])
    trust.deliver("list.csv", whole.replace(b"12 Nowhere Street,QX12 3VZ,9990000018", b",,"))
    trust.run()
    trust.must("review", "show", the_one(trust))
    return trust


def the_one(trust: Trust) -> str:
    [person] = trust.ask("review", "list")
    return str(person["subject_id"])


@pytest.mark.parametrize("act", ["decide", "undo"])
def test_a_decision_and_its_undoing_are_whole_or_not_at_all(
    tmp_path: Path, waiting: Trust, services: DyingServices, act: str
) -> None:
    person, words = the_one(waiting), ("review", act, the_one(waiting), *(MATCH if act == "decide" else WHY))
    if act == "undo":
        waiting.must("review", "decide", person, *MATCH)
        waiting.run()
        waiting.must("review", "show", person)
    ended, boundaries = services.run(copy_of(waiting, tmp_path / "run"), None, fine=True, words=words)
    assert ended == "0"
    before, done = waiting.ask("review", "show", person), set()
    for die_at in range(1, boundaries + 1):
        trust = copy_of(waiting, tmp_path / "run")
        assert services.run(trust, die_at, fine=True, words=words)[0] == "killed"
        after = trust.ask("review", "show", person)
        is_done = after["state"] != before["state"]
        assert len(after["decisions"]) == len(before["decisions"]) + is_done
        if not is_done:
            trust.must(*words)
        trust.run()
        [flag] = trust.ask("flags", "list")
        assert (flag["status"], flag["state"]) == ("active" if act == "decide" else "entered-in-error", "verified")
        assert trust.ask("audit", "verify")["ok"]
        done.add(is_done)
    assert done == {True, False}


def test_a_load_killed_between_batches_matches_nobody_until_one_ends(tmp_path: Path, services: DyingServices) -> None:
    trust = Trust(tmp_path / "prepared")
    trust.load_patients(PATIENTS[0])
    whole = trust.file("whole.csv", "\n".join((PATIENTS_HEADER, *PATIENTS[:3], "")).encode())
    listed = trust.file("list.csv", trust.list_of_one(1, PATIENTS[2]))
    ended, boundaries = services.run(copy_of(trust, tmp_path / "run"), None, fine=True, words=("index", "load", whole))
    assert ended == "0" and boundaries >= 4
    halves = 0
    for die_at in range(1, boundaries + 1):
        run = copy_of(trust, tmp_path / "run")
        assert services.run(run, die_at, fine=True, words=("index", "load", whole))[0] == "killed"
        status = run.ask("index", "status")
        if status["loading_since"]:
            halves += 1
            assert "HALF LOADED" in run.must("status", codes=(ExitCode.HELD,)).out
            assert "begun and not ended" in run.must("match", listed, codes=(ExitCode.UNAVAILABLE,)).err
        else:
            assert (status["patients"], status["generation"]) in ((1, 1), (3, 2))
        again = run.must("index", "load", whole, "--full")  # a short one is no repeat of its own
        assert ("had not ended" in again.err) is bool(status["loading_since"])
        assert run.ask("index", "status")["patients"] == 3
        [person] = run.ask("match", listed)["subjects"]
        assert person["patient"] == "3003"
    assert halves >= 2
