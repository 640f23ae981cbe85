"""Case references, in headings and cells: "Case 79/2026/049", "49/2026/001: SMITH, Jane", "27/2026/014 (Repeat)"."""

from __future__ import annotations

import re
from datetime import date

from mappings.case_lists.births import single_date

LONGEST_HEADING = 160
_CASE_HEADING = re.compile(
    r"^(?:\(?\d{1,3}[.)]\s+)?\W*(?:marac\s+)?case\b\s*(?:(?:no|number|ref|reference|id)\b\.?)*\s*[:.#\-\u2013]?\s*(?P<ref>[\w./\-]*\d[\w./\-]*)",
    re.IGNORECASE,
)


_BARE_REF = re.compile(
    r"^(?:\(?\d{1,3}[.)]\s+)?\W*(?P<ref>[A-Z]{0,6}[/\-]?\d{1,6}(?:[/\-][A-Z0-9]{1,6}){1,3})\b(?P<rest>.*)$", re.DOTALL
)


# "Case 1 - ref 27/2026/001": the running number is not the reference.
_FULLER_REF = re.compile(
    r"^[^\w]*(?:(?:marac|case|our|ref|reference|no|number)\b\W*)*(?P<ref>[A-Z]{0,6}\d{1,6}(?:[/\-]\d{1,6}){1,3})\b",
    re.IGNORECASE,
)


_REFERENCE = re.compile(r"[A-Z]{0,6}[ /\-]?\d{1,7}(?:[/\-.][A-Z0-9]{1,6}){0,3}", re.IGNORECASE)
_REMARK = re.compile(r"(?P<ref>\S*\d\S*)\s*[,\-\u2013]?\s*[(\[]?(?P<rest>repeat|new|rpt|r)[)\]]?", re.IGNORECASE)


def is_reference(text: str) -> bool:
    """Whether a text is a reference and nothing but a reference."""
    return _REFERENCE.fullmatch(text.strip()) is not None


def reference_of(text: str) -> tuple[str, str]:
    """The reference in a cell, and what the cell says beside it: an agency below it, "(Repeat)" behind it."""
    first, *others = [line.strip() for line in text.split("\n") if line.strip()] or [""]
    if first.isdigit() and len(first) <= 3 and others and re.search(r"\d[/\-]|[/\-]\d", others[0]):
        first, *others = others  # the number on the agenda above the reference
    rest = "\n".join(others)
    if not others or any(char.isdigit() for char in rest) or not any(char.isdigit() for char in first):
        first, rest = " ".join([first, *others]), ""
    marked = _REMARK.fullmatch(first)
    return (marked["ref"].rstrip(",-"), f"{marked['rest']}\n{rest}".strip()) if marked is not None else (first, rest)


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
