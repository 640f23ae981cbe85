"""`index`: load the local patient index, and say how old it is."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from integration.cli.index_parameters import adopt, tune
from integration.cli.index_records import merge, remove, say_ended, see_to_the_absent
from integration.cli.printing import Format, FormatOption, emit_json, emit_rows, say
from integration.cli.session import session_of
from integration.domain.people import Patient, RecordEnd
from integration.errors import ExitCode, FlagtagError, UsageError

group = typer.Typer(help="The local patient index.", no_args_is_help=True)
group.command("merge")(merge)
group.command("remove")(remove)
group.command("tune")(tune)
group.command("adopt")(adopt)

LINES_SHOWN = 20  # of rows that could not be used
LOADED = "the patient is loaded without it"  # how a fault ends that leaves nobody out
A_STEP = 1000  # patients between two moves of the progress bar


class NothingToLoad(FlagtagError):
    """A load of which nothing came."""


@group.command("load")
def load(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="CSV, or FHIR R4 Patient NDJSON (.ndjson).")],
    full: Annotated[
        bool, typer.Option("--full", help="The files hold every patient: say how many are absent.")
    ] = False,
    remove_absent: Annotated[
        bool, typer.Option("--remove-absent", help="As --full, and ask whether to remove those who are absent.")
    ] = False,
) -> None:
    """Load or update patients, in place, with a progress bar; records that the files say are merged or removed end."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TimeElapsedColumn

    problems: list[str] = []
    ends: list[RecordEnd] = []
    present: set[str] = set()
    with session_of(context).deployment() as deployment:
        console = Console(stderr=True)
        columns = (SpinnerColumn(), "patients", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("patients", total=sum(_rows_in(file) for file in files))
            broken_off = deployment.index.status().loading_since

            def patients() -> Iterator[Patient]:
                several = chain.from_iterable(_patients_in(file, problems, ends) for file in files)
                for number, patient in enumerate(several, 1):
                    if number % A_STEP == 0:
                        progress.advance(task, A_STEP)
                    if full or remove_absent:
                        present.add(patient.local_id)
                    yield patient

            found = patients()
            first = next(found, None)
            # an extract that came to nothing must not make the index look as if it were up to date
            changed = 0 if first is None else deployment.index.load(chain([first], found), deployment.clock())
        if ends:
            say_ended(deployment.index.end_records(ends))
        if full or remove_absent:
            nobody_left_out = all(problem.endswith(LOADED) for problem in problems)
            see_to_the_absent(deployment, present, sure=nobody_left_out, ask=remove_absent)
        status = deployment.index.status()
    _say_faults(problems)
    if first is None and not ends:
        raise NothingToLoad("no patient could be read, and the index stays as it was")
    if broken_off:
        say(f"a load begun at {broken_off:%Y-%m-%d %H:%M} UTC had not ended; if it was of other files, repeat it too")
    say(f"{changed} patients added or changed; the index holds {status.patients} (generation {status.generation})")
    if problems:
        raise typer.Exit(ExitCode.HELD)


def _say_faults(problems: list[str]) -> None:
    for problem in problems[:LINES_SHOWN]:
        say(problem)
    if len(problems) > LINES_SHOWN:
        say(f"… and {len(problems) - LINES_SHOWN} more rows with a fault")


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


def _rows_in(file: Path) -> int:
    """How many rows there are to load; refuses a file of another encoding before anything of it is loaded."""
    decoder, lines = codecs.getincrementaldecoder("utf-8")(), 0
    try:
        with file.open("rb") as content:
            while chunk := content.read(1 << 20):
                decoder.decode(chunk)
                lines += chunk.count(b"\n")
        decoder.decode(b"", final=True)
    except OSError as error:
        raise UsageError(f"{file.name}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = lines + 1 + error.object.count(b"\n", 0, error.start)
        raise UsageError(f"{file.name}: line {line} is not UTF-8 text; export the file as UTF-8") from None
    return max(0, lines - 1)


def _patients_in(file: Path, problems: list[str], ends: list[RecordEnd]) -> Iterator[Patient]:
    from mappings.patient_csv import read_patient_csv
    from mappings.patient_ndjson import read_patient_ndjson

    def report(problem: object) -> None:
        problems.append(f"{file.name}: {problem}")

    with file.open(encoding="utf-8-sig", newline="") as lines:
        if file.suffix.casefold() in (".ndjson", ".jsonl"):
            yield from read_patient_ndjson(lines, report, ended=ends.append)
        else:
            yield from read_patient_csv(lines, report, ended=ends.append)
