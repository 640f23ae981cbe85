"""One SFTP connection, from resolving the name to its end; every failure says how far it got and what to do.

A connection of its own for each act: one that was kept open over hours is the classic way for a poller to hang.
"""

from __future__ import annotations

import socket
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)
from paramiko import ECDSAKey, Ed25519Key, PKey, RSAKey, SFTPAttributes, SFTPClient, Transport
from paramiko.sftp import CMD_CLOSE, CMD_HANDLE, CMD_NAME, CMD_OPENDIR, CMD_READDIR, SFTPError
from paramiko.ssh_exception import (
    AuthenticationException,
    IncompatiblePeer,
    SSHException,
)

from connectors._deadline import Deadline
from connectors._quiet import silence
from connectors.limits import Limits
from integration.errors import Unavailable

silence("paramiko")

# struct.error, ValueError: what paramiko lets through when a server sends nonsense
_FAILURES = (SSHException, SFTPError, EOFError, OSError, ValueError, struct.error)


@dataclass(frozen=True, slots=True)
class SftpAccount:
    """Whom we sign in as, where, and which host keys prove it: fingerprints as `ssh-keygen -lf` prints them."""

    host: str
    username: str
    private_key: Path
    host_keys: tuple[str, ...]
    port: int = 22
    private_key_password: str | None = field(default=None, repr=False)


class Sftp(SFTPClient):
    """paramiko's client with a listing that survives any file name.

    Its own listing decodes names as UTF-8: one name from an old Windows client would hide the whole folder.
    """

    def entries(self, path: str) -> Iterator[tuple[str, SFTPAttributes]]:
        """Names, undecodable bytes kept as surrogates, with the attributes of the thing itself (no link followed)."""
        kind, message = self._request(CMD_OPENDIR, path)  # type: ignore[attr-defined]
        if kind != CMD_HANDLE:
            raise SFTPError
        handle = message.get_binary()
        try:
            while True:
                try:
                    kind, message = self._request(CMD_READDIR, handle)  # type: ignore[attr-defined]
                except EOFError:
                    return
                if kind != CMD_NAME:
                    raise SFTPError
                for _ in range(message.get_int()):
                    name, _long = message.get_binary(), message.get_binary()
                    attributes = SFTPAttributes._from_msg(message)  # type: ignore[attr-defined]
                    if name not in (b".", b".."):
                        yield name.decode(errors="surrogateescape"), attributes
        finally:
            self._request(CMD_CLOSE, handle)  # type: ignore[attr-defined]


class SftpSession:
    """An open connection and the deadline that stands over it."""

    def __init__(self, system: str, limits: Limits, client: Sftp, deadline: Deadline) -> None:
        self.client = client
        self._system, self._limits, self._deadline = system, limits, deadline

    @contextmanager
    def phase(self, phase: str) -> Iterator[None]:
        """Whatever goes wrong inside is `Unavailable` in this phase."""
        with _phase(self._system, phase, self._limits, self._deadline):
            yield


@contextmanager
def sftp_session(system: str, account: SftpAccount, limits: Limits) -> Iterator[SftpSession]:
    """Resolve, connect, check the host key, sign in, open SFTP; close whatever happens."""
    transport = _connect(system, account, limits)
    try:
        # paramiko bounds neither the key exchange nor the opening as a whole: a deadline of their own
        with Deadline(min(limits.timeout_seconds, limits.session_seconds), transport.close) as opening:
            _check_host_key(system, account, limits, transport, opening)
            _sign_in(system, account, limits, transport, opening)
            with _phase(system, "list", limits, opening):
                client = _open_sftp(transport, limits)
        with Deadline(limits.session_seconds, transport.close) as deadline:
            yield SftpSession(system, limits, client, deadline)
    finally:
        transport.close()


def _connect(system: str, account: SftpAccount, limits: Limits) -> Transport:
    with _phase(system, "resolve", limits):
        socket.getaddrinfo(account.host, account.port, type=socket.SOCK_STREAM)
    with _phase(system, "connect", limits):
        connected = socket.create_connection((account.host, account.port), limits.timeout_seconds)
        transport = Transport(connected)
    transport.banner_timeout = transport.handshake_timeout = limits.timeout_seconds
    transport.auth_timeout = transport.channel_timeout = limits.timeout_seconds
    return transport


