"""One deployment's custody, on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from builders_custody import Custody, make_custody


@pytest.fixture
def custody(tmp_path: Path) -> Iterator[Custody]:
    made = make_custody(tmp_path)
    yield made
    made.database.close()
