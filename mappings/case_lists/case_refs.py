"""Case references in headings: "Case 79/2026/049", "49/2026/001: SMITH, Jane"."""

from __future__ import annotations

import re
from datetime import date

from mappings.case_lists.births import single_date

LONGEST_HEADING = 160
_CASE_HEADING = re.compile(
    r"^(?:\(?\d{1,3}[.)]\s+)?\W*(?:marac\s+)?case\b\s*(?:(?:no|number|ref|reference|id)\b\.?)*\s*[:.#\-\u2013]?\s*(?P<ref>[\w./\-]*\d[\w./\-]*)",
    re.IGNORECASE,
)


_BARE_REF = re.compile(r"^\W*(?P<ref>[A-Z]{0,6}[/\-]?\d{1,6}(?:[/\-][A-Z0-9]{1,6}){1,3})\b(?P<rest>.*)$", re.DOTALL)


# "Case 1 - ref 27/2026/001": the running number is not the reference.
_FULLER_REF = re.compile(
    r"^[^\w]*(?:(?:marac|case|our|ref|reference|no|number)\b\W*)*(?P<ref>[A-Z]{0,6}\d{1,6}(?:[/\-]\d{1,6}){1,3})\b",
    re.IGNORECASE,
)


def case_ref_in(text: str) -> str | None:
    """The reference in a heading such as "Case 79/2026/049: …"."""
    match = _CASE_HEADING.match(text.strip())
    return match["ref"].strip(".:-") if match else None


def case_heading(text: str, today: date) -> tuple[str, str] | None:
    """The reference that opens a heading, and what follows it; None if the text opens no case."""
    text = text.strip()
    if len(text) > LONGEST_HEADING:
        return None
    ref = case_ref_in(text)
    if ref is not None:
        rest = text[text.find(ref) + len(ref) :]
        fuller = None if re.search(r"[/\-]", ref) else _FULLER_REF.match(rest)
        return (fuller["ref"], rest[fuller.end("ref") :]) if fuller is not None else (ref, rest)
    bare = _BARE_REF.match(text)
    if bare is None or not re.search(r"\d", bare["ref"]) or single_date(text, today) is not None:
        return None
    return bare["ref"], bare["rest"]
