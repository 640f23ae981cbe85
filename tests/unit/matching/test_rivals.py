"""Who fits almost as well: a reviewer is told whether to think of a twin, a relative or a namesake."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from builders import patient

from integration.domain.people import Address, Patient
from integration.matching.people import Known
from integration.matching.rivals import (
    ANOTHER,
    DOUBLE,
    NAMESAKE,
    RELATIVE,
    TWIN,
    explained_as_well,
    live_among_strangers,
    share_a_home,
    share_what_few_do,
)

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
        (patient("2"), DOUBLE),
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


@pytest.mark.parametrize(
    ("best", "rival", "said"),
    [
        (patient("1", given=""), elsewhere("2", given="", birth=date(1958, 7, 9)), ANOTHER),
        (elsewhere("1", family=""), patient("2", family="", given="Quentin"), ANOTHER),
        (elsewhere("1"), patient("2", family="ZZOTHER", given="Quentin"), ANOTHER),
        (elsewhere("1", birth=None), elsewhere("2", given="Quentin", birth=None), RELATIVE),
        (patient(), replace(elsewhere("2", "ZZSTEP", birth=None), phone=""), ANOTHER),
    ],
    ids=["no given names", "no family names", "one birthday", "no births", "nothing shared"],
)
def test_what_is_missing_on_both_sides_ties_nobody(best: Patient, rival: Patient, said: str) -> None:
    known, other = Known.from_patient(best, 1), Known.from_patient(rival, 2)
    assert list(explained_as_well(known, [other])) == [f"{said} fits almost as well"]


def moved(local_id: str, now: str, *before: str) -> Known:
    addresses = (Address("1 Road", now), *(Address("", code) for code in before))
    return Known.from_patient(replace(patient(local_id), addresses=addresses), int(local_id))


def test_who_lives_where_the_other_lived_shared_a_home() -> None:
    here, came, went = moved("1", "ZZ11 1AA"), moved("2", "ZZ22 2AA", "ZZ11 1AA"), moved("3", "ZZ33 3AA", "ZZ22 2AA")
    for share in (share_a_home, share_what_few_do):
        assert share(here, came) and share(came, here)
        assert share(came, went) and share(went, came)
        assert not share(here, went)
        assert share(moved("4", "ZZ44 4AA", "ZZ55 5AA"), moved("5", "ZZ66 6AA", "ZZ55 5AA"))
        assert not share(moved("4", ""), moved("5", ""))


def test_what_many_share_is_no_home_shared() -> None:
    hostel = replace(moved("1", "ZZ11 1AA"), of_many=frozenset({"ZZ11 1AA".replace(" ", "")}))
    assert share_a_home(hostel, moved("2", "ZZ11 1AA")) and not share_what_few_do(hostel, moved("2", "ZZ11 1AA"))


def there(local_id: str, family: str, line: str = "1 Road", postcode: str = "ZZ11 1AA") -> Known:
    return Known.from_patient(patient(local_id, family, line=line, postcode=postcode), int(local_id))


def test_two_families_beside_one_s_own_are_strangers() -> None:
    own = there("1", "ZZA")
    assert live_among_strangers(own, [there("2", "ZZB"), there("3", "ZZC")])
    for others in (
        [there("2", "ZZB"), there("3", "ZZB"), there("4", "ZZA")],
        [there("2", "ZZB"), there("3", "ZZC", line="2 Road")],
        [there("2", "ZZB"), there("3", "ZZC", postcode="ZZ22 2AA")],
        [there("2", "ZZB", line="Hostel"), there("3", "ZZC")],
        [],
    ):
        assert not live_among_strangers(own, others)
    hostel, other = (there("1", "ZZA", "Hostel", code) for code in ("ZZ11 1AA", "ZZ22 2AA"))
    guests = [there("2", "ZZB", "Hostel"), there("3", "ZZC", "Hostel")]
    assert live_among_strangers(hostel, guests) and not live_among_strangers(other, guests)
    nowhere = [there(str(n), family, postcode="") for n, family in enumerate(("ZZA", "ZZB", "ZZC"), 1)]
    assert not live_among_strangers(nowhere[0], nowhere[1:])
