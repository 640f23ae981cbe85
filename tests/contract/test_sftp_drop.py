"""The SFTP drop on a real OpenSSH server: host keys, user keys, rights, and each failure by its phase."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from peers.openssh import OpenSSH
from peers.outsides import SftpOutside
from peers.ports import free_port

from integration.errors import Unavailable

LIST = b"case,family\r\n27/2026/001,ZZTESTER\r\n"


def test_a_changed_host_key_is_refused_before_anything_is_sent(openssh: OpenSSH) -> None:
    outside = SftpOutside(openssh)
    outside.deliver("list.csv", LIST)
    other = "SHA256:" + "A" * 43
    source = outside.source(account=replace(outside.account, host_keys=(other,)))
    with pytest.raises(Unavailable) as failure:
        source.waiting()
    assert failure.value.phase == "host key"
    assert openssh.fingerprint in failure.value.reason
    assert [probe.phase for probe in source.probe()] == ["resolve", "connect", "host key"]


def test_a_second_pinned_key_lets_the_server_change_its_own() -> None:
    server = OpenSSH()
    try:
        outside = SftpOutside(server)
        before = server.fingerprint
        after = server.change_host_key()
        old = outside.source()
        both = outside.source(account=replace(outside.account, host_keys=(before, after)))
        assert not list(both.waiting())
        server.restart()
        assert not list(both.waiting())
        with pytest.raises(Unavailable, match="host key"):
            old.waiting()
    finally:
        server.stop()


def test_an_unknown_user_key_is_refused(openssh: OpenSSH) -> None:
    outside = SftpOutside(openssh)
    source = outside.source(account=replace(outside.account, private_key=openssh.another_key()))
    with pytest.raises(Unavailable, match="sign in: the server refused the key"):
        source.waiting()


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_a_protected_key_of_each_kind_signs_in(openssh: OpenSSH, kind: str) -> None:
    outside = SftpOutside(openssh)
    key = openssh.another_key("long enough", kind)
    openssh.admit(key)
    account = replace(outside.account, private_key=key, private_key_password="long enough")
    assert not list(outside.source(account=account).waiting())
    assert "long enough" not in repr(account)


@pytest.mark.parametrize("password", [None, "wrong"])
def test_a_key_that_cannot_be_opened_says_so(openssh: OpenSSH, password: str | None) -> None:
    outside = SftpOutside(openssh)
    account = replace(outside.account, private_key=openssh.another_key("long enough"), private_key_password=password)
    with pytest.raises(Unavailable, match="sign in: the private key"):
        outside.source(account=account).waiting()


def test_a_key_that_is_not_there_or_no_key_or_open_to_others_says_so(openssh: OpenSSH, tmp_path: Path) -> None:
    outside = SftpOutside(openssh)
    (tmp_path / "no key").write_text("not a key")
    (tmp_path / "open").write_text("not a key")
    (tmp_path / "no key").chmod(0o600)
    (tmp_path / "open").chmod(0o640)
    for name, words in (("absent", "cannot be read"), ("no key", "cannot be opened"), ("open", "others can read")):
        with pytest.raises(Unavailable, match=f"sign in: .*{words}"):
            outside.source(account=replace(outside.account, private_key=tmp_path / name)).waiting()


def test_a_server_without_the_atomic_rename_serves_too() -> None:
    server = OpenSSH("-P posix-rename")
    try:
        outside = SftpOutside(server)
        outside.deliver("list.csv", LIST)
        source = outside.source()
        assert all(probe.ok for probe in source.probe())
        (waiting,) = source.waiting()
        source.set_aside(waiting, "a" * 32)
        assert source.is_aside("a" * 32)
    finally:
        server.stop()


def test_a_read_only_account_is_found_out_by_the_probe() -> None:
    server = OpenSSH("-R")
    try:
        outside = SftpOutside(server)
        *reached, failed = outside.source().probe()
        assert [probe.phase for probe in reached] == ["resolve", "connect", "host key", "sign in", "list"]
        assert (failed.phase, failed.ok) == ("set aside", False)
        assert "permission" in failed.remedy
    finally:
        server.stop()


def test_a_folder_that_is_not_there_is_named(openssh: OpenSSH) -> None:
    outside = SftpOutside(openssh)
    outside.path /= "absent"
    with pytest.raises(Unavailable, match="list: a file or folder is not there: check path"):
        outside.source().waiting()


def test_a_host_that_has_no_address_is_named(openssh: OpenSSH) -> None:
    outside = SftpOutside(openssh)
    source = outside.source(account=replace(outside.account, host="absent.invalid"))
    assert [(probe.phase, probe.ok) for probe in source.probe()] == [("resolve", False)]


def test_a_closed_port_is_named(openssh: OpenSSH) -> None:
    outside = SftpOutside(openssh)
    source = outside.source(account=replace(outside.account, port=free_port()))
    assert [(probe.phase, probe.ok) for probe in source.probe()] == [("resolve", True), ("connect", False)]
