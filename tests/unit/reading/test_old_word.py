"""Word 97-2003 documents: what a word processor saved as .doc says what the .docx says that it was made from."""

from __future__ import annotations

import string
import struct

import pytest
from compound_files import compound_file
from containers import markup
from hypothesis import given
from hypothesis import strategies as st
from office_documents import CASES, FIXTURES, MADE_FROM
from reading_room import everybody, read_one
from word97_documents import (
    DELETED,
    HIDDEN,
    INSERTED,
    NARROW,
    SAVED_FAST,
    STRUCK,
    WIDE,
    Layout,
    Paragraph,
    Run,
    field_of,
    line,
    old_word,
    protected_old_word,
    table,
)

from integration.domain.case_list import DocumentKind
from integration.ports import UntrustedFile
from integration.reading import read_untrusted
from mappings.case_lists.containers import Key, Untrusted, contents_of
from mappings.case_lists.content import Content, Line, Table
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.refusals import Refusal, Refused

LAYOUTS = {"wide": WIDE, "narrow": NARROW, "saved fast": SAVED_FAST, "saved fast, narrow": Layout(1, 5, True)}
each_layout = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)


def content(data: bytes, name: str = "a.doc", *passwords: str) -> Content:
    ((_, found),) = contents_of(Untrusted(name, data), Key(passwords))
    return found


def refusal(data: bytes, name: str = "a.doc", *passwords: str) -> Refusal:
    with pytest.raises(Refused) as raised:
        content(data, name, *passwords)
    return raised.value.refusal


def lines(found: Content) -> list[str]:
    return [one.text for one in found.lines()]


def texts(one: Table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in one.rows]


@pytest.mark.parametrize("name", MADE_FROM)
def test_a_saved_document_holds_the_same_blocks(name: str) -> None:
    saved = content((FIXTURES / f"{name}.doc").read_bytes())
    original = content(MADE_FROM[name](), "a.docx")
    assert saved.media_type == "application/msword"
    assert [_told(block) for block in saved.blocks] == [_told(block) for block in original.blocks]
    assert saved.noticed == original.noticed


def _told(block: Line | Table) -> object:
    """A text box ends with a paragraph more in the old format, so paragraphs are not counted alike."""
    return (block.text, block.heading) if isinstance(block, Line) else block


@pytest.mark.parametrize("ending", ["doc", "docx"])
def test_form_fields_and_text_boxes_are_read(ending: str) -> None:
    data = (FIXTURES / "everything.doc").read_bytes() if ending == "doc" else MADE_FROM["everything"]()
    found = content(data, f"a.{ending}")
    assert {"Referred by Police repeat: Yes", "Words in a box", "box in a cell"} <= set(lines(found))
    cells = [text for one in found.tables() for row in texts(one) for text in row]
    assert any(text.endswith("in a cell result c") for text in cells)


@pytest.mark.parametrize(
    "name", ["side-by-side", "side-by-side-swapped", "a-table-a-role", "perpetrator-first", "agenda"]
)
def test_a_list_comes_back(name: str) -> None:
    reading = read_one((FIXTURES / f"{name}.doc").read_bytes(), "list.doc")
    assert reading.problems == ()
    assert everybody(reading.cases) == everybody(CASES)


def test_it_is_read_in_the_locked_child_too() -> None:
    (reading,) = read_untrusted(UntrustedFile("list.doc", (FIXTURES / "agenda.doc").read_bytes()))
    assert reading.kind is DocumentKind.CASE_LIST
    assert everybody(reading.cases) == everybody(CASES)


# --- what word processors here do not write


words = st.text(string.ascii_letters + string.digits + " '-éüŁ€→\n", max_size=12).map(str.strip)
TABLES = st.integers(1, 6).flatmap(
    lambda wide: st.lists(st.lists(words, min_size=wide, max_size=wide), min_size=1, max_size=5)
)


