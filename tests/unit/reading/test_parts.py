"""A mail or an archive is taken apart by the child, unread; what comes back is checked to the byte."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from email.message import EmailMessage

import py7zr
import pytest
import pyzipper
from builders import case
from containers import aes_zipped, mail, markup, zipped
from documents import flat_csv
from fuzz import targets
from reading_room import TODAY, read_all, vocabulary

from integration.domain.case_list import CameIn, Reading
from integration.errors import DocumentRefused
from integration.ports import TakenApart, UntrustedFile
from integration.reading import Limits, open_untrusted, text_of
from integration.reading.framing import NotFramed, cut, framed, unframed
from mappings.case_lists.containers import Key, Untrusted
from mappings.case_lists.parts import parts_of
from mappings.case_lists.refusals import Refusal, Refused

LIST, NOTES = flat_csv([case("1")]), b"Notes of last week.\n"
ROWS = [line.split(",") for line in LIST.decode().splitlines()]


def taken_apart(
    data: bytes, came_in: CameIn = CameIn.ITSELF, *, passwords: Sequence[str] = (), subject: str = ""
) -> tuple[Untrusted, ...] | None:
    file = Untrusted("", data, subject, came_in)
    return parts_of(file, Key(tuple(passwords)), vocabulary=vocabulary(), today=TODAY)


def parts(data: bytes, came_in: CameIn = CameIn.ITSELF, *, passwords: Sequence[str] = ()) -> tuple[Untrusted, ...]:
    found = taken_apart(data, came_in, passwords=passwords)
    assert found is not None
    return found


def told(found: Sequence[Untrusted]) -> list[tuple[str, bytes, CameIn]]:
    return [(part.name, part.data, part.came_in) for part in found]


def seven_zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with py7zr.SevenZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writef(io.BytesIO(content), name)
    return target.getvalue()


@pytest.mark.parametrize("packed", [zipped, seven_zipped])
def test_an_archive_is_its_files_in_their_order(packed: type) -> None:
    found = parts(packed({"a/list.csv": LIST, "b.txt": NOTES}))
    assert told(found) == [("list.csv", LIST, CameIn.ARCHIVE), ("b.txt", NOTES, CameIn.ARCHIVE)]


def test_a_document_is_no_container() -> None:
    assert taken_apart(LIST) is None


def test_a_mail_is_its_attachments_each_with_the_mails_subject() -> None:
    found = parts(mail("MARAC 3 December", {"list.csv": LIST, "more.zip": zipped({"b.txt": NOTES})}))
    assert [(part.name, part.subject, part.came_in) for part in found] == [
        ("list.csv", "MARAC 3 December", CameIn.MAIL),
        ("more.zip", "MARAC 3 December", CameIn.MAIL),
    ]
    assert told(parts(found[1].data, found[1].came_in)) == [("b.txt", NOTES, CameIn.ARCHIVE)]


def test_words_that_go_with_attachments_are_no_part_and_a_list_in_them_is() -> None:
    signature = markup([["J. Doe", "MARAC team"], ["Police", "01632 960000"]])
    assert len(parts(mail("Lists", {"list.csv": LIST}, markup=signature))) == 1
    (_, text) = parts(mail("Lists", {"notes.txt": NOTES}, markup=markup(ROWS)))
    assert (text.name, text.came_in) == ("mail-text.html", CameIn.MAIL_TEXT)
    (alone,) = parts(mail("Lists", {}, plain="From: somebody else\nSubject: no mail\n\nWords.\n"))
    assert (alone.name, alone.came_in) == ("mail-text.txt", CameIn.MAIL_TEXT)
    assert alone.data.splitlines() == [b"From: somebody else", b"Subject: no mail", b"", b"Words."]


@pytest.mark.parametrize(("shown", "size", "found"), [(True, 900, 1), (True, 200_000, 2), (False, 900, 2)])
def test_a_picture_that_is_no_logo_is_a_part_for_it_may_be_a_photographed_list(
    shown: bool, size: int, found: int
) -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "marac@police.example", "Lists"
    message.set_content("<p>Attached.</p>" + '<img src="cid:logo@x">' * shown, subtype="html")
    message.add_attachment(LIST.decode(), filename="list.csv")
    message.add_attachment(b"\x89PNG" + bytes(size), maintype="image", subtype="png", cid="<logo@x>")
    assert len(parts(message.as_bytes())) == found


def test_a_form_in_a_mail_with_attachments_is_a_part_however_narrow_its_table() -> None:
    form = [["Role", "Victim"], ["Name", "Quillon ZZTESTER"], ["Date of birth", "01/02/1984"]]
    lines = "MARAC case list\nCase 1\n" + "\n".join(": ".join(row) for row in form)
    block = "\n\nPerpetrator name: Rowan ZZOTHER\nPerpetrator date of birth: 03/04/1980\n"
    plain = lines + "\nVictim name: Quillon ZZTESTER\nVictim date of birth: 01/02/1984" + block
    assert [part.came_in for part in parts(mail("Lists", {"notes.txt": NOTES}, plain=plain))] == [
        CameIn.MAIL,
        CameIn.MAIL_TEXT,
    ]


@pytest.mark.parametrize(
    ("data", "came_in"),
    [
        (zipped({"a.csv": LIST}), CameIn.ARCHIVE),
        (seven_zipped({"a.csv": LIST}), CameIn.ARCHIVE),
        (mail("Lists", {"a.csv": LIST}), CameIn.ARCHIVE),
        (mail("Lists", {"a.csv": LIST}), CameIn.MAIL),
    ],
)
def test_a_container_within_a_container_is_refused(data: bytes, came_in: CameIn) -> None:
    with pytest.raises(Refused) as refused:
        parts(data, came_in)
    assert refused.value.refusal is Refusal.NESTED_ARCHIVE


def partly_protected(encryption: int | None) -> bytes:
    target = io.BytesIO()
    with pyzipper.AESZipFile(target, "w", compression=pyzipper.ZIP_DEFLATED) as archive:
        archive.writestr("open.csv", LIST)
        archive.setpassword(b"long-winded")
        archive.setencryption(encryption)
        archive.writestr("folder/Quillon ZZTESTER.txt", NOTES * 50)
        archive.pwd, archive.encryption = None, None
        archive.writestr("open.txt", NOTES)
    return target.getvalue()


def test_a_file_that_no_password_opens_stays_in_an_archive_of_its_own() -> None:
    first, protected, last = parts(partly_protected(pyzipper.WZ_AES), CameIn.MAIL)
    assert (first.data, last.data) == (LIST, NOTES)
    assert (protected.name, protected.came_in) == ("", CameIn.MAIL)  # it stands where its archive stood
    assert LIST not in protected.data and len(protected.data) < 600
    with pytest.raises(Refused) as refused:
        parts(protected.data)
    assert refused.value.refusal is Refusal.PROTECTED
    opened = parts(protected.data, passwords=["wrong", "long-winded"])
    assert told(opened) == [("Quillon ZZTESTER.txt", NOTES * 50, CameIn.ARCHIVE)]


def test_with_its_password_nothing_stays_protected() -> None:
    found = parts(partly_protected(pyzipper.WZ_AES), passwords=["long-winded"])
    assert [part.data for part in found] == [LIST, NOTES * 50, NOTES]


def test_an_archive_of_which_nothing_opens_waits_whole() -> None:
    with pytest.raises(Refused) as refused:
        parts(aes_zipped({"a.csv": LIST, "b.csv": LIST}, "long-winded"))
    assert refused.value.refusal is Refusal.PROTECTED


# --- through the child


def test_the_child_hands_over_parts_or_one_reading() -> None:
    assert isinstance(open_untrusted(UntrustedFile("list.csv", LIST)), Reading)
    found = open_untrusted(UntrustedFile("all.zip", zipped({"list.csv": LIST, "empty.txt": b""})))
    assert isinstance(found, TakenApart)
    assert [(one.untrusted_bytes, one.came_in) for one in found.parts] == [
        (LIST, CameIn.ARCHIVE),
        (b"", CameIn.ARCHIVE),
    ]
    with pytest.raises(DocumentRefused, match="empty"):
        open_untrusted(found.parts[1])


def test_the_subject_of_a_parts_mail_says_its_meeting() -> None:
    undated = LIST.replace(b"10/12/2026", b"")
    reading = open_untrusted(UntrustedFile("list.csv", undated, "MARAC case list, 10 December 2026", CameIn.MAIL))
    assert isinstance(reading, Reading) and str(reading.meeting.date) == "2026-12-10"


def test_the_text_of_a_mail_is_read_and_shown_as_text_whatever_it_looks_like() -> None:
    text = UntrustedFile("mail-text.txt", b"From: a@b.example\nSubject: c\n\nWords.\n", "", CameIn.MAIL_TEXT)
    assert isinstance(open_untrusted(text), Reading)
    assert "Subject: c" in text_of(text)


def test_more_than_the_limit_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = Limits(output_bytes=100, parts_bytes=100)
    with pytest.raises(DocumentRefused, match="not what it may be"):
        open_untrusted(UntrustedFile("all.zip", zipped({"a.txt": NOTES * 20})), limits=limits)


# --- the frame


def test_a_frame_comes_back_to_the_byte_or_not_at_all() -> None:
    whole = b"".join(framed(b"{}", [b"one", b"", b"two"]))
    told_, bodies = unframed(whole, 100)
    assert (told_, cut(bodies, [3, 0, 3])) == (b"{}", [b"one", b"", b"two"])
    for sizes in ([3, 3, 3], [3, 0, 2], [3, -1, 4], [7]):
        with pytest.raises(NotFramed):
            cut(bodies, sizes)
    for broken in (b"", whole[:7], whole[:9], b"\xff" * 8 + b"{}"):
        with pytest.raises(NotFramed):
            unframed(broken, 100)


GOOD = {"name": "a.csv", "subject": "", "came_in": "archive", "size": 3}
BAD = {
    "no list": {"parts": GOOD},
    "none": {"parts": []},
    "too many": {"parts": [GOOD | {"size": 0}] * 201},
    "no size": {"parts": [{key: GOOD[key] for key in ("name", "subject", "came_in")}]},
    "true for a size": {"parts": [GOOD | {"size": True}]},
    "less than there is": {"parts": [GOOD | {"size": 2}]},
    "more than there is": {"parts": [GOOD | {"size": 4}]},
    "no such way to come": {"parts": [GOOD | {"came_in": "pigeon"}]},
    "a name that is none": {"parts": [GOOD | {"name": None}]},
    "something more": {"parts": [GOOD], "readings": []},
    "bytes after a reading": {"readings": [targets.READING]},
}


@pytest.mark.parametrize("told_", BAD.values(), ids=BAD)
def test_an_answer_that_is_not_what_it_may_be_is_refused(told_: object) -> None:
    from integration.reading import parent

    with pytest.raises(Refused) as refused:
        parent._opened(b"".join(framed(json.dumps(told_).encode(), [b"abc"])), Limits())
    assert refused.value.refusal is Refusal.READER_MISBEHAVED


def test_two_readings_of_one_document_are_refused() -> None:
    from integration.reading import parent

    twice = json.dumps({"readings": [targets.READING] * 2}).encode()
    with pytest.raises(Refused):
        parent._opened(b"".join(framed(twice)), Limits())


@pytest.mark.parametrize(
    "plain", ["", "Case 1\nVictim: Quillon ZZTESTER, 01/02/1984\n", "Agency | Notes | Day\na | b | c\n"]
)
@pytest.mark.parametrize("table", ["", markup(ROWS), markup([["Agency", "Telephone"], ["Police", "101"]])])
def test_the_command_sees_the_documents_in_a_mail_that_the_service_sees(plain: str, table: str) -> None:
    data = mail("Lists", {"list.csv": LIST, "notes.txt": NOTES}, plain=plain or "Attached.", markup=table)
    assert len(read_all(data)) == len(parts(data))
