"""Run each target under libFuzzer for its share of the time, and say how to replay what it found.

python -m fuzz.campaign SECONDS             all targets; ends with 1 if there is a finding
python -m fuzz.campaign replay TARGET HEX   one input again, in this process, with its traceback
"""

from __future__ import annotations

import importlib
import subprocess
import sys
import tempfile
from pathlib import Path

ONE_INPUT_SECONDS = 10
MEMORY_MIB = 1_024
_START_SECONDS = 60


def campaign(seconds: int) -> int:
    """Every target in its own process, because libFuzzer ends the process that it runs in."""
    from fuzz.targets import TARGETS

    share = max(1, seconds // len(TARGETS))
    unsound = [name for name in TARGETS if not _sound(name, share)]
    print(f"fuzz: {len(TARGETS)} targets for {share} s each, findings in: {', '.join(unsound) or 'none'}", flush=True)
    return 1 if unsound else 0


def _sound(target: str, seconds: int) -> bool:
    """Fuzz one target; whatever input ended it is printed."""
    with tempfile.TemporaryDirectory(prefix="flagtag-fuzz-") as folder:
        found = Path(folder, "found")
        found.mkdir()
        command = [sys.executable, "-m", "fuzz.campaign", "run", target, str(seconds), folder]
        try:
            done = subprocess.run(command, capture_output=True, check=False, timeout=seconds + _START_SECONDS)
        except subprocess.TimeoutExpired:
            print(f"fuzz: {target}: did not end by itself", flush=True)
            return False
        findings = sorted(found.iterdir())
        tail = done.stderr.decode(errors="replace").splitlines()
        if done.returncode or findings:
            print(f"fuzz: {target}: ended with {done.returncode}", *tail[-30:], sep="\n")
        else:
            print(f"fuzz: {target}: {tail[-1] if tail else 'no word'}", flush=True)
        for finding in findings:
            given = finding.read_bytes().hex()
            print(f"fuzz: {target}: {finding.name.partition('-')[0]} on the input {given}")
            print(
                f'  replay: PYTHONPATH=.:tests .venv/bin/python -m fuzz.campaign replay {target} "{given}"', flush=True
            )
        return done.returncode == 0 and not findings


def run(name: str, seconds: int, folder: Path) -> None:
    """Inside the process of one target; libFuzzer does not come back."""
    import atheris

    with atheris.instrument_imports(include=["integration", "mappings", "email", "json"], enable_loader_override=False):
        for library in ("email.policy", "email._header_value_parser", "json.decoder"):
            importlib.import_module(library)  # they are loaded late otherwise, and would not be seen into
        from fuzz.targets import TARGETS
    target = TARGETS[name]
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(target.seeds):
        (corpus / str(number)).write_bytes(seed)
    limits = (f"-timeout={ONE_INPUT_SECONDS}", f"-rss_limit_mb={MEMORY_MIB}", f"-max_len={target.longest}")
    bounded = (f"-max_total_time={seconds}", f"-artifact_prefix={folder / 'found'}/")
    atheris.Setup([sys.argv[0], *limits, *bounded, str(corpus)], target.check)
    atheris.Fuzz()


def replay(name: str, given: str) -> None:
    """One input once more; what it raises is shown by Python."""
    from fuzz.targets import TARGETS

    TARGETS[name].check(bytes.fromhex(given))
    print(f"fuzz: {name}: nothing is found on this input")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["replay", target, given]:
            replay(target, given)
        case ["run", target, seconds, folder]:
            run(target, int(seconds), Path(folder))
        case [seconds]:
            sys.exit(campaign(int(seconds)))
        case _:
            sys.exit(__doc__)
