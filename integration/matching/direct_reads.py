"""Reading the index's tables by the database's own driver.

A list asks hundreds of questions, and SQLAlchemy's part in each would cost several times the answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from integration.errors import Unavailable

Row = tuple[Any, ...]

_LOOKED_UP_BY = re.compile(r"FROM (\w+) WHERE (\w+) = ANY\(\?\)(?: AND (\w+) = ANY\(\?\))?")


class Statement:
    """A statement as each database takes it: `?` is a value, `= ANY(?)` one of several, `EACH(?)` a row for each.

    Where a table is looked up by one of several, SQLite goes through them as they stand: it would build a set of them
    for every question, which takes longer than to look.
    """

    def __init__(self, text: str) -> None:
        self.by_dialect = {
            "sqlite": _LOOKED_UP_BY.sub(_each_looked_up, text)
            .replace("= ANY(?)", "IN (SELECT value FROM json_each(?))")
            .replace("EACH(?)", "json_each(?)"),
            "postgresql": text.replace("EACH(?)", "unnest(?) AS one_of(value)").replace("?", "%s"),
        }


def _each_looked_up(found: re.Match[str]) -> str:
    table, *columns = [name for name in found.groups() if name]
    several = "".join([f"json_each(?) AS each_{column} CROSS JOIN " for column in columns])
    return f"FROM {several}{table} WHERE " + " AND ".join([f"{table}.{c} = each_{c}.value" for c in columns])


class DirectReads:
    """What stands in the tables, within the transaction of a connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        raw: Any = connection.connection.dbapi_connection
        self._cursor, self._errors = raw.cursor(), raw.Error
        self._dialect = connection.dialect.name
        self._takes_lists = self._dialect == "postgresql"

    def rows(self, statement: Statement, values: Sequence[object] = ()) -> list[Row]:
        """All rows of the answer. Raises `Unavailable`, without the database's words: they quote what was asked."""
        try:
            found: list[Row] = self._cursor.execute(statement.by_dialect[self._dialect], values).fetchall()
        except self._errors as error:
            raise Unavailable("patient index", "read", type(error).__name__) from None
        return found

    def numbers(self, several: list[int]) -> object:
        """Several whole numbers as one value; Python writes them as JSON does."""
        return several if self._takes_lists else str(several)

    def texts(self, several: list[str]) -> object:
        """Several texts as one value."""
        return several if self._takes_lists else json.dumps(several)
