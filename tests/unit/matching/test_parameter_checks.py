"""A trust's own parameters are refused, line by line, where they are no parameters or less careful than what ships."""

from __future__ import annotations

import re

import pytest

from integration.matching.parameter_checks import NOT_ABOVE, NOT_BELOW, faults_in
from integration.matching.parameters import shipped_text

SHIPPED = shipped_text()


def changed(pattern: str, by: str) -> tuple[str, int]:
    """The shipped file with one line changed, and that line's number."""
    found = [n for n, line in enumerate(SHIPPED.splitlines(), 1) if re.search(pattern, line)]
    assert len(found) == 1, f"{len(found)} lines say {pattern}"
    return re.sub(pattern, by, SHIPPED, flags=re.MULTILINE), found[0]


def test_what_ships_may_be_used() -> None:
    assert faults_in(SHIPPED) == []


@pytest.mark.parametrize(
    ("pattern", "by", "says"),
    [
        (r"^certain = \S+", "certain = 8.9", "less careful"),
        (r"^margin = \S+", "margin = 1.0", "less careful"),
        (r"^possible = \S+", "possible = 0.0", "less careful"),
        (r"^shown = \S+", "shown = 1", "less careful"),
        (r"^shown = \S+", "shown = 10.5", "whole number"),
        (r"^probable = \S+", "probable = 11.0", "in this order"),
        (r"^rarest_share = \S+", "rarest_share = 0.000001", "less careful"),
        (r"^absent_relative_bits = \S+", "absent_relative_bits = 9.0", "less careful"),
        (r"^absent_relative_bits = \S+", "absent_relative_bits = nan", "a number is expected"),
        (r"^twin_share_adult = \S+", "twin_share_adult = true", "a number is expected"),
        (r'^version = "\S+"', 'version = "with a name in it"', "short name"),
        (r"^namesakes = \S+", "name_sakes = 20", "unknown"),
        (r"^one_number = \S+", "one_number = 100", "less careful"),
        (r"^crowd = \S+", "crowd = 0", "below 1"),
        (r"^january   = \{ same = 0.84,", "january   = { same = -0.84,", "above 0"),
        (r"^january   = \{ same = 0.84,", "january   = { same = 8.4,", "at most 1"),
        (r"^january   = \{ same = 0.84,", "january   = { equal = 0.84,", "unknown"),
        (r"^january   = ", "newyear   = ", "unknown"),
        (r"relative = 0.0005, twin = 0.84", "relative = 0.0001, twin = 0.84", "less careful"),
        (r"^place     = .*$", "place     = { same = 0.55, chance = 0.00000000001 }", "above the"),
        (r"^place     = .*$", "place     = { same = 0.00055, chance = 0.99 }", "weighs less than"),
        (r"^place     = .*$", "place     = 0.5", "a table is expected"),
    ],
)
def test_a_fault_is_named_by_its_line(pattern: str, by: str, says: str) -> None:
    text, line = changed(pattern, by)
    faults = faults_in(text)
    assert any(fault.startswith(f"line {line}, ") and says in fault for fault in faults), faults


def test_what_disagrees_never_counts_without_bounds() -> None:
    text = re.sub(r"(\[sex\]\n.*\n)different = \{ same = \S+", r"\1different = { same = 0.00000001,", SHIPPED)
    assert any("one error would hide a person" in fault for fault in faults_in(text))


def test_what_is_missing_is_named_by_its_section() -> None:
    text = re.sub(r"^january .*\n", "", SHIPPED, flags=re.MULTILINE)
    section = 1 + next(n for n, line in enumerate(SHIPPED.splitlines()) if line == "[birth]")
    assert faults_in(text) == [f"line {section}, birth.january: missing"]
    assert faults_in(SHIPPED.replace("[lookup]", "[look_up]"))
    assert "not valid TOML" in faults_in("version = ")[0]
    assert faults_in("") == faults_in("# nothing")


def test_what_is_missing_says_nothing_in_any_version() -> None:
    text = SHIPPED.replace("missing   = { same = 1.0,   chance = 1.0 }", "missing   = { same = 0.9,   chance = 1.0 }")
    assert any("what is missing says nothing" in fault for fault in faults_in(text))


def test_every_number_that_guards_has_a_way_that_is_stricter() -> None:
    alone = set(re.findall(r"^(\w+) = [\d.-]+", SHIPPED, flags=re.MULTILINE))
    assert alone == (NOT_BELOW | NOT_ABOVE) - {"relative", "twin"}
