"""A writer of saved Outlook messages (.msg), by [MS-OXMSG]: no library that we may use writes them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from compound_files import compound_file

_BYTES, _OBJECT, _TIME, _NUMBER, _UNICODE, _NARROW = 0x0102, 0x000D, 0x0040, 0x0003, 0x001F, 0x001E
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Attached:
    """An attachment by value, or another message."""

    name: str
    data: bytes = b""
    message: Message | None = None
    kind: str = ""
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A mail as Outlook holds it; `codepage` 0 means Unicode."""

    subject: str
    plain: str = ""
    markup: bytes = b""
    rich: bytes = b""
    attached: Sequence[Attached] = ()
    codepage: int = 0
    markup_codepage: int = 65001
    sender: str = "marac@police.example"
    sent: datetime = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def saved_message(message: Message) -> bytes:
    """The bytes of the .msg file."""
    return compound_file({"__nameid_version1.0": _NAMES, **_storage(message, top=True)})


_NAMES = {f"__substg1.0_{number:04X}0102": b"" for number in (2, 3, 4)}


def _storage(message: Message, *, top: bool) -> dict[str, Any]:
    texts = {0x001A: "IPM.Note", 0x0037: message.subject, 0x0C1A: message.sender, 0x0C1F: message.sender}
    texts |= {0x0C1E: "SMTP"} | ({0x1000: message.plain} if message.plain else {})
    streams, entries = _texts(texts, message.codepage)
    for number, data in ((0x1013, message.markup), (0x1009, message.rich)):
        if data:
            streams[f"__substg1.0_{number:04X}0102"] = data
            entries.append(_entry(number, _BYTES, struct.pack("<II", len(data), 0)))
    ticks = int((message.sent - _EPOCH).total_seconds() * 10**7)
    entries += [_entry(0x0039, _TIME, struct.pack("<Q", ticks)), _entry(0x0E06, _TIME, struct.pack("<Q", ticks))]
    entries.append(_entry(0x3FDE, _NUMBER, struct.pack("<II", message.markup_codepage, 0)))
    entries.append(_entry(0x3FFD, _NUMBER, struct.pack("<II", message.codepage or 1252, 0)))
    entries.append(_entry(0x340D, _NUMBER, struct.pack("<II", 0 if message.codepage else 0x40000, 0)))
    for at, one in enumerate(message.attached):
        streams[f"__attach_version1.0_#{at:08X}"] = _attachment(at, one, message.codepage)
    head = struct.pack("<8xIIII", 0, len(message.attached), 0, len(message.attached)) + bytes(8 if top else 0)
    streams["__properties_version1.0"] = head + b"".join(entries)
    return streams


def _attachment(at: int, one: Attached, codepage: int) -> dict[str, Any]:
    short = one.name[:8] + one.name[-4:] if len(one.name) > 12 else one.name
    texts = {0x3707: one.name, 0x3704: short, 0x3001: one.name} | ({0x370E: one.kind} if one.kind else {})
    texts |= {0x3712: one.content_id} if one.content_id else {}
    streams, entries = _texts(texts, codepage)
    entries.append(_entry(0x0E21, _NUMBER, struct.pack("<II", at, 0)))
    entries.append(_entry(0x3705, _NUMBER, struct.pack("<II", 5 if one.message else 1, 0)))
    if one.message:
        streams["__substg1.0_3701000D"] = _storage(one.message, top=False)
        entries.append(_entry(0x3701, _OBJECT, struct.pack("<II", 0xFFFFFFFF, 1)))
    else:
        streams["__substg1.0_37010102"] = one.data
        entries.append(_entry(0x3701, _BYTES, struct.pack("<II", len(one.data), 0)))
    streams["__properties_version1.0"] = bytes(8) + b"".join(entries)
    return streams


def _texts(texts: dict[int, str], codepage: int) -> tuple[dict[str, Any], list[bytes]]:
    kind, encoding, end = (_NARROW, f"cp{codepage}", 1) if codepage else (_UNICODE, "utf-16-le", 2)
    streams, entries = {}, []
    for number, text in texts.items():
        data = text.encode(encoding)
        streams[f"__substg1.0_{number:04X}{kind:04X}"] = data
        entries.append(_entry(number, kind, struct.pack("<II", len(data) + end, 0)))
    return streams, entries


def _entry(number: int, kind: int, value: bytes) -> bytes:
    return struct.pack("<HHI8s", kind, number, 6, value)
