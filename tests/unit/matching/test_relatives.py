"""Who is not taken for a brother or sister: those born the same day share all but the given name, and may be absent."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from builders import case, patient, subject
from deciding import decide, decide_one

from integration.domain.matching import MatchDecision, Matched, NeedsReview
from integration.domain.people import Address, Patient, PersonName, Role, Subject
from integration.matching.parameters import shipped_parameters
from integration.matching.weights import NameShares

CHILD = date(2017, 5, 6)
ANOTHER = "another patient, perhaps a brother or sister, may go by that name"
SIBLING = "a brother or sister of the patient may go by that name"


def why(decision: MatchDecision) -> tuple[str, ...]:
    return decision.why if isinstance(decision, NeedsReview) else ()


def twin(given: str, middle: str = "", **other: object) -> Patient:
    there = patient("2", given=given, birth=CHILD, nhs_number=None)
    return dataclasses.replace(there, middle=middle, **other)  # type: ignore[arg-type]


QUILLON = patient(birth=CHILD)
SOUGHT = subject(Role.CHILD, births=(CHILD,))


@pytest.mark.parametrize(
    "other",
    [
        twin("Wendy", "Quillon"),
        twin("Wendy", "Q"),
        twin("Wendy", "Quilon"),
        twin("Q"),
        twin("Baby"),
        twin("Wendy", name=PersonName("ZZTESTER-TORDOFF", "Wendy"), middle="Rosamund Quillon"),
        twin("Wendy", other_names=(PersonName("ZZTESTER", "Quillon"),)),
        twin("Wendy", "Quillon", addresses=(Address("1 Far Away", "ZZ11 1AA"),)),
    ],
)
@pytest.mark.parametrize("ours", [SOUGHT, dataclasses.replace(SOUGHT, addresses=(), phones=("07700 900123",))])
def test_a_twin_in_the_index_whom_the_name_fits_stops_the_match(ours: Subject, other: Patient) -> None:
    """A twin called by the middle name, of which the register has the initial, was once taken for the other."""
    quillon = dataclasses.replace(QUILLON, phone="07700900123")
    decision = decide_one(ours, quillon, other)
    assert ANOTHER in why(decision) or "the patient seems to be registered twice" in why(decision)
    assert isinstance(decision, NeedsReview) and decision.candidates[0].patient == "1001"


def test_a_twin_whose_birth_is_not_known_stops_the_match() -> None:
    assert ANOTHER in why(decide_one(SOUGHT, QUILLON, twin("Wendy", "Q", birth=None)))


def test_names_that_were_swapped_fit_a_twin_too() -> None:
    swapped = dataclasses.replace(SOUGHT, names=(PersonName("QUILLON", "Zztester"),))
    assert isinstance(decide_one(swapped, QUILLON, twin("Wendy", "Rosamund")), Matched)
    assert ANOTHER in why(decide_one(swapped, QUILLON, twin("Wendy", "Q")))


@pytest.mark.parametrize(
    "other",
    [
        twin("Wendy", "Rosamund"),
        twin("Quillon", addresses=(Address("1 Far Away", "ZZ11 1AA"),)),
        twin("Wendy", "Quillon", name=PersonName("TORDOFF", "Wendy")),
        twin("Wendy", "Quillon", birth=date(2013, 8, 9)),
    ],
    ids=["another name", "a namesake elsewhere", "another family", "another birth"],
)
def test_who_is_no_twin_or_called_otherwise_stops_nothing(other: Patient) -> None:
    assert isinstance(decide_one(SOUGHT, QUILLON, other), Matched)


def test_what_brothers_share_before_their_names_does_not_fit() -> None:
    names = NameShares(1_000_000, {("g", "mohammed"): 20_000, ("g", "quillon"): 300})
    brothers = [
        dataclasses.replace(QUILLON, name=PersonName("ZZTESTER", "Mohammed Quillon")),
        twin("Mohammed Wendy", nhs_number="9998765404"),
    ]
    ours = dataclasses.replace(SOUGHT, names=(PersonName("ZZTESTER", "Mohammed Quillon"),))
    (decision,) = decide([case("1", ours)], brothers, names)
    assert isinstance(decision, Matched)


# John is borne by many and so is Jack; Tom by a few whose Thomas was registered short
SHARES = NameShares(
    1_000_000,
    {
        ("g", "john"): 9000,
        ("g", "jack"): 4000,
        ("g", "thomas"): 8000,
        ("g", "tom"): 400,
        ("g", "amina"): 500,
        ("g", "abena"): 500,
    },
)


def found(given: str, theirs: str, middle: str = "", *, birth: date = CHILD, **said: object) -> MatchDecision:
    """What comes of a name that is listed, where the index has another."""
    known = dataclasses.replace(patient(given=theirs, birth=birth), middle=middle)
    ours = dataclasses.replace(subject(Role.CHILD, given=given, births=(birth,)), **said)  # type: ignore[arg-type]
    return decide([case("1", ours)], [known], SHARES)[0]


@pytest.mark.parametrize(
    ("ours", "theirs", "middle"),
    [
        ("Jack", "John", ""),
        ("John", "Jack", ""),
        ("Amina", "Abena", ""),
        ("Lenny", "Leo", ""),
        ("Rosamund", "Wendy", "Rosamund"),
        ("Quillon", "Mohammed Quillon", ""),
    ],
    ids=["short", "long", "alike", "short for a third", "middle", "part"],
)
def test_what_a_twin_may_be_called_is_not_enough_for_the_young(ours: str, theirs: str, middle: str) -> None:
    assert SIBLING in why(found(ours, theirs, middle))
    assert isinstance(found(ours, theirs, middle, birth=date(1984, 3, 2)), Matched)
    assert isinstance(found(ours, theirs, middle, nhs_number="9990000018"), Matched) is (
        middle != "" or ours == "Quillon"
    )


def test_two_slips_in_one_name_and_one_in_the_other_are_too_careless_to_tell_the_young_apart() -> None:
    names = (PersonName("Zztestre", "Quolen"),)
    assert SIBLING in why(found("", "Quilon", names=names))
    assert isinstance(found("", "Quilon", names=names, birth=date(1984, 3, 2)), Matched)
    for given in ("Quilonn", "Quolen"):
        assert isinstance(found(given, "Quilon"), Matched)


def test_a_short_form_that_few_are_registered_by_is_enough() -> None:
    assert isinstance(found("Tom", "Thomas"), Matched)
    assert isinstance(found("Jack Wystan", "John", "Wystan"), Matched)


MOHAMMED = "Mohammed Quillon"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Mohamned", MOHAMMED),
        ("Mo", MOHAMMED),
        (MOHAMMED, "Mo"),
        ("Mo Quillon", "Mo"),
        ("Moahmmed Wendy", "Mohammed"),
        ("Mohamned Wendy", MOHAMMED),
    ],
)
def test_a_misspelt_name_that_many_brothers_share_does_not_tell_them_apart(ours: str, theirs: str) -> None:
    assert "the given name is not certain" in why(found(ours, theirs))
    assert isinstance(found("Mohamned Quillon", MOHAMMED), Matched)


@pytest.mark.parametrize("ours", ["Quillon Wystan", "Quilon Wystan"])
@pytest.mark.parametrize("birth", [CHILD, date(1984, 3, 2)])
def test_another_middle_name_is_somebody_else(ours: str, birth: date) -> None:
    """Xiao Ming's sister may be Xiao Hong, and Anne-Marie's Anne-Louise."""
    assert "the middle name differs" in why(found(ours, "Quillon", "Peregrine", birth=birth))
    assert "the middle name differs" in why(found(ours, "Quillon-Peregrine", birth=birth))
    swapped = (PersonName(ours, "Zztester"),)
    assert "the middle name differs" in why(found("", "Quillon Peregrine", birth=birth, names=swapped))
    assert isinstance(found(ours, "Quillon", "Wystan", birth=birth), Matched)
    assert isinstance(found("Quillon", "Quillon", "Peregrine", birth=birth), Matched)


def test_a_first_name_that_brothers_share_is_not_enough_where_the_record_has_another() -> None:
    for middle in ("Quillon", "Q"):
        assert SIBLING in why(found("Mohammed", "Mohammed", middle))
        assert SIBLING in why(found("Mohammed", "Mo", middle))
    assert SIBLING in why(found("", "Mohammed", "Quillon", names=(PersonName("Mohammed", "Zztester"),)))
    for ours, middle in (("Mohammed", ""), ("Mohammed Quillon", "Quillon"), ("Mohammed Q", "Quillon")):
        assert isinstance(found(ours, "Mohammed", middle), Matched)
    assert isinstance(found("Mohammed", "Mohammed", "Quillon", birth=date(1984, 3, 2)), Matched)


def test_twins_whose_names_rhyme_are_two() -> None:
    assert SIBLING in why(found("Kulwinder", "Balwinder"))
    assert SIBLING in why(found("Buillon", "Quillon"))
    assert isinstance(found("Kuillon", "Quillon"), Matched)  # it sounds the same
    assert isinstance(found("Kulwinder", "Balwinder", birth=date(1984, 3, 2)), Matched)


def test_a_slip_in_a_twins_name_is_not_two_slips_in_the_patients() -> None:
    bearers = {("g", "tomas"): 200, ("g", "tomasz"): 900, ("g", "tom"): 30, ("g", "jade"): 900}
    near = {"rkaesh": ["rakesh"], "tomass": ["tomas", "tomasz"], "tomm": ["tom"]}
    shares = NameShares(1_000_000, bearers, near)

    def stops(family: str, ours: str, theirs: str) -> tuple[str, ...]:
        sought = subject(Role.CHILD, family=family, given=ours, births=(CHILD,))
        return why(decide([case("1", sought)], [patient(given=theirs, birth=CHILD)], shares)[0])

    assert SIBLING in stops("Zztester", "Rkaesh", "Rajesh")
    assert SIBLING in stops("Zztester", "Judy", "Jade")  # Judith to the register
    assert stops("Zztester", "Jaed", "Jade") == ()
    assert stops("Zztester", "Rkaesh", "Rakesh") == ()
    assert stops("Zztester", "Tomass", "Tomasz") == ()
    assert SIBLING in stops("Zztestre", "Tomass", "Tomasz")
    assert stops("Zztestre", "Tomm", "Tom") == ()


@pytest.mark.parametrize(("ours", "theirs"), [("Ida", "Ada"), ("Noa", "Noah"), ("Hao", "Hoa"), ("Yusra", "Yusuf")])
def test_a_name_is_no_slip_in_another_though_nobody_here_bears_either(ours: str, theirs: str) -> None:
    assert SIBLING in why(found(ours, theirs)) and SIBLING in why(found(theirs, ours))
    assert isinstance(found(ours, theirs, birth=date(1984, 3, 2)), Matched)


def test_what_precedes_the_names_of_sisters_does_not_tell_them_apart() -> None:
    assert "the given name is not certain" in why(found("Bibi", "Bibi Fatima"))
    assert isinstance(found("Bibi Fatima", "Bibi Fatima"), Matched)


def test_a_name_of_few_is_a_name() -> None:
    few = NameShares(1_000_000, {("g", "quillon"): 9, ("g", "quilon"): 3})
    parameters = shipped_parameters()
    assert few.are_two_names("quilon", "quillon", parameters)
    assert not few.are_two_names("quilonn", "quillon", parameters)


@pytest.mark.parametrize("name", ["Baby Girl", "Male Infant", "Boy", "FNU", "Refused"])
def test_what_stands_in_a_names_place_is_nobodys(name: str) -> None:
    """A register has the newborn of one day under it, twins among them."""
    assert "the given name is not certain" in why(found(name, name))


def test_a_small_index_cannot_say_whether_a_short_form_is_a_name_of_its_own() -> None:
    parameters = shipped_parameters()
    assert NameShares(20, {}).are_two_names("tom", "thomas", parameters)
    assert not NameShares(20, {}).are_two_names("quilon", "quillon", parameters)
    assert not NameShares(1_000_000, {}).are_two_names("quilon", "quillon", parameters)


def test_the_first_of_january_of_another_year_is_no_slip() -> None:
    """Father and son whose births nobody knows are both born then."""
    father = patient(birth=date(1965, 1, 1))
    assert why(decide_one(subject(births=(date(1985, 1, 1),)), father)) == ("the date of birth is not certain",)
    assert isinstance(decide_one(subject(births=(date(1975, 1, 2),)), patient(birth=date(1965, 1, 2))), Matched)


@pytest.mark.parametrize(("year", "acts"), [(1969, True), (1979, True), (1989, False), (1999, False), (1869, True)])
def test_a_digit_that_makes_a_generation_is_no_slip(year: int, acts: bool) -> None:
    """Father and son of one name and home may have one birthday; a century off is a year in two digits."""
    there = patient(birth=date(1969, 5, 6), nhs_number=None)
    decision = decide_one(subject(births=(date(year, 5, 6),)), there)
    assert isinstance(decision, Matched) is acts
    assert any("a generation off" in said for said in why(decision)) is not acts


def test_a_middle_name_is_no_third_fact_beside_the_first_of_january() -> None:
    new_year = date(1984, 1, 1)
    ours = subject(given="Quillon Wystan", births=(new_year,), line="", postcode=None)
    known = dataclasses.replace(patient(birth=new_year), middle="Wystan")
    assert "nothing beside name and date of birth agrees" in why(decide_one(ours, known))


GROWN = [
    (subject(given="Quilon", births=(), age=42), "the date of birth is not certain"),
    (subject(family="Zztestre", given="Q"), "the given name is not certain"),
    (subject(family="Tordoff", given="Quilon"), "the family name is not certain"),
]


@pytest.mark.parametrize(("ours", "word"), GROWN, ids=["age and a slip", "initial and a slip", "married and a slip"])
def test_an_adult_at_home_may_have_a_slip_that_a_child_or_a_perpetrator_may_not(ours: Subject, word: str) -> None:
    assert isinstance(decide_one(ours, patient()), Matched)
    accused = dataclasses.replace(ours, role=Role.PERPETRATOR)
    young = dataclasses.replace(ours, births=(CHILD,) if ours.births else (), age=ours.age and 9)
    away = dataclasses.replace(ours, addresses=())
    assert word in why(decide_one(accused, patient()))
    assert word in why(decide_one(young, patient(birth=CHILD)))
    assert not isinstance(decide_one(away, patient()), Matched)


VAGUE = "several families live at that address, and the date of birth says too little"


@pytest.mark.parametrize("line", ["12 Nowhere Street", "No fixed abode"])
def test_where_many_live_a_namesake_may_share_the_home_and_a_birth_that_nobody_knows(line: str) -> None:
    new_year = date(1990, 1, 1)
    here = patient(birth=new_year, line=line)
    others = [
        patient(str(number), family=family, birth=new_year, line=line, nhs_number=None)
        for number, family in enumerate(("UMPLEBY", "TORDOFF"))
    ]
    ours = subject(births=(new_year,), line=line)
    assert VAGUE in why(decide_one(ours, here, *others))
    assert VAGUE not in why(decide_one(ours, here, others[0]))
    assert VAGUE not in why(decide_one(dataclasses.replace(ours, nhs_number="9990000018"), here, *others))
    exact = [dataclasses.replace(one, birth=date(1990, 1, 2)) for one in (here, *others)]
    assert VAGUE not in why(decide_one(dataclasses.replace(ours, births=(date(1990, 1, 2),)), *exact))
    if line[:2].isdigit():
        assert VAGUE in why(decide_one(dataclasses.replace(ours, births=(), age=36), here, *others))


def test_a_child_is_not_taken_for_the_parent_of_one_name() -> None:
    child, parent = patient(birth=CHILD), patient("2", birth=date(1984, 3, 2), nhs_number=None)
    stops = "the patient is a child, and an adult of that name lives there"
    assert why(decide_one(dataclasses.replace(SOUGHT, role=Role.PERPETRATOR), child, parent)) == (stops,)
    assert isinstance(decide_one(SOUGHT, child, parent), Matched)
    assert isinstance(decide_one(dataclasses.replace(SOUGHT, role=Role.PERPETRATOR), child), Matched)


def test_a_list_that_gives_another_birth_or_age_as_well_does_not_say_who_is_meant() -> None:
    """A row about a father that has the son's birth beside his own."""
    stops = ("the list gives another date of birth or age as well",)
    born = date(1984, 3, 2)
    assert why(decide_one(subject(births=(date(1955, 6, 7), born)), patient())) == stops
    assert why(decide_one(subject(births=(born,), age=71), patient())) == stops
    for births, age in (((born, date(1984, 2, 3)), None), ((born, date(1985, 3, 2)), None), ((born,), 41)):
        assert isinstance(decide_one(subject(births=births, age=age), patient()), Matched)


