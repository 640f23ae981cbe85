"""What every case list source promises: run on the folder, the SFTP drop, the mailbox, and the fake."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from peers.outsides import AT_ONCE, FakeOutside, FolderOutside, MailOutside, Outside, SftpOutside

from integration.errors import DocumentRefused, Unavailable
from integration.ports import CaseListSource, Waiting

LIST = b"case,family,given\r\n27/2026/001,ZZTESTER,Quillon\r\n"
ARRIVAL, OTHER_ARRIVAL = "0" * 32, "0" * 31 + "1"


@pytest.fixture(params=["folder", "sftp", "mail", "fake"])
def outside(request: pytest.FixtureRequest, tmp_path: Path) -> Outside:
    match request.param:
        case "folder":
            return FolderOutside(tmp_path)
        case "sftp":
            return SftpOutside(request.getfixturevalue("openssh"))
        case "mail":
            return MailOutside(request.getfixturevalue("dovecot"))
        case _:
            return FakeOutside()


def only(source: CaseListSource) -> Waiting:
    (waiting,) = source.waiting()
    return waiting


def test_a_delivery_is_offered_and_downloaded_whole_and_nothing_changes_by_it(outside: Outside) -> None:
    outside.deliver("list.csv", LIST)
    before, source = outside.in_inbox(), outside.source()
    for _ in range(2):
        (file,) = source.download(only(source))
        assert (file.untrusted_name, file.untrusted_bytes) == ("list.csv", LIST)
    assert outside.in_inbox() == before
    assert not source.settling()
    assert not source.oddities()


def test_an_empty_inbox_offers_nothing(outside: Outside) -> None:
    source = outside.source()
    assert not list(source.waiting())
    assert not source.settling()


def test_a_delivery_keeps_its_ref_after_a_restart(outside: Outside) -> None:
    outside.deliver("list.csv", LIST)
    first = only(outside.source())
    assert only(outside.source()).ref == first.ref
    first.ref.encode("ascii")


def test_what_is_set_aside_is_out_of_the_inbox_and_kept(outside: Outside) -> None:
    outside.deliver("list.csv", LIST)
    source = outside.source()
    waiting = only(source)
    assert not source.is_aside(ARRIVAL)
    for restarted in (source, outside.source()):
        restarted.set_aside(waiting, ARRIVAL)
        assert restarted.is_aside(ARRIVAL)
        assert not restarted.is_gone(ARRIVAL)
        assert not restarted.is_aside(OTHER_ARRIVAL)
        assert not list(restarted.waiting())
    assert not outside.in_inbox()
    assert len(outside.set_aside()) == 1


def test_what_is_removed_is_gone_and_is_looked_for(outside: Outside) -> None:
    outside.deliver("list.csv", LIST)
    source = outside.source()
    source.set_aside(only(source), ARRIVAL)
    for restarted in (source, outside.source()):
        restarted.remove(ARRIVAL)
        assert restarted.is_gone(ARRIVAL)
        assert not restarted.is_aside(ARRIVAL)
    assert not outside.set_aside()
    assert source.recoverable_note()


def test_two_deliveries_with_the_same_content_are_two_copies(outside: Outside) -> None:
    outside.deliver("list.csv", LIST)
    outside.deliver("list again.csv", LIST)
    source = outside.source()
    first, second = source.waiting()
    source.set_aside(first, ARRIVAL)
    source.set_aside(second, OTHER_ARRIVAL)
    source.remove(ARRIVAL)
    assert source.is_gone(ARRIVAL)
    assert source.is_aside(OTHER_ARRIVAL)
    assert len(outside.set_aside()) == 1


def test_nothing_is_lost_by_a_death_between_any_two_verbs(outside: Outside) -> None:
    outside.deliver("list.csv", LIST)
    waiting = only(outside.source())
    verbs: list[Callable[[CaseListSource], object]] = [
        lambda source: source.download(waiting),
        lambda source: source.set_aside(waiting, ARRIVAL),
        lambda source: source.remove(ARRIVAL),
    ]
    for verb in verbs:
        verb(outside.source())
        if verb is not verbs[0]:
            verb(outside.source())  # the death came before its end was noted, so it is done again
        removed = verb is verbs[-1]
        assert len(outside.in_inbox()) + len(outside.set_aside()) == (0 if removed else 1)
    assert outside.source().is_gone(ARRIVAL)


def test_what_a_colleague_took_away_is_neither_invented_nor_set_aside(outside: Outside) -> None:
    outside.deliver("list.csv", LIST)
    source = outside.source()
    waiting = only(source)
    outside.take_all_away()
    with pytest.raises(Unavailable) as failure:
        source.download(waiting)
    assert failure.value.phase == "download"
    source.set_aside(waiting, ARRIVAL)
    assert not source.is_aside(ARRIVAL)
    assert source.is_gone(ARRIVAL)
    source.remove(ARRIVAL)


def test_a_file_beyond_the_limit_is_refused_and_stays(outside: Outside) -> None:
    outside.deliver("list.csv", b"x" * (4 * AT_ONCE.max_bytes))
    source = outside.source()
    with pytest.raises(DocumentRefused):
        source.download(only(source))
    assert len(outside.in_inbox()) == 1


@pytest.mark.parametrize("arrival_id", ["", "../outside", "a/b", "a.1.2", "*", "a-1-1", "x" * 65])
def test_an_arrival_id_is_never_a_path(outside: Outside, arrival_id: str) -> None:
    outside.deliver("list.csv", LIST)
    source = outside.source()
    with pytest.raises(ValueError, match="an arrival id"):
        source.set_aside(only(source), arrival_id)
    assert len(outside.in_inbox()) == 1


def test_a_probe_passes_every_phase_and_leaves_nothing_behind(outside: Outside) -> None:
    source = outside.source()
    probes = list(source.probe())
    assert [probe.phase for probe in probes][-2:] == ["list", "set aside"]
    assert all(probe.ok for probe in probes)
    assert not list(source.waiting())
    assert not outside.set_aside()


def test_an_unreachable_source_says_how_far_it_got(outside: Outside) -> None:
    source = outside.unreachable()
    for verb in (source.waiting, lambda: source.is_aside(ARRIVAL), lambda: source.is_gone(ARRIVAL)):
        with pytest.raises(Unavailable) as failure:
            verb()
        assert failure.value.system == source.name
    *reached, failed = source.probe()
    assert all(probe.ok for probe in reached)
    assert (failed.ok, bool(failed.remedy)) == (False, True)


def test_a_name_reaches_no_log_no_error_and_no_repr(outside: Outside, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    canary = "ZZCANARY Quillon.csv"
    outside.deliver(canary, LIST)
    said: list[object] = []
    source = outside.source()
    waiting = only(source)
    files = source.download(waiting)
    outside.take_all_away()
    with pytest.raises(Unavailable) as failure:
        source.download(waiting)
    said += [waiting, files, failure.value, *failure.value.args, failure.value.__cause__]
    outside.deliver(canary, b"x" * (4 * AT_ONCE.max_bytes))
    with pytest.raises(DocumentRefused) as refusal:
        source.download(only(source))
    source.set_aside(only(source), ARRIVAL)
    source.remove(ARRIVAL)
    said += [refusal.value, source, source.oddities(), source.recoverable_note()]
    assert "ZZCANARY" not in "".join(map(repr, said)) + caplog.text
