"""The command line: its global options, its groups, and how an error becomes a line and an exit code."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from integration.cli import (
    audit,
    check,
    demo,
    documents,
    flags,
    held,
    index,
    meetings,
    outcomes,
    policy,
    process,
    reading,
    review,
    run,
    status,
)
from integration.cli.printing import say
from integration.cli.session import Session
from integration.errors import ExitCode, FlagtagError

app = typer.Typer(
    help="Takes MARAC case lists to the right patient records, and destroys what must not stay.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(index.group, name="index")
app.add_typer(review.group, name="review")
app.add_typer(flags.group, name="flags")
app.add_typer(held.group, name="held")
app.add_typer(meetings.group, name="meetings")
app.add_typer(outcomes.group, name="outcomes")
app.add_typer(outcomes.actions_group, name="actions")
app.add_typer(documents.group, name="documents")
app.add_typer(policy.group, name="policy")
app.add_typer(documents.deletions_group, name="deletions")
app.add_typer(audit.group, name="audit")
app.command("demo")(demo.demo)
app.command("init")(run.init)
app.command("check")(check.check)
app.command("run")(run.run)
app.command("process")(process.process)
app.command("read")(reading.read)
app.command("match")(reading.match)
app.command("status")(status.status)


@app.callback()
def _global_options(
    context: typer.Context,
    config: Annotated[
        Path, typer.Option("--config", envvar="FLAGTAG_CONFIG", help="The deployment's configuration file.")
    ] = Path("flagtag.toml"),
) -> None:
    context.obj = Session(config)


def main() -> None:
    """Run one command; a foreseen error is one line on standard error and its own exit code."""
    os.umask(0o077)  # whatever a command writes is for its owner's eyes
    try:
        app()
    except FlagtagError as error:
        say(f"flagtag: {error}")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(ExitCode.FAILED)
