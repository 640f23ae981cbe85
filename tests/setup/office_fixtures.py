"""Make the fixtures again that an office suite saves, from the documents that are said in code.

usage: PYTHONPATH=.:tests .venv/bin/python tests/setup/office_fixtures.py

It needs LibreOffice (apt-get install libreoffice-writer-nogui), 300 MB that no test and no trust has any use for.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from office_documents import FIXTURES, MADE_FROM

FORMATS = {"doc": "doc:MS Word 97"}


def main() -> None:
    FIXTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="flagtag-fixtures-") as folder:
        for name, made in MADE_FROM.items():
            Path(folder, f"{name}.docx").write_bytes(made())
        for kind in FORMATS.values():
            profile = f"-env:UserInstallation=file://{folder}/profile"
            command = ["soffice", "--headless", profile, "--convert-to", kind, "--outdir", str(FIXTURES)]
            subprocess.run([*command, *map(str, sorted(Path(folder).glob("*.docx")))], check=True)


if __name__ == "__main__":
    main()
