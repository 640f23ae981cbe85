"""Two versions of a list: what was added, withdrawn, changed and left alone; by people, and nobody is lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from typing import assert_never

from builders import case, subject
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.domain.case_list import Case, DocumentKind, Problem, Reading
from integration.domain.list_changes import Added, CaseChange, Changed, Field, Unchanged, Withdrawn, changes_between
from integration.domain.people import PersonName, Role, Subject

ANNA = subject(family="ZZTESTER", given="Quillon", nhs_number="9990000018")
ROWAN = subject(Role.PERPETRATOR, "ZZOTHER", "Rowan", births=(date(1981, 1, 9),), postcode="ZZ99 1AA")
IX = subject(Role.CHILD, "ZZNOBODY", "Ix", births=(date(2016, 7, 30),), postcode="ZZ99 1AB")
UX = subject(family="ZZNOONE", given="Ux", births=(date(1971, 1, 1),), postcode="ZZ99 1AC")


def reading(*cases: Case, problems: tuple[Problem, ...] = ()) -> Reading:
    return Reading(DocumentKind.CASE_LIST, "text/csv", "", cases=cases, problems=problems)


def test_each_outcome() -> None:
    corrected = replace(ANNA, births=(date(1984, 3, 3),))
    one, two, three = case("1", ANNA), case("2", ROWAN), case("3", IX)
    found = changes_between(reading(one, two, three), reading(case("1", corrected), two, case("4", UX)))
    match found:
        case (Changed(before, after, (birth,), (), (), False), Unchanged(), Added(new), Withdrawn(gone)):
            assert (before, after, new, gone) == (one, case("1", corrected), case("4", UX), three)
            assert (birth.what, birth.person) == (Field.BIRTHS, corrected)
            assert (birth.before, birth.after) == (ANNA.births, corrected.births)
        case _:
            raise AssertionError(found)


def test_a_case_is_recognised_by_its_people_even_if_another_took_its_number() -> None:
    moved = replace(ANNA, phones=("01632 960001",))
    found = changes_between(reading(case("1", ANNA, ROWAN)), reading(case("1", UX), case("2", moved, ROWAN)))
    assert found[0] == Added(case("1", UX))
    assert isinstance(found[1], Changed) and [one.what for one in found[1].fields] == [Field.PHONES]


def test_a_role_that_changed_is_a_change_of_that_person() -> None:
    other = replace(ROWAN, role=Role.VICTIM)
    [change] = changes_between(reading(case("1", ANNA, ROWAN)), reading(case("1", ANNA, other)))
    assert isinstance(change, Changed)
    assert [(one.person, one.what, one.before, one.after) for one in change.fields] == [
        (other, Field.ROLE, Role.PERPETRATOR, Role.VICTIM)
    ]


def test_two_people_who_change_roles_are_two_changes() -> None:
    swapped = replace(ANNA, role=Role.PERPETRATOR), replace(ROWAN, role=Role.VICTIM)
    [change] = changes_between(reading(case("1", ANNA, ROWAN)), reading(case("1", *swapped)))
    assert isinstance(change, Changed) and not (change.joined or change.left)
    assert [(one.person, one.what) for one in change.fields] == [(one, Field.ROLE) for one in swapped]


def test_a_corrected_name_is_the_same_person_and_somebody_else_is_not() -> None:
    married = replace(ANNA, nhs_number=None, names=(PersonName("ZZNEWNAME", "Quillon"),))
    [change] = changes_between(reading(case("1", ANNA)), reading(case("1", married, IX)))
    assert isinstance(change, Changed)
    assert [one.what for one in change.fields] == [Field.NAMES, Field.NHS_NUMBER]
    assert (change.joined, change.left) == ((IX,), ())
    [other] = changes_between(reading(case("1", ANNA)), reading(case("1", ROWAN)))
    assert isinstance(other, Changed) and (other.joined, other.left) == ((ROWAN,), (ANNA,))


def test_whether_it_is_a_repeat_is_the_cases_own() -> None:
    [change] = changes_between(reading(case("1", ANNA)), reading(case("1", ANNA, repeat=True)))
    assert isinstance(change, Changed)
    assert [(o.person, o.what, o.before, o.after) for o in change.fields] == [(None, Field.REPEAT, False, True)]


def test_a_case_in_doubt_is_never_called_unchanged() -> None:
    doubt = (Problem("row 3", "no role", "1"), Problem("row 9", "no name", "7"))
    for before, after in (((), doubt), (doubt, ()), (doubt, doubt)):
        found = changes_between(reading(case("1", ANNA), problems=before), reading(case("1", ANNA), problems=after))
        assert not any(isinstance(change, Unchanged) for change in found)
        assert all(change.doubted for change in found if not isinstance(change, Unchanged))
    assert found[1] == Changed(Case("7", ()), Case("7", ()), doubted=True)


def test_a_namesake_in_another_case_is_somebody_else() -> None:
    bare = Subject(Role.VICTIM, (PersonName("ZZTESTER", ""),))
    assert changes_between(reading(case("1", bare, UX)), reading(case("2", bare, IX))) == (
        Added(case("2", bare, IX)),
        Withdrawn(case("1", bare, UX)),
    )


people = st.builds(
    subject,
    st.sampled_from(Role),
    st.sampled_from(["ZZA", "ZZB", "ZZC"]),
    st.sampled_from(["Ix", "Ux", ""]),
    births=st.lists(st.sampled_from([date(1984, 3, 2), date(1990, 1, 1)]), max_size=2).map(tuple),
    nhs_number=st.sampled_from([None, None, "9990000018", "9990000026"]),
    postcode=st.sampled_from([None, "ZZ99 3VZ", "ZZ99 1AA"]),
)
case_lists = st.lists(
    st.builds(
        Case,
        st.sampled_from("12345"),
        st.lists(people, max_size=3).map(tuple),
        st.sampled_from([True, False, None]),
    ),
    max_size=5,
)
doubts = st.lists(st.sampled_from("1269").map(lambda ref: Problem("row 3", "no role", ref)), max_size=2)
readings = st.builds(lambda cases, problems: reading(*cases, problems=tuple(problems)), case_lists, doubts)


def cases_in(change: CaseChange) -> tuple[list[Case], list[Case]]:
    match change:
        case Added(after):
            return [], [after]
        case Withdrawn(before):
            return [before], []
        case Changed(before, after) | Unchanged(before, after):
            return [before], [after]
    assert_never(change)


@settings(max_examples=150, deadline=None)
@given(readings, readings)
def test_every_case_and_person_is_in_exactly_one_change(before: Reading, after: Reading) -> None:
    found = [cases_in(change) for change in changes_between(before, after)]
    for side, version in enumerate((before, after)):
        shown = Counter(one for sides in found for one in sides[side])
        unread = {p.case_ref for p in version.problems} - {one.case_ref for one in version.cases}
        assert shown == Counter(version.cases) + Counter(Case(ref, ()) for ref in unread if ref)


@settings(max_examples=150, deadline=None)
@given(readings, readings)
def test_within_a_change_every_person_stayed_left_or_joined(before: Reading, after: Reading) -> None:
    for change in changes_between(before, after):
        if isinstance(change, Changed):
            assert len(change.before.subjects) - len(change.left) == len(change.after.subjects) - len(change.joined)
            assert not Counter(change.left) - Counter(change.before.subjects)
            assert not Counter(change.joined) - Counter(change.after.subjects)
            assert all(one.before != one.after for one in change.fields)
        if isinstance(change, Unchanged):
            assert Counter(change.before.subjects) == Counter(change.after.subjects)
            assert change.before.repeat == change.after.repeat


def mirrored(change: CaseChange) -> CaseChange:
    match change:
        case Added(one, doubted):
            return Withdrawn(one, doubted)
        case Withdrawn(one, doubted):
            return Added(one, doubted)
        case Unchanged(before, after):
            return Unchanged(after, before)
        case Changed(before, after, _, joined, left, doubted):
            return Changed(after, before, (), left, joined, doubted)
    assert_never(change)


@settings(max_examples=150, deadline=None)
@given(readings, readings)
def test_the_versions_the_other_way_round_say_the_opposite(before: Reading, after: Reading) -> None:
    there, back = changes_between(before, after), changes_between(after, before)
    without_fields = Counter(replace(one, fields=()) if isinstance(one, Changed) else one for one in back)
    assert Counter(map(mirrored, there)) == without_fields
    assert Counter(f.what for one in there if isinstance(one, Changed) for f in one.fields) == Counter(
        f.what for one in back if isinstance(one, Changed) for f in one.fields
    )


@settings(max_examples=150, deadline=None)
@given(case_lists)
def test_renumbered_and_reordered_cases_are_unchanged(cases: list[Case]) -> None:
    named = [one for one in cases if one.subjects]
    again = [replace(one, case_ref=f"27/2026/{number}") for number, one in enumerate(reversed(named))]
    moved = [replace(one, subjects=tuple(replace(s, where="row 90", row=90) for s in one.subjects)) for one in again]
    found = changes_between(reading(*named), reading(*moved))
    assert all(isinstance(change, Unchanged) for change in found)
    assert len(found) == len(named)
