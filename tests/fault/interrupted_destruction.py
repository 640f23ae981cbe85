"""A program: destroys one document again and again, and each time dies, or is refused, at the next of its calls.

    python interrupted_destruction.py TEMPLATE RUNS DOCUMENT kill|refuse
    python interrupted_destruction.py FOLDER DOCUMENT

One warm process forks a child for each call that the procedure makes to the disk or the database; child N works on
its own copy of the template, RUNS/N, and call N is its last (kill) or fails with an input/output error (refuse).
Prints how many calls there are. The second form runs the procedure once, for whoever interrupts it from outside.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from builders_custody import Custody, open_custody
from sqlalchemy import event

from integration.errors import FlagtagError

WRITES = ("pwrite", "write", "fsync", "fdatasync", "rename", "unlink", "link", "ftruncate")
READS = (
    "pread",
    "preadv",
)  # killing before a read is killing after the write before it; refusing one is another matter


def run(custody: Custody, document_id: str) -> None:
    """The whole procedure, from wherever it was left."""
    custody.destroy(document_id)
    custody.end_epoch()
    custody.certify(document_id)


class Interruption:
    """Counts calls, and at the chosen one kills this process or refuses."""

    def __init__(self, at: int, how: str) -> None:
        self.at, self.how, self.calls = at, how, 0

    def __call__(self) -> None:
        self.calls += 1
        if self.calls == self.at:
            if self.how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(errno.EIO, "Input/output error")

    def install(self, custody: Custody) -> None:
        for name in WRITES if self.how == "kill" else (*WRITES, *READS):
            setattr(os, name, self._before(getattr(os, name)))
        os.open = self._before_making(os.open)
        event.listen(custody.database.engine, "before_cursor_execute", self._executing)
        event.listen(custody.database.engine, "commit", lambda *_: self())

    def _before(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            self()
            return real(*arguments, **named)

        return call

    def _before_making(self, real: Callable[..., int]) -> Callable[..., int]:
        def call(path: str, flags: int, *more: Any) -> int:
            if flags & os.O_CREAT:
                self()
            return real(path, flags, *more)

        return call

    def _executing(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            self()


def child(folder: Path, document_id: str, interruption: Interruption) -> None:
    custody = open_custody(folder)
    interruption.install(custody)
    try:
        run(custody, document_id)
    except (OSError, FlagtagError):
        os._exit(1)
    os._exit(0 if interruption.calls < interruption.at else 2)


def main(template: Path, runs: Path, document_id: str, how: str) -> None:
    number = 0
    while True:
        number += 1
        folder = runs / f"{number:04d}"
        shutil.copytree(template, folder)
        pid = os.fork()
        if pid == 0:
            child(folder, document_id, Interruption(number, how))
        _, status = os.waitpid(pid, 0)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0:  # ended before its call came: there are no more
            print(number - 1)
            return
        if how == "kill" and not os.WIFSIGNALED(status):
            sys.exit(f"call {number} was not the last")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        run(open_custody(Path(sys.argv[1])), sys.argv[2])
    else:
        main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4])
