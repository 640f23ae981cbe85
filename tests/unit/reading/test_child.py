"""The border between us and the child: what goes in, what may come back, and that nothing else does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import case, subject
from documents import flat_csv, word_table, workbook_case_list
from reading_room import everybody

from integration.domain.people import Role
from integration.errors import DocumentRefused, ExitCode
from integration.ports import UntrustedFile
from integration.reading import Limits, confinement, parent, read_untrusted, sandbox
from mappings.case_lists.refusals import Refusal
from mappings.reading_json import to_json

MADE = [case("1/2026/001", subject(family="ZZCANARY", given="Jane"), subject(Role.PERPETRATOR, "ZZOTHER"))]
GOOD = flat_csv(MADE)


def refusal(data: bytes, name: str = "list.csv", limits: Limits = Limits()) -> str:  # noqa: B008 - a frozen value
    with pytest.raises(DocumentRefused) as raised:
        read_untrusted(UntrustedFile(name, data), limits=limits)
    assert raised.value.exit_code is ExitCode.REFUSED
    return raised.value.reason


@pytest.mark.parametrize("make", [flat_csv, word_table, workbook_case_list])
def test_a_list_is_read_in_the_child(make: object) -> None:
    assert callable(make)
    (reading,) = read_untrusted(UntrustedFile("list", make(MADE)))
    assert everybody(reading.cases) == everybody(MADE)


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"", "list.csv", Refusal.EMPTY),
        (b" \r\n\x00", "list.csv", Refusal.EMPTY),
        (workbook_case_list(MADE)[:-300], "list.xlsx", Refusal.TRUNCATED),
        (workbook_case_list(MADE)[:2000], "list.xlsx", Refusal.TRUNCATED),
        (workbook_case_list(MADE), "list.docx", Refusal.NAME_AND_CONTENT_DIFFER),
        (word_table(MADE), "list.csv", Refusal.NAME_AND_CONTENT_DIFFER),
        (GOOD, "list.xlsx", Refusal.NAME_AND_CONTENT_DIFFER),
        (b"MZ\x90\x00" + bytes(200), "list.xlsx", Refusal.UNKNOWN_FORMAT),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "scan.png", Refusal.UNKNOWN_FORMAT),
        (bytes(range(256)) * 40, "list", Refusal.UNKNOWN_FORMAT),
    ],
)
def test_files_that_are_no_list_are_refused_with_a_reason(data: bytes, name: str, expected: Refusal) -> None:
    assert refusal(data, name) == expected.value


def test_a_file_that_is_too_large_is_refused_before_anything_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parent, "child_command", lambda: ["/nonexistent/never-started"])
    assert refusal(GOOD, limits=Limits(input_bytes=100)) == Refusal.TOO_LARGE.value
    assert refusal(GOOD) == Refusal.NOT_CONFINED.value


@pytest.fixture
def imposter(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """A child that does what a hostile file might make it do."""

    def behave(program: str) -> None:
        monkeypatch.setattr(parent, "child_command", lambda: [sys.executable, "-I", "-S", "-c", program])

    yield behave


ANSWER = json.dumps({"readings": [to_json(r) for r in read_untrusted(UntrustedFile("list.csv", GOOD))]})
READ_ALL = "import sys, json; sys.stdin.buffer.read(); out = sys.stdout.write; answer = json.loads(%r); " % ANSWER  # noqa: UP031


def test_the_imposter_itself_would_be_believed(imposter: object) -> None:
    assert callable(imposter)
    imposter(READ_ALL + "out(json.dumps(answer))")
    assert read_untrusted(UntrustedFile("list.csv", GOOD))


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("answer['more'] = 1; out(json.dumps(answer))", Refusal.READER_MISBEHAVED),
        (
            "answer['readings'][0]['layout'] = {'name': 'x', 'version': 1, 'digest': 'a'}; out(json.dumps(answer))",
            Refusal.READER_MISBEHAVED,  # nobody sent it that layout
        ),
        ("out(json.dumps(answer)[:-1])", Refusal.READER_MISBEHAVED),
        ("out('')", Refusal.READER_MISBEHAVED),
        ("out('null')", Refusal.READER_MISBEHAVED),
        ("out('[' * 100000)", Refusal.READER_MISBEHAVED),
        ("out(json.dumps({'readings': []}))", Refusal.READER_MISBEHAVED),
        ("out(json.dumps({'refused': 'JANE SMITH WAS HERE'}))", Refusal.READER_MISBEHAVED),
        (
            "answer['readings'][0]['problems'] = [{'where': '', 'case_ref': None, 'reason': 'ZZCANARY'}];"
            "out(json.dumps(answer))",
            Refusal.READER_MISBEHAVED,
        ),
        (
            "answer['readings'][0]['cases'][0]['subjects'][0]['role'] = 'saint'; out(json.dumps(answer))",
            Refusal.READER_MISBEHAVED,
        ),
        (
            "answer['readings'][0]['cases'][0]['case_ref'] = '\\u202e1'; out(json.dumps(answer))",
            Refusal.READER_MISBEHAVED,
        ),
        ("out('x' * 9_000_000)", Refusal.READER_MISBEHAVED),
        ("import os; os.abort()", Refusal.NEEDS_TOO_MUCH_MEMORY),
        ("sys.exit(1)", Refusal.READER_FAILED),
        ("out(json.dumps({'refused': 'TRUNCATED'}))", Refusal.TRUNCATED),
    ],
)
def test_whatever_the_child_answers_only_the_contract_passes(imposter: object, program: str, expected: Refusal) -> None:
    assert callable(imposter)
    imposter(READ_ALL + program)
    assert refusal(GOOD) == expected.value


IDLE = "threading.Event().wait()"


@pytest.mark.parametrize("program", [IDLE, READ_ALL + "out(json.dumps(answer)); out.__self__.close(); " + IDLE])
def test_a_child_that_does_nothing_and_does_not_end_is_ended(imposter: object, program: str) -> None:
    assert callable(imposter)
    imposter("import threading; " + program)
    assert refusal(GOOD, limits=Limits(wall_seconds=0.5)) == Refusal.DOES_NOT_END.value


def test_a_child_that_starts_others_leaves_none_behind(imposter: object, tmp_path: Path) -> None:
    assert callable(imposter)
    mark = tmp_path / "pid"
    imposter(
        "import os, threading; pid = os.fork();"
        f"pid == 0 and open({str(mark)!r}, 'w').write(str(os.getpid()));"
        "threading.Event().wait()"
    )
    assert refusal(GOOD, limits=Limits(wall_seconds=1.5)) == Refusal.DOES_NOT_END.value
    with pytest.raises(ProcessLookupError):
        _wait_until_gone(int(mark.read_text()))


def _wait_until_gone(pid: int) -> None:
    """Raises `ProcessLookupError` once the process is gone, a zombie counting as gone."""
    for _ in range(10_000):
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat").read_text() if Path(f"/proc/{pid}/stat").exists() else ") Z"
        if stat.rpartition(")")[2].split()[0] == "Z":
            raise ProcessLookupError


def run_confined(program: str) -> str:
    """What a program prints where the child would run, after the child's own locking."""
    lock = "from integration.reading.lockdown import give_up_everything; give_up_everything(); "
    boot = "import sys; sys.path[:0] = sys.argv[1:]; import os, socket; " + lock + program
    command = [*sandbox._room(), *sandbox._python(boot)]
    done = subprocess.run(command, capture_output=True, text=True, env={}, cwd="/", check=False, timeout=60)
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    "deed",
    [
        "socket.socket()",
        "socket.create_connection(('127.0.0.1', 9))",
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "os.kill(os.getppid(), 0)",
        "open('/tmp/zz-left-behind', 'w')",
        "open('/etc/passwd').read()",
        "os.listdir('/')",
        "os.unlink('/tmp/zz')",
    ],
)
def test_once_locked_the_child_can_do_nothing_but_answer(deed: str) -> None:
    if "seccomp" not in confinement():
        pytest.skip("this machine's kernel has neither Landlock nor seccomp")
    program = f"\ntry:\n    {deed}\n    print('done')\nexcept OSError as error:\n    print(type(error).__name__)\n"
    assert run_confined(program) in ("PermissionError", "FileNotFoundError")


