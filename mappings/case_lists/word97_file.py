"""Word 97-2003 files taken apart: header, piece table and stories, every offset checked before it is followed.

The sections named are those of Microsoft's [MS-DOC], "Word (.doc) Binary File Format".
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Any

from mappings.case_lists.refusals import Refusal, Refused

MOST_TEXT = 4_000_000  # characters of all stories together; the longest of lists has some hundred thousand
_MARK, _WORD_97 = 0xA5EC, 0x00C1
_ENCRYPTED, _SECOND_TABLE = 0x0100, 0x0200
_COMPRESSED, _POSITION = 0x40000000, 0x3FFFFFFF
# where FibRgLw97 (2.5.5) holds the lengths of the stories, in their order in the text (2.4.1)
_LENGTHS = {
    "body": 0x4C, "footnotes": 0x50, "headers": 0x54, "macros": 0x58, "comments": 0x5C, "endnotes": 0x60,
    "text boxes": 0x64, "header boxes": 0x68,
}  # fmt: skip
_PAIRS = 0x9A  # FibRgFcLcb97 (2.5.6): where each structure stands in the table stream, and how long it is
STYLES, HEADERS, CHARACTERS, PARAGRAPHS, PIECES = 1, 11, 12, 13, 33
ANCHORS, TEXT_BOXES = 40, 56


def number(data: bytes, at: int, form: str = "<H") -> int:
    """A number in the file; one that stands outside it is damage."""
    try:
        (found,) = struct.unpack_from(form, data, at)
    except struct.error as error:
        raise Refused(Refusal.TRUNCATED) from error
    return int(found)


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that stands together in the file (Pcd, 2.9.177); `width` is the bytes of a character."""

    first: int
    last: int
    at: int
    width: int
    modifier: int


@dataclass(frozen=True, slots=True)
class Word97File:
    """The streams of a file with its pieces in the order of the text, and where each story begins and ends."""

    document: bytes = field(repr=False)
    table: bytes = field(repr=False)
    data: bytes = field(repr=False)
    pieces: tuple[Piece, ...] = field(repr=False)
    modifiers: tuple[bytes, ...] = field(repr=False)
    stories: dict[str, tuple[int, int]]

    @classmethod
    def open(cls, document: bytes, tables: tuple[bytes, bytes], data: bytes) -> Word97File:
        """Read the header (Fib, 2.5.1), then the piece table in the table stream that it names."""
        flags = _checked_flags(document)
        table = tables[1 if flags & _SECOND_TABLE else 0]
        ends = list(accumulate((number(document, at, "<i") for at in _LENGTHS.values()), initial=0))
        if any(last < first for first, last in pairwise(ends)):
            raise Refused(Refusal.TRUNCATED)
        if ends[-1] > MOST_TEXT:
            raise Refused(Refusal.TOO_MUCH)
        pieces, modifiers = _pieces(_structure(document, table, PIECES), len(document))
        if not pieces or pieces[-1].last < ends[-1]:
            raise Refused(Refusal.TRUNCATED)
        return cls(document, table, data, pieces, modifiers, dict(zip(_LENGTHS, pairwise(ends), strict=True)))

    def structure(self, which: int) -> bytes:
        return _structure(self.document, self.table, which)

    def plc(self, which: int, size: int) -> Plc:
        """A list of places with something at each (PLC, 2.2.2)."""
        return Plc.read(self.structure(which), size)

    def pieces_in(self, first: int, last: int) -> Iterator[Piece]:
        """What of each piece lies in a range of characters."""
        at = max(0, bisect_right([piece.first for piece in self.pieces], first) - 1)
        for piece in self.pieces[at:]:
            if piece.first >= last:
                return
            start, end = max(first, piece.first), min(last, piece.last)
            if start < end:
                where = piece.at + (start - piece.first) * piece.width
                yield Piece(start, end, where, piece.width, piece.modifier)


