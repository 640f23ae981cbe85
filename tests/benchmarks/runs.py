"""Programs run in processes of their own and measured from outside; ours on a deployment loaded as a trust loads it.

Every method is a program of this folder that prints its figures as one line of JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import Any

from benchmarks.evaluation import Files

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FLAGTAG = str(Path(sys.executable).with_name("flagtag"))
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ended:
    """A program that ran to its end: what it printed, and what it took."""

    printed: str
    seconds: float
    processor: float
    megabytes: float  # of all its processes together


class Memory(Thread):
    """Watches how much memory a program and those that it starts hold at most, added up; only Linux says so."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self._ended, self._peaks = pid, Event(), dict[int, float]()

    def run(self) -> None:
        while not self._ended.wait(0.05):
            self._look_at(self._pid)

    def megabytes(self) -> float:
        self._ended.set()
        self.join()
        return sum(self._peaks.values())

    def _look_at(self, pid: int) -> None:
        of_process = Path(f"/proc/{pid}")
        with suppress(OSError):  # it has ended meanwhile
            for line in (of_process / "status").read_text().splitlines():
                if line.startswith("VmHWM"):
                    self._peaks[pid] = int(line.split()[1]) / 1024
            for children in of_process.glob("task/*/children"):
                for child in children.read_text().split():
                    self._look_at(int(child))


def run(*command: str) -> Ended:
    """Run one program and measure it from outside; its own words only if it fails."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PYTHONWARNINGS": "ignore"}
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as complained:
        program = subprocess.Popen(command, env=environment, stdout=said, stderr=complained)
        memory = Memory(program.pid)
        memory.start()
        _, status, used = os.wait4(program.pid, 0)
        seconds, program.returncode = time.perf_counter() - began, os.waitstatus_to_exitcode(status)
        said.seek(0)
        complained.seek(0)
        if program.returncode not in (0, 3):  # 3: done, and somebody waits for a person
            raise SystemExit(f"{Path(command[0]).name} {Path(command[1]).name}: {complained.read()[-2000:]}")
        return Ended(said.read(), seconds, used.ru_utime + used.ru_stime, memory.megabytes())


def measured(*command: str) -> Figures:
    """The figures that a program of this folder tells."""
    told: Figures = json.loads(run(*command).printed.splitlines()[-1])
    return told


class Deployment:
    """A deployment of our own whose index is loaded, as a trust loads it."""

    def __init__(self, folder: Path, index: Path, today: date) -> None:
        self._today = today
        self._config = str(folder / "deployment" / "flagtag.toml")
        self._state = folder / "deployment" / "state"
        run(FLAGTAG, "init", str(folder / "deployment"))
        loaded = run(FLAGTAG, "--config", self._config, "index", "load", str(index))
        self.database = str(self._state / "flagtag.db")
        self.patients = self._patients()
        self.figures: Figures = {
            "load": loaded.seconds,
            "load_processor": loaded.processor,
            "load_memory": loaded.megabytes,
            "disk": sum(file.stat().st_size for file in self._state.glob("flagtag.db*")) / 1e6,
        }

    def _patients(self) -> int:
        status = run(FLAGTAG, "--config", self._config, "index", "status", "--format", "json").printed
        return int(json.loads(status)["patients"])

    def match(self, files: Files) -> Figures:
        """How right: everybody on a list, in lists of 200."""
        return self._matched(files)

    def match_and_time(self, files: Files) -> Figures:
        """The same; then people and changes one by one, and the first list by the command."""
        told = self._matched(files, "--one-by-one") | self.figures
        one_list = self._state / "people.csv"
        with files.people.open() as lines:
            one_list.write_text("".join(islice(lines, 201)))
        command = (FLAGTAG, "--config", self._config, "match", str(one_list), "--format", "json")
        runs = [run(*command) for _ in range(3)]
        told["command_seconds"] = median(ran.seconds for ran in runs)
        told["command_processor"] = median(ran.processor for ran in runs)
        return told

    def _matched(self, files: Files, *more: str) -> Figures:
        told = self.measured("with_flagtag.py", files, *more)
        by_rule: Figures = told["by_rule"]
        return told | by_rule

    def measured(self, program: str, files: Files, *more: str) -> Figures:
        """What a program of this folder says of one list."""
        return measured(*self._command(program, files), *more)

    def printed(self, program: str, files: Files, *more: str) -> str:
        """The same for a program whose words are for people."""
        return run(*self._command(program, files), *more).printed

    def _command(self, program: str, files: Files) -> tuple[str, ...]:
        of_list = (self.database, str(files.people), str(files.truth), "--today", self._today.isoformat())
        return sys.executable, str(HERE / program), *of_list
