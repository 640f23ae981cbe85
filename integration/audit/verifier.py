"""flagtag-verify: check a certificate of destruction, or the whole audit log, with nothing but Python 3.11.

This one file needs nothing else of ours: copy it anywhere and run `python3 verifier.py FILE [--public-key HEX]`.
FILE is an evidence bundle (`flagtag deletions show --evidence`) or an export of the log (`flagtag audit export`).
Give the public key that was printed when the installation was made: one that comes with the file proves only that
the file agrees with itself. Exit code: 0 it holds, 1 it does not, 2 it cannot be read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

CERTIFICATE_PREFIX = b"flagtag certificate v1\n"
CERTIFICATE_STATES = (
    "local_key_destroyed",
    "epoch_key_destroyed",
    "source_copies_accounted",
    "source_copies_confirmed",
)


class Failed(Exception):
    """Something that does not hold; `index` is the first event that it concerns, if that can be told."""

    def __init__(self, what: str, index: int | None = None) -> None:
        super().__init__(what)
        self.what, self.index = what, index


# Ed25519 (RFC 8032, 5.1.7): verification only, in extended coordinates. Nothing here is secret.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int, int, int]


def _decompress(encoded: bytes) -> Point | None:
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x % 2 != sign else x
    return x, y, 1, x * y % P


def _compress(point: Point) -> bytes:
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x % 2) << 255).to_bytes(32, "little")


def _add(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _multiply(scalar: int, point: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point, scalar = _add(point, point), scalar >> 1
    return result


_base = _decompress((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
assert _base is not None
BASE: Point = _base


def signature_holds(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature over `message` is that of `public_key`."""
    point = _decompress(public_key) if len(public_key) == 32 else None
    if point is None or len(signature) != 64:
        return False
    scalar = int.from_bytes(signature[32:], "little")
    if scalar >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public_key + message).digest(), "little") % ORDER
    negative: Point = (P - point[0], point[1], 1, P - point[3])
    return _compress(_add(_multiply(scalar, BASE), _multiply(challenge, negative))) == signature[:32]


# The Merkle tree (RFC 6962, 2.1; RFC 9162, 2.1.3.2)


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def add_leaf(subtrees: list[bytes], size: int, leaf: bytes) -> None:
    """Add the leaf with which the tree reaches `size`; `subtrees` are the roots of its full subtrees."""
    subtrees.append(leaf)
    while size % 2 == 0:
        right = subtrees.pop()
        subtrees.append(node_hash(subtrees.pop(), right))
        size //= 2


def root_of(subtrees: list[bytes]) -> bytes:
    if not subtrees:
        return hashlib.sha256().digest()
    root = subtrees[-1]
    for left in reversed(subtrees[:-1]):
        root = node_hash(left, root)
    return root


