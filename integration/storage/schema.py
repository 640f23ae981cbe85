"""Which shape the database has: made or upgraded here, and refused if a newer flagtag has been at work."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from integration.errors import ConfigurationError
from integration.storage.database import Database

REVISIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
)  # oldest first; the last is the shape that this code reads and writes
_EMPTY = "storage.database: it has no tables; look whether it is the right one, or make a new one by `flagtag init DIR`"
_OLDER = (
    "storage.database: it is of an older flagtag; stop the service if one runs, then upgrade it by `flagtag init .` in"
    " the deployment's folder, or by starting this version's service"
)
_MIGRATIONS = Path(__file__).parent / "migrations"


def create_or_upgrade(database: Database) -> None:
    """Give the database the shape of this code: a new one is made, an older one upgraded, a newer one refused.

    One transaction, and one process at a time: killed anywhere, it leaves the old shape or the new one.
    """
    with database.reading() as connection:
        if _known_revision(connection) == REVISIONS[-1]:
            return
    with database.change() as change:
        if _known_revision(change.connection) != REVISIONS[-1]:  # another process may have been quicker
            _upgrade(change.connection)


def is_empty(database: Database) -> bool:
    """Whether there are no tables of ours yet."""
    with database.reading() as connection:
        return _known_revision(connection) is None


def upgrade(database: Database, while_idle: Callable[[], AbstractContextManager[None]]) -> bool:
    """As `create_or_upgrade`, but a database without tables is refused: its address may be wrong.

    An older one is changed only `while_idle`, which raises `UsageError` if a worker stands on it. Returns whether one
    was.
    """
    with database.reading() as connection:
        revision = _known_revision(connection)
    if revision is None:
        raise ConfigurationError(_EMPTY)
    if revision == REVISIONS[-1]:
        return False
    with while_idle():
        create_or_upgrade(database)
    return True


def check_schema(database: Database) -> None:
    """Raise `ConfigurationError` unless the database has exactly the shape of this code; changes nothing."""
    with database.reading() as connection:
        revision = _known_revision(connection)
    if revision is None:
        raise ConfigurationError(_EMPTY)
    if revision != REVISIONS[-1]:
        raise ConfigurationError(_OLDER)


def _known_revision(connection: Connection) -> str | None:
    """The database's revision, None if it has no tables; raises `ConfigurationError` if it is none of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if revision is not None and revision not in REVISIONS:
        raise ConfigurationError(
            f"storage.database: its revision {revision!s:.32} is of a newer flagtag; use that version here too"
        )
    return revision


def _upgrade(connection: Connection) -> None:
    from alembic import command  # slow to import, and needed once in a deployment's life
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
