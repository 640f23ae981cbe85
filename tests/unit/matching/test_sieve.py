"""Who is left out before the comparison: only those whom it would have dropped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from zlib import crc32

import pytest
from builders import patient, subject
from hypothesis import given
from hypothesis import strategies as st

from integration.domain.matching import Basis
from integration.domain.people import Address, Patient, PersonName, Sex, Subject
from integration.matching.comparison import Found, compare
from integration.matching.decide import Judge, Person
from integration.matching.keys import family_forms
from integration.matching.parameter_checks import APART
from integration.matching.parameters import shipped_parameters
from integration.matching.people import Sought, Words
from integration.matching.rows import Row, known_of, prepared
from integration.matching.sieve import Sieve, let_through
from integration.matching.weights import NameShares, Weighed, weigh

TODAY = date(2026, 11, 22)
PARAMETERS = shipped_parameters()

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
    disputed=st.booleans(),
    other_births=st.sampled_from(((), (), (date(1986, 3, 2),), (date(1990, 1, 1), date(1986, 3, 2)))),
    other_numbers=st.sampled_from(((), (), ("9990000034",), ("9990000042", "9990000034"))),
)


def bearers(names: Iterable[Words], seed: int) -> NameShares:
    """How many bear each of these names: some are rare, others common, always the same by one seed."""
    forms = {form for name in names if name for form in family_forms(name)}
    return NameShares(
        1_000_000, {(k, form): crc32(f"{seed}{k}{form}".encode()) % 60_000 for form in forms for k in "fg"}
    )


def row_of(theirs: Patient, pid: int = 1) -> Row:
    stored = (pid, *prepared(theirs).row)
    return (*stored[:4], stored[-1])


def lets_through(sought: Sought, theirs: Row, floor: float, seed: int = 0) -> bool:
    """As the look-up asks: when no more is known than how many bear the names sought."""
    sieve = Sieve(sought, floor, bearers((*sought.families, *sought.givens), seed), PARAMETERS)
    return sieve.lets_through(theirs) is not None


def weighed_as(sought: Sought, theirs: Row, seed: int = 0) -> Weighed:
    known = known_of(theirs)
    names = (*sought.families, *sought.givens, known.family, known.given, known.middle)
    shares = bearers((*names, *known.other_families, *known.other_givens), seed)
    return weigh(sought, known, shares, PARAMETERS)


CASES = st.lists(SUBJECTS, min_size=1, max_size=2)
SEEDS = st.integers(0, 20)


@given(CASES, PATIENTS, st.floats(-30, 40), SEEDS)
def test_nobody_who_reaches_the_floor_is_left_out(
    subjects: list[Subject], theirs: Patient, floor: float, seed: int
) -> None:
    sought, row = Sought.of_case(subjects, TODAY)[0], row_of(theirs)
    weighed = weighed_as(sought, row, seed)
    if weighed.stranger >= floor or weighed.comparison.nhs_number == "same":
        assert lets_through(sought, row, floor, seed)


@given(CASES, PATIENTS)
def test_whom_it_lets_through_is_compared_as_everybody_is(subjects: list[Subject], theirs: Patient) -> None:
    sought, row = Sought.of_case(subjects, TODAY)[0], row_of(theirs)
    known = known_of(row)
    found = Sieve(sought, -99.0, bearers((*sought.families, *sought.givens), 0), PARAMETERS).lets_through(row)
    assert found == Found(known, compare(sought, known))


def test_whoever_one_of_several_sieves_lets_through_is_found_once() -> None:
    """A trust's own parameters and those that ship may have each their own floor."""
    ours = sought(subject())
    strict, lax = (Sieve(ours, floor, bearers((), 0), PARAMETERS) for floor in (99.0, -99.0))
    rows = [row_of(STRANGER), row_of(patient(), 2)]
    assert [one.known.pid for one in let_through([strict, lax, lax], rows)] == [1, 2]
    assert let_through([strict], rows) == []


@given(CASES, st.lists(PATIENTS, min_size=1, max_size=3), SEEDS)
def test_no_decision_changes_by_who_is_left_out(subjects: list[Subject], theirs: list[Patient], seed: int) -> None:
    rows = [row_of(replace(one, local_id=str(pid)), pid) for pid, one in enumerate(theirs)]
    judge, people = Judge(PARAMETERS, 1_000_000, Basis("1", 1)), Sought.of_case(subjects, TODAY)
    all_of_them = [Person(1, sought, [weighed_as(sought, row, seed) for row in rows]) for sought in people]
    let_through = [
        [weighed_as(sought, row, seed) for row in rows if lets_through(sought, row, judge.floor(), seed)]
        for sought in people
    ]
    some = [Person(1, sought, found) for sought, found in zip(people, let_through, strict=True)]
    assert judge.decide(some) == judge.decide(all_of_them)


def test_what_may_be_a_slip_is_worth_more_than_another_name() -> None:
    """The sieve rests on it; a trust's own parameters keep in order what is so far apart in those that ship."""
    bits = PARAMETERS.bits["given"]
    assert min(bits[level] for level in ("typo", "slips", "sound")) >= bits["close"] + APART


def sought(*subjects: Subject) -> Sought:
    """The first of a case."""
    return Sought.of_case(subjects, TODAY)[0]


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
    assert lets_through(sought(subject(nhs_number="9990000018")), row_of(theirs), 8.0) is expected


@pytest.mark.parametrize(("people", "expected"), [(30, True), (30_000, False)])
def test_a_namesake_of_another_day_is_let_through_by_a_rare_name_alone(people: int, expected: bool) -> None:
    ours = sought(subject())
    shares = NameShares(1_000_000, {("f", "zztester"): people, ("g", "quillon"): people})
    theirs = replace(STRANGER, name=PersonName("Zztester", "Quillon"), birth=date(1961, 9, 14))
    assert bool(Sieve(ours, 8.0, shares, PARAMETERS).lets_through(row_of(theirs))) is expected


def test_the_owner_of_a_number_is_let_through_whatever_the_rest_says() -> None:
    theirs = replace(STRANGER, nhs_number="9990000018", birth=date(1930, 1, 5))
    assert lets_through(sought(subject(nhs_number="9990000018")), row_of(theirs), 99.0)


def test_who_lives_with_another_of_the_case_is_let_through() -> None:
    moved = replace(STRANGER, addresses=(Address("14 Nowhere Street", "ZZ99 3VZ"),))
    other = subject(line="14 Nowhere Street")
    ours = subject(line="", postcode=None)
    assert lets_through(sought(ours, other), row_of(moved), 8.0)
    assert not lets_through(sought(ours), row_of(moved), 8.0)
