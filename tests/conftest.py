"""What every test may ask for by name: the real peers."""

from __future__ import annotations

import pytest
from peers.fixtures_fhir import _fhir_server, fhir_server
from peers.fixtures_mail_sftp import dovecot, openssh
from peers.fixtures_postgres import postgres_cluster, postgres_database, postgres_url

__all__ = ["_fhir_server", "dovecot", "fhir_server", "openssh", "postgres_cluster", "postgres_database", "postgres_url"]

LONG_FIRST = ("fault", "system")  # so that two workers end together


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first: a worker that begins one last would keep the other waiting."""
    items.sort(key=lambda item: next((n for n, kind in enumerate(LONG_FIRST) if f"/{kind}/" in str(item.path)), 9))
