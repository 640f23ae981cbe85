"""`init` and `run`: a new deployment, and the service."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from integration.cli.printing import counted, say
from integration.cli.session import session_of, who_is_at_the_keyboard
from integration.errors import ExitCode, UsageError
from integration.settings import Settings, load_settings
from integration.shipped import shipped

if TYPE_CHECKING:
    from integration.engine import Engine
    from integration.service import EngineDistributor
    from integration.workflow.deployment import Deployment
    from integration.workflow.state_of_play import Cycle

SETTLE_MARGIN_SECONDS = 30.0


def init(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet, is empty, or holds a deployment.")],
) -> None:
    """Make a new deployment: configuration, keys, database, a folder drop; or complete one after a change.

    A deployment of an older version gets its database upgraded, if no service runs on it.
    """
    from integration.wiring import POLICY_FILE, complete_deployment

    config = folder / "flagtag.toml"
    fresh = not config.exists()
    if fresh and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("that folder is not empty and holds no flagtag.toml; a deployment needs a folder of its own")
    if fresh:
        (folder / "drop" / "example-area").mkdir(parents=True, mode=0o700)
        for name, shipped_as in (("flagtag.toml", "new-deployment.toml"), (POLICY_FILE, POLICY_FILE)):
            (folder / name).write_text(shipped(shipped_as).read_text(encoding="utf-8"), encoding="utf-8")
    made = complete_deployment(load_settings(config), login=who_is_at_the_keyboard())
    if fresh:
        say(f"{folder} is ready. Next: put your trust and areas into {config}, then `flagtag --config {config} check`.")
    else:
        say(f"made: {', '.join(made)}" if made else f"{folder} lacks nothing")


def run(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Handle all that waits and is due, then end.")] = False,
) -> None:
    """The service."""
    settings = session_of(context).settings()
    cycle = serve(settings, once=once)
    if cycle is None:
        return
    if cycle.owed:
        say(f"{counted(cycle.owed, 'effect')} still owed and will be tried again; see `flagtag status`")
        raise typer.Exit(ExitCode.UNAVAILABLE)
    if cycle.held:
        say(f"{cycle.held} {'thing waits' if cycle.held == 1 else 'things wait'} for a person; see `flagtag status`")
        raise typer.Exit(ExitCode.HELD)


def serve(
    settings: Settings, *, once: bool, collecting: bool = True, by_hand_passwords: tuple[str, ...] = ()
) -> Cycle | None:
    """Run the service until it is stopped, or once; returns what the one cycle left behind.

    `collecting` = False: no source is looked at, only what is due is done.
    """
    from integration.quiet import log_to_standard_error
    from integration.service import run_once, run_until_stopped, work_until_quiet
    from integration.workflow.end_flags import check_register
    from integration.workflow.state_of_play import state_of_play

    log_to_standard_error(logging.WARNING if once else logging.INFO)
    stop, wake = Event(), Event()
    with _working(settings, by_hand_passwords, stop, wake) as (deployment, distributor):
        check_register(deployment)
        if not collecting:
            work_until_quiet(deployment, distributor)
            return state_of_play(deployment)
        if once:
            longest = max((getattr(s, "settle_seconds", 0.0) for s in settings.sources), default=0.0)
            retry, settle = settings.service.once_retry_seconds, longest + SETTLE_MARGIN_SECONDS
            return run_once(deployment, distributor, stop, retry_seconds=retry, settle_seconds=settle)
        with _front_doors(settings, deployment, wake) as tend:
            poll = settings.service.poll_seconds
            run_until_stopped(deployment, distributor, stop, wake, poll_seconds=poll, each_cycle=tend)
    return None


@contextmanager
def _working(
    settings: Settings, by_hand_passwords: tuple[str, ...], stop: Event, wake: Event
) -> Iterator[tuple[Deployment, EngineDistributor]]:
    """The deployment in the service's name, with the engine at work until it is told to end."""
    from integration.engine import Engine
    from integration.service import EngineDistributor, carry_out_step
    from integration.storage.schema import check_schema
    from integration.wiring import engine_url, open_deployment
    from integration.workflow.receive_document import BY_HAND, sweep_orphans

    with open_deployment(settings, upgrade=True) as opened:
        deployment = replace(opened, passwords={**opened.passwords, BY_HAND: by_hand_passwords})
        engine = Engine(
            engine_url(settings),
            executor_id=f"{settings.trust.ods_code}-{os.uname().nodename}",
            perform=lambda step, object_id: carry_out_step(deployment, step, object_id),
            application_version="1",
        )
        with _stopping_on_signals(stop.set, wake.set, engine.wind_down), _started(engine):
            check_schema(opened.database)  # again: a newer service may have upgraded it before we sat down
            sweep_orphans(deployment)
            yield deployment, EngineDistributor(engine)


@contextmanager
def _started(engine: Engine) -> Iterator[None]:
    engine.start()
    try:
        yield
    finally:
        engine.stop()


@contextmanager
def _front_doors(settings: Settings, deployment: Deployment, wake: Event) -> Iterator[Callable[[], None]]:
    """Folder hints and the local register's endpoint, for as long as the service runs; gives what tends them."""
    from integration.wiring import endpoint, hints

    with ExitStack() as closing:
        watching = hints(settings, wake.set)
        for hint in watching:
            closing.callback(hint.stop)
        serving = endpoint(settings, deployment)
        if serving is not None:
            closing.callback(serving.stop)

        def tend() -> None:
            for hint in watching:
                hint.tend()

        yield tend


@contextmanager
def _stopping_on_signals(*stops: Callable[[], None]) -> Iterator[None]:
    """While it lasts, the first signal to end lets the step at hand finish."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        for stop in stops:
            stop()

    before = {number: signal.signal(number, leave) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, was in before.items():
            signal.signal(number, was)
