"""`check`: the configuration, then every connection for real; each failure names its phase."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import typer

from integration.cli.printing import Format, FormatOption, emit_rows
from integration.cli.session import session_of
from integration.custody.policy import load_policy_file
from integration.errors import ConfigurationError, ExitCode, FlagtagError
from integration.ports import Probe
from integration.reading.layout_files import load_layout_file
from integration.settings import Settings
from integration.workflow.compare_layouts import is_another_of_its_version
from integration.workflow.deployment import Deployment
from integration.workflow.end_flags import flags_left_elsewhere

Row = dict[str, object]


def check(context: typer.Context, form: FormatOption = Format.TABLE) -> None:
    """Check the configuration and every connection; each failure names its phase and its remedy."""
    from integration.wiring import POLICY_FILE

    session = session_of(context)
    settings = session.settings()  # a fault here names its line and ends with the code for configuration
    with session.deployment() as deployment:
        rows = [_row("configuration", "read", ok=True, remedy="")]
        rows += _layouts(settings, deployment)
        rows += _custody(deployment, settings.base / POLICY_FILE)
        for source in deployment.sources.values():
            rows += _probed(f"source {source.name}", source.probe())
        rows += _probed("patient index", deployment.index.probe())
        rows += _probed(f"flag register ({settings.flags.kind})", deployment.register.probe())
        elsewhere = flags_left_elsewhere(deployment)
        if elsewhere is not None:
            rows.append(_row("flag register", "ledger", ok=None, remedy=elsewhere))
    columns = {"what": "What", "phase": "Phase", "result": "Result", "remedy": "What to do"}
    emit_rows(rows, columns, form, "")
    if any(row["result"] == "FAILED" for row in rows):
        raise typer.Exit(ExitCode.UNAVAILABLE)


def _row(what: str, phase: str, *, ok: bool | None, remedy: str) -> Row:
    result = "note" if ok is None else "ok" if ok else "FAILED"
    return {"what": what, "phase": phase, "result": result, "remedy": remedy}


def _layouts(settings: Settings, deployment: Deployment) -> Iterator[Row]:
    """The layouts in use, which were found right at the start, and files that look like layouts and are not in use."""
    wanted = settings.layouts()
    for area, (_, shown) in wanted.items():
        used = deployment.layouts[area].used
        yield _row(f"layout {shown}", "read", ok=True, remedy=f"for {area}: {used}")
        if is_another_of_its_version(deployment, used):
            remedy = f"documents were read by another version {used.version} of it: raise the version with each change"
            yield _row(f"layout {shown}", "version", ok=None, remedy=remedy)
    in_use = {path for path, _ in wanted.values()}
    folders = {path.parent for path in in_use} - {settings.base} | {settings.path(Path("layouts"))}
    for path in sorted(path for folder in folders if folder.is_dir() for path in folder.glob("*.toml")):
        if path not in in_use:
            yield _row(f"layout {path.name}", "read", ok=None, remedy=_unused(settings, path))


def _unused(settings: Settings, path: Path) -> str:
    """Why a layout has no effect, and what else is to be said of it."""
    try:
        area = load_layout_file(path, "it").area
    except ConfigurationError as error:
        return f"no area names it, so it has no effect; and {error}"
    if settings.area(area) is None:
        return f"it has no effect: {area} is not among [[areas]]; add the area, or correct the layout's"
    return f"no area names it, so it has no effect: give {area} its `layout`, or remove the file"


def _probed(what: str, probes: Iterable[Probe]) -> Iterator[Row]:
    try:
        for probe in probes:
            yield _row(what, probe.phase, ok=probe.ok, remedy=probe.remedy)
    except FlagtagError as error:
        yield _row(what, "probe", ok=False, remedy=str(error))


def _custody(deployment: Deployment, policy_file: Path) -> Iterator[Row]:
    from integration.reading import confinement

    yield _row("custody", "keys", ok=None, remedy=deployment.keys.assurance())
    yield _row("reading", "confinement", ok=None, remedy=confinement())
    try:
        load_policy_file(policy_file)
    except FlagtagError as error:
        yield _row("disposal policy", "read", ok=False, remedy=str(error))
        return
    signed = deployment.policy() is not None
    remedy = "" if signed else "nothing is destroyed until somebody signs it: `flagtag policy sign`"
    yield _row("disposal policy", "signature", ok=True if signed else None, remedy=remedy)