def test_the_child_is_told_nothing_of_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGTAG_SECRET", "swordfish")
    program = "print(sorted(os.environ), len(os.listdir('/proc/self/fd')) if os.path.exists('/proc/self/fd') else 3)"
    boot = "import sys; sys.path[:0] = sys.argv[1:]; import os; " + program
    done = subprocess.run(
        [*sandbox._room(), *sandbox._python(boot)],
        capture_output=True,
        text=True,
        env={},
        cwd="/",
        check=True,
        timeout=60,
    )
    assert "FLAGTAG" not in done.stdout
    assert "swordfish" not in done.stdout


def test_the_command_line_of_a_child_says_nothing_of_the_document() -> None:
    assert not any(
        "list" in part or "ZZCANARY" in part for part in sandbox.child_command() if "/" not in part and len(part) < 40
    )
    assert sandbox.child_command() == sandbox.child_command()


def test_without_bubblewrap_the_child_is_still_locked_from_within(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = sandbox._python(sandbox._BOOT)
    monkeypatch.setattr(parent, "child_command", lambda: bare)
    (reading,) = read_untrusted(UntrustedFile("list.csv", GOOD))
    assert everybody(reading.cases) == everybody(MADE)


def test_memory_and_processor_time_have_limits(imposter: object) -> None:
    """A child that has the file uses up what it may, and the wall's clock is far from its end."""
    assert callable(imposter)
    paths = [str(path) for path in sandbox._import_paths()]
    ours = f"import sys; sys.path[:0] = {paths!r}; from integration.reading import child\ndef greedy(*_): "
    imposter(ours + "bytearray(1 << 30)\nchild._answer = greedy; child.main()")
    assert refusal(GOOD) == Refusal.READER_FAILED.value
    imposter(ours + "\n while True: pass\nchild._answer = greedy; child.main()")
    assert refusal(GOOD, limits=Limits(cpu_seconds=1)) == Refusal.TAKES_TOO_LONG.value


def test_nothing_of_a_person_is_in_an_error() -> None:
    reason = refusal(workbook_case_list(MADE)[:-300], "ZZCANARY case list.xlsx")
    assert "ZZCANARY" not in reason
    assert reason in {refused.value for refused in Refusal}


def test_confinement_says_what_holds() -> None:
    assert confinement().endswith("resource limits") or "install bubblewrap" in confinement()
