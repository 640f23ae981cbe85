"""Reading in the test's own process: the pure part alone, with a fixed day for today, and people to read about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache

from hypothesis import assume
from hypothesis import strategies as st

from integration.domain.case_list import Case, Reading
from integration.domain.people import Address, PersonName, Role, Subject
from integration.reading.vocabulary import vocabulary as raw_vocabulary
from mappings.case_lists.containers import readings_of
from mappings.case_lists.vocabulary import Vocabulary

TODAY = date(2026, 11, 20)


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary.from_mapping(raw_vocabulary())


def read_all(data: bytes, name: str = "", passwords: Iterable[str] = ()) -> tuple[Reading, ...]:
    return readings_of(data, name, passwords=tuple(passwords), vocabulary=vocabulary(), today=TODAY)


def read_one(data: bytes, name: str = "", passwords: Iterable[str] = ()) -> Reading:
    (reading,) = read_all(data, name, passwords)
    return reading


def told(subject: Subject) -> tuple[object, ...]:
    """What must come out as it went in; capitals and places apart."""
    return (
        subject.role,
        tuple((n.family.casefold(), n.given.casefold()) for n in subject.names),
        subject.births,
        subject.age if not subject.births else None,
        subject.nhs_number,
        tuple((a.line, a.postcode) for a in subject.addresses),
    )


def everybody(cases: Iterable[Case]) -> dict[str, list[tuple[object, ...]]]:
    return {case.case_ref: sorted(map(told, case.subjects), key=repr) for case in cases}


def without_details(person: Subject) -> Subject:
    """A child as lists name it: no address, no number."""
    return Subject(person.role, person.names, person.births, person.age)


# --- people whose names no list could confuse with a street or a heading

FAMILIES = ("ZZTESTER", "ZZARDEN", "Zz-Belmont", "O'Zzbrien", "McZzdonald", "Zzálvarez", "ZZWARD-COURT", "Zzmohammed")
GIVEN = ("Quillon", "Perdita", "Orlando Finn", "J", "Siobhán", "Mary Ann", "Touchstone", "Jean-Luc")
REFS = st.integers(1, 99).map(lambda number: f"{number:02}/2026/{number:03}")

names = st.builds(PersonName, st.sampled_from(FAMILIES), st.sampled_from(GIVEN))
births = st.dates(date(1930, 1, 1), date(2020, 12, 31))
addresses = st.builds(
    lambda number, street, code: Address(f"{number} {street}", code),
    st.integers(1, 200),
    st.sampled_from(("Nowhere Street", "Figment Road", "Church Lane", "Elsewhere Avenue")),
    st.sampled_from(("ZZ99 3VZ", "ZZ99 4WZ", "QX1 2AB")),
)


def subjects(role: Role) -> st.SearchStrategy[Subject]:
    return st.builds(
        lambda name, born, place, aged: Subject(
            role, (name,), () if aged else (born,), aged, addresses=(place,) if place and role is not Role.CHILD else ()
        ),
        names,
        births,
        st.none() | addresses,
        st.none() | st.none() | st.integers(18, 90),
    )


@st.composite
def case_lists(draw: st.DrawFn) -> list[Case]:
    """One to six cases with distinct references, a victim and a perpetrator each, and perhaps children."""
    refs = draw(st.lists(REFS, min_size=1, max_size=6, unique=True))
    found = []
    for ref in refs:
        victim = draw(subjects(Role.VICTIM))
        perpetrator = draw(subjects(Role.PERPETRATOR))
        assume(perpetrator.names != victim.names)
        children = draw(st.lists(subjects(Role.CHILD), max_size=2, unique_by=lambda child: child.names))
        found.append(Case(ref, (victim, perpetrator, *children), draw(st.booleans())))
    return found
