"""One program that forks for all the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from dying_services import DyingServices


@pytest.fixture(scope="module")
def services() -> Iterator[DyingServices]:
    started = DyingServices()
    yield started
    started.stop()