@dataclass(frozen=True, slots=True)
class Plc:
    """n + 1 places, and n things of one size."""

    places: tuple[int, ...]
    things: tuple[bytes, ...] = field(repr=False)

    @classmethod
    def read(cls, data: bytes, size: int) -> Plc:
        count = (len(data) - 4) // (4 + size)
        if count <= 0:
            return cls((), ())
        places = struct.unpack_from(f"<{count + 1}I", data)
        start = 4 * (count + 1)
        return cls(places, tuple(data[start + size * n : start + size * (n + 1)] for n in range(count)))


def _checked_flags(document: bytes) -> int:
    """The flags of a file that is of our format and open to read (FibBase, 2.5.2)."""
    version, flags = number(document, 2), number(document, 10)
    if version < _WORD_97:
        raise Refused(Refusal.LEGACY_WORD)
    if number(document, 0) != _MARK:
        raise Refused(Refusal.TRUNCATED)
    if flags & _ENCRYPTED:
        raise Refused(Refusal.PROTECTED)
    return flags


def _structure(document: bytes, table: bytes, which: int) -> bytes:
    at = _PAIRS + 8 * which
    start, size = number(document, at, "<I"), number(document, at + 4, "<I")
    if start + size > len(table):
        raise Refused(Refusal.TRUNCATED)
    return table[start : start + size]


def _pieces(clx: bytes, most: int) -> tuple[tuple[Piece, ...], tuple[bytes, ...]]:
    """The piece table, and the property lists that its pieces refer to (Clx, 2.9.38)."""
    modifiers, at = [], 0
    while clx[at : at + 1] == b"\x01":  # a Prc, 2.9.209
        size = number(clx, at + 1)
        modifiers.append(clx[at + 3 : at + 3 + size])
        at += 3 + size
    if clx[at : at + 1] != b"\x02":  # the Pcdt, 2.9.178
        raise Refused(Refusal.TRUNCATED)
    size = number(clx, at + 1, "<I")
    if at + 5 + size > len(clx):
        raise Refused(Refusal.TRUNCATED)
    plc = Plc.read(clx[at + 5 : at + 5 + size], 8)
    pieces = tuple(
        _piece(first, last, pcd) for (first, last), pcd in zip(pairwise(plc.places), plc.things, strict=True)
    )
    if any(one.first >= one.last or one.at + (one.last - one.first) * one.width > most for one in pieces):
        raise Refused(Refusal.TRUNCATED)
    if plc.places and plc.places[0] != 0:
        raise Refused(Refusal.TRUNCATED)
    return pieces, tuple(modifiers)


def _piece(first: int, last: int, pcd: bytes) -> Piece:
    """Text of one byte a character stands at half the place that is written (FcCompressed, 2.9.73)."""
    where, modifier = number(pcd, 2, "<I"), number(pcd, 6)
    if where & _COMPRESSED:
        return Piece(first, last, (where & _POSITION) // 2, 1, modifier)
    return Piece(first, last, where & _POSITION, 2, modifier)


def decoded(data: bytes, width: int) -> str:
    """Text of a piece: UTF-16, or Windows text with its unused places as they stand."""
    if width == 2:
        return data.decode("utf-16-le", errors="surrogatepass")
    return "".join(_WINDOWS[byte] for byte in data) if max(data, default=0) > 0x7F else data.decode("ascii")


def _windows(byte: int) -> str:
    try:
        return bytes((byte,)).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


_WINDOWS: tuple[str, ...] = tuple(_windows(byte) for byte in range(256))


def headings_of(file: Word97File) -> frozenset[int]:
    """The numbers of the styles that are headings or titles, whatever they are called (STSH, 2.9.271)."""
    sheet: Any = file.structure(STYLES)
    if len(sheet) < 4:
        return frozenset()
    at, found, count = 2 + number(sheet, 0), set(), number(sheet, 2)
    for style in range(count):
        if at + 2 > len(sheet):
            break
        size = number(sheet, at)
        if size >= 2 and number(sheet, at + 2) & 0xFFF in (*range(1, 10), 62, 74):
            found.add(style)
        at += 2 + size + size % 2
    return frozenset(found)
