"""Layouts that the reader has no rule for: everybody is found in each, in the right role and case."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from layouts import AREA, DAY, LAYOUTS
from layouts_of_others import LAYOUTS as OTHERS
from layouts_of_systems import LAYOUTS as SYSTEMS
from reading_room import case_lists, read_one, told

from integration.domain.case_list import Case, DocumentKind
from integration.domain.people import Role, Subject


def known(person: Subject) -> tuple[object, ...]:
    """What every layout tells; some leave addresses out."""
    return told(person)[:4] if person.role is not Role.OTHER else ()


ALL = LAYOUTS | OTHERS | SYSTEMS


@pytest.mark.parametrize("layout", ALL)
@given(cases=case_lists())
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_everybody_is_found(layout: str, cases: list[Case]) -> None:
    reading = read_one(ALL[layout](cases))
    assert reading.problems == ()
    assert reading.kind is DocumentKind.CASE_LIST
    found = {case.case_ref: sorted(map(known, case.subjects), key=repr) for case in reading.cases}
    assert found == {case.case_ref: sorted(map(known, case.subjects), key=repr) for case in cases}
    assert [case.repeat for case in reading.cases] == [case.repeat for case in cases]
    assert (reading.meeting.area, reading.meeting.date) == (AREA, DAY)
