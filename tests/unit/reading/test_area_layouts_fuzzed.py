"""Whatever stands in whatever cells: a document is read by its area's layout or held, and nothing breaks."""

from __future__ import annotations

from area_layouts import AREA, BLOCKS, GROUPED, JARGON, ROW_A_CASE, SIDE_BY_SIDE, layout
from hypothesis import given, settings
from hypothesis import strategies as st
from reading_room import TODAY, vocabulary

from mappings.case_lists.content import Cell, Content, Line, Row, Table
from mappings.case_lists.layout_documents import explain_content
from mappings.case_lists.layouts import Layouts

WORDS = (
    *("", "Party A", "Party B", "Name", "Date of birth", "D.O.B.", "Address", "NHS number", "Case ref", "Case number"),
    *("Case 1/2026/001", "1/2026", "Repeat", "Children", "Child name", "DOB", "School", "ZZVERA, Ann", "02/03/1984"),
    *("Party A: ZZVERA, Ann", "Name: ZZPIKE, Bob", "a\nb", "x" * 200, *JARGON),
)
LAYOUTS = [
    layout(text)
    for text in (ROW_A_CASE, GROUPED, SIDE_BY_SIDE, BLOCKS, SIDE_BY_SIDE.replace('"label"', '"label"\nlabels = "left"'))
]
cells = st.builds(Cell, st.sampled_from(WORDS), st.just("A1"), st.none() | st.just(3.0), st.booleans())
rows = st.lists(cells, max_size=7).map(tuple)
tables = st.builds(
    lambda given, name: Table(tuple(Row(at, row, f"row {at}") for at, row in enumerate(given, start=1)), name, "table"),
    st.lists(rows, max_size=7),
    st.sampled_from(("", "Cases")),
)
lines = st.builds(Line, st.sampled_from(WORDS), st.just("line"))


@given(blocks=st.lists(tables | lines, max_size=4), told=st.sampled_from(LAYOUTS), area=st.none() | st.just(AREA))
@settings(max_examples=80, deadline=None)
def test_nothing_breaks(blocks: list[Table | Line], told: object, area: str | None) -> None:
    layouts = Layouts(tuple(one for one in LAYOUTS if one is told), area, is_case_list=area is None)
    reading, sources = explain_content(
        Content("text/csv", tuple(blocks)),
        sha256="0" * 64,
        untrusted_names=("Testshire MARAC 3 December 2026",),
        vocabulary=vocabulary(),
        today=TODAY,
        layouts=layouts,
    )
    assert reading.layout is None or reading.doubts_whole_document() or reading.cases
    assert len({(one.case, one.subject) for one in sources}) == sum(len(made.subjects) for made in reading.cases)
