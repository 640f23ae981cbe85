"""Saved Outlook messages (.msg, [MS-OXMSG]) → mails: text in the code pages that they name, attachments by value."""

from __future__ import annotations

import codecs
import struct
from dataclasses import dataclass, field
from typing import Any

from mappings.case_lists.compound import opened, stream_of
from mappings.case_lists.content import clean
from mappings.case_lists.mails import LARGEST_LOGO, MOST_PARTS, NEVER_A_LIST, Mail
from mappings.case_lists.refusals import Refusal, Refused
from mappings.case_lists.rich_text import markup_in, unpacked

_SUBJECT, _BODY, _MARKUP, _RICH = 0x0037, 0x1000, 0x1013, 0x1009
_LONG_NAME, _SHORT_NAME, _CONTENT, _KIND, _CONTENT_ID = 0x3707, 0x3704, 0x3701, 0x370E, 0x3712
_TEXT_PAGE, _BODY_PAGE = 0x3FFD, 0x3FDE  # the code pages of texts, and of the body's markup
_UNICODE, _NARROW, _BYTES, _NUMBER, _OBJECT = "001F", "001E", "0102", 0x0003, "000D"
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
# What stands for a message inside the message, to be refused as a mail in a mail is.
_ANOTHER_MAIL = b"From: another message\r\nSubject: another message\r\n\r\n"


def read_outlook(data: bytes) -> Mail:
    """A message taken apart; another message in it is refused, and said, as a mail in a mail is."""
    with opened(data) as file:
        folders = sorted({entry[0] for entry in file.listdir() if entry[0].startswith("__attach_version1.0_")})
        if len(folders) > MOST_PARTS:
            raise Refused(Refusal.TOO_MUCH)
        numbers = _numbers(stream_of(file, "__properties_version1.0"), 32)
        top = _Folder(file, "", _page(numbers.get(_TEXT_PAGE)))
        plain, markup = top.text(_BODY), _markup(top, _page(numbers.get(_BODY_PAGE)))
        attached = [_attachment(_Folder(file, folder + "/", top.page), markup) for folder in folders]
        if not plain.strip() and not markup.strip():
            attached.append(_rich_body(top))
        return Mail(clean(top.text(_SUBJECT)), tuple(one for one in attached if one is not None), markup, plain)


@dataclass(frozen=True, slots=True)
class _Folder:
    """The properties of the message or of one attachment."""

    file: Any = field(repr=False)
    name: str
    page: str

    def has(self, number: int, kind: str) -> bool:
        return bool(self.file.exists(f"{self.name}__substg1.0_{number:04X}{kind}"))

    def data(self, number: int, kind: str) -> bytes:
        return stream_of(self.file, f"{self.name}__substg1.0_{number:04X}{kind}")

    def text(self, number: int) -> str:
        unicode_text = self.data(number, _UNICODE)
        if unicode_text:
            return unicode_text.decode("utf-16-le", errors="replace").rstrip("\0")
        return self.data(number, _NARROW).decode(self.page, errors="replace").rstrip("\0")


def _markup(top: _Folder, page: str) -> str:
    """The body's HTML: as it is, or wrapped in compressed rich text."""
    markup = top.data(_MARKUP, _BYTES).decode(page, errors="replace") or top.text(_MARKUP)
    return markup if markup.strip() else markup_in(top.data(_RICH, _BYTES))


def _rich_body(top: _Folder) -> tuple[str, bytes] | None:
    """A body in nothing but rich text stands as a document of that kind, to be refused as one."""
    rich = unpacked(top.data(_RICH, _BYTES))
    return ("body", rich) if rich.strip() else None


def _attachment(folder: _Folder, markup: str) -> tuple[str, bytes] | None:
    if folder.has(_CONTENT, _OBJECT):
        return "message", _ANOTHER_MAIL
    data, shown_as = folder.data(_CONTENT, _BYTES), folder.text(_CONTENT_ID)
    is_logo = data.startswith(_PICTURES) and len(data) <= LARGEST_LOGO
    if folder.text(_KIND).casefold().startswith(NEVER_A_LIST) or (is_logo and shown_as and f"cid:{shown_as}" in markup):
        return None
    name = folder.text(_LONG_NAME) or folder.text(_SHORT_NAME)
    return clean(name)[:200], data


def _numbers(properties: bytes, header: int) -> dict[int, int]:
    """The numbers among the properties, which stand in a list of their own (2.4)."""
    found = {}
    for at in range(header, len(properties) - 15, 16):
        kind, number, _, value = struct.unpack_from("<HHII", properties, at)
        if kind == _NUMBER:
            found[number] = value
    return found


def _page(number: int | None) -> str:
    """Python's name of a Windows code page; what nobody has heard of is read as Western text."""
    name = {None: "cp1252", 65001: "utf-8", 20127: "cp1252", 28591: "cp1252"}.get(number, f"cp{number}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"
