"""Working days in England, and the dates that the procedure counts from them."""

from __future__ import annotations

from collections.abc import Container
from datetime import date, timedelta

FRIDAY = 4


def is_working_day(day: date, bank_holidays: Container[date]) -> bool:
    """Monday to Friday, bank holidays left out."""
    return day.weekday() <= FRIDAY and day not in bank_holidays


def working_days_before(day: date, count: int, bank_holidays: Container[date]) -> date:
    """The day that lies `count` working days before `day` (procedure 4.1: lists are due eight before the meeting)."""
    while count > 0:
        day -= timedelta(days=1)
        count -= is_working_day(day, bank_holidays)
    return day


def friday_of_week(day: date) -> date:
    """The Friday of the week in which `day` lies: when actions are due (procedure 4.5).

    A meeting on a Saturday or Sunday belongs to the week that begins on the Monday before it, so its Friday has
    passed; its actions are due on the next one.
    """
    friday = day + timedelta(days=FRIDAY - day.weekday())
    return friday if friday >= day else friday + timedelta(days=7)
