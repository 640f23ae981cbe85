"""An archive of parts that take for ever costs a bounded time; whoever was not tried waits in sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from builders import case
from deployments import MEETING, KnownReadings, SettableClock, Trust, reading

from integration.domain.case_list import Reading
from integration.domain.progress import DocumentState
from integration.errors import DocumentRefused
from integration.ports import TakenApart, UntrustedFile
from integration.reading.layouts import LayoutsToFollow
from integration.storage.tables import documents
from integration.workflow.reading_budget import NOT_TRIED
from integration.workflow.settle_held import held_items, read_again
from mappings.case_lists.refusals import Refusal

HOSTILE = DocumentRefused(Refusal.TAKES_TOO_LONG.value)


@dataclass
class SlowReader:
    """Every refusal takes it as long as it may take."""

    known: KnownReadings
    clock: SettableClock

    def __call__(self, file: UntrustedFile, passwords: Sequence[str], layouts: LayoutsToFollow) -> Reading | TakenApart:
        try:
            return self.known(file, passwords, layouts)
        except DocumentRefused:
            self.clock.forward(seconds=30)
            raise


def slow(trust: Trust) -> Trust:
    return replace(trust, deployment=replace(trust.deployment, reader=SlowReader(trust.reader, trust.clock)))


def reasons(trust: Trust) -> list[str]:
    return [one.reason for one in held_items(trust.deployment)]


def test_parts_beyond_the_share_of_their_delivery_are_held_untried_and_read_when_asked_for(trust: Trust) -> None:
    trust = slow(trust)
    wanted = trust.content(reading(case("1/26")))
    trust.deliver(trust.archive(*(HOSTILE for _ in range(40)), wanted))
    trust.deliver(reading(case("2/26"), day=MEETING + timedelta(days=7)))
    trust.run()
    assert len(trust.reader.asked) == 2 + 10
    assert reasons(trust).count(NOT_TRIED) == 31 and reasons(trust).count(HOSTILE.reason) == 10
    assert len(trust.people()) == 1  # another delivery is not held up
    waiting = trust.document_of(wanted)
    assert trust.rows(documents, documents.c.document_id == waiting)[0]["state"] == DocumentState.HELD.value
    read_again(trust.as_reviewer(), waiting)
    trust.work()
    assert len(trust.people()) == 2


def test_the_parts_of_archives_on_one_mail_share(trust: Trust) -> None:
    trust = slow(trust)
    trust.deliver(trust.archive(*(trust.archive(*(HOSTILE for _ in range(8))) for _ in range(4))))
    trust.run()
    assert reasons(trust).count(NOT_TRIED) == 22


def test_parts_that_are_read_quickly_know_no_share(trust: Trust) -> None:
    trust = slow(trust)
    trust.deliver(trust.archive(*(reading(case(str(n)), area="Nowhere") for n in range(60))))
    trust.run()
    assert NOT_TRIED not in reasons(trust)
