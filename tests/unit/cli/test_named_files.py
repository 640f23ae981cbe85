"""What a command writes where its user says: whole or not at all; what it cannot write or read is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration.cli.named_files import check_can_make, make_file, read_text, write_file
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
        patched.setattr("integration.cli.named_files.write_new", cut)
        make_file(made, TEXT)
    check_can_make(made)
    make_file(made, TEXT)
    assert made.read_text(encoding="utf-8") == TEXT
    assert list(tmp_path.iterdir()) == [made]


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"^{tmp_path}: cannot be read: Is a directory$"):
        read_text(tmp_path)
    other = tmp_path / "other.txt"
    other.write_bytes(b"caf\xe9")
    with pytest.raises(UsageError, match=f"^{other}: it is not UTF-8 text$"):
        read_text(other)


def test_a_place_that_takes_no_file_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone" / "seen.txt"
    for write in (make_file, write_file):
        with pytest.raises(UsageError, match=f"^{gone}: cannot be written: No such file or directory$"):
            write(gone, TEXT)
    with pytest.raises(UsageError, match="there is no such folder"):
        check_can_make(gone)
    with pytest.raises(UsageError, match="there is a file already"):
        check_can_make(tmp_path)
