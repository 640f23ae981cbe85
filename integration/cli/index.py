"""`index`: load the local patient index, and say how old it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from integration.cli.printing import Format, FormatOption, emit_json, emit_rows, say
from integration.cli.session import session_of
from integration.domain.people import Patient
from integration.errors import ExitCode, UsageError

group = typer.Typer(help="The local patient index.", no_args_is_help=True)

LINES_SHOWN = 20  # of rows that could not be used


@group.command("load")
def load(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="CSV, or FHIR R4 Patient NDJSON (.ndjson).")],
) -> None:
    """Load or update patients, in place, with a progress bar."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TimeElapsedColumn

    problems: list[str] = []
    with session_of(context).deployment() as deployment:
        console = Console(stderr=True)
        columns = (SpinnerColumn(), "patients", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("patients", total=sum(_rows_in(file) for file in files))

            def patients() -> Iterator[Patient]:
                for file in files:
                    for patient in _patients_in(file, problems):
                        progress.advance(task)
                        yield patient

            changed = deployment.index.load(patients(), deployment.clock())
        status = deployment.index.status()
    for problem in problems[:LINES_SHOWN]:
        say(problem)
    if len(problems) > LINES_SHOWN:
        say(f"… and {len(problems) - LINES_SHOWN} more rows with a fault")
    say(f"{changed} patients added or changed; the index holds {status.patients} (generation {status.generation})")
    if problems:
        raise typer.Exit(ExitCode.HELD)


@group.command("status")
def status(context: typer.Context, form: FormatOption = Format.TABLE) -> None:
    """How many patients, and how old the index is."""
    with session_of(context).deployment() as deployment:
        state = asdict(deployment.index.status())
    if form is Format.JSON:
        return emit_json(state)
    columns = {"patients": "Patients", "generation": "Generation", "updated_at": "Last update"}
    return emit_rows([state], columns, form, "")


def _rows_in(file: Path) -> int:
    try:
        with file.open("rb") as lines:
            return max(0, sum(chunk.count(b"\n") for chunk in iter(lambda: lines.read(1 << 20), b"")) - 1)
    except OSError as error:
        raise UsageError(f"{file.name}: cannot be read: {error.strerror}") from None


def _patients_in(file: Path, problems: list[str]) -> Iterator[Patient]:
    from mappings.patient_csv import read_patient_csv
    from mappings.patient_ndjson import read_patient_ndjson

    def report(problem: object) -> None:
        problems.append(f"{file.name}: {problem}")

    with file.open(encoding="utf-8-sig", newline="") as lines:
        if file.suffix.casefold() in (".ndjson", ".jsonl"):
            yield from read_patient_ndjson(lines, report)
        else:
            yield from read_patient_csv(lines, report)
