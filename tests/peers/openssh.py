"""A real OpenSSH server on loopback, serving SFTP alone to one user who signs in by key."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

from peers.ports import free_port, greets, wait_until
from peers.presence import program
from peers.servers import PeerFolder, peer_user, stop

_REMEDY = "install openssh-server, or run `make test` with sudo"


class OpenSSH:
    """One server; `options` are for its sftp subsystem: `-P posix-rename` takes a request away, `-R` all writing."""

    def __init__(self, options: str = "") -> None:
        self._sshd = program("sshd", peer="OpenSSH", remedy=_REMEDY)
        self._keygen = program("ssh-keygen", peer="OpenSSH", remedy=_REMEDY)
        self._folder = PeerFolder("openssh")
        self._numbers = itertools.count(1)
        self._options = options
        self.username = peer_user().pw_name
        self.private_key = self._key("user")
        self._folder.file("authorized_keys", self.private_key.with_suffix(".pub").read_text())
        self.fingerprint = self.change_host_key()
        self.port = free_port()
        self._start()

    def drop(self) -> Path:
        """A new empty folder that the account owns."""
        return self._folder.folder(f"drop-{next(self._numbers)}")

    def another_key(self, password: str = "", kind: str = "ed25519") -> Path:
        """A private key that the server does not know, perhaps protected."""
        return self._key(f"other-{next(self._numbers)}", password, kind)

    def admit(self, key: Path) -> None:
        """Let another key sign in as well."""
        known = (self._folder.path / "authorized_keys").read_text()
        self._folder.file("authorized_keys", known + key.with_suffix(".pub").read_text())

    def change_host_key(self) -> str:
        """A new host key, from the next start on; returns its fingerprint."""
        for old in self._folder.path.glob("host*"):
            old.unlink()
        host = self._key("host")
        told = subprocess.run([self._keygen, "-lf", host], check=True, capture_output=True, text=True).stdout
        return told.split()[1]

    def restart(self) -> None:
        """Stop and start on the same port, with whatever host key lies there now."""
        stop(self._process)
        self._start()

    def stop(self) -> None:
        """Stop and leave nothing behind."""
        stop(self._process)
        self._folder.remove()

    def _key(self, name: str, password: str = "", kind: str = "ed25519") -> Path:
        path = self._folder.path / name
        subprocess.run([self._keygen, "-q", "-t", kind, "-N", password, "-f", path], check=True)
        return self._folder.give(path, 0o600)

    def _start(self) -> None:
        root = self._folder.path
        config = f"""
Port {self.port}
ListenAddress 127.0.0.1
HostKey {root}/host
PidFile {root}/sshd.pid
AuthorizedKeysFile {root}/authorized_keys
StrictModes no
UsePAM yes
PasswordAuthentication no
KbdInteractiveAuthentication no
AllowUsers {self.username}
Subsystem sftp internal-sftp {self._options}
ForceCommand internal-sftp {self._options}
AllowTcpForwarding no
X11Forwarding no
MaxStartups 100
"""
        path = self._folder.file("sshd_config", config)
        with (root / "sshd.log").open("ab") as log:
            self._process = self._folder.start([self._sshd, "-D", "-e", "-f", str(path)], log)
        wait_until(lambda: greets(self.port, b"SSH-2.0-"), "OpenSSH's greeting")
