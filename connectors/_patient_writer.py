"""The process that writes a long load of the patient index while another one reads: two processors, half the time.

It is given the patients over a pipe, and nothing of them in any other way. So that both have as much to do, of every
third message only the rows are read there: what follows from them is found here. If whoever reads fails or is killed,
the pipe ends before all has been said: what is not yet a whole batch is dropped then, and the index says of itself that
it is half loaded, as it does when this process is killed.
"""

from __future__ import annotations

import marshal
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from connectors._patient_load import Load, no_collector, shrink_log
from integration.domain.audit import Actor
from integration.domain.people import Patient
from integration.errors import Conflict, FlagtagError, Unavailable
from integration.matching.rows import prepared, row_of, stored
from integration.storage.database import Database, open_database
from integration.storage.patient_columns import Columns, Part, part_of
from integration.storage.patient_writing import Prepared

_AT_ONCE = 2_000  # patients in one message
_WAITING = 100  # messages: what is read while a batch is written
_PARTS = 5  # of a batch: what is written at least where no more has been heard
_FORMAT = 2  # of marshal's the one that looks for nothing said twice: in half the time
_ALL_SAID = b"all said"
_START = "import sys; sys.path.insert(0, sys.argv[1]); from connectors._patient_writer import main; sys.exit(main())"


@dataclass(frozen=True, slots=True)
class Job:
    """What the writing process has to know beside the patients."""

    url: str
    at: datetime
    actor: Actor
    load: Load
    batch: int
    into_none: bool  # nobody was in the index when the load began: what comes is given and stored as columns


class WriterApart:
    """The reading side: start the process, give it the patients, hear what became of them."""

    def __init__(self, job: Job) -> None:
        root = str(Path(__file__).resolve().parent.parent)
        self._process = subprocess.Popen(  # noqa: S603 - a fixed command; nothing of a patient is in it
            [sys.executable, "-c", _START, root],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a traceback could quote a row
        )
        self._ready = _as_columns if job.into_none else _made_ready
        self._say(pickle.dumps(job))

    def write(self, patients: Iterable[Patient], told: Callable[[int], None]) -> int:
        """Give all patients; returns how many were changed. Raises what the writing raised."""
        read, waiting, ready = 0, iter(patients), cycle((True, True, False))
        while some := list(islice(waiting, _AT_ONCE)):
            message = self._ready(some) if next(ready) else [*map(row_of, some)]
            self._say(marshal.dumps(message, _FORMAT))
            read += len(some)
            told(read)
        self._say(_ALL_SAID)
        return self._outcome()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """However it ended, nothing more is said, and no process of ours is left."""
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if pipe:
                    pipe.close()
        self._process.wait()

    def _say(self, message: bytes) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(len(message).to_bytes(4, "big") + message)
            self._process.stdin.flush()
        except BrokenPipeError:
            self._outcome()
            raise _ended() from None

    def _outcome(self) -> int:
        """What the process says at its end."""
        assert self._process.stdout is not None
        answer = self._process.stdout.read()
        if not answer:
            raise _ended()
        kind, *said = marshal.loads(answer)  # noqa: S302 - from our own process
        match kind:
            case "changed":
                return int(said[0])
            case "Conflict":
                raise Conflict(*said)
            case "Unavailable":
                raise Unavailable(*said)
            case _:
                raise Unavailable("patient index", "write", f"the process that writes failed ({kind})")


def _made_ready(some: Iterable[Patient]) -> list[tuple[Any, ...]]:
    """As plain tuples, which is what marshal knows."""
    return [tuple(prepared(patient)) for patient in some]


def _as_columns(some: Iterable[Patient]) -> tuple[Any, ...]:
    return tuple(part_of(map(prepared, some)))


class _Batch:
    """What has been heard and is not written."""

    def __init__(self, *, into_none: bool) -> None:
        self.patients: list[Prepared] | Columns = Columns() if into_none else []

    def hear(self, message: bytes) -> None:
        """The patients of a message, ready to be stored; of some it has only what the rest follows from."""
        heard, patients = marshal.loads(message), self.patients  # noqa: S302 - from our own process
        if isinstance(patients, Columns):
            whole = isinstance(heard, tuple)
            patients.append(Part._make(heard) if whole else part_of(stored((None, *row)) for row in heard))
        elif len(heard[0]) == len(Prepared._fields):
            patients += map(Prepared._make, heard)
        else:
            patients += (stored((None, *row)) for row in heard)


def _ended() -> Unavailable:
    return Unavailable("patient index", "write", "the process that writes was ended; repeat the load")


def main() -> int:
    """The writing side; says at the end what became of the load, in our own words alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # from the keyboard: the reading side hears it too, and ends the pipe
    # the interpreter's own stdin would have to be free at its end, and somebody may still listen to it
    heard, answer = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    try:
        said: tuple[Any, ...] = ("changed", _write_all(heard))
    except EOFError:
        return 1  # nobody listens any more
    except Unavailable as error:
        said = ("Unavailable", error.system, error.phase, error.reason)
    except FlagtagError as error:
        said = (type(error).__name__, str(error))
    except Exception as error:  # noqa: BLE001 - the last line of a process; what it says might quote a row
        said = (type(error).__name__,)
    with suppress(BrokenPipeError), answer:
        answer.write(marshal.dumps(said))
    return 0


def _write_all(pipe: IO[bytes]) -> int:
    messages = _Messages(pipe)
    job: Job = pickle.loads(next(iter(messages)))  # noqa: S301 - from our own process
    began = time.monotonic()
    database = open_database(job.url, lambda: job.at + timedelta(seconds=time.monotonic() - began))
    with no_collector():
        _write_batches(messages, job, database)
    shrink_log(database)
    database.close()
    return job.load.changed


def _write_batches(messages: _Messages, job: Job, database: Database) -> None:
    """Whole batches while there is much to do; smaller ones rather than wait, so that little is left at the end."""
    batch = _Batch(into_none=job.into_none)
    least = job.batch // _PARTS
    for message in messages:
        waiting = len(batch.patients)
        if waiting >= job.batch or (waiting >= least and messages.are_heard_out):
            job.load.write(batch.patients, database, job.actor)
            batch = _Batch(into_none=job.into_none)
        batch.hear(message)
    job.load.finished = True
    job.load.write(batch.patients, database, job.actor)


class _Messages:
    """What is said until all is said. A thread listens, so that there is always something ready to be written."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._heard: queue.Queue[bytes | None] = queue.Queue(_WAITING)
        threading.Thread(target=self._listen, args=(pipe,), daemon=True).start()

    def _listen(self, pipe: IO[bytes]) -> None:
        while size := pipe.read(4):
            self._heard.put(pipe.read(int.from_bytes(size, "big")))
        self._heard.put(None)

    @property
    def are_heard_out(self) -> bool:
        """Whether nothing more has been said as yet."""
        return self._heard.empty()

    def __iter__(self) -> Iterator[bytes]:
        while (message := self._heard.get()) != _ALL_SAID:
            if message is None:
                raise EOFError
            yield message
