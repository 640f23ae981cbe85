"""Nothing that anybody could see by the way holds a person: logs, errors, arguments, file names, URLs, the audit log.

Unmistakable names are planted, the whole path is run, failures included, and every output is searched for them.
"""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from subprocess import PIPE

import pytest
from peers.fhir_server import FhirServer
from trust import PATIENTS, Trust, fhir_flags, fhir_patient

from integration.cli.demo_documents import AREA, CASES, minutes, research_form

pytestmark = pytest.mark.system

CANARIES = re.compile(
    rb"quillfeather|isolde|tristan|kestrel|bramblewick|odette|thornapple|caspian"
    rb"|nowhere street|imaginary close|figment|01632960|99900000\d\d|99/2026|27/2026",
    re.IGNORECASE,
)
PERSONAL_TABLES = re.compile(r"^patient")  # the index itself: who the trust's patients are


def found_in(content: bytes) -> list[bytes]:
    return CANARIES.findall(content)


@contextmanager
def watched_arguments(root: int) -> Iterator[set[bytes]]:
    """The arguments of a process and of all that it starts, looked at over and over."""
    seen: set[bytes] = set()
    over = threading.Event()

    def look() -> None:
        family = {root}
        while not over.wait(0.01):
            for process in Path("/proc").iterdir():
                if process.name.isdigit():
                    try:
                        parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
                        if int(process.name) in family or parent in family:
                            family.add(int(process.name))
                            seen.add((process / "cmdline").read_bytes())
                    except (OSError, IndexError):
                        continue

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


class Listener:
    """Runs commands as processes of their own and keeps what they say by the way."""

    def __init__(self, trust: Trust) -> None:
        self.trust, self.errors, self.arguments = trust, bytearray(), set[bytes]()

    def flagtag(self, *words: str, typed: str = "") -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "integration", "--config", str(self.trust.config), *words]
        with (
            subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE) as process,
            watched_arguments(process.pid) as seen,
        ):
            out, err = process.communicate(typed.encode(), timeout=120)
        self.errors += err
        self.arguments |= seen
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def json(self, *words: str) -> object:
        return json.loads(self.flagtag(*words, "--format", "json").stdout)


def the_whole_path_with_failures(trust: Trust, server: FhirServer) -> Listener:
    heard = Listener(trust)
    victim, perpetrator, child, other, stranger = PATIENTS
    trust.load_patients()
    trust.sign_policy()
    for row in (victim, perpetrator, child, other):
        server.add(fhir_patient(row))
    disagreeing = fhir_patient(stranger) | {"birthDate": "1901-01-01", "identifier": []}
    server.add(disagreeing | {"name": [{"family": "SOMEBODYELSE"}]})
    case, second, third = "27/2026/001", "27/2026/002", "27/2026/003"
    people = ((case, "Victim", victim), (case, "Perpetrator", perpetrator), (case, "Child", child))
    listed = trust.list_of(*people, (second, "Victim", other), (third, "Victim", stranger))
    broken_row = listed + b"Testshire,,27/2026/004,Bystander?,ZZQUILLFEATHER,Isolde,,31/31/1984,,,,,,,\n"
    server.fail("reset-after", "Flag", method="POST")
    server.fail("status", "Flag", method="POST", status=503)
    trust.deliver("ZZQUILLFEATHER Isolde.csv", broken_row)
    trust.deliver("Tristan ZZQUILLFEATHER.xlsx", b"PK\x03\x04 truncated ZZQUILLFEATHER")
    trust.deliver("Odette.csv", b"")
    trust.deliver("Caspian research form.docx", research_form(trust.today))
    trust.deliver("Kestrel minutes.docx", minutes(trust.today))
    for _ in range(2):
        heard.flagtag("run", "--once")
    heard.flagtag("status")
    heard.flagtag("flags", "verify")
    for item in heard.json("review", "list"):  # type: ignore[attr-defined]
        heard.flagtag("review", "decide", item["subject_id"], "match", "--patient", "9999", "--reason", "wrong")
        heard.flagtag("review", "show", item["subject_id"])
        heard.flagtag("review", "decide", item["subject_id"], "not-enough", "--reason", "cannot say")
    for item in heard.json("held", "list"):  # type: ignore[attr-defined]
        answer = ["--dismiss"] if item["what"] == "document" else ["--transcribed", "2"]
        heard.flagtag("held", "settle", item["object_id"], *answer)
    heard.flagtag("meetings", "held", "Testshire", trust.today.isoformat())
    for line in heard.json("outcomes", "list", "Testshire", trust.today.isoformat()):  # type: ignore[attr-defined]
        note = "note: ZZQUILLFEATHER Isolde was discussed\naction: DMR: visit ZZQUILLFEATHER"
        heard.flagtag("outcomes", "record", line["case_id"], "--words-stdin", typed=note)
    heard.flagtag("run", "--once")
    heard.flagtag("read", str(trust.folder / "nothing.csv"))
    heard.flagtag("documents", "list")
    heard.flagtag("deletions", "verify")
    heard.flagtag("audit", "export", str(trust.folder / "audit.json"))
    return heard


def database_content(path: Path, *, but: re.Pattern[str]) -> bytes:
    """Every value of every table, one after the other, the personal ones left out."""
    content = bytearray()
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        assert any(name == "audit_events" for name in tables) or "engine" in path.name
        for table in tables:
            if not but.match(table):
                for row in connection.execute(f'SELECT * FROM "{table}"'):
                    content += b"\x00".join(v if isinstance(v, bytes) else str(v).encode() for v in row)
    return bytes(content)


def test_nobody_is_named_anywhere(tmp_path: Path, fhir_server: FhirServer) -> None:
    trust = Trust(tmp_path / "trust", flags=fhir_flags(fhir_server.base_url))
    assert found_in(" ".join(PATIENTS).encode()) and AREA and CASES  # the search would find them
    heard = the_whole_path_with_failures(trust, fhir_server)
    assert b"for a person" in heard.errors and len(heard.arguments) > 3  # it did look
    assert found_in(bytes(heard.errors)) == []
    assert [arguments for arguments in heard.arguments if found_in(arguments)] == []
    state = trust.folder / "state"
    assert [p.name for p in trust.folder.rglob("*") if found_in(str(p.relative_to(trust.folder)).encode())] == []
    urls = json.dumps([[entry["method"], entry["url"]] for entry in fhir_server.log()]).encode()
    assert b"Flag" in urls and found_in(urls) == []
    assert found_in(database_content(state / "flagtag.db", but=PERSONAL_TABLES)) == []
    assert found_in(database_content(state / "engine.db", but=re.compile("$^"))) == []
    assert found_in((trust.folder / "audit.json").read_bytes()) == []
    for held in (state / "vault").rglob("*"):
        assert not held.is_file() or found_in(held.read_bytes()) == []
