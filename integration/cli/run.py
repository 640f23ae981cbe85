"""`init` and `run`: a new deployment, and the service."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Annotated

import typer

from integration.cli.printing import say
from integration.cli.session import session_of, who_is_at_the_keyboard
from integration.errors import ExitCode, UsageError
from integration.service import Cycle
from integration.settings import Settings, load_settings
from integration.shipped import shipped

SETTLE_MARGIN_SECONDS = 30.0


def init(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet, or is empty.")],
) -> None:
    """Make a new deployment: configuration, keys, database, a folder drop."""
    from integration.wiring import POLICY_FILE, create_deployment

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("that folder is not empty; a deployment needs a folder of its own")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    config = folder / "flagtag.toml"
    config.write_text(shipped("new-deployment.toml").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / POLICY_FILE).write_text(shipped("disposal-policy.toml").read_text(encoding="utf-8"), encoding="utf-8")
    settings = load_settings(config)
    (folder / "drop").mkdir(mode=0o700)
    (folder / "drop" / "example-area").mkdir(mode=0o700)
    create_deployment(settings, login=who_is_at_the_keyboard())
    say(f"{folder} is ready. Next: put your trust and areas into {config}, then `flagtag --config {config} check`.")


def run(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Handle all that waits and is due, then end.")] = False,
) -> None:
    """The service."""
    settings = session_of(context).settings()
    stop, wake = Event(), Event()
    with _stopping_on_signals(stop, wake):
        cycle = serve(settings, stop, wake, once=once)
    if cycle is None:
        return
    if cycle.owed:
        say(f"{cycle.owed} effects are still owed and will be tried again; see `flagtag status`")
        raise typer.Exit(ExitCode.UNAVAILABLE)
    if cycle.held:
        say(f"{cycle.held} things wait for a person; see `flagtag status`")
        raise typer.Exit(ExitCode.HELD)


def serve(settings: Settings, stop: Event, wake: Event, *, once: bool) -> Cycle | None:
    """Run the service until it is stopped, or once; returns what the one cycle left behind."""
    from integration.engine import Engine
    from integration.quiet import log_to_standard_error
    from integration.service import EngineDistributor, carry_out_step, run_once, run_until_stopped
    from integration.wiring import endpoint, engine_url, hints, open_deployment

    log_to_standard_error()
    with open_deployment(settings) as deployment:
        engine = Engine(
            engine_url(settings),
            executor_id=f"{settings.trust.ods_code}-{os.uname().nodename}",
            perform=lambda step, object_id: carry_out_step(deployment, step, object_id),
            application_version="1",
        )
        engine.start()
        distributor = EngineDistributor(engine)
        try:
            if once:
                retry = settings.service.once_retry_seconds
                longest = max((getattr(s, "settle_seconds", 0.0) for s in settings.sources), default=0.0)
                settle = longest + SETTLE_MARGIN_SECONDS
                return run_once(deployment, distributor, stop, retry_seconds=retry, settle_seconds=settle)
            watching = hints(settings, wake.set)
            serving = endpoint(settings, deployment)
            try:
                if serving is not None:
                    serving.start()
                run_until_stopped(deployment, distributor, stop, wake, poll_seconds=settings.service.poll_seconds)
            finally:
                for hint in watching:
                    hint.stop()
                if serving is not None:
                    serving.stop()
        finally:
            engine.stop()
    return None


@contextmanager
def _stopping_on_signals(stop: Event, wake: Event) -> Iterator[None]:
    """While it lasts, the first signal to end lets the step at hand finish."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        stop.set()
        wake.set()

    before = {number: signal.signal(number, leave) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, was in before.items():
            signal.signal(number, was)