NAMED_LIKE_A_PARENT = "the patient is a child, and an adult of that name lives there"


@pytest.mark.parametrize(
    ("other", "stops"),
    [
        (patient("2", birth=date(1984, 3, 2), nhs_number=None), True),
        (patient("2", given="Wendy", birth=date(1984, 3, 2), nhs_number=None), False),
        (patient("2", birth=date(1984, 3, 2), nhs_number=None, line="1 Far Away", postcode="ZZ11 1AA"), False),
        (patient("2", birth=date(2009, 3, 2), nhs_number=None), False),
    ],
    ids=["of that name", "of another name", "elsewhere", "no adult"],
)
def test_a_child_is_not_taken_for_an_adult_of_the_same_name_and_home(other: Patient, stops: bool) -> None:
    victim = dataclasses.replace(SOUGHT, role=Role.VICTIM)
    assert (NAMED_LIKE_A_PARENT in why(decide_one(victim, QUILLON, other))) is stops
    assert NAMED_LIKE_A_PARENT not in why(decide_one(SOUGHT, QUILLON, other))


def young(given: str, theirs: Patient, **said: object) -> tuple[str, ...]:
    return why(decide_one(dataclasses.replace(SOUGHT, names=(PersonName("ZZTESTER", given),), **said), theirs))  # type: ignore[arg-type]


