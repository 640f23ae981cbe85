"""One mail into its documents: each attachment is a file; a mail without attachments is one file, the mail itself.

What is not a document: mere words that go with attachments; a small picture that the text itself shows (a signature's
logo); a detached signature. Where the text may say more, or a mail cannot be taken apart without doubt, it is delivered
as it came: then it is taken apart in confinement, where its text is read. Whether its sender is who they say is the
business of the trust's mail gateway (DMARC); we read the address that is stated.
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

from integration.domain.case_list import CameIn
from integration.ports import UntrustedFile

RAW_NAME = "mail.eml"
LOGO_LIMIT = 100 * 1024
_TELLING = re.compile(rb"^[^\r\n]{1,80}?[:\t|]\s*\S", re.MULTILINE)  # a label with its value, or columns
_SIGNATURES = {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
# what the email package lets through for mails that were made to be hostile, or by mistake
_FAILURES = (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError)


class _InDoubt(Exception):
    """The mail is damaged: whatever we took out of it might not be all of it."""


def documents_of(untrusted_mail: bytes, largest: int) -> Sequence[UntrustedFile]:
    """The files of one mail; the whole mail as one file where it has none or cannot be taken apart for certain.

    A mail beyond `largest`, or one with another in it, could not be read as one file: the texts of such a mail are
    files beside its attachments.
    """
    whole = (UntrustedFile(RAW_NAME, untrusted_mail),)
    try:
        mail = message_from_bytes(untrusted_mail, policy=compat32)
        return _attachments(mail, with_texts=len(untrusted_mail) > largest) or whole
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


def _attachments(mail: Message, *, with_texts: bool) -> Sequence[UntrustedFile]:
    """None where the whole mail is to be delivered."""
    leaves = list(_leaves(mail))
    texts = [leaf for leaf in leaves if _is_text(leaf)]
    html = b"".join(_content(leaf) for leaf in texts if leaf.get_content_subtype() == "html")
    attached = [leaf for leaf in leaves if not _is_text(leaf) and not _is_trimming(leaf, html)]
    say_more = _may_say_more(texts)
    in_pieces = with_texts or any(leaf.get_content_maintype() == "message" for leaf in attached)
    if not attached or (say_more and not in_pieces):
        return ()
    subject = _words(mail.get("Subject"))
    numbered = enumerate(attached, start=1)
    files = [UntrustedFile(_name(leaf, number), _content(leaf), subject) for number, leaf in numbered]
    marked = [text for text in texts if text.get_content_subtype() == "html"]
    for text in (marked or texts) if say_more else ():
        name = "mail-text.html" if marked else "mail-text.txt"
        files.append(UntrustedFile(name, _content(text), subject, CameIn.MAIL_TEXT))
    return files


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
    return _words(given)


def _words(given: object) -> str:
    """A name or a subject as the sender wrote it; empty if there is none."""
    if given is None:
        return ""
    try:
        decoded = str(make_header(decode_header(given)))  # type: ignore[arg-type]
    except _FAILURES:
        decoded = str(given)
    return decoded.encode(errors="surrogateescape").decode(errors="replace")


def _may_say_more(texts: Sequence[Message]) -> bool:
    """Whether a text may be more than words that go with the attachments: a table, or lines with a label or columns.

    It is if in doubt: a whole mail is taken apart where texts are read, and there a signature is no document.
    """
    said = b"\n".join(_content(text) for text in texts)
    return b"<table" in said.lower() or b"\0" in said or len(_TELLING.findall(said)) >= 2
