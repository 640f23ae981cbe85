"""The state diagrams of the README, drawn from the tables; run as a program, it writes them into the README."""

from __future__ import annotations

import re
from pathlib import Path

from integration.domain.progress import (
    DOCUMENT_TRANSITIONS,
    LIST_TRANSITIONS,
    SUBJECT_TRANSITIONS,
    DocumentState,
    ListState,
    SubjectState,
    diagram,
)

README = Path(__file__).parent.parent / "README.md"
SECTION = re.compile(r"(?<=<!-- states -->).*(?=<!-- /states -->)", re.DOTALL)


def section() -> str:
    drawn = (
        ("A document", diagram(DOCUMENT_TRANSITIONS, DocumentState.RECEIVED)),
        ("A meeting's list", diagram(LIST_TRANSITIONS, ListState.READ)),
        ("A person on a list", diagram(SUBJECT_TRANSITIONS, SubjectState.WAITING)),
    )
    return "".join(
        f"<details><summary>{title}</summary>\n\n```mermaid\n{picture}\n```\n\n</details>\n\n"
        for title, picture in drawn
    )


if __name__ == "__main__":
    text = README.read_text(encoding="utf-8")
    README.write_text(SECTION.sub(lambda _: "\n" + section(), text), encoding="utf-8")
