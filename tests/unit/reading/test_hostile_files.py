"""Hostile files are contained: each is refused with a reason of ours, and the next file is read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from builders import case
from documents import flat_csv
from hostile import NAME, everything
from reading_room import everybody

from integration.errors import DocumentRefused
from integration.ports import UntrustedFile
from integration.reading import Limits, read_untrusted
from mappings.case_lists.refusals import Refusal

CORPUS = list(everything())
REASONS = {refusal.value for refusal in Refusal} - {Refusal.NOT_CONFINED.value}
IMPATIENT = Limits(cpu_seconds=3)  # what does not end in three seconds does not end in ten
MADE = [case("1/2026/001")]


def outcome(entry: tuple[str, str, bytes]) -> str:
    """The reason of a refusal, or what else became of the file."""
    _, name, data = entry
    try:
        readings = read_untrusted(UntrustedFile(name, data), limits=IMPATIENT)
    except DocumentRefused as refused:
        return refused.reason
    return f"read as {[reading.kind.value for reading in readings]}"


@pytest.fixture(scope="module")
def outcomes() -> dict[str, str]:
    with ThreadPoolExecutor(2) as readers:
        return dict(zip((what for what, _, _ in CORPUS), readers.map(outcome, CORPUS), strict=True))


def test_the_corpus_is_large_and_no_file_is_in_it_twice() -> None:
    assert len(CORPUS) >= 200
    assert len({what for what, _, _ in CORPUS}) == len(CORPUS)


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
    assert len(fell) <= len(CORPUS) // 20, fell


def test_the_next_file_is_read(outcomes: dict[str, str]) -> None:
    assert outcomes
    (reading,) = read_untrusted(UntrustedFile("list.csv", flat_csv(MADE)))
    assert everybody(reading.cases) == everybody(MADE)
