"""What no parser need see: refused by its first bytes, where keys are. Light, for every start waits for it."""

from __future__ import annotations

from mappings.case_lists.refusals import Refusal, Refused

ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06")
# First bytes of things that are never a case list: programs, pictures, other archives.
NEVER = (
    b"MZ", b"\x7fELF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"\x1f\x8b", b"BZh",
    b"\xfd7zXZ", b"\xca\xfe\xba\xbe",
)  # fmt: skip


def look_before_parsing(data: bytes, most_bytes: int) -> None:
    """Refuse what needs no parser to be refused: this much is safe where keys are."""
    if not data.strip(b"\x00 \t\r\n"):
        raise Refused(Refusal.EMPTY)
    if len(data) > most_bytes:
        raise Refused(Refusal.TOO_LARGE)
    if data.startswith(NEVER):
        raise Refused(Refusal.UNKNOWN_FORMAT)
    if data.startswith(ZIP_MARKS):
        from mappings.case_lists.packages import Package

        Package.open(data)