@given(TABLES, st.integers(1, 40), st.booleans())
def test_any_table_comes_back_however_it_is_cut_into_pieces(rows: list[list[str]], piece: int, backwards: bool) -> None:
    data = old_word([line("before"), *table(rows), line("after")], Layout(2, piece, backwards))
    before, found, after = content(data).blocks
    assert isinstance(before, Line) and isinstance(after, Line) and isinstance(found, Table)
    assert (before.text, after.text, texts(found)) == ("before", "after", rows)


@each_layout
def test_windows_and_unicode_text(layout: Layout) -> None:
    told = "Zoë O\u2019Zz “quoted” €5 ½ \u2013 dash"
    assert lines(content(old_word([line(told)], layout))) == [told]


@each_layout
def test_of_fields_the_result_is_read(layout: Layout) -> None:
    inner = (*field_of("FORMTEXT", "Jane ZZ"), Run(" and "), *field_of('HYPERLINK "http://x"', "a link"))
    nested = (Run("\x13", b""), Run("IF "), *field_of("FORMTEXT", "not shown"), Run("\x14shown\x15"))
    found = content(old_word([line("Victim: ", *inner), line(*nested), line("end")], layout))
    assert lines(found) == ["Victim: Jane ZZ and a link", "shown", "end"]


@pytest.mark.parametrize("instruction", ["DDEAUTO c:\\\\x.exe a", "dde x y", "LINK Excel.Sheet.8 x", "INCLUDETEXT x"])
def test_fields_that_reach_out_are_refused(instruction: str) -> None:
    assert refusal(old_word([line(*field_of(instruction, "x"))])) is Refusal.ACTIVE_CONTENT


def test_a_field_without_an_end_swallows_nobody() -> None:
    assert refusal(old_word([line("\x13 FORMTEXT "), line("Victim: Jane ZZ")])) is Refusal.TRUNCATED


@each_layout
def test_what_was_deleted_is_left_out_and_what_was_changed_is_said(layout: Layout) -> None:
    body = [
        line("stays", Run(" removed", DELETED)),
        line("stays", Run(" added", INSERTED)),
        line("stays", Run(" hidden", HIDDEN)),
        line("stays", Run(" struck", STRUCK)),
        line("plain"),
    ]
    found = content(old_word(body, layout))
    assert lines(found) == ["stays", "stays added", "stays hidden", "stays struck", "plain"]
    assert [one.reason for one in found.noticed] == [
        Doubt.TRACKED_CHANGES.value,
        Doubt.TRACKED_CHANGES.value,
        Doubt.HIDDEN.value,
        Doubt.STRUCK_OUT.value,
    ]


def test_a_piece_may_say_by_itself_that_it_was_deleted() -> None:
    data = old_word([line("12345 deleted")], Layout(piece=5), modifiers={1: 0x41 << 1 | 1 << 8})
    found = content(data)
    assert lines(found) == ["12345ted"]
    assert [one.reason for one in found.noticed] == [Doubt.TRACKED_CHANGES.value]


def test_merged_cells_repeat_where_they_cover() -> None:
    rows = [["Case", "Victim", "Perpetrator"], ["", "Name", "DOB", "Name", "DOB"], ["1", "a", "b", "c", "d"]]
    rows += [["", "e", "", "f", ""]]
    single = (0, 1000, 2000, 3000, 4000, 5000)
    edges = [(0, 1000, 3010, 5000), single, (0, 1020, 2000, 2990, 4000, 5000), single]
    data = old_word([*table(rows, edges, {(2, 0): 0x60, (3, 0): 0x20})])
    (found,) = content(data).tables()
    assert texts(found)[0] == ["Case", "Victim", "Victim", "Perpetrator", "Perpetrator"]
    assert [cell.covered for cell in found.rows[0].cells] == [False, False, True, False, True]
    assert texts(found)[3] == ["1", "e", "", "f", ""]
    assert found.rows[3].cells[0].covered


@pytest.mark.parametrize("marks", [(1, 2, 2), (2, 1, 1)])
def test_writers_that_disagree_on_the_marks_of_merged_cells_are_both_read(marks: tuple[int, ...]) -> None:
    flags = {(0, across): mark for across, mark in enumerate(marks)}
    (found,) = content(old_word([*table([["Victim", "", "", "x"], ["a", "b", "c", "d"]], None, flags)])).tables()
    assert texts(found)[0] == ["Victim", "Victim", "Victim", "x"]


