"""What Word 97-2003 files say of characters and paragraphs: only what decides how the text is read.

Formats are lists of properties (Prl, 2.2.5.2 of [MS-DOC]), kept in pages of 512 bytes, found by where the text stands.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import IntEnum

from mappings.case_lists.refusals import Refusal, Refused
from mappings.case_lists.word97_file import CHARACTERS, PARAGRAPHS, Plc, Word97File, number

_PAGE = 512
_SIZES = {0: 1, 1: 1, 2: 2, 3: 4, 4: 2, 5: 2, 7: 3}  # of a value, by Sprm.spra (2.2.5.1); 6 tells it itself
_TABLE_GROUP = 5  # Sprm.sgc of what concerns table rows


class Sprm(IntEnum):
    """The properties that are looked at (2.6.1 to 2.6.3)."""

    DELETED = 0x0800
    INSERTED = 0x0801
    BINARY = 0x0806
    STRUCK = 0x0837
    STRUCK_TWICE = 0x2A53
    HIDDEN = 0x083C
    SYMBOL = 0x6A09
    DATA_AT = 0x6A03
    STYLE = 0x4600
    IN_TABLE = 0x2416
    ROW_END = 0x2417
    DEPTH = 0x6649
    INNER_CELL = 0x244B
    INNER_ROW_END = 0x244C
    TABS = 0xC615
    MORE_97 = 0x6645
    MORE = 0x6646
    MORE_OF_ROW = 0x646B
    ROW_CELLS = 0xD608
    MERGED = 0x5624
    MERGED_DOWN = 0xD62B


# the properties that a piece may carry without a list, by their short numbers (Prm0, 2.9.215)
_SHORT = {
    0x18: Sprm.IN_TABLE, 0x19: Sprm.ROW_END, 0x41: Sprm.DELETED, 0x42: Sprm.INSERTED, 0x47: Sprm.BINARY,
    0x57: Sprm.STRUCK, 0x5C: Sprm.HIDDEN, 0x73: Sprm.STRUCK_TWICE,
}  # fmt: skip

Property = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class CharacterFormat:
    """Whether characters are read, and where the data of a special one stands."""

    deleted: bool = False
    inserted: bool = False
    hidden: bool = False
    struck: bool = False
    symbol: bool = False
    binary: bool = False
    data_at: int | None = None


@dataclass(frozen=True, slots=True)
class ParagraphFormat:
    """Where a paragraph stands in tables, and its style; `row` is what is told of the row that it ends."""

    style: int = 0
    in_table: bool = False
    told_depth: int = 0
    ends_outer_row: bool = False
    ends_inner_cell: bool = False
    ends_inner_row: bool = False
    row: tuple[Property, ...] = field(default=(), repr=False)

    @property
    def depth(self) -> int:
        """In how many tables it stands (2.4.3)."""
        return max(1, self.told_depth) if self.in_table else 0

    @property
    def ends_row(self) -> bool:
        return self.ends_outer_row if self.depth == 1 else self.ends_inner_row

    def ends_cell(self, mark: str) -> bool:
        return mark == "\x07" if self.depth == 1 else self.ends_inner_cell


def properties(data: bytes) -> Iterator[Property]:
    """Each property with its value; one that reaches beyond the list is damage."""
    at = 0
    while at + 3 <= len(data):
        which = number(data, at)
        start, at = at + 2, at + 2 + (_SIZES.get(which >> 13) or _told_size(which, data, at + 2))
        if at > len(data):
            raise Refused(Refusal.TRUNCATED)
        yield which, data[start:at]


def _told_size(which: int, data: bytes, at: int) -> int:
    """The size of a value that tells it itself: in one byte, but for two properties."""
    if which == Sprm.ROW_CELLS:
        return number(data, at) + 1
    if which == Sprm.TABS and data[at] == 0xFF:
        deleted = number(data, at + 1, "<B")
        return 3 + 4 * deleted + 3 * number(data, at + 2 + 4 * deleted, "<B")
    return 1 + data[at]


def _with_character(found: CharacterFormat, which: int, value: bytes) -> CharacterFormat:
    on = value[:1] in (b"\x01", b"\x81")  # 0x81: the opposite of the style, where none of these is usual
    match which:
        case Sprm.DELETED:
            return replace(found, deleted=on)
        case Sprm.INSERTED:
            return replace(found, inserted=on)
        case Sprm.HIDDEN:
            return replace(found, hidden=on)
        case Sprm.STRUCK | Sprm.STRUCK_TWICE:
            return replace(found, struck=found.struck or on)
        case Sprm.SYMBOL:
            return replace(found, symbol=True)
        case Sprm.BINARY:
            return replace(found, binary=on)
        case Sprm.DATA_AT:
            return replace(found, data_at=number(value, 0, "<I"))
    return found


def _with_paragraph(found: ParagraphFormat, which: int, value: bytes) -> ParagraphFormat:
    on = value[:1] != b"\x00"
    match which:
        case Sprm.STYLE:
            return replace(found, style=number(value, 0))
        case Sprm.IN_TABLE:
            return replace(found, in_table=on)
        case Sprm.ROW_END:
            return replace(found, ends_outer_row=on)
        case Sprm.DEPTH:
            return replace(found, told_depth=number(value, 0, "<i"))
        case Sprm.INNER_CELL:
            return replace(found, ends_inner_cell=on)
        case Sprm.INNER_ROW_END:
            return replace(found, ends_inner_row=on)
    if which >> 10 & 7 == _TABLE_GROUP:
        return replace(found, row=(*found.row, (which, value)))
    return found


@dataclass(slots=True)
class _Pages:
    """Formats by where the text stands: a list of pages (PlcBte, 2.8.5 and 2.8.6), each a list of runs."""

    document: bytes = field(repr=False)
    plc: Plc
    in_page: Callable[[bytes, int, int], bytes]
    read: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def at(self, place: int) -> tuple[int, bytes]:
        """What stands in the list for a place in the file, and where that ends."""
        which = bisect_right(self.plc.places, place) - 1
        if not 0 <= which < len(self.plc.things):
            return place + 1, b""
        start = _PAGE * (number(self.plc.things[which], 0, "<I") & 0x3FFFFF)
        page = self.document[start : start + _PAGE]
        if len(page) < _PAGE:
            raise Refused(Refusal.TRUNCATED)
        if start not in self.read:
            count = min(page[-1], (_PAGE - 5) // 4)
            self.read[start] = struct.unpack_from(f"<{count + 1}I", page)
        places = self.read[start]
        run = bisect_right(places, place) - 1
        if not 0 <= run < len(places) - 1:
            return place + 1, b""
        return places[run + 1], self.in_page(page, len(places) - 1, run)


def _character_list(page: bytes, count: int, run: int) -> bytes:
    """ChpxFkp, 2.9.33: a byte for each run says where its list stands."""
    at = 2 * number(page, 4 * (count + 1) + run, "<B")
    return page[at + 1 : at + 1 + page[at]] if at else b""


def _paragraph_list(page: bytes, count: int, run: int) -> bytes:
    """PapxFkp, 2.9.175: thirteen bytes for each run, the first of which says where its style and list stand."""
    at = 2 * number(page, 4 * (count + 1) + 13 * run, "<B")
    if not at:
        return b""
    size = page[at]
    return page[at + 1 : at + 2 * size] if size else page[at + 2 : at + 2 + 2 * number(page, at + 1, "<B")]


@dataclass(slots=True)
class Formats:
    """The formats of a file's text."""

    file: Word97File = field(repr=False)
    characters: _Pages = field(init=False, repr=False)
    paragraphs: _Pages = field(init=False, repr=False)
    known: dict[tuple[bytes, int], CharacterFormat] = field(default_factory=dict, repr=False)
    known_paragraphs: dict[tuple[bytes, int], ParagraphFormat] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.characters = _Pages(self.file.document, self.file.plc(CHARACTERS, 4), _character_list)
        self.paragraphs = _Pages(self.file.document, self.file.plc(PARAGRAPHS, 4), _paragraph_list)

    def of_characters(self, place: int, modifier: int) -> tuple[int, CharacterFormat]:
        """The format of the text at a place, in a piece with this modifier, and where it ends."""
        end, listed = self.characters.at(place)
        if (listed, modifier) not in self.known:
            found = CharacterFormat()
            for which, value in (*properties(listed), *self._modified(modifier)):
                found = _with_character(found, which, value)
            self.known[listed, modifier] = found
        return end, self.known[listed, modifier]

    def of_paragraph(self, place: int, modifier: int) -> ParagraphFormat:
        """The format of the paragraph whose mark stands at a place."""
        _, listed = self.paragraphs.at(place)
        if (listed, modifier) not in self.known_paragraphs:
            found = ParagraphFormat(number(listed, 0) if listed else 0)
            for which, value in (*self._with_more(listed[2:]), *self._modified(modifier)):
                found = _with_paragraph(found, which, value)
            self.known_paragraphs[listed, modifier] = found
        return self.known_paragraphs[listed, modifier]

    def _modified(self, modifier: int) -> tuple[Property, ...]:
        """What a piece changes (Prm, 2.9.214): one property, or one of the lists before the piece table."""
        if modifier & 1:
            which = modifier >> 1
            return tuple(properties(self.file.modifiers[which])) if which < len(self.file.modifiers) else ()
        short = _SHORT.get(modifier >> 1 & 0x7F)
        return ((short, bytes((modifier >> 8,))),) if short is not None else ()

    def _with_more(self, listed: bytes) -> Iterator[Property]:
        """A list, with what it says stands in the data stream instead (PrcData, 2.9.210)."""
        for which, value in properties(listed):
            if which in (Sprm.MORE_97, Sprm.MORE, Sprm.MORE_OF_ROW):
                at = number(value, 0, "<I")
                yield from properties(self.file.data[at + 2 : at + 2 + number(self.file.data, at)])
            else:
                yield which, value
