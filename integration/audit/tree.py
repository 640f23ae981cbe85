"""The Merkle tree of RFC 6962 (section 2.1): leaf and node hashes, roots, inclusion and consistency proofs."""

from __future__ import annotations

import hashlib


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256 of the entry behind the leaf prefix 0x00."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of two children behind the node prefix 0x01."""
    return hashlib.sha256(b"\x01" + left + right).digest()
