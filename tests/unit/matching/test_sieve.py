"""Who is left out before the comparison: only those whom it would have dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from builders import patient, subject
from hypothesis import given
from hypothesis import strategies as st

from integration.domain.people import Address, Patient, PersonName, Sex, Subject
from integration.matching.parameters import shipped_parameters
from integration.matching.people import Sought
from integration.matching.rows import known_of, prepared
from integration.matching.sieve import Sieve
from integration.matching.weights import NameShares, weigh

TODAY = date(2026, 11, 22)
PARAMETERS = shipped_parameters()
SHARES = NameShares(1_000_000, {})  # every name at its rarest: worth the most

GIVEN = (
    "Mohammed",
    "Muhamad",
    "Bill",
    "William",
    "Alex",
    "Sasha",
    "Anne-Marie",
    "Annemarie",
    "J",
    "Jo",
    "Joan",
    "李",
    "Baby",
    "Unknown",
    "",
)
FAMILY = ("Jones", "Jnoes", "Smith-Jones", "Wojcik", "Wójcik", "O'Neill", "Neil", "de la Cruz", "Featherstonehaugh")
NAMES = st.sampled_from((*GIVEN, *FAMILY)) | st.text("abcdjosmith -'", max_size=10)
BIRTHS = st.sampled_from((date(1984, 3, 2), date(1984, 2, 3), date(1985, 3, 2), date(1984, 3, 3), date(2001, 1, 1)))
POSTCODES = st.sampled_from(("ZZ99 3VZ", "zz993vz", "ZZ99 3VA", "ZZ98 1AA", "Z", None))
LINES = st.sampled_from(
    ("12 Nowhere Street", "Flat 12, Nowhere St", "14 Nowhere Street", "1 Old Road", "12 Nowhere Street, Leeds", "")
)
NUMBERS = st.sampled_from(("9990000018", "9990000026", None))
PHONES = st.sampled_from(("07700 900123", "07700900124", "1", None))
SEXES = st.sampled_from((Sex.FEMALE, Sex.MALE, None))


PLACES = st.lists(st.builds(Address, LINES, POSTCODES), max_size=2).map(tuple)
NAMED = st.tuples(NAMES, NAMES).filter(lambda name: "".join(name).strip()).map(lambda name: PersonName(*name))

SUBJECTS = st.builds(
    replace,
    st.just(subject()),
    names=st.lists(NAMED, min_size=1, max_size=2).map(tuple),
    births=st.lists(BIRTHS, max_size=2).map(tuple),
    age=st.none() | st.integers(0, 99),
    sex=SEXES,
    nhs_number=NUMBERS,
    addresses=PLACES,
    phones=PHONES.map(lambda phone: (phone,) if phone else ()),
)
PATIENTS = st.builds(
    replace,
    st.just(patient()),
    name=NAMED,
    middle=NAMES,
    other_names=st.lists(NAMED, max_size=2).map(tuple),
    birth=st.none() | BIRTHS,
    sex=SEXES,
    nhs_number=NUMBERS,
    addresses=PLACES,
    phone=PHONES,
)


def lets_through(case: Sequence[Subject], theirs: Patient, floor: float) -> bool:
    row, sought = (1, *prepared(theirs).row), Sought.of_case(case, TODAY)[0]
    return Sieve(sought, floor, PARAMETERS).lets_through((*row[:4], row[-1]))


@given(st.lists(SUBJECTS, min_size=1, max_size=2), PATIENTS, st.floats(-30, 40))
def test_nobody_who_reaches_the_floor_is_left_out(case: list[Subject], theirs: Patient, floor: float) -> None:
    row = (1, *prepared(theirs).row)
    weighed = weigh(Sought.of_case(case, TODAY)[0], known_of((*row[:4], row[-1])), SHARES, PARAMETERS)
    if weighed.stranger >= floor or weighed.comparison.nhs_number == "same":
        assert lets_through(case, theirs, floor)


STRANGER = patient(family="UMPLEBY", given="Wendy", nhs_number=None, postcode="ZZ98 1AA")


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        (STRANGER, False),
        (replace(STRANGER, name=PersonName("UMPLEBY", "Quilon")), True),
        (replace(STRANGER, middle="Quillon"), True),
        (replace(STRANGER, other_names=(PersonName("ZZTESTER"),)), True),
        (replace(STRANGER, name=PersonName("Quillon", "Wendy")), True),
        (replace(STRANGER, name=PersonName("UMPLEBY", "Q")), True),
        (replace(STRANGER, addresses=subject().addresses), True),
        (replace(STRANGER, name=PersonName("UMPLEBY", "")), True),
    ],
)
def test_a_name_in_common_or_a_home_lets_through(theirs: Patient, expected: bool) -> None:
    assert lets_through([subject(nhs_number="9990000018")], theirs, 8.0) is expected


def test_the_owner_of_a_number_is_let_through_whatever_the_rest_says() -> None:
    theirs = replace(STRANGER, nhs_number="9990000018", birth=date(1930, 1, 5))
    assert lets_through([subject(nhs_number="9990000018")], theirs, 99.0)


def test_who_lives_with_another_of_the_case_is_let_through() -> None:
    moved = replace(STRANGER, addresses=(Address("14 Nowhere Street", "ZZ99 3VZ"),))
    other = subject(line="14 Nowhere Street")
    sought = subject(line="", postcode=None)
    assert lets_through([sought, other], moved, 8.0)
    assert not lets_through([sought], moved, 8.0)
