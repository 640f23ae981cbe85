"""A whole deployment on disk, driven as its users drive it: configuration, commands, a drop. Synthetic people."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from integration.cli.app import main

PATIENTS_HEADER = "local_id,nhs_number,family,given,middle,dob,sex,address1,postcode,phone"
PATIENTS = (
    "3001,9990000018,ZZQUILLFEATHER,Isolde,Maren,1984-03-02,F,12 Nowhere Street,QX12 3VZ,01632960001",
    "3002,9990000026,ZZQUILLFEATHER,Tristan,,1981-11-19,M,12 Nowhere Street,QX12 3VZ,01632960002",
    "3003,9990000034,ZZQUILLFEATHER,Kestrel,,2016-07-30,F,12 Nowhere Street,QX12 3VZ,01632960001",
    "3004,9990000042,ZZBRAMBLEWICK,Odette,,1990-05-14,F,3 Imaginary Close,QX12 4WZ,01632960004",
    "3005,9990000050,ZZTHORNAPPLE,Caspian,,1975-01-09,M,40 Figment Road,QX12 7QZ,01632960006",
)
LIST_HEADER = (
    "marac_area,meeting_date,case_ref,role,surname,forenames,also_known_as,date_of_birth,age,gender,"
    "address,postcode,nhs_number,referring_agency,repeat"
)
# what nobody may see by the way: the people above, wherever they live, and their cases
ANYBODY = re.compile(
    r"quillfeather|isolde|maren|tristan|kestrel|bramblewick|odette|thornapple|caspian"
    r"|nowhere street|imaginary close|figment|qx12|01632960|99900000\d\d|27/2026",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """What one command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def check_quiet(self) -> Said:
        """What it said by the way names nobody and shows no fault of ours."""
        assert "Traceback" not in self.err, self.err
        assert ANYBODY.findall(self.err) == [], self.err
        return self


def person(case_ref: str, role: str, row: str, *, area: str, day: date) -> str:
    """One line of a flat list, for the patient of a line of the index as above."""
    _, nhs, family, given, _, born, sex, address, postcode, _ = row.split(",")
    birth = date.fromisoformat(born).strftime("%d/%m/%Y")
    fields = (area, day.strftime("%d/%m/%Y"), case_ref, role, family, given, "", birth, "", sex)
    return ",".join((*fields, address, postcode, nhs, "Police", "No"))


def flat_list(*lines: str) -> bytes:
    return ("\n".join((LIST_HEADER, *lines)) + "\n").encode()


