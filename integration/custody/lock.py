"""One lock between taking documents in and sweeping away what no record knows.

A document's key and ciphertext are durable before its row is; a sweep in that moment would take them for orphans.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from integration.custody.keys import KeyStore


@contextmanager
def taking_custody(keys: KeyStore) -> Iterator[None]:
    """Hold while documents are taken in; several may."""
    with _held(keys, fcntl.LOCK_SH):
        yield


@contextmanager
def sweeping(keys: KeyStore) -> Iterator[None]:
    """Hold while orphans are swept or an epoch ends; waits until nobody is taking documents in."""
    with _held(keys, fcntl.LOCK_EX):
        yield


@contextmanager
def _held(keys: KeyStore, how: int) -> Iterator[None]:
    with (keys.folder / "custody.lock").open("ab") as file:
        fcntl.flock(file, how)
        yield
