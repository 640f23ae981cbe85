"""The words of case lists, from `config/vocabulary.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

from integration.shipped import shipped


@cache
def vocabulary() -> dict[str, Any]:
    """The vocabulary as plain data, fit to be sent to the reader."""
    return tomllib.loads(shipped("vocabulary.toml").read_text(encoding="utf-8"))
