"""Signed checkpoints of the log: its size and root, as a C2SP signed note (tlog-checkpoint, Ed25519).

```
flagtag/1f2e3d4c5b6a7988
1234
<root, base64>

— flagtag/1f2e3d4c5b6a7988 <key id and signature, base64>
```
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from integration.errors import IntegrityBroken

_ED25519 = b"\x01"


class Signer(Protocol):
    """Whoever holds the installation's signing key."""

    def sign(self, message: bytes) -> bytes: ...

    @property
    def public_key(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the log was at one moment: the number of its events and the root over them."""

    size: int
    root: bytes


def origin_of(public_key: bytes) -> str:
    """The log's name, which follows from its key: every installation has its own."""
    return f"flagtag/{hashlib.sha256(public_key).hexdigest()[:16]}"


def sign_note(signer: Signer, checkpoint: Checkpoint) -> str:
    """The checkpoint as a signed note."""
    origin = origin_of(signer.public_key)
    text = f"{origin}\n{checkpoint.size}\n{b64encode(checkpoint.root).decode()}\n"
    signature = b64encode(_key_id(origin, signer.public_key) + signer.sign(text.encode())).decode()
    return f"{text}\n\N{EM DASH} {origin} {signature}\n"


def read_note(note: str, public_key: bytes) -> Checkpoint:
    """The checkpoint that a note signs; raises `IntegrityBroken` unless `public_key` proves it."""
    text, separator, tail = note.partition("\n\n")
    origin = origin_of(public_key)
    try:
        named, size, root = text.split("\n")
        dash, name, encoded = tail.rstrip("\n").split(" ")
        signature = _decoded(encoded)
        if not separator or dash != "\N{EM DASH}" or named != origin or name != origin or not size.isdecimal():
            raise ValueError
        if signature[:4] != _key_id(origin, public_key):
            raise ValueError
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature[4:], f"{text}\n".encode())
        return Checkpoint(int(size), _decoded(root))
    except (ValueError, InvalidSignature):
        raise IntegrityBroken("a checkpoint of the log is not signed by this installation's key") from None


def _key_id(origin: str, public_key: bytes) -> bytes:
    return hashlib.sha256(f"{origin}\n".encode() + _ED25519 + public_key).digest()[:4]


def _decoded(text: str) -> bytes:
    """Base64 in its one canonical form: the unused bits of a last character would let two notes be one."""
    decoded = b64decode(text, validate=True)
    if b64encode(decoded).decode() != text:
        raise ValueError("not canonical base64")
    return decoded