def _check_host_key(
    system: str, account: SftpAccount, limits: Limits, transport: Transport, deadline: Deadline
) -> None:
    """Before anything of ours is sent: the server's key is one of the pinned ones, or we leave."""
    with _phase(system, "host key", limits, deadline):
        transport.start_client(timeout=limits.timeout_seconds)
        if not transport.initial_kex_done:  # start_client returns quietly when its time is over
            raise TimeoutError
        key = transport.get_remote_server_key()
    if key.fingerprint not in account.host_keys:
        raise Unavailable(
            system,
            "host key",
            f"the server showed {key.get_name()} {key.fingerprint}, which is not among host_keys; ask its administrator"
            " by telephone whether the key was changed, and only then pin the new one",
        )
    transport.set_keepalive(max(1, int(limits.timeout_seconds / 2)))


def _sign_in(system: str, account: SftpAccount, limits: Limits, transport: Transport, deadline: Deadline) -> None:
    with _phase(system, "sign in", limits, deadline):
        key = _private_key(system, account)
        transport.auth_publickey(account.username, key)
        if not transport.is_authenticated():
            raise AuthenticationException


def _private_key(system: str, account: SftpAccount) -> PKey:
    password = account.private_key_password.encode() if account.private_key_password else None
    try:
        if account.private_key.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            raise Unavailable(system, "sign in", "others can read the private key: run chmod 600 on it")
        text = account.private_key.read_bytes()
        load = load_ssh_private_key if b"OPENSSH PRIVATE KEY" in text else load_pem_private_key
        return _for_paramiko(load(text, password))
    except OSError:
        reason = "the file in private_key cannot be read: check its path and its access rights"
    except TypeError:
        reason = "the private key and private_key_password do not go together: one is protected, or set, in vain"
    except (ValueError, UnsupportedAlgorithm, SSHException):
        reason = "the private key cannot be opened: is it an Ed25519, ECDSA or RSA key, and its password right?"
    raise Unavailable(system, "sign in", reason)


def _for_paramiko(key: object) -> PKey:
    classes: dict[type, type[PKey]] = {
        Ed25519PrivateKey: Ed25519Key,
        EllipticCurvePrivateKey: ECDSAKey,
        RSAPrivateKey: RSAKey,
    }
    for kind, paramiko_class in classes.items():
        if isinstance(key, kind):
            opened = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())  # type: ignore[attr-defined]
            return paramiko_class.from_private_key(StringIO(opened.decode()))
    raise ValueError("a kind of key that SSH does not use")


def _open_sftp(transport: Transport, limits: Limits) -> Sftp:
    channel = transport.open_session(timeout=limits.timeout_seconds)
    channel.settimeout(limits.timeout_seconds)  # else no SFTP call would ever time out
    channel.invoke_subsystem("sftp")
    return Sftp(channel)


@contextmanager
def _phase(system: str, phase: str, limits: Limits, deadline: Deadline | None = None) -> Iterator[None]:
    try:
        yield
    except _FAILURES as error:
        # never the error's own text: it may quote a file's name
        expired = deadline is not None and deadline.expired
        raise Unavailable(system, phase, _reason(error, phase, limits, expired)) from None


def _reason(error: Exception, phase: str, limits: Limits, expired: bool) -> str:  # noqa: PLR0911 - one line a cause
    if expired or isinstance(error, TimeoutError) or "timeout" in type(error).__name__.casefold():
        return f"no answer in time (timeout_seconds = {limits.timeout_seconds:g}); the server or the line has stalled"
    match error:
        case socket.gaierror():
            return "the name of the host cannot be resolved: check host and the name servers"
        case ConnectionRefusedError():
            return "nothing listens there: check host, port and the firewall"
        case IncompatiblePeer():
            return "client and server have no algorithm in common: the server is too old (SHA-1) or too narrow"
        case AuthenticationException():
            return "the server refused the key: check username and private_key, and that the server knows the key"
        case PermissionError():
            return "permission denied: let the account read, rename and remove in the folder"
        case FileNotFoundError():
            return "a file or folder is not there: check path"
        case _ if phase in ("set aside", "remove") and type(error) is OSError:
            return "the server refused: let the account make .flagtag-aside, rename into it and remove from it"
        case _:
            return "the connection broke: the next attempt makes a new one"
