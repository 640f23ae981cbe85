"""Destruction cut at every step: never a false certificate, always the same end once it is taken up again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from builders_custody import FORM, Custody, make_custody, open_custody
from fault.interrupted_destruction import run
from peers.presence import program
from sqlalchemy import select

from integration.custody.certificates import certificate_of
from integration.custody.destruction import live_check
from integration.custody.vault import Part
from integration.custody.verification import remains_of
from integration.domain.audit import Action
from integration.domain.retention import CertificateState
from integration.storage.audit_log import events, verify_log
from integration.storage.tables import certificates, documents

pytestmark = pytest.mark.fault
ROOT = Path(__file__).resolve().parents[2]
ONCE = (
    Action.DESTRUCTION_BEGUN,
    Action.KEY_DESTROYED,
    Action.EPOCH_KEY_DESTROYED,
    Action.CERTIFICATE_ISSUED,
)


def check_nothing_false(custody: Custody, document_id: str, slot: int) -> None:
    """What the records say now is no more than what is true."""
    with custody.database.reading() as connection:
        row = connection.execute(select(certificates)).mappings().one_or_none()
        state = connection.execute(select(documents.c.state).where(documents.c.document_id == document_id)).scalar_one()
        certificate = certificate_of(connection, document_id)
    remains = remains_of(custody.vault, custody.keys, document_id, slot)
    if state == "destroyed" or (row and row["key_destroyed_at"]) or certificate:
        assert remains == []
    if state == "read":
        assert row is None
        assert custody.vault.open(document_id, slot, Part.DOCUMENT) == FORM
    if row and row["epoch_destroyed_at"]:
        assert custody.keys.is_epoch_destroyed(row["epoch"])
    if certificate:
        assert live_check(custody.database, custody.vault, custody.keys, custody.secrets, certificate) == []


def check_the_end(custody: Custody, document_id: str, slot: int, other: str) -> None:
    """One final state, each act on record once, the other document untouched, no remnant, and the log whole."""
    check_nothing_false(custody, document_id, slot)
    with custody.database.reading() as connection:
        certificate = certificate_of(connection, document_id)
        acts = [event.action for event in events(connection)]
    assert certificate is not None
    assert certificate.state is CertificateState.SOURCE_COPIES_CONFIRMED
    assert [acts.count(action.value) for action in ONCE] == [1, 1, 1, 1]
    other_slot = custody.slot(other)
    assert other_slot is not None
    assert custody.vault.open(other, other_slot, Part.DOCUMENT) == FORM
    assert sorted(path.name.split(".")[0] for path in custody.keys.folder.iterdir()) == [
        "custody",
        "epoch",
        "lock",
        "slots",
    ]
    assert {path.name for path in custody.vault.folder.rglob("*")} == {
        "shredder",
        f"{other}.document",
        f"{other}.reading",
    }
    assert verify_log(custody.database, custody.secrets.public_key).ok


PROGRAM = (sys.executable, str(Path(__file__).with_name("interrupted_destruction.py")))


def command(*words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=240)


@dataclass(frozen=True)
class Template:
    """A deployment with two documents, one of which is to go."""

    folder: Path
    document_id: str
    slot: int
    other: str

    def check(self, folder: Path) -> None:
        """Look at what an interruption has left, take it up again, and look at the end."""
        custody = open_custody(folder)
        check_nothing_false(custody, self.document_id, self.slot)
        run(custody, self.document_id)
        check_the_end(custody, self.document_id, self.slot, self.other)
        custody.database.close()


@pytest.fixture
def template(tmp_path: Path) -> Template:
    folder = tmp_path / "template"
    folder.mkdir(mode=0o700)
    custody = make_custody(folder)
    document_id, other = custody.receive(), custody.receive()
    slot = custody.slot(document_id)
    assert slot is not None
    custody.database.close()
    return Template(folder, document_id, slot, other)


@pytest.mark.parametrize("how", ["kill", "refuse"])
def test_destruction_cut_at_every_call_ends_right(tmp_path: Path, template: Template, how: str) -> None:
    runs = tmp_path / "runs"
    done = command(*PROGRAM, str(template.folder), str(runs), template.document_id, how)
    assert (done.returncode, done.stderr) == (0, "")
    calls = int(done.stdout)
    assert calls > 40
    for number in range(1, calls + 1):
        template.check(runs / f"{number:04d}")


@pytest.mark.parametrize("tenth", [2, 4, 5, 6, 8, 9])
def test_destruction_killed_inside_the_databases_own_writes_ends_right(
    tmp_path: Path, template: Template, tenth: int
) -> None:
    """Killed by the kernel at a system call, wherever in the database's journal that happens to be."""
    strace = program("strace", peer="strace", remedy="apt-get install strace")
    counted, killed = tmp_path / "counted", tmp_path / "killed"
    for folder in (counted, killed):
        shutil.copytree(template.folder, folder)
    trace = tmp_path / "trace"
    command(strace, "-o", str(trace), "-e", "trace=pwrite64", *PROGRAM, str(counted), template.document_id)
    writes = sum("pwrite64(" in line for line in trace.read_text().splitlines())
    at = f"inject=pwrite64:signal=KILL:when={writes * tenth // 10}"
    done = command(strace, "-o", str(trace), "-e", at, *PROGRAM, str(killed), template.document_id)
    assert done.returncode == -signal.SIGKILL or done.returncode == 128 + signal.SIGKILL
    template.check(killed)
