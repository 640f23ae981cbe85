"""The demonstration tells its whole story, from an empty folder, down to a certificate that verifies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.system


def test_the_demonstration_ends_well_and_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "integration", "demo"]
    environment = {"TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}
    said = subprocess.run(
        command, check=False, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    assert said.returncode == 0, said.stderr
    told = [line for line in said.stdout.splitlines() if line[:2] in {f"{n}." for n in range(1, 7)}]
    assert len(told) == 6
    assert "PASS" in said.stdout and "the log is whole" in said.stdout
    assert said.stdout.count("source_copies_confirmed") >= 3  # list, form and minutes
    assert said.stdout.rstrip().endswith("what had to go is gone and certified.")
    assert "Traceback" not in said.stderr
    assert list(tmp_path.iterdir()) == []
