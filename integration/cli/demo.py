"""`demo`: the main job on synthetic data in a temporary folder, command by command, down to the certificate."""

from __future__ import annotations

import io
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from integration.cli import demo_documents
from integration.cli.printing import out
from integration.errors import ExitCode, FlagtagError
from integration.shipped import shipped

HELD_IS_FINE = (ExitCode.DONE, ExitCode.HELD)

CONFIGURATION = """\
[trust]
name = "Demo Trust"
ods_code = "RXX"

[storage]
backup_retention_days = 30

[[areas]]
name = "Demoshire"

[[sources]]
name = "demo-drop"
kind = "folder"
path = "drop"
area = "Demoshire"
settle_seconds = 0.5

[flags]
kind = "local"
victim = "automatic"
perpetrator = "confirm"
"""


class DemoFailed(FlagtagError):
    """A step of the demonstration did not end as it should."""


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Keep the temporary folder, to look around in it.")] = False,
) -> None:
    """The main job on synthetic data: index, list, flags, outcome, destruction, certificate. Prints each step."""
    folder = Path(tempfile.mkdtemp(prefix="flagtag-demo-"))
    try:
        _Story(folder, datetime.now(UTC).date()).tell()
    finally:
        if keep:
            out(f"\nKept: {folder}")
        else:
            shutil.rmtree(folder)


class _Story:
    """The demonstration's own deployment and the commands that a person would type."""

    def __init__(self, folder: Path, today: date) -> None:
        self.deployment, self.today = folder / "deployment", today
        self.config, self.drop = self.deployment / "flagtag.toml", self.deployment / "drop"
        self.evidence = folder / "evidence.json"

    def tell(self) -> None:
        self._set_up()
        self._list_goes_through()
        self._people_decide()
        self._meeting_takes_place()
        self._outcomes_are_recorded()
        self._nothing_is_left()
        out("\nThe list balances, the right records carry their flags, and what had to go is gone and certified.")

    def _set_up(self) -> None:
        self._say("1. A new deployment, a patient index, and a signed disposal policy")
        self._run("init", str(self.deployment))
        shutil.rmtree(self.drop)
        self.drop.mkdir(mode=0o700)
        self.config.write_text(CONFIGURATION, encoding="utf-8")
        self._let_the_list_go_at_once()
        patients = self.deployment / "patients.csv"
        patients.write_text(shipped("demo", "patients.csv").read_text(encoding="utf-8"), encoding="utf-8")
        self._run("index", "load", str(patients))
        self._run("policy", "sign", "--approver", "A. Nonymous, Caldicott Guardian")
        self._run("check")

    def _let_the_list_go_at_once(self) -> None:
        policy = self.deployment / "disposal-policy.toml"
        text = policy.read_text(encoding="utf-8")
        policy.write_text(text.replace("case_list_days = 28", "case_list_days = 0"), encoding="utf-8")

    def _list_goes_through(self) -> None:
        self._say("2. The police drop a case list and a research form; the service takes them in, reads and matches")
        self._drop("agenda.docx", demo_documents.case_list(self.today))
        self._drop("research form.docx", demo_documents.research_form(self.today))
        self._run("run", "--once")
        self._run("documents", "list")
        self._run("status")
        self._run("flags", "list")

    def _people_decide(self) -> None:
        self._say("3. What is not certain, and every perpetrator, waits for a person")
        self._run("review", "list")
        for item in self._json("review", "list"):
            shown = self._json("review", "show", item["subject_id"])
            if not shown["candidates"]:
                self._run("review", "decide", item["id"], "not-enough", "--reason", "nobody like that in the index")
                continue
            self._run("review", "show", item["id"])
            best = shown["candidates"][0]["patient"]
            reason = "name, date of birth and address compared"
            self._run("review", "decide", item["id"], "match", "--patient", best, "--reason", reason)
        self._run("run", "--once")
        self._run("flags", "list")
        self._run("flags", "verify")

    def _meeting_takes_place(self) -> None:
        self._say("4. The meeting takes place: a person says so, and the research form goes; minutes come and are read")
        self._run("meetings", "held", demo_documents.AREA, self.today.isoformat())
        self._drop("minutes.docx", demo_documents.minutes(self.today))
        self._run("run", "--once")
        minutes = [d for d in self._json("documents", "list") if d["kind"] == "minutes"]
        self._run("documents", "read", minutes[0]["id"], typed="y\n" * 40)
        self._run("run", "--once")
        self._run("documents", "list")

    def _outcomes_are_recorded(self) -> None:
        self._say("5. The brief outcomes go on record; the list balances and closes, and goes too")
        day = self.today.isoformat()
        self._run("outcomes", "list", demo_documents.AREA, day)
        for case in self._json("outcomes", "list", demo_documents.AREA, day):
            words = "note: Heard. Health actions agreed.\naction: Safeguarding team: offer an appointment\n"
            self._run("outcomes", "record", case["id"], "--words-stdin", typed=words)
        self._run("actions", "list")
        self._run("run", "--once")
        self._run("documents", "list")
        self._run("status")

    def _nothing_is_left(self) -> None:
        self._say("6. Compliance verifies the deletions: live, and offline with one file")
        self._run("deletions", "list")
        self._run("deletions", "verify")
        form = next(d for d in self._json("deletions", "list") if d["kind"] == "research_form")
        self._run("deletions", "show", form["id"])
        self._run("deletions", "show", form["id"], "--evidence", str(self.evidence))
        self._verify_offline()
        self._run("audit", "verify")
        [sheet] = self._json("status")["lists"]
        left = [d for d in self._json("documents", "list") if d["state"] != "destroyed"]
        if sheet["state"] != "closed" or left or any(path.is_file() for path in self.drop.rglob("*")):
            raise DemoFailed("the list is not closed, or something is left of its documents")

    def _verify_offline(self) -> None:
        from integration.audit.verifier import main as verify

        out(f"\n$ flagtag-verify {self.evidence.name}")
        if verify([str(self.evidence)]) != 0:
            raise DemoFailed("the evidence did not verify")

    def _say(self, heading: str) -> None:
        out(f"\n\n{heading}\n{'-' * len(heading)}")

    def _drop(self, name: str, content: bytes) -> None:
        (self.drop / name).write_bytes(content)
        out(f"\n(dropped: {name})")

    def _run(self, *words: str, typed: str = "") -> None:
        """Show a command as a person would type it, and carry it out."""
        shown = " ".join(f'"{w}"' if " " in w else w.replace(f"{self.deployment}/", "") for w in words)
        out(f"\n$ flagtag {shown}")
        self._carry_out(words, typed)

    def _json(self, *words: str) -> Any:
        """What a command says to a program."""
        said = io.StringIO()
        with redirect_stdout(said):
            self._carry_out((*words, "--format", "json"), "")
        return json.loads(said.getvalue())

    def _carry_out(self, words: tuple[str, ...], typed: str) -> None:
        from integration.cli.app import app

        keyboard, sys.stdin = sys.stdin, io.StringIO(typed)
        command: Callable[..., Any] = app
        try:
            code = command(["--config", str(self.config), *words], standalone_mode=False)
        finally:
            sys.stdin = keyboard
        if code not in (None, *HELD_IS_FINE):
            raise DemoFailed(f"`flagtag {words[0]}` ended with {code}")
