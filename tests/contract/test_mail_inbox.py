"""The mailbox on a real Dovecot: sign-in, certificates, other clients, and servers that lack or claim a move."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from imapclient import IMAPClient
from peers.dovecot import Dovecot
from peers.outsides import MailOutside

from integration.errors import ConfigurationError, Unavailable
from integration.ports import Waiting

LIST = b"case,family\r\n27/2026/001,ZZTESTER\r\n"


def test_a_token_signs_in_and_an_expired_or_forged_one_is_refused(dovecot: Dovecot) -> None:
    outside = MailOutside(dovecot)
    outside.deliver("list.csv", LIST)
    asked: list[str] = []

    def supplier() -> str:
        asked.append("")
        return tokens.pop(0)

    good, name = dovecot.token(outside.username), outside.username
    tokens = [good, dovecot.token(name, lives_seconds=-60), good[:-4] + "AAAA", dovecot.token(name)]
    source = outside.source(account=replace(outside.account, secret=supplier))
    assert len(list(source.waiting())) == 1
    for _ in range(2):
        with pytest.raises(Unavailable) as failure:
            source.waiting()
        assert failure.value.phase == "sign in"
        assert good[:20] not in repr(failure.value)
    assert len(list(source.waiting())) == 1  # asked anew at each sign-in
    assert len(asked) == 4


def test_a_token_that_cannot_be_read_is_named(dovecot: Dovecot) -> None:
    def supplier() -> str:
        raise ConfigurationError("secret file token: cannot be read (No such file or directory)")

    outside = MailOutside(dovecot)
    with pytest.raises(Unavailable, match="sign in: secret file token"):
        outside.source(account=replace(outside.account, secret=supplier)).waiting()


def test_a_wrong_password_is_refused_and_not_repeated(dovecot: Dovecot) -> None:
    outside = MailOutside(dovecot)
    source = outside.source(account=replace(outside.account, secret="ZZSECRET"))
    with pytest.raises(Unavailable, match="sign in") as failure:
        source.waiting()
    assert "ZZSECRET" not in repr(failure.value) + repr(source.__dict__)


@pytest.mark.parametrize("change", [{"ca_file": None}, {"host": "127.0.0.1"}])
def test_a_certificate_that_proves_nothing_is_refused(dovecot: Dovecot, change: dict[str, str | None]) -> None:
    outside = MailOutside(dovecot)
    source = outside.source(account=replace(outside.account, **change))  # type: ignore[arg-type]
    assert [(probe.phase, probe.ok) for probe in source.probe()][-1] == ("certificate", False)


def test_a_port_without_tls_is_refused(dovecot: Dovecot) -> None:
    outside = MailOutside(dovecot)
    source = outside.source(account=replace(outside.account, port=dovecot.plain_port))
    with pytest.raises(Unavailable, match="does not speak TLS"):
        source.waiting()


def test_looking_and_downloading_mark_nothing_as_read(dovecot: Dovecot) -> None:
    outside = MailOutside(dovecot)
    outside.deliver("list.csv", LIST)
    source = outside.source()
    (waiting,) = source.waiting()
    source.download(waiting)
    assert all(b"\\Seen" not in flags for flags in outside.flags())


def test_a_mailbox_made_anew_does_not_confuse_its_mails(dovecot: Dovecot) -> None:
    outside = MailOutside(dovecot)
    source = outside.source(account=replace(outside.account, folder="Lists"))
    with dovecot.client(outside.username) as client:
        client.create_folder("Lists")
        client.append("Lists", b"From: a@police.example\r\n\r\nold\r\n")
        (old,) = source.waiting()
        _make_anew(client, "Lists", old)
        client.append("Lists", b"From: a@police.example\r\n\r\nnew\r\n")
    with pytest.raises(Unavailable, match="download"):
        source.download(old)
    source.set_aside(old, "a" * 32)
    assert not source.is_aside("a" * 32)
    (new,) = source.waiting()
    assert source.download(new)[0].untrusted_bytes.endswith(b"new\r\n")


def test_a_server_without_move_copies_and_expunges_that_one_mail(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = MailOutside(dovecot)
    outside.deliver("list.csv", LIST)
    outside.deliver("other.csv", LIST)
    with dovecot.client(outside.username) as client:
        client.select_folder("INBOX")
        client.delete_messages([2])  # a colleague's mark, which is not ours to act on
    _without(monkeypatch, "MOVE")
    source = outside.source()
    (waiting,) = source.waiting()
    source.set_aside(waiting, "a" * 32)
    assert (len(outside.in_inbox()), len(outside.set_aside())) == (1, 1)
    assert source.is_aside("a" * 32)


def test_a_server_with_neither_move_nor_uidplus_is_named_and_untouched(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = MailOutside(dovecot)
    outside.deliver("list.csv", LIST)
    _without(monkeypatch, "MOVE", "UIDPLUS")
    source = outside.source()
    (waiting,) = source.waiting()
    with pytest.raises(Unavailable, match="neither MOVE nor UIDPLUS"):
        source.set_aside(waiting, "a" * 32)
    assert len(outside.in_inbox()) == 1


def test_a_move_that_the_server_only_claims_is_found_out(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = MailOutside(dovecot)
    outside.deliver("list.csv", LIST)
    source = outside.source()
    (waiting,) = source.waiting()
    monkeypatch.setattr(IMAPClient, "move", lambda *_: None)
    with pytest.raises(Unavailable, match="did not"):
        source.set_aside(waiting, "a" * 32)
    monkeypatch.undo()
    source.set_aside(waiting, "a" * 32)
    assert source.is_aside("a" * 32)


def test_an_interrupted_copy_leaves_nothing_in_the_inbox_at_the_end(dovecot: Dovecot) -> None:
    outside = MailOutside(dovecot)
    outside.deliver("list.csv", LIST)
    source = outside.source()
    (waiting,) = source.waiting()
    source.set_aside(waiting, "a" * 32)
    with dovecot.client(outside.username) as client:
        folder = next(name for _, _, name in client.list_folders() if "aaaa" in name)
        # as if a copy had been made and the line had broken before the expunge
        uid_validity, uid = folder.rsplit("-", 2)[1:]
        (mail,) = outside.set_aside()
        client.append("INBOX", mail)
        (again,) = source.waiting()
        client.rename_folder(folder, f"{folder.rsplit('-', 1)[0]}-{again.ref.split('-')[1]}")
    assert (again.ref.split("-")[0], uid) == (uid_validity, "1")
    assert not source.is_gone("a" * 32)
    source.remove("a" * 32)
    assert (outside.in_inbox(), outside.set_aside()) == ([], [])
    assert source.is_gone("a" * 32)


def test_the_sender_is_the_address_that_the_mail_states(dovecot: Dovecot) -> None:
    outside = MailOutside(dovecot)
    outside.append(b"From: MARAC Admin <Marac.Admin@POLICE.example>\r\n\r\nx\r\n")
    outside.append(b"From: a@police.example, b@police.example\r\n\r\nx\r\n")
    outside.append(b"Subject: no sender\r\n\r\nx\r\n")
    senders = [waiting.sender for waiting in outside.source().waiting()]
    assert senders == ["marac.admin@police.example", "", ""]  # never None: that is a folder, which needs no sender


def _make_anew(client: Any, folder: str, seen: Waiting) -> None:
    """Delete and create a folder until its UIDVALIDITY, which counts seconds here, is another."""
    deadline = time.monotonic() + 10
    while True:
        client.delete_folder(folder)
        client.create_folder(folder)
        if str(client.folder_status(folder, ["UIDVALIDITY"])[b"UIDVALIDITY"]) != seen.ref.split("-")[0]:
            return
        assert time.monotonic() < deadline


def _without(monkeypatch: pytest.MonkeyPatch, *missing: str) -> None:
    has: Any = IMAPClient.has_capability
    monkeypatch.setattr(IMAPClient, "has_capability", lambda self, name: name not in missing and has(self, name))
