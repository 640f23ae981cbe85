"""`audit`: verify the log, and export it for others to verify."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from integration.cli.named_files import read_text, write_file
from integration.cli.printing import Format, FormatOption, emit_json, out, say
from integration.cli.session import session_of
from integration.errors import ExitCode
from integration.storage.audit_log import export, verify_log

group = typer.Typer(help="The audit log.", no_args_is_help=True)


@group.command("verify")
def verify(
    context: typer.Context,
    witnessed: Annotated[
        list[Path] | None, typer.Option("--witnessed", help="Checkpoints that were kept outside this machine.")
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Whether the log is whole: numbers, hashes, checkpoints and their signatures."""
    kept = [read_text(path) for path in witnessed or ()]
    with session_of(context).deployment() as deployment:
        verdict = verify_log(deployment.database, deployment.secrets.public_key, kept)
        public_key = deployment.secrets.public_key.hex()
    findings = [{"seq": finding.seq, "what": finding.what} for finding in verdict.findings]
    if form is Format.JSON:
        counts = {"events": verdict.size, "checkpoints": verdict.checkpoints, "public_key": public_key}
        emit_json({"ok": verdict.ok, **counts, "findings": findings})
    else:
        out(f"{verdict.size} events, {verdict.checkpoints} checkpoints, the last covering {verdict.signed_size}")
        out(f"public key {public_key}: `flagtag-verify --public-key` takes it")
        out("the log is whole" if verdict.ok else "THE LOG IS NOT WHOLE")
        for finding in findings:
            out(f"event {finding['seq']}: {finding['what']}")
    if not verdict.ok:
        raise typer.Exit(ExitCode.FAILED)


@group.command("export")
def export_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to write it; nothing about a person is in it.")],
) -> None:
    """Write the whole log, its checkpoints and the certificates to one file for `flagtag-verify`."""
    with session_of(context).deployment() as deployment:
        content = export(deployment.database, deployment.secrets)
    write_file(file, json.dumps(content))
    say(f"{file} is written; verify it by `flagtag-verify {file}`")
