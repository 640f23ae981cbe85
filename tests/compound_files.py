"""A writer of OLE compound files (version 3 of [MS-CFB]), from a mapping: storages and streams. No library has one."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Storage = Mapping[str, Any]  # a name stands for bytes, a stream, or for a mapping, a storage
SECTOR, SMALL_SECTOR, SMALL = 512, 64, 4096
FREE, END, OF_FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_ROOT, _STORAGE, _STREAM = 5, 1, 2


@dataclass(slots=True)
class _Entry:
    name: str
    kind: int
    data: bytes = b""
    left: int = FREE
    right: int = FREE
    child: int = FREE
    start: int = END
    size: int = 0

    def packed(self) -> bytes:
        name = self.name.encode("utf-16-le")
        return struct.pack(
            "<64sHBBIII16sIQQIQ",
            name, len(name) + 2, self.kind, 1, self.left, self.right, self.child, b"", 0, 0, 0, self.start, self.size,
        )  # fmt: skip


@dataclass(slots=True)
class _Sectors:
    """Sectors of one size, and the chain from each to the next."""

    size: int
    content: bytearray = field(default_factory=bytearray)
    chain: list[int] = field(default_factory=list)

    def add(self, data: bytes) -> int:
        """Where the data begin; nothing begins nowhere."""
        if not data:
            return END
        first, count = len(self.chain), -(-len(data) // self.size)
        self.content += data.ljust(count * self.size, b"\0")
        self.chain += [*range(first + 1, first + count), END]
        return first


def compound_file(storage: Storage) -> bytes:
    """The bytes of a compound file."""
    entries = [_Entry("Root Entry", _ROOT)]
    entries[0].child = _grown(storage, entries)
    sectors, small = _Sectors(SECTOR), _Sectors(SMALL_SECTOR)
    for entry in entries:
        if entry.kind == _STREAM:
            entry.size = len(entry.data)
            entry.start = (small if entry.size < SMALL else sectors).add(entry.data)
    entries[0].start, entries[0].size = sectors.add(bytes(small.content)), len(small.content)
    small_chains = sectors.add(_numbers(small.chain))
    directory = sectors.add(b"".join(entry.packed() for entry in _padded(entries)))
    count = 1
    while count * SECTOR // 4 < len(sectors.chain) + count:
        count += 1
    fat = len(sectors.chain)
    chains = _numbers([*sectors.chain, *([OF_FAT] * count)])
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, b"", 0, count, directory, 0, SMALL,
        small_chains, -(-len(small.chain) * 4 // SECTOR), END, 0,
    )  # fmt: skip
    header += struct.pack("<109I", *range(fat, fat + count), *([FREE] * (109 - count)))
    return header + bytes(sectors.content) + chains


def _padded(entries: Sequence[_Entry]) -> list[_Entry]:
    return [*entries, *(_Entry("", 0) for _ in range(-len(entries) % 4))]


def _numbers(chain: Sequence[int]) -> bytes:
    data = struct.pack(f"<{len(chain)}I", *chain)
    return data.ljust(-(-len(data) // SECTOR) * SECTOR, b"\xff")


def _grown(storage: Storage, entries: list[_Entry]) -> int:
    """The tree of a storage's members, in the order that the format wants: short names first."""
    made = []
    for name, held in sorted(storage.items(), key=lambda pair: (len(pair[0]), pair[0].upper())):
        inner = isinstance(held, Mapping)
        entries.append(_Entry(name, _STORAGE if inner else _STREAM, b"" if inner else held))
        made.append(len(entries) - 1)
        if inner:
            entries[made[-1]].child = _grown(held, entries)
    return _tree(made, entries)


def _tree(sorted_numbers: Sequence[int], entries: list[_Entry]) -> int:
    if not sorted_numbers:
        return FREE
    middle = len(sorted_numbers) // 2
    top = sorted_numbers[middle]
    entries[top].left = _tree(sorted_numbers[:middle], entries)
    entries[top].right = _tree(sorted_numbers[middle + 1 :], entries)
    return top
