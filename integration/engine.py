"""The engine: makes due work happen, on one machine or on several worker hosts. The only file that knows DBOS.

Our records are the truth. What is due is derived from them, and a step asks them again before it acts, so the engine
may do a step twice and forget a queue without harm; it holds nothing but steps and random ids, and those no longer than
the work lasts. What it gives is that work is shared out, is done once at a time, and goes on after a kill.

1. Every worker has a stable name and sits in its seat (a locked file, or a lock in the database) while it lives.
2. A worker that comes back under its name goes on with what it left. On PostgreSQL the others look every few seconds
   for work of a worker whose seat is empty, and take it over.
3. A worker that loses its seat may have been taken for dead: it begins nothing more, says `EngineLost` and must exit.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from sqlalchemy import Engine as Connections
from sqlalchemy import create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random

from integration.errors import Unavailable, UsageError
from integration.storage.database import own_file
from integration.storage.seats import Seat, seat_at

if TYPE_CHECKING:
    from dbos import DBOSClient, DBOSConfig, WorkflowStatus

# Both stand in rows that outlive a release. A step is one function of one id, with no checkpoints inside; should it get
# any, a changed order of them needs `if DBOS.patch("name"):` round the new one, for work that began under the old code.
NAME = "flagtag"
WORKFLOW = "flagtag.step"

POLL_SECONDS = 0.1  # queues are asked, not told: work a second and worker = concurrency / this
WATCH_SECONDS = 2.0  # how soon a lost seat is noticed, and the work of a dead worker found
DRAIN_SECONDS = 10  # what stopping grants to steps that have begun
KEEP_FINISHED = timedelta(minutes=10)  # rows that their worker did not live to delete

_WAITING, _BEGUN = "ENQUEUED", "PENDING"
_FINISHED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_OPAQUE = re.compile(r"[a-z0-9_-]{1,64}")

T = TypeVar("T")

log = structlog.get_logger("flagtag.engine")


class EngineLost(Unavailable):
    """This worker's seat is gone, and another may do its work: end the process, and let it be started again."""

    def __init__(self) -> None:
        super().__init__("engine", "keep the worker's seat", "the connection that held it was lost")


@dataclass(frozen=True, slots=True)
class Work:
    """One step on one thing. The attempt tells a new try from a late echo of the last one."""

    step: str
    object_id: str
    attempt: int

    def __post_init__(self) -> None:
        if not _OPAQUE.fullmatch(self.step) or not _OPAQUE.fullmatch(self.object_id):
            raise ValueError("work is named by opaque words alone: a to z, digits, _ and -")

    @property
    def key(self) -> str:
        return f"{self.step}:{self.object_id}:{self.attempt}"


@dataclass(frozen=True, slots=True)
class Finished:
    """The work came to an end: `error` is the type of what the step raised, or None. What came of it, records say."""

    work: Work
    error: str | None


