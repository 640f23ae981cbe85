"""What bytes are, by themselves and never by their name: the kind of container."""

from __future__ import annotations

import re

from mappings.case_lists.archives import SEVEN_ZIPPED, ZIPPED
from mappings.case_lists.compound import compound_type
from mappings.case_lists.delimited import decode, looks_like_text
from mappings.case_lists.first_look import NEVER, ZIP_MARKS
from mappings.case_lists.mails import EML
from mappings.case_lists.markup import HTML
from mappings.case_lists.packages import Package
from mappings.case_lists.pdf import MEDIA_TYPE as PDF
from mappings.case_lists.refusals import Refusal, Refused
from mappings.case_lists.text_bodies import PLAIN

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLSM = "application/vnd.ms-excel.sheet.macroEnabled.12"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
DOCM = "application/vnd.ms-word.document.macroEnabled.12"

OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SEVEN_ZIP_MARK = b"7z\xbc\xaf\x27\x1c"
PDF_MARK = b"%PDF-"
RICH_TEXT_MARK = b"{\\rtf"

_MAIL_HEADER = re.compile(
    r"(?:from|to|subject|date|message-id|received|return-path|mime-version|delivered-to|x-[\w-]+|content-type|reply-to|dkim-signature|arc-[\w-]+|authentication-results):\s",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"\s*(?:<!doctype html|<html|<head|<body|<table|<div|<meta|<p\b)", re.IGNORECASE)


def media_type_of(data: bytes) -> str:
    """The kind of container, from the bytes alone."""
    if data.startswith(ZIP_MARKS):
        return _package_type(Package.open(data))
    if data.startswith(OLE_MARK):
        return compound_type(data)
    if data.startswith(SEVEN_ZIP_MARK):
        return SEVEN_ZIPPED
    if PDF_MARK in data[:1024]:
        return PDF
    if data.lstrip()[:5] == RICH_TEXT_MARK:
        raise Refused(Refusal.RICH_TEXT)
    if data.startswith(NEVER) or not looks_like_text(data):
        raise Refused(Refusal.UNKNOWN_FORMAT)
    return _text_type(decode(data[:20_000] if data[:2] not in (b"\xff\xfe", b"\xfe\xff") else data))


def _package_type(package: Package) -> str:
    if package.has("word/document.xml"):
        return DOCM if b"macroEnabled" in package.bytes_of("[Content_Types].xml") else DOCX
    if package.has("xl/workbook.xml"):
        return XLSM if b"macroEnabled" in package.bytes_of("[Content_Types].xml") else XLSX
    if package.has("mimetype") and package.bytes_of("mimetype").strip() == ODS.encode():
        return ODS
    if not package.names():
        raise Refused(Refusal.NOTHING_IN_IT)
    if package.has("mimetype") or package.has("[Content_Types].xml"):
        raise Refused(Refusal.UNKNOWN_FORMAT)  # a text in OpenDocument, a presentation: no archive of documents
    return ZIPPED


def _text_type(text: str) -> str:
    lines = text.lstrip("\ufeff\r\n \t").splitlines()[:3]
    if (
        lines
        and _MAIL_HEADER.match(lines[0])
        and re.search(r"^(?:from|subject):", text[:10_000], re.IGNORECASE | re.MULTILINE)
    ):
        return EML
    return HTML if _MARKUP.match(text.lstrip("\ufeff")) else PLAIN
