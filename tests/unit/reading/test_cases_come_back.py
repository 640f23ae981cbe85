"""What goes into a document comes out of it: every person, with role, names, births, numbers and addresses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import pytest
from builders import case, subject
from documents import flat_csv, minutes, research_form, word_table, workbook_case_list
from hypothesis import HealthCheck, given, settings
from reading_room import case_lists, everybody, read_one

from integration.domain.case_list import Case, DocumentKind
from integration.domain.people import PersonName, Role

LISTS: dict[str, Callable[[Sequence[Case]], bytes]] = {
    "workbook": workbook_case_list,
    "csv": flat_csv,
    "word": word_table,
}
slow = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("kind", LISTS)
@given(cases=case_lists())
@slow
def test_everybody_comes_back(kind: str, cases: list[Case]) -> None:
    reading = read_one(LISTS[kind](cases))
    assert reading.kind is DocumentKind.CASE_LIST
    assert reading.problems == ()
    assert everybody(reading.cases) == everybody(cases)
    assert [found.repeat for found in reading.cases] == [made.repeat for made in cases]


@pytest.mark.parametrize(
    ("make", "area", "day"),
    [
        (workbook_case_list, "Rotherham", date(2026, 12, 3)),
        (flat_csv, "Doncaster", date(2026, 12, 10)),
        (word_table, "North Lincolnshire", date(2026, 12, 17)),
    ],
)
def test_the_meeting_is_found_in_the_document(make: Callable[[Sequence[Case]], bytes], area: str, day: date) -> None:
    meeting = read_one(make([case()]), "whatever 01.02.2026.bin").meeting
    assert (meeting.area, meeting.date) == (area, day)


def test_places_are_those_that_a_person_would_look_up() -> None:
    cases = [case("1/2026/001"), case("2/2026/002", subject(), subject(Role.PERPETRATOR, "ZZOTHER"))]
    (_, second) = read_one(workbook_case_list(cases)).cases
    assert [(person.where, person.row) for person in second.subjects] == [("Case list!D6", 6), ("Case list!H6", 6)]
    (_, second) = read_one(flat_csv(cases)).cases
    assert [(person.where, person.row) for person in second.subjects] == [("row 3", 3), ("row 4", 4)]
    (_, second) = read_one(word_table(cases)).cases
    assert [person.where for person in second.subjects] == ["table 1 row 3"] * 2


def test_several_people_and_births_in_one_cell_are_told_apart() -> None:
    victims = (
        subject(family="ZZONE", births=(date(1983, 1, 14),)),
        subject(family="ZZTWO", births=(date(2000, 12, 24),), line="3 Elsewhere", postcode="ZZ99 4WZ"),
    )
    made = case("7/2026/001", *victims, subject(Role.PERPETRATOR, "ZZTHREE"))
    for make in LISTS.values():
        reading = read_one(make([made]))
        assert reading.problems == ()
        assert everybody(reading.cases) == everybody([made])


def test_aliases_and_alternative_births_belong_to_one_person() -> None:
    victim = subject(
        family="ZZONE",
        given="Jane",
        aka=(PersonName("ZZBORN", "Jane"), PersonName("ZZOTHER", "Janet")),
        births=(date(1984, 3, 2), date(1985, 3, 2)),
    )
    made = case("7/2026/001", victim, subject(Role.PERPETRATOR, "ZZTHREE"))
    for make in LISTS.values():
        reading = read_one(make([made]))
        assert reading.problems == ()
        assert everybody(reading.cases) == everybody([made])


def test_a_research_form_names_its_case_and_people() -> None:
    made = case("49/2026/001", subject(), subject(Role.PERPETRATOR, "ZZOTHER", births=(), age=31))
    reading = read_one(research_form(made))
    assert (reading.kind, reading.meeting.date) == (DocumentKind.RESEARCH_FORM, date(2026, 12, 3))
    assert reading.problems == ()
    (found,) = reading.cases
    assert found.case_ref == "49/2026/001"
    assert [(person.role, person.names[0].family) for person in found.subjects] == [
        (Role.VICTIM, "ZZTESTER"),
        (Role.PERPETRATOR, "ZZOTHER"),
    ]


def test_minutes_name_everybody_and_give_no_role_that_they_do_not_state() -> None:
    made = [
        case(f"{n}/2026/00{n}", subject(family=f"ZZV{'A' * n}"), subject(Role.PERPETRATOR, f"ZZP{'A' * n}"))
        for n in (1, 2)
    ]
    reading = read_one(minutes(made))
    assert (reading.kind, reading.meeting.area) == (DocumentKind.MINUTES, "Rotherham")
    assert reading.problems == ()
    people = {(c.case_ref, s.role, s.names[0].family) for c in reading.cases for s in c.subjects}
    assert people == {
        ("1/2026/001", Role.OTHER, "ZZVA"),
        ("1/2026/001", Role.PERPETRATOR, "ZZPA"),
        ("2/2026/002", Role.OTHER, "ZZVAA"),
        ("2/2026/002", Role.PERPETRATOR, "ZZPAA"),
    }


@pytest.mark.parametrize(
    "sentence",
    [
        "Zzmother reports that he left.",
        "Seen with Bob Zznewcomer.",
        "ZZUNCLE, Tom attended.",
        "Victim lives with Zzaunt.",
    ],
)
def test_minutes_with_a_name_that_was_not_found_ask_a_person(sentence: str) -> None:
    import docx
    from documents import saved

    document = docx.Document()
    document.add_heading("Minutes of the Rotherham MARAC", level=1)
    document.add_paragraph("Date of meeting: 3 December 2026")
    document.add_heading("Case 1/2026/001: ZZTESTER, Jane", level=2)
    document.add_paragraph(f"Alleged perpetrator ZZOTHER, John. {sentence}")
    reading = read_one(saved(document))
    assert reading.kind is DocumentKind.MINUTES
    assert reading.doubts_whole_document()
