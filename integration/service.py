"""The unattended loop: look at every source, do what is due, survive one bad document, stop cleanly."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import inf
from threading import Event
from typing import Protocol

import structlog
from sqlalchemy import func, select

from integration.domain.audit import Action
from integration.engine import Engine, Work
from integration.errors import FlagtagError, Unavailable
from integration.ports import CaseListSource
from integration.storage.audit_log import sign_checkpoint
from integration.storage.source_lock import alone_at
from integration.storage.tables import audit_events
from integration.workflow.deployment import Deployment
from integration.workflow.look_times import LookTimes
from integration.workflow.process_case_list import Due, due_steps, perform, record_failure
from integration.workflow.receive_document import collect
from integration.workflow.source_reports import report_source
from integration.workflow.state_of_play import Cycle, state_of_play

log = structlog.get_logger()

PATIENCE_SECONDS = 0.25  # between two looks while something settles or waits for its next attempt
SOON_SECONDS = 1.0  # between two rounds of the service while something settles or is owed
BATCH_SECONDS = 600.0  # a batch of steps that takes longer is left to the engine, and looked at again


class Distributor(Protocol):
    """Whatever carries a batch of steps out: the engine, or a plain loop in a test."""

    def carry_out(self, due: Sequence[Due]) -> None:
        """Do each step at least once; each is safe to repeat."""


class EngineDistributor:
    """Hands batches of due steps to the engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def carry_out(self, due: Sequence[Due]) -> None:
        """Have all of it done; what takes longer stays under way and is looked at again in the next round."""
        work = [Work(step.step, step.object_id, step.attempt) for step in due]
        self._engine.run(work, deadline_seconds=BATCH_SECONDS)


def carry_out_step(deployment: Deployment, step: str, object_id: str) -> None:
    """One step as the engine calls it: whatever happens, it is on record and the others go on."""
    try:
        perform(deployment, step, object_id)
    except Exception as error:  # noqa: BLE001 - a fault of ours must not stop the other work
        # the type alone: its text may quote a document
        log.error("step-failed", step=step, object_id=object_id, error=type(error).__name__)
        record_failure(deployment, step, object_id, f"a fault of ours: {type(error).__name__}")


def one_cycle(
    deployment: Deployment, distributor: Distributor, sources: Sequence[CaseListSource] | None = None
) -> Cycle:
    """Look at these sources, or at every one, then do what is due until nothing more follows from the records."""
    collect_from(deployment, list(deployment.sources.values()) if sources is None else sources)
    work_until_quiet(deployment, distributor)
    sign_checkpoint(deployment.database, deployment.secrets, deployment.actor)
    return state_of_play(deployment)


def collect_from(deployment: Deployment, sources: Sequence[CaseListSource]) -> None:
    """All at once, so that one that hangs delays no other; each failure is the source's last word."""
    if not sources:
        return
    with ThreadPoolExecutor(max_workers=len(sources), thread_name_prefix="source") as threads:
        for _ in threads.map(lambda source: _collect(deployment, source), sources):
            pass


def _collect(deployment: Deployment, source: CaseListSource) -> None:
    with alone_at(deployment.database, deployment.keys.folder, source.name) as alone:
        if alone:  # else another process looks at this moment, and reports
            _collect_alone(deployment, source)


def _collect_alone(deployment: Deployment, source: CaseListSource) -> None:
    collected, failure = None, None
    try:
        collected = collect(deployment, source)
        failure = collected.failure
    except Unavailable as error:
        failure = error
    except FlagtagError as error:
        failure = Unavailable(source.name, "take in", str(error))
    except Exception as error:  # noqa: BLE001 - nor at one source the others
        failure = Unavailable(source.name, "take in", f"a fault of ours: {type(error).__name__}")
    oddities = None if collected is None else (*source.oddities(), *collected.left)
    with deployment.database.change() as change:  # a look is no act; what it brought has its events
        if report_source(change, source.name, failure=failure, oddities=oddities):  # once, not at each look
            phase = failure.phase if failure is not None else ""
            change.also(deployment.event(Action.SOURCE_FAILED, "source", source.name, phase=phase))
    if failure is not None:
        log.warning("source-failed", source=source.name, phase=failure.phase)
    elif collected is not None:
        log.info("source-looked-at", source=source.name, received=len(collected.received), left=len(collected.left))


def work_until_quiet(deployment: Deployment, distributor: Distributor) -> None:
    """Do what is due, and what is due after that, until a round changes nothing."""
    while True:
        before = _log_length(deployment)
        due = due_steps(deployment)
        if due:
            distributor.carry_out(due)
        if not due or _log_length(deployment) == before:
            return


def _log_length(deployment: Deployment) -> int:
    with deployment.database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(audit_events)).scalar_one())


def run_once(
    deployment: Deployment,
    distributor: Distributor,
    stop: Event,
    *,
    retry_seconds: float,
    settle_seconds: float,
    monotonic: Callable[[], float] = time.monotonic,
) -> Cycle:
    """Handle all that waits and is due; files may settle and failures be retried for so long, then it ends."""
    started = monotonic()
    looks = LookTimes(deployment, monotonic, poll_seconds=inf, settling_seconds=0.0)
    while True:
        cycle = _cycle_of_what_is_due(deployment, distributor, looks)
        passed = monotonic() - started
        patient = (cycle.settling and passed < settle_seconds) or (cycle.owed and passed < retry_seconds)
        if not patient or stop.wait(PATIENCE_SECONDS):
            return cycle


def run_until_stopped(
    deployment: Deployment,
    distributor: Distributor,
    stop: Event,
    wake: Event,
    *,
    poll_seconds: float,
    each_cycle: Callable[[], None],
    monotonic: Callable[[], float] = time.monotonic,
) -> None:
    """Cycle after cycle; sooner while something settles or is owed, or when a folder hints that it has changed."""
    soon = min(poll_seconds, SOON_SECONDS)
    looks = LookTimes(deployment, monotonic, poll_seconds=poll_seconds, settling_seconds=soon)
    hinted = False
    while not stop.is_set():
        each_cycle()
        cycle = _cycle_of_what_is_due(deployment, distributor, looks, hinted=hinted)
        log.info("cycle", settling=cycle.settling, owed=cycle.owed, held=cycle.held)
        until_next = looks.seconds_until_next()
        wake.wait(min(soon, until_next) if cycle.owed else until_next)
        hinted = wake.is_set()
        wake.clear()


def _cycle_of_what_is_due(
    deployment: Deployment, distributor: Distributor, looks: LookTimes, *, hinted: bool = False
) -> Cycle:
    sources = looks.due(hinted=hinted)
    cycle = one_cycle(deployment, distributor, sources)
    looks.looked_at(sources)
    return cycle
