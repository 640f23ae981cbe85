"""The synthetic documents of the demonstration: a case list, a research form and minutes, all of one meeting.

Nobody in them exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

AREA = "Demoshire"
MARKING = "OFFICIAL - SENSITIVE. Restricted when complete."

CASES = (
    (
        "99/2026/001",
        "ZZARDEN, Marlowe\nDOB: 02/03/1984\n12 Nowhere Street, QX12 3VZ",
        "ZZARDEN, Corin\nDOB: 19/11/1981\n12 Nowhere Street, QX12 3VZ",
        "Perdita ZZARDEN (30/07/2016)",
        "Yes",
    ),
    (
        "99/2026/002",
        "ZZBELMONT, Rosaline\nDOB: 14/05/1990\n3 Imaginary Close, QX12 4WZ",
        "ZZNOBODY, Known\nDOB: 01/02/1979\n100 Elsewhere Avenue, QX12 9ZZ",
        "None",
        "No",
    ),
    (
        "99/2026/003",
        "ZZELSINORE, O\nDOB: 01/12/1998",
        "ZZMILAN, Prospero\nDOB: 09/01/1975\nNHS No: 9990000069\n40 Figment Road, QX12 7QZ",
        "None",
        "No",
    ),
)


def case_list(meeting: date) -> bytes:
    """A Word agenda with one row a case, as many areas send it."""
    document = _document(f"{AREA} MARAC agenda and case list", meeting)
    heading = ("No.", "Victim", "Alleged perpetrator", "Children", "Repeat?")
    _table(document, [heading, *CASES])
    return _bytes(document)


def research_form(meeting: date) -> bytes:
    """A research form about the first case."""
    document = _document("MARAC research form", meeting)
    document.add_paragraph(f"Please complete for each case. Case reference: {CASES[0][0]}")
    rows = [
        ("Agency", "Health"),
        ("Victim name", "ZZARDEN, Marlowe"),
        ("Victim DOB", "02/03/1984"),
        ("Perpetrator name", "ZZARDEN, Corin"),
        ("Perpetrator DOB", "19/11/1981"),
        ("Recent contact / visits", "Seen in clinic on 3 occasions since August."),
    ]
    _table(document, rows)
    return _bytes(document)


def minutes(meeting: date) -> bytes:
    """The minutes of the meeting."""
    document = _document(f"Minutes of the {AREA} MARAC", meeting)
    document.add_paragraph("Present: Police, IDVA Service, Health, Probation, Housing.")
    for reference, victim, perpetrator, _children, _repeat in CASES:
        document.add_paragraph(f"Case {reference}: {victim.splitlines()[0]}")
        said = "Discussion summarised. Actions: Health to flag file."
        document.add_paragraph(f"Alleged perpetrator {perpetrator.splitlines()[0]}. {said}")
    return _bytes(document)


def _document(title: str, meeting: date) -> Any:
    from docx import Document

    document = Document()
    document.add_paragraph(MARKING)
    document.add_paragraph(title)
    document.add_paragraph(f"Date of meeting: {meeting:%A} {meeting.day} {meeting:%B %Y}    Time: 09:30")
    return document


def _table(document: Any, rows: Sequence[Sequence[str]]) -> None:
    table = document.add_table(rows=0, cols=len(rows[0]))
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text


def _bytes(document: Any) -> bytes:
    content = BytesIO()
    document.save(content)
    return content.getvalue()