class Engine:
    """Performs work until stopped. One in a process at a time; may be started and stopped again and again.

    `perform(step, object_id)` must be idempotent, ask the records whether the step is still due, and record its
    failures itself. `application_version` belongs to the meaning of steps and ids, not to releases: work that waits
    under another one is dropped, and derived from the records again.
    """

    def __init__(
        self,
        url: str,
        executor_id: str,
        perform: Callable[[str, str], None],
        application_version: str,
        concurrency: int = 8,
    ) -> None:
        self._url, self._executor_id, self._perform = url, executor_id, perform
        self._version, self._concurrency = application_version, concurrency
        self._winding_down, self._lost = Event(), Event()
        self._seat: Seat | None = None
        self._connections: Connections | None = None
        self._client: DBOSClient | None = None
        self._watcher: Thread | None = None

    def start(self) -> None:
        """Sit down, go on with what was left, and take new work.

        Raises `UsageError` if somebody else works under this name, `Unavailable` if the database is not there.
        """
        if self._seat is not None:
            raise UsageError("this engine has been started already")
        self._winding_down.clear()
        self._lost.clear()
        seat = seat_at(self._url, self._executor_id)
        seat.take()
        self._seat = seat
        try:
            with _outages_said("start"):
                self._connections = _connections(self._url)
                self._client = self._launch(self._connections)
                self._drop_other_versions(self._client)
                self._adopt(self._client, seat)
                self._forget_old(self._client)
        except BaseException:
            self.stop()
            raise
        self._watcher = Thread(target=self._watch, args=(self._client, seat), name="flagtag-engine-watch", daemon=True)
        self._watcher.start()

    def wind_down(self) -> None:
        """Begin no further step, and let `run` return; a signal may call this."""
        self._winding_down.set()

    def stop(self) -> None:
        """Let begun steps end for a while, then let everything go; safe to repeat."""
        self.wind_down()
        if self._watcher is not None:
            self._watcher.join()
        if self._connections is not None:
            self._let_go(self._connections)
        if self._seat is not None:
            self._seat.release()
        self._seat = self._connections = self._client = self._watcher = None

    def run(self, work: Sequence[Work], deadline_seconds: float) -> list[Finished]:
        """Have all of it done, here or on another host; returns what ended by the deadline, in no order.

        What has not ended stays under way: asking for it again waits for it and does not double it.
        Raises `EngineLost`, and `Unavailable` if the database cannot be reached.
        """
        if self._client is None:
            raise UsageError("the engine has not been started")
        until = monotonic() + deadline_seconds
        waiting = {each.key: each for each in work}
        finished: list[Finished] = []
        with _outages_said("run"):
            self._enqueue(self._client, waiting.values())
            while True:
                if self._lost.is_set():
                    raise EngineLost
                finished += self._collect(self._client, waiting)
                if not waiting or monotonic() >= until or self._winding_down.wait(POLL_SECONDS / 2):
                    break
            self._forget_old(self._client)
        return finished

    def _enqueue(self, client: DBOSClient, work: Iterable[Work]) -> None:
        # in one order everywhere, so that two hosts seldom wait for each other's rows
        for some in _in_parts(sorted(work, key=lambda each: each.key), 200):
            # what an earlier run left of the same work is history: the records say that it is due
            self._delete(client, self._rows(client, workflow_ids=[each.key for each in some], status=_FINISHED))
            for attempt in _after_deadlocks():
                with attempt:
                    self._enqueue_some(client, some)

    def _enqueue_some(self, client: DBOSClient, some: Iterable[Work]) -> None:
        assert self._connections is not None
        with self._connections.begin() as connection:
            for each in some:
                client.enqueue_in_transaction(
                    connection,
                    {
                        "queue_name": NAME,
                        "workflow_name": WORKFLOW,
                        "workflow_id": each.key,
                        "app_version": self._version,
                    },
                    each.step,
                    each.object_id,
                )

    def _collect(self, client: DBOSClient, waiting: dict[str, Work]) -> list[Finished]:
        """Take out of `waiting` what has ended, and delete its rows."""
        finished: list[Finished] = []
        for keys in _in_parts(tuple(waiting), 500):
            rows = {row.workflow_id: row for row in self._rows(client, workflow_ids=keys, load_output=True)}
            ended = [key for key in keys if key not in rows or rows[key].status in _FINISHED]
            # a row that is gone has ended too: another host waited for the same work and was quicker to clear it away
            finished += [Finished(waiting.pop(key), _error(rows.get(key))) for key in ended]
            self._delete(client, [rows[key] for key in ended if key in rows])
        return finished

    def _do(self, step: str, object_id: str) -> str | None:
        """What DBOS calls. It stores what is returned or raised, so neither may hold more than a type's name."""
        if self._winding_down.is_set() or self._lost.is_set():
            return None  # not done, and the records still say that it is due
        try:
            self._perform(step, object_id)
        except Exception as error:  # noqa: BLE001 - of a fault in a step only the type may reach DBOS
            log.error("step-failed", step=step, object_id=object_id, error=type(error).__name__)
            return type(error).__name__
        return None

    def _launch(self, connections: Connections) -> DBOSClient:
        """Start DBOS: no network, no console, no telemetry, and its log behind ours."""
        from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer

        _hush()
        self._launch_once(connections)
        client = DBOSClient(
            system_database_engine=connections,
            serializer=DBOSPortableJSONSerializer(),
            application_name=NAME,
            retry_connection_errors=False,  # ours to say, not to sit out
        )
        is_new = client.retrieve_queue(NAME) is None
        client.register_queue(NAME, worker_concurrency=self._concurrency, polling_interval_sec=POLL_SECONDS)
        if is_new:  # DBOS looks for new queues once a second: starting again is quicker, and needed once
            DBOS.destroy(destroy_registry=True)
            self._launch_once(connections)
        return client

    def _launch_once(self, connections: Connections) -> None:
        from dbos import DBOS, DBOSPortableJSONSerializer

        config: DBOSConfig = {
            "name": NAME,
            "system_database_engine": connections,
            "application_version": self._version,
            "executor_id": self._executor_id,
            "serializer": DBOSPortableJSONSerializer(),  # the default one unpickles what the database holds
            "use_listen_notify": False,
            "notification_listener_polling_interval_sec": POLL_SECONDS,
            "log_level": "WARNING",
            "enable_otlp": False,
        }

        def step(step: str, object_id: str) -> str | None:
            return self._do(step, object_id)

        DBOS(config=config)
        DBOS.workflow(name=WORKFLOW)(step)
        DBOS.launch()

    def _watch(self, client: DBOSClient, seat: Seat) -> None:
        while not self._winding_down.wait(WATCH_SECONDS):
            if not seat.is_held():
                self._lost.set()
                log.error("engine-lost")
                return
            try:
                self._adopt(client, seat)
            except SQLAlchemyError as error:
                log.warning("engine-cannot-look-for-dead-workers", error=type(error).__name__)

    def _adopt(self, client: DBOSClient, seat: Seat) -> None:
        """Take over what workers had begun that are no longer there."""
        workers = {row.executor_id for row in self._rows(client, status=_BEGUN)} - {self._executor_id, None}
        for worker in sorted(filter(None, workers)):
            with seat.keep_empty(worker) as is_gone:
                if not is_gone:
                    continue
                rows = self._rows(client, status=_BEGUN, executor_id=worker)
                ours = [row.workflow_id for row in rows if row.app_version == self._version]
                if ours:
                    client.resume_workflows(ours, queue_name=NAME)
                self._delete(client, [row for row in rows if row.app_version != self._version])
                log.warning("engine-took-over", count=len(ours))

    def _drop_other_versions(self, client: DBOSClient) -> None:
        """Work that another version left waiting, or that we had begun under another version."""
        rows = self._rows(client, status=_WAITING) + self._rows(client, status=_BEGUN, executor_id=self._executor_id)
        self._delete(client, [row for row in rows if row.app_version != self._version])

    def _forget_old(self, client: DBOSClient) -> None:
        before = (datetime.now(UTC) - KEEP_FINISHED).isoformat()
        self._delete(client, self._rows(client, status=_FINISHED, completed_before=before))

    def _let_go(self, connections: Connections) -> None:
        from dbos import DBOS

        begun = self._left_by_us([_BEGUN])
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=DRAIN_SECONDS if begun else 0)
        if self._client is not None:
            with suppress(SQLAlchemyError):
                # what we took up again after a kill, and what nobody waited for any longer
                self._delete(self._client, self._left_by_us([_WAITING, *_FINISHED]))
            self._client.destroy()
        connections.dispose()

    def _left_by_us(self, states: list[str]) -> list[WorkflowStatus]:
        """Our rows in these states; none once lost (another may have taken them over) or without a database."""
        if self._client is None or self._lost.is_set():
            return []
        try:
            return self._rows(self._client, status=states, executor_id=self._executor_id)
        except SQLAlchemyError:
            return []

    def _rows(self, client: DBOSClient, *, load_output: bool = False, **wanted: Any) -> list[WorkflowStatus]:
        return client.list_workflows(load_input=False, load_output=load_output, **wanted)

    def _delete(self, client: DBOSClient, rows: Sequence[WorkflowStatus]) -> None:
        for some in _in_parts(sorted(row.workflow_id for row in rows), 500):
            for attempt in _after_deadlocks():
                with attempt:
                    client.delete_workflows(some)


