"""What every test may ask for by name: the real peers."""

from __future__ import annotations

from peers.fixtures_fhir import _fhir_server, fhir_server
from peers.fixtures_mail_sftp import dovecot, openssh
from peers.fixtures_postgres import postgres_cluster, postgres_database, postgres_url

__all__ = ["_fhir_server", "dovecot", "fhir_server", "openssh", "postgres_cluster", "postgres_database", "postgres_url"]
