"""Where the words of case lists come from: `config/vocabulary.toml`, from the wheel or from a checkout."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any


@cache
def vocabulary() -> dict[str, Any]:
    """The vocabulary as plain data, fit to be sent to the reader."""
    root = resources.files("integration")
    shipped = root / "config" / "vocabulary.toml"
    source = shipped if shipped.is_file() else root / ".." / "config" / "vocabulary.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))
