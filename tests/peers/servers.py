"""What our real peers have in common: an ordinary user to run as, a folder of their own, a clean end.

Run as root, the servers become `nobody`: a server that is root could not show what a missing right does.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any


def peer_user() -> pwd.struct_passwd:
    """The ordinary user that a peer runs as."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


class PeerFolder:
    """A folder that the peer's user can reach: pytest's own is closed to others."""

    def __init__(self, peer: str) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=f"flagtag-{peer}-", dir="/var/tmp"))
        self.give(self.path, 0o755)

    def folder(self, name: str, mode: int = 0o755) -> Path:
        path = self.path / name
        path.mkdir(parents=True)
        return self.give(path, mode)

    def file(self, name: str, content: str, mode: int = 0o644) -> Path:
        path = self.path / name
        path.write_text(content)
        return self.give(path, mode)

    @staticmethod
    def give(path: Path, mode: int) -> Path:
        """Hand a path to the peer's user."""
        path.chmod(mode)
        if os.geteuid() == 0:
            os.chown(path, peer_user().pw_uid, peer_user().pw_gid)
        return path

    def start(self, argv: Sequence[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a server in the foreground as the peer's user."""
        options: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, "cwd": self.path}
        if os.geteuid() == 0:
            options |= {"user": peer_user().pw_uid, "group": peer_user().pw_gid, "extra_groups": []}
        return subprocess.Popen(argv, **options)

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the server to end; insist after ten seconds."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