def _after_deadlocks() -> Retrying:
    """Attempts at one transaction: PostgreSQL ends one of two that wait for each other, and asks to try it again."""
    return Retrying(
        retry=retry_if_exception(_is_deadlock), stop=stop_after_attempt(8), wait=wait_random(0.01, 0.25), reraise=True
    )


def _is_deadlock(error: BaseException) -> bool:
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return isinstance(error, DBAPIError) and state in ("40P01", "40001")


def _in_parts(all_of_it: Iterable[T], size: int) -> Iterator[list[T]]:
    """Databases take so many parameters at once, and no more."""
    rest = iter(all_of_it)
    while part := list(islice(rest, size)):
        yield part


def _error(row: WorkflowStatus | None) -> str | None:
    if row is None or row.status == "SUCCESS":
        return None if row is None or row.output is None else str(row.output)
    return row.status.lower()


def _connections(url: str) -> Connections:
    """DBOS's own: on SQLite a file of its own beside our database, on PostgreSQL its own schema in it."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_size=8, pool_pre_ping=True, hide_parameters=True)
    own_file(Path(url.removeprefix("sqlite:///")))
    connections = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False}, hide_parameters=True)

    @event.listens_for(connections, "connect")
    def _prepare(raw: Any, _record: Any) -> None:
        raw.isolation_level = "IMMEDIATE"  # as DBOS expects
        for setting in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON"):
            raw.execute(f"PRAGMA {setting}").close()

    return connections


@contextmanager
def _outages_said(phase: str) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise Unavailable("engine", phase, f"its database fails ({type(error).__name__})") from None


class _Hushed(logging.Handler):
    """DBOS's warnings, without their words: those may quote rows."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        log.warning("dbos-warns", phase=f"{record.module}:{record.lineno}", error=error)


def _hush() -> None:
    logger = logging.getLogger("dbos")
    logger.handlers = [_Hushed(logging.WARNING)]
    logger.propagate = False
