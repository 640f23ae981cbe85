"""A writer of Word 97-2003 files, by [MS-DOC]: what no word processor at hand can be made to write on purpose.

Text in Windows or Unicode pieces, pieces out of order as fast saving leaves them, formats in pages and in the data
stream, and any damage to the header. How word processors write is in the fixtures, which this only adds to.
"""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import olefile
from compound_files import Storage, compound_file
from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher
from msoffcrypto.method.rc4 import DocumentRC4, _makekey

DELETED, INSERTED, HIDDEN, STRUCK, SPECIAL = (
    struct.pack("<HB", sprm, 1) for sprm in (0x0800, 0x0801, 0x083C, 0x0837, 0x0855)
)
_TEXT_AT, _PAGE = 1024, 512
_CHARACTERS, _PARAGRAPHS, _PIECES, _HEADERS = 12, 13, 33, 11


@dataclass(frozen=True, slots=True)
class Run:
    text: str
    format: bytes = b""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Runs up to a mark, with the paragraph's format."""

    runs: tuple[Run, ...]
    mark: str = "\r"
    format: bytes = b""
    style: int = 0


def line(*runs: str | Run, style: int = 0) -> Paragraph:
    return Paragraph(tuple(one if isinstance(one, Run) else Run(one) for one in runs), style=style)


def field_of(instruction: str, result: str) -> tuple[Run, ...]:
    """A field, with the marks that begin it, part it and end it."""
    return (
        Run("\x13", SPECIAL),
        Run(f" {instruction} "),
        Run("\x14", SPECIAL),
        Run(result),
        Run("\x15", SPECIAL),
    )


def table(
    rows: Sequence[Sequence[str | Sequence[Paragraph]]],
    edges: Sequence[Sequence[int]] | None = None,
    flags: Mapping[tuple[int, int], int] | None = None,
    *,
    depth: int = 1,
) -> Iterator[Paragraph]:
    """The paragraphs of a table; `edges` are those of each row's cells, `flags` what merges a cell (TCGRF)."""
    for down, cells in enumerate(rows):
        for cell in cells:
            inner = [line(part) for part in cell.split("\n")] if isinstance(cell, str) else list(cell)
            for at, one in enumerate(inner):
                yield _in_table(one, depth, ends_cell=at == len(inner) - 1)
        bounds = edges[down] if edges else range(0, 1500 * len(cells) + 1, 1500)
        marks = [(flags or {}).get((down, across), 0) for across in range(len(cells))]
        yield _row_end(bounds, marks, depth)


def _in_table(one: Paragraph, depth: int, *, ends_cell: bool) -> Paragraph:
    if one.format:  # of a table inside this one
        return one
    form = struct.pack("<HBHI", 0x2416, 1, 0x6649, depth)
    if not ends_cell:
        return Paragraph(one.runs, "\r", form, one.style)
    if depth == 1:
        return Paragraph(one.runs, "\x07", form, one.style)
    return Paragraph(one.runs, "\r", form + struct.pack("<HB", 0x244B, 1), one.style)


def _row_end(bounds: Sequence[int], marks: Sequence[int], depth: int) -> Paragraph:
    cells = b"".join(struct.pack("<H18x", mark) for mark in marks)
    told = struct.pack("<B", len(marks)) + struct.pack(f"<{len(bounds)}h", *bounds) + cells
    form = struct.pack("<HBHI", 0x2416, 1, 0x6649, depth)
    form += struct.pack("<HB", 0x2417, 1) if depth == 1 else struct.pack("<HBHB", 0x244B, 1, 0x244C, 1)
    return Paragraph((), "\x07" if depth == 1 else "\r", form + struct.pack("<HH", 0xD608, len(told) + 1) + told)


@dataclass(frozen=True, slots=True)
class Layout:
    """How the text is laid out: bytes a character; the size of pieces, 0 for one; whether they stand in their order."""

    width: int = 2
    piece: int = 0
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class _Char:
    char: str
    format: bytes
    paragraph: int
    place: int = 0


