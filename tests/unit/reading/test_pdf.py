"""PDFs as they come: what office suites print, columns without rules, tables over pages. Never a role guessed."""

from __future__ import annotations

import pytest
from containers import width_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from office_documents import CASES, FIXTURES, PRINTED
from pdf_pages import LEFT, Page, Print, printed
from reading_room import case_lists, everybody, read_one

from integration.domain.case_list import Case
from integration.domain.people import Role
from mappings.case_lists.containers import Key, Untrusted, contents_of
from mappings.case_lists.content import Content
from mappings.case_lists.doubts import Doubt

TITLE = "Testshire MARAC case list 03/12/2026"
HEAD = ["Case No", "Victim name", "Victim DOB", "Perpetrator name", "Perpetrator DOB"]
ROWS = [
    ["1/2026", "ZZSMITH, Jane", "03/12/1984", "ZZJONES, Bob", "04/05/1980"],
    ["2/2026", "ZZKHAN, Al", "05/06/1981", "ZZWARD, Jo", "07/08/1982"],
]
WIDE = Print((70, 150, 80, 150, 90), ruled=False)
RULED = Print((70, 150, 80, 150, 90))
FORM = Print((90, 120, 90, 120))


def content(data: bytes) -> Content:
    ((_, found),) = contents_of(Untrusted("a.pdf", data), Key())
    return found


def tables(data: bytes) -> list[list[list[str]]]:
    return [[[cell.text for cell in row.cells] for row in one.rows] for one in content(data).tables()]


def told(cases: list[Case]) -> set[tuple[str, Role, str]]:
    return {(one.case_ref, who.role, who.names[0].family) for one in cases for who in one.subjects if who.names}


@pytest.mark.parametrize("name", PRINTED)
def test_what_an_office_suite_prints_comes_back(name: str) -> None:
    reading = read_one((FIXTURES / f"{name}.pdf").read_bytes(), "list.pdf")
    assert reading.problems == ()
    assert everybody(reading.cases) == everybody(CASES)
    assert reading.meeting.date is not None


# --- columns without rules


def test_columns_without_rules_are_read_where_every_line_is_a_row() -> None:
    data = printed([Page((TITLE, [HEAD, *ROWS]))], WIDE)
    assert tables(data) == [[HEAD, *ROWS]]
    reading = read_one(data, "list.pdf")
    assert reading.problems == ()
    assert told(list(reading.cases)) == {
        ("1/2026", Role.VICTIM, "ZZSMITH"),
        ("1/2026", Role.PERPETRATOR, "ZZJONES"),
        ("2/2026", Role.VICTIM, "ZZKHAN"),
        ("2/2026", Role.PERPETRATOR, "ZZWARD"),
    }


def test_they_go_on_over_the_page() -> None:
    pages = [Page((TITLE, [HEAD, ROWS[0]])), Page(([HEAD, ROWS[1]],)), Page((ROWS,))]
    assert tables(printed(pages, WIDE)) == [[HEAD, *ROWS, *ROWS]]


@pytest.mark.parametrize(
    "rows",
    [
        [HEAD, [*ROWS[0][:3], "ZZJONES, Bob Percival Alexander", "04/05/1980"], ROWS[1]],  # a cell of two lines
        [HEAD, ROWS[0], ["", *ROWS[1][1:]]],  # nothing says to which case the second row belongs
        [ROWS[0], ROWS[1]],  # nor here what the columns are
    ],
    ids=["two lines", "no case", "no headings"],
)
def test_what_could_be_mistaken_is_held(rows: list[list[str]]) -> None:
    narrow = Print((70, 120, 80, 120, 90), ruled=False)
    reading = read_one(printed([Page((TITLE, rows))], narrow), "list.pdf")
    assert any(problem.case_ref is None for problem in reading.problems)
    known = {(role, name) for row in ROWS for role, name in ((Role.VICTIM, row[1]), (Role.PERPETRATOR, row[3]))}
    for _, role, family in told(list(reading.cases)):
        assert not family or (role, family) in {(one, name.partition(",")[0]) for one, name in known}


