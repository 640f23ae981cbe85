"""What bytes look like before any parser sees them: their size, first bytes, and a ZIP's directory."""

from __future__ import annotations

from mappings.case_lists.refusals import Refusal, Refused

ZIP = (b"PK\x03\x04", b"PK\x05\x06")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PDF = b"%PDF-"
SEVEN_ZIP = b"7z\xbc\xaf\x27\x1c"

# First bytes of things that are never a case list, with what they are called there.
_NEVER = (
    b"MZ",
    b"\x7fELF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"Rar!",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"\xca\xfe\xba\xbe",
)


def look_before_parsing(data: bytes, most_bytes: int) -> None:
    """Refuse what needs no parser to be refused."""
    if not data.strip(b"\x00 \t\r\n"):
        raise Refused(Refusal.EMPTY)
    if len(data) > most_bytes:
        raise Refused(Refusal.TOO_LARGE)
    if data.startswith(_NEVER):
        raise Refused(Refusal.UNKNOWN_FORMAT)
    if data.startswith(ZIP):
        from mappings.case_lists.packages import Package

        Package.open(data)
