"""Silences libraries that log what they carry: paths, subjects and commands that may hold a person's name.

What an administrator needs to know stands in our own errors, phase by phase; nothing is lost by this.
"""

from __future__ import annotations

import logging


def silence(name: str) -> None:
    """Nothing that `name` or its children log reaches any output, whatever level an operator sets."""
    logger = logging.getLogger(name)
    logger.setLevel(logging.CRITICAL + 1)  # children inherit it, so their lines are not even made
    logger.propagate = False
    logger.addHandler(logging.NullHandler())  # without one, Python's handler of last resort prints warnings