WIDE, NARROW = Layout(), Layout(width=1)
SAVED_FAST = Layout(piece=7, backwards=True)


def old_word(
    paragraphs: Iterable[Paragraph],
    layout: Layout = WIDE,
    *,
    page_header: str = "",
    modifiers: Mapping[int, int] | None = None,
    streams: Storage | None = None,
) -> bytes:
    """A document as the bytes of its file; `modifiers` are properties that pieces have of their own (Prm0)."""
    body = list(paragraphs)
    header = [*(line("") for _ in range(6)), line(page_header)] if page_header else []
    everything = [*body, *header]
    chars = [
        _Char(char, run.format, number)
        for number, one in enumerate(everything)
        for run in (*one.runs, Run(one.mark))
        for char in run.text
    ]
    length = sum(char.paragraph < len(body) for char in chars)
    stored, pieces, placed = _stored(chars, layout)
    document = bytearray(_TEXT_AT) + stored
    data = bytearray(b"\0" * 4)
    papx = [_paragraph_format(one, data) for one in everything]
    structures = {
        _CHARACTERS: _pages(document, _runs(placed, layout.width, lambda char: char.format), _character_page),
        _PARAGRAPHS: _pages(document, _runs(placed, layout.width, lambda char: papx[char.paragraph]), _paragraph_page),
        _PIECES: _piece_table(pieces, layout.width, modifiers or {}),
        _HEADERS: _header_places(chars, len(body)) if header else b"",
    }
    table_stream = _with_header(document, structures, (length, 0, len(chars) - length))
    told: dict[str, Any] = {"WordDocument": bytes(document), "1Table": table_stream, "Data": bytes(data)}
    return compound_file({**told, **(streams or {})})


def _stored(chars: Sequence[_Char], layout: Layout) -> tuple[bytes, list[tuple[int, int, int]], list[_Char]]:
    """The text as it stands in the file, its pieces (first, last, place), and every character with its place."""
    size = layout.piece or len(chars)
    starts = list(range(0, len(chars), size))
    stored, pieces, placed = bytearray(), [], []
    for start in reversed(starts) if layout.backwards else starts:
        part = chars[start : start + size]
        pieces.append((start, start + len(part), _TEXT_AT + len(stored)))
        for one in part:
            placed.append(replace(one, place=_TEXT_AT + len(stored)))
            stored += one.char.encode("utf-16-le" if layout.width == 2 else "cp1252")
    return bytes(stored), sorted(pieces), placed


def _runs(placed: Sequence[_Char], width: int, told: Callable[[_Char], bytes]) -> list[tuple[int, int, bytes]]:
    """Neighbours in the file with one format."""
    runs: list[tuple[int, int, bytes]] = []
    for one in placed:
        if runs and runs[-1][2] == told(one):
            runs[-1] = (runs[-1][0], one.place + width, told(one))
        else:
            runs.append((one.place, one.place + width, told(one)))
    return runs


def _paragraph_format(one: Paragraph, data: bytearray) -> bytes:
    """A style and a list of properties; a long list stands in the data stream."""
    form = one.format
    if len(form) > 200:
        form = struct.pack("<HI", 0x6646, len(data))
        data += struct.pack("<H", len(one.format)) + one.format
    return struct.pack("<H", one.style) + form


def _character_page(form: bytes) -> bytes:
    return struct.pack("<B", len(form)) + form if form else b""


