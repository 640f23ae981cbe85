"""The local register's flags, served read-only as FHIR R4 on this machine, for whoever shows them in a record.

Off by default. It listens on loopback alone, wants a bearer token for everything, and a patient or an identifier in
every search. Each read is on record before the first byte of its answer leaves. It logs nothing: what was asked, by
whom and of whom is in the audit log, as random ids.
"""

from __future__ import annotations

import hmac
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy import ColumnElement, select

from connectors._fhir_http import FHIR_JSON
from integration.domain.audit import Action, Actor, AuditEvent
from integration.domain.nhs_number import NhsNumber
from integration.errors import FlagtagError, Unavailable
from integration.storage.database import Database, new_id
from integration.storage.tables import local_flags
from mappings.fhir.flag import as_text
from mappings.fhir.served import Refusal, capability_statement, operation_outcome, search_set
from mappings.fhir.terms import NHS_NUMBER, Json, resource_id_for

BASE = "/fhir"
BODY_LIMIT = 16 * 1024  # bytes of a search
SILENCE_SECONDS = 10.0  # a client that says nothing for so long is let go


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request, its parameters taken from the URL or, for a search by POST, from the body."""

    method: str
    path: str
    parameters: tuple[tuple[str, str], ...]
    token: str


class FlagEndpoint:
    """The endpoint: it listens from the moment it is made until `stop`. Raises `Unavailable` if the port is taken."""

    def __init__(self, database: Database, actor: Actor, *, token: str, key_system: str, port: int = 0) -> None:
        if not token:
            raise ValueError("an endpoint without a token would show flags to anyone on this machine")
        self._database, self._actor, self._token = database, actor, token.encode()
        self._key_system = key_system
        try:
            self._server = _QuietServer(("127.0.0.1", port), self)
        except OSError:
            reason = "its port is taken; choose another as flags.endpoint.port"
            raise Unavailable("flag endpoint", "listen", reason) from None
        self.base_url = f"http://127.0.0.1:{self._server.server_port}{BASE}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="flag-endpoint")
        self._thread.daemon = True
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, asked: _Asked) -> Json:
        """The resource that answers; raises `Refusal` for what is not answered."""
        if not hmac.compare_digest(asked.token.encode(), self._token):
            raise Refusal(HTTPStatus.UNAUTHORIZED, "login", "a bearer token is needed")
        match asked.method, asked.path.strip("/").split("/"):
            case "GET", ["metadata"]:
                return capability_statement(self._database.clock())
            case "GET", ["Flag", flag_id] if flag_id != "_search":
                return self._read(flag_id)
            case ("GET", ["Flag"]) | ("POST", ["Flag", "_search"]):
                return self._search(asked)
            case _, ["metadata"] | ["Flag"] | ["Flag", _]:
                raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "not-supported", "this endpoint is read-only")
            case _:
                raise Refusal(HTTPStatus.NOT_FOUND, "not-found", "only flags are served here")

    def _read(self, flag_id: str) -> Json:
        found = self._on_record(local_flags.c.key == flag_id, "id")
        if not found:
            raise Refusal(HTTPStatus.NOT_FOUND, "not-found", "there is no flag of this id")
        return found[0]

    def _search(self, asked: _Asked) -> Json:
        parameters = {name: value for name, value in asked.parameters if name not in ("_format", "_count")}
        conditions = [self._condition(name, value, asked.method) for name, value in parameters.items()]
        if not conditions:
            raise Refusal(HTTPStatus.BAD_REQUEST, "required", "a search needs a patient or an identifier")
        if len(parameters) < len([name for name, _ in asked.parameters if name in parameters]):
            raise Refusal(HTTPStatus.BAD_REQUEST, "not-supported", "a parameter is given twice")
        found = self._on_record(_all_of(conditions), "+".join(sorted(parameters)))
        return search_set(found, self.base_url)

    def _condition(self, name: str, value: str, method: str) -> ColumnElement[bool]:
        match name:
            case "patient" | "subject":
                return local_flags.c.patient.in_(self._patients(value.removeprefix("Patient/")))
            case "identifier":
                system, _, key = value.rpartition("|")
                return local_flags.c.key == (key.lower() if system in ("", self._key_system) else "")
            case "patient:identifier" if method == "POST":
                system, _, number = value.rpartition("|")
                known = NhsNumber.from_text(number) if system in ("", NHS_NUMBER) else None
                if known is None:
                    raise Refusal(HTTPStatus.BAD_REQUEST, "value", "patient:identifier takes an NHS number")
                held = {"system": NHS_NUMBER, "value": known.value}
                return local_flags.c.resource.contains(as_text(held), autoescape=True)
            case "patient:identifier":
                raise Refusal(HTTPStatus.BAD_REQUEST, "security", "an NHS number belongs in POST Flag/_search")
            case _:
                raise Refusal(HTTPStatus.BAD_REQUEST, "not-supported", "search by patient or identifier only")

    def _patients(self, reference: str) -> Sequence[str]:
        """The local ids behind a reference: itself, or the one whose digest it is."""
        if not reference.startswith("sha256-"):
            return (reference,)
        with self._database.reading() as connection:
            known = connection.execute(select(local_flags.c.patient).distinct()).scalars()
            return (reference, *(local_id for local_id in known if resource_id_for(local_id) == reference))

    def _on_record(self, condition: ColumnElement[bool], by: str) -> list[Json]:
        """The flags found, their reading already on record when they are handed out."""
        statement = select(local_flags.c.key, local_flags.c.resource).where(condition).order_by(local_flags.c.key)
        with self._database.change() as change:
            rows = change.connection.execute(statement).all()
            details = {"by": by, "flags": [row.key for row in rows]}
            change.also(AuditEvent(Action.FLAGS_SERVED, self._actor, "flag search", new_id(), details))
        return [json.loads(row.resource) for row in rows]


def _all_of(conditions: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    first, *others = conditions
    for other in others:
        first = first & other
    return first


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a silent client must not hold up the end; its thread dies with the process
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], endpoint: FlagEndpoint) -> None:
        self.endpoint = endpoint
        super().__init__(address, _Conversation)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no event; nothing of a request is ever printed."""


