"""The migrated database is the one that the tables describe, and a newer one is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text

from integration.errors import ConfigurationError, UsageError
from integration.storage import schema
from integration.storage.database import Database, open_database
from integration.storage.migrations.all_tables import every_table
from integration.storage.schema import REVISIONS, check_schema, create_or_upgrade, upgrade
from integration.storage.tables import arrival_documents, documents
from integration.workflow.arrivals import place_of, with_parts
from integration.workflow.may_go import facts_in


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'flagtag.db'}"
    else:
        url = str(request.getfixturevalue("postgres_database"))
    opened = open_database(url, lambda: datetime.now(UTC))
    yield opened
    opened.close()


def tables(database: Database) -> set[str]:
    with database.reading() as connection:
        return set(inspect(connection).get_table_names())


def upgrade_while_idle(database: Database) -> None:
    upgrade(database, nullcontext)


def somebody_works() -> AbstractContextManager[None]:
    raise UsageError("stop every worker first")


def stamp(database: Database, revision: str) -> None:
    with database.change() as change:
        change.connection.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})


def test_the_migrated_database_is_the_described_one(database: Database) -> None:
    create_or_upgrade(database)
    with database.reading() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), every_table) == []
    assert tables(database) == set(every_table.tables) | {"alembic_version"}


def test_sqlite_writes_both_down_in_the_same_words(tmp_path: Path) -> None:
    """Also what a comparison of columns does not see, such as tables without a row id; their order may differ."""
    described, migrated = (
        open_database(f"sqlite:///{tmp_path / name}.db", lambda: datetime.now(UTC)) for name in ("a", "b")
    )
    with described.change() as change:
        every_table.create_all(change.connection)
    create_or_upgrade(migrated)
    words = words_of(described)
    assert "WITHOUT" in words["patient_keys"]
    assert words == {name: found for name, found in words_of(migrated).items() if "alembic" not in name}
    described.close()
    migrated.close()


def words_of(database: Database) -> dict[str, list[str]]:
    with database.reading() as connection:
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master")).all()
    return {name: sorted(re.findall(r"\w+", sql or "")) for name, sql in rows}


def test_an_upgrade_may_be_repeated_and_may_race(database: Database) -> None:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(create_or_upgrade, [database] * 3))
    create_or_upgrade(database)
    check_schema(database)


def test_an_upgrade_that_fails_leaves_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    real = schema._upgrade

    def fails_at_the_end(connection: object) -> None:
        real(connection)  # type: ignore[arg-type]
        raise RuntimeError

    monkeypatch.setattr(schema, "_upgrade", fails_at_the_end)
    with pytest.raises(RuntimeError):
        create_or_upgrade(database)
    assert tables(database) == set()
    monkeypatch.undo()
    create_or_upgrade(database)
    check_schema(database)


def test_a_newer_database_is_refused_and_left_alone(database: Database) -> None:
    create_or_upgrade(database)
    stamp(database, "9999")
    for refuse in (create_or_upgrade, upgrade_while_idle, check_schema):
        with pytest.raises(ConfigurationError, match="9999 is of a newer flagtag"):
            refuse(database)
    stamp(database, REVISIONS[-1])
    check_schema(database)


def test_an_empty_database_is_not_taken_for_ours(database: Database) -> None:
    for refuse in (upgrade_while_idle, check_schema):
        with pytest.raises(ConfigurationError, match="flagtag init"):
            refuse(database)
    assert tables(database) == set()


def test_an_older_database_is_upgraded_not_used(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    create_or_upgrade(database)
    monkeypatch.setattr(schema, "REVISIONS", (*REVISIONS, "9999"))
    with pytest.raises(ConfigurationError, match="older flagtag"):
        check_schema(database)


def test_what_a_worker_stands_on_is_not_changed(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    create_or_upgrade(database)
    upgrade(database, somebody_works)  # nothing to change, so nobody need stop
    changed: list[object] = []
    monkeypatch.setattr(schema, "_upgrade", changed.append)
    monkeypatch.setattr(schema, "REVISIONS", (*REVISIONS, "9999"))
    with pytest.raises(UsageError, match="stop every worker"):
        upgrade(database, somebody_works)
    assert not changed
    upgrade_while_idle(database)
    assert len(changed) == 1


def test_documents_of_the_first_revision_survive_the_upgrade(database: Database) -> None:
    """They came by themselves, and are parts of nothing."""
    with database.change() as change:
        config = Config()
        config.set_main_option("script_location", str(files("integration.storage") / "migrations"))
        config.attributes["connection"] = change.connection
        command.upgrade(config, "0001")
        for statement in FIRST_REVISION:
            change.connection.execute(text(statement), {"sealed": b"sealed"} if ":sealed" in statement else {})
    assert "document_parts" not in tables(database)
    create_or_upgrade(database)
    check_schema(database)
    with database.reading() as connection:
        [document] = connection.execute(select(documents)).mappings()
        [link] = connection.execute(select(arrival_documents)).mappings()
        assert with_parts(connection, ["d" * 32]) == ["d" * 32]
        assert facts_in(connection, "d" * 32).in_a_container is False
        assert place_of(connection, document) == "drop"
    assert (document["state"], document["areas"], document["came_in"]) == ("held", ["Rotherham"], None)
    assert (link["sealed_name"], link["sealed_subject"], link["sealed_sender"]) == (b"sealed", None, None)


FIRST_REVISION = (
    "INSERT INTO documents (document_id, state, kind, fingerprint, key_slot, size, areas, source, received_at,"
    f" received_late, everybody_on_list) VALUES ('{'d' * 32}', 'held', 'unrecognised', '{'f' * 64}', 7, 12,"
    " '[\"Rotherham\"]', 'drop', '2026-11-16T09:00:00.000001+00:00', false, false)",
    f"INSERT INTO arrivals (arrival_id, source, state, arrived_at) VALUES ('{'a' * 32}', 'drop', 'set_aside',"
    " '2026-11-16T09:00:00.000001+00:00')",
    "INSERT INTO arrival_documents (arrival_id, document_id, sealed_name)"
    f" VALUES ('{'a' * 32}', '{'d' * 32}', :sealed)",
)


def test_the_revisions_are_known_in_their_order_and_ship() -> None:
    config = Config()
    config.set_main_option("script_location", str(files("integration.storage") / "migrations"))
    script = ScriptDirectory.from_config(config)
    assert tuple(revision.revision for revision in script.walk_revisions())[::-1] == REVISIONS
