"""The judge's sums: how much evidence is certain, shown or a claim; bits are given by hand, so that lines are exact."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from builders import patient, subject
from deciding import PARAMETERS, TODAY

from integration.domain.matching import Basis, Matched, MatchGrade, NeedsReview, NoMatch, NotEnough
from integration.domain.people import Patient, Role, Sex, Subject
from integration.matching.decide import ANOTHER_CLAIMS, Judge, Person
from integration.matching.people import Known, Sought
from integration.matching.weights import NameShares, Weighed, weigh

PATIENTS = 1023  # with one who is not in the index, ten bits
CHANCE = 10.0
BASIS = Basis("own", 7)
JUDGE = Judge(PARAMETERS, PATIENTS, BASIS)
SURE = 60.0
A_LITTLE = 0.0005  # less than one patient more or less would change


def weighed(
    theirs: Patient, stranger: float = SURE, relative: float = SURE, ours: Subject | None = None, pid: int = 1
) -> Weighed:
    """A patient as compared, whose sums are what the test says; over what chance alone would bring."""
    one = weigh(
        Sought.from_subject(ours or subject(), TODAY), Known.from_patient(theirs, pid), NameShares(9, {}), PARAMETERS
    )
    one.stranger, one.relative = CHANCE + stranger, relative
    return one


def person(*those: Weighed, ours: Subject | None = None, case: int = 1) -> Person:
    return Person(case, Sought.from_subject(ours or subject(), TODAY), list(those))


def elsewhere(local_id: str = "2") -> Patient:
    """Who is nobody's relative and raises no guard of its own."""
    return patient(local_id, "UMPLEBY", "Wendy", nhs_number=None, line="9 Far Road", postcode="ZZ11 1AA")


@pytest.mark.parametrize(("over", "acts"), [(0.0, True), (-A_LITTLE, False)])
def test_strangers_and_relatives_are_counted_together(over: float, acts: bool) -> None:
    """Each leaves a chance; where both leave the same, it is twice that: a bit less."""
    evidence = PARAMETERS.certain + 1 + over
    (decision,) = JUDGE.decide([person(weighed(patient(), evidence, evidence))])
    assert isinstance(decision, Matched) is acts
    if isinstance(decision, NeedsReview):
        assert decision.why == ("there is too little evidence to be certain",)
        assert decision.candidates[0].grade is MatchGrade.PROBABLE


@pytest.mark.parametrize(("behind", "acts"), [(9.001, True), (8.99, False)])
def test_another_patient_counts_by_how_far_behind_they_are(behind: float, acts: bool) -> None:
    rival = weighed(elsewhere(), SURE - behind, pid=2)
    (decision,) = JUDGE.decide([person(weighed(patient(), SURE), rival)])
    assert isinstance(decision, Matched) is acts
    if isinstance(decision, NeedsReview):
        assert decision.why == ("another patient cannot be ruled out",)


@pytest.mark.parametrize(("behind", "said"), [(7.99, "fits almost as well"), (8.0, "cannot be ruled out")])
def test_who_is_within_the_margin_fits_almost_as_well(behind: float, said: str) -> None:
    rival = weighed(elsewhere(), SURE - behind, pid=2)
    (decision,) = JUDGE.decide([person(weighed(patient(), SURE), rival)])
    assert isinstance(decision, NeedsReview) and decision.why == (f"another patient {said}",)


def test_of_several_the_likeliest_is_named() -> None:
    sister = patient("3", "ZZTESTER", "Wendy", birth=date(1990, 1, 9), nhs_number=None)
    for first, second, said in (
        (elsewhere(), sister, "another patient"),
        (sister, elsewhere(), "a patient of the same"),
    ):
        rivals = [weighed(one, SURE - 8.5 - n / 9, pid=2 + n) for n, one in enumerate((first, second))]
        (decision,) = JUDGE.decide([person(weighed(patient(), SURE), *rivals)])
        assert isinstance(decision, NeedsReview) and decision.why[0].startswith(said)


