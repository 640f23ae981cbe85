"""`index tune` and `index adopt`: the numbers of matching on the trust's own people, and a person who adopts them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from integration.cli.named_files import check_can_make, make_file, read_text
from integration.cli.printing import Format, FormatOption, emit_json, emit_rows, say
from integration.cli.session import session_of
from integration.errors import UsageError

if TYPE_CHECKING:
    from integration.matching.estimation import Estimate
    from integration.workflow.deployment import Deployment

KEPT_BY_RULE = (
    "Never estimated: thresholds, margins and guards, relative and twin shares, names' times (how common a name is "
    "follows from the index at every decision), the household of a case."
)


def tune(
    context: typer.Context,
    write: Annotated[Path | None, typer.Option("--write", help="Write the estimates to this new file.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Estimate the matching parameters on this index and its decided people, beside those in force. Changes nothing."""
    check_can_make(write)
    with session_of(context).deployment() as deployment, _progress() as tell:
        version, text, estimates, pairs = _estimated(deployment, tell)
    rows = [_row(one) for one in estimates]
    if form is Format.JSON:
        emit_json({"version": version, "pairs": pairs, "levels": rows})
    else:
        emit_rows(rows, _COLUMNS, form, "", sentences="kept")
        say("In force and estimated are bits; then the pairs that were compared, one person's and strangers'.")
        say("A sentence says why a level keeps its bits.")
        say("; ".join(f"{number} pairs of {name}" for name, number in pairs.items()))
        say(KEPT_BY_RULE)
    if write is not None:
        make_file(write, text)
        say(f"version {version} is in {write}; look at it, then `flagtag index adopt {write}`")


def adopt(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="Parameters as `index tune --write` writes them.")] = None,
    shipped: Annotated[bool, typer.Option("--shipped", help="Go back to the parameters that ship.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Keep your numbers, in the form that this version needs after an upgrade.")
    ] = False,
) -> None:
    """Decide by other matching parameters from now on, in your name. Decisions that are made stay as they are."""
    from integration.matching.adopted import adopt as adopt_text
    from integration.matching.adopted import adopt_shipped

    if (file is not None) + shipped + again != 1:
        raise UsageError("name a file, or say --shipped or --again")
    with session_of(context).deployment() as deployment:
        database, actor = deployment.database, deployment.actor
        if shipped:
            parameters = adopt_shipped(database, actor)
        else:
            text = read_text(file) if file else _carried_over(deployment)
            parameters = adopt_text(database, actor, text)
    say(f"parameters {parameters.version} are in force; every decision from now on names them")


def _carried_over(deployment: Deployment) -> str:
    """What is adopted, in this version's form; says what of it is now as it ships."""
    from integration.matching.adopted import text_in_force
    from integration.matching.carried_over import carry_over
    from integration.matching.direct_reads import DirectReads
    from integration.matching.parameters import shipped_parameters, shipped_text

    with deployment.database.reading() as connection:
        adopted = text_in_force(DirectReads(connection))
    if adopted == shipped_text():
        raise UsageError("what ships is in force; there is nothing to carry over")
    found = carry_over(adopted, _own_version(shipped_parameters().version, deployment))
    if found.from_what_ships:
        say(f"as it ships: {', '.join(found.from_what_ships)}")
    return found.text


def _own_version(of: str, deployment: Deployment) -> str:
    return f"{of.partition('+')[0]}+own.{deployment.clock():%Y%m%dT%H%M%S}"


def _estimated(
    deployment: Deployment, tell: Callable[[str], None]
) -> tuple[str, str, Sequence[Estimate], dict[str, int]]:
    """The new version, its file, every level before and after, and how many pairs were compared."""
    from integration.matching.adopted import parameters_in_force, text_in_force
    from integration.matching.direct_reads import DirectReads
    from integration.matching.estimation import estimate
    from integration.matching.proposal import propose
    from integration.matching.sampled_pairs import sample
    from integration.workflow.decided_pairs import decided_pairs

    status = deployment.index.status()
    if status.patients == 0 or status.loading_since is not None:
        raise UsageError("the index is empty or half loaded; there is nothing to estimate from")
    with deployment.database.reading() as connection:
        reads = DirectReads(connection)
        text, parameters = text_in_force(reads), parameters_in_force(reads)
        found = sample(connection, status, parameters, deployment.today().toordinal(), tell)
    tell("comparing people of lists whose patient is decided")
    decided = list(decided_pairs(deployment.database, parameters))
    pairs = {session.name: len(session.pairs) for session in found.sessions} | {"decided people": len(decided)}
    version = _own_version(parameters.version, deployment)
    made, estimates = propose(text, version, estimate(parameters, found.sessions, decided, found.strangers))
    return version, made, estimates, pairs


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("estimating") as status:
        yield lambda what: status.update(what) if console.is_terminal else None


_COLUMNS = {
    "field": "Field",
    "level": "Level",
    "bits_in_force": "In force",
    "bits_estimated": "Estimated",
    "same_pairs": "One person's",
    "chance_pairs": "Strangers'",
    "kept": "Kept because",
}


def _row(one: Estimate) -> dict[str, object]:
    return {
        "field": one.field,
        "level": one.level,
        "bits_in_force": round(one.bits_before, 1),
        "bits_estimated": round(one.bits_after, 1),
        "same_in_force": one.before.same,
        "same_estimated": float(f"{one.same:.3g}"),
        "chance_in_force": one.before.chance,
        "chance_estimated": None if one.chance is None else float(f"{one.chance:.3g}"),
        "same_pairs": round(one.same_pairs),
        "chance_pairs": round(one.chance_pairs),
        "kept": one.kept,
    }
