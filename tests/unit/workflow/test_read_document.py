"""What becomes of a document once it is read: its kind, area and meeting must be beyond doubt before anything acts."""

from __future__ import annotations

from datetime import date

import pytest
from builders import case
from deployments import AREA, MEETING, OTHER_AREA, Trust, reading

from integration.custody.vault import Part
from integration.domain.case_list import DocumentKind, Problem, Reading
from integration.domain.progress import DocumentState
from integration.errors import DocumentRefused
from integration.storage.tables import documents, lists, meetings
from integration.workflow.process_case_list import perform
from integration.workflow.read_document import read_document
from integration.workflow.sealed import reading_of
from integration.workflow.settle_held import held_items


def read(trust: Trust, says: Reading) -> tuple[DocumentState, str]:
    content = trust.deliver(says)
    trust.run()
    document = trust.document(trust.document_of(content))
    return DocumentState(document["state"]), document["reason"] or ""


def test_a_list_is_read_and_its_reading_sealed(trust: Trust) -> None:
    said = reading(case())
    assert read(trust, said) == (DocumentState.READ, "")
    document = trust.only(documents)
    assert reading_of(trust.deployment, document) == said
    assert b"ZZTESTER" not in (trust.deployment.vault.folder / f"{document['document_id']}.reading").read_bytes()
    assert (trust.only(meetings)["area"], trust.only(meetings)["meeting_date"]) == (AREA, MEETING.isoformat())


@pytest.mark.parametrize("kind", [DocumentKind.RESEARCH_FORM, DocumentKind.MINUTES])
def test_forms_and_minutes_open_no_list(trust: Trust, kind: DocumentKind) -> None:
    assert read(trust, reading(case(), kind=kind)) == (DocumentState.READ, "")
    assert trust.rows(lists) == []
    assert trust.only(documents)["kind"] == kind


DOUBTS = {
    "kind": (reading(case(), kind=DocumentKind.UNRECOGNISED), "kind"),
    "meeting date": (reading(case(), day=None), "meeting date"),
    "layout or role": (reading(case(), problems=[Problem("sheet 1", "no column says the role")]), "sheet 1"),
    "nobody": (reading(), "without a case"),
}


@pytest.mark.parametrize(("doubtful", "word"), DOUBTS.values(), ids=DOUBTS)
def test_doubt_about_the_whole_holds_the_document(trust: Trust, doubtful: Reading, word: str) -> None:
    state, reason = read(trust, doubtful)
    assert state is DocumentState.HELD
    assert word in reason
    assert [item.object_id for item in held_items(trust.deployment)] == [trust.only(documents)["document_id"]]
    assert trust.people() == []


def test_the_area_is_taken_from_a_source_that_has_only_one(trust: Trust) -> None:
    assert read(trust, reading(case(), area=None))[0] is DocumentState.READ
    assert trust.only(meetings)["area"] == AREA


def test_an_unnamed_area_of_several_is_in_doubt(trust: Trust) -> None:
    trust.source.areas = (AREA, OTHER_AREA)
    assert read(trust, reading(case(), area=None)) == (
        DocumentState.HELD,
        "its area could not be made out; settle it with --area",
    )


def test_an_area_is_known_in_other_letters_and_spaces(trust: Trust) -> None:
    assert read(trust, reading(case(), area=" ROTHERHAM "))[0] is DocumentState.READ
    assert trust.only(meetings)["area"] == AREA


@pytest.mark.parametrize("area", ["Elsewhere", OTHER_AREA])
def test_a_list_for_an_area_that_is_not_the_sources_is_refused(trust: Trust, area: str) -> None:
    assert read(trust, reading(case(), area=area))[0] is DocumentState.REFUSED
    assert trust.rows(meetings) == []


def test_what_the_reader_refuses_is_refused_with_its_reason(trust: Trust) -> None:
    trust.deliver(DocumentRefused("it is password-protected and no password opens it"))
    trust.run()
    document = trust.only(documents)
    assert (document["state"], document["reason"]) == (
        DocumentState.REFUSED,
        "it is password-protected and no password opens it",
    )


def test_the_passwords_are_those_of_the_documents_own_source(trust: Trust) -> None:
    trust.change_deployment(passwords={"drop": ("one", "two"), "elsewhere": ("three",)})
    read(trust, reading(case()))
    assert trust.reader.asked == [("one", "two")]


def test_a_document_over_the_limit_is_refused_unread(trust: Trust) -> None:
    trust.change_deployment(max_document_bytes=4)
    assert read(trust, reading(case()))[0] is DocumentState.REFUSED
    assert trust.reader.asked == []


def test_reading_again_changes_nothing(trust: Trust) -> None:
    read(trust, reading(case()))
    before = trust.log_length()
    read_document(trust.deployment, trust.only(documents)["document_id"])
    assert trust.log_length() == before


def test_a_list_in_the_past_is_processed_and_marked_late(trust: Trust) -> None:
    assert read(trust, reading(case(), day=date(2026, 10, 1)))[0] is DocumentState.READ
    assert trust.only(lists)["late"]
    assert len(trust.people()) == 1


@pytest.mark.parametrize(("today", "late"), [(date(2026, 11, 23), False), (date(2026, 11, 24), True)])
def test_lateness_counts_eight_working_days(trust: Trust, today: date, late: bool) -> None:
    trust.clock.to(today)
    read(trust, reading(case()))
    assert trust.only(lists)["late"] is late


def test_a_reading_that_cannot_be_stored_is_a_failure_on_record_and_loses_nothing(trust: Trust) -> None:
    trust.deliver(reading(case()))
    trust.run()
    content = trust.deliver(reading(case("2")))
    from integration.workflow.receive_document import collect

    collect(trust.deployment, trust.source)
    document_id = trust.document_of(content)
    (trust.deployment.vault.folder / f"{document_id}.document").unlink()
    perform(trust.deployment, "read", document_id)
    assert trust.document(document_id)["state"] == DocumentState.RECEIVED
    assert not trust.deployment.vault.holds(document_id, Part.READING)
