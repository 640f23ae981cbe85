"""What the fuzzers found, each input kept; and that the fuzz targets themselves can tell right from wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fuzz.targets import ODD, READING, TARGETS, bent

from integration.reading import parent
from mappings.case_lists.mails import read_mail
from mappings.case_lists.refusals import Refusal, Refused
from mappings.reading_json import to_json

ROOT = Path(__file__).resolve().parents[3]
REST = b"Subject: MARAC list\r\nContent-Type: text/plain\r\n\r\nVictim: Ann ZZTESTER\r\n"


@pytest.mark.parametrize("odd", [value for value in ODD if value not in (None, "EMPTY")], ids=repr)
def test_a_refusal_that_is_no_word_is_misbehaviour(odd: object) -> None:
    with pytest.raises(Refused) as raised:
        parent._answer(json.dumps({"refused": odd}).encode())
    assert raised.value.refusal is Refusal.READER_MISBEHAVED


@pytest.mark.parametrize(
    "sender", [b"marac.admin@", b"mt=u: text/plain; ; cha:", b".arac/rfc822.cncom: ", b"\xff\xfe <"]
)
def test_a_sender_that_cannot_be_parsed_loses_no_list(sender: bytes) -> None:
    taken_apart = read_mail(b"From: " + sender + b"\r\n" + REST)
    assert taken_apart.subject == "MARAC list"
    assert "ZZTESTER" in taken_apart.plain


def test_without_sender_and_subject_it_is_no_mail() -> None:
    with pytest.raises(Refused) as raised:
        read_mail(b"From: \r\nTo: somebody@example.org\r\n\r\nVictim: Ann ZZTESTER\r\n")
    assert raised.value.refusal is Refusal.UNKNOWN_FORMAT


def test_an_encoding_whose_name_is_none_does_not_lose_the_body() -> None:
    assert "ZZTESTER" in read_mail(REST.replace(b"text/plain", b"text/plain; charset=utf-8\x00e")).plain


def test_a_forwarded_mail_with_headers_in_no_encoding_is_still_taken_out() -> None:
    forwarded = b"Subject: FW\r\nContent-Type: message/rfc822\r\n\r\nFrom:" + b"\xff" * 80 + b" a@b.example\r\n" + REST
    ((_, inner),) = read_mail(forwarded).attachments
    assert "ZZTESTER" in read_mail(inner).plain


def test_what_the_parser_falls_over_with_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import email

    def falls_over(*_: object, **__: object) -> None:
        raise IndexError

    monkeypatch.setattr(email, "message_from_bytes", falls_over)
    with pytest.raises(Refused) as raised:
        read_mail(REST)
    assert raised.value.refusal is Refusal.TRUNCATED


@pytest.mark.parametrize("name", TARGETS)
def test_no_seed_is_a_finding(name: str) -> None:
    for seed in TARGETS[name].seeds:
        TARGETS[name].check(seed)


def test_the_seeds_get_past_the_first_check() -> None:
    assert len(read_mail(TARGETS["mail"].seeds[1]).attachments) == 1
    bending = bent(b"\x80")
    bending["readings"][0]["problems"] = []
    assert [to_json(reading) for reading in parent._checked(json.dumps(bending).encode())] == [
        {**READING, "problems": []}
    ]


@pytest.mark.parametrize("wrong", ["raise KeyError", "return (object(),)"])
def test_a_parent_that_lets_anything_else_out_is_a_finding(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    def misbehaves(_: bytes) -> tuple[object, ...]:
        if wrong.startswith("raise"):
            raise KeyError
        return (object(),)

    monkeypatch.setattr(parent, "_checked", misbehaves)
    with pytest.raises((KeyError, AttributeError)):
        TARGETS["answer"].check(b"{}")


def test_a_finding_is_replayed_from_its_hex() -> None:
    command = [sys.executable, "-m", "fuzz.campaign", "replay", "bent-answer", "00ffff000013fffeff939393939301"]
    done = subprocess.run(
        command, cwd=ROOT, env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "fuzz: bent-answer: nothing is found on this input\n"), done.stderr
