"""One command's session: which configuration, who is at the keyboard, and the parts that the wiring makes ready."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from integration.settings import Settings
    from integration.workflow.deployment import Deployment


@dataclass(frozen=True, slots=True)
class Session:
    """What the global options say."""

    config: Path

    def settings(self) -> Settings:
        """The configuration; raises `ConfigurationError` with the place of every fault."""
        from integration.settings import load_settings

        return load_settings(self.config)

    @contextmanager
    def deployment(self) -> Iterator[Deployment]:
        """The deployment, acting in the name of the person at the keyboard."""
        from integration.wiring import open_deployment

        with open_deployment(self.settings(), login=who_is_at_the_keyboard()) as deployment:
            yield deployment


def session_of(context: typer.Context) -> Session:
    """The session that the global options made."""
    session = context.find_root().obj
    assert isinstance(session, Session)
    return session


def who_is_at_the_keyboard() -> str:
    """The operating system's name for whoever runs the command; under sudo, for whoever ran sudo."""
    uid = os.getuid()
    if uid == 0 and os.environ.get("SUDO_UID", "").isdigit():
        uid = int(os.environ["SUDO_UID"])
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
