"""The unattended service as a process of its own: it takes up, hands over, serves, stops, and survives a crash."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from peers.fhir_server import FhirServer
from peers.ports import free_port, wait_until
from trust import ANYBODY, PATIENTS, Trust, fhir_flags, fhir_patient

from integration.domain.flag import WORDING
from integration.domain.people import Role

VICTIM, PERPETRATOR, CHILD, OTHER, STRANGER = PATIENTS
READY_SECONDS, END_SECONDS = 40.0, 10.0
pytestmark = pytest.mark.system


class Service:
    """`flagtag run`; its standard error goes to a file, as to a journal."""

    def __init__(self, trust: Trust) -> None:
        self._journal = trust.folder / "journal"
        command = [sys.executable, "-m", "integration", "--config", str(trust.config), "run"]
        with self._journal.open("wb") as journal:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=journal)
        self.until(lambda: "cycle" in self.events(), "its first cycle")

    def journal(self) -> str:
        return self._journal.read_text(encoding="utf-8")

    def events(self) -> list[str]:
        """What it logged, a line each; every line is JSON."""
        whole = [line for line in self.journal().splitlines(keepends=True) if line.endswith("\n")]
        return [json.loads(line)["event"] for line in whole]

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait, but not for somebody who has left."""
        wait_until(lambda: holds() or self.process.poll() is not None, what, READY_SECONDS)
        assert self.process.poll() is None, self.journal()

    def end(self, by: signal.Signals = signal.SIGTERM) -> int:
        """How it ended, having been told to."""
        self.process.send_signal(by)
        code = self.process.wait(END_SECONDS)
        assert self.process.stdout is not None
        with self.process.stdout as out:
            assert out.read() == b""
        assert "Traceback" not in self.journal()
        assert ANYBODY.findall(self.journal()) == []
        return code


@contextmanager
def running(trust: Trust) -> Iterator[Service]:
    service = Service(trust)
    try:
        yield service
    finally:
        if service.process.poll() is None:
            service.process.kill()
            service.process.wait()
        if service.process.stdout is not None:
            service.process.stdout.close()


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    made = Trust(tmp_path / "trust")
    made.load_patients()
    made.sign_policy()
    return made


def states_of(trust: Trust) -> list[str]:
    return sorted(document["state"] for document in trust.ask("documents", "list"))


def records(trust: Trust) -> list[str]:
    """Everything that is on record, but for the time at which the sources were last looked at."""
    with closing(sqlite3.connect(trust.folder / "state" / "flagtag.db")) as connection:
        connection.execute("BEGIN")
        connection.execute("UPDATE source_reports SET looked_at = ''")
        lines = list(connection.iterdump())
        connection.rollback()
    return lines


def test_it_works_while_people_work_beside_it(trust: Trust) -> None:
    port = free_port()
    serves = f"endpoint = {{ enabled = true, port = {port}, token = {trust.secret('token', 'a-long-token')} }}"
    trust.configure("[flags]", f"[flags]\n{serves}")
    trust.configure("once_retry_seconds = 5", "once_retry_seconds = 5\npoll_seconds = 1")
    with running(trust) as service:
        trust.deliver("list.csv", trust.list_of_one(1, VICTIM))
        service.until(lambda: trust.flagged() == ["3001"], "the flag of a dropped list")

        for words in (("run",), ("run", "--once")):
            refused = trust.must(*words, codes=(2,))
            assert "the service already runs on this deployment; stop it first" in refused.err

        by_hand = trust.folder / "by-hand.csv"
        by_hand.write_bytes(trust.list_of_one(2, OTHER, days=30))
        handed_over = trust.must("process", str(by_hand))
        assert "the running service carries on with it" in handed_over.err
        service.until(lambda: trust.flagged() == ["3001", "3004"], "the flag of a list handed in beside the service")

        check_endpoint(f"http://127.0.0.1:{port}/fhir")
        trust.must("meetings", "held", "Testshire", trust.today.isoformat())
        [case] = trust.ask("outcomes", "list", "Testshire", trust.today.isoformat())
        trust.must("outcomes", "record", case["id"])
        service.until(lambda: states_of(trust) == ["destroyed", "read"], "the destruction of the list that was closed")
        assert service.end() == 0
    assert trust.ask("audit", "verify")["ok"]
    trust.run()  # the seat is free again