def inclusion_holds(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> bool:
    if not 0 <= index < size:
        return False
    node, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node % 2 or node == last:
            found = node_hash(sibling, found)
            while node % 2 == 0 and node:
                node, last = node // 2, last // 2
        else:
            found = node_hash(found, sibling)
        node, last = node // 2, last // 2
    return last == 0 and found == root


# What is checked


def read_checkpoint(note: str, public_key: bytes) -> tuple[int, bytes]:
    """Size and root that a checkpoint signs (C2SP signed note)."""
    text, _, tail = note.partition("\n\n")
    origin = f"flagtag/{hashlib.sha256(public_key).hexdigest()[:16]}"
    try:
        named, size, root = text.split("\n")
        dash, name, encoded = tail.rstrip("\n").split(" ")
        signed = decoded(encoded)
        well_formed = dash == "\N{EM DASH}" and named == name == origin and size.isdecimal()
        key_id = hashlib.sha256(f"{origin}\n".encode() + b"\x01" + public_key).digest()[:4]
        if not well_formed or signed[:4] != key_id or not signature_holds(public_key, f"{text}\n".encode(), signed[4:]):
            raise Failed("a checkpoint is not signed by this key")
        return int(size), decoded(root)
    except ValueError:
        raise Failed("a checkpoint is not signed by this key") from None


def decoded(text: str) -> bytes:
    """Base64 in its one canonical form: the unused bits of a last character would let two notes be one."""
    content = b64decode(text, validate=True)
    if b64encode(content).decode() != text:
        raise ValueError("not canonical base64")
    return content


def check_certificate(body: str, event: Any, public_key: bytes) -> dict[str, Any]:
    """The certificate's signature, and that the log's event is of this very certificate; returns what it says."""
    whole = json.loads(body)
    says: dict[str, Any] = whole["certificate"]
    message = json.dumps(says, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    if not signature_holds(public_key, CERTIFICATE_PREFIX + message, bytes.fromhex(whole["signature"])):
        raise Failed("the certificate is not signed by this key")
    if says["state"] not in CERTIFICATE_STATES:
        raise Failed("the certificate is in no state that this program knows")
    details = event["details"]
    if (event["action"], event["object_id"]) != ("certificate-issued", says["doc_id"]):
        raise Failed("the event is not of this document's certificate", event["seq"])
    if details["sha256"] != hashlib.sha256(body.encode()).hexdigest() or details["state"] != says["state"]:
        raise Failed("the log holds another certificate than this one", event["seq"])
    return says


def check_evidence(bundle: dict[str, Any], public_key: bytes) -> list[str]:
    """One certificate: signed, in the log, and the log's checkpoint signed."""
    event = json.loads(bundle["event"])
    index = bundle["index"]
    if event["seq"] != index:
        raise Failed("the event stands under another number than its own", index)
    says = check_certificate(bundle["certificate"], event, public_key)
    size, root = read_checkpoint(bundle["checkpoint"], public_key)
    proof = [bytes.fromhex(step) for step in bundle["inclusion"]]
    if not inclusion_holds(leaf_hash(bundle["event"].encode()), index, size, proof, root):
        raise Failed("the log that was signed does not hold this event", index)
    return [
        f"document {says['doc_id']} ({says['doc_class']}): {says['state']}",
        f"key destroyed {says['key_destroyed_at']}, epoch's key {says['epoch_destroyed_at'] or 'not yet'}",
        f"not recoverable from our copies and backups from: {says['irrecoverable_not_before']}",
        *(f"copy at {copy['source']}: {copy['action']}, gone: {copy['gone_seen_at']}" for copy in says["copies"]),
        f"event {index} of a signed log of {size}",
    ]


def check_export(export: dict[str, Any], public_key: bytes) -> list[str]:
    """The whole log: numbers, roots, signatures, and every certificate against its event."""
    checkpoints = sorted(read_checkpoint(note, public_key) for note in export["checkpoints"])
    roots = check_events(export["events"], {size for size, _ in checkpoints})
    agreed = 0
    for size, root in checkpoints:
        if size > len(export["events"]):
            raise Failed(f"the log was cut: {size} events were signed, {len(export['events'])} are here", agreed)
        if roots[size] != root:
            raise Failed(f"an event from {agreed} to {size - 1} was changed after it was signed", agreed)
        agreed = size
    certified, waiting = check_certificates(export, public_key)
    unsigned = len(export["events"]) - agreed
    return [
        f"{len(export['events'])} events without a gap, {len(checkpoints)} checkpoints, {certified} certificates",
        *([f"{unsigned} events since the last checkpoint are not signed yet"] if unsigned else []),
        *([f"{waiting} documents wait for their certificate"] if waiting else []),
    ]


def check_certificates(export: dict[str, Any], public_key: bytes) -> tuple[int, int]:
    """Every document's latest certificate is here; returns how many there are, and how many documents wait for one."""
    issued: dict[str, int] = {}  # the number of each document's latest certificate
    begun, certified = set(), set()
    for entry in export["events"]:
        event = json.loads(entry)
        if event["action"] == "certificate-issued":
            issued[event["object_id"]] = event["seq"]
        elif event["action"] == "destruction-begun":
            begun.add(event["object_id"])
    for certificate in export["certificates"]:
        event = json.loads(export["events"][certificate["event"]])
        document_id = check_certificate(certificate["body"], event, public_key)["doc_id"]
        if issued[document_id] != event["seq"]:
            raise Failed("a later certificate was issued than the one that is here", event["seq"])
        certified.add(document_id)
    if issued.keys() - certified:
        raise Failed(f"{len(issued.keys() - certified)} certificates that the log names are missing")
    return len(certified), len(begun - issued.keys())


def check_events(entries: list[str], wanted: set[int]) -> dict[int, bytes]:
    """The tree's root at each wanted size; fails at the first number that is not the next."""
    subtrees: list[bytes] = []
    roots = {0: root_of([])}
    for index, entry in enumerate(entries):
        found = json.loads(entry)["seq"]
        if found != index:
            raise Failed(f"a gap, a repetition or another order: event {index} was expected, {found} is there", index)
        add_leaf(subtrees, index + 1, leaf_hash(entry.encode()))
        if index + 1 in wanted:
            roots[index + 1] = root_of(subtrees)
    return roots


CHECKS = {"flagtag-evidence-1": check_evidence, "flagtag-audit-1": check_export}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="flagtag-verify", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("file", metavar="FILE", help="an evidence bundle, or an export of the audit log")
    parser.add_argument("--public-key", metavar="HEX", help="the installation's public key, as it was printed")
    given = parser.parse_args(argv)
    try:
        content = json.loads(Path(given.file).read_text(encoding="utf-8"))
        check = CHECKS[content["format"]]
        public_key = bytes.fromhex(given.public_key or content["public_key"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"flagtag-verify: {given.file} cannot be read as evidence: {type(error).__name__}\n")
        return 2
    try:
        lines = check(content, public_key)
    except Failed as failure:
        place = "" if failure.index is None else f" (first bad index {failure.index})"
        sys.stdout.write(f"FAIL: {failure.what}{place}\n")
        return 1
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        sys.stdout.write(f"FAIL: the file is damaged: {type(error).__name__}\n")
        return 1
    trust = "" if given.public_key else " by the key that came with it: compare it with the one that was printed"
    sys.stdout.write("\n".join([f"PASS{trust}", f"public key {public_key.hex()}", *lines]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
