"""The local register served as FHIR: read-only, on this machine, with a token, and every read on record."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from builders import patient
from builders_flags import ACTOR, CODED_FORM, KEY_SYSTEM, flag, key
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from fhir.resources.R4B.flag import Flag as R4BFlag
from fhir.resources.R4B.operationoutcome import OperationOutcome
from sqlalchemy import select

from connectors.fhir_flag_register import FhirFlagRegister, FhirServer, PatientLookup
from connectors.flag_endpoint import FlagEndpoint
from connectors.local_flag_register import LocalFlagRegister
from integration.domain.audit import Action
from integration.domain.flag import FlagStatus, Placed
from integration.domain.people import Role
from integration.errors import Unavailable
from integration.storage.database import Database, open_database
from integration.storage.tables import audit_events, metadata

TOKEN = "sekret-token"
NHS = "https://fhir.nhs.uk/Id/nhs-number|9990000018"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'flagtag.db'}", lambda: datetime.now(UTC))
    with opened.change() as change:
        metadata.create_all(change.connection)
    register = LocalFlagRegister(opened, CODED_FORM, ACTOR)
    register.place(flag(), patient())
    register.place(flag(Role.PERPETRATOR, patient="2/2"), patient("2/2", nhs_number=None))
    register.place(flag(patient="1003"), patient("1003", nhs_number=None))
    yield opened
    opened.close()


@pytest.fixture
def endpoint(database: Database) -> Iterator[FlagEndpoint]:
    started = FlagEndpoint(database, ACTOR, token=TOKEN, key_system=KEY_SYSTEM)
    yield started
    started.stop()


@pytest.fixture
def client(endpoint: FlagEndpoint) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=endpoint.base_url, headers=headers, trust_env=False) as opened:
        yield opened


def served(database: Database) -> list[dict[str, Any]]:
    """The events that say what was read."""
    statement = select(audit_events.c.canonical).where(audit_events.c.action == Action.FLAGS_SERVED.value)
    with database.reading() as connection:
        return [json.loads(row) for row in connection.execute(statement).scalars()]


def found(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    bundle = response.json()
    Bundle.model_validate(bundle)
    assert bundle["total"] == len(bundle.get("entry", []))
    return [entry["resource"]["id"] for entry in bundle.get("entry", [])]


def refused(response: httpx.Response, status: int) -> str:
    assert response.status_code == status
    OperationOutcome.model_validate(response.json())
    assert response.headers["content-type"].startswith("application/fhir+json")
    return str(response.json()["issue"][0]["details"]["text"])


def test_a_flag_by_its_id_is_valid_and_versioned(client: httpx.Client) -> None:
    response = client.get(f"/Flag/{key()}")
    resource = response.json()
    R4BFlag.model_validate(resource)
    assert (resource["id"], resource["meta"]["versionId"]) == (str(key()), "1")
    assert resource["code"]["text"] == "high risk victim of domestic abuse"
    assert response.headers["cache-control"] == "no-store"


def test_a_search_by_patient(client: httpx.Client) -> None:
    for query in ("patient=1001", "patient=Patient/1001", "subject=Patient/1001", "patient=1001&_format=json"):
        assert found(client.get(f"/Flag?{query}")) == [str(key())]
    assert found(client.get("/Flag", params={"patient": "nobody"})) == []


def test_a_patient_whose_local_id_is_no_resource_id_is_found_by_either(client: httpx.Client) -> None:
    wanted = [str(key("2/2", Role.PERPETRATOR))]
    (resource,) = [
        entry["resource"] for entry in client.get("/Flag", params={"patient": "2/2"}).json().get("entry", [])
    ]
    assert resource["subject"]["reference"].startswith("Patient/sha256-")
    assert found(client.get("/Flag", params={"patient": resource["subject"]["reference"]})) == wanted


def test_a_search_by_identifier(client: httpx.Client) -> None:
    assert found(client.get("/Flag", params={"identifier": f"{KEY_SYSTEM}|{key()}"})) == [str(key())]
    assert found(client.get("/Flag", params={"identifier": str(key())})) == [str(key())]
    assert found(client.get("/Flag", params={"identifier": f"https://other.example|{key()}"})) == []
    both = {"identifier": str(key()), "patient": "1003"}
    assert found(client.get("/Flag", params=both)) == []


def test_a_search_by_nhs_number_goes_by_post_alone(client: httpx.Client) -> None:
    assert found(client.post("/Flag/_search", data={"patient:identifier": NHS})) == [str(key())]
    assert found(client.post("/Flag/_search", data={"patient:identifier": "999 000 0026"})) == []
    assert "POST" in refused(client.get("/Flag", params={"patient:identifier": NHS}), 400)
    for wrong in ("9990000019", "%", "https://x.example|9990000018"):
        assert "NHS number" in refused(client.post("/Flag/_search", data={"patient:identifier": wrong}), 400)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("_count=100", 400),
        ("status=active", 400),
        ("patient=1001&status=active", 400),
        ("patient=1001&patient=1003", 400),
        ("&".join(["patient=1"] * 30), 400),
    ],
)
def test_a_search_that_asks_for_more_than_one_patient_is_refused(client: httpx.Client, query: str, status: int) -> None:
    refused(client.get(f"/Flag?{query}"), status)
    refused(client.post("/Flag/_search", content=query, headers={"Content-Type": "text/plain"}), status)


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer é"])
@pytest.mark.parametrize("path", ["/metadata", "/Flag?patient=1001", f"/Flag/{key()}", "/Flag/_search"])
def test_nothing_is_told_without_the_token(
    endpoint: FlagEndpoint, database: Database, header: str | None, path: str
) -> None:
    headers = [] if header is None else [(b"Authorization", header.encode())]
    response = httpx.get(f"{endpoint.base_url}{path}", headers=headers, trust_env=False)
    assert "token" in refused(response, 401)
    assert response.headers["www-authenticate"] == "Bearer"
    assert served(database) == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/Flag", 405),
        ("PUT", f"/Flag/{key()}", 405),
        ("PATCH", f"/Flag/{key()}", 405),
        ("DELETE", f"/Flag/{key()}", 405),
        ("GET", "/Flag/_search?patient=1001", 405),
        ("GET", "/Flag/none", 404),
        ("GET", "/Patient/1001", 404),
        ("GET", "/", 404),
        ("GET", f"/Flag/{key()}/_history", 404),
    ],
)
def test_it_is_read_only_and_holds_only_flags(client: httpx.Client, method: str, path: str, status: int) -> None:
    refused(client.request(method, path), status)


def test_a_path_outside_the_base_is_refused(client: httpx.Client, endpoint: FlagEndpoint) -> None:
    root = endpoint.base_url.removesuffix("/fhir")
    assert "/fhir" in refused(client.get(f"{root}/Flag?patient=1001"), 404)


def test_the_capability_statement_is_valid_and_offers_reading_alone(client: httpx.Client) -> None:
    statement = client.get("/metadata").json()
    CapabilityStatement.model_validate(statement)
    (kind,) = statement["rest"][0]["resource"]
    assert [act["code"] for act in kind["interaction"]] == ["read", "search-type"]


def test_every_read_is_on_record_by_random_ids(client: httpx.Client, database: Database) -> None:
    client.get(f"/Flag/{key()}")
    client.get("/Flag?patient=1001")
    client.post("/Flag/_search", data={"patient:identifier": NHS})
    client.get("/Flag?patient=nobody")
    events = served(database)
    assert [event["details"]["by"] for event in events] == ["id", "patient", "patient:identifier", "patient"]
    assert [event["details"]["flags"] for event in events] == [[str(key())]] * 3 + [[]]
    assert {event["actor"] for event in events} == {ACTOR.actor_id}
    text = json.dumps(events)
    assert not any(person in text for person in ("1001", "9990000018", "nobody", "ZZTESTER"))


def test_what_is_not_on_record_is_not_served(client: httpx.Client, database: Database) -> None:
    with database.change() as change:
        metadata.tables["audit_events"].drop(change.connection)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(f"/Flag/{key()}")


def test_an_ended_flag_is_served_as_ended(client: httpx.Client, database: Database) -> None:
    LocalFlagRegister(database, CODED_FORM, ACTOR).change(flag(status=FlagStatus.INACTIVE), patient())
    resource = client.get(f"/Flag/{key()}").json()
    assert (resource["status"], resource["meta"]["versionId"]) == ("inactive", "2")
    assert resource["period"]["end"]


def test_the_port_that_is_taken_is_said(endpoint: FlagEndpoint, database: Database) -> None:
    port = int(endpoint.base_url.split(":")[2].split("/")[0])
    with pytest.raises(Unavailable, match="its port is taken"):
        FlagEndpoint(database, ACTOR, token=TOKEN, key_system=KEY_SYSTEM, port=port)
    with pytest.raises(ValueError, match="without a token"):
        FlagEndpoint(database, ACTOR, token="", key_system=KEY_SYSTEM)


def test_it_listens_on_this_machine_alone(endpoint: FlagEndpoint) -> None:
    assert endpoint._server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET /fhir/Flag?patient=1001 HTTP/9.9\r\n\r\n",
        b"POST /fhir/Flag/_search HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
        b"POST /fhir/Flag/_search HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /fhir/Flag/_search HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"BREW /fhir/Flag HTTP/1.1\r\n\r\n",
        b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused_quietly(
    endpoint: FlagEndpoint, sent: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    port = int(endpoint.base_url.split(":")[2].split("/")[0])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(sent)
        answer = b""
        while chunk := line.recv(65536):
            answer += chunk
    assert b"OperationOutcome" in answer
    assert b"1001" not in answer
    assert capfd.readouterr() == ("", "")


def test_reads_leave_nothing_on_the_terminal(client: httpx.Client, capfd: pytest.CaptureFixture[str]) -> None:
    client.get("/Flag?patient=1001")
    client.get("/nothing")
    assert capfd.readouterr() == ("", "")


def test_our_own_fhir_register_can_read_it_and_is_told_that_it_may_not_write(endpoint: FlagEndpoint) -> None:
    server = FhirServer(endpoint.base_url, TOKEN, None, 5.0)
    register = FhirFlagRegister(server, PatientLookup(), CODED_FORM, sleep=lambda _seconds: None)
    assert isinstance(register.verify(flag(), patient()), Placed)
    with pytest.raises(Unavailable, match="Flag create"):
        register.place(flag(), patient())
    register.close()
