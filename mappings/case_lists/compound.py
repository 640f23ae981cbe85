"""OLE compound files: which of the kinds that share this container it is, passwords, macros, and the streams."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from typing import Any

from mappings.case_lists.refusals import Refusal, Refused
from mappings.case_lists.word97_file import Word97File

PROTECTED_OFFICE = "application/x-ole-encrypted"
XLS = "application/vnd.ms-excel"
DOC = "application/msword"
MSG = "application/vnd.ms-outlook"
# What the libraries fall over with on damaged files.
_FALLS_OVER = (OSError, ValueError, LookupError, struct.error, AttributeError, TypeError, AssertionError, OverflowError)
EXCELS_OWN = "VelvetSweatshop"  # what Excel encrypts with where only the structure of a workbook is protected
_STREAM, _LAST_SECTOR = 2, 0xFFFFFFFA
_MOST_STREAM = 30 * 1024 * 1024


def compound_type(data: bytes) -> str:
    """Which of the kinds that share this container it is, by its streams."""
    with opened(data) as file:
        if file.exists("EncryptedPackage"):
            return PROTECTED_OFFICE
        if file.exists("Workbook") or file.exists("Book"):
            return XLS
        if file.exists("WordDocument"):
            return DOC
        if file.exists("__properties_version1.0"):
            return MSG
    raise Refused(Refusal.UNKNOWN_FORMAT)


def opened(data: bytes) -> Any:
    import olefile

    try:
        file = olefile.OleFileIO(io.BytesIO(data))
    except _FALLS_OVER as error:
        raise Refused(Refusal.TRUNCATED) from error
    chained = [sector for sector in file.fat if sector < _LAST_SECTOR]
    if len(set(chained)) < len(chained):
        raise Refused(Refusal.TRUNCATED)  # two streams in one place, or one that goes round
    return file


def has_macros(data: bytes) -> bool:
    """Whether an old workbook or document carries macros; they are never run, and the fact is recorded."""
    with opened(data) as file:
        return bool(file.exists("_VBA_PROJECT_CUR") or file.exists("Macros"))


def decrypted(data: bytes, passwords: Sequence[str]) -> bytes:
    """A protected Office document, opened by the first password that fits."""
    from xml.parsers.expat import ExpatError

    import msoffcrypto
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError, ParseError

    for password in passwords:
        target = io.BytesIO()
        try:
            file = msoffcrypto.OfficeFile(io.BytesIO(data))
            # the older formats check a password always, and take no word for it
            file.load_key(password=password, **({"verify_password": True} if file.format == "ooxml" else {}))
            file.decrypt(target)
        except InvalidKeyError:
            continue
        except DecryptionError as error:  # a way of protecting that the library does not know
            raise Refused(Refusal.PROTECTED) from error
        except (FileFormatError, ParseError, ExpatError, *_FALLS_OVER) as error:
            raise Refused(Refusal.TRUNCATED) from error
        return target.getvalue()
    raise Refused(Refusal.PROTECTED)


def is_protected_legacy(data: bytes) -> bool:
    """Whether an old workbook or document is protected."""
    import msoffcrypto

    try:
        return bool(msoffcrypto.OfficeFile(io.BytesIO(data)).is_encrypted())
    except Exception:  # noqa: BLE001 - the library raises anything at all on a damaged file; reading it will say so
        return False


def word97_file(data: bytes) -> Word97File:
    """An old Word document's streams; one that holds embedded objects is refused."""
    with opened(data) as file:
        if any(len(entry) > 1 and entry[0] == "ObjectPool" for entry in file.listdir(streams=True, storages=True)):
            raise Refused(Refusal.ACTIVE_CONTENT)
        tables = (stream_of(file, "0Table"), stream_of(file, "1Table"))
        return Word97File.open(stream_of(file, "WordDocument"), tables, stream_of(file, "Data"))


def stream_of(file: Any, name: str) -> bytes:
    if file.get_type(name) != _STREAM:
        return b""
    if file.get_size(name) > _MOST_STREAM:
        raise Refused(Refusal.TOO_MUCH)
    try:
        data = file.openstream(name).read()
    except _FALLS_OVER as error:
        raise Refused(Refusal.TRUNCATED) from error
    return data if isinstance(data, bytes) else b""
