"""Reading the index's tables by the database's own driver.

A list asks hundreds of questions, and SQLAlchemy's part in each would cost several times the answer.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from integration.errors import Unavailable

Row = tuple[Any, ...]


class Statement:
    """A statement as each database takes it: `?` is a value, `= ANY(?)` one of several, `EACH(?)` a row for each."""

    def __init__(self, text: str) -> None:
        self.by_dialect = {
            "sqlite": text.replace("= ANY(?)", "IN (SELECT value FROM json_each(?))").replace(
                "EACH(?)", "json_each(?)"
            ),
            "postgresql": text.replace("EACH(?)", "unnest(?) AS one_of(value)").replace("?", "%s"),
        }


class DirectReads:
    """What stands in the tables, within the transaction of a connection."""

    def __init__(self, connection: Connection) -> None:
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
