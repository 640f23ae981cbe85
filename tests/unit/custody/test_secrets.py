"""The installation's secrets: stable, private, each for its purpose."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from integration.custody.secrets import InstallationSecrets
from integration.errors import ConfigurationError, IntegrityBroken


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "secrets"


@pytest.fixture
def secrets(folder: Path) -> InstallationSecrets:
    return InstallationSecrets.create(folder)


def test_they_are_the_same_when_opened_again(secrets: InstallationSecrets, folder: Path) -> None:
    again = InstallationSecrets.open(folder)
    assert again == secrets
    assert again.flag_secret == secrets.flag_secret
    assert len(again.flag_secret) == 32
    assert again.fingerprint("document", b"x") == secrets.fingerprint("document", b"x")


def test_they_are_never_replaced(secrets: InstallationSecrets, folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="never replaced"):
        InstallationSecrets.create(folder)
    assert InstallationSecrets.open(folder) == secrets
    assert [path.name for path in folder.iterdir()] == ["installation.json"]


def test_a_fingerprint_says_nothing_without_the_key(secrets: InstallationSecrets, tmp_path: Path) -> None:
    other = InstallationSecrets.create(tmp_path / "other")
    found = secrets.fingerprint("document", b"9990000018")
    assert found != other.fingerprint("document", b"9990000018")
    assert found != hashlib.sha256(b"9990000018").hexdigest()
    assert len(found) == 64


def test_fingerprints_of_other_parts_or_purposes_differ(secrets: InstallationSecrets) -> None:
    asked = [("a", (b"x", b"y")), ("a", (b"xy",)), ("a", (b"x", b"y", b"")), ("ax", (b"y",)), ("b", (b"x", b"y"))]
    assert len({secrets.fingerprint(purpose, *parts) for purpose, parts in asked}) == len(asked)


def test_a_record_opens_for_its_own_id_alone(secrets: InstallationSecrets) -> None:
    sealed = secrets.seal_record("one", b"ZZTESTER was discussed")
    assert b"ZZTESTER" not in sealed
    assert secrets.open_record("one", sealed) == b"ZZTESTER was discussed"
    for record_id, wrong in (("two", sealed), ("one", sealed[:-1]), ("one", b"")):
        with pytest.raises(IntegrityBroken):
            secrets.open_record(record_id, wrong)


def test_signatures_hold_for_the_public_key(secrets: InstallationSecrets) -> None:
    public_key = Ed25519PublicKey.from_public_bytes(secrets.public_key)
    public_key.verify(secrets.sign(b"words"), b"words")
    with pytest.raises(InvalidSignature):
        public_key.verify(secrets.sign(b"words"), b"other words")


def test_they_do_not_show_in_a_representation(secrets: InstallationSecrets) -> None:
    assert repr(secrets) == "InstallationSecrets()"


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"fingerprints": "00"}', "nonsense"])
def test_a_damaged_file_is_named(secrets: InstallationSecrets, folder: Path, content: str) -> None:
    assert secrets.public_key
    (folder / "installation.json").write_text(content)
    with pytest.raises(ConfigurationError, match=r"installation\.json: is damaged"):
        InstallationSecrets.open(folder)


def test_missing_or_open_ones_are_refused(secrets: InstallationSecrets, folder: Path) -> None:
    assert secrets.public_key
    path = folder / "installation.json"
    path.chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        InstallationSecrets.open(folder)
    path.unlink()
    with pytest.raises(ConfigurationError, match="restore it from the backup"):
        InstallationSecrets.open(folder)
