"""The hint wakes the service, keeps itself alive, and fails without harm."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from watchdog.observers import Observer

from connectors.folder_drop import FolderDrop
from connectors.folder_hint import FolderHint
from connectors.limits import Limits

SECONDS = 10.0


@pytest.fixture
def woken() -> threading.Event:
    return threading.Event()


@pytest.fixture
def hint(tmp_path: Path, woken: threading.Event) -> Iterator[FolderHint]:
    (tmp_path / "drop").mkdir()
    hint = FolderHint(tmp_path / "drop", woken.set)
    yield hint
    hint.stop()


def test_it_wakes_for_a_new_file_and_for_the_rename_that_ends_an_upload(
    hint: FolderHint, woken: threading.Event
) -> None:
    hint.tend()
    assert hint.watching
    assert woken.is_set()  # for what came before the watch
    for act in (
        lambda: (hint.path / "list.csv.part").write_bytes(b"x"),
        lambda: (hint.path / "list.csv.part").rename(hint.path / "list.csv"),
    ):
        woken.clear()
        act()
        assert woken.wait(SECONDS)


def test_our_own_looking_and_reading_do_not_wake_it(hint: FolderHint, woken: threading.Event) -> None:
    (hint.path / "list.csv").write_bytes(b"x")
    hint.tend()
    woken.clear()
    source = FolderDrop("drop", ("Rotherham",), hint.path, Limits(settle_seconds=0))
    for waiting in source.waiting():
        source.download(waiting)
    assert not woken.wait(0.5)


def test_tending_again_changes_nothing(hint: FolderHint, woken: threading.Event) -> None:
    hint.tend()
    woken.clear()
    hint.tend()
    assert hint.watching
    assert not woken.is_set()


def test_a_folder_that_was_made_anew_is_watched_again(hint: FolderHint, woken: threading.Event) -> None:
    hint.tend()
    shutil.rmtree(hint.path)
    hint.tend()
    assert not hint.watching
    hint.path.mkdir()
    hint.tend()
    woken.clear()
    (hint.path / "list.csv").write_bytes(b"x")
    assert woken.wait(SECONDS)


def test_without_watches_left_it_gives_up_quietly(
    hint: FolderHint, woken: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_watch_left(*_args: object, **_options: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    with monkeypatch.context() as patch:
        patch.setattr(Observer, "schedule", no_watch_left)
        hint.tend()
        assert not hint.watching
        assert not woken.is_set()
    hint.tend()
    assert hint.watching


def test_a_stopped_hint_wakes_nobody(hint: FolderHint, woken: threading.Event) -> None:
    hint.tend()
    hint.stop()
    woken.clear()
    (hint.path / "list.csv").write_bytes(b"x")
    assert not woken.wait(0.2)
    assert not hint.watching
