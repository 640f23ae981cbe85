"""The slot file: one record of 64 bytes for each document key, never moved and never used twice.

A record lies whole in one disk sector, so that a cut of power leaves it old or new. The first record names the file's
epoch, the number of its first slot (drawn at random, so that a store made anew never takes an old store's slot for its
own) and proves the epoch key.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from integration.errors import IntegrityBroken

RECORD = 64
_HEADER = struct.Struct(">12sII28s16x")  # magic, epoch, first slot, proof of the epoch key
_MAGIC = b"flagtag-key1"
_NONCE = 12
_WRAPPED = 48  # a key of 32 bytes and its tag
_LIVE = b"key\x01"
DESTROYED = b"gone" + bytes(RECORD - 4)
UNREADABLE = b"bad\x01" + bytes(RECORD - 4)  # was damaged when its epoch ended; nothing could be carried over


@dataclass(frozen=True, slots=True)
class Header:
    """What the first record says."""

    epoch: int
    first: int


def header_record(epoch_key: bytes, header: Header) -> bytes:
    """The first record, with a proof by which a wrong epoch key is told from a damaged slot."""
    nonce = os.urandom(_NONCE)
    proof = nonce + AESGCM(epoch_key).encrypt(nonce, b"", _header_context(header))
    return _HEADER.pack(_MAGIC, header.epoch, header.first, proof)


def read_header(record: bytes) -> Header:
    """Raises `IntegrityBroken` if this is no slot file."""
    if len(record) != RECORD or not record.startswith(_MAGIC):
        raise IntegrityBroken("key store: its slot file is damaged")
    _, epoch, first, _ = _HEADER.unpack(record)
    return Header(epoch, first)


def check_epoch_key(record: bytes, epoch_key: bytes) -> None:
    """Raises `IntegrityBroken` unless this is the key that the file's slots are wrapped with."""
    header = read_header(record)
    proof: bytes = _HEADER.unpack(record)[3]
    try:
        AESGCM(epoch_key).decrypt(proof[:_NONCE], proof[_NONCE:], _header_context(header))
    except InvalidTag:
        raise IntegrityBroken(f"key store: the key of epoch {header.epoch} is not the one its slots need") from None


def wrap(epoch_key: bytes, epoch: int, slot: int, key: bytes) -> bytes:
    """The record of a live slot."""
    nonce = os.urandom(_NONCE)
    return _LIVE + nonce + AESGCM(epoch_key).encrypt(nonce, key, _slot_context(epoch, slot))


def unwrap(epoch_key: bytes, epoch: int, slot: int, record: bytes) -> bytes:
    """The document key; raises `IntegrityBroken` if the slot is not live, or was damaged or moved."""
    if not is_live(record):
        raise IntegrityBroken(f"key store: slot {slot} holds no key")
    nonce, wrapped = record[4 : 4 + _NONCE], record[4 + _NONCE :]
    try:
        return AESGCM(epoch_key).decrypt(nonce, wrapped, _slot_context(epoch, slot))
    except InvalidTag:
        raise IntegrityBroken(f"key store: slot {slot} is damaged") from None


def is_live(record: bytes) -> bool:
    return len(record) == RECORD and record.startswith(_LIVE)


def offset_of(header: Header, slot: int) -> int:
    """Where a slot's record lies."""
    return (slot - header.first + 1) * RECORD


def _header_context(header: Header) -> bytes:
    return b"flagtag epoch" + struct.pack(">II", header.epoch, header.first)


def _slot_context(epoch: int, slot: int) -> bytes:
    return b"flagtag slot" + struct.pack(">II", epoch, slot)
