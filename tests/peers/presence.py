"""Whether a real peer is installed; on a build server a missing one is a failure, elsewhere it is named and skipped."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

SBIN = ("/usr/sbin", "/usr/local/sbin", "/sbin")


def program(name: str, *, peer: str, remedy: str, extra: tuple[str, ...] = ()) -> str:
    """The path of a peer's program; skips the test, or fails it where CI=true, if it is not installed."""
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join((*SBIN, *extra)))
    if found is None:
        missing(peer, f"{name} is not installed; {remedy}")
    assert found is not None
    return found


def folder(path: Path, *, peer: str, remedy: str) -> Path:
    """A folder that a peer needs; skips or fails likewise."""
    if not path.is_dir():
        missing(peer, f"{path.name} is missing; {remedy}")
    return path


def missing(peer: str, why: str) -> None:
    """Say that a real peer was not exercised, and why."""
    message = f"real peer not exercised: {peer}: {why}"
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)
