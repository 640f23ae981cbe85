"""Which outcome of a comparison is enough to act, field by field: the tables that the guards rest on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from builders import case, patient, subject
from deciding import decide, decide_one

from integration.domain.matching import MatchDecision, Matched, NeedsReview
from integration.domain.people import Address, Patient, PersonName, Role, Sex, Subject
from integration.matching.as_listed import ALIAS
from integration.matching.guards import third_facts
from integration.matching.parameters import shipped_parameters
from integration.matching.people import Known, Sought
from integration.matching.weights import NameShares, Weighed, weigh

BORN = date(1984, 3, 2)
NEW_YEAR = date(1984, 1, 1)
TODAY = date(2026, 11, 22)


def why(decision: MatchDecision) -> tuple[str, ...]:
    return decision.why if isinstance(decision, NeedsReview) else ()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Quillon", "Quillon"),
        ("Catherine", "Katherine"),
        ("Tom", "Thomas"),
        ("Quillon", "Mohammed Quillon"),
        ("Quilon", "Quillon"),
        ("Quilan", "Quillon"),
    ],
    ids=["exact", "spelling", "short", "part", "typo", "slips"],
)
def test_a_perpetrators_given_name_may_be_written_so(ours: str, theirs: str) -> None:
    assert isinstance(decide_one(subject(Role.PERPETRATOR, given=ours), patient(given=theirs)), Matched)


@pytest.mark.parametrize(("ours", "fits"), [("Q", True), ("Wendy", True), ("Kwilen", True), ("Peregrine", False)])
@pytest.mark.parametrize("family", ["ZZTESTER", "Smyth", "Zztestre", "Tordoff"])
def test_a_victims_given_name_may_only_fit_where_all_else_agrees(ours: str, fits: bool, family: str) -> None:
    """An initial, a middle name, a name that sounds so; the family name in another spelling, by an alias or a slip."""
    name = {"Smyth": "Smith", "Tordoff": "Zztester"}.get(family, "ZZTESTER")
    there = replace(patient(family=name), middle="Wendy", other_names=(PersonName("TORDOFF", ""),))
    sought = subject(given=ours, family=family)
    assert isinstance(decide_one(sought, there), Matched) is fits
    for less in (replace(sought, births=(date(1984, 2, 3),)), replace(sought, addresses=())):
        assert not isinstance(decide_one(less, there), Matched)
    accused = decide_one(replace(sought, role=Role.PERPETRATOR), there)
    assert isinstance(accused, Matched) is (ours == "Wendy" and family in {"ZZTESTER", "Smyth"})


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("ZZTESTER", "ZZTESTER"),
        ("Tordoff", "ZZTESTER"),
        ("Smyth", "Smith"),
        ("ZZTESTER", "Zztester-Umpleby"),
        ("Zztestre", "ZZTESTER"),
        ("Verity", "Vereta"),
        ("Philbert", "Filburt"),
    ],
    ids=["exact", "alias", "spelling", "part", "typo", "slips", "sound"],
)
def test_a_perpetrators_family_name_may_be_written_so(ours: str, theirs: str) -> None:
    there = replace(patient(family=theirs), other_names=(PersonName("TORDOFF", ""),))
    assert isinstance(decide_one(subject(Role.PERPETRATOR, family=ours), there), Matched)
    assert "the family name is not certain" in why(decide_one(subject(Role.PERPETRATOR, family="Womersley"), there))


@pytest.mark.parametrize(
    ("birth", "theirs", "alone"),
    [
        (BORN, BORN, True),
        (NEW_YEAR, NEW_YEAR, True),
        (date(1984, 2, 3), BORN, True),
        (date(1985, 3, 2), BORN, True),
        (date(1984, 3, 3), BORN, True),
        (date(1984, 3, 12), BORN, False),
    ],
    ids=["exact", "january", "swapped", "year", "beside", "digit"],
)
def test_a_date_of_birth_may_be_written_so(birth: date, theirs: date, alone: bool) -> None:
    """For a perpetrator another digit takes more beside it than living with somebody of the case."""
    wendy = subject(Role.CHILD, given="Wendy", births=(date(2015, 4, 4),))
    there = [patient(birth=theirs), patient("2", given="Wendy", birth=date(2015, 4, 4), nhs_number=None)]
    accused = subject(Role.PERPETRATOR, births=(birth,), line="", postcode=None)
    at_home = decide([case("1", subject(Role.PERPETRATOR, births=(birth,)), wendy)], there)[0]
    beside = decide([case("1", accused, wendy)], there)[0]
    assert isinstance(at_home, Matched)
    assert isinstance(decide([case("1", replace(accused, role=Role.VICTIM), wendy)], there)[0], Matched)
    assert ("the date of birth does not agree closely enough for a perpetrator" in why(beside)) is not alone
    for more in ({"phones": ("07700 900123",)}, {"nhs_number": "9990000018"}):
        known = replace(there[0], phone="07700900123")
        assert isinstance(decide([case("1", replace(accused, **more), wendy)], [known, there[1]])[0], Matched)


def weighed(ours: Subject, theirs: Patient) -> Weighed:
    shares = NameShares(1_000_000, {})
    return weigh(Sought.from_subject(ours, TODAY), Known.from_patient(theirs, 1), shares, shipped_parameters())


AWAY = subject(line="", postcode=None)
WITH_MORE = replace(patient(), middle="Wystan", phone="07700900123")


@pytest.mark.parametrize(
    ("ours", "facts"),
    [
        (AWAY, set()),
        (subject(), {"address"}),
        (subject(line="1 Old Road", postcode="ZZ99 3WZ"), {"address"}),
        (subject(line="14 Nowhere Street"), set()),
        (replace(AWAY, phones=("07700 900123",)), {"phone"}),
        (replace(AWAY, phones=("07700 900124",)), set()),
        (replace(AWAY, nhs_number="9990000018"), {"nhs_number"}),
        (replace(AWAY, nhs_number="9990000017"), {"nhs_number"}),
        (replace(AWAY, nhs_number="9998765404"), set()),
        (replace(AWAY, names=(PersonName("ZZTESTER", "Quillon Wystan"),)), {"middle"}),
        (replace(AWAY, names=(PersonName("ZZTESTER", "Quillon W"),)), set()),
        (replace(AWAY, names=(PersonName("ZZTESTER", "Quillon Wystan"),), births=(date(1984, 2, 3),)), set()),
    ],
)
def test_what_agrees_beside_name_and_birth_is_counted(ours: Subject, facts: set[str]) -> None:
    there = replace(WITH_MORE, addresses=(*WITH_MORE.addresses, Address("", "ZZ99 3WZ")))
    assert third_facts(weighed(ours, there)) == facts


def test_who_lives_with_somebody_of_the_case_has_a_fact_and_who_did_one_beside_the_very_day() -> None:
    for birth, facts in ((BORN, {"household", "past"}), (date(1984, 2, 3), {"household"})):
        one = weighed(replace(AWAY, births=(birth,)), patient())
        one.household = one.past = True
        assert third_facts(one) == facts


@pytest.mark.parametrize("line", ["No fixed abode", "NFA", "Address not known", "Withheld by police", "HMP Leeds"])
def test_no_home_is_not_one_that_two_share(line: str) -> None:
    for postcode in ("ZZ11 1AA", None):
        there = patient(line=line, postcode=postcode, nhs_number=None)
        said = why(decide_one(subject(line=line, postcode=postcode), there))
        assert any(reason.startswith("nothing beside name and date of birth agrees") for reason in said)
    room = f"Room 12, {line}"
    assert isinstance(
        decide_one(subject(line=room, postcode="ZZ11 1AA"), patient(line=room, postcode="ZZ11 1AA")), Matched
    )


def test_a_pseudo_postcode_is_no_home_without_a_house() -> None:
    there = replace(patient(), addresses=(*patient().addresses, Address("", "ZZ99 3WZ")))
    for line, postcode, acts in (("", "ZZ99 3VZ", False), ("", "ZZ99 3WZ", False), ("1 Road", "ZZ99 3WZ", True)):
        assert isinstance(decide_one(subject(line=line, postcode=postcode), there), Matched) is acts
    real = replace(there, addresses=(Address("", "ZZ11 1AA"), Address("", "ZZ22 2AA")))
    for postcode in ("ZZ11 1AA", "ZZ22 2AA"):
        assert isinstance(decide_one(subject(line="", postcode=postcode), real), Matched)


@pytest.mark.parametrize(("years", "acts"), [(15, False), (16, True)])
def test_from_sixteen_a_child_of_an_adults_name_may_be_meant(years: int, acts: bool) -> None:
    young = date(TODAY.year - years, 5, 6)
    parent = patient("2", birth=date(1964, 3, 2), nhs_number=None)
    assert isinstance(decide_one(subject(births=(young,)), patient(birth=young), parent), Matched) is acts


@pytest.mark.parametrize(("age", "acts"), [(45, True), (46, False), (40, True), (39, False)])
def test_an_age_on_a_list_may_have_been_copied_for_three_years(age: int, acts: bool) -> None:
    """The patient is forty-two, and soon forty-three."""
    assert isinstance(decide_one(subject(age=age), patient()), Matched) is acts


def test_whoever_differs_in_sex_is_put_to_a_person_and_who_gives_none_is_not() -> None:
    there = patient(sex=Sex.FEMALE)
    assert isinstance(decide_one(subject(), there), Matched)
    assert why(decide_one(subject(sex=Sex.MALE), there)) == ("the sex differs",)


@pytest.mark.parametrize("listed", [date(1985, 1, 1), date(1984, 1, 2), date(1984, 1, 11)])
def test_no_slip_makes_a_1_january(listed: date) -> None:
    """Hundreds have it for a birthday that nobody knows, whatever the year."""
    assert why(decide_one(subject(births=(listed,)), patient(birth=NEW_YEAR))) == ("the date of birth is not certain",)


@pytest.mark.parametrize(
    ("other", "fits"),
    [
        (date(1984, 2, 3), True),
        (date(1985, 3, 2), True),
        (date(1984, 3, 25), False),
        (date(1985, 2, 3), False),
        (date(1961, 9, 14), False),
    ],
    ids=["swapped", "year", "parts", "two", "different"],
)
def test_another_birth_on_the_list_has_to_be_a_slip(other: date, fits: bool) -> None:
    assert isinstance(decide_one(subject(births=(BORN, other)), patient()), Matched) is fits


@pytest.mark.parametrize(("birth", "age", "acts"), [(date(2008, 11, 1), 19, True), (date(2008, 12, 1), 18, False)])
def test_from_eighteen_an_age_may_be_a_year_off(birth: date, age: int, acts: bool) -> None:
    """A year younger, and of the same name, may be a brother or sister."""
    assert isinstance(decide_one(subject(births=(), age=age), patient(birth=birth)), Matched) is acts


def test_a_perpetrators_mobile_telephone_makes_up_for_an_initial_alone() -> None:
    there = replace(patient(), phone="07700900123")
    for given, acts in (("Q", True), ("Kwilen", False)):
        ours = subject(Role.PERPETRATOR, given=given, phones=("07700 900123",))
        assert isinstance(decide_one(ours, there), Matched) is acts


@pytest.mark.parametrize("less", [{"given": "Quilon"}, {"family": "ZZTESTR"}], ids=["given", "family"])
@pytest.mark.parametrize("birth", [date(1985, 3, 2), date(1984, 3, 3)], ids=["year", "beside"])
def test_a_perpetrator_a_slip_of_birth_off_lives_with_the_case_to_the_letter_only(
    birth: date, less: dict[str, str]
) -> None:
    wendy = subject(Role.CHILD, given="Wendy", births=(date(2015, 4, 4),))
    there = [patient(), patient("2", given="Wendy", birth=date(2015, 4, 4), nhs_number=None)]
    exact = subject(Role.PERPETRATOR, births=(birth,), line="", postcode=None)
    slipped = subject(Role.PERPETRATOR, births=(birth,), line="", postcode=None, **less)  # type: ignore[arg-type]
    assert isinstance(decide([case("1", exact, wendy)], there)[0], Matched)
    stopped = why(decide([case("1", slipped, wendy)], there)[0])
    assert "the date of birth does not agree closely enough for a perpetrator" in stopped


def _changed(**more: object) -> Subject:
    return replace(subject(Role.PERPETRATOR, family="Tordoff"), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ours", "beside", "acts"),
    [
        (_changed(), "ZZTESTER", True),
        (_changed(), "Langsett", False),
        (_changed(addresses=()), "ZZTESTER", True),
        (_changed(births=(date(1985, 3, 2),)), "ZZTESTER", False),
        (_changed(names=(PersonName("Tordoff", "Quilon"),)), "ZZTESTER", False),
        (_changed(names=(PersonName("Quillon", "Tordoff"),)), "ZZTESTER", False),
        (_changed(names=(PersonName("Tordoff", "Quillon Wystan"),)), "Langsett", True),
        (_changed(names=(PersonName("Tordoff", "Quillon W"),)), "Langsett", False),
        (_changed(nhs_number="9990000042"), "Langsett", True),
        (_changed(phones=("07700 900123",)), "Langsett", True),
        (_changed(phones=("07700 900124",)), "Langsett", False),
    ],
)
def test_a_perpetrators_changed_family_name_is_one_of_the_case_or_more_agrees(
    ours: Subject, beside: str, *, acts: bool
) -> None:
    """Their given name, birth and home to the letter; then the name of whom they live with, or a fact of their own."""
    there = replace(patient(nhs_number="9990000042"), middle="Wystan", phone="07700900123")
    child = subject(Role.CHILD, family=beside, given="Wendy", births=(date(2015, 4, 4),))
    decision = decide([case("1", ours, child)], [there])[0]
    assert isinstance(decision, Matched) is acts
    assert acts or "the family name is not certain" in why(decision)


@pytest.mark.parametrize(
    ("line", "postcode", "acts"),
    [
        ("9 Far Road", "ZZ11 1AA", True),
        ("", "ZZ11 1AA", True),
        ("12 Old Row", "ZZ12 2BB", False),
        ("9 Far Road", "", False),
    ],
)
def test_a_perpetrator_a_slip_of_birth_off_lives_there_today(line: str, postcode: str, acts: bool) -> None:
    homes = (Address("9 Far Road", "ZZ11 1AA"), Address("", "ZZ12 2BB"))
    moved = replace(patient(), addresses=homes)
    for birth, enough in ((date(1985, 3, 2), acts), (date(1984, 3, 2), True)):
        listed = subject(Role.PERPETRATOR, births=(birth,), line=line, postcode=postcode or None)
        assert isinstance(decide_one(listed, moved), Matched) is enough


def test_two_letters_are_no_initial_to_act_by() -> None:
    """Wm is William; but whoever writes Wn may have meant anybody."""
    there = patient(given="William")
    assert isinstance(decide_one(subject(given="W"), there), Matched)
    assert why(decide_one(subject(given="Wm"), there)) == ("the given name is not certain",)


@pytest.mark.parametrize(
    ("role", "born", "acts"),
    [(Role.VICTIM, BORN, True), (Role.VICTIM, date(2004, 3, 2), False), (Role.PERPETRATOR, BORN, False)],
)
def test_a_given_name_read_from_an_alias_may_be_a_brothers(role: Role, born: date, acts: bool) -> None:
    """Twins give each other's names before thirty, and perpetrators their brothers' at any age."""
    names = (PersonName("Tordoff", "Langsett"), PersonName("Quillon", ""))
    there = patient(given="Quillon", family="Tordoff", birth=born)
    decision = decide_one(replace(subject(role, births=(born,)), names=names), there)
    assert isinstance(decision, Matched) is acts
    assert acts or why(decision) == (ALIAS,)
    in_place = replace(
        subject(role, births=(born,)), names=(PersonName("Quillon", "Langsett"), PersonName("Tordoff", ""))
    )
    assert isinstance(decide_one(in_place, there), Matched)


def test_a_slip_beside_names_that_changed_places_is_one_doubt_too_many() -> None:
    """Where the family name is another one of the case; without the slip a home says enough."""
    tordoff = subject(Role.CHILD, family="Tordoff", given="Wendy", births=(date(2015, 4, 4),))
    for given, acts in (("Quillon", True), ("Quilon", False)):
        listed = subject(family=given, given="Langsett")
        decision = decide([case("1", listed, tordoff)], [patient(family="TORDOFF", nhs_number=None)])[0]
        assert isinstance(decision, Matched) is acts and isinstance(decision, Matched | NeedsReview)


def test_that_telephone_has_to_agree_and_the_home_to_the_house() -> None:
    there = replace(patient(postcode="ZZ11 1AA"), phone="07700900123")
    ours = subject(Role.PERPETRATOR, given="Q", postcode="ZZ11 1AA", phones=("07700 900123",))
    assert isinstance(decide_one(ours, there), Matched)
    no_house = replace(ours, addresses=(Address("", "ZZ11 1AA"),))
    for less in (no_house, replace(ours, phones=("07700 900124",)), replace(ours, phones=())):
        assert "the given name is not certain" in why(decide_one(less, there))


CHILD = date(2017, 5, 6)


@pytest.mark.parametrize(("family", "acts"), [("ZZTESTER", True), ("Tordoff", True), ("Smyth", True), ("Smoth", False)])
def test_two_slips_tell_a_child_from_a_twin_beside_a_family_name_without_one(family: str, acts: bool) -> None:
    record = patient(family="Smith" if family[0] == "S" else "ZZTESTER", birth=CHILD)
    there = replace(record, other_names=(PersonName("TORDOFF", ""),))
    ours = subject(Role.CHILD, family=family, given="Quilan", births=(CHILD,))
    assert isinstance(decide_one(ours, there), Matched) is acts


def test_a_short_form_may_begin_otherwise() -> None:
    """A misspelt first letter makes a name that a twin may bear; Bob is Robert."""
    ours = subject(Role.CHILD, given="Bob", births=(CHILD,))
    assert isinstance(decide_one(ours, patient(given="Robert", birth=CHILD)), Matched)


@pytest.mark.parametrize(
    ("given", "theirs", "acts"),
    [
        ("Catherine", "Katherine", True),
        ("Tom", "Thomas", True),
        ("Quilon", "Quillon", True),
        ("Quilan", "Quillon", False),
    ],
    ids=["spelling", "short", "typo", "slips"],
)
def test_who_married_and_who_gives_an_age_may_be_written_so(given: str, theirs: str, acts: bool) -> None:
    there = patient(given=theirs)
    married = subject(family="Tordoff", given=given)
    assert isinstance(decide_one(married, there), Matched) is acts
    assert not isinstance(decide_one(replace(married, addresses=()), there), Matched)
    aged = decide_one(subject(given=given, births=(), age=42), there)
    assert ("the date of birth is not certain" not in why(aged)) is acts
    for family in ("Womersley", "Zztestre"):
        assert not isinstance(decide_one(subject(family=family, given=given, births=(), age=42), there), Matched)


@pytest.mark.parametrize(
    ("family", "acts"),
    [("Tordoff", True), ("Smyth", True), ("Zztestre", True), ("Verity", False), ("Zztester-Verity", False)],
)
def test_beside_an_age_the_family_name_may_be_written_so(family: str, acts: bool) -> None:
    name = "Smith" if family == "Smyth" else "ZZTESTER"
    there = replace(patient(family=name), other_names=(PersonName("TORDOFF", ""),))
    assert isinstance(decide_one(subject(family=family, births=(), age=42), there), Matched) is acts
