"""One deployment, its outside in reach."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from deployments import Trust, open_trust


@pytest.fixture
def trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trust]:
    monkeypatch.setattr("os.fsync", lambda _: None)  # nobody cuts the power here, and disks are slow
    made = open_trust(tmp_path)
    yield made
    made.deployment.database.close()
