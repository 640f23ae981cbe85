"""Logging without people: typed events as JSON lines, from a list of fields that can hold no name."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

FIELDS = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "source",
        "step",
        "object_id",
        "phase",
        "error",
        "received",
        "oddities",
        "settling",
        "owed",
        "held",
        "count",
        "work",
        "attempt",
        "seconds",
    }
)


def log_to_standard_error(level: int = logging.INFO) -> None:
    """Send our own events to standard error; other libraries' logs, which carry what they please, go nowhere."""
    root = logging.getLogger()
    root.handlers[:] = [logging.NullHandler()]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _known_fields_only,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _known_fields_only(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An unknown field is dropped and said to be: a log line is no place to find out what it holds."""
    dropped = [name for name in fields if name not in FIELDS]
    for name in dropped:
        del fields[name]
    if dropped:
        fields["error"] = "log fields dropped"
    return fields
