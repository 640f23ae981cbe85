"""Which layout a document has to follow, and that a list is accepted only if it was read by its own area's."""

from __future__ import annotations

import json

import pytest
from builders import case
from deployments import AREA, OTHER_AREA, Trust, reading

from integration.domain.audit import Action
from integration.domain.case_list import DocumentKind, LayoutUsed, Problem, Reading
from integration.domain.progress import DocumentState
from integration.reading.layouts import LayoutFile
from integration.storage.tables import audit_events, documents
from integration.workflow.compare_layouts import is_another_of_its_version
from integration.workflow.read_document import Confirmed
from integration.workflow.sealed import reading_of
from integration.workflow.settle_held import settle_document

OURS, OTHERS = LayoutUsed("ours", 2, "a" * 12), LayoutUsed("others", 1, "b" * 12)
FILES = {AREA: LayoutFile(OURS, AREA, {}), OTHER_AREA: LayoutFile(OTHERS, OTHER_AREA, {})}


def by(layout: LayoutUsed | None, area: str | None = AREA, **changes: object) -> Reading:
    said = reading(case(), area=area)
    changed = {name: getattr(said, name) for name in said.__slots__} | {"layout": layout} | changes
    return Reading(**changed)


@pytest.fixture
def laid(trust: Trust) -> Trust:
    trust.change_deployment(layouts=FILES)
    return trust


def read(trust: Trust, said: Reading) -> tuple[DocumentState, str]:
    trust.deliver(said)
    trust.run()
    document = trust.only(documents)
    return DocumentState(document["state"]), document["reason"] or ""


def events(trust: Trust, action: Action) -> list[dict[str, object]]:
    rows = trust.rows(audit_events, audit_events.c.action == action.value)
    return [json.loads(row["canonical"])["details"] for row in rows]


def test_the_only_area_of_a_source_is_known_before_it_is_read(laid: Trust) -> None:
    assert read(laid, by(OURS, area=None)) == (DocumentState.READ, "")
    [told] = laid.reader.told
    assert (told.files, told.area, told.is_case_list) == ((FILES[AREA],), AREA, False)
    assert reading_of(laid.deployment, laid.only(documents)) == by(OURS, area=None)


def test_which_layout_a_list_was_read_by_stands_in_the_log(laid: Trust) -> None:
    read(laid, by(OURS))
    [details] = events(laid, Action.DOCUMENT_READ)
    assert {"layout": "ours", "layout_version": 2, "layout_digest": "a" * 12}.items() <= details.items()


def test_so_does_the_one_that_held_it(laid: Trust) -> None:
    misfit = by(OURS, cases=(), problems=(Problem("List!row 3", "a heading of the area's layout is missing"),))
    state, reason = read(laid, misfit)
    assert (state, reason) == (DocumentState.HELD, "row 3: a heading of the area's layout is missing")
    [details] = events(laid, Action.DOCUMENT_HELD)
    assert details["layout"] == "ours"


@pytest.mark.parametrize("used", [None, OTHERS, LayoutUsed("ours", 1, "a" * 12)])
def test_a_list_that_was_read_otherwise_is_held(laid: Trust, used: LayoutUsed | None) -> None:
    state, reason = read(laid, by(used))
    assert state is DocumentState.HELD
    assert "not read by its area's layout" in reason
    assert laid.people() == []


def test_a_list_of_an_area_without_a_layout_is_never_read_by_anothers(trust: Trust) -> None:
    trust.change_deployment(layouts={OTHER_AREA: FILES[OTHER_AREA]})
    assert read(trust, by(OTHERS))[0] is DocumentState.HELD


def test_minutes_need_no_layout(laid: Trust) -> None:
    assert read(laid, by(None, kind=DocumentKind.MINUTES))[0] is DocumentState.READ


def test_of_several_areas_all_layouts_are_told_and_none_is_chosen_before(laid: Trust) -> None:
    laid.source.areas = (AREA, OTHER_AREA)
    assert read(laid, by(OTHERS, area=OTHER_AREA))[0] is DocumentState.READ
    [told] = laid.reader.told
    assert (told.files, told.area) == (tuple(FILES.values()), None)


def test_the_layout_of_another_area_than_the_one_named_holds_the_list(laid: Trust) -> None:
    laid.source.areas = (AREA, OTHER_AREA)
    assert read(laid, by(OTHERS, area=AREA))[0] is DocumentState.HELD


def test_what_a_person_says_of_area_and_kind_decides_which_layout(laid: Trust) -> None:
    laid.source.areas = (AREA, OTHER_AREA)
    assert read(laid, by(None, area=None))[0] is DocumentState.HELD
    document_id = laid.only(documents)["document_id"]
    settle_document(laid.deployment, document_id, Confirmed(DocumentKind.CASE_LIST, OTHER_AREA))
    told = laid.reader.told[-1]
    assert (told.files, told.area, told.is_case_list) == ((FILES[OTHER_AREA],), OTHER_AREA, True)
    assert laid.only(documents)["state"] == DocumentState.HELD.value  # it was read as before, by no layout


def test_a_layout_that_changed_without_a_new_version_is_told(laid: Trust) -> None:
    read(laid, by(OURS))
    assert not is_another_of_its_version(laid.deployment, OURS)
    assert is_another_of_its_version(laid.deployment, LayoutUsed("ours", 2, "c" * 12))
    assert not is_another_of_its_version(laid.deployment, LayoutUsed("ours", 3, "c" * 12))
    assert not is_another_of_its_version(laid.deployment, LayoutUsed("others", 2, "c" * 12))
