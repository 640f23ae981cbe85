"""A mail or an archive → its parts, unread: each is a document of its own, and is read in its turn.

They are not read here, so that a part over which the reader falls keeps no other back. One level: an archive may hang
on a mail; an archive in an archive, and a mail in either, become parts that are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

from integration.domain.case_list import CameIn, Reading
from mappings.case_lists.archives import (
    MOST_FILES,
    SEVEN_ZIPPED,
    ZIPPED,
    archive_of_one,
    file_of,
    files_in_seven_zip,
    members_of_zip,
)
from mappings.case_lists.compound import MSG
from mappings.case_lists.containers import Key, Untrusted, checked_type, is_a_document, text_of_mail
from mappings.case_lists.layout_documents import read_content
from mappings.case_lists.layouts import NO_LAYOUTS, Layouts
from mappings.case_lists.mails import EML, Mail, read_mail
from mappings.case_lists.outlook import read_outlook
from mappings.case_lists.packages import MOST_INFLATED, Package
from mappings.case_lists.refusals import Refusal, Refused
from mappings.case_lists.vocabulary import Vocabulary


def parts_of(
    file: Untrusted, key: Key, *, vocabulary: Vocabulary, today: date, layouts: Layouts = NO_LAYOUTS
) -> tuple[Untrusted, ...] | None:
    """The parts of a mail or an archive; None of a file that is a document itself."""
    if file.came_in is CameIn.MAIL_TEXT:
        return None
    media_type = checked_type(file)
    if media_type in (ZIPPED, SEVEN_ZIPPED):
        if file.came_in is CameIn.ARCHIVE:
            raise Refused(Refusal.NESTED_ARCHIVE)
        parts = tuple(_zipped(file, key) if media_type == ZIPPED else _seven_zipped(file, key))
    elif media_type in (EML, MSG):
        if file.came_in is not CameIn.ITSELF:
            raise Refused(Refusal.NESTED_ARCHIVE)
        mail = read_mail(file.data) if media_type == EML else read_outlook(file.data)
        read = partial(read_content, sha256="", vocabulary=vocabulary, today=today, layouts=layouts)
        parts = tuple(_mailed(mail, read))
    else:
        return None
    return _checked(parts)


def _checked(parts: tuple[Untrusted, ...]) -> tuple[Untrusted, ...]:
    if not parts:
        raise Refused(Refusal.NOTHING_IN_IT)
    if len(parts) > MOST_FILES:
        raise Refused(Refusal.TOO_MUCH)
    if sum(len(part.data) for part in parts) > MOST_INFLATED:
        raise Refused(Refusal.INFLATES)
    return parts


def _zipped(file: Untrusted, key: Key) -> Iterator[Untrusted]:
    """The files in it. One that no password opens stays in an archive of its own, to be opened later."""
    package = Package.open(file.data)
    members = members_of_zip(package)
    opened = 0
    for member in members:
        try:
            name, data = file_of(file.data, package, member, key.passwords)
        except Refused as refused:
            if refused.refusal is not Refusal.PROTECTED or len(members) == 1:
                raise
            yield Untrusted("", archive_of_one(file.data, member), file.subject, file.came_in)
        else:
            opened += 1
            yield Untrusted(name, data, file.subject, CameIn.ARCHIVE)
    if not opened:  # then the archive waits whole
        raise Refused(Refusal.PROTECTED)


def _seven_zipped(file: Untrusted, key: Key) -> Iterator[Untrusted]:
    for name, data in files_in_seven_zip(file.data, key.passwords):
        yield Untrusted(name, data, file.subject, CameIn.ARCHIVE)


def _mailed(mail: Mail, read: Callable[..., Reading]) -> Iterator[Untrusted]:
    for name, data in mail.attachments:
        yield Untrusted(name, data, mail.subject, CameIn.MAIL)
    text = text_of_mail(mail)
    if text is not None and (not mail.attachments or is_a_document(text, read)):
        yield text
