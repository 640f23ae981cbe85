"""Hostile and broken compound files: old Word documents whose header, tables or sectors lie about themselves."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator, Sequence

from compound_files import END, SECTOR, compound_file
from outlook import Attached, Message, saved_message
from word97_documents import Paragraph, Run, field_of, line, old_word, table

_LENGTHS, _PAIRS, _PIECES, _PARAGRAPHS, _CHARACTERS = 0x4C, 0x9A, 33, 13, 12
_HEADER_AT = SECTOR  # the first stream that is too large for the small sectors begins right behind the header


def good_old_word(rows: Sequence[Sequence[str]]) -> bytes:
    return old_word([line("Testshire MARAC case list"), *table(rows)])


def good_compounds(rows: Sequence[Sequence[str]]) -> dict[str, bytes]:
    attached = Attached("list.csv", "\n".join(map(",".join, rows)).encode())
    return {"doc": good_old_word(rows), "msg": saved_message(Message("Case list", "see attached", attached=[attached]))}


def hostile_old_words(rows: Sequence[Sequence[str]]) -> Iterator[tuple[str, str, bytes]]:
    """(what it is, the name that it comes with, its bytes)"""
    good = good_old_word(rows)
    for what, damage in _IN_THE_HEADER.items():
        yield f"doc: {what}", "a.doc", _damaged(good, damage)
    for what, damage in _IN_THE_SECTORS.items():
        made = bytearray(good)
        damage(made)
        yield f"doc: {what}", "a.doc", bytes(made)
    yield from _of_bad_parts(rows)
    yield "an ole file of nothing", "a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3_000)
    yield "an ole file of noise", "a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + random.Random(2).randbytes(9_000)
    noise = random.Random(3)
    for count in range(12):
        made = bytearray(good)
        for _ in range(200):
            made[noise.randrange(_HEADER_AT, _HEADER_AT + 0x400)] = noise.randrange(256)
        yield f"doc: a header of noise, {count}", "a.doc", bytes(made)


def _damaged(good: bytes, damage: Callable[[bytearray], None]) -> bytes:
    """The document stream lies in one run of sectors from its first; its header is changed in place."""
    made = bytearray(good)
    header = made[_HEADER_AT:]
    damage(header)
    return bytes(made[:_HEADER_AT] + header)


def _put(form: str, at: int, *values: int) -> Callable[[bytearray], None]:
    return lambda data: struct.pack_into(form, data, at, *values)


_IN_THE_HEADER: dict[str, Callable[[bytearray], None]] = {
    "not marked as Word": _put("<H", 0, 0x1234),
    "of no version": _put("<H", 2, 0),
    "encrypted by its own word alone": _put("<H", 10, 0x1300),
    "obfuscated": _put("<H", 10, 0x9300),
    "the other table stream": _put("<H", 10, 0x1000),
    "a body of four thousand million": _put("<i", _LENGTHS, 0x7FFFFFF0),
    "a body of less than nothing": _put("<i", _LENGTHS, -5),
    "more text than pieces": _put("<i", _LENGTHS, 100_000),
    "comments of less than nothing": _put("<i", _LENGTHS + 16, -1),
    "pieces beyond the stream": _put("<II", _PAIRS + 8 * _PIECES, 0x7FFFFFFF, 100),
    "pieces of all the stream and more": _put("<II", _PAIRS + 8 * _PIECES, 0, 0xFFFFFFFF),
    "no pieces": _put("<II", _PAIRS + 8 * _PIECES, 0, 0),
    "pieces that are something else": _put("<II", _PAIRS + 8 * _PIECES, 4, 60),
    "paragraphs beyond the stream": _put("<II", _PAIRS + 8 * _PARAGRAPHS, 0x10000000, 64),
    "no paragraphs": _put("<II", _PAIRS + 8 * _PARAGRAPHS, 0, 0),
    "characters of all the stream and more": _put("<II", _PAIRS + 8 * _CHARACTERS, 0, 0xFFFFFFF0),
}


def _loop_of_sectors(made: bytearray) -> None:
    """Every sector of the allocation table says that the next one is the first."""
    (fat,) = struct.unpack_from("<I", made, 0x4C)
    for at in range(0, SECTOR, 4):
        struct.pack_into("<I", made, (fat + 1) * SECTOR + at, 0)


def _cycle_in_the_directory(made: bytearray) -> None:
    (directory,) = struct.unpack_from("<I", made, 0x30)
    for entry in range(4):
        struct.pack_into("<III", made, (directory + 1) * SECTOR + entry * 128 + 0x44, 1, 1, 1)


def _stream_of_terabytes(made: bytearray) -> None:
    (directory,) = struct.unpack_from("<I", made, 0x30)
    for entry in range(1, 4):
        struct.pack_into("<Q", made, (directory + 1) * SECTOR + entry * 128 + 0x78, 0x7FFFFFFF)


_IN_THE_SECTORS: dict[str, Callable[[bytearray], None]] = {
    "a loop of sectors": _loop_of_sectors,
    "a cycle in the directory": _cycle_in_the_directory,
    "streams larger than the file": _stream_of_terabytes,
    "sectors of half the memory": _put("<H", 0x1E, 30),
    "no sectors": _put("<H", 0x1E, 0),
    "the directory nowhere": _put("<I", 0x30, END),
    "a chain of tables that goes round": _put("<II", 0x44, 0, 0x7FFFFFFF),
}


def _of_bad_parts(rows: Sequence[Sequence[str]]) -> Iterator[tuple[str, str, bytes]]:
    made = list(table(rows))
    yield "doc: half a row", "a.doc", old_word([*made[:-2], line("x")])
    yield "doc: a cell in no table", "a.doc", old_word([Paragraph((Run("Jane ZZ"),), "\x07")])
    deep = struct.pack("<HBHI", 0x2416, 1, 0x6649, 0x7FFFFFFF)
    yield "doc: tables within tables within tables", "a.doc", old_word([Paragraph((Run("Jane ZZ"),), "\r", deep)])
    yield "doc: a property longer than its list", "a.doc", old_word([Paragraph((Run("x"),), "\r", b"\x08\xd6\xff\x7f")])
    far = struct.pack("<HI", 0x6646, 1 << 31)
    yield "doc: formats far in the data stream", "a.doc", old_word([Paragraph((), "\r", far)])
    many = b"\x08\xd6" + struct.pack("<HB", 500, 255) + bytes(499)
    end = struct.pack("<HBHB", 0x2416, 1, 0x2417, 1) + many
    yield "doc: a row of 255 cells", "a.doc", old_word([*made[:1], Paragraph((), "\x07", end)])
    yield "doc: fields within fields", "a.doc", old_word([line("\x13" * 5_000 + "x")])
    yield "doc: a field without an end", "a.doc", old_word([line("\x13 FORMTEXT "), *made])
    yield "doc: a field that starts a program", "a.doc", old_word([line(*field_of("DDEAUTO c:\\x.exe", "x")), *made])
    yield "doc: one paragraph of 100,000", "a.doc", old_word([line(Run("A" * 100_000))])
    streams = {"ObjectPool": {"_1": {"\x01Ole10Native": b"MZ"}}}
    yield "doc: an embedded object", "a.doc", old_word([line("x"), *made], streams=streams)
    yield "doc: no table stream", "a.doc", compound_file({"WordDocument": b"\xec\xa5\xc1\x00" + bytes(5_000)})
    yield "doc: an empty document stream", "a.doc", compound_file({"WordDocument": b""})
    yield "doc: a document that is a folder", "a.doc", compound_file({"WordDocument": {"x": b"y"}})
