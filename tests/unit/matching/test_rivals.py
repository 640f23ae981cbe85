"""Who fits almost as well: a reviewer is told whether to think of a twin, a relative or a namesake."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from builders import patient

from integration.domain.people import Patient
from integration.matching.people import Known
from integration.matching.rivals import ANOTHER, NAMESAKE, RELATIVE, TWIN, explained_as_well

BEST = patient()


def elsewhere(
    local_id: str, family: str = "ZZTESTER", given: str = "Quillon", birth: date | None = date(1984, 3, 2)
) -> Patient:
    return patient(local_id, family, given, birth=birth, line="9 Far Road", postcode="ZZ11 1AA")


@pytest.mark.parametrize(
    ("rival", "said"),
    [
        (patient("2", given="Quentin"), TWIN),
        (patient("2", family="ZZWEDDED", given="Quentin"), TWIN),
        (elsewhere("2", given="Quentin"), TWIN),
        (patient("2", birth=date(1958, 7, 9)), RELATIVE),
        (replace(elsewhere("2", "ZZSTEP", birth=date(1958, 7, 9)), phone="07700900123"), RELATIVE),
        (elsewhere("2"), NAMESAKE),
        (elsewhere("2", "ZZOTHER", "Quilon", date(1958, 7, 9)), ANOTHER),
        (elsewhere("2", given="Quentin", birth=None), ANOTHER),
    ],
)
def test_what_kind_of_patient_it_is(rival: Patient, said: str) -> None:
    best = Known.from_patient(replace(BEST, phone="07700900123"), 1)
    assert list(explained_as_well(best, [Known.from_patient(rival, 2)])) == [f"{said} fits almost as well"]


def test_each_kind_is_said_once_and_nobody_nothing() -> None:
    best = Known.from_patient(BEST, 1)
    several = [Known.from_patient(elsewhere(str(n)), n) for n in range(2, 5)]
    twin = Known.from_patient(patient("9", given="Quentin"), 9)
    assert [said.split(" fits")[0] for said in explained_as_well(best, [*several, twin])] == [TWIN, NAMESAKE]
    assert list(explained_as_well(best, [])) == []
