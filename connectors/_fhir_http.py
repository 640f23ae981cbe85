"""Speaking to a FHIR server: what may be asked at all, how it is asked, and what each failure is called.

Only Flags are ever written, and only Patients, Flags and the capability statement read: anything else is refused here,
before it leaves, whoever asks. What is asked about a person goes by POST, so that no URL holds more than opaque ids.
Reads are repeated a few times; a write never is.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from connectors._quiet import silence
from integration.errors import ConfigurationError, FlagtagError, Unavailable
from mappings.fhir.terms import Json, is_resource_id

FHIR_JSON = "application/fhir+json"
WRITE = "write"  # the one phase in which nothing is repeated, and an answer can be lost
ANSWER_LIMIT = 8 * 2**20  # bytes: a page of flags or one patient is far smaller
ATTEMPTS, FIRST_WAIT, LONGEST_WAIT = 3, 0.3, 5.0  # of reads; seconds
_PASSING = frozenset({429, 502, 503, 504})
_LOCATION = re.compile(r"(?:^|/)Flag/([A-Za-z0-9\-.]{1,64})(?:/_history/[^/]+)?/?$")

# Everything that may ever be asked. There is no DocumentReference, no Binary, no Media and no DELETE.
_PERMITTED = tuple(
    re.compile(pattern)
    for pattern in (
        r"GET metadata\Z",
        r"GET (Patient|Flag)/[A-Za-z0-9\-.]{1,64}\Z",
        r"POST (Patient|Flag)/_search\Z",
        r"POST Flag\Z",
        r"PUT Flag/[A-Za-z0-9\-.]{1,64}\Z",
    )
)

silence("httpx")  # logs every URL
silence("httpcore")  # logs every header, the token among them


class ForbiddenRequest(FlagtagError):
    """Our own code asked for something that is never to be asked of a record system: a fault of ours."""


class AnswerLost(Unavailable):
    """A write went out and its answer did not come back: it may or may not have been done."""


class _Passing(Unavailable):
    """A failure that may be over in a moment; `wait` is what the server asked for."""

    wait: float | None = None


@dataclass(frozen=True, slots=True)
class FhirServer:
    """Where the server is and how to sign in. Without `ca_file` the machine's own authorities are trusted."""

    base_url: str
    token: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    timeout: float = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `version` is the ETag as given, for the next If-Match."""

    status: int
    resource: Json = field(repr=False)
    version: str | None = None
    location: str | None = None  # the id of the flag that was made


class FhirHttp:
    """One server. Safe to use from several threads."""

    def __init__(self, server: FhirServer, sleep: Callable[[float], None] = time.sleep) -> None:
        parts = urlsplit(server.base_url)
        if server.token is not None and not (server.token.isascii() and server.token.isprintable()):
            raise ConfigurationError("flags.token: a bearer token is one line of ASCII; look at its file")
        self.base_url = str(httpx.URL(server.base_url)).rstrip("/")
        self.system = f"FHIR server {parts.hostname}" + (f":{parts.port}" if parts.port else "")
        self._sleep, self._timeout = sleep, server.timeout
        sign_in = {"Authorization": f"Bearer {server.token}"} if server.token else {}
        self._client = httpx.Client(
            headers={"Accept": FHIR_JSON, "User-Agent": "flagtag", **sign_in},
            timeout=server.timeout,
            verify=_tls(server.ca_file) if parts.scheme == "https" else True,
            follow_redirects=False,  # a redirect could carry the token, or a person, to another host
            trust_env=False,  # no proxy, no .netrc, no key log that somebody left in the environment
        )

        self.close = weakref.finalize(self, self._client.close)  # also once nobody holds this any longer

    def metadata(self) -> Json:
        return self._read("capability", "GET", "metadata").resource

    def read(self, kind: str, resource_id: str, phase: str) -> Answer | None:
        """One resource, or None if the server has none of that id (any longer)."""
        answer = self._read(phase, "GET", f"{kind}/{_checked(resource_id)}", also=(404, 410))
        return None if answer.status in (404, 410) else answer

    def search(self, kind: str, parameters: Mapping[str, str], phase: str) -> Json:
        """The first page of a search, by POST."""
        content = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Prefer": "handling=strict"}
        return self._read(phase, "POST", f"{kind}/_search", content=content, headers=headers).resource

    def next_page(self, url: str, phase: str) -> Json:
        """A further page, where the server says that it lies; refused anywhere but under the base address."""
        try:
            place = httpx.URL(self.base_url + "/").join(url)
        except httpx.InvalidURL:
            place = httpx.URL()
        inside = str(place).startswith((self.base_url + "/", self.base_url + "?"))
        if not inside or ".." in place.path:
            raise Unavailable(
                self.system, phase, "its next page lies elsewhere; make base_url the address that it has of itself"
            )
        return self._reading(phase, lambda: self._once(phase, "GET", str(place))).resource

    def create_flag(self, flag: Json, only_if_none: str | None) -> Answer:
        """POST a flag once. `only_if_none` is a search: nothing is made where it finds one. Raises `AnswerLost`."""
        headers = {} if only_if_none is None else {"If-None-Exist": only_if_none}
        return self._write("POST", "Flag", flag, headers)

    def update_flag(self, resource_id: str, flag: Json, if_match: str | None) -> Answer:
        """PUT a flag once, if it still has the version that we saw. Raises `AnswerLost`."""
        headers = {} if if_match is None else {"If-Match": if_match}
        return self._write("PUT", f"Flag/{_checked(resource_id)}", flag, headers)

    def _write(self, method: str, path: str, flag: Json, headers: dict[str, str]) -> Answer:
        if flag.get("resourceType") != "Flag":
            raise ForbiddenRequest("only a Flag is ever written")
        content = json.dumps(flag, ensure_ascii=False, separators=(",", ":"))
        headers = {"Content-Type": FHIR_JSON, "Prefer": "return=representation", **headers}
        return self._once(WRITE, method, self._permitted(method, path), content, headers, also=(409, 412))

    def _read(
        self,
        phase: str,
        method: str,
        path: str,
        *,
        content: str | None = None,
        headers: dict[str, str] | None = None,
        also: tuple[int, ...] = (),
    ) -> Answer:
        url = self._permitted(method, path)
        return self._reading(phase, lambda: self._once(phase, method, url, content, headers, also=also))

    def _permitted(self, method: str, path: str) -> str:
        if not any(pattern.match(f"{method} {path}") for pattern in _PERMITTED):
            raise ForbiddenRequest(f"{method} of this kind of resource is never asked of a record system")
        return f"{self.base_url}/{path}"

    def _reading(self, phase: str, ask: Callable[[], Answer]) -> Answer:
        attempts = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=_wait,
            retry=retry_if_exception(_is_worth_repeating),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return attempts(ask)
        except AnswerLost as lost:
            raise Unavailable(lost.system, phase, lost.reason) from None

    def _once(
        self,
        phase: str,
        method: str,
        url: str,
        content: str | None = None,
        headers: dict[str, str] | None = None,
        also: tuple[int, ...] = (),
    ) -> Answer:
        try:
            with self._client.stream(method, url, content=content, headers=headers) as response:
                raw = self._whole(response)
        except httpx.RequestError as error:
            raise self._failure(error, phase) from None
        return self._judged(response, raw, phase, also)

    def _whole(self, response: httpx.Response) -> bytes:
        """The body, within a size and a time: a server that drips must not hold us for ever."""
        raw, until = bytearray(), time.monotonic() + self._timeout
        for chunk in response.iter_bytes():
            raw += chunk
            if len(raw) > ANSWER_LIMIT or time.monotonic() > until:
                raise httpx.ReadTimeout("the answer is too long or too slow")
        return bytes(raw)

    def _failure(self, error: httpx.RequestError, phase: str) -> Unavailable:
        """A transport error by the phase in which it arose; what certainly never left is not lost."""
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
            causes = _causes(error)
            if any(isinstance(cause, socket.gaierror) for cause in causes):
                return _Passing(self.system, "resolve", "its name is not known; check base_url and the name server")
            if any(isinstance(cause, ssl.SSLError) for cause in causes):
                return Unavailable(self.system, "tls", "its certificate or its TLS is not accepted; check ca_file")
            return _Passing(self.system, "connect", "nothing answers at its address; check base_url and the firewall")
        slow = isinstance(error, httpx.TimeoutException)
        what = "took too long" if slow else "was cut off"
        kind = AnswerLost if phase == WRITE else Unavailable if slow else _Passing
        return kind(self.system, phase, f"its answer {what}")

    def _judged(self, response: httpx.Response, raw: bytes, phase: str, also: tuple[int, ...]) -> Answer:
        status = response.status_code
        if status in (401, 403):
            raise Unavailable(self.system, "sign in", f"it refuses the token ({status}); renew it or widen its rights")
        if response.is_redirect:
            raise Unavailable(self.system, phase, f"it redirects ({status}); make base_url its final address")
        if status == 429 or (status in _PASSING and phase != WRITE):
            passing = _Passing(self.system, phase, f"it asks for patience ({status})")
            passing.wait = _retry_after(response.headers.get("Retry-After"))
            raise passing
        if status >= 500 and phase == WRITE:
            raise AnswerLost(self.system, phase, f"it failed ({status}), and may have done it all the same")
        if status in also:
            return Answer(status, {})
        if status not in (200, 201):
            raise Unavailable(self.system, phase, f"it answered {status}; ask its operators to look at its log")
        return Answer(status, self._json(raw, phase), response.headers.get("ETag"), _made(response))

    def _json(self, raw: bytes, phase: str) -> Json:
        try:
            resource = json.loads(raw) if raw or phase != WRITE else {}
        except (ValueError, RecursionError):
            resource = None
        if isinstance(resource, dict):
            return resource
        if phase == WRITE:
            return {}  # it is done; reading back will tell what
        raise Unavailable(self.system, phase, "its answer is no FHIR JSON; is base_url the FHIR base address?")


def _tls(ca_file: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except OSError:  # ssl's own errors among them
        raise ConfigurationError("flags.ca_file: it cannot be read as certificates in PEM form") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _checked(resource_id: str) -> str:
    if not is_resource_id(resource_id):
        raise ForbiddenRequest("an id that is none of FHIR's never gets into a URL")
    return resource_id


def _causes(error: BaseException) -> list[BaseException]:
    causes: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in causes:
        causes.append(current)
        current = current.__cause__ or current.__context__
    return causes


def _is_worth_repeating(error: BaseException) -> bool:
    return isinstance(error, _Passing) and (error.wait is None or error.wait <= LONGEST_WAIT)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome is not None else None
    asked = error.wait if isinstance(error, _Passing) else None
    return FIRST_WAIT * 2 ** (state.attempt_number - 1) if asked is None else asked


def _retry_after(text: str | None) -> float | None:
    """Seconds, if the server gave them so; a date is as good as a wait that is too long for one attempt."""
    if text is None:
        return None
    return float(text) if text.isascii() and text.isdigit() else LONGEST_WAIT + 1


def _made(response: httpx.Response) -> str | None:
    found = _LOCATION.search(response.headers.get("Location", ""))
    return found.group(1) if found else None
