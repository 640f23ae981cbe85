"""An outer deadline: closes a connection that has taken too long, whatever its peer still sends now and then."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self


class Deadline:
    """While it stands, `close` is called from another thread once the seconds are over; calls that hang then end."""

    def __init__(self, seconds: float, close: Callable[[], None]) -> None:
        self.expired = False
        self._close = close
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()
        self._timer.join()  # a `close` that has begun ends before its connection is used or dropped

    def _expire(self) -> None:
        self.expired = True
        self._close()
