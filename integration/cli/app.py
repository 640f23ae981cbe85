"""The command line: its global options, its commands, and how an error becomes a line and an exit code."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from traceback import walk_tb
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from integration.cli.printing import say
from integration.cli.session import Session
from integration.errors import ExitCode, FlagtagError

# Each command's module is imported when it is called for: `read` does not wait for the database's library.
COMMANDS = {
    "demo": "demo:demo",
    "init": "run:init",
    "check": "check:check",
    "run": "run:run",
    "process": "process:process",
    "read": "reading:read",
    "match": "reading:match",
    "index": "index:group",
    "review": "review:group",
    "flags": "flags:group",
    "held": "held:group",
    "meetings": "meetings:group",
    "outcomes": "outcomes:group",
    "actions": "outcomes:actions_group",
    "documents": "documents:group",
    "policy": "policy:group",
    "deletions": "documents:deletions_group",
    "audit": "audit:group",
    "status": "status:status",
}
OUR_PACKAGES = ("integration", "mappings", "connectors")


class Commands(TyperGroup):
    """The commands of the table above. Its types are those of whichever click typer brings."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found = getattr(import_module(f"integration.cli.{module}"), name)
        if not isinstance(found, typer.Typer):
            alone = typer.Typer(add_completion=False, rich_markup_mode=None)
            alone.command(cmd_name)(found)
            found = alone
        command = get_command(found)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=Commands,
    help="Takes MARAC case lists to the right patient records, and destroys what must not stay.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _global_options(
    context: typer.Context,
    config: Annotated[
        Path, typer.Option("--config", envvar="FLAGTAG_CONFIG", help="The deployment's configuration file.")
    ] = Path("flagtag.toml"),
) -> None:
    context.obj = Session(config)


def main() -> None:
    """Run one command; a foreseen error is one line on standard error and its own exit code.

    Of an unforeseen one nothing is printed but its type and the place in the code: its words may quote what we work on.
    """
    os.umask(0o077)  # whatever a command writes is for its owner's eyes
    try:
        app()
    except FlagtagError as error:
        say(f"flagtag: {error}")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(ExitCode.FAILED)
    except Exception as error:  # noqa: BLE001 - a traceback may quote a person; whoever it is, nothing is swallowed
        say(f"flagtag: an unforeseen fault, {type(error).__name__} at {_place_of(error)}; please report this line")
        sys.exit(ExitCode.FAILED)


def _place_of(error: Exception) -> str:
    """The last line of our own code that it went through."""
    found = "an unknown place"
    for frame, line in walk_tb(error.__traceback__):
        module = frame.f_globals.get("__name__", "")
        if module.partition(".")[0] in OUR_PACKAGES:
            found = f"{module}:{line}"
    return found
