"""The data that ships with us: `config/`, from the wheel or from a checkout."""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable


def shipped(*path: str) -> Traversable:
    """One file or folder of `config/`."""
    root = resources.files("integration")
    within = root.joinpath("config", *path)
    return within if within.is_file() or within.is_dir() else root.joinpath("..", "config", *path)
