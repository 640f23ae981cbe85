"""What holds of every decision, whoever stands on the list and in the index."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from itertools import permutations

import pytest
from builders import patient, subject
from deciding import decide, decide_one
from hypothesis import example, given, settings
from hypothesis import strategies as st

from integration.domain.case_list import Case
from integration.domain.matching import MatchDecision, Matched, NeedsReview, NoMatch
from integration.domain.people import Address, Patient, PersonName, Role, Sex, Subject
from integration.matching.comparison import compare_family
from integration.matching.guards import FAMILY_AGREES
from integration.matching.spelling import words

# Few values, each a slip or a relative's away from another: so that people meet, and nearly meet.
FAMILIES = st.sampled_from(["ZZTESTER", "Zztestre", "Umpleby", "Zztester-Umpleby", "Unknown"])
GIVENS = st.sampled_from(
    ["Quillon", "Quilon", "Wendy", "Q", "Mohammed", "Mohammed Adeel", "Zoe", "Baby", "Quillon Zoe"]
)
BIRTHS = st.sampled_from(
    [date(1984, 3, 2), date(1984, 2, 3), date(1985, 3, 2), date(1961, 9, 14), date(2015, 4, 4), date(1984, 1, 1)]
)
PLACES = st.sampled_from(
    [("12 Nowhere Street", "ZZ99 3VZ"), ("14 Nowhere Street", "ZZ99 3VZ"), ("1 Far Road", "ZZ11 1AA")]
)
NUMBERS = st.sampled_from(["9990000018", "9998765404"])
PHONES = st.sampled_from(["07700900123", "07700900456"])
SEXES = st.sampled_from([Sex.FEMALE, Sex.MALE])
ANY = settings(max_examples=100, deadline=None)


@st.composite
def subjects(draw: st.DrawFn) -> Subject:
    births = draw(st.lists(BIRTHS, max_size=1))
    place = draw(st.none() | PLACES)
    return Subject(
        draw(st.sampled_from([Role.VICTIM, Role.PERPETRATOR, Role.CHILD])),
        (PersonName(draw(FAMILIES), draw(GIVENS)),),
        tuple(births),
        None if births else draw(st.sampled_from([None, 42, 41, 11])),
        draw(st.none() | SEXES),
        draw(st.none() | NUMBERS),
        (Address(*place),) if place else (),
        tuple(draw(st.lists(PHONES, max_size=1))),
    )


@st.composite
def patients(draw: st.DrawFn, most: int = 4) -> list[Patient]:
    return [
        Patient(
            str(number),
            nhs_number=draw(st.none() | NUMBERS),
            name=PersonName(draw(FAMILIES), draw(GIVENS)),
            middle=draw(st.sampled_from(["", "Zoe"])),
            birth=draw(BIRTHS),
            sex=draw(st.none() | SEXES),
            addresses=(Address(*draw(PLACES)),),
            phone=draw(st.none() | PHONES),
        )
        for number in range(draw(st.integers(1, most)))
    ]


@st.composite
def almost(draw: st.DrawFn, theirs: Patient) -> Subject:
    """This patient as a list may give them: with a fact or two of somebody else's, or missing."""
    assert theirs.name and theirs.birth
    exact = Subject(
        draw(st.sampled_from([Role.VICTIM, Role.PERPETRATOR, Role.CHILD])),
        (theirs.name,),
        (theirs.birth,),
        None,
        theirs.sex,
        theirs.nhs_number,
        theirs.addresses,
        (theirs.phone,) if theirs.phone else (),
    )
    other = draw(subjects())
    changed = draw(
        st.sets(st.sampled_from(["names", "births", "sex", "nhs_number", "addresses", "phones"]), max_size=2)
    )
    values = {name: getattr(other, name) for name in changed}
    return dataclasses.replace(exact, **values, age=other.age if "births" in changed else None)


