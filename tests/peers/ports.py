"""Free ports on loopback, and the one place where a test waits for something outside."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(holds: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    """Ask again until `holds`; raises `TimeoutError` naming `what`."""
    pause, deadline = threading.Event(), time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:g} seconds in vain: {what}")
        pause.wait(0.02)


def greets(port: int, greeting: bytes) -> bool:
    """Whether a server on `port` says `greeting` first."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as line:
            return line.recv(64).startswith(greeting)
    except OSError:
        return False
