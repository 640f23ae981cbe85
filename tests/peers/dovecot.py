"""A real Dovecot on loopback: IMAP over TLS, sign-in by password or by XOAUTH2 with tokens that the tests issue."""

from __future__ import annotations

import base64
import itertools
import json
import ssl
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from imapclient import IMAPClient

from peers.dovecot_24 import config_24
from peers.ports import free_port, greets, wait_until
from peers.presence import missing, program
from peers.servers import PeerFolder, peer_user, stop

_REMEDY = "install dovecot-imapd, or run `make test` with sudo"
_KEY_ID = "test"
# Python 3.13 and later insist on it, and on the key identifiers (RFC 5280, sections 4.2.1.1 to 4.2.1.3)
_MAY_SIGN_CERTIFICATES = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


class Dovecot:
    """One server; every mailbox address signs in with `password`."""

    password = "correct-horse"

    def __init__(self) -> None:
        self._dovecot = program("dovecot", peer="Dovecot", remedy=_REMEDY)
        version = subprocess.run([self._dovecot, "--version"], check=True, capture_output=True, text=True).stdout
        if not version.startswith(("2.3.", "2.4.")):
            missing("Dovecot", f"version {version.split()[0]} is not one whose configuration the tests know (2.3, 2.4)")
        self._is_24 = version.startswith("2.4.")
        self._folder = PeerFolder("dovecot")
        self._numbers = itertools.count(1)
        self._token_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.ca_file = self._certificates()
        self.host, self.port, self.plain_port = "localhost", free_port(), free_port()
        self._start()

    def mailbox(self) -> str:
        """A new, empty mailbox; returns its username."""
        return f"box{next(self._numbers)}"

    def client(self, username: str) -> IMAPClient:
        """Another client of the mailbox: the sender's delivery, a colleague in Outlook."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        client = IMAPClient(self.host, self.port, ssl_context=context, timeout=10)
        client.login(username, self.password)
        return client

    def token(self, username: str, lives_seconds: int = 3600) -> str:
        """An access token for the mailbox; a negative life is an expired one."""
        now = int(time.time())
        head = {"alg": "RS256", "typ": "JWT", "kid": _KEY_ID}
        claims = {"sub": username, "iat": now - 7200, "exp": now + lives_seconds}
        body = b".".join(_base64(json.dumps(part).encode()) for part in (head, claims))
        signature = self._token_key.sign(body, padding.PKCS1v15(), hashes.SHA256())
        return (body + b"." + _base64(signature)).decode()

    def stop(self) -> None:
        """Stop and leave nothing behind."""
        stop(self._process)
        self._folder.remove()

    def _certificates(self) -> Path:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        ca = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        ca_name, name = _name("flagtag test authority"), _name("localhost")
        ca_cert = (
            _certificate(ca_name, ca_name, ca)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca.public_key()), critical=False)
            .add_extension(_MAY_SIGN_CERTIFICATES, critical=True)
            .sign(ca, hashes.SHA256())
        )
        cert = (
            _certificate(name, ca_name, key)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.public_key()), critical=False)
            .sign(ca, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._folder.file("tls.pem", _pem(cert))
        self._folder.file("tls.key", private.decode(), 0o600)
        return self._folder.file("ca.pem", _pem(ca_cert))

    def _start(self) -> None:
        root, user = self._folder.path, peer_user().pw_name
        self._folder.folder("run")
        self._folder.folder("mail")
        keys = self._folder.folder("keys/default/RS256")
        public = self._token_key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self._folder.file(f"{keys.relative_to(root)}/{_KEY_ID}", public.decode())
        self._folder.file(
            "oauth2.conf.ext",
            f"introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix={root}/keys/\n"
            "username_attribute = sub\nusername_format = %n\n",
        )
        ports = (self.plain_port, self.port)
        text = config_24(root, _group(), self.password, ports) if self._is_24 else self._config(root, user)
        config = self._folder.file("dovecot.conf", text)
        with (root / "out.log").open("ab") as log:
            self._process = self._folder.start([self._dovecot, "-F", "-c", str(config)], log)
        wait_until(lambda: greets(self.plain_port, b"* OK"), "Dovecot's greeting")

    def _config(self, root: Path, user: str) -> str:
        return f"""
base_dir = {root}/run
state_dir = {root}/run
log_path = {root}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{root}/tls.pem
ssl_key = <{root}/tls.key
auth_failure_delay = 0
auth_mechanisms = plain login xoauth2
mail_location = maildir:{root}/mail/%n
default_internal_user = {user}
default_internal_group = {_group()}
default_login_user = {user}
first_valid_uid = 1
namespace inbox {{
  inbox = yes
  separator = /
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {root}/oauth2.conf.ext
}}
passdb {{
  driver = static
  args = password={self.password}
}}
userdb {{
  driver = static
  args = uid={peer_user().pw_uid} gid={peer_user().pw_gid} home={root}/mail/%n
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.plain_port}
  }}
  inet_listener imaps {{
    port = {self.port}
    ssl = yes
  }}
}}
protocol imap {{
  mail_max_userip_connections = 50
}}
"""


def _group() -> str:
    import grp

    return grp.getgrgid(peer_user().pw_gid).gr_name


def _base64(value: bytes) -> bytes:
    return base64.urlsafe_b64encode(value).rstrip(b"=")


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=2))
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
