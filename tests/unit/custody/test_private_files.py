"""Files for their owner alone: links are never followed, an overwrite is looked at, and a refusal says where."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from integration.custody.private_files import (
    check_private,
    disk_errors,
    make_private_folder,
    read_back,
    read_private,
    reads_past_the_cache,
    wipe,
    write_new,
)
from integration.errors import ConfigurationError, IntegrityBroken, Unavailable


def test_a_link_is_never_followed(tmp_path: Path) -> None:
    victim, link = tmp_path / "victim", tmp_path / "link"
    write_new(victim, b"precious")
    link.symlink_to(victim)
    with pytest.raises(ConfigurationError, match="symbolic link"):
        check_private(link)
    for act in (wipe, read_private, lambda path: write_new(path, b"x"), lambda path: read_back(path, 0, 1)):
        with pytest.raises(OSError, match=r"Too many levels of symbolic links|File exists"):
            act(link)
    assert victim.read_bytes() == b"precious"


def test_wiping_overwrites_the_very_bytes_and_may_be_repeated(tmp_path: Path) -> None:
    path, second_name = tmp_path / "file", tmp_path / "second-name"
    write_new(path, b"precious" * 1000)
    os.link(path, second_name)  # the same bytes on the disk, seen after the name is gone
    wipe(path)
    wipe(path)
    assert not path.exists()
    assert second_name.read_bytes() == bytes(8000)


def test_an_overwrite_that_did_not_happen_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_new(path, b"precious")
    monkeypatch.setattr(os, "pwrite", lambda _descriptor, content, _offset: len(content))
    with pytest.raises(IntegrityBroken, match="the disk is failing"):
        wipe(path)
    assert path.exists()


@pytest.mark.parametrize(("offset", "length"), [(0, 1), (0, 5000), (64, 64), (4090, 12), (4096, 904), (4990, 64)])
def test_bytes_are_read_back_where_they_lie(tmp_path: Path, offset: int, length: int) -> None:
    path = tmp_path / "file"
    content = os.urandom(5000)
    write_new(path, content)
    assert read_back(path, offset, length) == content[offset : offset + length]


def test_a_file_system_without_direct_reads_is_read_through_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_new(path, b"words")
    real = os.open

    def refuse_direct(path: Path, flags: int, *more: int) -> int:
        if flags & os.O_DIRECT:
            raise OSError(22, "Invalid argument")
        return real(path, flags, *more)

    monkeypatch.setattr(os, "open", refuse_direct)
    assert not reads_past_the_cache(path)
    assert read_back(path, 1, 3) == b"ord"


def test_a_folder_is_made_private_and_an_open_one_refused(tmp_path: Path) -> None:
    make_private_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
    open_to_others = tmp_path / "open"
    open_to_others.mkdir()
    open_to_others.chmod(0o755)
    with pytest.raises(ConfigurationError, match="chmod 700"):
        make_private_folder(open_to_others)
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be made a folder"):
        make_private_folder(tmp_path / "file" / "below")


def test_what_the_disk_refuses_names_the_folder(tmp_path: Path) -> None:
    words = f"vault: read: {tmp_path}: Input/output error"
    with pytest.raises(Unavailable, match=words), disk_errors("vault", "read", tmp_path):
        raise OSError(5, os.strerror(5))
