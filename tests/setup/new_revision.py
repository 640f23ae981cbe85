"""Write a new revision of the database: what takes the last revision's shape to the one that the tables describe.

usage: .venv/bin/python tests/setup/new_revision.py "what changes"
       .venv/bin/python tests/setup/new_revision.py --first     (again; only until the first release)

Read what it wrote before you keep it, add its number to `REVISIONS`, and format it.
"""

from __future__ import annotations

import re
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config

from integration.storage import schema
from integration.storage.database import open_database

VERSIONS = Path(schema.__file__).parent / "migrations" / "versions"


def main(what: str) -> None:
    first = what == "--first"
    number = "0001" if first else f"{int(schema.REVISIONS[-1]) + 1:04}"
    if first:
        for path in VERSIONS.glob("v0001_*.py"):
            path.unlink()
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    config.set_main_option("file_template", "v%%(rev)s_%%(slug)s")
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/flagtag.db", lambda: datetime.now(UTC))
        with database.change() as change:
            config.attributes["connection"] = change.connection
            if not first:
                command.upgrade(config, "head")
            command.revision(config, "The first tables" if first else what, autogenerate=True, rev_id=number)
        database.close()
    for path in VERSIONS.glob(f"v{number}_*.py"):
        path.write_text(re.sub(r"^ *# ###.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE))
        print(path)


if __name__ == "__main__":
    main(sys.argv[1])
