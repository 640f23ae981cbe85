"""The NHS number: ten digits, the last a check digit; a wrong one cannot be held, and none is ever quoted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.domain.nhs_number import NhsNumber


def check_digit(nine: str) -> int | None:
    """The NHS Data Dictionary's own words: weights 10 to 2, 11 minus the remainder; 11 becomes 0, 10 is invalid."""
    digit = 11 - sum(int(d) * weight for d, weight in zip(nine, range(10, 1, -1), strict=True)) % 11
    return {11: 0, 10: None}.get(digit, digit)


def test_a_right_number_is_held() -> None:
    assert NhsNumber("9990000018").value == "9990000018"


@given(nine=st.from_regex(r"999[0-9]{6}", fullmatch=True), last=st.integers(0, 9))
def test_exactly_the_right_check_digit_is_accepted(nine: str, last: int) -> None:
    number = NhsNumber.from_text(f"{nine}{last}")
    assert (number is not None) == (last == check_digit(nine) and f"{nine}{last}" != "9999999999")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "9990000019",  # wrong check digit
        "999000001",  # nine digits
        "99900000181",
        "999 000 0018",  # as a list may write it: `from_text` takes that, a value does not
        "٩٩٩٠٠٠٠٠١٨",  # digits of another script
        "999000001X",
        "9990000018\n",
        "9999999999",  # the check digit is right, and nobody's number
        "0000000000",
    ],
)
def test_anything_else_is_refused_without_being_quoted(value: str) -> None:
    with pytest.raises(ValueError, match="not an NHS number") as caught:
        NhsNumber(value)
    assert not value.strip() or value.strip() not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["9990000018", "999 000 0018", " 999-000-0018 ", "999\u00a0000\u00a00018", "\t9990000018"]
)
def test_the_ways_in_which_a_cell_may_write_it(text: str) -> None:
    assert NhsNumber.from_text(text) == NhsNumber("9990000018")


@pytest.mark.parametrize("text", [None, "", "not known", "9990000019", "999/000/0018", "9990000018 or 9990000026"])
def test_what_is_no_number_is_none(text: str | None) -> None:
    assert NhsNumber.from_text(text) is None


def test_its_repr_does_not_tell_it() -> None:
    assert "999" not in repr(NhsNumber("9990000018"))
