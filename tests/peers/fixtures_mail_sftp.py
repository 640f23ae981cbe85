"""Fixtures `openssh` and `dovecot`: one real server each for the whole test run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from peers.dovecot import Dovecot
from peers.openssh import OpenSSH


@pytest.fixture(scope="session")
def openssh() -> Iterator[OpenSSH]:
    server = OpenSSH()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    server = Dovecot()
    yield server
    server.stop()
