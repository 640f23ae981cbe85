"""One deployment, its outside in reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from builders import case
from deployments import Trust, open_trust
from disposal import NOBODY

from integration.domain.people import Role


@pytest.fixture
def trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trust]:
    monkeypatch.setattr("os.fsync", lambda _: None)  # nobody cuts the power here, and disks are slow
    made = open_trust(tmp_path)
    yield made
    made.deployment.database.close()


@pytest.fixture
def listed(trust: Trust) -> str:
    """A list with two cases, nobody of them a patient, so that only the meeting keeps it open."""
    return trust.issue(case("1", NOBODY), case("2", replace(NOBODY, role=Role.PERPETRATOR)))
