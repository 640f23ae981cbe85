"""One lock between taking documents in and sweeping away what no record knows.

A document's key and ciphertext are durable before its row is; a sweep in that moment would take them for orphans.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from integration.custody.keys import KeyStore

_mine = threading.local()


@contextmanager
def taking_custody(keys: KeyStore) -> Iterator[None]:
    """Hold while documents are taken in; several may."""
    with _held(keys, fcntl.LOCK_SH):
        yield


@contextmanager
def sweeping(keys: KeyStore) -> Iterator[None]:
    """Hold while orphans are swept or an epoch ends; waits until nobody is taking documents in.

    A thread that holds it may ask for it again.
    """
    sweeps: set[str] = _mine.__dict__.setdefault("sweeps", set())
    folder = str(keys.folder)
    if folder in sweeps:
        yield
        return
    with _held(keys, fcntl.LOCK_EX):
        sweeps.add(folder)
        try:
            yield
        finally:
            sweeps.discard(folder)


@contextmanager
def _held(keys: KeyStore, how: int) -> Iterator[None]:
    descriptor = os.open(keys.folder / "custody.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)
