"""Wakes the service early when something happens in a drop folder. Only a hint: the periodic scan is the truth.

Events get lost (queue overflow, network shares, a remount) and none of them proves that a file is whole. So this says
"look now" and nothing else, and when it cannot work the lists come a little later, by the scan.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from connectors._quiet import silence

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver

# Reading a file is an event too; waking for it would let each look cause the next.
_ARRIVALS = frozenset({"created", "modified", "moved", "closed"})


class FolderHint:
    """A watch on one folder that calls `wake` from a thread of its own; `tend` keeps it alive."""

    def __init__(self, path: Path, wake: Callable[[], None]) -> None:
        self.path, self._wake = path, wake
        self._observer: BaseObserver | None = None
        self._watched: tuple[int, int] | None = None

    @property
    def watching(self) -> bool:
        """Whether events arrive; False is no fault, only slower."""
        return self._observer is not None and self._observer.is_alive()

    def tend(self) -> None:
        """Start, or start again after a death, a remount or a folder made anew; call it at every scan. Never raises."""
        there = self._identity()
        if self.watching and there == self._watched:
            return
        self.stop()
        if there is not None and self._start():
            self._watched = there
            self._wake()  # what came between the last scan and this watch was not heard

    def stop(self) -> None:
        """Stop the watch; its thread has ended when this returns."""
        observer, self._observer, self._watched = self._observer, None, None
        if observer is not None and observer.is_alive():
            observer.stop()
            observer.join(timeout=5)

    def _start(self) -> bool:
        from watchdog.events import FileSystemEvent, FileSystemEventHandler
        from watchdog.observers import Observer

        silence("watchdog")
        silence("fsevents")
        wake = self._wake

        class _Waker(FileSystemEventHandler):
            # no patterns: an ignore pattern for *.part would also swallow the rename that ends an upload
            def on_any_event(self, event: FileSystemEvent) -> None:
                if event.event_type in _ARRIVALS:
                    wake()

        observer = Observer()
        try:
            observer.schedule(_Waker(), str(self.path), recursive=False)
            observer.start()
        except (OSError, RuntimeError):  # no watches left, or no thread to be had: the scan goes on
            return False
        self._observer = observer
        return True

    def _identity(self) -> tuple[int, int] | None:
        try:
            status = os.stat(self.path)
        except OSError:
            return None
        return status.st_dev, status.st_ino