class _Conversation(BaseHTTPRequestHandler):
    """One client's connection."""

    server: _QuietServer
    protocol_version = "HTTP/1.1"
    timeout = SILENCE_SECONDS

    def _answer(self) -> None:
        try:
            self._send(HTTPStatus.OK, self.server.endpoint.answer(self._asked()))
        except Refusal as refusal:
            self._send(refusal.status, operation_outcome(refusal.code, refusal.reason))
        except FlagtagError:
            reason = "the register cannot be read now; try again later"
            self._send(HTTPStatus.SERVICE_UNAVAILABLE, operation_outcome("transient", reason))

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = _answer

    def _asked(self) -> _Asked:
        self.close_connection = True  # one request a connection: no rest of one is taken for the next
        parts = urlsplit(self.path)
        body = self._body()
        if not parts.path.startswith(f"{BASE}/"):
            raise Refusal(HTTPStatus.NOT_FOUND, "not-found", f"the FHIR base address is {BASE}")
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        text = f"{parts.query}&{body}"
        try:
            parameters = tuple(parse_qsl(text, keep_blank_values=True, max_num_fields=20))
        except ValueError:
            raise Refusal(HTTPStatus.BAD_REQUEST, "invalid", "these search parameters do not read") from None
        path = parts.path.removeprefix(BASE)
        return _Asked(self.command, path, parameters, token.strip() if scheme.casefold() == "bearer" else "")

    def _body(self) -> str:
        length = self.headers.get("Content-Length", "0")
        known = length.isascii() and length.isdigit() and "Transfer-Encoding" not in self.headers
        if not known or int(length) > BODY_LIMIT:
            raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-long", "a search has a short body of known length")
        return self.rfile.read(int(length)).decode("ascii", "replace")

    def _send(self, status: HTTPStatus, resource: Json) -> None:
        content = as_text(resource).encode()
        self.send_response(status)
        headers: Mapping[str, str] = {
            "Content-Type": f"{FHIR_JSON}; charset=utf-8",
            "Content-Length": str(len(content)),
            "Connection": "close",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            **({"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else {}),
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """A request that is not HTTP; the library would answer in HTML and quote it."""
        self.close_connection = True
        self.command = self.command or "GET"
        self._send(HTTPStatus(code), operation_outcome("invalid", "this is not a request that is answered here"))

    def version_string(self) -> str:
        return "flagtag"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Nothing: a URL may hold a patient's id."""
