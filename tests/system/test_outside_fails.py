"""A record system that fails and a disk that is full: the list is not lost, and what is owed is done in the end."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from peers.fhir_server import FhirServer
from peers.ports import free_port
from peers.presence import missing
from serving import serving
from trust import ANYBODY, PATIENTS, Said, Trust, fhir_flags, fhir_patient

VICTIM, PERPETRATOR, CHILD, OTHER, STRANGER = PATIENTS
pytestmark = pytest.mark.system


# --- the record system


def on_fhir(tmp_path: Path, base_url: str) -> Trust:
    trust = Trust(tmp_path / "trust", flags=fhir_flags(base_url))
    trust.configure("once_retry_seconds = 5", "once_retry_seconds = 0")
    trust.load_patients()
    trust.deliver("list.csv", trust.list_of_one(1, VICTIM))
    return trust


def check_owed(trust: Trust, said: Said, phase: str) -> None:
    """The list is read and its person found; only the flag is owed, and a person can see why."""
    assert said.code == 6 and "owed" in said.err
    told = trust.status()
    assert told["owed"] >= 1
    [sheet] = told["lists"]
    assert (sheet["state"], sheet["matched"], sheet["flagged"]) == ("matched", 1, 0)
    [flag] = trust.ask("flags", "list")
    assert flag["state"] in ("owed", "unproven") and flag["reason"].startswith(f"{phase}: ")
    assert [f["reason"] for f in told["failures"]] and all("127.0.0.1" in f["reason"] for f in told["failures"])


def catch_up(trust: Trust) -> None:
    """Later, with patience."""
    trust.configure("once_retry_seconds = 0", "once_retry_seconds = 20")
    trust.run(codes=(0,))
    assert trust.flagged() == ["3001"]
    assert trust.ask("flags", "verify") == {"asked": 1, "drift": []}
    told = trust.status()
    assert (told["owed"], told["failures"]) == (0, [])


def test_a_record_system_that_is_not_there_is_owed_its_flags(tmp_path: Path, fhir_server: FhirServer) -> None:
    fhir_server.add(fhir_patient(VICTIM))
    nobody = f"http://127.0.0.1:{free_port()}/fhir"
    trust = on_fhir(tmp_path, nobody)
    check_owed(trust, trust.flagtag("run", "--once"), "connect")
    checked = trust.ask("check", codes=(6,))
    assert ("connect", "FAILED") in {(row["phase"], row["result"]) for row in checked if "flag register" in row["what"]}
    trust.configure(nobody, fhir_server.base_url)  # it is there again
    catch_up(trust)
    assert len(fhir_server.flags()) == 1


def answering(status: int, content: bytes, kind: str = "text/html") -> Any:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    return answer


NONSENSE = {
    "a web page": (200, b"<html><body>Sign in to continue</body></html>", "text/html"),
    "half an answer": (200, b'{"resourceType": "Capabil', "application/fhir+json"),
    "something else": (200, b'{"resourceType": "Bundle"}', "application/fhir+json"),
    "a fault": (500, b"java.lang.NullPointerException at Patient ZZQUILLFEATHER", "text/plain"),
    "a list": (200, b"[1, 2]", "application/fhir+json"),
}


def test_a_record_system_that_answers_nonsense_is_owed_its_flags(tmp_path: Path, fhir_server: FhirServer) -> None:
    fhir_server.add(fhir_patient(VICTIM))
    with serving(answering(*NONSENSE["a web page"])) as base_url:
        trust, before = on_fhir(tmp_path, base_url), base_url
        check_owed(trust, trust.flagtag("run", "--once"), "capability")
    for name, answer in NONSENSE.items():
        with serving(answering(*answer)) as base_url:
            trust.configure(before, base_url)
            before = base_url
            [row] = [r for r in trust.ask("check", codes=(6,)) if r["result"] == "FAILED"]
        assert (row["what"], row["phase"]) == ("flag register (fhir)", "capability"), name
        assert row["remedy"] and not ANYBODY.search(row["remedy"]) and "NullPointer" not in row["remedy"], name
    trust.configure(before, fhir_server.base_url)
    catch_up(trust)


def test_a_wrong_token_is_named_and_the_flags_are_owed(tmp_path: Path, fhir_server: FhirServer) -> None:
    fhir_server.add(fhir_patient(VICTIM))
    fhir_server.set(token="right")
    trust = on_fhir(tmp_path, fhir_server.base_url)
    trust.configure("[flags]", f"[flags]\ntoken = {trust.secret('token', 'wrong')}")
    said = trust.flagtag("run", "--once")
    check_owed(trust, said, "sign in")
    assert "wrong" not in said.err + said.out
    trust.secret("token", "right")
    catch_up(trust)


# --- the disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with room for next to nothing."""
    if os.geteuid() != 0:
        missing("a small file system", "only root may mount one; run `make test` with sudo")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=0700", "flagtag-test", str(folder)]
    if subprocess.run(mounted, check=False, capture_output=True).returncode != 0:
        missing("a small file system", "this machine lets nobody mount one")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Take all the room there is."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        while True:
            file.write(bytes(4096))
    return filler


def move_vault(trust: Trust, to: Path) -> None:
    shutil.copytree(trust.folder / "state" / "vault", to)
    trust.configure("[storage]", f'[storage]\nvault = "{to}"')


def test_a_full_disk_under_the_vault_loses_nothing(small_disk: Path, tmp_path: Path) -> None:
    trust = Trust(tmp_path / "trust")
    trust.configure("once_retry_seconds = 5", "once_retry_seconds = 0")
    move_vault(trust, small_disk / "vault")
    trust.load_patients()
    filler = fill(small_disk)
    content = trust.list_of_one(1, VICTIM)
    trust.deliver("list.csv", content)
    said = trust.must("run", "--once", codes=(6,))
    assert "owed" in said.err
    told = trust.failure()
    assert str(small_disk / "vault") in told and "is full" in told and "make room there" in told
    assert trust.in_drop() == [content] and trust.set_aside() == []
    assert trust.ask("documents", "list") == []
    by_hand = trust.folder / "by-hand.csv"
    by_hand.write_bytes(trust.list_of_one(2, OTHER))
    refused = trust.must("process", str(by_hand), codes=(6,))
    assert "is full" in refused.err and by_hand.exists()
    filler.unlink()
    trust.run(codes=(0,))
    assert trust.flagged() == ["3001"]
    assert trust.in_drop() == [] and trust.set_aside() == [content]


def test_a_disk_that_fills_up_between_receiving_and_reading_loses_nothing(small_disk: Path, tmp_path: Path) -> None:
    """The document itself is there, what was read from it finds no room."""
    trust = Trust(tmp_path / "trust")
    trust.configure("once_retry_seconds = 5", "once_retry_seconds = 0")
    move_vault(trust, small_disk / "vault")
    trust.load_patients()
    filler = fill(small_disk)
    with filler.open("r+b") as file:
        file.truncate(filler.stat().st_size - 4096)  # room for one small file
    trust.deliver("list.csv", trust.list_of_one(1, VICTIM))
    trust.run(codes=(6,))
    [document] = trust.ask("documents", "list")
    assert document["state"] == "received"
    [failure] = trust.status()["failures"]
    assert failure["work"].startswith("read:") and "is full" in failure["reason"]
    filler.unlink()
    trust.configure("once_retry_seconds = 0", "once_retry_seconds = 20")
    trust.run(codes=(0,))
    assert trust.flagged() == ["3001"]
