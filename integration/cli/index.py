"""`index`: load the local patient index, and say how old it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from integration.cli.extracts import CONTRADICT, Extract
from integration.cli.index_parameters import adopt, tune
from integration.cli.index_records import merge, remove, say_ended, see_to_the_absent
from integration.cli.known_faults import Faults, read_known, sort_out, write_known
from integration.cli.named_files import check_can_make
from integration.cli.printing import Format, FormatOption, counted, emit_json, emit_rows, say
from integration.cli.session import session_of
from integration.errors import ExitCode, FlagtagError
from integration.workflow.deployment import Deployment

group = typer.Typer(help="The local patient index.", no_args_is_help=True)
group.command("merge")(merge)
group.command("remove")(remove)
group.command("tune")(tune)
group.command("adopt")(adopt)

LINES_SHOWN = 20  # of rows that could not be used
NOT_ENDED = (
    "has not ended, and this one is too short to be its repeat: nobody is matched until it ends or, if it no longer"
    " runs, its files are loaded again, or those of all patients with --full"
)


class NothingToLoad(FlagtagError):
    """A load of which nothing came."""


FilesArgument = Annotated[list[Path], typer.Argument(help="CSV, or FHIR R4 Patient NDJSON (.ndjson).")]
FullOption = Annotated[bool, typer.Option("--full", help="The files hold every patient: say how many are absent.")]
RemoveOption = Annotated[
    bool, typer.Option("--remove-absent", help="As --full, and ask whether to remove those who are absent.")
]
KnownOption = Annotated[
    Path | None, typer.Option("--known-faults", help="Faults that this file knows are seen: 3 only for others.")
]
WriteOption = Annotated[
    Path | None, typer.Option("--write-faults", help="Write the faults of this load to this new file, as known.")
]


@group.command("load")
def load(
    context: typer.Context,
    files: FilesArgument,
    full: FullOption = False,
    remove_absent: RemoveOption = False,
    known_faults: KnownOption = None,
    write_faults: WriteOption = None,
) -> None:
    """Load or update patients, in place, with a progress bar; records that the files say are merged or removed end.

    A CSV needs the columns local_id, family, given and dob; config/README.md has all.

    Faults in the files are named by their lines, and end it with 3. Once somebody has seen them, --write-faults keeps
    which they are, and --known-faults lets a nightly load end with 3 only when there are others.
    """
    known = read_known(known_faults)
    check_can_make(write_faults)
    present: set[str] | None = set() if full or remove_absent else None
    with session_of(context).deployment() as deployment:
        extracts = [Extract(file, deployment.today(), present=present) for file in files]
        broken_off = deployment.index.status().loading_since
        changed = _take_in(deployment, extracts, everybody=present is not None)
        if ends := [end for extract in extracts for end in extract.ends]:
            say_ended(deployment.index.end_records(ends))
        if present is not None:
            nobody_left_out = all(extract.leaves_nobody_out for extract in extracts)
            see_to_the_absent(deployment, present, sure=nobody_left_out, ask=remove_absent)
        status = deployment.index.status()
        faults = sort_out([fault for extract in extracts for fault in extract.faults], known, deployment.secrets)
        if write_faults:
            write_known(write_faults, faults, deployment.secrets)
    _say_faults(faults, extracts)
    if changed is None and not ends:
        raise NothingToLoad("no patient could be read, and the index stays as it was")
    _say_what_broke_off(broken_off, status.loading_since)
    done = f"{counted(changed or 0, 'patient')} added or changed"
    say(f"{done}; the index holds {status.patients} (generation {status.generation})")
    if status.loading_since or faults.new or any(extract.came_to_nothing for extract in extracts):
        raise typer.Exit(ExitCode.HELD)  # something waits for a person that nobody has seen yet


def _take_in(deployment: Deployment, extracts: Sequence[Extract], *, everybody: bool) -> int | None:
    """Load whom the files name, with a progress bar; how many are new or changed, or None if nobody was read."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(), "patients", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("patients", total=sum(extract.rows() for extract in extracts))
        for extract in extracts:
            extract.on_progress = partial(progress.advance, task)
        found = chain.from_iterable(extract.patients() for extract in extracts)
        first = next(found, None)
        if first is None:
            return None  # an extract that came to nothing must not make the index look as if it were up to date
        return deployment.index.load(chain([first], found), deployment.clock(), everybody=everybody)


def _say_what_broke_off(before: datetime | None, still: datetime | None) -> None:
    """Whether an earlier load had not ended, and whether it has now."""
    if still:
        say(f"{_begun(still)} {NOT_ENDED}")
    elif before:
        say(f"{_begun(before)} had not ended; if it was of other files, repeat it too")


def _begun(at: datetime) -> str:
    return f"a load begun at {at:%Y-%m-%d %H:%M} UTC"


def _say_faults(faults: Faults, extracts: Sequence[Extract]) -> None:
    """The first that nobody has seen, and before all others those that may be two people under one number."""
    new = sorted(faults.new, key=lambda fault: CONTRADICT not in fault.kind)
    for fault in new[:LINES_SHOWN]:
        say(fault.said)
    if len(new) > LINES_SHOWN:
        say(f"… and {counted(len(new) - LINES_SHOWN, 'more fault')}")
    if faults.known:
        say(f"faults that are known: {len(faults.known)}")
    if faults.gone:
        say(f"known faults that are no more: {faults.gone}; `--write-faults` makes a file without them")
    if alike := sum(extract.alike for extract in extracts):
        say(f"rows that repeat another one word for word, and count once: {alike}")
    if united := sum(extract.united for extract in extracts):
        say(f"records of several rows, loaded as one: {united}")


@group.command("status")
def status(context: typer.Context, form: FormatOption = Format.TABLE) -> None:
    """How many patients, and how old the index is."""
    with session_of(context).deployment() as deployment:
        state = asdict(deployment.index.status())
    if form is Format.JSON:
        return emit_json(state)
    columns = {"patients": "Patients", "generation": "Generation", "updated_at": "Last update"}
    columns |= {"loading_since": "Begun, not ended", "stale": "Out of date"}
    return emit_rows([state], columns, form, "")
