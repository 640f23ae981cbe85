"""What comes of comparing two people, field by field."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from builders import patient, subject
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.domain.people import Address, Patient, PersonName, Subject
from integration.matching.comparison import Comparison, compare
from integration.matching.keys import lookup_of
from integration.matching.parameters import shipped_parameters
from integration.matching.people import Known, Sought
from integration.matching.places import OUTCOMES
from integration.matching.reasons import reason
from integration.matching.rows import patient_of, prepared
from integration.matching.spelling import house, phone, place, words

TODAY = date(2026, 11, 22)


def compared(ours: Subject, theirs: Patient) -> Comparison:
    return compare(Sought.from_subject(ours, TODAY), Known.from_patient(theirs, 1))


@pytest.mark.parametrize(
    ("ours", "theirs", "level"),
    [
        ("Quillon", "QUILLON", "exact"),
        ("Muhammad", "Mohammed", "spelling"),
        ("Kasia", "Katarzyna", "short"),
        ("Bill", "William", "short"),
        ("Zoë", "Zoe", "exact"),
        ("Quilon", "Quillon", "typo"),
        ("Q", "Quillon", "initial"),
        ("Wm", "William", "initial"),
        ("Jo", "James", "different"),
        ("Wm", "Quillon", "different"),
        ("Adeel", "Mohammed Adeel", "part"),
        ("Mohammed", "Mohammed Adeel", "first"),
        ("Mohammed Adeel", "Adeel", "part"),
        ("Oisin Patrick", "Patrick", "first"),
        ("Mohammed Bilal", "Mohammed Adeel", "different"),
        ("Mohammed Adil", "Mohammad Adeel", "slips"),
        ("Anne-Marie", "Annemarie", "exact"),
        ("Wendy", "Quillon", "different"),
        ("", "Quillon", "missing"),
    ],
)
def test_given_names(ours: str, theirs: str, level: str) -> None:
    assert compared(subject(given=ours), patient(given=theirs)).given.level == level


@pytest.mark.parametrize(
    ("ours", "theirs", "level"),
    [
        ("O'Sullivan", "O SULLIVAN", "exact"),
        ("MacCarthy", "McCarthy", "spelling"),
        ("Umpleby", "Umpleby-Verity", "part"),
        ("Verity-Umpleby", "Verity", "part"),
        ("Umplebey", "Umpleby", "typo"),
        ("Wójcik", "Wojcik", "exact"),
        ("Umpleby", "Tordoff", "different"),
        ("Belle", "Bell", "typo"),
        ("Bob", "Robert", "close"),
    ],
)
def test_family_names(ours: str, theirs: str, level: str) -> None:
    assert compared(subject(family=ours), patient(family=theirs)).family.level == level


def test_a_former_name_agrees_as_an_alias() -> None:
    married = dataclasses.replace(patient(family="Umpleby"), other_names=(PersonName("Tordoff"),))
    assert compared(subject(family="Tordoff"), married).family.level == "alias"
    known_as = subject(family="Verity", aka=(PersonName("Umpleby"),))
    assert compared(known_as, married).family.level == "alias"
    read_as_a_forename = subject(family="VERITY", aka=(PersonName("VERITY", "Umpleby"),))
    assert compared(read_as_a_forename, married).family.level == "alias"


def test_names_the_wrong_way_round() -> None:
    found = compared(subject(family="Quillon", given="ZZTESTER"), patient())
    assert (found.given.level, found.family.level, found.swapped) == ("exact", "exact", True)


@pytest.mark.parametrize(
    ("given", "family", "alias", "levels"),
    [
        ("Langsett", "Quillon", "ZZTESTER", ("exact", "alias")),
        ("ZZTESTER", "Langsett", "Quillon", ("exact", "exact")),
        ("Langsett", "ZZTESTER", "Quillon", ("exact", "alias")),
        ("Quillon", "Langsett", "ZZTESTER", ("exact", "alias")),
        ("Langsett", "Quillon", "Tordoff", ("exact", "different")),
    ],
)
def test_beside_an_alias_any_name_may_be_the_given_one(
    given: str, family: str, alias: str, levels: tuple[str, str]
) -> None:
    found = compared(subject(given=given, family=family, aka=(PersonName(alias),)), patient())
    assert (found.given.level, found.family.level) == levels
    assert found.swapped is (given != "Quillon")


def test_two_whole_names_the_wrong_way_round_go_before_a_word_that_they_share() -> None:
    ali = patient(given="Mohammed Zain", family="Ali")
    found = compared(subject(given="Ali Mohammed", family="Mohammed Zain"), ali)
    assert (found.given.level, found.family.level, found.swapped) == ("exact", "exact", True)
    found = compared(subject(given="Mohammed", family="Zain"), ali)
    assert (found.given.level, found.swapped) == ("first", False)


def test_names_the_wrong_way_round_may_be_recorded_by_a_family_name_of_the_case() -> None:
    people = [subject(given="Langsett", family="Quillon"), subject(given="Wendy", family="Tordoff")]
    found = compare(Sought.of_case(people, TODAY)[0], Known.from_patient(patient(family="Tordoff"), 1))
    assert (found.given.level, found.family.level, found.swapped) == ("exact", "case", True)


def test_middle_names() -> None:
    with_middle = dataclasses.replace(patient(), middle="Jane")
    assert compared(subject(given="Quillon Jane"), with_middle).middle.level == "exact"
    assert compared(subject(given="Quillon J"), with_middle).middle.level == "initial"
    assert compared(subject(given="Quillon Zoe"), with_middle).middle.level == "different"
    assert compared(subject(), with_middle).middle.level == "missing"
    assert compared(subject(given="Jane"), with_middle).given.level == "middle"


@pytest.mark.parametrize(
    ("ours", "level"),
    [
        (date(1984, 3, 2), "exact"),
        (date(1984, 2, 3), "swapped"),
        (date(1985, 3, 2), "year"),
        (date(1985, 2, 3), "two"),
        (date(1994, 3, 1), "two"),
        (date(1991, 2, 3), "different"),
        (date(1974, 3, 2), "year"),
        (date(1984, 3, 22), "digit"),
        (date(1984, 3, 1), "beside"),
        (date(1984, 2, 29), "different"),
        (date(1984, 9, 14), "different"),
        (date(1984, 3, 19), "parts"),
    ],
)
def test_dates_of_birth(ours: date, level: str) -> None:
    assert compared(subject(births=(ours,)), patient()).birth == level
    assert compared(subject(births=(date(1901, 11, 11), ours)), patient()).birth == level


def test_the_first_of_january_is_worth_less() -> None:
    assert compared(subject(births=(date(1984, 1, 1),)), patient(birth=date(1984, 1, 1))).birth == "january"


def test_the_day_before_or_after_says_more_than_another_digit() -> None:
    bits = shipped_parameters().bits["birth"]
    assert bits["swapped"] > bits["beside"] > bits["digit"] > bits["parts"]


@pytest.mark.parametrize(("age", "level"), [(42, "age"), (41, "age_near"), (43, "age_near"), (39, "different")])
def test_ages(age: int, level: str) -> None:
    assert compared(subject(births=(), age=age), patient()).birth == level


@pytest.mark.parametrize(
    ("line", "postcode", "level"),
    [
        ("12 Nowhere St", "zz993vz", "place"),
        ("Flat 12, Nowhere Street", "ZZ99 3VZ", "place"),
        ("14 Nowhere Street", "ZZ99 3VZ", "neighbour"),
        ("Nowhere Street", "ZZ99 3VZ", "crowd"),
        ("1 Old Road", "ZZ99 3WZ", "previous"),
        ("12 nowhere street", None, "line"),
        ("12 Nowere St", None, "line"),
        ("14 Nowhere Street", None, "missing"),
        ("12 Elsewhere Street", None, "missing"),
        ("12 Nowhere Street", "ZZ99 3VX", "slip"),
        ("Nowhere Street", "ZZ99 3VX", "street"),
        ("12 Elsewhere Street", "ZZ99 3VX", "near"),
        ("12 Nowhere Street", "ZZ11 4AA", "neither"),
        ("", "ZZ99 3VX", "near"),
        ("", "ZZ99 3AA", "sector"),
        ("", "ZZ11 4AA", "neither"),
        ("", None, "missing"),
    ],
)
def test_addresses(line: str, postcode: str | None, level: str) -> None:
    moved = dataclasses.replace(patient(), addresses=(*patient().addresses, Address("", "ZZ99 3WZ")))
    assert compared(subject(line=line, postcode=postcode), moved).address == level


def test_an_address_differs_more_from_somebody_whose_moves_are_known() -> None:
    elsewhere = subject(postcode="ZZ11 4AA")
    moved = dataclasses.replace(patient(), addresses=(*patient().addresses, Address("", "ZZ99 3WZ")))
    assert [compared(elsewhere, theirs).address for theirs in (patient(), moved)] == ["different", "neither"]
    bits = shipped_parameters().bits["address"]
    assert bits["neither"] < bits["different"] < 0


def test_a_family_name_differs_more_where_several_are_known() -> None:
    married = dataclasses.replace(patient(), other_names=(PersonName("Verity"),))
    also = subject(family="Tordoff", aka=(PersonName("Umpleby"),))
    assert compared(subject(family="Tordoff"), patient()).family.level == "different"
    assert compared(subject(family="Tordoff"), married).family.level == "none"
    assert compared(also, patient()).family.level == "none"
    bits = shipped_parameters().bits["family"]
    assert bits["none"] < bits["different"] < 0


@pytest.mark.parametrize(
    ("ours", "beside", "theirs", "level"),
    [
        ("Tordoff", ["Umpleby"], "Umpleby", "case"),
        ("Tordoff", ["Verity", "Umplebey"], "Umpleby", "case"),
        ("Tordoff", ["Umpleby"], "Verity-Umpleby", "case"),
        ("Tordoff", ["Tordoff", "Verity"], "Umpleby", "nobody"),
        ("Tordoff", ["Tordoff"], "Umpleby", "nobody"),
        ("Tordoff", [""], "Umpleby", "different"),
        ("Umpleby", ["Verity"], "Umpleby", "exact"),
        ("Tordoff", [f"Z{letter}rity" for letter in "abcdefgh"] + ["Umpleby"], "Umpleby", "different"),
    ],
)
def test_whose_family_name_differs_may_be_recorded_by_that_of_another_of_the_case(
    ours: str, beside: list[str], theirs: str, level: str
) -> None:
    people = [subject(family=ours), *[subject(family=name, given="Wendy") for name in beside]]
    sought = Sought.of_case(people, TODAY)[0]
    assert compare(sought, Known.from_patient(patient(family=theirs), 1)).family.level == level


def test_a_former_name_of_a_patient_may_be_the_one_of_the_case() -> None:
    married = dataclasses.replace(patient(family="Verity"), other_names=(PersonName("Umpleby"),))
    sought = Sought.of_case([subject(family="Tordoff"), subject(family="Umpleby")], TODAY)[0]
    assert compare(sought, Known.from_patient(married, 1)).family.level == "case"


def test_names_the_wrong_way_round_go_before_those_of_the_case() -> None:
    swapped = [subject(family="Quillon", given="Tordoff"), subject(family="Umpleby")]
    sought = Sought.of_case(swapped, TODAY)[0]
    assert compare(sought, Known.from_patient(patient(family="Tordoff"), 1)).swapped


def test_a_given_name_said_twice_is_no_middle_name() -> None:
    theirs = dataclasses.replace(patient(), middle="Quillon")
    assert compared(subject(given="Quillon Quillon"), theirs).middle.level == "missing"
    assert compared(subject(given="Quillon Wendy"), dataclasses.replace(theirs, middle="Wendy")).middle.level == "exact"


@pytest.mark.parametrize(
    ("line", "postcode", "level"),
    [
        ("12 Nowhere Street, Little Testing", "ZZ11 4AA", "line"),
        ("12 Little Testing, Nowherestreet", "ZZ11 4AA", "line"),
        ("Nowhere St, Litle Testing", "ZZ11 4AA", "street"),
        ("14 Nowhere Street, Little Testing", None, "street"),
        ("12 Nowhere Street", "ZZ11 4AA", "different"),
        ("12 Nowhere Street, Great Elsewhere", "ZZ11 4AA", "different"),
    ],
)
def test_a_line_with_its_town_says_something_without_the_postcode(line: str, postcode: str | None, level: str) -> None:
    theirs = dataclasses.replace(patient(), addresses=(Address("12 Nowhere Street, Little Testing", "ZZ99 3VZ"),))
    assert compared(subject(line=line, postcode=postcode), theirs).address == level


def test_every_outcome_of_an_address_has_its_weight_and_its_words() -> None:
    weights = shipped_parameters().bits["address"]
    assert set(weights) == set(OUTCOMES)
    assert all(reason("address", outcome) for outcome in OUTCOMES if outcome != "missing")


def test_nhs_numbers() -> None:
    assert compared(subject(nhs_number="999 000 0018"), patient()).nhs_number == "same"
    assert compared(subject(nhs_number="9990000081"), patient()).nhs_number == "slip"
    assert compared(subject(nhs_number="9990000026"), patient()).nhs_number == "near"  # a number in its own right
    assert compared(subject(nhs_number="9998765404"), patient()).nhs_number == "different"
    assert compared(subject(nhs_number="12"), patient()).nhs_number == "missing"
    assert compared(subject(nhs_number="9999999999"), patient(nhs_number="9999999999")).nhs_number == "missing"
    assert compared(subject(nhs_number="9990000018"), patient(nhs_number=None)).nhs_number == "missing"


def test_telephones_in_any_form() -> None:
    for written in ("+44 7700 900123", "+44 (0)7700 900123", "0044 7700 900123", "447700900123", "07700-900-123"):
        assert phone(written) == "07700900123"
    theirs = dataclasses.replace(patient(), phone="07700 900123")
    assert compared(subject(phones=("+447700900123",)), theirs).phone == "same"


def test_a_telephone_cell_of_several_numbers_gives_the_first_and_one_of_too_many_digits_none() -> None:
    for written in (
        "07700 900123 / 01632 960001",
        "+44 7700 900123 or 07700 900124",
        "07700900123 ext 45",
        "٠٧٧٠٠٩٠٠١٢٣",
    ):
        assert phone(written) == "07700900123"
    for written in ("1" * 300, "+" + "9" * 40, "²²²²²²²²²²²", "12345"):
        assert phone(written) == ""


@pytest.mark.parametrize("written", ["07000000000", "00000 000000", "07777 777777", "01234 567890", "+44 7123 456789"])
def test_a_telephone_number_that_is_written_where_there_is_none_ties_nobody(written: str) -> None:
    assert phone(written) == ""


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@settings(max_examples=200, deadline=None)
@given(TEXT, TEXT, TEXT, st.integers(-5, 200))
def test_nothing_that_a_list_says_breaks_it(one: str, other: str, code: str, age: int) -> None:
    name = PersonName(one.strip() or "a", other)
    ours = Subject(subject().role, (name,), (), age, None, code, (Address(other, code),), (code,))
    theirs = Patient(
        "1",
        name=PersonName(other.strip() or "b", one),
        middle=one,
        other_names=(name,),
        birth=date(1984, 3, 2),
        addresses=(Address(one, code or None), Address()),
        phone=code or None,
        open_services=(one or "c", code),
    )
    compare(Sought.from_subject(ours, TODAY), Known.from_patient(theirs, 1))
    lookup_of(Sought.from_subject(ours, TODAY))
    row = prepared(theirs).row
    found = patient_of((1, *row[:3], row[5]))
    if not {"\x1e", "\x1f"} & set(one + other + code):
        assert found == theirs


def test_what_brothers_share_is_no_name_to_ask_for_where_more_is_known() -> None:
    def asked(given: str) -> set[int]:
        return set(lookup_of(Sought.from_subject(subject(given=given), TODAY)).names)

    assert asked("Mohammed Zain") == asked("Zain") and asked("Mohammed") and asked("Mohammed Z") == asked("Mohammed")


@given(st.sampled_from(["Quillon", "Mohammed", "Siobhán", "Anne-Marie", "O'Neill"]))
def test_folding_twice_changes_nothing(name: str) -> None:
    assert words(" ".join(words(name))) == words(name)


@given(st.text("abcMaOz", max_size=6) | st.sampled_from(["Mac", "O", "VAN", "Å"]))
def test_a_name_of_one_word_is_folded_as_among_blanks(name: str) -> None:
    assert words(name) == words(f" {name} ")


@given(st.text("ab1² ,/-", max_size=12))
def test_the_numbers_of_a_house_are_its_lines_words_with_a_digit(line: str) -> None:
    assert house(line).split() == [word for word in place(line) if any(letter.isdigit() for letter in word)]
