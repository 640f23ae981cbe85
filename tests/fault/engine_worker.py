"""A worker process for the kill tests: adds up marks in our records, and kills itself where it is told to.

usage: engine_worker.py RECORDS_URL ENGINE_URL FOLDER WORKER VERSION MODE, where MODE is
  work   do all that the records say is due, then end
  wait   start the engine and ask for nothing; end when all is done, by whoever

In FOLDER, `due` lists the keys. An empty file `kill-POINT-KEY` is a wish: it is removed, then the process dies there.
A file `hold-KEY` makes that step last until the process is killed.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Lock

from sqlalchemy import func, insert, select

from integration.domain.audit import Action, Actor, ActorKind, AuditEvent
from integration.engine import Engine, Work
from integration.storage.database import Database, open_database
from integration.storage.tables import actors

US = Actor("0" * 32, ActorKind.PROCESS)
PATIENCE = 30.0
ALONE = Lock()  # one step's death must not come between another's end and its own wished death


def main(records_url: str, engine_url: str, folder: Path, worker: str, version: str, mode: str) -> None:
    records = open_database(records_url, lambda: datetime.now(UTC))
    due = (folder / "due").read_text().split()

    def perform(step: str, object_id: str) -> None:
        say(f"begun {object_id} {worker}")
        with ALONE:
            die_if_told(folder, "before", object_id)
        if (folder / f"hold-{object_id}").exists():
            Event().wait(PATIENCE)
        with ALONE:
            mark(step, object_id)

    def mark(step: str, object_id: str) -> None:
        with records.change() as change:
            marked = select(func.count()).select_from(actors).where(actors.c.actor_id == object_id)
            if change.connection.execute(marked).scalar() == 0:
                change.connection.execute(insert(actors).values(actor_id=object_id, kind=step, login=object_id))
                die_if_told(folder, "middle", object_id)
                change.also(AuditEvent(Action.WORK_FAILED, US, step, object_id))
        die_if_told(folder, "after", object_id)

    engine = Engine(engine_url, worker, perform, version)
    engine.start()
    say("started")
    try:
        while left := [key for key in due if key not in marks(records)]:
            if mode == "work":
                engine.run([Work("mark", key, 0) for key in left], PATIENCE)
            else:
                Event().wait(0.1)
    finally:
        engine.stop()
        records.close()


def marks(records: Database) -> set[str]:
    with records.reading() as connection:
        return set(connection.execute(select(actors.c.actor_id)).scalars())


def die_if_told(folder: Path, point: str, key: str) -> None:
    wish = folder / f"kill-{point}-{key}"
    if wish.exists():
        wish.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), *sys.argv[4:7])
