"""What is late is said in good time, and of nobody."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from builders import case, subject
from deployments import AREA, MEETING, Trust, reading

from integration.domain.case_list import DocumentKind
from integration.workflow.late_lists import late_lists
from integration.workflow.meetings import record_held

DUE = date(2026, 11, 23)  # eight working days before the meeting


@pytest.fixture
def announced(trust: Trust) -> Trust:
    """A meeting that only a research form has named."""
    trust.deliver(reading(case("1", subject()), kind=DocumentKind.RESEARCH_FORM))
    trust.run()
    return trust


def test_a_list_that_has_not_come_is_an_alarm_before_the_meeting(announced: Trust) -> None:
    announced.clock.to(DUE)
    assert late_lists(announced.deployment) == []
    announced.clock.to(DUE + timedelta(days=1))
    assert late_lists(announced.deployment) == [f"{AREA} {MEETING}: its list has not come; it was due on {DUE}"]


def test_a_list_that_came_in_time_is_no_alarm_until_its_day_has_passed(trust: Trust) -> None:
    trust.issue(case("1", subject()))
    trust.clock.to(MEETING)
    assert late_lists(trust.deployment) == []
    trust.clock.to(MEETING + timedelta(days=1))
    assert late_lists(trust.deployment) == [
        f"{AREA} {MEETING}: the day has passed; record whether the meeting took place"
    ]


def test_a_list_is_late_by_its_arrival_not_by_its_settling(trust: Trust) -> None:
    trust.clock.to(DUE + timedelta(days=1))
    trust.issue(case("1", subject()))
    assert late_lists(trust.deployment) == [f"{AREA} {MEETING}: the list came after its notice"]


def test_minutes_that_nobody_has_read_are_counted(trust: Trust) -> None:
    trust.issue(case("1", subject()))
    trust.clock.to(MEETING)
    record_held(trust.as_reviewer(), trust.meeting_id())
    trust.deliver(reading(case("1", subject()), kind=DocumentKind.MINUTES))
    trust.run()
    assert any(sentence.startswith("1 minutes wait") for sentence in late_lists(trust.deployment))


def test_a_flag_whose_review_has_come_is_counted(trust: Trust) -> None:
    trust.issue(case("1", subject()))
    trust.clock.to(date(2027, 12, 3))
    if trust.flags():
        assert any("due for review" in sentence for sentence in late_lists(trust.deployment))
    else:
        pytest.fail("the builder's person is to be flagged, or this test asks nothing")
