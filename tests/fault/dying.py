"""A command that kills itself at its N-th boundary; run as a program it forks one such process for each order.

A boundary lies before and after each step, each commit and each call that leaves the house. The imports are paid for
once: the program that forks has started no thread and opened no file of the deployment.

In: {"config": PATH, "words": [WORD], "die_at": N | null, "fine": bool}
Out: {"ended": "killed" | "CODE", "boundaries": M}
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import dbos  # noqa: F401 - imported before the fork, so that no child pays for it
import httpx

import integration.wiring  # noqa: F401 - likewise
from connectors import local_patient_index
from connectors.folder_drop import FolderDrop
from connectors.local_flag_register import LocalFlagRegister
from integration import service
from integration.cli.app import main
from integration.custody.keys import KeyStore
from integration.custody.vault import Vault
from integration.storage.database import Database

SEEN = Path("boundaries")
A_BATCH = 2  # patients of a load: an extract of a few is several transactions


class Boundaries:
    """Counts, and at the chosen one is gone: no exit handler, no flush, no rollback."""

    def __init__(self, die_at: int | None, report: Path) -> None:
        self.count, self.die_at, self.report, self.lock = 0, die_at, report, Lock()

    def cross(self) -> None:
        with self.lock:
            self.count += 1
            self.report.write_text(str(self.count))
            if self.count == self.die_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: Any, name: str) -> None:
        """A boundary before and after each call of a function."""
        whole: Callable[..., Any] = getattr(owner, name)

        def bounded(*args: Any, **more: Any) -> Any:
            self.cross()
            result = whole(*args, **more)
            self.cross()
            return result

        setattr(owner, name, bounded)

    def around_commits(self) -> None:
        whole = Database.change

        @contextmanager
        def bounded(database: Database, *events: Any) -> Iterator[Any]:
            with whole(database, *events) as change:
                yield change
                self.cross()  # all is written, nothing is committed
            self.cross()  # all is committed, nobody knows

        Database.change = bounded  # type: ignore[assignment, method-assign]


def die_somewhere(boundaries: Boundaries, *, fine: bool) -> None:
    """Set the boundaries: round steps and calls that leave the house; `fine` adds every commit and custody's files."""
    boundaries.around(service, "carry_out_step")
    for verb in ("set_aside", "remove"):
        boundaries.around(FolderDrop, verb)
    boundaries.around(LocalFlagRegister, "place")
    boundaries.around(httpx.Client, "request")
    if fine:
        boundaries.around_commits()
        for owner, verbs in ((Vault, ("store", "shred")), (KeyStore, ("new_key", "destroy", "destroy_epoch"))):
            for verb in verbs:
                boundaries.around(owner, verb)


def run_in_child(config: str, words: list[str], die_at: int | None, report: Path, *, fine: bool) -> None:
    die_somewhere(Boundaries(die_at, report), fine=fine)
    setattr(local_patient_index, "BATCH", A_BATCH)  # noqa: B010 - it is not its own name
    sys.argv = ["flagtag", "--config", config, *words]
    silence = os.open(os.devnull, os.O_RDWR)
    os.dup2(silence, 1)
    main()
    os._exit(0)


def one(order: dict[str, Any]) -> dict[str, Any]:
    report = Path(order["config"]).parent / SEEN
    child = os.fork()
    if child == 0:
        try:
            run_in_child(order["config"], order["words"], order["die_at"], report, fine=order["fine"])
        except SystemExit as leaving:
            os._exit(int(leaving.code or 0))
        except BaseException:  # noqa: BLE001 - a child never returns into the parent's loop
            import traceback

            traceback.print_exc()
            os._exit(99)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    ended = "killed" if killed else str(os.waitstatus_to_exitcode(status))
    return {"ended": ended, "boundaries": int(report.read_text()) if report.exists() else 0}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(one(json.loads(line))), flush=True)
