"""How bytes are sealed under a 256-bit key: small values whole, documents as STREAM in chunks of 64 KiB.

Each sealing draws a salt, and HKDF makes from it a key that is used once: so counters may start at nought, and a
reading may be sealed again under its document's key, without a nonce ever repeating. The layout of chunks is that of
age: a nonce of an 11-byte counter and one byte that is 1 in the last chunk, so that cutting or swapping chunks fails.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CHUNK = 64 * 1024
TAG = 16
SALT = 16
KEY = 32
_WHOLE_NONCE = bytes(12)
_WHOLE_VERSION = b"\x01"


class NotAuthentic(Exception):
    """The bytes are not what was sealed under this key for this place: cut, changed, or another's."""


def context_of(*parts: bytes | str) -> bytes:
    """Parts with their lengths, so that no two lists of parts give the same bytes."""
    raw = (part.encode() if isinstance(part, str) else part for part in parts)
    return b"".join(len(part).to_bytes(4, "big") + part for part in raw)


def seal(key: bytes, context: bytes, plaintext: bytes) -> bytes:
    """A small value, sealed for one place that `context` names."""
    salt = os.urandom(SALT)
    return _WHOLE_VERSION + salt + _cipher(key, salt, b"value" + context).encrypt(_WHOLE_NONCE, plaintext, context)


def unseal(key: bytes, context: bytes, sealed: bytes) -> bytes:
    """What was sealed; raises `NotAuthentic`."""
    if len(sealed) < 1 + SALT + TAG or sealed[:1] != _WHOLE_VERSION:
        raise NotAuthentic
    salt, ciphertext = sealed[1 : 1 + SALT], sealed[1 + SALT :]
    return _decrypt(_cipher(key, salt, b"value" + context), _WHOLE_NONCE, ciphertext, context)


def seal_stream(key: bytes, context: bytes, plaintext: bytes) -> Iterator[bytes]:
    """The salt, then the chunks; an empty plaintext is one empty chunk."""
    salt = os.urandom(SALT)
    yield salt
    cipher = _cipher(key, salt, b"stream" + context)
    count = max(1, -(-len(plaintext) // CHUNK))
    view = memoryview(plaintext)
    for number in range(count):
        yield cipher.encrypt(_nonce(number, number == count - 1), view[number * CHUNK : (number + 1) * CHUNK], context)


def open_stream(key: bytes, context: bytes, sealed: bytes) -> bytes:
    """The plaintext, whole; raises `NotAuthentic` if a single bit, chunk or the end is not as it was sealed."""
    body = memoryview(sealed)[SALT:]
    if len(body) < TAG:
        raise NotAuthentic
    cipher = _cipher(key, bytes(sealed[:SALT]), b"stream" + context)
    count = -(-len(body) // (CHUNK + TAG))
    plaintext = bytearray()
    for number in range(count):
        chunk = body[number * (CHUNK + TAG) : (number + 1) * (CHUNK + TAG)]
        if number and len(chunk) <= TAG:
            raise NotAuthentic  # only an empty document has an empty chunk
        plaintext += _decrypt(cipher, _nonce(number, number == count - 1), chunk, context)
    return bytes(plaintext)


def sealed_length(length: int) -> int:
    """How many bytes a stream of `length` takes."""
    return SALT + length + TAG * max(1, -(-length // CHUNK))


def _cipher(key: bytes, salt: bytes, purpose: bytes) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=KEY, salt=salt, info=b"flagtag sealing v1" + purpose).derive(key)
    return AESGCM(derived)


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _decrypt(cipher: AESGCM, nonce: bytes, ciphertext: bytes | memoryview, context: bytes) -> bytes:
    try:
        return cipher.decrypt(nonce, ciphertext, context)
    except InvalidTag:
        raise NotAuthentic from None
