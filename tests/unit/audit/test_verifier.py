"""The stand-alone verifier: run as compliance runs it, alone, by a plain Python."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders_custody import ACTOR, Custody
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from integration.audit import verifier
from integration.audit.verifier import ORDER, main, signature_holds
from integration.custody.certificates import Certificate
from integration.custody.evidence import evidence_bundle
from integration.domain.retention import CertificateState
from integration.errors import UsageError
from integration.storage.audit_log import export, sign_checkpoint

# RFC 8032, 7.1: public key, message, signature
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
        "655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
        "b00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
        "c027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("key", "message", "signature"), RFC_8032)
def test_the_published_signatures(key: str, message: str, signature: str) -> None:
    parts = bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature)
    assert signature_holds(*parts)
    assert not signature_holds(parts[0], parts[1] + b"x", parts[2])


def test_it_agrees_with_another_implementation_on_good_and_bad_signatures() -> None:
    for number in range(8):
        private = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
        public, message = private.public_key().public_bytes_raw(), bytes(number)
        signature = private.sign(message)
        assert signature_holds(public, message, signature)
        for place in (0, 31, 32, 63):
            changed = bytearray(signature)
            changed[place] ^= 1
            assert not signature_holds(public, message, bytes(changed))
        again = int.from_bytes(signature[32:], "little") + ORDER  # the same number in another form
        assert not signature_holds(public, message, signature[:32] + again.to_bytes(32, "little"))
        assert not signature_holds(public[:-1], message, signature)
        assert not signature_holds(b"\xff" * 32, message, signature)


@pytest.fixture
def certificate(custody: Custody) -> Certificate:
    document_id = custody.receive()
    custody.receive()
    custody.destroy(document_id)
    custody.end_epoch()
    certificate = custody.certify(document_id)
    sign_checkpoint(custody.database, custody.secrets, ACTOR)
    return certificate


def alone(folder: Path, content: dict[str, Any], *arguments: str) -> subprocess.CompletedProcess[str]:
    """The one file, copied away, under a Python that sees nothing of ours and none of our dependencies."""
    program = shutil.copy(verifier.__file__, folder / "copied.py")
    (folder / "evidence.json").write_text(json.dumps(content), encoding="utf-8")
    command = [sys.executable, "-I", "-S", program, str(folder / "evidence.json"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd="/")


def test_a_certificate_is_verified_by_the_one_file_alone(
    custody: Custody, certificate: Certificate, tmp_path: Path
) -> None:
    bundle = evidence_bundle(custody.database, custody.secrets, certificate.document_id)
    done = alone(tmp_path, bundle, "--public-key", custody.secrets.public_key.hex())
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("PASS\n")
    assert "source_copies_confirmed" in done.stdout
    assert "ZZTESTER" not in json.dumps(bundle)


def test_the_one_file_knows_every_state_of_a_certificate() -> None:
    assert set(verifier.CERTIFICATE_STATES) == {state.value for state in CertificateState}


def test_a_whole_log_is_verified_by_the_one_file_alone(
    custody: Custody, certificate: Certificate, tmp_path: Path
) -> None:
    done = alone(tmp_path, export(custody.database, custody.secrets))
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 certificates" in done.stdout
    assert "by the key that came with it" in done.stdout
    assert certificate.body


def run(folder: Path, content: object, *arguments: str) -> int:
    path = folder / "file.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return main([str(path), *arguments])


def test_the_latest_certificate_can_be_proven_before_the_next_checkpoint(custody: Custody, tmp_path: Path) -> None:
    document_id = custody.receive()
    with pytest.raises(UsageError, match="no certificate yet"):
        evidence_bundle(custody.database, custody.secrets, document_id)
    custody.destroy(document_id)
    custody.certify(document_id)
    assert run(tmp_path, evidence_bundle(custody.database, custody.secrets, document_id)) == 0


def change_body(bundle: dict[str, Any]) -> None:
    bundle["certificate"] = bundle["certificate"].replace("meeting_held", "read_confirmed")


def change_event(bundle: dict[str, Any]) -> None:
    bundle["event"] = bundle["event"].replace("certificate-issued", "certificate-Issued")


def change_index(bundle: dict[str, Any]) -> None:
    bundle["index"] -= 1


def change_proof(bundle: dict[str, Any]) -> None:
    bundle["inclusion"][0] = "00" * 32


def shorten_proof(bundle: dict[str, Any]) -> None:
    del bundle["inclusion"][-1]


def change_checkpoint(bundle: dict[str, Any]) -> None:
    bundle["checkpoint"] = bundle["checkpoint"].replace("\n", "\n1", 1)


def leave_out(bundle: dict[str, Any]) -> None:
    del bundle["event"]


@pytest.mark.parametrize(
    "forge", [change_body, change_event, change_index, change_proof, shorten_proof, change_checkpoint, leave_out]
)
def test_each_forgery_of_a_certificate_fails(
    custody: Custody,
    certificate: Certificate,
    tmp_path: Path,
    forge: Callable[[dict[str, Any]], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    bundle = evidence_bundle(custody.database, custody.secrets, certificate.document_id)
    assert run(tmp_path, bundle) == 0
    forge(bundle)
    assert run(tmp_path, bundle) == 1
    assert "FAIL" in capsys.readouterr().out


def test_another_installations_key_proves_nothing(custody: Custody, certificate: Certificate, tmp_path: Path) -> None:
    bundle = evidence_bundle(custody.database, custody.secrets, certificate.document_id)
    key = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    assert run(tmp_path, bundle, "--public-key", key) == 1


def edit_event(log: dict[str, Any]) -> None:
    log["events"][2] = log["events"][2].replace('"actor":"a', '"actor":"b')


def drop_event(log: dict[str, Any]) -> None:
    del log["events"][2]


def swap_events(log: dict[str, Any]) -> None:
    log["events"][2:4] = reversed(log["events"][2:4])


def cut_log(log: dict[str, Any]) -> None:
    del log["events"][-1]


def drop_certificate(log: dict[str, Any]) -> None:
    log["certificates"] = []


def swap_certificate(log: dict[str, Any]) -> None:
    log["certificates"][0]["event"] -= 1


@pytest.mark.parametrize(
    ("attack", "words"),
    [
        (edit_event, "first bad index 0"),
        (drop_event, "first bad index 2"),
        (swap_events, "first bad index 2"),
        (cut_log, "the log was cut"),
        (drop_certificate, "1 certificates that the log names are missing"),
        (swap_certificate, "the event is not of this document's certificate"),
    ],
)
def test_each_attack_on_an_export_fails(
    custody: Custody,
    certificate: Certificate,
    tmp_path: Path,
    attack: Callable[[dict[str, Any]], None],
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    exported = export(custody.database, custody.secrets)
    assert certificate.body
    assert run(tmp_path, exported) == 0
    attack(exported)
    capsys.readouterr()
    assert run(tmp_path, exported) == 1
    assert words in capsys.readouterr().out


def test_what_waits_is_said(custody: Custody, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    custody.destroy(custody.receive())
    exported = export(custody.database, custody.secrets)
    exported["checkpoints"] = []
    assert run(tmp_path, exported) == 0
    said = capsys.readouterr().out
    assert "1 documents wait for their certificate" in said
    assert "events since the last checkpoint are not signed yet" in said


@pytest.mark.parametrize("content", ["nonsense", [], {}, {"format": "other"}, {"format": "flagtag-audit-1"}])
def test_what_is_no_evidence_is_said_to_be(tmp_path: Path, content: object) -> None:
    assert run(tmp_path, content) == 2
    assert main([str(tmp_path / "missing.json")]) == 2


def test_it_stays_one_small_file() -> None:
    assert len(Path(verifier.__file__).read_text(encoding="utf-8").splitlines()) <= 300


def test_a_certificate_that_was_superseded_does_not_pass_for_the_last(
    custody: Custody, certificate: Certificate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    later = custody.certify(certificate.document_id, gone=False)
    assert later.state != certificate.state
    exported = export(custody.database, custody.secrets)
    assert run(tmp_path, exported) == 0
    exported["certificates"] = [{"body": certificate.body, "event": certificate.audit_seq}]
    capsys.readouterr()
    assert run(tmp_path, exported) == 1
    assert "a later certificate was issued" in capsys.readouterr().out
