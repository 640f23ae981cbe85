"""How long to wait before the next attempt: longer each time, never longer than a quarter of an hour."""

from __future__ import annotations

import secrets

FIRST_SECONDS, LONGEST_SECONDS = 1.0, 900.0


def seconds_until_attempt(attempt: int) -> float:
    """Exponential, with jitter so that many failures do not all come back at once."""
    ceiling = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(attempt - 1, 20))
    return ceiling * (0.5 + secrets.randbelow(512) / 1024)
