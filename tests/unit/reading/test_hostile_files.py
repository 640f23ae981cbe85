"""Hostile files are contained: each is refused with a reason of ours, and the next file is read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from builders import case
from documents import flat_csv
from hostile import NAME, everything, truncated, wrongly_named
from reading_room import everybody, read_all

from integration.errors import DocumentRefused
from integration.ports import UntrustedFile
from integration.reading import Limits, read_untrusted
from mappings.case_lists.first_look import look_before_parsing
from mappings.case_lists.refusals import Refusal, Refused

REASONS = {refusal.value for refusal in Refusal} - {Refusal.NOT_CONFINED.value}
IMPATIENT = Limits(cpu_seconds=3)  # what does not end in three seconds does not end in ten
MADE = [case("1/2026/001")]


def in_the_child(entry: tuple[str, str, bytes]) -> str:
    """The reason of a refusal, or what else became of the file."""
    _, name, data = entry
    try:
        readings = read_untrusted(UntrustedFile(name, data), limits=IMPATIENT)
    except DocumentRefused as refused:
        return refused.reason
    return f"read as {[reading.kind.value for reading in readings]}"


def here(entry: tuple[str, str, bytes]) -> str:
    _, name, data = entry
    try:
        look_before_parsing(data, IMPATIENT.input_bytes)
        readings = read_all(data, name)
    except Refused as refused:
        return refused.refusal.value
    return f"read as {[reading.kind.value for reading in readings]}"


@pytest.fixture(scope="module")
def outcomes() -> dict[str, str]:
    """What became of each file. Those that are merely broken are read here, which is faster."""
    broken = [*truncated(), *wrongly_named()]
    names = {what for what, _, _ in broken}
    hostile = [entry for entry in everything() if entry[0] not in names]
    with ThreadPoolExecutor(2) as readers:
        found = dict(zip((what for what, _, _ in hostile), readers.map(in_the_child, hostile), strict=True))
    found |= {entry[0]: here(entry) for entry in broken}
    assert len(found) == len(broken) + len(hostile)
    return found


def test_the_corpus_is_large(outcomes: dict[str, str]) -> None:
    assert len(outcomes) >= 200


def test_each_ends_as_a_refused_document_with_a_reason(outcomes: dict[str, str]) -> None:
    assert {what: found for what, found in outcomes.items() if found not in REASONS} == {}


def test_no_reason_says_anything_of_the_content(outcomes: dict[str, str]) -> None:
    assert not [what for what, found in outcomes.items() if NAME in found]


def test_almost_none_is_refused_only_because_the_reader_fell_over(outcomes: dict[str, str]) -> None:
    fell = [
        what
        for what, found in outcomes.items()
        if found in (Refusal.READER_FAILED.value, Refusal.READER_MISBEHAVED.value)
    ]
    assert len(fell) <= len(outcomes) // 20, fell


def test_the_next_file_is_read(outcomes: dict[str, str]) -> None:
    assert outcomes
    (reading,) = read_untrusted(UntrustedFile("list.csv", flat_csv(MADE)))
    assert everybody(reading.cases) == everybody(MADE)
