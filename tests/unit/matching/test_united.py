"""Several rows of one record become one patient; where they may tell of two people, it never acts alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from builders import patient, subject
from deciding import decide_one

from integration.domain.matching import Matched, NeedsReview
from integration.domain.people import Address, Patient, PersonName, Sex
from integration.matching.rows import known_of, patient_of, prepared
from integration.matching.united import contradictions, of_several_rows, united

MOVED = replace(patient(line="9 New Road", postcode="ZZ99 4AA"), phone="01632960123", open_services=("CAMHS",))
MARRIED = patient(family="ZZWEDDED", nhs_number=None)
OTHERS = {
    "date of birth": patient(birth=date(1985, 3, 2)),
    "NHS number": patient(nhs_number="9990000026"),
    "given name": patient(given="Wendy"),
    "family name, birth unknown": patient(family="ZZOTHER", birth=None, nhs_number=None),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_rows_that_may_tell_of_two_people_contradict_each_other(other: Patient) -> None:
    assert contradictions(patient(), other) and contradictions(other, patient())
    for rows in ((patient(), other), (other, patient(), patient()), (patient(), other, patient())):
        assert of_several_rows(rows).disputed


@pytest.mark.parametrize("other", [patient(), MOVED, MARRIED, patient(given="Quillon Jane"), patient(given="")])
def test_rows_that_say_more_of_one_person_do_not(other: Patient) -> None:
    assert not contradictions(patient(), other) and not contradictions(other, patient())
    assert not of_several_rows([patient(), other]).disputed


def test_the_facts_in_which_they_differ_are_named() -> None:
    twin = patient(given="Wendy", nhs_number="9990000026")
    assert contradictions(patient(), twin) == ["NHS number", "given name"]


def test_sex_counts_only_where_both_say_it() -> None:
    assert contradictions(patient(sex=Sex.MALE), patient(sex=Sex.FEMALE))
    assert not contradictions(patient(sex=Sex.MALE), patient())


def test_the_last_row_says_what_holds_today_and_the_others_add_to_it() -> None:
    whole = of_several_rows([patient(restricted=True), MARRIED, MOVED])
    assert whole.addresses == (*MOVED.addresses, Address("12 Nowhere Street", "ZZ99 3VZ"))
    assert whole.other_names == (PersonName("ZZWEDDED", "Quillon"),)
    assert (whole.phone, whole.open_services, whole.restricted) == ("01632960123", ("CAMHS",), True)


def test_a_disputed_record_is_found_by_the_names_of_all_its_rows_and_acts_alone_by_none() -> None:
    disputed = of_several_rows([patient(), OTHERS["given name"]])
    for ours in (subject(), subject(given="Wendy")):
        decision = decide_one(ours, disputed)
        assert isinstance(decision, NeedsReview)
        assert decision.why == ("the extract gives the patient's record in several rows that contradict each other",)
    assert isinstance(decide_one(subject(), patient()), Matched)


@pytest.mark.parametrize("fact", ["date of birth", "NHS number"])
def test_a_disputed_record_fits_by_every_birth_and_number_of_its_rows_and_says_so(fact: str) -> None:
    disputed = of_several_rows([OTHERS[fact], patient()])
    assert (disputed.birth, disputed.nhs_number) == (patient().birth, patient().nhs_number)
    for theirs in (OTHERS[fact], patient()):
        ours = subject(births=(theirs.birth,) if theirs.birth else (), nhs_number=theirs.nhs_number)
        decision = decide_one(ours, disputed)
        assert isinstance(decision, NeedsReview)
        assert f"{fact}: agrees (the record gives several)" in decision.candidates[0].reasons
        assert decision.why == ("the extract gives the patient's record in several rows that contradict each other",)


def test_what_a_merged_record_gave_finds_the_survivor_and_acts_by_what_it_says_today_alone() -> None:
    merged = united(patient(), patient("2", birth=date(1985, 9, 17), nhs_number="9990000026"))
    assert (merged.other_births, merged.other_numbers, merged.disputed) == (
        (date(1985, 9, 17),),
        ("9990000026",),
        False,
    )
    assert isinstance(decide_one(subject(nhs_number="9990000018"), merged), Matched)
    for ours in (subject(births=(date(1985, 9, 17),)), subject(nhs_number="9990000026")):
        decision = decide_one(ours, merged)
        assert isinstance(decision, NeedsReview) and "a record that was merged into" in decision.why[0]
        assert len(decision.why) == 1


def test_a_number_under_which_many_are_loaded_gives_no_record_hundreds_of_births() -> None:
    rows = [patient(birth=date(1950 + n, 1, 2), nhs_number=None) for n in range(50)]
    assert len(of_several_rows(rows).other_births) == 12


@pytest.mark.parametrize("beside", [(), (date(1985, 3, 2), date(1901, 1, 1))])
@pytest.mark.parametrize("disputed", [True, False])
def test_the_index_keeps_that_a_record_is_disputed(disputed: bool, beside: tuple[date, ...]) -> None:
    numbers = ("9990000026",) if beside else ()
    one = replace(patient(), disputed=disputed, fhir_id="f-1", other_births=beside, other_numbers=numbers)
    made = prepared(one)
    row = (7, *made.row[:3], made.row[5])
    assert patient_of(row) == one and known_of(row).disputed is disputed
    assert prepared(patient_of(row)) == made
    hostile = replace(one, middle="J\x1fane")
    assert patient_of((7, *prepared(hostile).row[:3], prepared(hostile).row[5])) == replace(one, middle="J ane")
