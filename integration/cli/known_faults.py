"""Which faults of an extract somebody has seen: in a file of fingerprints, which tells nobody whom they concern.

A fault is the same one as long as the record and what is wrong with it are, wherever its line stands tonight.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from integration.cli.named_files import make_file
from integration.custody.secrets import InstallationSecrets
from integration.errors import UsageError

_HEAD = "# Faults of patient extracts that somebody has seen (`flagtag index load --known-faults`). Names nobody.\n"
_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: where it stands, what is wrong, and of which record or row, which is never shown."""

    file: str
    where: str
    kind: str
    of: str = field(repr=False)

    @property
    def said(self) -> str:
        return f"{self.file}: {self.where}{self.kind}"

    def fingerprint(self, secrets: InstallationSecrets) -> str:
        of = self.of.encode(errors="surrogatepass")  # JSON can spell halves of characters
        return secrets.fingerprint("load fault", self.kind.encode(), of)[:_DIGITS]


@dataclass(frozen=True, slots=True)
class Faults:
    """Those of a load that nobody has seen, those that somebody has, and how many known ones are no more."""

    new: Sequence[Fault]
    known: Sequence[Fault] = ()
    gone: int = 0


def sort_out(faults: Sequence[Fault], known: Collection[str], secrets: InstallationSecrets) -> Faults:
    """Which of these faults nobody has seen."""
    if not known:
        return Faults(faults)
    prints = [fault.fingerprint(secrets) for fault in faults]
    new = [fault for fault, one in zip(faults, prints, strict=True) if one not in known]
    seen = [fault for fault, one in zip(faults, prints, strict=True) if one in known]
    return Faults(new, seen, len(set(known).difference(prints)))


def read_known(file: Path | None) -> frozenset[str]:
    """The fingerprints in a file as `write_known` writes it; raises `UsageError`."""
    if file is None:
        return frozenset()
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{file}: no file of known faults; `--write-faults` makes one") from None
    found = set()
    for number, line in enumerate(lines, 1):
        one, _, _ = line.partition(" ")
        if len(one) == _DIGITS and set(one) <= set("0123456789abcdef"):
            found.add(one)
        elif line.strip() and not line.startswith("#"):
            raise UsageError(f"{file}: line {number} is no fault as `--write-faults` writes it")
    return frozenset(found)


def write_known(file: Path, faults: Faults, secrets: InstallationSecrets) -> None:
    """Write a load's faults as known ones: a fingerprint each, and what is wrong.

    Into a new file, always: a nightly job that wrote over its own would know every fault by itself.
    """
    lines = dict.fromkeys(f"{fault.fingerprint(secrets)} {fault.kind}\n" for fault in (*faults.new, *faults.known))
    make_file(file, _HEAD + "".join(lines))
