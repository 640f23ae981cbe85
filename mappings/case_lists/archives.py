"""Archives → the files in them. One level: an archive in an archive is refused."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from mappings.case_lists.packages import MOST_INFLATED, MOST_MEMBERS, Package
from mappings.case_lists.refusals import Refusal, Refused

ZIPPED = "application/zip"
SEVEN_ZIPPED = "application/x-7z-compressed"
MOST_FILES = 200
_LITTER = ("__macosx/", ".ds_store", "thumbs.db", "desktop.ini")
_AES = 99


def files_in_zip(data: bytes, package: Package, passwords: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Every file with its name, the folders of the archive left off."""
    for member in members_of_zip(package):
        yield file_of(data, package, member, passwords)


def members_of_zip(package: Package) -> list[zipfile.ZipInfo]:
    """The files in it, in their order."""
    members = [one for one in package.archive.infolist() if not one.is_dir() and not _is_litter(one.filename)]
    _check_count(len(members))
    return members


def file_of(data: bytes, package: Package, member: zipfile.ZipInfo, passwords: Sequence[str]) -> tuple[str, bytes]:
    """One of them, unpacked: its name, the folders left off, and its bytes."""
    name = member.filename.replace("\\", "/").rsplit("/", 1)[-1]
    if member.flag_bits & 0x1:
        return name, _decrypted(data, package, member, passwords)
    return name, package.bytes_of(member.filename)


def archive_of_one(data: bytes, member: zipfile.ZipInfo) -> bytes:
    """A ZIP archive that holds one file of another as it lies there, protected: nothing else is kept with it."""
    at = member.header_offset
    name_length, extra_length = struct.unpack_from("<2H", data, at + 26)
    name = data[at + 30 : at + 30 + name_length]
    local = data[at : at + 30 + name_length + extra_length + member.compress_size]
    year, month, day, hour, minute, second = member.date_time
    entry = struct.pack(
        "<4s4B4H3L5H2L",
        b"PK\x01\x02",
        *(member.create_version, member.create_system, member.extract_version, member.reserved),
        *(member.flag_bits, member.compress_type),
        *(hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day),  # a password is tried by it
        *(member.CRC, member.compress_size, member.file_size),
        *(name_length, len(member.extra), 0, 0, member.internal_attr),
        *(member.external_attr, 0),
    )
    directory = entry + name + member.extra
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(directory), len(local), 0)
    return local + directory + end


def _check_count(count: int) -> None:
    if not count:
        raise Refused(Refusal.NOTHING_IN_IT)
    if count > MOST_FILES:
        raise Refused(Refusal.TOO_MUCH)


def _is_litter(name: str) -> bool:
    return name.casefold().startswith(_LITTER) or name.casefold().endswith(_LITTER)


def _decrypted(data: bytes, package: Package, member: zipfile.ZipInfo, passwords: Sequence[str]) -> bytes:
    """One protected member, by the first password that opens it."""
    archive: Any = package.archive
    if member.compress_type == _AES:
        import pyzipper

        archive = pyzipper.AESZipFile(io.BytesIO(data))
    for password in passwords:
        try:
            with archive.open(member.filename, pwd=password.encode()) as source:
                found: bytes = source.read(MOST_INFLATED + 1)
        except (RuntimeError, zipfile.BadZipFile, NotImplementedError, OSError, EOFError):
            continue
        if len(found) > MOST_INFLATED:
            raise Refused(Refusal.INFLATES)
        return found
    raise Refused(Refusal.PROTECTED)


def files_in_seven_zip(data: bytes, passwords: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Every file of a 7z archive, by the first password that opens it; sizes are looked at before unpacking."""
    import lzma

    from py7zr.exceptions import ArchiveError, PasswordRequired

    for password in (None, *passwords):
        try:
            yield from _unpacked(data, password)
        except PasswordRequired:
            continue
        except (ArchiveError, lzma.LZMAError, zlib.error, OSError, EOFError, ValueError, LookupError, TypeError):
            continue  # a wrong password shows as garbage
        else:
            return
    raise Refused(_without_password(data))


def _without_password(data: bytes) -> Refusal:
    """Why an archive does not open without a password: it wants one, or it is damaged."""
    import py7zr
    from py7zr.exceptions import PasswordRequired

    try:
        with py7zr.SevenZipFile(io.BytesIO(data)) as archive:
            return Refusal.PROTECTED if archive.needs_password() else Refusal.TRUNCATED
    except PasswordRequired:
        return Refusal.PROTECTED
    except Exception:  # noqa: BLE001 - whatever a damaged header makes the library raise
        return Refusal.TRUNCATED


def _unpacked(data: bytes, password: str | None) -> list[tuple[str, bytes]]:
    import py7zr
    from py7zr.exceptions import PasswordRequired

    with py7zr.SevenZipFile(io.BytesIO(data), password=password) as archive:
        if password is None and archive.needs_password():
            raise PasswordRequired
        files = [one for one in archive.list() if not one.is_directory and not _is_litter(one.filename)]
        _check_seven_zip(files)
        factory = py7zr.io.BytesIOFactory(MOST_INFLATED)
        archive.extractall(factory=factory)
    found = []
    for one in files:
        product = factory.products[one.filename]
        product.seek(0)
        found.append((one.filename.replace("\\", "/").rsplit("/", 1)[-1], product.read()))
    return found


def _check_seven_zip(files: Sequence[Any]) -> None:
    _check_count(len(files))
    if len(files) > MOST_MEMBERS or sum(one.uncompressed or 0 for one in files) > MOST_INFLATED:
        raise Refused(Refusal.INFLATES)
    if any(one.filename.startswith("/") or ".." in one.filename.replace("\\", "/").split("/") for one in files):
        raise Refused(Refusal.BAD_NAMES)
