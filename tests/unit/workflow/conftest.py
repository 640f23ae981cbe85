"""One deployment, its outside in reach."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from deployments import Trust, open_trust


@pytest.fixture
def trust(tmp_path: Path) -> Iterator[Trust]:
    made = open_trust(tmp_path)
    yield made
    made.deployment.database.close()
