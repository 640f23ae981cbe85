"""Saved Outlook messages: bodies of every kind, code pages, attachments, and other messages inside."""

from __future__ import annotations

import struct

import pytest
from builders import case, subject
from containers import aes_zipped, markup
from documents import flat_csv, lines, of_role, particulars, word_table, workbook_case_list
from outlook import Attached, Message, saved_message
from reading_room import everybody, read_all, read_one

from integration.domain.case_list import DocumentKind
from integration.domain.people import Role
from integration.ports import UntrustedFile
from integration.reading import read_untrusted
from mappings.case_lists.outlook import read_outlook
from mappings.case_lists.refusals import Refusal, Refused
from mappings.case_lists.rich_text import markup_in, unpacked

CASES = [case("27/2026/001", subject(family="ZZTESTER"), subject(Role.PERPETRATOR, "ZZOTHER", "Jo"))]
TITLE = "Testshire MARAC case list 03/12/2026"
ROWS = [
    ["Case No", "Victim", "Alleged perpetrator", "Repeat?"],
    *(
        [
            made.case_ref,
            lines(of_role(made, Role.VICTIM), particulars),
            lines(of_role(made, Role.PERPETRATOR), particulars),
            "No",
        ]
        for made in CASES
    ),
]


def wrapped(html: str) -> bytes:
    """HTML in rich text, as Outlook keeps it: a body that is markup is given again for a word processor."""
    escaped = html.replace("\\", r"\\").replace("{", r"\{").replace("}", r"\}")
    parts = [rb"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}}{\*\generator x;}"]
    for piece in escaped.replace("<", "\0<").replace(">", ">\0").split("\0"):
        if piece.startswith("<"):
            parts.append(rb"{\*\htmltag64 %b}\htmlrtf \par{\b not in the mail}\htmlrtf0 " % _told(piece))
        elif piece:
            parts.append(_told(piece))
    return b"".join([*parts, b"}"])


def _told(piece: str) -> bytes:
    told = "".join(char if ord(char) < 128 else f"\\u{ord(char)}?" for char in piece)
    return told.replace("\n", "\\par\r\n").encode("ascii")


def packed(rich: bytes) -> bytes:
    """Compressed with letters alone, which the format allows."""
    body = b"".join(b"\0" + rich[at : at + 8] for at in range(0, len(rich), 8))
    return struct.pack("<II4sI", len(body) + 12, len(rich), b"LZFu", 0) + body


@pytest.mark.parametrize("make", [flat_csv, word_table, workbook_case_list])
@pytest.mark.parametrize("codepage", [0, 1252])
def test_a_list_that_is_attached(make: object, codepage: int) -> None:
    assert callable(make)
    data = saved_message(
        Message("[SECURE] Case list", "Zoë, see attached", codepage=codepage, attached=[Attached("list", make(CASES))])
    )
    reading = read_one(data, "mail.msg")
    assert (reading.kind, reading.problems) == (DocumentKind.CASE_LIST, ())
    assert everybody(reading.cases) == everybody(CASES)


@pytest.mark.parametrize(
    "body",
    [
        {"markup": markup(ROWS, TITLE).encode()},
        {"markup": markup(ROWS, TITLE).encode("cp1252"), "markup_codepage": 1252, "plain": "see below"},
        {"rich": packed(wrapped(markup(ROWS, TITLE))), "plain": "see below"},
    ],
    ids=["html", "html in Windows text", "html in rich text"],
)
def test_a_list_in_the_body(body: dict[str, object]) -> None:
    reading = read_one(saved_message(Message("Papers", **body)), "mail.msg")  # type: ignore[arg-type]
    assert (reading.kind, reading.problems) == (DocumentKind.CASE_LIST, ())
    assert everybody(reading.cases) == everybody(CASES)
    assert reading.meeting.area == "Testshire"


