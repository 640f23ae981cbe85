"""Files that a command's user names: what cannot be read or written is said, and none is left half made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from integration.custody.private_files import sync_folder, write_new
from integration.errors import UsageError


def read_text(file: Path) -> str:
    """What a file says; raises `UsageError`."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file}: it is not UTF-8 text") from None


def check_can_make(file: Path | None) -> None:
    """Refuse, before the work is done, to write over a file, or where there is no folder."""
    if file is not None and file.exists():
        raise UsageError(f"{file}: there is a file already; name a new one")
    if file is not None and not file.parent.is_dir():
        raise UsageError(f"{file}: there is no such folder")


def make_file(file: Path, text: str) -> None:
    """A file that was not there: whole or not at all, for half a one could not be made again."""
    draft = file.with_name(f".{file.name}.draft")
    with _named(file):
        draft.unlink(missing_ok=True)
        write_new(draft, text.encode())
        draft.rename(file)
        sync_folder(file.parent)


def write_file(file: Path, text: str) -> None:
    """A file that may be written again."""
    with _named(file):
        file.write_text(text, encoding="utf-8")


@contextmanager
def _named(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror}") from None
