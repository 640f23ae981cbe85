"""What every test may ask for by name: the real peers."""

from __future__ import annotations

from peers.fixtures_postgres import postgres_cluster, postgres_database, postgres_url

__all__ = ["postgres_cluster", "postgres_database", "postgres_url"]
