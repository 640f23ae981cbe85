"""What the start of a command imports: a person waits for it, so what few commands need comes when it is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

DATABASE = {"sqlalchemy"}
FEW_NEED = {
    "alembic", "asyncssh", "dbos", "docx", "holidays", "httpx", "imapclient", "msoffcrypto", "openpyxl", "paramiko",
    "pypdfium2", "py7zr", "rich", "sqlalchemy.orm", "structlog", "tenacity", "watchdog",
}  # fmt: skip
PARSERS = {"html", "xml", "zipfile"}


@pytest.mark.parametrize(
    ("modules", "too_much"),
    [
        ("integration.cli.app", DATABASE | FEW_NEED | PARSERS),
        ("integration.cli.reading, integration.reading.parent", DATABASE | FEW_NEED | PARSERS),
        ("integration.cli.status, integration.wiring", FEW_NEED),
    ],
    ids=["any command", "before the child that reads", "status and match"],
)
def test_a_start_imports_no_more_than_it_needs(modules: str, too_much: set[str]) -> None:
    look = f"import sys; before = set(sys.modules); import {modules}; print(*set(sys.modules) - before)"
    told = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert set(told.stdout.split()) & too_much == set()
