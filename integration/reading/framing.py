"""How the child hands over the parts of a mail or an archive: what they are, in JSON, then their bytes in their order.

    8 bytes     the length of the JSON, big-endian
    JSON        {"readings": [READING]} | {"parts": [{"name", "subject", "came_in", "size"}, …]} | {"refused": NAME}
    the rest    the parts' bytes in their order; nothing after a reading or a refusal

Light, because the child imports it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_LENGTH = 8


class NotFramed(ValueError):
    """The bytes are no frame, or not whole."""


def framed(told: bytes, bodies: Iterable[bytes] = ()) -> Iterator[bytes]:
    """The frame, piece by piece."""
    yield len(told).to_bytes(_LENGTH, "big")
    yield told
    yield from bodies


def unframed(untrusted: bytes, longest: int) -> tuple[bytes, memoryview]:
    """The JSON, of at most so many bytes, and all that follows it; raises `NotFramed`."""
    length = int.from_bytes(untrusted[:_LENGTH], "big")
    if len(untrusted) < _LENGTH or length > min(longest, len(untrusted) - _LENGTH):
        raise NotFramed
    end = _LENGTH + length
    return untrusted[_LENGTH:end], memoryview(untrusted)[end:]


def cut(untrusted: memoryview, sizes: Iterable[int]) -> list[bytes]:
    """The bodies, each of its size; raises `NotFramed` unless that is all there is, to the byte."""
    bodies, at = [], 0
    for size in sizes:
        if size < 0 or size > len(untrusted) - at:
            raise NotFramed
        bodies.append(bytes(untrusted[at : at + size]))
        at += size
    if at != len(untrusted):
        raise NotFramed
    return bodies
