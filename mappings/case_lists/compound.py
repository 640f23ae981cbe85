"""OLE compound files: protected Office documents, old workbooks and Word documents, and Outlook messages."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from typing import Any

from mappings.case_lists.content import clean
from mappings.case_lists.mails import MOST_PARTS, Mail
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
_BODY, _HTML, _SUBJECT = "1000", "1013", "0037"
_LONG_NAME, _SHORT_NAME, _CONTENT, _EMBEDDED = "3707", "3704", "3701", "3701000D"


def compound_type(data: bytes) -> str:
    """Which of the kinds that share this container it is, by its streams."""
    with _opened(data) as file:
        if file.exists("EncryptedPackage"):
            return PROTECTED_OFFICE
        if file.exists("Workbook") or file.exists("Book"):
            return XLS
        if file.exists("WordDocument"):
            return DOC
        if file.exists("__properties_version1.0"):
            return MSG
    raise Refused(Refusal.UNKNOWN_FORMAT)


def _opened(data: bytes) -> Any:
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
    with _opened(data) as file:
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
    with _opened(data) as file:
        if any(len(entry) > 1 and entry[0] == "ObjectPool" for entry in file.listdir(streams=True, storages=True)):
            raise Refused(Refusal.ACTIVE_CONTENT)
        tables = (_bytes(file, "0Table"), _bytes(file, "1Table"))
        return Word97File.open(_bytes(file, "WordDocument"), tables, _bytes(file, "Data"))


# --- Outlook


def read_outlook(data: bytes) -> Mail:
    """A saved Outlook message taken apart; a message inside it is left out with a refusal, not without a word."""
    with _opened(data) as file:
        folders = sorted({entry[0] for entry in file.listdir() if entry[0].startswith("__attach_version1.0_")})
        if len(folders) > MOST_PARTS:
            raise Refused(Refusal.TOO_MUCH)
        attachments = tuple(_attachment(file, folder) for folder in folders)
        markup = _bytes(file, f"__substg1.0_{_HTML}0102").decode("utf-8", errors="replace")
        return Mail(clean(_text(file, "", _SUBJECT)), attachments, markup, _text(file, "", _BODY))


def _attachment(file: Any, folder: str) -> tuple[str, bytes]:
    if file.exists(f"{folder}/__substg1.0_{_EMBEDDED}"):
        return "message", b"\x00embedded"  # refused by its first bytes like any unknown kind
    name = _text(file, folder + "/", _LONG_NAME) or _text(file, folder + "/", _SHORT_NAME)
    return clean(name)[:200], _bytes(file, f"{folder}/__substg1.0_{_CONTENT}0102")


def _text(file: Any, folder: str, number: str) -> str:
    unicode_text = _bytes(file, f"{folder}__substg1.0_{number}001F")
    if unicode_text:
        return unicode_text.decode("utf-16-le", errors="replace").rstrip("\x00")
    return _bytes(file, f"{folder}__substg1.0_{number}001E").decode("cp1252", errors="replace").rstrip("\x00")


def _bytes(file: Any, name: str) -> bytes:
    if file.get_type(name) != _STREAM:
        return b""
    if file.get_size(name) > _MOST_STREAM:
        raise Refused(Refusal.TOO_MUCH)
    try:
        data = file.openstream(name).read()
    except _FALLS_OVER as error:
        raise Refused(Refusal.TRUNCATED) from error
    return data if isinstance(data, bytes) else b""
