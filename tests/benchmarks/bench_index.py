"""What the index of 100,000 invented patients costs: its load, and the matching of a thousand people."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.bench
ROOT = Path(__file__).parents[2]


def test_a_hundred_thousand_patients() -> None:
    """In a process of its own, whose memory is nobody else's. Time only is printed; that nobody is wrong is asked."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests")))}
    command = [sys.executable, str(ROOT / "tests/benchmarks/bench_matching.py"), "--ours-alone"]
    command += ["--patients", "100000", "--people", "1000"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    print(f"\n{ran.stdout}")
    assert ran.returncode == 0, ran.stderr
