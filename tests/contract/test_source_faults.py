"""SFTP and mail when the line, the server or another client misbehaves: nothing hangs, nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest
from peers.cutting_proxy import CuttingProxy
from peers.outsides import AT_ONCE, MailOutside, Outside, SftpOutside

from connectors._imap_session import ImapSession
from connectors._sftp_session import SftpSession
from connectors.limits import Limits
from integration.errors import Unavailable
from integration.ports import CaseListSource

LIST = b"case,family\r\n27/2026/001,ZZTESTER\r\n"
IMPATIENT = Limits(settle_seconds=0, timeout_seconds=0.5, session_seconds=60)  # each answer has its own deadline
DRIBBLED = Limits(settle_seconds=0, timeout_seconds=30, session_seconds=1.5)  # and all of them together another

Behind = tuple[Outside, CaseListSource, CuttingProxy]


@pytest.fixture(params=["sftp", "mail"])
def behind(request: pytest.FixtureRequest) -> Iterator[Behind]:
    """An outside, a source that reaches it through a proxy, and the proxy."""
    if request.param == "sftp":
        sftp = SftpOutside(request.getfixturevalue("openssh"))
        with CuttingProxy(sftp.account.port) as proxy:
            yield sftp, sftp.source(account=replace(sftp.account, port=proxy.port), limits=AT_ONCE), proxy
    else:
        mail = MailOutside(request.getfixturevalue("dovecot"))
        with CuttingProxy(mail.account.port) as proxy:
            yield mail, mail.source(account=replace(mail.account, port=proxy.port), limits=AT_ONCE), proxy


def impatient(outside: Outside, proxy: CuttingProxy, limits: Limits = IMPATIENT) -> CaseListSource:
    match outside:
        case SftpOutside():
            return outside.source(limits, replace(outside.account, port=proxy.port))
        case MailOutside():
            return outside.source(limits, replace(outside.account, port=proxy.port))
        case _:
            raise AssertionError


def copies(outside: Outside) -> int:
    return len(outside.in_inbox()) + len(outside.set_aside())


def cuts_through(verb: Callable[[], object], proxy: CuttingProxy) -> Iterator[None]:
    """Do `verb` with the line cut ever later, until it comes through; yields after each cut."""
    cut = 0
    while True:
        proxy.count_from_now(cut_after=cut)
        try:
            verb()
        except Unavailable as failure:
            proxy.count_from_now()
            yield
            # up to the sign-in nothing can have happened; from there on every answer counts
            cut += 250 if failure.phase in ("list", "download", "set aside", "remove") else 1200
        else:
            proxy.count_from_now()
            return


def test_a_line_that_breaks_anywhere_loses_nothing(behind: Behind) -> None:
    outside, source, proxy = behind
    outside.deliver("list.csv", LIST)
    (waiting,) = source.waiting()
    cuts = 0
    for verb in (lambda: source.download(waiting), lambda: source.set_aside(waiting, "a" * 32)):
        for _ in cuts_through(verb, proxy):
            cuts += 1
            assert copies(outside) == 1
        assert copies(outside) == 1
    for _ in cuts_through(lambda: source.remove("a" * 32), proxy):
        cuts += 1
        assert copies(outside) <= 1
    assert source.is_gone("a" * 32)
    assert copies(outside) == 0
    assert cuts > 10


@pytest.mark.parametrize("stall_after", [0, 40, 1500, 2600])
def test_a_server_that_falls_silent_hits_the_deadline(behind: Behind, stall_after: int) -> None:
    outside, _, proxy = behind
    outside.deliver("list.csv", LIST)
    source = impatient(outside, proxy)
    proxy.count_from_now(stall_after=stall_after)
    begun = time.monotonic()
    with pytest.raises(Unavailable) as failure:
        source.waiting()
    assert time.monotonic() - begun < 5
    assert failure.value.phase in ("connect", "certificate", "host key", "sign in", "list")
    assert "no answer in time" in failure.value.reason


@pytest.mark.parametrize("verb", ["list", "download", "set aside", "remove"])
def test_a_server_that_falls_silent_is_named_with_its_phase(
    behind: Behind, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside, source, proxy = behind
    outside.deliver("list.csv", LIST)
    (waiting,) = source.waiting()
    if verb == "remove":
        source.set_aside(waiting, "a" * 32)
    tried: dict[str, Callable[[CaseListSource], object]] = {
        "list": lambda one: one.waiting(),
        "download": lambda one: one.download(waiting),
        "set aside": lambda one: one.set_aside(waiting, "b" * 32),
        "remove": lambda one: one.remove("a" * 32),
    }
    with monkeypatch.context() as patch:
        for session in (SftpSession, ImapSession):
            _silence_on_entering(patch, session, verb, proxy)
        begun = time.monotonic()
        with pytest.raises(Unavailable, match="no answer in time") as failure:
            tried[verb](impatient(outside, proxy))
        assert time.monotonic() - begun < 5
    assert failure.value.phase == verb
    assert copies(outside) == 1


def test_a_server_that_dribbles_hits_the_deadline_over_the_whole(behind: Behind) -> None:
    outside, _, proxy = behind
    outside.deliver("list.csv", LIST)
    proxy.bytes_a_second = 400
    begun = time.monotonic()
    with pytest.raises(Unavailable, match="no answer in time"):
        impatient(outside, proxy, DRIBBLED).waiting()
    assert time.monotonic() - begun < 5


def _silence_on_entering(
    patch: pytest.MonkeyPatch, session: type[SftpSession] | type[ImapSession], phase: str, proxy: CuttingProxy
) -> None:
    enter = session.phase

    def entering(self: Any, name: str) -> AbstractContextManager[None]:
        if name == phase:
            proxy.count_from_now(stall_after=0)
        return enter(self, name)

    patch.setattr(session, "phase", entering)
