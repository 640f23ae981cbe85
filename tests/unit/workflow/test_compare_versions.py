"""Two versions of a list opened side by side: which two, what is on record of it, and when it cannot be done."""

from __future__ import annotations

import pytest
from builders import case, subject
from deployments import AREA, MEETING, Trust

from integration.cli.list_changes import NOT_READ, case_of, rows_of
from integration.domain.audit import Action
from integration.domain.case_list import Problem
from integration.domain.list_changes import Added, Changed, Unchanged
from integration.domain.people import Role
from integration.errors import UsageError
from integration.storage.tables import audit_events
from integration.workflow.compare_versions import compare_versions
from integration.workflow.settle_held import held_items, transcribe_document

ANNA = subject(family="ZZTESTER", given="Quillon")
ROWAN = subject(Role.PERPETRATOR, family="ZZOTHER", given="Rowan")


def displays(trust: Trust) -> list[str]:
    rows = trust.rows(audit_events, audit_events.c.action == Action.DOCUMENT_DISPLAYED.value)
    return [row["object_id"] for row in rows]


def test_any_version_is_compared_with_the_one_before(trust: Trust) -> None:
    issued = [
        trust.issue(case("1", ANNA)),
        trust.issue(case("1", ANNA), case("2", ROWAN)),
        trust.issue(case("7", ANNA)),
    ]
    reviewer = trust.as_reviewer()
    second = compare_versions(reviewer, trust.meeting_id(), 2)
    assert [type(change) for change in second.changes] == [Unchanged, Added]
    latest = compare_versions(reviewer, trust.meeting_id())
    assert (latest.version, latest.compared_with, len(latest.changes)) == (3, 2, 2)
    assert displays(trust) == [issued[0], issued[1], issued[1], issued[2]]
    for missing, why in ((1, "the first"), (4, "the latest is 3")):
        with pytest.raises(UsageError, match=why):
            compare_versions(reviewer, trust.meeting_id(), missing)
    assert len(displays(trust)) == 4


def test_what_was_dealt_with_by_hand_is_never_compared(trust: Trust) -> None:
    trust.issue(case("1", ANNA))
    trust.issue(case("1", ANNA), problems=(Problem("sheet 1", "no column says the role"),))
    [item] = held_items(trust.deployment)
    transcribe_document(trust.as_reviewer(), item.object_id, 1, AREA, MEETING)
    with pytest.raises(UsageError, match=r"version 2 .* by hand"):
        compare_versions(trust.as_reviewer(), trust.meeting_id())
    assert displays(trust) == []


def test_each_difference_is_a_row_and_doubt_is_one_too(trust: Trust) -> None:
    trust.issue(case("1", ANNA))
    trust.issue(case("1", ROWAN, repeat=True), problems=(Problem("row 3", "no name", "1"),))
    [change] = compare_versions(trust.as_reviewer(), trust.meeting_id()).changes
    assert isinstance(change, Changed) and "ZZ" not in repr(change)
    rows = [(row["person"], row["field"], row["from"], row["to"]) for row in rows_of(case_of(change))]
    assert rows == [
        (None, "repeat", "no", "yes"),
        ("ZZTESTER, Quillon", "person", "victim", None),
        ("ZZOTHER, Rowan", "person", None, "perpetrator"),
        (None, NOT_READ, None, None),
    ]
