"""Known faults are on disk whole or not at all: half a file would know half of them, and could not be written again."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration.cli.known_faults import Fault, Faults, check_can_write, read_known, write_known
from integration.custody import private_files
from integration.custody.secrets import InstallationSecrets
from integration.errors import Unavailable

FAULTS = Faults([Fault("patients.csv", "line 2, ", "column dob: not a date", f"ZZ{n}") for n in range(3)])


@pytest.fixture
def secrets(tmp_path: Path) -> InstallationSecrets:
    return InstallationSecrets.create(tmp_path / "keys")


@pytest.mark.parametrize("killed", ["before it is renamed", "in the middle"])
def test_a_kill_leaves_no_file_and_the_next_run_writes_it(
    secrets: InstallationSecrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed: str
) -> None:
    whole = private_files.write_new

    def cut(path: Path, content: bytes) -> None:
        whole(path, content if killed == "before it is renamed" else content[: len(content) // 2])
        raise KeyboardInterrupt

    seen = tmp_path / "seen.txt"
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("integration.cli.known_faults.write_new", cut)
        write_known(seen, FAULTS, secrets)
    check_can_write(seen)
    write_known(seen, FAULTS, secrets)
    assert len(read_known(seen)) == 3
    assert {path.name for path in tmp_path.iterdir()} == {"keys", "seen.txt"}


def test_a_folder_that_takes_no_file_is_named(secrets: InstallationSecrets, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=f"^known faults: write: {tmp_path}/gone: No such file or directory$"):
        write_known(tmp_path / "gone" / "seen.txt", FAULTS, secrets)
