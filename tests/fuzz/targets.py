"""What is fuzzed, what may come of it, and the seeds. A target takes any bytes; what it raises is a finding."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import olefile
from outlook import Attached, Message, saved_message
from word97_documents import NARROW, SAVED_FAST, WIDE, field_of, line, table
from word97_documents import old_word as old_word_file

from integration.ports import TakenApart
from integration.reading import Limits, parent
from integration.reading.framing import framed
from mappings.case_lists.containers import Key, Untrusted, contents_of
from mappings.case_lists.content import Content
from mappings.case_lists.mails import Mail, read_mail
from mappings.case_lists.refusals import Refused
from mappings.case_lists.sniffing import OLE_MARK
from mappings.case_lists.word97 import read_word97
from mappings.case_lists.word97_file import Word97File
from mappings.reading_json import from_json, to_json

SUBJECT: dict[str, Any] = {
    "role": "victim", "names": [{"family": "ZZTESTER", "given": "Ann"}], "births": ["1984-03-02"], "age": 40,
    "sex": "F", "nhs_number": "999 000 0018", "addresses": [{"line": "1 High Street", "postcode": "ZZ99 3VZ"}],
    "phones": ["01632 960001"], "where": "Case list!D5", "row": 5, "born_in": "1984-03",
}  # fmt: skip
READING: dict[str, Any] = {
    "document": {"kind": "case_list", "media_type": "text/csv", "sha256": "0" * 64},
    "meeting": {"area": "Rotherham", "date": "2026-12-03"},
    "cases": [{"case_ref": "27/2026/001", "repeat": False, "subjects": [SUBJECT]}],
    "problems": [{"where": "row 17", "case_ref": None, "reason": "two people in one cell"}],
}
# What a child that has been taken over could put where the contract has something else.
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1e308, float("nan"), float("inf"), 10**30, "", " ", "x" * 2_000, "\ud800", "\u202e",
    "\x00", "\x1b[2J", "EMPTY", "case_list", "0000-00-00", "9999-12-31", [], [[]], [None], {}, {"a": None}, [0] * 600,
)  # fmt: skip


def answer(data: bytes) -> None:
    """Whatever bytes a child answers, its parent gives checked readings or a refusal, and nothing else."""
    try:
        readings = parent._checked(data)
    except Refused:
        return
    for reading in readings:
        printed = json.dumps(to_json(reading), ensure_ascii=False).encode()
        assert from_json(json.loads(printed)) == reading, "a reading that was let in does not come back"


def bent_answer(data: bytes) -> None:
    """The same for answers of the right shape with values exchanged, which mutated bytes seldom are."""
    answer(json.dumps(bent(data)).encode())


def text_answer(data: bytes) -> None:
    """Whatever text a child answers, only what a terminal shows harmlessly is left of it."""
    try:
        untrusted = parent._answer(data)
    except Refused:
        return
    text = untrusted.get("text")
    if isinstance(text, str):
        shown = parent.clean_text(text)
        assert all(char.isprintable() or char in "\n\t" for char in shown), "a character that acts was let through"
        shown.encode()


def opened_answer(data: bytes) -> None:
    """Whatever frame a child answers, or a frame says: parts whose words can be kept, a reading, or neither."""
    for untrusted in (data, b"".join(framed(data, (b"abc",)))):
        try:
            found = parent._opened(untrusted, Limits())
        except Refused:
            continue
        if isinstance(found, TakenApart):
            assert sum(len(part.untrusted_bytes) for part in found.parts) <= len(untrusted)
            for part in found.parts:
                part.untrusted_name.encode(), part.untrusted_subject.encode()


def mail(data: bytes) -> None:
    """Whatever bytes a mail is, it is taken apart or refused with one of the fixed sentences."""
    try:
        taken_apart = read_mail(data)
    except Refused:
        return
    assert isinstance(taken_apart, Mail)
    assert all(isinstance(name, str) and isinstance(held, bytes) for name, held in taken_apart.attachments)


def compound(data: bytes) -> None:
    """Whatever bytes an old document or a saved message is, it is read or refused with one of the fixed sentences."""
    try:
        found = list(contents_of(Untrusted("", OLE_MARK + data), Key()))
    except Refused:
        return
    assert all(isinstance(content, Content) for _, content in found)


def old_word(data: bytes) -> None:
    """The same for the streams of an old Word document, which mutated sectors seldom let through."""
    parts = data.split(BETWEEN, 2)
    document, table_stream, more = (*parts, b"", b"")[:3]
    try:
        found = read_word97(Word97File.open(document, (table_stream, table_stream), more), "application/msword")
    except Refused:
        return
    assert isinstance(found, Content)


def bent(data: bytes) -> Any:
    """A good answer in which some values are exchanged for odd ones, as the bytes say: two for each exchange."""
    told: Any = json.loads(json.dumps({"readings": [READING]}))
    if data[:1] < b"\x40":
        told = {"refused": "EMPTY"}
    for where, what in zip(data[1::2], data[2::2], strict=False):
        places = _places(told)
        box, key = places[where % len(places)]
        box[key] = json.loads(json.dumps(ODD[what % len(ODD)]))
    return told


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in the answer where a value stands."""
    keys: list[Any] = list(value) if isinstance(value, dict) else []
    keys = list(range(min(len(value), 50))) if isinstance(value, list) else keys
    mine = [(value, key) for key in keys]
    inner = [place for box, key in mine for place in _places(box[key])]
    return [*mine, *inner]


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that is fuzzed."""

    check: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    longest: int


def _answers() -> tuple[bytes, ...]:
    told: tuple[Any, ...] = ({"readings": [READING]}, {"refused": "EMPTY"}, {"text": "a list\n"}, {"readings": []}, [])
    return tuple(json.dumps(each).encode(encoding) for each in told for encoding in ("utf-8", "utf-16"))


def _openings() -> tuple[bytes, ...]:
    part = {"name": "list.csv", "subject": "", "came_in": "archive", "size": 3}
    told = ({"parts": [part]}, {"parts": [part | {"size": 1}, part | {"size": 2}]}, {"readings": [READING]})
    frames = (b"".join(framed(json.dumps(each).encode(), (b"abc",) * ("parts" in each))) for each in told)
    return (*frames, *(json.dumps(each).encode() for each in told))


_HEAD = b"From: marac.admin@police.example\r\nSubject: =?utf-8?q?MARAC_list_3_December?=\r\nMIME-Version: 1.0\r\n"
_PARTS = (
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<table><tr><td>Victim</td></tr></table>\r\n"
    b'--b\r\nContent-Type: text/csv; name="list.csv"\r\nContent-Transfer-Encoding: base64\r\n'
    b"Content-Disposition: attachment; filename*=utf-8''list%20one.csv\r\n\r\ncm9sZSxmYW1pbHkK\r\n"
)
_MAILS = (
    _HEAD + b"Content-Type: text/plain; charset=cp1252\r\n\r\nVictim: Ann ZZTESTER\r\n",
    _HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + _PARTS + b"--b--\r\n",
    _HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n" + _HEAD
    + b"\r\nbody\r\n--b--\r\n",
    _HEAD + b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nZ=\r\n",
)  # fmt: skip

BETWEEN = b"<between>"
_OLD_WORDS = tuple(
    old_word_file(
        [line("List ", *field_of("FORMTEXT", "x")), *table([["Victim", "DOB"], ["Ann ZZ", "1/2/84"]])], layout
    )
    for layout in (WIDE, NARROW, SAVED_FAST)
)


_OUTLOOK = saved_message(Message("List", "see below", b"<p>x</p>", attached=[Attached("a.csv", b"role,family\n")]))


def _streams(data: bytes) -> bytes:
    file = olefile.OleFileIO(io.BytesIO(data))
    return BETWEEN.join(file.openstream(name).read() for name in ("WordDocument", "1Table", "Data"))


TARGETS = {
    "answer": Target(answer, _answers(), 4_000),
    "bent-answer": Target(bent_answer, (b"\x80\x00\x00", b"\x00\x00\x00", bytes(range(64, 84))), 24),
    "opened-answer": Target(opened_answer, _openings(), 4_000),
    "text-answer": Target(text_answer, _answers(), 1_000),
    "mail": Target(mail, _MAILS, 4_000),
    "compound": Target(compound, tuple(made[len(OLE_MARK) :] for made in (*_OLD_WORDS, _OUTLOOK)), 12_000),
    "old-word": Target(old_word, tuple(map(_streams, _OLD_WORDS)), 8_000),
}