def test_a_text_that_runs_into_the_next_column_is_held() -> None:
    rows = [HEAD, ["1/2026", "ZZSMITH-WITH-A-VERY-LONG-NAME, Jane", "", "ZZJONES, Bob", "04/05/1980"], ROWS[1]]
    cut = Print((70, 150, 80, 150, 90), ruled=False, wraps=False)
    reading = read_one(printed([Page((TITLE, rows))], cut), "list.pdf")
    read = told(list(reading.cases))
    assert reading.problems or ("1/2026", Role.VICTIM, "ZZSMITH-WITH-A-VERY-LONG-NAME") in read


@given(cases=case_lists(), widths=st.tuples(*[st.integers(60, 170)] * 4), ruled=st.booleans(), wraps=st.booleans())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nobody_changes_role_or_is_lost_without_a_word(
    cases: list[Case], widths: tuple[int, ...], ruled: bool, wraps: bool
) -> None:
    rows = [["Case No", "Victim", "Perpetrator", "Children"]]
    for one in cases:
        people = [
            "; ".join(f"{n.family.upper()}, {n.given}" for who in one.subjects if who.role is role for n in who.names)
            for role in (Role.VICTIM, Role.PERPETRATOR, Role.CHILD)
        ]
        rows.append([one.case_ref, *people])
    reading = read_one(printed([Page((TITLE, rows))], Print(widths, ruled, wraps, 20)), "list.pdf")
    roles = {(one.case_ref, who.names[0].family.casefold(), who.names[0].given.casefold(), who.role)
             for one in cases for who in one.subjects}  # fmt: skip
    held = {problem.case_ref for problem in reading.problems}
    for one in reading.cases:
        for who in one.subjects:
            name = (one.case_ref, who.names[0].family.casefold(), who.names[0].given.casefold())
            assert (*name, who.role) in roles or held & {None, one.case_ref}, "read, and not so"
    read = {(one.case_ref, who.role) for one in reading.cases for who in one.subjects}
    for ref, _, _, role in roles:
        assert (ref, role) in read or held & {None, ref}, "lost without a word"


# --- rules, and what stands between tables


def test_a_merged_heading_stands_over_what_it_covers() -> None:
    data = printed([Page(([["x", "VICTIM"], ["1", "Name", "DOB", "Address"]],))], FORM)
    (found,) = content(data).tables()
    assert [cell.text for cell in found.rows[0].cells] == ["x", "VICTIM", "VICTIM", "VICTIM"]
    assert [cell.covered for cell in found.rows[0].cells] == [False, False, True, True]


def test_a_heading_on_a_new_page_is_not_passed_over_by_the_table_before_it() -> None:
    """The rows above belong to the case above, though the next case's table has the same columns."""
    form = [["Victim name", "ZZA, Jane"], ["Perpetrator name", "ZZB, Bob"]]
    other = [["Victim name", "ZZC, Ann"], ["Perpetrator name", "ZZD, Al"]]
    pages = [Page((TITLE, "Case 1/2026", form)), Page(("Case 2/2026", other))]
    reading = read_one(printed(pages, Print((120, 200))), "list.pdf")
    assert told(list(reading.cases)) == {
        ("1/2026", Role.VICTIM, "ZZA"),
        ("1/2026", Role.PERPETRATOR, "ZZB"),
        ("2/2026", Role.VICTIM, "ZZC"),
        ("2/2026", Role.PERPETRATOR, "ZZD"),
    }


