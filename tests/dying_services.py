"""Commands that die where a test says, and copies of a deployment for them to die in."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trust import Trust


class DyingServices:
    """The program that forks commands which kill themselves."""

    def __init__(self) -> None:
        command = [sys.executable, str(Path(__file__).parent / "fault" / "dying.py")]
        self._program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(
        self, trust: Trust, die_at: int | None, *, fine: bool = False, words: Sequence[str] = ("run", "--once")
    ) -> tuple[str, int]:
        """How the command ended ("killed", or its exit code), and how many boundaries it crossed."""
        assert self._program.stdin is not None and self._program.stdout is not None
        order = {"config": str(trust.config), "words": words, "die_at": die_at, "fine": fine}
        self._program.stdin.write(json.dumps(order) + "\n")
        self._program.stdin.flush()
        answer: dict[str, Any] = json.loads(self._program.stdout.readline())
        return answer["ended"], answer["boundaries"]

    def stop(self) -> None:
        assert self._program.stdin is not None and self._program.stdout is not None
        self._program.stdin.close()
        self._program.stdout.close()
        self._program.wait(30)


def copy_of(trust: Trust, folder: Path) -> Trust:
    """The same deployment in another folder, in place of what was there."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(trust.folder, folder)
    copied = object.__new__(Trust)
    copied.folder, copied.today = folder, trust.today
    copied.config, copied.drop = folder / "flagtag.toml", folder / "drop"
    return copied