def check_endpoint(base_url: str) -> None:
    """The flag to whoever has the token, nothing to anybody else, and nothing unasked."""
    with httpx.Client(base_url=base_url, trust_env=False, timeout=10) as client:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic YS1sb25nLXRva2Vu"}):
            refused = client.get("/Flag", params={"patient": "3001"}, headers=headers)
            assert refused.status_code == 401 and "high risk" not in refused.text
        client.headers["Authorization"] = "Bearer a-long-token"
        assert client.get("/Flag").status_code == 400
        bundle = client.get("/Flag", params={"patient": "3001"}).json()
        [flag] = [entry["resource"] for entry in bundle["entry"]]
        assert flag["code"]["text"] == WORDING[Role.VICTIM] and flag["status"] == "active"
        assert client.get("/Flag", params={"patient": "3003"}).json()["total"] == 0
        assert client.delete(f"/Flag/{flag['id']}").status_code == 405


def test_a_dropped_file_wakes_it_long_before_its_next_look(trust: Trust) -> None:
    trust.configure("once_retry_seconds = 5", "once_retry_seconds = 5\npoll_seconds = 3600")
    with running(trust) as service:
        trust.deliver("list.csv", trust.list_of_one(1, VICTIM))
        service.until(lambda: trust.flagged() == ["3001"], "the flag of a dropped list")
        assert service.end(signal.SIGINT) == 0


def test_after_a_crash_it_sweeps_and_goes_on(trust: Trust) -> None:
    with running(trust) as service:
        service.process.kill()
        service.process.wait()
    vault = trust.folder / "state" / "vault"
    left = (vault / f"{'ab' * 16}.document", vault / f".draft-{'cd' * 16}", vault / "shredder" / f"{'ef' * 16}.reading")
    for orphan in left:  # as a kill between the file and its record leaves them
        orphan.write_bytes(b"flagtag-vault-1\nciphertext of a document that no record knows")
        orphan.chmod(0o600)
    trust.deliver("list.csv", trust.list_of_one(1, VICTIM))
    with running(trust) as service:
        service.until(lambda: trust.flagged() == ["3001"], "the flag after the crash")
        assert [orphan for orphan in left if orphan.exists()] == []
        assert service.end() == 0


def test_told_to_stop_while_the_record_system_hangs_it_leaves_and_owes(tmp_path: Path, fhir_server: FhirServer) -> None:
    fhir_server.add(fhir_patient(VICTIM))
    trust = Trust(tmp_path / "trust", flags=f"{fhir_flags(fhir_server.base_url)}timeout_seconds = 3\n")
    trust.load_patients()
    fhir_server.fail("hang-after", "/Flag$", method="POST")  # it takes the flag, and never says so
    with running(trust) as service:
        trust.deliver("list.csv", trust.list_of_one(1, VICTIM))
        service.until(lambda: len(fhir_server.flags()) == 1, "the flag that nobody confirmed")
        assert service.end() == 0
    fhir_server.clear_faults()
    trust.run(codes=(0,))
    assert trust.flagged() == ["3001"] and len(fhir_server.flags()) == 1
    assert trust.ask("flags", "verify") == {"asked": 1, "drift": []}


def test_once_and_once_more_changes_nothing(trust: Trust) -> None:
    case = "27/2026/001"
    trust.deliver("list.csv", trust.list_of((case, "Victim", VICTIM), (case, "Perpetrator", PERPETRATOR)))
    trust.deliver("broken.xlsx", b"PK")
    trust.run(codes=(3,))
    before = records(trust)
    assert len(before) > 50 and trust.flagged() == ["3001", "3002"]
    trust.run(codes=(3,))
    assert records(trust) == before
