"""The unattended loop: it looks everywhere, does what is due, survives a bad source or step, and knows when to end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest
from builders import case, subject
from deployments import AREA, OTHER_AREA, Trust, open_trust, reading
from fakes.case_list_source import FakeSource

from integration.domain.audit import Action
from integration.domain.progress import SubjectState
from integration.ports import Waiting
from integration.service import carry_out_step, one_cycle, run_once, run_until_stopped, work_until_quiet
from integration.storage.audit_log import verify_log
from integration.storage.source_lock import alone_at
from integration.storage.tables import audit_checkpoints, audit_events, source_reports, work_failures
from integration.workflow import process_case_list
from integration.workflow.deployment import Deployment
from integration.workflow.process_case_list import Due
from integration.workflow.state_of_play import Cycle, state_of_play

ANNA = subject(family="ZZTESTER", given="Quillon")
NOBODY = subject(family="ZZNOBODY", given="Ix", births=(date(1970, 1, 1),), postcode="ZZ98 1AA")
CANARY = "ZZCANARY in a message"


@pytest.fixture
def trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trust]:
    monkeypatch.setattr("os.fsync", lambda _: None)
    made = open_trust(tmp_path)
    yield made
    made.deployment.database.close()


class InTurn:
    """Carries out one step after another, in this process; knows how many batches there were."""

    def __init__(self, trust: Trust) -> None:
        self.trust, self.batches = trust, 0

    def carry_out(self, due: Sequence[Due]) -> None:
        self.batches += 1
        for one in due:
            carry_out_step(self.trust.deployment, one.step, one.object_id)


def cycle(trust: Trust) -> Cycle:
    return one_cycle(trust.deployment, InTurn(trust))


def replaced(step: str, by: Callable[[Deployment, str], None], patch: pytest.MonkeyPatch) -> None:
    patch.setitem(process_case_list.STEPS, step, by)


def test_one_cycle_takes_a_list_to_its_flags_and_signs_the_log(trust: Trust) -> None:
    trust.deliver(reading(case("1", ANNA), case("2", NOBODY)))
    assert cycle(trust) == Cycle(settling=False, owed=0, held=0)
    assert trust.states() == [SubjectState.FLAGGED, SubjectState.NOT_OUR_PATIENT]
    assert len(trust.rows(audit_checkpoints)) == 1
    d = trust.deployment
    assert verify_log(d.database, d.secrets.public_key).findings == ()


def test_a_cycle_in_which_nothing_happens_leaves_no_trace(trust: Trust) -> None:
    trust.deliver(reading(case("1", ANNA)))
    cycle(trust)
    before = trust.log_length()
    cycle(trust)
    assert trust.log_length() == before


def test_a_fault_of_ours_is_recorded_by_its_type_and_the_others_go_on(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = process_case_list.STEPS["read"]
    broken: list[str] = []

    def read(deployment: Deployment, document_id: str) -> None:
        if broken in ([], [document_id]):
            broken[:] = [document_id]
            raise ValueError(CANARY)
        real(deployment, document_id)

    replaced("read", read, monkeypatch)
    trust.deliver(reading(case("1", ANNA)))
    trust.deliver(reading(case("2", NOBODY), day=date(2026, 12, 10)))
    assert cycle(trust).owed == 1
    assert trust.only(work_failures)["reason"] == "a fault of ours: ValueError"
    assert len(trust.people()) == 1
    assert not any(b"ZZCANARY" in row["canonical"] for row in trust.rows(audit_events))


def test_one_source_that_fails_keeps_no_other_waiting(trust: Trust) -> None:
    down = FakeSource("down", (OTHER_AREA,), failing={"list"})
    trust.change_deployment(sources={"down": down, "drop": trust.source})
    trust.deliver(reading(case("1", ANNA)))
    assert cycle(trust).owed == 1
    assert trust.states() == [SubjectState.FLAGGED]
    failing = trust.only(source_reports, source_reports.c.source == "down")
    assert (failing["failure"], failing["failing_since"] is not None) == ("list: the fake was told to fail", True)


def test_a_source_with_a_fault_of_ours_keeps_no_other_waiting(trust: Trust) -> None:
    class Broken(FakeSource):
        def waiting(self) -> Iterator[Waiting]:
            raise ValueError(CANARY)

    trust.change_deployment(sources={"broken": Broken("broken", (OTHER_AREA,)), "drop": trust.source})
    trust.deliver(reading(case("1", ANNA)))
    cycle(trust)
    assert trust.states() == [SubjectState.FLAGGED]
    report = trust.only(source_reports, source_reports.c.source == "broken")
    assert report["failure"] == "take in: a fault of ours: ValueError"


def test_a_source_that_stays_down_is_on_record_once_for_each_failure(trust: Trust) -> None:
    def failures() -> int:
        return len(trust.rows(audit_events, audit_events.c.action == Action.SOURCE_FAILED.value))

    trust.source.failing = {"list"}
    for _ in range(3):
        cycle(trust)
    assert failures() == 1
    since = trust.only(source_reports)["failing_since"]
    cycle(trust)
    assert trust.only(source_reports)["failing_since"] == since
    trust.source.failing = set()
    cycle(trust)
    assert trust.only(source_reports)["failing_since"] is None
    trust.source.failing = {"list"}
    cycle(trust)
    assert failures() == 2


def test_sources_are_looked_at_side_by_side(trust: Trust) -> None:
    """Each waits for the other, so that one after the other would never end."""
    both = threading.Barrier(2, timeout=20)

    class Meeting(FakeSource):
        def waiting(self) -> Iterator[Waiting]:
            both.wait()
            return super().waiting()

    sources = {name: Meeting(name, (OTHER_AREA,)) for name in ("one", "two")}
    trust.change_deployment(sources=sources)
    assert cycle(trust).owed == 0


def test_work_that_makes_no_progress_comes_to_rest(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced("read", lambda _deployment, _document_id: None, monkeypatch)
    trust.deliver(reading(case("1", ANNA)))
    trust.deliver(reading(case("2", NOBODY)))
    from integration.workflow.receive_document import collect

    collect(trust.deployment, trust.source)
    hands = InTurn(trust)
    work_until_quiet(trust.deployment, hands)
    assert hands.batches == 1


def test_a_step_that_always_fails_comes_to_rest(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(_deployment: Deployment, _document_id: str) -> None:
        raise ZeroDivisionError

    replaced("read", read, monkeypatch)
    trust.deliver(reading(case("1", ANNA)))
    hands = InTurn(trust)
    one_cycle(trust.deployment, hands)
    assert hands.batches == 1


class Hours:
    """A clock that moves only when somebody waits."""

    def __init__(self, trust: Trust) -> None:
        self.trust, self.passed = trust, 0.0

    def __call__(self) -> float:
        return self.passed


class Patience(threading.Event):
    """Waits no real time: the hours move on instead; `then` happens at each wait."""

    def __init__(self, hours: Hours, then: Callable[[int], None] = lambda _: None) -> None:
        super().__init__()
        self.hours, self.then, self.waits = hours, then, 0

    def wait(self, timeout: float | None = None) -> bool:
        self.waits += 1
        self.hours.passed += timeout or 0
        self.hours.trust.clock.forward(seconds=timeout or 0)
        self.then(self.waits)
        return self.is_set()


def run_it_once(trust: Trust, stop: Patience, hours: Hours) -> Cycle:
    return run_once(trust.deployment, InTurn(trust), stop, retry_seconds=5.0, settle_seconds=10.0, monotonic=hours)


def test_once_ends_at_once_if_nothing_waits(trust: Trust) -> None:
    hours = Hours(trust)
    stop = Patience(hours)
    trust.deliver(reading(case("1", ANNA)))
    assert run_it_once(trust, stop, hours) == Cycle(settling=False, owed=0, held=0)
    assert stop.waits == 0


def test_once_tries_again_what_is_owed(trust: Trust) -> None:
    hours = Hours(trust)
    trust.register.fail_next("unavailable")
    trust.deliver(reading(case("1", ANNA)))
    assert run_it_once(trust, Patience(hours), hours).owed == 0
    assert trust.states() == [SubjectState.FLAGGED]
    assert 0 < hours.passed < 5


def test_once_gives_up_on_what_stays_owed(trust: Trust) -> None:
    hours = Hours(trust)
    trust.source.failing = {"list"}
    assert run_it_once(trust, Patience(hours), hours).owed == 1
    assert 5.0 <= hours.passed < 5.5


def test_once_waits_for_files_to_settle(trust: Trust) -> None:
    hours = Hours(trust)
    content = b"list"
    trust.reader.by_content[content] = reading(case("1", ANNA))
    ref = trust.source.begin_upload("list.csv", content)
    stop = Patience(hours, lambda waits: trust.source.finish_upload(ref) if waits == 30 else None)
    assert run_it_once(trust, stop, hours) == Cycle(settling=False, owed=0, held=0)
    assert trust.states() == [SubjectState.FLAGGED]


def test_once_does_not_wait_for_a_person(trust: Trust) -> None:
    hours = Hours(trust)
    stop = Patience(hours)
    trust.deliver(reading(case("1", ANNA), day=None))
    assert run_it_once(trust, stop, hours) == Cycle(settling=False, owed=0, held=1)
    assert stop.waits == 0


def test_once_stops_when_it_is_told_to(trust: Trust) -> None:
    hours = Hours(trust)
    trust.source.failing = {"list"}
    stop = Patience(hours)
    stop.set()
    assert run_it_once(trust, stop, hours).owed == 1
    assert stop.waits == 1


class Counted(FakeSource):
    """Knows how often somebody looked."""

    looks = 0

    def waiting(self) -> Iterator[Waiting]:
        self.looks += 1
        return super().waiting()


def serve(trust: Trust, rounds: int, then: Callable[[int, Patience], None] = lambda _number, _wake: None) -> Hours:
    """The service for so many rounds; `then` happens in the pause after each. Returns the hours that passed."""
    hours, stop = Hours(trust), threading.Event()

    def pause(waits: int) -> None:
        then(waits, wake)
        if waits == rounds:
            stop.set()

    wake = Patience(hours, pause)
    run_until_stopped(
        trust.deployment,
        InTurn(trust),
        stop,
        wake,
        poll_seconds=60.0,
        each_cycle=lambda: None,
        monotonic=hours,
    )
    return hours


def sources(trust: Trust, **kinds: bool) -> list[Counted]:
    """Sources by name; whether each is near."""
    made = [Counted(name, (AREA,)) for name in kinds]
    for source, near in zip(made, kinds.values(), strict=True):
        source.is_near = near
    trust.change_deployment(sources={source.name: source for source in made})
    return made


@pytest.mark.parametrize(("failing", "pause"), [(set(), 60.0), ({"list"}, 1.0)])
def test_the_service_looks_again_sooner_while_something_is_owed(trust: Trust, failing: set[str], pause: float) -> None:
    trust.source.failing = failing
    assert serve(trust, rounds=2).passed == 2 * pause


def test_what_is_owed_makes_nobody_sign_in_to_a_source_that_is_well(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    (drop,) = sources(trust, drop=False)
    trust.reader.by_content[b"list"] = reading(case("1", ANNA))
    drop.deliver("list.csv", b"list")

    def read(_deployment: Deployment, _document_id: str) -> None:
        raise ZeroDivisionError

    replaced("read", read, monkeypatch)
    assert serve(trust, rounds=59).passed == 59.0
    assert drop.looks == 1
    assert trust.only(work_failures)["attempts"] > 2  # which was tried again meanwhile
    serve(trust, rounds=62)
    assert drop.looks == 3  # at the start, and once in each minute


def test_a_source_that_settles_or_fails_hastens_itself_alone(trust: Trust) -> None:
    well, settles, fails = sources(trust, well=False, settles=False, fails=False)
    settles.begin_upload("list.csv", b"list")
    fails.failing = {"list"}
    serve(trust, rounds=30)
    assert (well.looks, settles.looks) == (1, 30)
    assert 2 < fails.looks < 8  # ever more rarely: a mailbox locks whoever knocks too often


def test_a_hint_is_meant_for_folders(trust: Trust) -> None:
    folder, mailbox, settles = sources(trust, folder=True, mailbox=False, settles=False)
    settles.begin_upload("list.csv", b"list")  # so that the pauses are short

    def hint(number: int, wake: Patience) -> None:
        if number == 2:
            wake.set()

    serve(trust, rounds=9, then=hint)
    assert (folder.looks, mailbox.looks) == (2, 1)


def test_two_processes_do_not_look_at_one_source_at_once(trust: Trust) -> None:
    (drop,) = sources(trust, drop=False)
    d = trust.deployment
    with alone_at(d.database, d.keys.folder, "drop"):
        cycle(trust)
        assert (drop.looks, trust.rows(source_reports)) == (0, [])
    cycle(trust)
    assert drop.looks == 1


def test_once_looks_once_at_a_source_that_is_well(trust: Trust) -> None:
    well, fails = sources(trust, well=False, fails=False)
    fails.failing = {"list"}
    hours = Hours(trust)
    assert run_it_once(trust, Patience(hours), hours).owed == 1
    assert (well.looks, fails.looks > 2) == (1, True)


def test_what_waits_for_a_person_is_counted(trust: Trust) -> None:
    trust.deliver(reading(case("1", ANNA), day=None))
    trust.deliver(reading(case("2", subject(family="ZZTESTER", given="Quillon", line="", postcode=None))))
    cycle(trust)
    assert state_of_play(trust.deployment) == Cycle(settling=False, owed=0, held=2)


def test_a_source_that_was_taken_out_of_the_configuration_owes_nothing(trust: Trust) -> None:
    trust.source.failing = {"list"}
    assert cycle(trust).owed == 1
    trust.change_deployment(sources={})
    assert state_of_play(trust.deployment).owed == 0


def test_a_delivery_that_is_too_large_waits_for_a_person_and_its_source_is_well(trust: Trust) -> None:
    trust.source.max_bytes = 20
    trust.source.deliver("huge.csv", b"x" * 21)
    trust.source.odd = ("1 file is hidden",)
    assert cycle(trust) == Cycle(settling=False, owed=0, held=1)
    report = trust.only(source_reports)
    assert report["failing_since"] is None
    assert report["oddities"][0] == "1 file is hidden"
    assert report["oddities"][1].startswith("1 refused: the file is larger than the limit of the fake; ask its sender")
    trust.source.inbox.clear()
    assert cycle(trust).held == 0
