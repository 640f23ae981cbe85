"""The folder drop against hostile files and a death at any of its steps."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.folder_drop import FolderDrop
from connectors.limits import Limits
from integration.errors import Unavailable

LIST = b"case,family\r\n27/2026/001,ZZTESTER\r\n"
ARRIVAL = "c" * 32
STEPS = ("mkdir", "rename", "fsync", "unlink", "open", "urandom")


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it, and nothing after it runs."""


def folder(path: Path) -> FolderDrop:
    return FolderDrop("drop", ("Rotherham",), path, Limits(settle_seconds=0))


def dying_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process die before the given one of its steps on the disk."""
    left = [step]

    def dying(real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **options: object) -> object:
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            return real(*args, **options)

        return call

    for name in STEPS:
        monkeypatch.setattr(os, name, dying(getattr(os, name)))


def test_a_death_at_any_step_loses_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    deaths = 0
    for step in range(60):
        drop = tmp_path / str(step)
        drop.mkdir()
        (drop / "list.csv").write_bytes(LIST)
        (waiting,) = folder(drop).waiting()
        removing = False
        with pytest.MonkeyPatch.context() as patch:
            dying_at(step, patch)
            try:
                folder(drop).set_aside(waiting, ARRIVAL)
                removing = True
                folder(drop).remove(ARRIVAL)
            except Killed:
                deaths += 1
            else:
                break
        lying = [path.read_bytes() for path in drop.rglob("*") if path.is_file()]
        assert removing or lying == [LIST]
        again = folder(drop)
        for waiting in again.waiting():
            again.set_aside(waiting, ARRIVAL)
        assert not list(again.waiting())  # never offers what it has begun to overwrite
        again.remove(ARRIVAL)
        assert again.is_gone(ARRIVAL)
        assert not [path for path in drop.rglob("*") if path.is_file()]
    else:
        pytest.fail("it never came through")
    assert deaths > 10


def test_a_removed_file_was_overwritten_before_its_name_went(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(LIST)
    source = folder(tmp_path)
    (waiting,) = source.waiting()
    source.set_aside(waiting, ARRIVAL)
    (copy,) = (tmp_path / ".flagtag-aside").iterdir()
    with copy.open("rb") as still_open:
        source.remove(ARRIVAL)
        left = still_open.read()
    assert len(left) == len(LIST)
    assert b"ZZTESTER" not in left


def test_a_file_with_another_name_is_neither_taken_nor_destroyed(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    (tmp_path / "kept.csv").write_bytes(LIST)
    os.link(tmp_path / "kept.csv", drop / "list.csv")
    source = folder(drop)
    assert not list(source.waiting())
    assert [oddity[:6] for oddity in source.oddities()] == ["1 left"]
    (tmp_path / "kept.csv").unlink()
    (waiting,) = source.waiting()
    source.set_aside(waiting, ARRIVAL)
    (copy,) = (drop / ".flagtag-aside").iterdir()
    os.link(copy, tmp_path / "kept again.csv")
    with pytest.raises(Unavailable, match="hard link"):
        source.remove(ARRIVAL)
    assert (tmp_path / "kept again.csv").read_bytes() == LIST
    (tmp_path / "kept again.csv").unlink()
    source.remove(ARRIVAL)
    assert source.is_gone(ARRIVAL)


def test_a_pipe_that_takes_a_files_place_does_not_stop_the_service(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(b"")
    source = folder(tmp_path)
    (waiting,) = source.waiting()
    (tmp_path / "list.csv").unlink()
    os.mkfifo(tmp_path / "list.csv")
    with pytest.raises(Unavailable, match="changed"):
        source.download(waiting)


def test_a_link_planted_where_copies_go_is_refused(tmp_path: Path) -> None:
    drop, elsewhere = tmp_path / "drop", tmp_path / "elsewhere"
    drop.mkdir()
    elsewhere.mkdir()
    (drop / ".flagtag-aside").symlink_to(elsewhere)
    (drop / "list.csv").write_bytes(LIST)
    source = folder(drop)
    with pytest.raises(Unavailable, match=r"list: path, or \.flagtag-aside in it, is not a folder"):
        source.waiting()
    assert [(probe.phase, probe.ok) for probe in source.probe()] == [("list", True), ("set aside", False)]
    assert not list(elsewhere.iterdir())
    assert (drop / "list.csv").exists()


def test_a_link_planted_as_a_copy_is_not_followed(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    (drop / ".flagtag-aside").mkdir(parents=True)
    (tmp_path / "victim.csv").write_bytes(LIST)
    size, written = len(LIST), (tmp_path / "victim.csv").stat().st_mtime_ns
    (drop / ".flagtag-aside" / f"{ARRIVAL}.{size}.{written}").symlink_to(tmp_path / "victim.csv")
    source = folder(drop)
    assert not list(source.waiting())
    assert len(source.oddities()) == 1
    with pytest.raises(Unavailable):
        source.remove(ARRIVAL)
    assert (tmp_path / "victim.csv").read_bytes() == LIST


@pytest.mark.parametrize(
    ("code", "words"),
    [(errno.ENOSPC, "disk is full"), (errno.EROFS, "read-only"), (errno.EACCES, "permission"), (errno.EIO, "output")],
)
def test_a_disk_that_fails_is_named_with_its_phase_and_loses_nothing(
    tmp_path: Path, code: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "list.csv").write_bytes(LIST)
    source = folder(tmp_path)
    (waiting,) = source.waiting()

    def failing(*_args: object, **_options: object) -> None:
        raise OSError(code, os.strerror(code), "ZZTESTER.csv")

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", failing)
        with pytest.raises(Unavailable, match=words) as failure:
            source.set_aside(waiting, ARRIVAL)
    assert failure.value.phase == "set aside"
    assert "ZZTESTER" not in str(failure.value)
    assert source.download(waiting)[0].untrusted_bytes == LIST


def test_a_copy_that_may_be_removed_but_not_written_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "list.csv").write_bytes(LIST)
    source = folder(tmp_path)
    (waiting,) = source.waiting()
    source.set_aside(waiting, ARRIVAL)
    opened = os.open

    def not_for_writing(path: str | Path, flags: int, *args: int, **options: int) -> int:
        if flags & os.O_WRONLY:
            raise PermissionError(errno.EACCES, "")
        return opened(path, flags, *args, **options)

    monkeypatch.setattr(os, "open", not_for_writing)
    source.remove(ARRIVAL)
    assert source.is_gone(ARRIVAL)
