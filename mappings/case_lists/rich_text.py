"""Compressed rich text of Outlook's bodies → the HTML that is wrapped in it.

The compression is [MS-OXRTFCP], the wrapping [MS-OXRTFEX]: markup stands in groups of its own, text between them, and
what only a word processor needs is switched off for whoever wants the HTML.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field, replace

from mappings.case_lists.refusals import Refusal, Refused

_MOST = 20 * 1024 * 1024
_COMPRESSED, _AS_IT_IS = b"LZFu", b"MELA"
_WINDOW = 4096
# The letters that every text of this kind may refer back to.
_KNOWN = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    rb"SymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0" b"\r\n" rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)  # fmt: skip
_TOKEN = re.compile(rb"\\(?:'([0-9a-fA-F]{2})|([a-z]{1,32})(-?\d{1,10})? ?|([^a-z]))|([{}])|[\r\n]+|([^\\{}\r\n]+)")
_NEVER_SHOWN = (b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict")
_SHOWN = {b"par": "\n", b"line": "\n", b"tab": "\t", b"lquote": "\u2018", b"rquote": "\u2019"}
_DEEPEST = 200


def unpacked(data: bytes) -> bytes:
    """The rich text; an empty property is none."""
    if len(data) < 16:
        return b""
    size, kind = struct.unpack_from("<I", data, 4)[0], data[8:12]
    if size > _MOST or kind not in (_COMPRESSED, _AS_IT_IS):
        raise Refused(Refusal.TRUNCATED)
    return _inflated(data[16:], size) if kind == _COMPRESSED else data[16 : 16 + size]


def _inflated(data: bytes, size: int) -> bytes:
    """Each bit of a control byte says whether a letter follows, or a place among the last letters and a length."""
    made, at, end = bytearray(_KNOWN), 0, len(_KNOWN) + size
    while at < len(data) and len(made) < end:
        control, at = data[at], at + 1
        for bit in range(8):
            if not control >> bit & 1:
                made += data[at : at + 1]
                at += 1
                continue
            pair = int.from_bytes(data[at : at + 2], "big")
            at += 2
            back = (len(made) - (pair >> 4)) % _WINDOW
            if back == 0:  # the place of the next letter marks the end
                return bytes(made[len(_KNOWN) : end])
            if back > len(made):
                raise Refused(Refusal.TRUNCATED)
            for _ in range((pair & 15) + 2):
                made.append(made[-back])
    return bytes(made[len(_KNOWN) : end])


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds inside one pair of braces."""

    markup: bool = False
    left_out: bool = False
    for_word: bool = False


@dataclass(slots=True)
class _Unwrapping:
    parts: list[str] = field(default_factory=list, repr=False)
    groups: list[_Group] = field(default_factory=lambda: [_Group()])
    page: str = "cp1252"
    stands_in: bool = False  # the next character stands in for one that was given by its number

    def take(self, token: re.Match[bytes]) -> None:
        byte, word, number, symbol, brace, text = token.groups()
        if brace:
            self._nest(brace)
        elif word:
            self._obey(word, number or b"")
        elif symbol == b"*":
            self._set(left_out=True)
        elif byte:
            self._show(bytes.fromhex(byte.decode()).decode(self.page, errors="replace"))
        elif symbol:
            self._show(symbol.decode("latin-1") if symbol in b"{}\\" else "\u00a0" if symbol == b"~" else "")
        elif text:
            self._show(text.decode(self.page, errors="replace"))

    def _nest(self, brace: bytes) -> None:
        if brace == b"}":
            self.groups = self.groups[:-1] or [_Group()]
        elif len(self.groups) > _DEEPEST:
            raise Refused(Refusal.TOO_MUCH)
        else:
            self.groups.append(self.groups[-1])

    def _obey(self, word: bytes, number: bytes) -> None:
        if word == b"htmltag":
            self._set(markup=True, left_out=False, for_word=False)
        elif word == b"htmlrtf":
            self._set(for_word=number != b"0")
        elif word in _NEVER_SHOWN:
            self._set(left_out=True)
        elif word == b"ansicpg" and number in (b"1250", b"1251", b"1252", b"1253", b"1254", b"1257"):
            self.page = f"cp{number.decode()}"
        elif word == b"u" and number:
            self._show(chr(int(number) % 0x10000))
            self.stands_in = True
        elif word in _SHOWN:
            self._show(_SHOWN[word])

    def _set(self, **changed: bool) -> None:
        self.groups[-1] = replace(self.groups[-1], **changed)

    def _show(self, text: str) -> None:
        group = self.groups[-1]
        if group.left_out or (group.for_word and not group.markup):
            return
        if self.stands_in:
            text, self.stands_in = text[1:], False
        self.parts.append(text)


def markup_in(data: bytes) -> str:
    """The HTML in compressed rich text; nothing if it was not made from HTML."""
    rich = unpacked(data)
    if rb"\fromhtml" not in rich[:1_000]:
        return ""
    unwrapping = _Unwrapping()
    for token in _TOKEN.finditer(rich):
        unwrapping.take(token)
    return "".join(unwrapping.parts)
