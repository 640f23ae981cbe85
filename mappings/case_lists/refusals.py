"""Why a document cannot be read at all: fixed sentences with the remedy, and the exception that carries one."""

from __future__ import annotations

from enum import StrEnum


class Refusal(StrEnum):
    """Every reason for refusing a document. They are recorded and shown, so they say nothing of its content."""

    EMPTY = "the file is empty: ask the sender to send it again"
    TOO_LARGE = "the file is larger than is allowed: ask the sender for the case list alone"
    UNKNOWN_FORMAT = "the file is of no kind that is read here: ask the sender for a workbook, a Word document or a CSV"
    NAME_AND_CONTENT_DIFFER = "the file's name and its content are of different kinds: ask the sender what it is"
    TRUNCATED = "the file is cut short or damaged: ask the sender to send it again"
    TOO_MUCH = "the file holds far more than a case list does: ask the sender for the case list alone"
    INFLATES = "the file unpacks to far more than its size: it may be hostile, do not open it"
    DOCTYPE = "the file holds a document type declaration, which no office program writes: it may be hostile"
    ACTIVE_CONTENT = "the file holds embedded objects or links to other files: ask the sender for one without"
    UNDECLARED_MACROS = "the file holds macros that its kind does not allow: it may be hostile, do not open it"
    BAD_NAMES = "the archive holds names that point outside it, or the same name twice: it may be hostile"
    NESTED_ARCHIVE = "the archive holds another archive: ask the sender for the documents alone"
    PROTECTED = "the file is protected and no password that is known opens it: ask the sender for the password"
    NO_TEXT_LAYER = "the PDF is a picture with no text layer: ask the sender for the original document"
    NOTHING_IN_IT = "the file holds no document: ask the sender to send it again"
    LEGACY_WORD = "the file is in a Word format older than Word 97: ask the sender to save it as .docx"
    RICH_TEXT = "the file is rich text (RTF), whatever its name says: ask the sender to save it as .docx"
    NOT_TEXT = "the file's text is in no encoding that is read here: ask the sender to save it as UTF-8"
    NEEDS_TOO_MUCH_MEMORY = "reading the file takes more memory than is allowed: it may be hostile"
    TAKES_TOO_LONG = "reading the file takes more processor time than is allowed: it may be hostile"
    DOES_NOT_END = (
        "reading the file did not end: the machine is too busy, or the file hostile; have it read again when it is"
        " less busy (`flagtag held settle ID --again`)"
    )
    READER_FAILED = "the reader could not cope with the file: keep it, and report it to the maintainers"
    READER_MISBEHAVED = "the reader's answer was not what it may be: the file may be hostile, do not open it"
    NOT_CONFINED = "the reader could not be started: see `flagtag check`"


class Refused(Exception):
    """Raised inside the reader; outside it becomes a `DocumentRefused` with the same sentence."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal
