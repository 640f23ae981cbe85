"""The disposal policy: read from its file, signed by a named approver, in force only while file and signature agree."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, RowMapping, insert, select

from integration.custody.sealing import context_of
from integration.custody.secrets import InstallationSecrets
from integration.domain.audit import Action, Actor, AuditEvent
from integration.domain.retention import DisposalPolicy
from integration.errors import ConfigurationError, IntegrityBroken, UsageError
from integration.storage.database import Database, new_id
from integration.storage.tables import policies

_DAYS = tuple(field.name for field in fields(DisposalPolicy) if field.name != "version")
_LONGEST = 36_500


@dataclass(frozen=True, slots=True)
class SignedPolicy:
    """A policy that somebody answers for."""

    policy_id: str
    policy: DisposalPolicy
    sha256: str
    approver: str
    signed_by: str
    signed_at: datetime


def policy_text(policy: DisposalPolicy) -> str:
    """The policy in its one canonical form, which is what is signed: comments and layout of the file do not count."""
    lines = [f"version = {json.dumps(policy.version)}"] + [f"{name} = {getattr(policy, name)}" for name in _DAYS]
    return "\n".join(["# flagtag disposal policy", *lines, ""])


def load_policy_file(path: Path) -> DisposalPolicy:
    """The policy in a file; every fault is named by its line. Raises `ConfigurationError`."""
    try:
        text = path.read_text(encoding="utf-8")
        return _policy_from(tomllib.loads(text), text, path)
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}; `flagtag init DIR` makes a template of it") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}: is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: not valid TOML: {error}") from None


def sign_policy(
    database: Database, secrets: InstallationSecrets, policy: DisposalPolicy, approver: str, actor: Actor
) -> str:
    """Put the policy into force in the name of `approver` (name and post); returns its id."""
    approver = " ".join(approver.split())
    if not approver:
        raise UsageError("a policy needs a named approver: name and post")
    text, policy_id = policy_text(policy), new_id()
    event = AuditEvent(Action.POLICY_SIGNED, actor, "policy", policy_id, {"sha256": _sha256(text)})
    with database.change(event) as change:
        row = {
            "policy_id": policy_id,
            "sha256": _sha256(text),
            "text": text,
            "approver": approver,
            "signed_by": actor.actor_id,
            "signed_at": change.now,
            "signature": secrets.sign(_signed_bytes(policy_id, text, approver, actor.actor_id, change.now)).hex(),
        }
        change.connection.execute(insert(policies).values(**row))
    return policy_id


def policy_in_force(
    database: Database, secrets: InstallationSecrets, policy_from_file: DisposalPolicy
) -> SignedPolicy | None:
    """The policy that was signed last, if the file still says the same and the signature holds; else None.

    A file that was changed, be it back to what an earlier signature covers, has to be signed again.
    """
    latest = select(policies).order_by(policies.c.signed_at.desc()).limit(1)
    with database.reading() as connection:
        row = connection.execute(latest).mappings().one_or_none()
    if row is None or row["text"] != policy_text(policy_from_file) or not is_signed(row, secrets.public_key):
        return None
    at = datetime.fromisoformat(row["signed_at"])
    return SignedPolicy(row["policy_id"], policy_from_file, row["sha256"], row["approver"], row["signed_by"], at)


def policy_row(connection: Connection, policy_id: str, public_key: bytes) -> RowMapping:
    """The stored policy behind a decision; raises `IntegrityBroken` unless it is there as it was signed."""
    row = connection.execute(select(policies).where(policies.c.policy_id == policy_id)).mappings().one_or_none()
    if row is None or not is_signed(row, public_key):
        raise IntegrityBroken(f"policy {policy_id} is missing, or is not as it was signed")
    return row


def is_signed(row: RowMapping, public_key: bytes) -> bool:
    """Whether a stored policy is as it was signed."""
    message = _signed_bytes(row["policy_id"], row["text"], row["approver"], row["signed_by"], row["signed_at"])
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(bytes.fromhex(row["signature"]), message)
    except (InvalidSignature, ValueError):
        return False
    return bool(row["sha256"] == _sha256(row["text"]))


def _policy_from(values: dict[str, Any], text: str, path: Path) -> DisposalPolicy:
    def fault(name: str, what: str) -> ConfigurationError:
        line = _line_of(name, text)
        return ConfigurationError(f"{path}{f', line {line}' if line else ''}: {name}: {what}")

    for name in values:
        if name not in ("version", *_DAYS):
            raise fault(name, f"is not a setting; there are version, {', '.join(_DAYS)}")
    for name in ("version", *_DAYS):
        if name not in values:
            raise fault(name, "is missing; a policy says everything")
    version = values["version"]
    if not isinstance(version, str) or not version.strip() or len(version) > 40 or not version.isprintable():
        raise fault("version", 'is a short name in quotes, such as "1" or "2026-04"')
    for name in _DAYS:
        days = values[name]
        if not isinstance(days, int) or isinstance(days, bool) or not 0 <= days <= _LONGEST:
            raise fault(name, f"is a whole number of days from 0 to {_LONGEST}")
    return DisposalPolicy(version, **{name: values[name] for name in _DAYS})


def _line_of(name: str, text: str) -> int | None:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.partition("=")[0].strip().strip("[]\"' ") == name:
            return number
    return None


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _signed_bytes(policy_id: str, text: str, approver: str, signed_by: str, signed_at: str) -> bytes:
    return b"flagtag policy v1\n" + context_of(policy_id, text, approver, signed_by, signed_at)
