"""What a command writes where its user says: whole or not at all, and a place that takes no file is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration.cli.written_files import check_can_make, make_file, write_file
from integration.custody import private_files
from integration.errors import UsageError

TEXT = "one line\nand another\n"


@pytest.mark.parametrize("killed", ["before it is renamed", "in the middle"])
def test_a_kill_leaves_no_file_and_the_next_run_makes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed: str
) -> None:
    whole = private_files.write_new

    def cut(path: Path, content: bytes) -> None:
        whole(path, content if killed == "before it is renamed" else content[: len(content) // 2])
        raise KeyboardInterrupt

    made = tmp_path / "seen.txt"
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("integration.cli.written_files.write_new", cut)
        make_file(made, TEXT)
    check_can_make(made)
    make_file(made, TEXT)
    assert made.read_text(encoding="utf-8") == TEXT
    assert list(tmp_path.iterdir()) == [made]


def test_a_place_that_takes_no_file_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone" / "seen.txt"
    for write in (make_file, write_file):
        with pytest.raises(UsageError, match=f"^{gone}: cannot be written: No such file or directory$"):
            write(gone, TEXT)
    with pytest.raises(UsageError, match="there is no such folder"):
        check_can_make(gone)
    with pytest.raises(UsageError, match="there is a file already"):
        check_can_make(tmp_path)