def _paragraph_page(form: bytes) -> bytes:
    if len(form) % 2:
        return struct.pack("<B", (len(form) + 1) // 2) + form
    return struct.pack("<BB", 0, len(form) // 2) + form


def _pages(document: bytearray, runs: Sequence[tuple[int, int, bytes]], shape: Callable[[bytes], bytes]) -> bytes:
    """Formats in pages at the end of the file, two runs a page; gives back the list of the pages."""
    entry = 1 if shape is _character_page else 13
    document += bytes(-len(document) % _PAGE)
    firsts, numbers = [], []
    for at in range(0, len(runs), 2):
        group = runs[at : at + 2]
        page = bytearray(_PAGE)
        struct.pack_into(f"<{len(group) + 1}I", page, 0, *(first for first, _, _ in group), group[-1][1])
        end = _PAGE - 2
        for number, (_, _, form) in enumerate(group):
            held = shape(form)
            if held:
                end = (end - len(held)) // 2 * 2
                page[end : end + len(held)] = held
                page[4 * (len(group) + 1) + entry * number] = end // 2
        page[-1] = len(group)
        firsts.append(group[0][0])
        numbers.append(len(document) // _PAGE)
        document += page
    return struct.pack(f"<{len(firsts) + 1}I", *firsts, runs[-1][1]) + struct.pack(f"<{len(numbers)}I", *numbers)


def _piece_table(pieces: Sequence[tuple[int, int, int]], width: int, modifiers: Mapping[int, int]) -> bytes:
    places = [first for first, _, _ in pieces] + [pieces[-1][1]]
    told = struct.pack(f"<{len(places)}I", *places)
    for number, (_, _, place) in enumerate(pieces):
        where = place if width == 2 else (2 * place) | 0x40000000
        told += struct.pack("<HIH", 0, where, modifiers.get(number, 0))
    return struct.pack("<BI", 2, len(told)) + told


def _header_places(chars: Sequence[_Char], body: int) -> bytes:
    """Six stories that part footnotes, then the header of even pages."""
    headers = [char.paragraph - body for char in chars if char.paragraph >= body]
    places = [headers.index(number) for number in range(7)] + [len(headers), len(headers)]
    return struct.pack(f"<{len(places)}I", *places)


def _with_header(document: bytearray, structures: Mapping[int, bytes], lengths: Sequence[int]) -> bytes:
    """Write the header of the file; gives back the table stream."""
    struct.pack_into("<HH", document, 0, 0xA5EC, 0x00C1)
    struct.pack_into("<H", document, 10, 0x1200)
    struct.pack_into("<H", document, 0x20, 14)
    struct.pack_into("<H", document, 0x3E, 22)
    struct.pack_into("<3i", document, 0x4C, *lengths)
    struct.pack_into("<H", document, 0x98, 93)
    stream = bytearray()
    for which, held in structures.items():
        struct.pack_into("<II", document, 0x9A + 8 * which, len(stream), len(held))
        stream += held
    return bytes(stream)


def protected_old_word(paragraphs: Iterable[Paragraph], password: str) -> bytes:
    """The same under RC4, as Word 97 protects: all but the first bytes of the header (2.2.6.2)."""
    made = olefile.OleFileIO(io.BytesIO(old_word(paragraphs)))
    document, table_stream = bytearray(made.openstream("WordDocument").read()), made.openstream("1Table").read()
    salt, verifier = bytes(range(16)), bytes(range(16, 32))
    cipher = Cipher(ARC4(_makekey(password, salt, 0)), mode=None).encryptor()
    head = struct.pack("<HH", 1, 1) + salt + cipher.update(verifier) + cipher.update(hashlib.md5(verifier).digest())
    for which in (_CHARACTERS, _PARAGRAPHS, _PIECES):
        (at,) = struct.unpack_from("<I", document, 0x9A + 8 * which)
        struct.pack_into("<I", document, 0x9A + 8 * which, at + len(head))
    hidden = DocumentRC4.decrypt(password, salt, io.BytesIO(bytes(document))).read()
    struct.pack_into("<H", document, 10, 0x1300)
    struct.pack_into("<I", document, 14, len(head))
    behind = DocumentRC4.decrypt(password, salt, io.BytesIO(head + table_stream)).read()
    return compound_file({"WordDocument": bytes(document[:68]) + hidden[68:], "1Table": head + behind[len(head) :]})