@pytest.mark.parametrize("again", [True, False], ids=["headings again", "headings once"])
@pytest.mark.parametrize("header", ["OFFICIAL - SENSITIVE", ""])
@pytest.mark.parametrize("footer", ["Page {} of 3", "{}", ""])
def test_a_table_goes_on_past_headers_and_footers(again: bool, header: str, footer: str) -> None:
    parts = [[HEAD, ROWS[0]], [*([HEAD] if again else []), ROWS[1]], [*([HEAD] if again else []), ROWS[0]]]
    pages = [Page((part,), header, footer.format(at)) for at, part in enumerate(parts, start=1)]
    assert tables(printed(pages, RULED)) == [[HEAD, ROWS[0], ROWS[1], ROWS[0]]]


@pytest.mark.parametrize(("start", "rest"), [("27/2026/", "001"), ("27/2026/0", "01")])
def test_a_row_that_breaks_over_the_page_is_one_row(start: str, rest: str) -> None:
    whole = ["26/2026/001", *ROWS[1][1:]]
    top = [start, "ZZSMITH, Jane", "03/12/1984", "ZZJONES, Bob", "04/05/1980"]
    pages = [Page(([HEAD, whole, top],)), Page(([[rest, "", "", "Alexander", ""], *ROWS],))]
    (found,) = tables(printed(pages, Print((50, 90, 80, 80, 90))))
    assert found[2:] == [["27/2026/001", *top[1:3], "ZZJONES, Bob Alexander", top[4]], *ROWS]


def test_a_heading_that_opens_a_page_is_no_rest_of_a_row() -> None:
    pages = [Page(([["VICTIM", ""], ["Name", "ZZA, Jane"], ["NHS number", ""]],))]
    pages.append(Page(([["PERPETRATOR", ""], ["Name", "ZZB, Bob"]],)))
    (found,) = tables(printed(pages, Print((80, 120))))
    assert [row[0] for row in found] == ["VICTIM", "Name", "NHS number", "PERPETRATOR", "Name"]


@pytest.mark.parametrize("header", ["OFFICIAL", "VICTIM", ""])
def test_a_heading_that_stands_at_one_height_on_every_page_still_counts(header: str) -> None:
    """A case a page: the headings come again in the same places, and are no running headers."""
    pages = []
    for number, (victim, perpetrator) in enumerate((("ZZA", "ZZB"), ("ZZC", "ZZD"), ("ZZE", "ZZF")), start=1):
        of_victim = [["Name", f"{victim}, Jane"], ["Case", f"{number}/2026"]]
        of_perpetrator = [["Name", f"{perpetrator}, Bob"], ["Address", "12 Figment Road"]]
        pages.append(Page(("VICTIM", of_victim, "PERPETRATOR", of_perpetrator), header))
    reading = read_one(printed(pages, Print((120, 200))), "list.pdf")
    for _, role, family in told(list(reading.cases)):
        assert not family or role is (Role.VICTIM if family in ("ZZA", "ZZC", "ZZE") else Role.PERPETRATOR)


def test_texts_that_stand_over_each_other_are_held() -> None:
    rows = [[ref, "ZZSMITH, Jane", "1/2/84", "ZZJ, B", "3/4/80"] for ref in ("1/2026", "2/2026")]
    data = printed([Page(([HEAD, *rows],))], Print(WIDE.widths, ruled=False, wraps=False, pitch=6))
    assert Doubt.OVERPRINTED.value in [one.reason for one in content(data).noticed]


def test_a_line_that_did_not_fit_is_whole_again() -> None:
    start = "Victim: ZZSMITH, Jane, DOB 03/12/1984, known to several services, now at 12 Figment"
    while width_of(f"{start} Figment") < 842 - 2 * LEFT:
        start += " Figment"
    data = printed([Page(((start, "Figment Road, ZZ99 3VZ"), "Perpetrator: ZZJONES, Bob"))], RULED)
    assert [line.text for line in content(data).lines()] == [
        f"{start} Figment Road, ZZ99 3VZ",
        "Perpetrator: ZZJONES, Bob",
    ]
    data = printed([Page(((start, "Perpetrator: ZZJONES, Bob"),))], RULED)
    assert [line.text for line in content(data).lines()] == [start, "Perpetrator: ZZJONES, Bob"]