def test_too_little_evidence_is_not_blamed_on_who_cannot_be_meant_or_is_the_same_again() -> None:
    """A rival whom nobody would be shown does not count; nor is a person's other record another patient."""
    unlikely = weighed(elsewhere(), SURE - 8.5, PARAMETERS.possible - 1, pid=2)
    (decision,) = JUDGE.decide([person(weighed(patient(), SURE), unlikely)])
    assert isinstance(decision, Matched)
    short = PARAMETERS.certain - A_LITTLE
    far = weighed(elsewhere(), short - 20, pid=2)
    (decision,) = JUDGE.decide([person(weighed(patient(), short), far)])
    assert isinstance(decision, NeedsReview) and decision.why == ("there is too little evidence to be certain",)


@pytest.mark.parametrize(("over", "shown"), [(A_LITTLE, True), (-A_LITTLE, False)])
def test_a_patient_is_shown_from_a_certainty_on(over: float, shown: bool) -> None:
    likely = weighed(patient(), PARAMETERS.possible + over)
    (decision,) = JUDGE.decide([person(likely)])
    assert isinstance(decision, NeedsReview if shown else NoMatch) and decision.basis == BASIS
    if isinstance(decision, NeedsReview):
        assert decision.candidates[0].grade is MatchGrade.POSSIBLE
        assert decision.candidates[0].score == round(likely.stranger, 1)


@pytest.mark.parametrize("number", ["9990000018", None])
def test_whose_number_is_given_is_shown_below_that_too(number: str | None) -> None:
    ours = subject(nhs_number=number)
    for stranger, relative in ((-40.0, SURE), (SURE, -40.0)):
        (decision,) = JUDGE.decide([person(weighed(patient(), stranger, relative, ours), ours=ours)])
        assert isinstance(decision, NeedsReview if number else NoMatch)


def test_who_is_implausible_raises_no_guard() -> None:
    again = patient("2", nhs_number=None)
    least = PARAMETERS.possible - 8
    for stranger, relative, stops in (
        (SURE - 20, least + A_LITTLE, True),
        (SURE - 20, least - A_LITTLE, False),
        (least + A_LITTLE, SURE, True),
        (least - A_LITTLE, SURE, False),
    ):
        rival = weighed(again, stranger, relative, pid=2)
        (decision,) = JUDGE.decide([person(weighed(patient(nhs_number=None)), rival)])
        assert isinstance(decision, NeedsReview) is stops


@pytest.mark.parametrize(("behind", "tied"), [(8.0 - A_LITTLE, True), (8.0 + A_LITTLE, False)])
@pytest.mark.parametrize("together", [True, False])
def test_two_who_claim_a_record_almost_equally_both_wait(behind: float, tied: bool, together: bool) -> None:
    """Otherwise the stronger one of a case takes it. Of two cases nobody does, for each alone would."""
    one, other = subject(sex=Sex.FEMALE), subject(sex=Sex.MALE)
    first = person(weighed(patient()), ours=one)
    second = person(weighed(patient(), SURE - behind), ours=other, case=1 if together else 2)
    decisions = JUDGE.decide([second, first])[::-1]
    if tied or not together:
        assert [d.why for d in decisions if isinstance(d, NeedsReview)] == [(ANOTHER_CLAIMS,), (ANOTHER_CLAIMS,)]
    else:
        assert isinstance(decisions[0], Matched) and isinstance(decisions[1], NoMatch)


def test_a_claim_below_what_is_shown_is_none() -> None:
    strong, weak = PARAMETERS.certain + 0.1, PARAMETERS.possible - A_LITTLE
    for least, waits in ((weak, False), (weak + 0.1, True)):
        first = person(weighed(patient(), strong), ours=subject(sex=Sex.FEMALE))
        second = person(weighed(patient(), strong - 7, least), ours=subject(sex=Sex.MALE), case=2)
        decision = JUDGE.decide([first, second])[0]
        assert isinstance(decision, NeedsReview) is waits


