"""One mail into its documents: each attachment is a file; a mail without attachments is one file, the mail itself.

What is not a document: the text of a mail that has attachments, unless it holds a table of its own; a small picture
that the text itself shows (a signature's logo); a detached signature. Everything else is delivered, and where a mail
cannot be taken apart without doubt it is delivered as it came. Whether its sender is who they say is the business of
the trust's mail gateway (DMARC); we read the address that is stated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.policy import compat32
from email.utils import getaddresses
from html.parser import HTMLParser

from integration.ports import UntrustedFile

RAW_NAME = "mail.eml"
LOGO_LIMIT = 100 * 1024
_SIGNATURES = {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
# what the email package lets through for mails that were made to be hostile, or by mistake
_FAILURES = (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError)


class _InDoubt(Exception):
    """The mail is damaged: whatever we took out of it might not be all of it."""


def documents_of(untrusted_mail: bytes) -> Sequence[UntrustedFile]:
    """The files of one mail; the whole mail as one file where it has none or cannot be taken apart for certain."""
    whole = (UntrustedFile(RAW_NAME, untrusted_mail),)
    try:
        return _attachments(message_from_bytes(untrusted_mail, policy=compat32)) or whole
    except (_InDoubt, *_FAILURES):
        return whole


def sender_of(untrusted_header: bytes) -> str:
    """The one address in From, in lower case; empty, which no list of senders holds, where there is not just one."""
    try:
        values = message_from_bytes(untrusted_header, policy=compat32).get_all("From", [])
        if len(values) != 1:
            return ""
        addresses = [address for _, address in getaddresses([str(values[0])])]
    except _FAILURES:
        return ""
    found = addresses[0].strip().casefold() if len(addresses) == 1 else ""
    return found if found.isascii() and re.fullmatch(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+", found) else ""


def _attachments(mail: Message) -> Sequence[UntrustedFile]:
    leaves = list(_leaves(mail))
    texts = [leaf for leaf in leaves if _is_text(leaf)]
    html = b"".join(_content(leaf) for leaf in texts if leaf.get_content_subtype() == "html")
    attached = [leaf for leaf in leaves if not _is_text(leaf) and not _is_trimming(leaf, html)]
    if not attached:
        return ()
    files = [UntrustedFile(_name(leaf, number), _content(leaf)) for number, leaf in enumerate(attached, start=1)]
    return (*files, *_texts_with_tables(texts, html))


def _leaves(part: Message) -> Iterator[Message]:
    """The parts that carry something, in order; an attached mail is one of them. Raises `_InDoubt` for damage."""
    if part.defects:
        raise _InDoubt
    if part.get_content_maintype() != "multipart":
        yield part
        return
    if not part.is_multipart():
        raise _InDoubt
    for child in part.get_payload():
        yield from _leaves(child)  # type: ignore[arg-type]


def _content(leaf: Message) -> bytes:
    if leaf.get_content_maintype() == "message":
        encoding = str(leaf.get("Content-Transfer-Encoding", "7bit")).strip().casefold()
        if leaf.get_content_type() != "message/rfc822" or encoding not in ("7bit", "8bit", "binary"):
            raise _InDoubt
        return leaf.get_payload(0).as_bytes()  # type: ignore[union-attr]
    content = leaf.get_payload(decode=True)
    if not isinstance(content, bytes) or leaf.defects:  # decoding finds broken base64, which it would cut short
        raise _InDoubt
    return content


def _is_text(leaf: Message) -> bool:
    """The mail's own text, as against a text file that hangs on it."""
    own = leaf.get_content_type() in ("text/plain", "text/html")
    return own and leaf.get_content_disposition() != "attachment" and not leaf.get_filename()


def _is_trimming(leaf: Message, html: bytes) -> bool:
    """A detached signature, or a small picture that the text shows in place."""
    if leaf.get_content_type() in _SIGNATURES:
        return True
    content_id = str(leaf.get("Content-ID", "")).strip().strip("<>")
    shown = bool(content_id) and b"cid:" + content_id.encode(errors="replace") in html
    return leaf.get_content_maintype() == "image" and shown and len(_content(leaf)) <= LOGO_LIMIT


def _name(leaf: Message, number: int) -> str:
    """As the sender wrote it, whatever it looks like; a neutral one where there is none."""
    given = leaf.get_filename()
    if not given:
        return f"attachment-{number}.eml" if leaf.get_content_maintype() == "message" else f"attachment-{number}"
    try:
        decoded = str(make_header(decode_header(given)))
    except _FAILURES:
        decoded = given
    return decoded.encode(errors="surrogateescape").decode(errors="replace")


def _texts_with_tables(texts: Sequence[Message], html: bytes) -> Iterator[UntrustedFile]:
    """The covering text where it looks like a list of its own: two rows or more of four cells or more."""
    if html:
        if _rows_of_html(html) >= 2:
            yield UntrustedFile("mail-text.html", html)
        return
    for text in texts:
        content = _content(text)
        lines = content.splitlines()
        if sum(line.count(b"\t") >= 3 or line.count(b"|") >= 3 for line in lines) >= 2:
            yield UntrustedFile("mail-text.txt", content)


def _rows_of_html(html: bytes) -> int:
    rows = _Rows()
    try:
        rows.feed(html.decode("utf-8", errors="replace"))
        rows.close()
    except AssertionError:  # its way to say that a declaration is broken: deliver rather than drop
        return 2
    return rows.found


class _Rows(HTMLParser):
    """Counts table rows with four filled cells or more; tables used for a layout or a row of icons have fewer."""

    def __init__(self) -> None:
        super().__init__()
        self.found = 0
        self._filled: list[int] = []  # for each open row, tables being nested in tables
        self._cell_is_empty = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._filled.append(0)
        elif tag in ("td", "th"):
            self._cell_is_empty = True

    def handle_data(self, data: str) -> None:
        if self._filled and self._cell_is_empty and data.strip():
            self._filled[-1] += 1
            self._cell_is_empty = False

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr" and self._filled:
            self.found += self._filled.pop() >= 4
