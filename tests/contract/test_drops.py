"""What a folder and an SFTP drop promise beyond every source: whole files only, and nothing removed unread."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from peers.outsides import Drop, FolderOutside, SftpOutside

from connectors.limits import Limits
from integration.errors import Unavailable

LIST, MORE = b"case,family\r\n27/2026/001,ZZTESTER\r\n", b"27/2026/002,ZZSAMPLE\r\n"
ARRIVAL, OTHER_ARRIVAL = "a" * 32, "b" * 32
PATIENT = Limits(settle_seconds=5, timeout_seconds=10)


@pytest.fixture(params=["folder", "sftp"])
def drop(request: pytest.FixtureRequest, tmp_path: Path) -> Drop:
    return FolderOutside(tmp_path) if request.param == "folder" else SftpOutside(request.getfixturevalue("openssh"))


def age(path: Path, seconds: int) -> None:
    """Give a file another time: SFTP tells whole seconds, and tests are faster than that."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + seconds * 1_000_000_000))


def test_a_file_is_offered_once_it_has_rested(drop: Drop) -> None:
    source = drop.source(PATIENT)
    drop.deliver("list.csv", LIST)
    for at in (0, 4.9):
        drop.clock.now = 1000 + at
        assert not list(source.waiting())
        assert source.settling()
    drop.clock.now = 1005
    assert len(list(source.waiting())) == 1
    assert not source.settling()


def test_an_upload_that_goes_on_is_not_offered(drop: Drop) -> None:
    source = drop.source(PATIENT)
    with (drop.path / "list.csv").open("wb", buffering=0) as upload:
        for number in range(4):
            upload.write(MORE)
            age(drop.path / "list.csv", number + 1)
            assert not list(source.waiting())
            assert source.settling()
            drop.clock.now += 4.9
    list(source.waiting())
    drop.clock.now += 5
    (waiting,) = source.waiting()
    assert source.download(waiting)[0].untrusted_bytes == MORE * 4


@pytest.mark.parametrize("name", ["list.csv.part", "list.xlsx.filepart", "LIST.CSV.PART", ".list.csv", "~$list.docx"])
def test_names_of_uploads_and_hidden_names_are_not_lists(drop: Drop, name: str) -> None:
    drop.deliver(name, LIST)
    source = drop.source()
    assert not list(source.waiting())
    (drop.path / name).rename(drop.path / "list.csv")
    assert len(list(source.waiting())) == 1


def test_an_upload_that_was_given_up_is_reported_after_an_hour(drop: Drop) -> None:
    source = drop.source(PATIENT)
    drop.deliver("ZZTESTER.csv.part", LIST)
    list(source.waiting())
    drop.clock.now += 3599
    list(source.waiting())
    assert not source.oddities()
    drop.clock.now += 1
    list(source.waiting())
    (oddity,) = source.oddities()
    assert oddity.startswith("1 left alone: upload that has stood unfinished")
    assert "ZZTESTER" not in oddity


def test_a_link_is_never_followed_and_always_reported(drop: Drop, tmp_path: Path) -> None:
    secret = drop.path.parent / f"{drop.path.name}-outside.csv"
    secret.write_bytes(LIST)
    try:
        (drop.path / "ZZTESTER.csv").symlink_to(secret)
        os.mkfifo(drop.path / "pipe.csv")
        (drop.path / "folder").mkdir()
        source = drop.source(PATIENT)
        assert not list(source.waiting())
        assert source.settling()  # a `run --once` looks again, and then it is said
        drop.clock.now += 5
        assert not list(source.waiting())
        assert [oddity.split(":")[1].strip() for oddity in source.oddities()] == [
            "symbolic link",
            "pipe, socket or device",
            "sub-folder",
        ]
        assert "ZZTESTER" not in "".join(source.oddities())
    finally:
        secret.unlink()


def test_a_file_that_became_a_link_is_not_read(drop: Drop) -> None:
    drop.deliver("list.csv", LIST)
    source = drop.source()
    (waiting,) = source.waiting()
    os.rename(drop.path / "list.csv", drop.path / ".elsewhere")
    (drop.path / "list.csv").symlink_to(drop.path / ".elsewhere")
    with pytest.raises(Unavailable) as failure:
        source.download(waiting)
    assert failure.value.phase == "download"
    source.set_aside(waiting, ARRIVAL)
    assert not source.is_aside(ARRIVAL)


def test_a_file_that_changes_before_the_download_is_read_later_and_whole(drop: Drop) -> None:
    drop.deliver("list.csv", LIST)
    source = drop.source()
    (waiting,) = source.waiting()
    drop.deliver("list.csv", LIST + MORE)
    with pytest.raises(Unavailable, match="changed"):
        source.download(waiting)
    (again,) = source.waiting()
    assert again.ref != waiting.ref
    assert source.download(again)[0].untrusted_bytes == LIST + MORE


def test_a_new_version_under_the_same_name_is_not_set_aside_unread(drop: Drop) -> None:
    drop.deliver("list.csv", LIST)
    source = drop.source()
    (waiting,) = source.waiting()
    source.download(waiting)
    drop.deliver("list.csv", LIST + MORE)
    source.set_aside(waiting, ARRIVAL)
    assert not source.is_aside(ARRIVAL)
    assert drop.in_inbox() == [LIST + MORE]


def test_a_copy_that_a_slow_sender_goes_on_writing_is_offered_again_and_not_removed(drop: Drop) -> None:
    source = drop.source()
    with (drop.path / "list.csv").open("ab", buffering=0) as upload:
        upload.write(LIST)
        (waiting,) = source.waiting()
        source.download(waiting)
        source.set_aside(waiting, ARRIVAL)
        upload.write(MORE)  # the sender has stalled for longer than any rest, and goes on
    with pytest.raises(Unavailable, match="changed"):
        source.remove(ARRIVAL)
    restarted = drop.source()
    (again,) = restarted.waiting()
    assert restarted.download(again)[0].untrusted_bytes == LIST + MORE
    restarted.set_aside(again, OTHER_ARRIVAL)
    restarted.set_aside(again, OTHER_ARRIVAL)
    assert not list(restarted.waiting())
    assert restarted.is_gone(ARRIVAL)
    restarted.remove(ARRIVAL)
    assert restarted.is_aside(OTHER_ARRIVAL)
    restarted.remove(OTHER_ARRIVAL)
    assert restarted.is_gone(OTHER_ARRIVAL)


def test_a_drop_that_is_not_mounted_proves_nothing_about_a_copy(drop: Drop) -> None:
    drop.deliver("list.csv", LIST)
    source = drop.source()
    (waiting,) = source.waiting()
    source.set_aside(waiting, ARRIVAL)
    (drop.path / ".flagtag-aside").rename(drop.path / ".unmounted")
    for verb in (source.is_gone, source.remove):
        with pytest.raises(Unavailable, match="missing"):
            verb(ARRIVAL)
    (drop.path / ".unmounted").rename(drop.path / ".flagtag-aside")
    assert not source.is_gone(ARRIVAL)


def test_a_name_in_any_encoding_hides_nothing(drop: Drop) -> None:
    drop.deliver(os.fsdecode(b"Zo\xeb \xa3.csv"), LIST)
    drop.deliver("second list.csv", MORE)
    source = drop.source()
    found = list(source.waiting())
    assert len(found) == 2
    for number, waiting in enumerate(found):
        waiting.ref.encode("ascii")
        (file,) = source.download(waiting)
        file.untrusted_name.encode()
        source.set_aside(waiting, f"{number}" * 32)
    assert not drop.in_inbox()


def test_the_senders_name_is_given_up_when_a_file_is_set_aside(drop: Drop) -> None:
    drop.deliver("ZZTESTER Quillon.csv", LIST)
    source = drop.source()
    (waiting,) = source.waiting()
    source.set_aside(waiting, ARRIVAL)
    assert [name.split(".")[0] for name in os.listdir(drop.path / ".flagtag-aside")] == [ARRIVAL]
    assert os.stat(drop.path / ".flagtag-aside").st_mode & 0o777 == 0o700


def test_what_somebody_else_keeps_in_the_aside_folder_is_left_alone(drop: Drop) -> None:
    (drop.path / ".flagtag-aside").mkdir()
    (drop.path / ".flagtag-aside").chmod(0o777)
    (drop.path / ".flagtag-aside" / "notes.txt").write_bytes(LIST)
    drop.deliver("list.csv", LIST)
    source = drop.source()
    (waiting,) = source.waiting()
    source.set_aside(waiting, ARRIVAL)
    source.remove(ARRIVAL)
    assert (drop.path / ".flagtag-aside" / "notes.txt").exists()