def test_a_day_s_name_is_a_twin_s_too() -> None:
    """Kwame Panyin and Kwame Kakra are the elder and the younger of two born on a Saturday."""
    kwame = dataclasses.replace(patient(given="Kwame", birth=CHILD), middle="Panyin")
    assert young("Kwame", kwame) == (SIBLING,)
    assert young("Kwame Panyin", kwame) == young("Kwame P", kwame) == ()
    assert young("Quillon", dataclasses.replace(kwame, name=PersonName("ZZTESTER", "Quillon"))) == ()


def test_the_first_half_of_a_given_name_is_a_twin_s_too() -> None:
    """Wei Ming's twin is Wei Hua, and Ka Man's Ka Wan."""
    two = patient(given="Quillon Ming", birth=CHILD)
    assert young("Quillon", two) == (SIBLING,)
    assert young("Quillon Ming", two) == young("Quillon M", two) == ()
    assert young("Quillon Mang", two) == (SIBLING,)
    assert isinstance(decide_one(subject(given="Quillon"), patient(given="Quillon Ming")), Matched)


def test_a_number_does_not_tell_names_apart_that_rhyme() -> None:
    """A list gives a sister's number now and then, and Jaylen's twin may be Kaylen."""
    number = {"nhs_number": "9990000018"}
    assert young("Buillon", QUILLON, **number) == (SIBLING,)
    assert young("Mohammed Quillon", QUILLON, **number) == ()
