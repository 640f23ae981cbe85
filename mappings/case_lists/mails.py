"""Mails → the documents in them: attachments, or the body where the list stands in the mail itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mappings.case_lists.content import clean
from mappings.case_lists.refusals import Refusal, Refused

if TYPE_CHECKING:
    from email.message import EmailMessage, MIMEPart

EML = "message/rfc822"
MOST_PARTS = 200
LARGEST_LOGO = 100 * 1024
DEEPEST = 20  # parts within parts
# Parts that every mail client adds and that nobody writes a case list in.
NEVER_A_LIST = ("audio/", "video/", "font/", "text/calendar", "application/pkcs7-signature", "text/x-vcard")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail taken apart. The subject may name the meeting; the bodies are the same text in several forms."""

    subject: str = field(repr=False)
    attachments: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    markup: str = field(default="", repr=False)
    plain: str = field(default="", repr=False)


# What Python's mail parser falls over with on headers that no mail client writes; IndexError is a LookupError.
_FALLS_OVER = (LookupError, ValueError, AttributeError, TypeError, AssertionError, RecursionError)


def read_mail(data: bytes) -> Mail:
    """Take an RFC 5322 mail apart; one that is broken enough to lose a part is refused."""
    import email
    import email.errors
    import email.policy

    try:
        return _taken_apart(email.message_from_bytes(data, policy=email.policy.default))
    except (*_FALLS_OVER, email.errors.MessageError) as error:
        raise Refused(Refusal.TRUNCATED) from error


def _taken_apart(message: EmailMessage) -> Mail:
    # Looked at as it stands: who sent it is not read here, so a sender that cannot be parsed loses no list.
    if not any(name.casefold() in ("from", "subject") and str(told).strip() for name, told in message.raw_items()):
        raise Refused(Refusal.UNKNOWN_FORMAT)
    attached: list[MIMEPart] = []
    bodies: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    for count, part in enumerate(_leaves(message)):
        if count >= MOST_PARTS:
            raise Refused(Refusal.TOO_MUCH)
        kind, name = part.get_content_type(), part.get_filename() or ""
        if kind in bodies and not name:
            bodies[kind].append(_text(part))
        elif not kind.startswith(NEVER_A_LIST):
            attached.append(part)
    subject, markup = clean(str(message.get("Subject", ""))), "\n".join(bodies["text/html"])
    named = ((clean(part.get_filename() or "")[:200], _bytes(part)) for part in attached if not _is_shown(part, markup))
    return Mail(subject, tuple(named), markup, "\n".join(bodies["text/plain"]))


def _is_shown(part: MIMEPart, markup: str) -> bool:
    """A small picture that the text shows in place: a signature's logo. Any other one may be a photographed list."""
    content_id = str(part.get("Content-ID", "")).strip().strip("<>")
    shown = bool(content_id) and f"cid:{content_id}" in markup
    return shown and part.get_content_maintype() == "image" and len(_bytes(part)) <= LARGEST_LOGO


_LOSES = {"StartBoundaryNotFoundDefect", "CloseBoundaryNotFoundDefect", "InvalidBase64LengthDefect"}


def _leaves(message: MIMEPart, depth: int = 0) -> Iterator[MIMEPart]:
    """The parts that hold something. A part that says of itself that something is lost stops the mail."""
    if depth > DEEPEST:
        raise Refused(Refusal.TOO_MUCH)
    if any(type(defect).__name__ in _LOSES for defect in message.defects):
        raise Refused(Refusal.TRUNCATED)
    if message.get_content_type() == EML and message.is_multipart():
        yield message  # a forwarded mail is one attachment, to be taken apart in its turn
    elif message.is_multipart():
        for part in message.iter_parts():
            yield from _leaves(part, depth + 1)
    else:
        yield message


def _text(part: MIMEPart) -> str:
    try:
        return str(part.get_content())
    except (LookupError, ValueError):  # an encoding that nobody has heard of, or whose name is none
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", errors="replace") if isinstance(payload, bytes) else ""


def _bytes(part: MIMEPart) -> bytes:
    if part.get_content_type() == EML:
        inner = part.get_content()
        return _written(inner) if hasattr(inner, "as_bytes") else b""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _written(inner: EmailMessage) -> bytes:
    """A forwarded mail as bytes; headers in no known encoding are kept as the older rules of writing do."""
    import email.policy

    try:
        return inner.as_bytes()
    except _FALLS_OVER:
        return inner.as_bytes(policy=email.policy.compat32)
