"""How long a source may take and how much it may bring; one value for every kind of source."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """`timeout_seconds` bounds the wait for each answer, `session_seconds` a whole connection.

    The second is needed because a peer that sends one byte now and then never exceeds the first.
    """

    settle_seconds: float = 5.0  # unchanged for so long before a file counts as whole
    timeout_seconds: float = 30.0
    session_seconds: float = 600.0
    max_bytes: int = 25 * MIB