@st.composite
def meetings(draw: st.DrawFn, most: int = 4) -> tuple[Subject, list[Patient]]:
    """Somebody sought, and patients of whom the first may be meant."""
    theirs = draw(patients(most))
    return draw(almost(theirs[0])), theirs


@ANY
@given(meetings())
@example((subject(), [patient()]))
def test_a_record_that_is_the_same_again_stops_a_match(meeting: tuple[Subject, list[Patient]]) -> None:
    ours, theirs = meeting
    decision = decide_one(ours, *theirs)
    if not isinstance(decision, Matched):
        return
    best = next(p for p in theirs if p.local_id == decision.best.patient)
    again = decide_one(ours, *theirs, dataclasses.replace(best, local_id="again"))
    assert isinstance(again, NeedsReview)
    assert {"again", best.local_id} <= {c.patient for c in again.candidates}


def _with_less(ours: Subject, theirs: Patient) -> list[Subject]:
    """The same person, each time without one fact that agrees with the patient."""
    places = {(a.line, a.postcode) for a in theirs.addresses}
    agreeing = {
        "births": () if ours.births == (theirs.birth,) else None,
        "addresses": () if any((a.line, a.postcode) in places for a in ours.addresses) else None,
        "phones": () if theirs.phone in ours.phones else None,
    }
    found = [dataclasses.replace(ours, **{name: less}) for name, less in agreeing.items() if less is not None]  # type: ignore[arg-type]
    if ours.nhs_number == theirs.nhs_number:
        found.append(dataclasses.replace(ours, nhs_number=None))
    if ours.sex is theirs.sex:
        found.append(dataclasses.replace(ours, sex=None))
    return found


@ANY
@given(meetings(most=1))
@example((subject(given="Q", nhs_number="9990000018"), [patient()]))
def test_to_know_less_never_makes_certain(meeting: tuple[Subject, list[Patient]]) -> None:
    ours, theirs = meeting
    if not isinstance(decide_one(ours, *theirs), Matched):
        for less in _with_less(ours, theirs[0]):
            assert not isinstance(decide_one(less, *theirs), Matched)


@st.composite
def lists(draw: st.DrawFn) -> tuple[list[list[Subject]], list[Patient]]:
    """Two cases of people who may be the same few patients."""
    theirs = draw(patients())
    person = st.sampled_from(theirs).flatmap(almost) | subjects()
    return draw(st.lists(st.lists(person, min_size=1, max_size=2), min_size=1, max_size=2)), theirs


@ANY
@given(lists())
def test_the_order_of_people_and_patients_changes_nothing(listed: tuple[list[list[Subject]], list[Patient]]) -> None:
    people, theirs = listed
    expected = _by_place(people, range(len(people)), theirs)
    for order in permutations(range(len(people))):
        turned = [list(reversed(case_people)) for case_people in people]
        assert _by_place(people, order, theirs[::-1]) == expected
        found = _by_place(turned, order, theirs)
        assert {(c, len(people[c]) - 1 - s): d for (c, s), d in found.items()} == expected


def _by_place(
    people: Sequence[Sequence[Subject]], order: Sequence[int], theirs: Sequence[Patient]
) -> dict[tuple[int, int], MatchDecision]:
    """Each person's decision, by case and place in it; reasons as a set, for their order says nothing."""
    decisions = iter(decide([Case(str(number), tuple(people[number])) for number in order], theirs))
    found = {(number, place): next(decisions) for number in order for place in range(len(people[number]))}
    return {
        at: dataclasses.replace(d, why=tuple(sorted(d.why))) if isinstance(d, NeedsReview) else d
        for at, d in found.items()
    }


@ANY
@given(meetings())
def test_capitals_and_accents_change_nothing(meeting: tuple[Subject, list[Patient]]) -> None:
    ours, theirs = meeting
    accents = str.maketrans({"o": "ö", "e": "é", "a": "à"})
    (name,) = ours.names
    names = (PersonName(name.family.lower().translate(accents), name.given.lower().translate(accents).upper()),)
    assert decide_one(dataclasses.replace(ours, names=names), *theirs) == decide_one(ours, *theirs)


