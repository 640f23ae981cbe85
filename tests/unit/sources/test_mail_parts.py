"""What of a mail is a document: attachments, or the whole mail; never less than all that could be a list."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from email.mime.text import MIMEText
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors._mail_parts import LOGO_LIMIT, RAW_NAME, documents_of, sender_of
from connectors.limits import MIB
from integration.domain.case_list import CameIn

LIST = b"case,family\r\n27/2026/001,ZZTESTER\r\n"


def mail(text: str = "Please find the list attached.", html: str | None = None) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["Subject"] = "marac.admin@police.example", "MARAC"
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message


def attach(message: EmailMessage, content: bytes, name: str | None = "list.csv", **more: Any) -> EmailMessage:
    message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name, **more)
    return message


def taken(message: EmailMessage, largest: int = MIB) -> list[tuple[str, bytes]]:
    return [(file.untrusted_name, file.untrusted_bytes) for file in documents_of(message.as_bytes(), largest)]


def test_each_attachment_is_a_file_and_the_covering_text_is_not() -> None:
    message = attach(attach(mail(html="<p>Attached.</p>"), LIST), b"form", "form.docx")
    assert taken(message) == [("list.csv", LIST), ("form.docx", b"form")]


def test_a_mail_without_attachments_is_one_file() -> None:
    message = mail("27/2026/001 ZZTESTER")
    assert taken(message) == [(RAW_NAME, message.as_bytes())]


def test_a_text_file_that_hangs_on_a_mail_is_an_attachment() -> None:
    message = mail()
    message.add_attachment("27/2026/001 ZZTESTER", filename="list.txt")
    part = MIMEText("in place", "plain")
    part.add_header("Content-Disposition", "inline", filename="inline.txt")
    message.attach(part)  # type: ignore[arg-type]
    assert [name for name, _ in taken(message)] == ["list.txt", "inline.txt"]


def with_picture(size: int, html: str, content_id: str | None = "<logo@x>") -> EmailMessage:
    message = attach(mail(html=html), LIST)
    extra: dict[str, Any] = {"cid": content_id} if content_id else {}
    message.add_attachment(b"\x89" * size, maintype="image", subtype="png", disposition="inline", **extra)
    return message


def test_a_logo_that_the_text_shows_is_no_document() -> None:
    assert [name for name, _ in taken(with_picture(900, '<img src="cid:logo@x">'))] == ["list.csv"]


@pytest.mark.parametrize(
    ("size", "html", "content_id"),
    [
        (LOGO_LIMIT + 1, '<img src="cid:logo@x">', "<logo@x>"),  # large enough to be a photographed list
        (900, "<p>no picture</p>", "<logo@x>"),  # Exchange gives every attachment an id
        (900, '<img src="cid:logo@x">', None),
    ],
)
def test_any_other_picture_is_delivered(size: int, html: str, content_id: str | None) -> None:
    assert [name for name, _ in taken(with_picture(size, html, content_id))] == ["list.csv", "attachment-2"]


def test_a_detached_signature_is_no_document() -> None:
    message = attach(mail(), LIST)
    message.add_attachment(b"sig", maintype="application", subtype="pkcs7-signature", filename="smime.p7s")
    assert taken(message) == [("list.csv", LIST)]


def test_a_forwarded_mail_is_one_file_with_its_own_attachments_inside() -> None:
    message = mail()
    message.add_attachment(attach(mail(), LIST))
    ((name, content),) = taken(message)
    assert name == "attachment-1.eml"
    assert base64.b64encode(LIST).strip() in content


MAY_SAY_MORE = {
    "a table": {"html": "<TABLE><tr><td>ZZTESTER</td></tr></TABLE>"},
    "columns": {"text": "a\tb\n1\t2\n"},
    "a form": {"text": "Victim: Quillon ZZTESTER\nDate of birth: 01/02/1984\n"},
    "a form that is marked up": {"html": "<p>Victim: Quillon ZZTESTER</p>\n<p>Date of birth: 01/02/1984</p>"},
}


@pytest.mark.parametrize("says", MAY_SAY_MORE.values(), ids=MAY_SAY_MORE)
def test_a_mail_whose_text_may_be_a_list_is_delivered_as_it_came(says: dict[str, str]) -> None:
    message = attach(mail(**says), LIST)
    assert taken(message) == [(RAW_NAME, message.as_bytes())]


@pytest.mark.parametrize("says", MAY_SAY_MORE.values(), ids=MAY_SAY_MORE)
def test_where_it_would_be_too_large_its_text_is_a_file_of_its_own(says: dict[str, str]) -> None:
    whole = attach(mail(**says), LIST).as_bytes()
    attached, text = documents_of(whole, len(whole) - 1)
    assert attached.untrusted_bytes == LIST
    assert text.came_in is CameIn.MAIL_TEXT and text.untrusted_name.startswith("mail-text.")


def test_a_forwarded_mail_is_taken_out_though_the_text_round_it_may_say_more() -> None:
    message = mail("Tel: 01632 960000\nTeam: MARAC\n")
    message.add_attachment(attach(mail(), LIST))
    assert [name for name, _ in taken(message)] == ["attachment-1.eml", "mail-text.txt"]


def test_every_file_has_the_mails_subject() -> None:
    raw = attach(mail(), LIST).as_bytes().replace(b"Subject: MARAC", b"Subject: =?utf-8?q?MARAC_3=2E12=2E?=")
    assert [file.untrusted_subject for file in documents_of(raw, MIB)] == ["MARAC 3.12."]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('filename="../../etc/passwd"', "../../etc/passwd"),  # never a path: it goes on as it was written
        ("filename*=utf-8''Zo%C3%AB.csv", "Zoë.csv"),
        ('filename="=?utf-8?b?Wm/Dqy5jc3Y=?="', "Zoë.csv"),
        ('filename="=?no-such?b?Wm/Dqy5jc3Y=?="', "=?no-such?b?Wm/Dqy5jc3Y=?="),
        ("", "attachment-1"),
    ],
)
def test_names_are_taken_as_they_are_written(header: str, expected: str) -> None:
    raw = f"Content-Type: text/csv\r\nContent-Disposition: attachment; {header}\r\n\r\n".encode() + LIST
    (file,) = documents_of(raw, MIB)
    assert (file.untrusted_name, file.untrusted_bytes) == (expected, LIST)


def truncated() -> bytes:
    return attach(mail(), LIST).as_bytes().rsplit(b"--", 2)[0]


def broken_base64() -> bytes:
    raw = attach(mail(), LIST).as_bytes()
    return raw.replace(base64.b64encode(LIST)[:8], b"!!!!" + base64.b64encode(LIST)[:7])


def without_boundary() -> bytes:
    return b"Content-Type: multipart/mixed\r\n\r\nfamily\r\n"


@pytest.mark.parametrize("damaged", [truncated(), broken_base64(), without_boundary(), b"", b"\x00\xff" * 50])
def test_a_damaged_mail_is_delivered_as_it_came(damaged: bytes) -> None:
    (file,) = documents_of(damaged, MIB)
    assert (file.untrusted_name, file.untrusted_bytes) == (RAW_NAME, damaged)


def test_a_mail_nested_without_end_is_delivered_as_it_came() -> None:
    levels = range(3000)
    head = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in levels)
    (file,) = documents_of(head + b"\r\nx\r\n", MIB)
    assert file.untrusted_name == RAW_NAME


@given(st.binary(max_size=400), st.integers(0, 400))
def test_no_mail_makes_it_fail_or_deliver_nothing(noise: bytes, at: int) -> None:
    whole = attach(mail(html="<table><tr><td>x"), LIST).as_bytes()
    assert documents_of(whole[:at] + noise + whole[at:], MIB)


@pytest.mark.parametrize(
    ("header", "sender"),
    [
        (b"From: MARAC <Marac@Police.example>", "marac@police.example"),
        (b"From: marac@police.example", "marac@police.example"),
        (b'From: "marac@police.example" <other@evil.example>', "other@evil.example"),
        (b"From: marac@police.example, other@evil.example", ""),
        (b"From: marac@police.example\r\nFrom: other@evil.example", ""),
        (b"From: marac@police.example )other@evil.example(", ""),
        (b"From: undisclosed:;", ""),
        (b"From: marac", ""),
        (b"From: \xff\xfe@police.example", ""),
        (b"Sender: marac@police.example", ""),
        (b"", ""),
    ],
)
def test_a_sender_is_one_address_in_from_or_nobody(header: bytes, sender: str) -> None:
    assert sender_of(header + b"\r\n\r\n") == sender
