"""The flag: mandated words byte for byte, a key that never changes, an end that fits its status, a review date."""

from __future__ import annotations

from datetime import date
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.domain.flag import WORDING, Flag, FlagStatus, flag_key, review_on
from integration.domain.people import Role

SECRET = bytes(range(32))
KEY = UUID("00000000-0000-8000-8000-000000000001")


def key(
    secret: bytes = SECRET,
    *,
    trust: str = "RXX",
    register: str = "local",
    patient: str = "1001",
    role: Role = Role.VICTIM,
    generation: int = 1,
) -> UUID:
    return flag_key(secret, trust=trust, register=register, patient=patient, role=role, generation=generation)


def test_the_mandated_words_stand_byte_for_byte() -> None:
    assert {role.value: words.encode() for role, words in WORDING.items()} == {
        "victim": b"high risk victim of domestic abuse",
        "perpetrator": b"alleged high-risk perpetrator of domestic abuse (not to be disclosed to patient)",
    }


@pytest.mark.parametrize("role", [Role.CHILD, Role.OTHER])
def test_a_role_without_mandated_words_has_no_flag(role: Role) -> None:
    with pytest.raises(ValueError, match=f"no wording is mandated for the role {role.value}"):
        Flag(KEY, "1001", role, FlagStatus.ACTIVE, date(2026, 12, 3))


def test_the_key_is_what_it_has_always_been() -> None:
    """A change here would place every standing flag a second time."""
    assert key() == UUID("2f96d7e5-02f3-8528-b86a-7dc858935e3b")


def test_the_key_is_a_version_8_uuid() -> None:
    for generation in range(64):
        made = key(generation=generation)
        assert made.version == 8
        assert made.variant == RFC_4122


def test_whatever_the_flag_is_about_changes_its_key() -> None:
    others = [
        key(bytes(32)),
        key(trust="RYY"),
        key(register="fhir"),
        key(patient="1002"),
        key(role=Role.PERPETRATOR),
        key(generation=2),
    ]
    assert len({key(), *others}) == 7


TEXT = st.text(max_size=12)


@given(one=st.tuples(TEXT, TEXT, TEXT), two=st.tuples(TEXT, TEXT, TEXT))
def test_two_flags_share_a_key_only_if_they_are_the_same(one: tuple[str, str, str], two: tuple[str, str, str]) -> None:
    def made(fields: tuple[str, str, str]) -> UUID:
        return key(trust=fields[0], register=fields[1], patient=fields[2])

    assert (made(one) == made(two)) == (one == two)


def test_a_letter_that_moves_to_the_next_field_changes_the_key() -> None:
    assert key(trust="RX", register="Xlocal") != key(trust="RXX", register="local")


@pytest.mark.parametrize(
    ("status", "end"),
    [
        (FlagStatus.ACTIVE, date(2027, 1, 1)),
        (FlagStatus.INACTIVE, None),
        (FlagStatus.ENTERED_IN_ERROR, None),
    ],
)
def test_a_flag_ends_if_and_only_if_it_is_no_longer_active(status: FlagStatus, end: date | None) -> None:
    with pytest.raises(ValueError, match="an end if, and only if"):
        Flag(KEY, "1001", Role.VICTIM, status, date(2026, 12, 3), end)


def test_a_flag_says_no_more_than_its_role_and_patient() -> None:
    flag = Flag(KEY, "1001", Role.PERPETRATOR, FlagStatus.ACTIVE, date(2026, 12, 3))
    assert flag.wording == WORDING[Role.PERPETRATOR]
    assert set(Flag.__slots__) == {"key", "patient", "role", "status", "start", "end"}


@pytest.mark.parametrize(
    ("meeting", "months", "due"),
    [
        (date(2026, 12, 3), 12, date(2027, 12, 3)),
        (date(2026, 12, 3), 1, date(2027, 1, 3)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),  # the month's end is kept
        (date(2027, 8, 31), 6, date(2028, 2, 29)),  # a leap year's too
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2026, 10, 31), 2, date(2026, 12, 31)),
        (date(2026, 12, 31), 60, date(2031, 12, 31)),
    ],
)
def test_a_flag_is_due_for_review_so_many_months_later(meeting: date, months: int, due: date) -> None:
    assert review_on(meeting, months) == due


@given(meeting=st.dates(date(2000, 1, 1), date(2100, 1, 1)), months=st.integers(1, 60))
def test_the_review_is_in_that_month_and_never_on_a_later_day_of_it(meeting: date, months: int) -> None:
    due = review_on(meeting, months)
    assert (due.year - meeting.year) * 12 + due.month - meeting.month == months
    assert due.day <= meeting.day
    assert due.day == meeting.day or due.day >= 28