class Trust:
    """One deployment; `flags` and `sources` are sections of its configuration in TOML."""

    def __init__(self, folder: Path, *, database: str | None = None, flags: str = "", sources: str = "") -> None:
        self.folder, self.today = folder, datetime.now(UTC).date()
        self.config, self.drop = folder / "flagtag.toml", folder / "drop"
        self.must("init", str(folder))
        for old in (self.drop / "example-area",):
            old.rmdir()
        text = _CONFIGURATION.format(database=database or "sqlite:///state/flagtag.db", flags=flags or _LOCAL_FLAGS)
        self.config.write_text(text + (sources or _FOLDER_SOURCE), encoding="utf-8")
        if database is not None:
            self.must("init", str(folder))  # `init` made the embedded database; now it makes the other one's tables

    def flagtag(self, *words: str, typed: str = "") -> Said:
        """One command, in this process; arguments and standard streams as a shell gives them."""
        out, err = io.StringIO(), io.StringIO()
        argv, stdin, umask = sys.argv, sys.stdin, os.umask(0o022)
        sys.argv = ["flagtag", *([] if words[0] == "init" else ["--config", str(self.config)]), *words]
        sys.stdin = io.StringIO(typed)
        code = 0
        try:
            with redirect_stdout(out), redirect_stderr(err):
                main()
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        finally:
            sys.argv, sys.stdin = argv, stdin
            os.umask(umask)
        return Said(code, out.getvalue(), err.getvalue()).check_quiet()

    def must(self, *words: str, typed: str = "", codes: tuple[int, ...] = (0,)) -> Said:
        """A command that has to end so."""
        said = self.flagtag(*words, typed=typed)
        assert said.code in codes, f"{words}: {said.code}\n{said.out}\n{said.err}"
        return said

    def ask(self, *words: str, codes: tuple[int, ...] = (0, 3)) -> Any:
        """What a command says to a program."""
        return self.must(*words, "--format", "json", codes=codes).json

    def configure(self, old: str, new: str) -> None:
        """Change one place of the configuration."""
        text = self.config.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{text.count(old)} places say {old!r}"
        self.config.write_text(text.replace(old, new), encoding="utf-8")

    def secret(self, name: str, value: str) -> str:
        """A secret in a file of its own; returns how the configuration names it."""
        path = self.folder / name
        path.write_text(value + "\n", encoding="utf-8")
        path.chmod(0o600)
        return f'{{ file = "{name}" }}'

    def load_patients(self, *rows: str) -> None:
        extract = self.folder / "patients.csv"
        extract.write_text("\n".join((PATIENTS_HEADER, *(rows or PATIENTS))) + "\n", encoding="utf-8")
        self.must("index", "load", str(extract))

    def sign_policy(self) -> None:
        """In force, and letting a list go as soon as it is closed."""
        policy = self.folder / "disposal-policy.toml"
        text = policy.read_text(encoding="utf-8")
        policy.write_text(text.replace("case_list_days = 28", "case_list_days = 0"), encoding="utf-8")
        self.must("policy", "sign", "--approver", "A. Nonymous, Caldicott Guardian")

    def file(self, name: str, content: bytes) -> str:
        """A file in the deployment's folder that a command is given by its path."""
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def deliver(self, name: str, content: bytes) -> None:
        (self.drop / name).write_bytes(content)

    def run(self, codes: tuple[int, ...] = (0, 3)) -> Said:
        return self.must("run", "--once", codes=codes)

    def list_of(self, *people: tuple[str, str, str], area: str = "Testshire", days: int = 0) -> bytes:
        """A flat list of (case reference, role, line of the index), for the meeting so many days from today."""
        day = self.today + timedelta(days=days)
        return flat_list(*(person(ref, role, row, area=area, day=day) for ref, role, row in people))

    def list_of_one(self, number: int, row: str, *, area: str = "Testshire", days: int = 0) -> bytes:
        """A list of one victim."""
        return self.list_of((f"27/2026/{number:03}", "Victim", row), area=area, days=days)

    # what a person sees

    def flagged(self) -> list[str]:
        """The patients whose flag stands."""
        return sorted(f["patient"] for f in self.ask("flags", "list") if f["state"] == "verified")

    def status(self) -> dict[str, Any]:
        told: dict[str, Any] = self.ask("status")
        return told

    def failure(self) -> str:
        """What the one source that fails says."""
        [source] = [s for s in self.status()["sources"] if s["failing_since"]]
        return str(source["failure"])

    def in_drop(self) -> list[bytes]:
        """The sender's files that wait in the drop."""
        return [path.read_bytes() for path in self.drop.iterdir() if path.is_file()]

    def set_aside(self) -> list[bytes]:
        """The sender's files that were set aside in the drop."""
        aside = self.drop / ".flagtag-aside"
        return [path.read_bytes() for path in aside.iterdir()] if aside.is_dir() else []


def fhir_flags(base_url: str) -> str:
    """The section [flags] for a FHIR register whose ids are our local ids."""
    return f"""
kind = "fhir"
base_url = "{base_url}"
victim = "automatic"
perpetrator = "automatic"
visibility = "accepted: A. Nonymous, 2026-11-01"
"""


def fhir_patient(row: str) -> dict[str, Any]:
    """The record system's own Patient for a line of the index."""
    local_id, nhs, family, given, _, born, *_ = row.split(",")
    return {
        "resourceType": "Patient",
        "id": local_id,
        "active": True,
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": nhs}],
        "name": [{"family": family, "given": [given]}],
        "birthDate": born,
    }


_LOCAL_FLAGS = """
kind = "local"
victim = "automatic"
perpetrator = "automatic"
visibility = "accepted: A. Nonymous, 2026-11-01"
"""
_FOLDER_SOURCE = """
[[sources]]
name = "test-drop"
kind = "folder"
path = "drop"
area = "Testshire"
settle_seconds = 0
"""
_CONFIGURATION = """
[trust]
name = "Test Trust"
ods_code = "RXX"

[storage]
database = "{database}"
backup_retention_days = 30

[[areas]]
name = "Testshire"
senders = ["marac.admin@police.example"]

[service]
once_retry_seconds = 5

[flags]
{flags}
"""
