"""The deployment that most tests of commands start from; a file that needs another has a fixture of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from trust import Trust


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    """With patients and a signed policy; perpetrators' flags wait for a person."""
    made = Trust(tmp_path / "trust")
    made.configure('perpetrator = "automatic"', 'perpetrator = "confirm"')
    made.load_patients()
    made.sign_policy()
    return made
