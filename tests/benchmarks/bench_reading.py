"""How long reading takes, the child's start included, and what it costs the parent."""

from __future__ import annotations

import resource
import statistics
import time
from datetime import date

import pytest
from builders import case, subject
from documents import workbook_case_list

from integration.domain.people import Role
from integration.ports import UntrustedFile
from integration.reading import confinement, read_untrusted

pytestmark = pytest.mark.bench


def workbook_of(count: int) -> UntrustedFile:
    cases = [
        case(
            f"27/2026/{number:03}",
            subject(family="ZZ" + "ABCDEFGHIJ"[number % 10] * 5, births=(date(1980, 1, 1 + number % 28),)),
            subject(Role.PERPETRATOR, "ZZ" + "KLMNOPQRST"[number % 10] * 5, "Corin"),
            subject(Role.CHILD, "ZZCHILD", "Perdita", births=(date(2016, 7, 30),), line="", postcode=None),
        )
        for number in range(count)
    ]
    return UntrustedFile("case list.xlsx", workbook_case_list(cases))


@pytest.mark.parametrize(("count", "most_seconds"), [(30, 0.7), (200, 1.5)])
def test_a_workbook_is_read_in_time(count: int, most_seconds: float) -> None:
    file = workbook_of(count)
    confinement()
    read_untrusted(file)
    taken = []
    for _ in range(9):
        began = time.perf_counter()
        (reading,) = read_untrusted(file)
        taken.append(time.perf_counter() - began)
    assert len(reading.cases) == count
    median = statistics.median(taken)
    print(f"\n{count} cases: median {median:.3f} s of {len(taken)}, slowest {max(taken):.3f} s ({confinement()})")
    assert median < most_seconds


def test_the_parents_memory_does_not_grow() -> None:
    file = workbook_of(200)
    read_untrusted(file)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(10):
        read_untrusted(file)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"\nthe parent grew by {grown:.1f} MiB over ten lists of 200 cases")
    assert grown < 30
