"""One IMAP connection over TLS, from resolving the name to its end; every failure says how far it got."""

from __future__ import annotations

import imaplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from connectors._deadline import Deadline
from connectors._quiet import silence
from connectors.limits import Limits
from integration.errors import ConfigurationError, Unavailable

silence("imapclient")

TokenSupplier = Callable[[], str]
"""Called at every sign-in for an access token; may raise `Unavailable`."""

# ValueError, IndexError, KeyError: what imaplib and imapclient let through when a server sends nonsense
_FAILURES = (imaplib.IMAP4.error, IMAPClientError, OSError, ValueError, IndexError, KeyError)


@dataclass(frozen=True, slots=True)
class ImapAccount:
    """Whom we sign in as and where, by a password or by a token (XOAUTH2); and the two folders that we use."""

    host: str
    username: str
    secret: str | TokenSupplier = field(repr=False)
    port: int = 993
    ca_file: Path | None = None
    folder: str = "INBOX"
    aside_folder: str = "flagtag-aside"


class ImapSession:
    """An open, signed-in connection and the deadline that stands over it."""

    def __init__(self, system: str, limits: Limits, client: Any, deadline: Deadline) -> None:
        self.client = client  # an IMAPClient, whose types are partial
        self._system, self._limits, self._deadline = system, limits, deadline

    @contextmanager
    def phase(self, phase: str) -> Iterator[None]:
        """Whatever goes wrong inside is `Unavailable` in this phase."""
        with _phase(self._system, phase, self._limits, self._deadline):
            yield


class _OverLine(imaplib.IMAP4):
    """imaplib over a line that we opened ourselves, so that a deadline stands over the greeting too."""

    def __init__(self, line: ssl.SSLSocket) -> None:
        self._line = line
        super().__init__()

    def _create_socket(self, timeout: float | None = None) -> ssl.SSLSocket:
        return self._line


class _Client(IMAPClient):
    def __init__(self, account: ImapAccount, line: ssl.SSLSocket, timeout_seconds: float) -> None:
        self._line = line
        super().__init__(account.host, account.port, timeout=timeout_seconds)

    def _create_IMAP4(self) -> _OverLine:
        return _OverLine(self._line)


@contextmanager
def imap_session(system: str, account: ImapAccount, limits: Limits) -> Iterator[ImapSession]:
    """Resolve, connect, check the certificate, sign in; close whatever happens."""
    token = _token(system, account)  # before the server's clock runs
    with (
        _connect(system, account, limits) as line,
        Deadline(limits.session_seconds, lambda: _cut(line)) as deadline,
    ):
        with _phase(system, "connect", limits, deadline):
            client: Any = _Client(account, line, limits.timeout_seconds)  # waits for the greeting
        try:
            with _phase(system, "sign in", limits, deadline):
                _sign_in(client, account, token)
            yield ImapSession(system, limits, client, deadline)
            with suppress(*_FAILURES):
                client.logout()
        finally:
            with suppress(*_FAILURES):
                client.shutdown()  # closes imaplib's own file over the line, without which the line stays open


def _token(system: str, account: ImapAccount) -> str | None:
    if isinstance(account.secret, str):
        return None
    try:
        return account.secret()
    except ConfigurationError as error:  # the file of a token that another program renews
        raise Unavailable(system, "sign in", str(error)) from None


def _connect(system: str, account: ImapAccount, limits: Limits) -> ssl.SSLSocket:
    with _phase(system, "resolve", limits):
        socket.getaddrinfo(account.host, account.port, type=socket.SOCK_STREAM)
    try:
        context = ssl.create_default_context(cafile=str(account.ca_file) if account.ca_file else None)
    except OSError:
        reason = "the file in ca_file cannot be read as certificates: check it"
        raise Unavailable(system, "certificate", reason) from None
    with _phase(system, "connect", limits):
        line = socket.create_connection((account.host, account.port), limits.timeout_seconds)
    try:
        with _phase(system, "certificate", limits), Deadline(limits.timeout_seconds, lambda: _cut(line)):
            return context.wrap_socket(line, server_hostname=account.host)
    except Unavailable:
        line.close()
        raise


def _sign_in(client: Any, account: ImapAccount, token: str | None) -> None:
    if token is None:
        client.login(account.username, account.secret)
        return
    first = iter([f"user={account.username}\x01auth=Bearer {token}\x01\x01".encode()])
    # after a refusal the server explains itself in a challenge, which wants an empty answer
    client.sasl_login("XOAUTH2", lambda _challenge: next(first, b""))


def _cut(line: socket.socket) -> None:
    """End the line under a call that hangs in another thread; the TLS layer's own way would confuse that thread."""
    with suppress(OSError):
        socket.socket.shutdown(line, socket.SHUT_RDWR)


@contextmanager
def _phase(system: str, phase: str, limits: Limits, deadline: Deadline | None = None) -> Iterator[None]:
    try:
        yield
    except _FAILURES as error:
        # never the error's own text: the server may quote a subject or a folder
        expired = deadline is not None and deadline.expired
        raise Unavailable(system, phase, _reason(error, limits, expired)) from None


def _reason(error: Exception, limits: Limits, expired: bool) -> str:
    if expired or isinstance(error, TimeoutError):
        return f"no answer in time (timeout_seconds = {limits.timeout_seconds:g}); the server or the line has stalled"
    match error:
        case socket.gaierror():
            return "the name of the host cannot be resolved: check host and the name servers"
        case ConnectionRefusedError():
            return "nothing listens there: check host, port and the firewall"
        case ssl.SSLCertVerificationError():
            # OpenSSL's words about the server's certificate; nothing of ours is in them
            return f"{error.verify_message.rstrip('.')}: check host, ca_file and the server's certificate"
        case LoginError():
            return "the server refused the sign-in: check username and the password or the token's rights and age"
        case ssl.SSLError():
            return "the server does not speak TLS there: check port (993, not 143)"
        case imaplib.IMAP4.abort() | OSError():
            return "the connection broke: the next attempt makes a new one"
        case _:
            return "the server refused: check the folders in folder and aside_folder, and the account's rights on them"
