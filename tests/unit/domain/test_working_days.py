"""Working days in England: eight before the meeting, and the Friday by which actions are due."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.domain.working_days import friday_of_week, is_working_day, working_days_before

# Boxing Day 2026 is a Saturday: its substitute is the Monday
CHRISTMAS = {date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1)}
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("meeting", "due"),
    [
        (date(2026, 12, 3), date(2026, 11, 23)),  # a Thursday, two weekends away
        (date(2026, 12, 1), date(2026, 11, 19)),
        (date(2026, 12, 7), date(2026, 11, 25)),  # a Monday
        (date(2027, 1, 4), date(2026, 12, 18)),  # over Christmas
    ],
)
def test_a_list_is_due_eight_working_days_before_its_meeting(meeting: date, due: date) -> None:
    assert working_days_before(meeting, 8, CHRISTMAS) == due


def test_daily_meetings_need_no_notice() -> None:
    sunday = date(2026, 11, 22)
    assert working_days_before(sunday, 0, set()) == sunday


def test_weekends_and_bank_holidays_are_not_working_days() -> None:
    week = [date(2026, 12, 21) + timedelta(days=n) for n in range(7)]
    assert [day.day for day in week if is_working_day(day, CHRISTMAS)] == [21, 22, 23, 24]


@given(day=DAYS, count=st.integers(1, 60), holidays=st.frozensets(DAYS, max_size=20))
def test_counting_forwards_gives_the_same_number(day: date, count: int, holidays: frozenset[date]) -> None:
    due = working_days_before(day, count, holidays)
    between = [due + timedelta(days=n) for n in range((day - due).days)]
    assert is_working_day(due, holidays)
    assert sum(is_working_day(d, holidays) for d in between) == count


@given(day=DAYS)
def test_actions_are_due_on_a_friday_within_the_week(day: date) -> None:
    friday = friday_of_week(day)
    assert friday.isoweekday() == 5
    assert timedelta() <= friday - day < timedelta(days=7)


@pytest.mark.parametrize(
    ("meeting", "due"),
    [
        (date(2026, 11, 23), date(2026, 11, 27)),
        (date(2026, 11, 27), date(2026, 11, 27)),  # a Friday's own actions are due that day
        (date(2026, 11, 28), date(2026, 12, 4)),  # a weekend's Friday has passed
    ],
)
def test_the_friday_of_the_meetings_week(meeting: date, due: date) -> None:
    assert friday_of_week(meeting) == due
