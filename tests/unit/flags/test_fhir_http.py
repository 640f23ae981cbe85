"""What is never asked of a record system, and how its answers are taken: in pieces, in time, over proven TLS."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from serving import serving

from connectors._fhir_http import ANSWER_LIMIT, AnswerLost, FhirHttp, FhirServer, ForbiddenRequest
from integration.errors import ConfigurationError, Unavailable

Serve = Callable[[BaseHTTPRequestHandler], None]
STATEMENT = {"resourceType": "CapabilityStatement"}


def saying(content: bytes, status: int = 200, **headers: str) -> Serve:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(content)

    return answer


@contextmanager
def speaking_to(base_url: str, **more: Any) -> Iterator[FhirHttp]:
    http = FhirHttp(FhirServer(base_url, **more), sleep=lambda _seconds: None)
    try:
        yield http
    finally:
        http.close()


@pytest.fixture
def nowhere() -> Iterator[FhirHttp]:
    """A client that would fail to connect if it tried."""
    with speaking_to("http://127.0.0.1:9/fhir") as http:
        yield http


@pytest.mark.parametrize("kind", ["DocumentReference", "Binary", "Media", "Condition", "Patient/1/$everything", ""])
def test_nothing_but_patients_and_flags_is_read_or_searched(nowhere: FhirHttp, kind: str) -> None:
    with pytest.raises(ForbiddenRequest):
        nowhere.read(kind, "1", "search")
    with pytest.raises(ForbiddenRequest):
        nowhere.search(kind, {}, "search")


@pytest.mark.parametrize("kind", ["DocumentReference", "Binary", "Media", "Patient", "Bundle", None])
def test_nothing_but_a_flag_is_written(nowhere: FhirHttp, kind: str | None) -> None:
    with pytest.raises(ForbiddenRequest):
        nowhere.create_flag({"resourceType": kind}, None)
    with pytest.raises(ForbiddenRequest):
        nowhere.update_flag("1", {"resourceType": kind}, None)


@pytest.mark.parametrize("resource_id", ["", "..", "a/b", "1?x=y", "1#", "1\n", "é", "x" * 65])
def test_an_id_that_is_none_never_gets_into_a_url(nowhere: FhirHttp, resource_id: str) -> None:
    with pytest.raises(ForbiddenRequest):
        nowhere.read("Flag", resource_id, "search")
    with pytest.raises(ForbiddenRequest):
        nowhere.update_flag(resource_id, {"resourceType": "Flag"}, None)


@pytest.mark.parametrize("token", ["a\nb", "tok\u00e9n", "a\x00"])
def test_a_token_that_is_none_is_a_matter_of_configuration_and_is_not_quoted(token: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        FhirHttp(FhirServer("https://ehr.trust.example/fhir", token))
    assert token not in str(caught.value)
    assert "b" not in repr(FhirServer("https://x.example", "b" * 9)).replace("base_url", "")


def test_the_environment_does_not_turn_requests_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serving(saying(json.dumps(STATEMENT).encode())) as base_url, speaking_to(base_url) as http:
        assert http.metadata() == STATEMENT


NO_RESOURCES = {"empty": b"", "list": b"[]", "html": b"<html>", "bytes": b"\xff\xfe", "deep": b"[" * 100_000}


@pytest.mark.parametrize("content", NO_RESOURCES.values(), ids=NO_RESOURCES)
def test_an_answer_that_is_no_resource_is_said(content: bytes) -> None:
    with serving(saying(content)) as base_url, speaking_to(base_url) as http, pytest.raises(Unavailable) as caught:
        http.metadata()
    assert "no FHIR JSON" in caught.value.reason


def test_an_answer_without_end_is_cut_off() -> None:
    endless = saying(b" " * (ANSWER_LIMIT + 1))
    with serving(endless) as base_url, speaking_to(base_url) as http, pytest.raises(Unavailable) as caught:
        http.metadata()
    assert (caught.value.phase, caught.value.reason) == ("capability", "its answer took too long")


def test_an_answer_that_drips_is_cut_off() -> None:
    pause = threading.Event()

    def drip(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        for _ in range(100):
            request.wfile.write(b" ")
            pause.wait(0.05)  # each byte well within the timeout

    with serving(drip) as base_url, speaking_to(base_url, timeout=0.3) as http, pytest.raises(Unavailable) as caught:
        http.metadata()
    assert caught.value.reason == "its answer took too long"


def test_an_encoding_that_does_not_read_is_a_lost_answer_to_a_write() -> None:
    answer = saying(b"not gzip", status=201, Content_Encoding="gzip")
    with serving(answer) as base_url, speaking_to(base_url) as http, pytest.raises(AnswerLost):
        http.create_flag({"resourceType": "Flag"}, None)


@pytest.mark.parametrize(
    ("location", "made"),
    [
        ("https://ehr.example/fhir/Flag/77/_history/1", "77"),
        ("/fhir/Flag/77", "77"),
        ("Flag/77", "77"),
        ("https://ehr.example/fhir/Flag/", None),
        ("https://ehr.example/fhir/Binary/77", None),
        ("https://ehr.example/fhir/Flag/77/../../Binary", None),
    ],
)
def test_where_a_new_flag_lies(location: str, made: str | None) -> None:
    with serving(saying(b"", status=201, Location=location)) as base_url, speaking_to(base_url) as http:
        assert http.create_flag({"resourceType": "Flag"}, None).location == made


def self_signed(folder: Path, host: str) -> tuple[Path, Path]:
    """A certificate for an address, and its key, as files."""
    private, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "t")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
    builder = builder.not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
    certificate = builder.sign(private, hashes.SHA256())
    pem = serialization.Encoding.PEM
    plain = private.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(pem))
    paths[1].write_bytes(plain)
    return paths


def test_tls_is_proven_by_the_trusts_own_authority(tmp_path: Path) -> None:
    files = self_signed(tmp_path, "127.0.0.1")
    with serving(saying(json.dumps(STATEMENT).encode()), files) as base_url:
        with speaking_to(base_url, ca_file=files[0]) as http:
            assert http.metadata() == STATEMENT
        with speaking_to(base_url) as http, pytest.raises(Unavailable) as caught:
            http.metadata()
        assert caught.value.phase == "tls"


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_an_authority_that_is_none_is_a_matter_of_configuration(tmp_path: Path, content: bytes | None) -> None:
    ca_file = tmp_path / "ca.pem"
    if content is not None:
        ca_file.write_bytes(content)
    with pytest.raises(ConfigurationError, match="ca_file"):
        FhirHttp(FhirServer("https://ehr.trust.example/fhir", ca_file=ca_file))


def test_a_certificate_for_another_host_is_not_accepted(tmp_path: Path) -> None:
    files = self_signed(tmp_path, "127.0.0.2")
    with serving(saying(json.dumps(STATEMENT).encode()), files) as base_url:
        with speaking_to(base_url, ca_file=files[0]) as http, pytest.raises(Unavailable) as caught:
            http.create_flag({"resourceType": "Flag"}, None)
        assert caught.value.phase == "tls"
        assert not isinstance(caught.value, AnswerLost)  # it never left


def test_the_next_page_is_only_where_the_server_is() -> None:
    page = {"resourceType": "Bundle", "type": "searchset"}
    with serving(saying(json.dumps(page).encode())) as base_url, speaking_to(base_url) as http:
        for inside in (f"{base_url}?page=2", f"{base_url}/Flag?page=2", "Flag?page=2"):
            assert http.next_page(inside, "search") == page
        outside = (
            "https://x.example/fhir?page=2",
            f"{base_url}-other/Flag",
            f"{base_url}/../admin",
            "//x.example/fhir",
            "http://[",
        )
        for elsewhere in outside:
            with pytest.raises(Unavailable, match="lies elsewhere"):
                http.next_page(elsewhere, "search")