def test_tables_that_stand_right_under_each_other_are_two() -> None:
    first = table([["Name", "a", "Name", "b"]], [(0, 1500, 3000, 4500, 6000)])
    second = table([["Child", "DOB", "School"], ["c", "d", "e"]], [(0, 2000, 4000, 6000)] * 2)
    assert [len(one.rows) for one in content(old_word([*first, *second])).tables()] == [1, 2]


@each_layout
def test_a_table_in_a_cell_is_a_table_of_its_own(layout: Layout) -> None:
    inner = [*table([["in", "out"]], depth=2), line("after")]
    outer, found = content(old_word([*table([["a", inner]])], layout)).tables()
    assert (texts(outer), texts(found)) == ([["a", "after"]], [["in", "out"]])


def test_a_row_whose_cells_do_not_fit_its_edges_is_said() -> None:
    rows = list(table([["Case", "Victim", "Perpetrator"]]))
    found = content(old_word([*rows[1:], *table([["a", "b", "c"]])]))
    assert [one.reason for one in found.noticed] == [Doubt.ROW_UNCLEAR.value]


def test_a_wide_row_keeps_its_edges_in_another_stream() -> None:
    rows = [[f"{down}.{across}" for across in range(14)] for down in range(3)]
    (found,) = content(old_word([*table(rows)])).tables()
    assert texts(found) == rows


def test_the_header_of_the_page_is_read() -> None:
    assert lines(content(old_word([line("body")], page_header="Testshire MARAC"))) == ["Testshire MARAC", "body"]


@pytest.mark.parametrize("left_out", [-1, -2])
def test_half_a_row_is_refused(left_out: int) -> None:
    rows = list(table([["Jane ZZ", "Bob ZZ"]]))
    del rows[left_out:]
    assert refusal(old_word([*rows, line("after")])) is Refusal.TRUNCATED


def test_a_cell_in_no_table_is_refused() -> None:
    assert refusal(old_word([Paragraph((Run("Jane"),), "\x07")])) is Refusal.TRUNCATED


# --- what else a file carries


def test_a_protected_document_is_opened_with_its_password() -> None:
    data = protected_old_word([line("Victim: Zoë ZZ"), *table([["a", "b"]])], "correct horse")
    assert lines(content(data, "a.doc", "wrong", "correct horse")) == ["Victim: Zoë ZZ"]
    assert refusal(data, "a.doc", "wrong") is Refusal.PROTECTED
    assert refusal(data) is Refusal.PROTECTED


def test_macros_are_never_run_and_the_fact_is_recorded() -> None:
    found = content(old_word([line("x")], streams={"Macros": {"VBA": {"dir": b"x" * 30}}}))
    assert (found.media_type, lines(found)) == ("application/msword; macroEnabled", ["x"])


def test_embedded_objects_are_refused() -> None:
    embedded = {"ObjectPool": {"_1234": {"\x01Ole10Native": b"MZ" * 99}}}
    assert refusal(old_word([line("x")], streams=embedded)) is Refusal.ACTIVE_CONTENT
    assert lines(content(old_word([line("x")], streams={"ObjectPool": {}}))) == ["x"]


def test_what_is_older_than_word_97_is_refused_with_its_remedy() -> None:
    stream = bytearray(4_000)
    struct.pack_into("<HH", stream, 0, 0xA5DC, 0x65)
    assert refusal(compound_file({"WordDocument": bytes(stream)})) is Refusal.LEGACY_WORD


def test_what_only_calls_itself_doc() -> None:
    rows = [["Case No", "Victim", "Alleged perpetrator"], ["1/2026", "ZZA, Jane", "ZZB, Bob"]]
    assert texts(next(content(markup(rows, "MARAC").encode()).tables())) == rows
    assert refusal(rb"{\rtf1\ansi Victim: Jane ZZ\par}") is Refusal.RICH_TEXT
    assert refusal(rb"{\rtf1\ansi Victim: Jane ZZ\par}", "") is Refusal.RICH_TEXT