def test_a_body_of_plain_text() -> None:
    people = "Victim: ZZTESTER, Zoë, DOB 02/03/1984\r\nPerpetrator: ZZOTHER, Jo, DOB 01/01/1980"
    plain = f"{TITLE}\r\nCase 27/2026/001\r\n{people}"
    for codepage in (0, 1252):
        reading = read_one(saved_message(Message("List", plain, codepage=codepage)), "mail.msg")
        (one,) = reading.cases
        assert {(who.role, who.names[0].given) for who in one.subjects} == {
            (Role.VICTIM, "Zoë"),
            (Role.PERPETRATOR, "Jo"),
        }


def test_the_code_page_of_its_texts_is_honoured() -> None:
    mail = read_outlook(saved_message(Message("Łódź", "Łódź", codepage=1250)))
    assert (mail.subject, mail.plain) == ("Łódź", "Łódź")


def test_several_attachments_and_a_message_inside() -> None:
    inner = Message("Older", "old", attached=[Attached("old.csv", flat_csv(CASES))])
    attached = [
        Attached("a very long name of a list.xlsx", workbook_case_list(CASES)),
        Attached("invitation", b"BEGIN:VCALENDAR", kind="text/calendar"),
        Attached("forwarded", message=inner),
        Attached("papers.zip", aes_zipped({"b.csv": flat_csv(CASES)}, "correct horse")),
    ]
    readings = read_all(saved_message(Message("Papers", "see attached", attached=attached)), "", ["correct horse"])
    assert [reading.kind for reading in readings] == [
        DocumentKind.CASE_LIST,
        DocumentKind.CASE_LIST,
        DocumentKind.UNRECOGNISED,
    ]
    assert readings[2].problems[0].reason == Refusal.NESTED_ARCHIVE.value


def test_a_logo_that_the_body_shows_is_no_document_and_any_other_picture_is() -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(90)
    for markup_, count in ((b'<p>Regards<img src="cid:logo@1"></p>', 1), (b"<p>Regards</p>", 2)):
        attached = [Attached("list.csv", flat_csv(CASES)), Attached("logo.png", picture, content_id="logo@1")]
        assert len(read_all(saved_message(Message("List", markup=markup_, attached=attached)))) == count


def test_a_body_in_nothing_but_rich_text_is_refused_as_such() -> None:
    rich = packed(rb"{\rtf1\ansi Victim: Jane ZZ\par}")
    with pytest.raises(Refused) as raised:
        read_all(saved_message(Message("List", rich=rich)))
    assert raised.value.refusal is Refusal.RICH_TEXT


def test_it_is_read_in_the_locked_child_too() -> None:
    data = saved_message(Message("Papers", attached=[Attached("list.csv", flat_csv(CASES))]))
    (reading,) = read_untrusted(UntrustedFile("mail.msg", data))
    assert everybody(reading.cases) == everybody(CASES)


# --- rich text


def test_the_specifications_own_example_is_unpacked() -> None:
    """[MS-OXRTFCP] 3.1.1."""
    example = "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af3"
    example += "2068656c090020627705b06c647d0a800fa0"
    assert unpacked(bytes.fromhex(example)) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def test_what_only_a_word_processor_needs_is_left_out() -> None:
    page = "<html><body><p>Zoë &amp; {Jo} \\ 100 %</p></body></html>"
    assert markup_in(packed(wrapped(page))) == page
    assert markup_in(struct.pack("<II4sI", 99, 500, b"MELA", 0) + wrapped(page)) == page
    assert markup_in(packed(rb"{\rtf1\ansi plain}")) == ""
    assert markup_in(b"") == ""


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("<II4sI", 99, 0x7FFFFFFF, b"LZFu", 0) + b"\0" * 90,
        struct.pack("<II4sI", 99, 50, b"what", 0) + b"\0" * 90,
        struct.pack("<II4sI", 99, 5_000, b"LZFu", 0) + b"\xff\xf0\x0f" * 30,
        packed(rb"{\rtf1\fromhtml1 " + b"{" * 5_000),
    ],
    ids=["size", "kind", "place", "depth"],
)
def test_hostile_rich_text_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        markup_in(data)
