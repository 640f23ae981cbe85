"""Make the fixtures again that an office suite saves, from the documents that are said in code.

usage: PYTHONPATH=.:tests .venv/bin/python tests/setup/office_fixtures.py

It needs LibreOffice (apt-get install libreoffice-writer-nogui libreoffice-calc-nogui): 300 MB that no test and no
trust has any use for.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from office_documents import FIXTURES, MADE_FROM, PRINTED


def main() -> None:
    FIXTURES.mkdir(exist_ok=True)
    save(MADE_FROM, "doc:MS Word 97")
    save(PRINTED, "pdf")


def save(documents: Mapping[str, Callable[[], bytes]], kind: str) -> None:
    """Each document in another format, under its own name."""
    with tempfile.TemporaryDirectory(prefix="flagtag-fixtures-") as folder:
        sources = []
        for name, made in documents.items():
            data = made()
            sources.append(Path(folder, f"{name}.{'docx' if b'word/document.xml' in data else 'xlsx'}"))
            sources[-1].write_bytes(data)
        profile = f"-env:UserInstallation=file://{folder}/profile"
        command = ["soffice", "--headless", profile, "--convert-to", kind, "--outdir", str(FIXTURES)]
        subprocess.run([*command, *map(str, sources)], check=True)


if __name__ == "__main__":
    main()
