"""Which container bytes are, by their content, never by their name; and the documents inside it."""

from __future__ import annotations

import codecs
import hashlib
import importlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from integration.domain.case_list import Reading
from mappings.case_lists.content import Content
from mappings.case_lists.delimited import decode, delimiter_of, looks_like_text, read_delimited
from mappings.case_lists.documents import read_content
from mappings.case_lists.packages import Package, check_office_package
from mappings.case_lists.refusals import Refusal, Refused
from mappings.case_lists.sniffing import OLE, ZIP
from mappings.case_lists.vocabulary import Vocabulary

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLSM = "application/vnd.ms-excel.sheet.macroEnabled.12"
XLS = "application/vnd.ms-excel"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
DOCM = "application/vnd.ms-word.document.macroEnabled.12"
TEXT = "text/plain"


@dataclass(frozen=True, slots=True)
class Untrusted:
    """Bytes with the name that somebody gave them."""

    name: str = field(repr=False)
    data: bytes = field(repr=False)

    @property
    def ending(self) -> str:
        return self.name.rsplit(".", 1)[-1].casefold() if "." in self.name else ""


@dataclass(frozen=True, slots=True)
class Key:
    """What opens protected documents."""

    passwords: tuple[str, ...] = field(default=(), repr=False)


# What a file's ending promises; an ending that is not here promises nothing.
_PROMISES = {
    "xlsx": {XLSX, XLS},
    "xlsm": {XLSM, XLSX},
    "xls": {XLS},
    "ods": {ODS},
    "docx": {DOCX},
    "docm": {DOCM, DOCX},
    "csv": {"text/csv", "text/tab-separated-values", TEXT},
    "tsv": {"text/csv", "text/tab-separated-values", TEXT},
}


def media_type_of(data: bytes) -> str:
    """The kind of container, from the bytes alone."""
    if data.startswith(b"PK\x03\x04") or data.startswith(b"PK\x05\x06"):
        return _package_type(Package.open(data))
    if looks_like_text(data):
        return TEXT
    raise Refused(Refusal.UNKNOWN_FORMAT)


def _package_type(package: Package) -> str:
    if package.has("word/document.xml"):
        return DOCM if b"macroEnabled" in package.bytes_of("[Content_Types].xml") else DOCX
    if package.has("xl/workbook.xml"):
        return XLSM if b"macroEnabled" in package.bytes_of("[Content_Types].xml") else XLSX
    if package.has("mimetype") and package.bytes_of("mimetype").strip() == ODS.encode():
        return ODS
    raise Refused(Refusal.UNKNOWN_FORMAT if package.names() else Refusal.NOTHING_IN_IT)


def contents_of(file: Untrusted, key: Key) -> Iterator[tuple[Untrusted, Content]]:
    """Every document in a file: the file itself, or what is inside it."""
    if not file.data.strip(b"\x00 \t\r\n"):
        raise Refused(Refusal.EMPTY)
    media_type = media_type_of(file.data)
    promised = _PROMISES.get(file.ending)
    if promised is not None and media_type not in promised:
        raise Refused(Refusal.NAME_AND_CONTENT_DIFFER)
    yield file, _OPENERS[media_type](file, media_type)


def _open_word(file: Untrusted, media_type: str) -> Content:
    from mappings.case_lists.word import read_word

    package = Package.open(file.data)
    check_office_package(package, macros_declared=media_type == DOCM)
    return read_word(package, media_type)


def _open_workbook(file: Untrusted, media_type: str) -> Content:
    from mappings.case_lists.sheets import check_sheets
    from mappings.case_lists.workbook import read_workbook

    package = Package.open(file.data)
    check_office_package(package, macros_declared=media_type == XLSM)
    noticed = check_sheets(package)
    content = read_workbook(file.data, media_type)
    return Content(content.media_type, content.blocks, (*content.noticed, *noticed))


def _open_text(file: Untrusted, _media_type: str) -> Content:
    text = decode(file.data)
    delimiter = delimiter_of(text)
    if delimiter is not None:
        return read_delimited(text, delimiter)
    raise Refused(Refusal.UNKNOWN_FORMAT)


_OPENERS: dict[str, Callable[[Untrusted, str], Content]] = {
    DOCX: _open_word,
    DOCM: _open_word,
    XLSX: _open_workbook,
    XLSM: _open_workbook,
    TEXT: _open_text,
}


_ENCODINGS = ("cp437", "cp1252", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "ascii", "latin-1")
_PARSERS = ("mappings.case_lists.sheets", "mappings.case_lists.word", "mappings.case_lists.workbook")


def load_parsers_for(data: bytes) -> None:
    """Import what reading these bytes will need, for once the child is locked nothing can be loaded any more."""
    for encoding in _ENCODINGS:
        codecs.lookup(encoding)
    for name in (*_PARSERS, *(("python_calamine",) if data.startswith((*ZIP, OLE)) else ())):
        importlib.import_module(name)


def readings_of(
    data: bytes, untrusted_name: str, *, passwords: Sequence[str], vocabulary: Vocabulary, today: date
) -> tuple[Reading, ...]:
    """What every document in a file says; raises `Refused` if the file cannot be read at all."""
    file, key = Untrusted(untrusted_name, data), Key(tuple(passwords))
    return tuple(
        read_content(
            content,
            sha256=hashlib.sha256(inner.data).hexdigest(),
            untrusted_name=inner.name,
            vocabulary=vocabulary,
            today=today,
        )
        for inner, content in contents_of(file, key)
    )