def test_who_loses_a_record_may_take_another_and_so_may_who_claims_that_one() -> None:
    """Claims are looked at again, until nothing changes."""
    a, b, c = patient("a"), patient("b", nhs_number=None), patient("c", nhs_number=None)
    first = person(weighed(a), ours=subject())
    second = person(weighed(a, SURE - 9), weighed(b, SURE - 30, pid=2), ours=subject(Role.CHILD))
    third = person(weighed(b, SURE - 40, pid=2), weighed(c, SURE - 55, pid=3), ours=subject(Role.PERPETRATOR))
    away = [dataclasses.replace(one, known=_away(one.known)) for one in (*second.weighed[1:], *third.weighed)]
    second.weighed[1:], third.weighed = away[:1], away[1:]
    decisions = JUDGE.decide([third, second, first])
    assert [d.best.patient for d in decisions[::-1] if isinstance(d, Matched)] == ["a", "b"]


def test_who_takes_a_second_record_is_compared_with_who_had_it_before() -> None:
    """Otherwise two people of two cases would take one record, each when the other did not ask for it."""
    lost, other = patient("z"), patient("b", nhs_number=None)
    there = [dataclasses.replace(weighed(other, SURE - behind, pid=2)) for behind in (30, 10)]
    for one in there:
        one.known = _away(one.known)
    first = person(weighed(lost))
    second = person(weighed(lost, SURE - 9), there[0], ours=subject(Role.CHILD, sex=Sex.FEMALE))
    third = person(there[1], ours=subject(sex=Sex.MALE), case=2)
    decisions = JUDGE.decide([first, second, third])
    assert isinstance(decisions[0], Matched) and decisions[0].best.patient == "z"
    assert [d.why for d in decisions[1:] if isinstance(d, NeedsReview)] == [(ANOTHER_CLAIMS,), (ANOTHER_CLAIMS,)]


def test_a_weaker_claim_of_who_takes_another_record_stops_nobody() -> None:
    own, other = weighed(patient("a")), [weighed(patient("b", nhs_number=None), SURE - n, pid=2) for n in (40, 30)]
    for one in other:
        one.known = _away(one.known)
    first = person(own, other[0], ours=subject(sex=Sex.FEMALE))
    second = person(other[1], ours=subject(sex=Sex.MALE), case=2)
    assert [d.best.patient for d in JUDGE.decide([first, second]) if isinstance(d, Matched)] == ["a", "b"]


def _away(known: Known) -> Known:
    """The same patient, in a home of their own."""
    return dataclasses.replace(known, postcode=f"ZZ{known.pid}{known.pid}1AA", family=(f"zz{known.local_id}",))


def test_nobody_of_whom_too_little_is_said_is_looked_for() -> None:
    initials = subject(family="Q", given="W", births=(), line="", postcode=None)
    (decision,) = JUDGE.decide([person(weighed(patient()), ours=initials)])
    assert decision == NotEnough(BASIS)


def test_the_same_index_is_decided_by_other_parameters() -> None:
    other = dataclasses.replace(PARAMETERS, version="other", possible=0.0)
    by = JUDGE.by(other)
    assert (by.parameters, by.people, by.basis) == (other, PATIENTS, BASIS)
    assert by.floor() - JUDGE.floor() == -PARAMETERS.possible
    assert JUDGE.floor() == CHANCE + PARAMETERS.possible - 8


def test_equals_stand_in_one_order() -> None:
    equals = [weighed(patient(name, birth=date(1984, 3, 2), nhs_number=None), pid=n) for n, name in enumerate("cab")]
    (decision,) = JUDGE.decide([person(*equals)])
    assert isinstance(decision, NeedsReview) and [c.patient for c in decision.candidates] == ["a", "b", "c"]
