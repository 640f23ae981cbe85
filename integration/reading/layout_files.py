"""Layout files: read from the trust's folder and checked whole, before any document is read by them."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from integration.domain.case_list import LayoutUsed
from integration.errors import ConfigurationError
from integration.reading.layouts import LayoutFile
from integration.reading.vocabulary import vocabulary
from mappings.case_lists.layout_file import LayoutFaults, layout_from, version_of
from mappings.case_lists.layouts import Layout, same_name
from mappings.case_lists.vocabulary import Vocabulary

LONGEST_FILE = 64 * 1024
_DIGITS = 12  # of the digest: enough to tell two files of one version apart
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")


def load_layout_file(path: Path, shown: str) -> LayoutFile:
    """The layout in a file; raises `ConfigurationError` with every fault in it, its place and its remedy."""
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise ConfigurationError(f"{shown}: {reason}; correct the area's layout, or restore the file") from None
    try:
        layout = _checked(path, data)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{shown}: not valid TOML: {error}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{shown}: not UTF-8; save it as UTF-8") from None
    except LayoutFaults as error:
        raise ConfigurationError("\n".join(f"{shown}: {fault}" for fault in error.faults)) from None
    return LayoutFile(layout.used, layout.area, tomllib.loads(data.decode()))


def _checked(path: Path, data: bytes) -> Layout:
    if not _NAME.fullmatch(path.stem):
        raise LayoutFaults(["the file's name: it goes on record; use letters, digits, - and _, 60 at most"])
    if len(data) > LONGEST_FILE:
        raise LayoutFaults([f"larger than {LONGEST_FILE // 1024} KiB; no layout is"])
    raw = tomllib.loads(data.decode())
    used = LayoutUsed(path.stem, version_of(raw), hashlib.sha256(data).hexdigest()[:_DIGITS])
    return layout_from(raw, used, Vocabulary.from_mapping(vocabulary()))


def load_layouts(wanted: Mapping[str, tuple[Path, str]]) -> dict[str, LayoutFile]:
    """The layouts of all areas that have one, by area; raises `ConfigurationError` with the faults of all of them."""
    found: dict[str, LayoutFile] = {}
    faults: list[str] = []
    for area, (path, shown) in wanted.items():
        try:
            found[area] = load_layout_file(path, shown)
        except ConfigurationError as error:
            faults.append(str(error))
        else:
            if not same_name(found[area].area, area):
                faults.append(
                    f"{shown}: area: it is for {found[area].area}, and {area} names it; correct one of the two"
                )
    if faults:
        raise ConfigurationError("\n".join(faults))
    return found
