"""A file taken apart into the documents in it: the file itself, the parts of a mail, the members of an archive."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import TypeVar

from integration.domain.case_list import CameIn, DocumentKind, Reading
from integration.domain.explanation import Explained
from mappings.case_lists.archives import SEVEN_ZIPPED, ZIPPED, files_in_seven_zip, files_in_zip
from mappings.case_lists.compound import (
    DOC,
    EXCELS_OWN,
    MSG,
    PROTECTED_OFFICE,
    XLS,
    decrypted,
    has_macros,
    is_protected_legacy,
    word97_file,
)
from mappings.case_lists.content import Content, Noticed
from mappings.case_lists.delimited import decode, delimiter_of, read_delimited
from mappings.case_lists.layout_documents import explain_content, read_content
from mappings.case_lists.layouts import NO_LAYOUTS, Layouts
from mappings.case_lists.mails import EML, Mail, read_mail
from mappings.case_lists.markup import HTML, read_markup
from mappings.case_lists.outlook import read_outlook
from mappings.case_lists.packages import Package, check_office_package
from mappings.case_lists.pdf import MEDIA_TYPE as PDF
from mappings.case_lists.pdf import read_pdf
from mappings.case_lists.refusals import Refusal, Refused
from mappings.case_lists.sniffing import (
    DOCM,
    DOCX,
    ODS,
    XLSM,
    XLSX,
    media_type_of,
)
from mappings.case_lists.text_bodies import PLAIN, read_plain_text
from mappings.case_lists.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Untrusted:
    """Bytes with the name that somebody gave them, and the subject of the mail that they came in."""

    name: str = field(repr=False)
    data: bytes = field(repr=False)
    subject: str = field(default="", repr=False)
    came_in: CameIn = CameIn.ITSELF

    @property
    def ending(self) -> str:
        return self.name.rsplit(".", 1)[-1].casefold() if "." in self.name else ""


@dataclass(frozen=True, slots=True)
class Key:
    """What opens protected documents."""

    passwords: tuple[str, ...] = field(default=(), repr=False)


_TEXTS = {PLAIN, HTML, EML}
# What a file's ending promises; an ending that is not here promises nothing.
_PROMISES = {
    "xlsx": {XLSX, PROTECTED_OFFICE}, "xlsm": {XLSM, XLSX, PROTECTED_OFFICE}, "ods": {ODS},
    "xls": {XLS, XLSX, HTML, PROTECTED_OFFICE}, "docx": {DOCX, PROTECTED_OFFICE},
    "docm": {DOCM, DOCX, PROTECTED_OFFICE}, "doc": {DOC, DOCX, HTML, PROTECTED_OFFICE}, "csv": {PLAIN}, "tsv": {PLAIN},
    "pdf": {PDF}, "eml": {EML}, "msg": {MSG}, "zip": {ZIPPED}, "7z": {SEVEN_ZIPPED}, "htm": {HTML}, "html": {HTML},
    "txt": _TEXTS,
}  # fmt: skip

_WITH_MACROS = "; macroEnabled"  # old files carry macros under the same name; they are never run, and it is recorded

Opened = tuple[Untrusted, Content]
IsDocument = Callable[[Untrusted], bool]


def contents_of(file: Untrusted, key: Key, is_document: IsDocument | None = None) -> Iterator[Opened]:
    """Every document in a file. One that cannot be read among others that can is noticed, not lost.

    `is_document` says whether the text of a mail that has attachments is one; without it, all that says something is.
    """
    if file.came_in is CameIn.MAIL_TEXT:
        yield file, opened_text_of_mail(file)
        return
    in_archive, in_mail = file.came_in is CameIn.ARCHIVE, file.came_in is CameIn.MAIL
    media_type = checked_type(file)
    if media_type in (EML, MSG) and not (in_archive or in_mail):
        mail = read_mail(file.data) if media_type == EML else read_outlook(file.data)
        yield from _mail_contents(mail, file, key, is_document)
    else:
        yield from _contents(file, key, in_archive=in_archive, in_mail=in_mail)


def checked_type(file: Untrusted) -> str:
    """The kind of container; refuses an empty file, and one whose name promises another kind."""
    if not file.data.strip(b"\x00 \t\r\n"):
        raise Refused(Refusal.EMPTY)
    media_type = media_type_of(file.data)
    promised = _PROMISES.get(file.ending)
    if promised is not None and media_type not in promised:
        raise Refused(Refusal.NAME_AND_CONTENT_DIFFER)
    return media_type


def _contents(file: Untrusted, key: Key, *, in_archive: bool, in_mail: bool) -> Iterator[Opened]:
    media_type = checked_type(file)
    if media_type in (ZIPPED, SEVEN_ZIPPED):
        if in_archive:
            raise Refused(Refusal.NESTED_ARCHIVE)
        yield from _each(_members(file, media_type, key), file, key, in_archive=True, in_mail=in_mail)
    elif media_type in (EML, MSG):
        raise Refused(Refusal.NESTED_ARCHIVE)
    else:
        yield file, _OPENERS[media_type](file, media_type, key)


def _members(file: Untrusted, media_type: str, key: Key) -> Iterator[tuple[str, bytes]]:
    if media_type == SEVEN_ZIPPED:
        return files_in_seven_zip(file.data, key.passwords)
    return files_in_zip(file.data, Package.open(file.data), key.passwords)


def _each(
    files: Iterator[tuple[str, bytes]], outer: Untrusted, key: Key, *, in_archive: bool, in_mail: bool
) -> Iterator[Opened]:
    """Each inner file's documents; if none can be read, the first one's refusal is that of all."""
    first: Refused | None = None
    refused: list[Opened] = []
    read = 0
    for number, (name, data) in enumerate(files, start=1):
        inner = Untrusted(name, data, outer.subject)
        try:
            for opened in _contents(inner, key, in_archive=in_archive, in_mail=in_mail):
                read += 1
                yield opened
        except Refused as error:
            first = first or error
            unread = Noticed(f"attachment {number}" if not in_archive else f"file {number}", error.refusal.value)
            refused.append((inner, Content("application/octet-stream", (), (unread,))))
    if first is not None and not read:
        raise first
    yield from refused


def _mail_contents(mail: Mail, file: Untrusted, key: Key, is_document: IsDocument | None) -> Iterator[Opened]:
    """The attachments; the text too if it is a document of its own, or if there is nothing else."""
    outer = replace(file, subject=mail.subject)
    if mail.attachments:
        yield from _each(iter(mail.attachments), outer, key, in_archive=False, in_mail=True)
    text = text_of_mail(mail)
    if text is not None and (not mail.attachments or is_document is None or is_document(text)):
        yield replace(outer, name=""), opened_text_of_mail(text)
    elif text is None and not mail.attachments:
        raise Refused(Refusal.NOTHING_IN_IT)


def text_of_mail(mail: Mail) -> Untrusted | None:
    """What the mail itself says, in the form that keeps its tables; None if it says nothing."""
    plain, markup = bool(mail.plain.strip()), bool(mail.markup.strip())
    if not plain and not markup:
        return None
    if markup and (not plain or _says_more(mail.markup, mail.plain)):
        name, said = "mail-text.html", mail.markup
    else:
        name, said = "mail-text.txt", mail.plain
    return Untrusted(name, said.encode(errors="replace"), mail.subject, CameIn.MAIL_TEXT)


def _says_more(markup: str, plain: str) -> bool:
    """Whether the plain text lacks the tables, or only says that there is another form."""
    try:
        marked = read_markup(markup)
    except Refused:
        return True
    told = sum(len(line.text) for line in marked.lines())
    return next(marked.tables(), None) is not None or told > 2 * len(plain.strip())


def opened_text_of_mail(text: Untrusted) -> Content:
    """It is read as the text that it is, whatever it looks like: many a mail quotes the headers of another."""
    said = text.data.decode(errors="replace")
    return read_markup(said) if text.ending == "html" else read_plain_text(said)


def is_a_document(text: Untrusted, read: Callable[..., Reading]) -> bool:
    """Whether the text of a mail that has attachments is more than words that go with them.

    It is if it names somebody in a case, or if a table in it may.
    """
    try:
        content = opened_text_of_mail(text)
        said = read(content, untrusted_names=("", text.subject))
    except Exception:  # noqa: BLE001 - whatever the reader falls over has to be seen, and keeps no other part back
        return True
    in_doubt = said.kind is not DocumentKind.UNRECOGNISED or bool(said.problems)
    return bool(said.cases) or (in_doubt and next(content.tables(), None) is not None)


# --- one document


def _open_word(file: Untrusted, media_type: str, _key: Key) -> Content:
    from mappings.case_lists.word import read_word

    package = Package.open(file.data)
    check_office_package(package, macros_declared=media_type == DOCM)
    return read_word(package, media_type)


def _open_workbook(file: Untrusted, media_type: str, _key: Key) -> Content:
    from mappings.case_lists.choices import choices_offered
    from mappings.case_lists.sheets import check_sheets, sheets_of
    from mappings.case_lists.workbook import read_workbook

    package = Package.open(file.data)
    check_office_package(package, macros_declared=media_type == XLSM)
    noticed = check_sheets(package)
    content = read_workbook(file.data, media_type, choices_offered(package, sheets_of(package)))
    return replace(content, noticed=(*content.noticed, *noticed))


def _open_other_workbook(file: Untrusted, media_type: str, key: Key) -> Content:
    from mappings.case_lists.workbook import read_workbook

    if media_type == ODS:
        package = Package.open(file.data)
        for name in package.names_like(""):
            package.xml(name)  # no document type anywhere, and all within the allowance
        return read_workbook(file.data, media_type)
    macros = has_macros(file.data)
    passwords = (*key.passwords, EXCELS_OWN)
    data = decrypted(file.data, passwords) if is_protected_legacy(file.data) else file.data
    return read_workbook(data, media_type + _WITH_MACROS * macros)


def _open_protected(file: Untrusted, _media_type: str, key: Key) -> Content:
    """What the password opens is looked at afresh, as if it had come by itself."""
    inner = replace(file, data=decrypted(file.data, key.passwords))
    media_type = media_type_of(inner.data)
    if media_type not in (DOCX, DOCM, XLSX, XLSM):
        raise Refused(Refusal.UNKNOWN_FORMAT)
    return _OPENERS[media_type](inner, media_type, key)


def _open_pdf(file: Untrusted, _media_type: str, key: Key) -> Content:
    return read_pdf(file.data, key.passwords)


def _open_text(file: Untrusted, _media_type: str, _key: Key) -> Content:
    text = decode(file.data)
    delimiter = delimiter_of(text)
    if delimiter is not None:
        return read_delimited(text, delimiter)
    if file.ending in ("csv", "tsv"):
        raise Refused(Refusal.UNKNOWN_FORMAT)
    return read_plain_text(text)


def _open_markup(file: Untrusted, _media_type: str, _key: Key) -> Content:
    return read_markup(decode(file.data))


def _open_word97(file: Untrusted, media_type: str, key: Key) -> Content:
    from mappings.case_lists.word97 import read_word97

    macros = has_macros(file.data)
    data = decrypted(file.data, key.passwords) if is_protected_legacy(file.data) else file.data
    return read_word97(word97_file(data), media_type + _WITH_MACROS * macros)


_OPENERS: dict[str, Callable[[Untrusted, str, Key], Content]] = {
    DOCX: _open_word,
    DOCM: _open_word,
    XLSX: _open_workbook,
    XLSM: _open_workbook,
    XLS: _open_other_workbook,
    ODS: _open_other_workbook,
    PROTECTED_OFFICE: _open_protected,
    DOC: _open_word97,
    PDF: _open_pdf,
    HTML: _open_markup,
    PLAIN: _open_text,
}


def readings_of(
    data: bytes,
    untrusted_name: str,
    *,
    passwords: Sequence[str],
    vocabulary: Vocabulary,
    today: date,
    layouts: Layouts = NO_LAYOUTS,
    subject: str = "",
    came_in: CameIn = CameIn.ITSELF,
) -> tuple[Reading, ...]:
    """What every document in a file says; raises `Refused` if the file cannot be read at all."""
    read = partial(read_content, vocabulary=vocabulary, today=today, layouts=layouts)
    file = Untrusted(untrusted_name, data, subject, came_in)
    return _every(read, file, Key(tuple(passwords)), partial(is_a_document, read=partial(read, sha256="")))


def explained_readings_of(
    data: bytes,
    untrusted_name: str,
    *,
    passwords: Sequence[str],
    vocabulary: Vocabulary,
    today: date,
    layouts: Layouts = NO_LAYOUTS,
) -> tuple[tuple[Reading, tuple[Explained, ...]], ...]:
    """`readings_of`, each with the sources of its values."""
    explain = partial(explain_content, vocabulary=vocabulary, today=today, layouts=layouts)
    read = partial(read_content, sha256="", vocabulary=vocabulary, today=today, layouts=layouts)
    file = Untrusted(untrusted_name, data)
    return _every(explain, file, Key(tuple(passwords)), partial(is_a_document, read=read))


_Said = TypeVar("_Said")


def _every(read: Callable[..., _Said], file: Untrusted, key: Key, is_document: IsDocument) -> tuple[_Said, ...]:
    return tuple(
        read(content, sha256=hashlib.sha256(inner.data).hexdigest(), untrusted_names=(inner.name, inner.subject))
        for inner, content in contents_of(file, key, is_document)
    )