@ANY
@given(lists())
def test_nobody_is_matched_against_name_and_birth_nor_two_of_a_case_to_one(
    listed: tuple[list[list[Subject]], list[Patient]],
) -> None:
    people, theirs = listed
    decisions = iter(decide([Case(str(number), tuple(of_case)) for number, of_case in enumerate(people)], theirs))
    for of_case in people:
        matched = [d.best for d in (next(decisions) for _ in of_case) if isinstance(d, Matched)]
        assert len({best.patient for best in matched}) == len(matched)
        for best in matched:
            assert "date of birth: differs" not in best.reasons
            assert not {"given name: differs", "family name: differs"} <= set(best.reasons)
            name_and_birth = ("given name", "family name", "date of birth", "sex")
            assert any(not reason.startswith(name_and_birth) for reason in best.reasons)


SCRIPT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(str.strip)


@ANY
@given(SCRIPT, SCRIPT, SCRIPT)
@example("Иванов", "Сергей", "ул. Ленина 1")
@example("محمد", "علي", "شارع")
@example("O'Neill-St. John", "D'Arcy", "`12`")
@example("X" * 20_000, "Y " * 10_000, "Z" * 20_000)
def test_names_of_any_script_and_length_are_decided(family: str, given_name: str, line: str) -> None:
    ours = subject(family=family, given=given_name, line=line)
    theirs = patient(family=family[::-1], given=given_name, line=line)
    assert not isinstance(decide_one(ours), Matched)
    decision = decide_one(ours, theirs)
    if isinstance(decision, Matched) and all(len(word) == 1 for word in words(given_name)):
        # letters alone are initials, which may do for an adult at home whose family name agrees
        assert compare_family(words(family), words(family[::-1])).level in FAMILY_AGREES
    assert not isinstance(decide_one(subject(), theirs), Matched)


@pytest.mark.parametrize("name", ["Baby", "Baby of Wendy", "Unknown", "Not known", "Twin 2", "Infant", "NK"])
def test_what_stands_for_a_name_is_none(name: str) -> None:
    """Twins without a name are registered so: the one on the list may be the other."""
    decision = decide_one(subject(given=name), patient(given=name))
    assert isinstance(decision, NeedsReview) and "the given name is not certain" in decision.why
    assert isinstance(decide_one(subject(family=name), patient(family=name)), NeedsReview)


def test_a_letter_is_an_initial_in_the_index_too() -> None:
    theirs = patient(given="Q", birth=date(2015, 4, 4))
    decision = decide_one(subject(given="Q", births=(date(2015, 4, 4),)), theirs)
    assert isinstance(decision, NeedsReview) and "the given name is not certain" in decision.why


@pytest.mark.parametrize("number", [2, 200])
def test_many_who_are_equal_are_shown_and_none_is_chosen(number: int) -> None:
    equal = [patient(str(n), nhs_number=None) for n in range(number)]
    decision = decide_one(subject(), *equal)
    assert isinstance(decision, NeedsReview)
    assert [c.patient for c in decision.candidates] == sorted(map(str, range(number)))[:10]


def test_in_an_index_of_nobody_nobody_is_found() -> None:
    assert isinstance(decide_one(subject()), NoMatch)


def test_impossible_and_contradictory_facts_are_put_to_a_person() -> None:
    for birth in (date(1, 1, 1), date(9999, 12, 31)):
        assert isinstance(decide_one(subject(births=(birth,), age=900), patient()), NeedsReview)
        assert isinstance(decide_one(subject(), patient(birth=birth)), NeedsReview)
    both = subject(nhs_number="9998765404")
    other = patient("2", "UMPLEBY", "Wendy", birth=date(1960, 5, 5), nhs_number="9998765404")
    assert isinstance(decide_one(both, patient(), other), NeedsReview)
