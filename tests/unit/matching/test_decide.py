"""Who acts alone and who is put to a person: every guard, each with the case that it is there for."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from builders import case, patient, subject
from deciding import SHARES, decide, decide_one

from integration.domain.matching import MatchDecision, Matched, MatchGrade, NeedsReview, NoMatch
from integration.domain.people import Address, Patient, PersonName, Role, Sex, Subject
from integration.matching.decide import MORE_THAN_SHOWN
from integration.matching.weights import NameShares

TEEN = date(2011, 3, 2)


def why(decision: MatchDecision) -> tuple[str, ...]:
    assert isinstance(decision, NeedsReview)
    return decision.why


def test_name_birth_and_home_act() -> None:
    decision = decide_one(subject(), patient())
    assert isinstance(decision, Matched)
    assert decision.best.patient == "1001"
    assert len(decision.best.reasons) == len(decision.best.weights)
    assert abs(sum(decision.best.weights) - decision.best.score) < 1


@pytest.mark.parametrize(
    "ours",
    [
        subject(given="Quillon", births=(date(1984, 2, 3),)),
        subject(family="Zztestre"),
        subject(line="", postcode=None, nhs_number="9990000018"),
        subject(line="", postcode=None, phones=("07700 900123",)),
        subject(line="1 Old Road", postcode="ZZ99 3WZ"),
        subject(births=(), age=42),
    ],
    ids=["day and month", "typo", "NHS number", "telephone", "old address", "age and home"],
)
def test_slips_with_enough_beside_them_act(ours: Subject) -> None:
    theirs = dataclasses.replace(
        patient(), phone="07700900123", addresses=(*patient().addresses, Address("", "ZZ99 3WZ"))
    )
    assert isinstance(decide_one(ours, theirs), Matched)


def test_reasons_hold_no_value() -> None:
    decision = decide_one(subject(nhs_number="9990000018", sex=Sex.FEMALE), patient(sex=Sex.FEMALE))
    assert isinstance(decision, Matched)
    said = " ".join(decision.best.reasons).casefold()
    assert not any(value in said for value in ("zztester", "quillon", "1984", "nowhere", "zz99", "999000"))


# full names agree, and the date of birth but for a digit: enough for anybody but a perpetrator
MIDDLE_AND_A_SLIP = subject(
    Role.PERPETRATOR, given="Quillon Wystan", births=(date(1984, 3, 12),), line="", postcode=None
)
WITH_MIDDLE = dataclasses.replace(patient(nhs_number=None), middle="Wystan")
GUARDS = [
    (subject(line="", postcode=None), patient(), "nothing beside name and date of birth agrees"),
    (subject(given="Q", births=(TEEN,)), patient(birth=TEEN), "the given name is not certain"),
    (subject(Role.PERPETRATOR, given="Q"), patient(), "the given name is not certain"),
    (subject(given="Wendy"), patient(), "the given name is not certain"),
    (subject(family="Tordoff", births=(date(1985, 3, 2),)), patient(), "the family name is not certain"),
    (subject(births=(date(1961, 9, 14),)), patient(), "the date of birth is not certain"),
    (subject(nhs_number="9998765404"), patient(), "the NHS number given is not this patient's"),
    (subject(), patient(deceased=True), "the patient is recorded as deceased"),
    (subject(), patient(restricted=True), "the patient's record is restricted"),
    (subject(sex=Sex.MALE), patient(sex=Sex.FEMALE), "the sex differs"),
    (subject(Role.PERPETRATOR, births=(), age=42), patient(), "the date of birth is not certain"),
    (subject(Role.PERPETRATOR, family="Tordoff"), patient(), "the family name is not certain"),
    (subject(Role.PERPETRATOR, line="", postcode=None), patient(), "nothing beside name and date of birth agrees"),
    (MIDDLE_AND_A_SLIP, WITH_MIDDLE, "the date of birth does not agree closely enough for a perpetrator"),
]


@pytest.mark.parametrize(("ours", "theirs", "word"), GUARDS, ids=[word for _, _, word in GUARDS])
def test_every_guard_says_itself(ours: Subject, theirs: Patient, word: str) -> None:
    assert word in why(decide_one(ours, theirs))


def test_who_fits_less_well_and_yet_too_well_is_named_as_what_they_may_be() -> None:
    rosaline, viola = (patient(n, given=g, nhs_number=None) for n, g in (("1", "Rosaline"), ("2", "Viola")))
    few = NameShares(12, {("g", "rosaline"): 1})  # in a small index no name is rare
    (decision,) = decide([case("1", subject(given="Rosaline"))], [rosaline, viola], few)
    assert why(decision) == (
        "a patient born the same day in the same home or family, perhaps a twin, cannot be ruled out",
    )
    (alone,) = decide([case("1", subject(given="Rosaline"))], [rosaline], few)
    assert isinstance(alone, Matched)


def test_that_too_little_agrees_is_said_only_where_nothing_else_is() -> None:
    assert why(decide_one(subject(line="", postcode=None), patient())) == (
        "nothing beside name and date of birth agrees",
    )


CHILD = date(2017, 5, 6)
ROSE = dataclasses.replace(patient(birth=CHILD, sex=Sex.FEMALE), middle="Rosamund")


def test_an_adults_middle_name_may_stand_for_the_given_one_where_all_else_agrees() -> None:
    grown = dataclasses.replace(ROSE, birth=patient().birth)
    as_perpetrator = subject(Role.PERPETRATOR, given="Rosamund", sex=Sex.FEMALE)
    assert isinstance(decide_one(as_perpetrator, grown), Matched)
    young = dataclasses.replace(as_perpetrator, births=(CHILD,))
    elsewhere = dataclasses.replace(as_perpetrator, addresses=())
    for doubtful, theirs in ((young, ROSE), (elsewhere, grown)):
        assert "the given name is not certain" in why(decide_one(doubtful, theirs))


def test_a_misspelt_family_name_and_an_age_act_at_home_alone() -> None:
    ours = subject(family="Zztestre", births=(), age=42)
    assert isinstance(decide_one(ours, patient()), Matched)
    away = dataclasses.replace(ours, addresses=())
    for doubtful in (away, dataclasses.replace(ours, role=Role.PERPETRATOR)):
        assert "the date of birth is not certain" in why(decide_one(doubtful, patient()))


@pytest.mark.parametrize(("age", "acts"), [(15, True), (14, False), (16, False)])
def test_a_childs_age_has_to_agree(age: int, acts: bool) -> None:
    """A brother or sister who is called the same may be a year younger; they live in the same home."""
    decision = decide_one(subject(births=(), age=age), dataclasses.replace(patient(), birth=TEEN))
    assert isinstance(decision, Matched) is acts
    if not acts:
        assert "the date of birth is not certain" in why(decision)


def test_a_middle_name_is_no_third_fact_beside_a_date_of_birth_that_differs() -> None:
    theirs = dataclasses.replace(patient(), middle="Wendy")
    ours = subject(given="Quillon Wendy", line="", postcode=None)
    assert isinstance(decide_one(ours, theirs), Matched)
    for slip in (date(1984, 3, 22), date(1984, 2, 3)):  # a digit; day and month swapped
        wrong = dataclasses.replace(ours, births=(slip,))
        assert "nothing beside name and date of birth agrees" in why(decide_one(wrong, theirs))


@pytest.mark.parametrize(
    ("ours", "theirs", "acts"), [("Linh", "Ling", False), ("Wendey", "Wendie", False), ("Catherine", "Katherine", True)]
)
def test_a_middle_name_is_a_third_fact_only_without_a_slip(ours: str, theirs: str, acts: bool) -> None:
    decision = decide_one(
        subject(given=f"Quillon {ours}", line="", postcode=None), dataclasses.replace(patient(), middle=theirs)
    )
    assert isinstance(decision, Matched) is acts
    assert acts or "nothing beside name and date of birth agrees" in why(decision)


@pytest.mark.parametrize(("written", "acts"), [("9990000017", True), ("9990000081", True), ("9990000026", False)])
def test_an_nhs_number_with_one_slip_is_a_third_fact_unless_it_is_a_number_in_its_own_right(
    written: str, acts: bool
) -> None:
    decision = decide_one(subject(line="", postcode=None, nhs_number=written), patient())
    assert isinstance(decision, Matched) == acts


@pytest.mark.parametrize(("telephone", "acts"), [("07700 900123", True), ("01632 960001", False)])
def test_a_perpetrators_initial_acts_where_home_and_mobile_telephone_agree(telephone: str, acts: bool) -> None:
    ours = subject(Role.PERPETRATOR, given="Q", phones=(telephone,))
    assert isinstance(decide_one(ours, dataclasses.replace(patient(), phone=telephone)), Matched) == acts


@pytest.mark.parametrize(("line", "postcode"), [("12 Nowhere St", None), ("12 Nowhere St", "ZZ99 3VX")])
def test_house_and_street_are_a_third_fact_without_their_postcode(line: str, postcode: str | None) -> None:
    assert isinstance(decide_one(subject(line=line, postcode=postcode), patient()), Matched)


def test_a_woman_who_married_is_found_where_all_else_agrees() -> None:
    assert isinstance(decide_one(subject(family="Tordoff"), patient()), Matched)


def test_a_number_that_is_somebody_elses_goes_to_a_person_with_both() -> None:
    other = patient("1002", "UMPLEBY", "Wendy", birth=date(1960, 5, 5), nhs_number="9998765404", line="1 Far Away")
    decision = decide_one(subject(nhs_number="9998765404"), patient(nhs_number=None), other)
    assert [said for said in why(decision) if "belongs to" in said] == [
        "the NHS number given belongs to a patient whose name and date of birth say otherwise"
    ]


def test_twins_are_told_apart_by_the_given_name_or_not_at_all() -> None:
    twins = [patient("1", given="Quillon", nhs_number=None), patient("2", given="Quentin", nhs_number=None)]
    told = decide_one(subject(given="Quentin"), *twins)
    assert isinstance(told, Matched) and told.best.patient == "2"
    untold = decide_one(subject(given="Q"), *twins)
    assert isinstance(untold, NeedsReview) and {c.patient for c in untold.candidates} == {"1", "2"}


def test_an_absent_twin_is_not_the_present_one() -> None:
    assert not isinstance(decide_one(subject(given="Wendy"), patient(given="Quillon")), Matched)
    assert not isinstance(decide_one(subject(given="Mohammed Ibrahim"), patient(given="Muhammad")), Matched)


def test_father_and_son_of_one_name() -> None:
    father = patient("1", birth=date(1958, 7, 9), nhs_number=None)
    decision = decide_one(subject(), father)
    assert not isinstance(decision, Matched)
    both = decide_one(subject(), father, patient("2", nhs_number=None))
    assert isinstance(both, Matched) and both.best.patient == "2"


def test_a_namesake_elsewhere_goes_to_a_person() -> None:
    namesakes = [
        patient("1", nhs_number=None),
        patient("2", nhs_number="9998765404", line="9 Far Road", postcode="ZZ11 1AA"),
    ]
    decision = decide_one(subject(line="", postcode=None), *namesakes)
    assert "a namesake fits almost as well" in why(decision)


def test_who_is_not_shown_for_want_of_room_is_spoken_of() -> None:
    equals = [patient(str(n), nhs_number=None, line=f"{n} Far Road", postcode=f"ZZ1{n} 1AA") for n in range(10, 22)]
    decision = decide_one(subject(line="", postcode=None), *equals)
    assert isinstance(decision, NeedsReview) and len(decision.candidates) == 10
    assert MORE_THAN_SHOWN in why(decision)
    assert MORE_THAN_SHOWN not in why(decide_one(subject(line="", postcode=None), *equals[:10]))


def test_two_registrations_of_one_person_are_offered_together() -> None:
    decision = decide_one(subject(), patient("1"), patient("2", nhs_number=None, given="Quilon"))
    assert "the patient seems to be registered twice" in why(decision)
    assert isinstance(decision, NeedsReview) and {c.patient for c in decision.candidates} == {"1", "2"}
    assert {c.grade for c in decision.candidates} == {MatchGrade.PROBABLE}  # neither makes the other less likely


def test_two_people_of_a_case_never_take_one_record() -> None:
    decisions = decide([case("1", subject(), subject(Role.PERPETRATOR))], [patient()])
    for decision in decisions:
        assert "another person on the list may be the same patient" in why(decision)


def test_one_person_may_stand_in_two_cases() -> None:
    decisions = decide([case("1", subject()), case("2", subject(Role.PERPETRATOR))], [patient()])
    assert [type(d) for d in decisions] == [Matched, Matched]


def test_two_people_of_two_cases_never_take_one_record() -> None:
    """Of one name and birth are two as well who give another sex or NHS number, or a 1 January and another home."""
    new_year = date(1984, 1, 1)
    known = dataclasses.replace(patient(birth=new_year), phone="01632 960001")
    here, there = ({"births": (new_year,), "sex": sex} for sex in (Sex.MALE, Sex.FEMALE))
    elsewhere = {"births": (new_year,), "line": "", "postcode": None, "phones": ("01632 960001",)}
    for one, other in ((here, there), (here, elsewhere), ({"nhs_number": "9990000018"}, {"nhs_number": "9998765404"})):
        cases = [case("1", subject(**one)), case("2", subject(Role.PERPETRATOR, **other))]
        decisions = decide(cases, [known if "births" in one else patient(nhs_number=None)])
        assert not all(isinstance(decision, Matched) for decision in decisions)
    both = [case(ref, subject(births=(new_year,))) for ref in ("1", "2")]
    assert [type(d) for d in decide(both, [known])] == [Matched, Matched]


def test_a_record_that_is_taken_is_not_offered_to_a_sibling() -> None:
    absent = subject(Role.CHILD, given="Quentin", births=(date(2015, 4, 4),))
    victim, child = decide([case("1", subject(), absent)], [patient()])
    assert isinstance(victim, Matched) and isinstance(child, NoMatch)


def test_a_claim_that_nobody_would_be_shown_stops_nobody() -> None:
    married = subject(family="TORDOFF", line="", postcode=None)
    child = subject(Role.CHILD, given="Peregrine", births=(date(2015, 4, 4),), phones=("01632 960001",))
    home = dataclasses.replace(patient(), phone="01632 960001")
    of_child = patient("2", given="Peregrine", birth=date(2015, 4, 4), nhs_number=None)
    decisions = decide([case("1", married, child)], [home, of_child])
    assert [d.best.patient for d in decisions if isinstance(d, Matched)] == ["1001", "2"]


def test_living_with_somebody_of_the_same_case_is_a_third_fact() -> None:
    home = {"line": "12 Nowhere Street", "postcode": "ZZ99 3VZ"}
    child = patient("2", given="Wendy", birth=date(2015, 4, 4), nhs_number=None, **home)  # type: ignore[arg-type]
    says_no_address = subject(line="", postcode=None)
    wendy = subject(Role.CHILD, given="Wendy", births=(date(2015, 4, 4),))
    assert isinstance(decide_one(says_no_address, patient()), NeedsReview)
    decisions = decide([case("1", says_no_address, wendy)], [patient(), child])
    assert [type(d) for d in decisions] == [Matched, Matched]
    best = decisions[0]
    assert isinstance(best, Matched)
    assert "household: lives with another person of the same case" in best.best.reasons


@pytest.mark.parametrize(
    ("elsewhere", "acts"),
    [
        (patient(postcode="ZZ99 3WZ"), False),
        (dataclasses.replace(patient(postcode="ZZ99 3WZ"), phone="01632 960001"), True),
        (dataclasses.replace(patient(), addresses=(Address("1 New Road", "ZZ99 3WZ"), Address("", "ZZ99 3VZ"))), True),
    ],
    ids=["another home", "their telephone", "their home once"],
)
def test_having_lived_with_somebody_of_the_same_case_is_a_third_fact(elsewhere: Patient, acts: bool) -> None:
    child = dataclasses.replace(
        patient("2", given="Wendy", birth=date(2015, 4, 4), nhs_number=None), phone="01632 960001"
    )
    wendy = subject(Role.CHILD, given="Wendy", births=(date(2015, 4, 4),))
    decision = decide([case("1", subject(line="", postcode=None), wendy)], [elsewhere, child])[0]
    assert isinstance(decision, Matched) == acts
    told = "household: once lived with another person of the same case, or has their telephone"
    assert not isinstance(decision, Matched) or told in decision.best.reasons
    for birth in (date(1984, 3, 3), date(1985, 3, 2)):  # it tells too little of a neighbour's namesake
        nearly = subject(births=(birth,), line="", postcode=None)
        assert isinstance(decide([case("1", nearly, wendy)], [elsewhere, child])[0], NeedsReview)


def test_where_somebody_of_the_case_lives_makes_nobody_of_a_stranger() -> None:
    other_name = patient("2", family="UMPLEBY", given="Wendy", birth=date(2015, 4, 4), nhs_number=None)
    child = subject(Role.CHILD, given="Mary", births=(date(2015, 4, 4),), line="", postcode=None)
    ours = subject(line="", postcode=None, nhs_number="9990000018")
    decisions = decide([case("1", ours, child)], [patient(), other_name])
    assert [type(d) for d in decisions] == [Matched, NoMatch]


TWINS = [patient("1", nhs_number=None), patient("2", given="Wendy", nhs_number=None)]
ALL_THAT_IS_SAID = subject(line="", postcode=None)


def households(decision: MatchDecision) -> dict[str, bool]:
    """Which of the patients shown live with somebody of the case."""
    assert isinstance(decision, NeedsReview)
    return {c.patient: any(reason.startswith("household") for reason in c.reasons) for c in decision.candidates}


@pytest.mark.parametrize(
    "other",
    [
        subject(Role.PERPETRATOR, "NOBODY", "Xerxes", births=(date(1979, 2, 1),), line="100 Far Road"),
        subject(Role.PERPETRATOR, line="", postcode=None),
        subject(Role.CHILD, given="Quilon", line="", postcode=None),
    ],
    ids=["who is not in the index", "said again in another role", "almost the same"],
)
def test_nobody_lives_with_another_candidate_for_themselves(other: Subject) -> None:
    decision = decide([case("1", ALL_THAT_IS_SAID, other)], TWINS)[0]
    assert households(decision) == {"1": False, "2": False}
    assert isinstance(decision, NeedsReview) and decision.candidates[0].patient == "1"


def test_twins_of_one_case_live_with_each_other() -> None:
    twin = dataclasses.replace(ALL_THAT_IS_SAID, names=(PersonName("ZZTESTER", "Wendy"),))
    decisions = decide([case("1", ALL_THAT_IS_SAID, twin)], TWINS)
    assert [d.best.patient for d in decisions if isinstance(d, Matched)] == ["1", "2"]


def test_common_names_are_worth_less() -> None:
    common = NameShares(1_000_000, {("f", "zztester"): 30_000, ("g", "quillon"): 40_000})
    rare, usual = (decide([case("1", subject())], [patient()], shares)[0] for shares in (SHARES, common))
    assert isinstance(rare, Matched) and isinstance(usual, Matched)
    assert rare.best.score > usual.best.score + 15


def test_a_stranger_is_no_match() -> None:
    assert isinstance(
        decide_one(subject(family="UMPLEBY", given="Wendy", births=(date(1960, 5, 5),)), patient()), NoMatch
    )


def test_candidates_come_best_first_with_grades() -> None:
    namesake = patient("2", birth=date(1984, 9, 2), nhs_number=None, line="", postcode=None)
    decision = decide_one(subject(line="", postcode=None), namesake, patient("1"))
    assert isinstance(decision, NeedsReview)
    assert [c.patient for c in decision.candidates] == ["1", "2"]
    assert decision.candidates[0].score > decision.candidates[1].score
    assert decision.candidates[0].grade.value == "probable"


def test_a_name_sought_by_alias_and_two_births() -> None:
    ours = subject(
        family="Verity", aka=(PersonName("ZZTESTER", "Quillon"),), births=(date(1984, 2, 3), date(1984, 3, 2))
    )
    assert isinstance(decide_one(ours, patient()), Matched)
    decision = decide_one(dataclasses.replace(ours, births=(date(1970, 1, 9), date(1984, 3, 2))), patient())
    assert isinstance(decision, NeedsReview) and decision.candidates[0].patient == "1001"


@pytest.mark.parametrize(
    "ours",
    [
        subject(given="Peregrine", births=(date(1951, 9, 30),), line="", postcode=None, nhs_number="9990000018"),
        subject(family="ZZOTHERWISE", given="Peregrine", births=(), age=71, nhs_number="9990000018"),
    ],
)
def test_whose_nhs_number_is_given_is_shown_to_a_person_whatever_else_differs(ours: Subject) -> None:
    decision = decide_one(ours, patient(line="9 Elsewhere", postcode="QX1 2AB"))
    assert "the NHS number given belongs to a patient whose name and date of birth say otherwise" in why(decision)
    assert isinstance(decision, NeedsReview)
    assert [c.patient for c in decision.candidates] == ["1001"]
