"""What a person may answer about a held document or case, and that nothing which waits can slip out of sight."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from builders import case, subject
from deployments import AREA, MEETING, OTHER_AREA, Trust, reading

from integration.domain.audit import Action
from integration.domain.case_list import DocumentKind, Problem
from integration.domain.progress import DocumentState, ListState, SubjectState
from integration.errors import DocumentRefused, UsageError
from integration.storage.tables import audit_events, cases, lists, meetings
from integration.workflow.close_list import balance_of
from integration.workflow.meetings import cases_of_meeting, record_held
from integration.workflow.read_document import Confirmed
from integration.workflow.settle_held import (
    accept_case,
    dismiss,
    held_items,
    read_again,
    resolve_held,
    settle_document,
    show_held,
    transcribe_case,
    transcribe_document,
    withdraw_case,
)
from integration.workflow.state_of_play import state_of_play

S, D = SubjectState, DocumentState
ANNA = subject(family="ZZTESTER", given="Quillon")
ROWAN = subject(family="ZZOTHER", given="Rowan")
TORN = Problem("row 3", "the date of birth is not one", "2")


def held(trust: Trust, **says: Any) -> str:
    """A document that waits for a person, read so."""
    document_id = trust.issue(case("1", ANNA), **says)
    assert trust.document(document_id)["state"] == D.HELD
    return document_id


def held_case(trust: Trust) -> str:
    """A list whose first case went on, and whose second waits."""
    trust.issue(case("1", ANNA), case("2", ROWAN), problems=[TORN])
    (item,) = held_items(trust.deployment)
    return item.object_id


def test_a_date_that_a_person_gives_opens_the_list(trust: Trust) -> None:
    document_id = held(trust, day=None)
    settle_document(trust.as_reviewer(), document_id, Confirmed(meeting_date=MEETING))
    trust.work()
    assert trust.document(document_id)["state"] == D.READ
    assert trust.states() == [S.FLAGGED]
    assert held_items(trust.deployment) == []


def test_a_kind_that_a_person_gives_is_a_kind_confirmed(trust: Trust) -> None:
    document_id = held(trust, kind=DocumentKind.UNRECOGNISED)
    settle_document(trust.as_reviewer(), document_id, Confirmed(kind=DocumentKind.MINUTES))
    row = trust.document(document_id)
    assert (row["state"], row["kind"]) == (D.READ, DocumentKind.MINUTES)
    assert row["kind_confirmed_by"] == trust.as_reviewer().actor.actor_id
    assert trust.people() == []


def test_an_area_that_a_person_gives_counts_as_the_documents(trust: Trust) -> None:
    trust.source.areas = (AREA, OTHER_AREA)
    document_id = held(trust, area=None)
    settle_document(trust.as_reviewer(), document_id, Confirmed(area=OTHER_AREA))
    assert trust.document(document_id)["state"] == D.READ
    assert trust.only(meetings)["area"] == OTHER_AREA


def test_half_an_answer_leaves_it_held_with_the_other_half(trust: Trust) -> None:
    document_id = held(trust, kind=DocumentKind.UNRECOGNISED, day=None)
    settle_document(trust.as_reviewer(), document_id, Confirmed(kind=DocumentKind.CASE_LIST))
    row = trust.document(document_id)
    assert (row["state"], row["reason"]) == (
        D.HELD,
        "its meeting date could not be made out; settle it with --meeting-date",
    )


def test_an_area_that_there_is_not_is_no_answer(trust: Trust) -> None:
    document_id = held(trust, day=None)
    with pytest.raises(UsageError):
        settle_document(trust.as_reviewer(), document_id, Confirmed(area="Elsewhere"))


def test_a_refused_document_is_not_settled_but_read_again(trust: Trust) -> None:
    content = trust.deliver(reading(case("1", ANNA), area="Elsewhere"))
    trust.run()
    document_id = trust.document_of(content)
    with pytest.raises(UsageError):
        settle_document(trust.as_reviewer(), document_id, Confirmed(area=AREA))
    trust.reader.by_content[content] = reading(case("1", ANNA))
    read_again(trust.as_reviewer(), document_id)
    trust.work()
    assert trust.document(document_id)["state"] == D.READ


def test_reading_again_a_document_of_an_unknown_sender_allows_every_area(trust: Trust) -> None:
    content = trust.deliver(reading(case("1", ANNA)), sender="stranger@elsewhere.example")
    trust.run()
    read_again(trust.as_reviewer(), trust.document_of(content))
    trust.work()
    assert trust.states() == [S.FLAGGED]


def test_a_dismissed_document_that_is_read_again_waits_in_sight(trust: Trust) -> None:
    trust.change_deployment(policy=lambda: None)
    content = trust.deliver(DocumentRefused("it is password-protected"))
    trust.run()
    document_id = trust.document_of(content)
    dismiss(trust.as_reviewer(), document_id)
    assert held_items(trust.deployment) == []
    read_again(trust.as_reviewer(), document_id)
    trust.work()
    assert [item.object_id for item in held_items(trust.deployment)] == [document_id]
    assert trust.document(document_id)["refusal_settled_at"] is None


def test_a_dismissed_document_that_is_settled_waits_in_sight(trust: Trust) -> None:
    trust.change_deployment(policy=lambda: None)
    document_id = held(trust, kind=DocumentKind.UNRECOGNISED, day=None)
    dismiss(trust.as_reviewer(), document_id)
    settle_document(trust.as_reviewer(), document_id, Confirmed(kind=DocumentKind.MINUTES))
    assert [item.object_id for item in held_items(trust.deployment)] == [document_id]


def test_what_does_not_wait_is_not_settled(trust: Trust) -> None:
    document_id = trust.issue(case("1", ANNA))
    acts: tuple[Callable[[], object], ...] = (
        lambda: settle_document(trust.deployment, document_id, Confirmed()),
        lambda: read_again(trust.deployment, document_id),
        lambda: dismiss(trust.deployment, document_id),
        lambda: transcribe_document(trust.deployment, document_id, 3, AREA, MEETING),
        lambda: accept_case(trust.deployment, trust.cases()[0]["case_id"]),
        lambda: transcribe_case(trust.deployment, trust.cases()[0]["case_id"], 3),
        lambda: withdraw_case(trust.deployment, trust.cases()[0]["case_id"]),
    )
    for act in acts:
        with pytest.raises(UsageError):
            act()


def test_a_list_dealt_with_by_hand_counts_its_people(trust: Trust) -> None:
    document_id = held(trust, problems=[Problem("sheet 1", "no column says the role")])
    with pytest.raises(UsageError):
        transcribe_document(trust.as_reviewer(), document_id, 0, AREA, MEETING)
    transcribe_document(trust.as_reviewer(), document_id, 7, AREA, MEETING)
    trust.work()
    assert trust.document(document_id)["state"] == D.READ
    assert balance(trust) == (7, 7, True)
    assert trust.list_state() is ListState.FLAGGED
    assert [line.case_ref for line in cases_of_meeting(trust.deployment, trust.meeting_id())] == ["(not read)"]


def balance(trust: Trust) -> tuple[int, int, bool]:
    with trust.deployment.database.reading() as connection:
        sheet = balance_of(connection, trust.only(lists)["list_id"])
    return sheet.people, sheet.ended, sheet.balances


def closed_list(trust: Trust) -> None:
    trust.issue(case("9", subject(family="ZZNOBODY", given="Ix", births=(date(1970, 1, 1),), postcode="ZZ98 1AA")))
    trust.clock.to(MEETING)
    record_held(trust.as_reviewer(), trust.meeting_id())
    trust.work()
    assert trust.only(lists)["state"] == "closed"


def test_a_person_opens_a_closed_list_again_by_dealing_with_a_later_version(trust: Trust) -> None:
    closed_list(trust)
    document_id = held(trust, problems=[Problem("sheet 1", "no column says the role")])
    transcribe_document(trust.as_reviewer(), document_id, 7, AREA, MEETING)
    assert trust.document(document_id)["state"] == D.READ
    assert trust.only(lists)["state"] == "read"
    trust.work()
    assert balance(trust) == (7, 7, True)  # the one who was counted before is one of the seven
    assert trust.only(lists)["state"] == "closed"


def test_a_list_does_not_close_while_a_version_of_it_waits(trust: Trust) -> None:
    trust.issue(case("9", subject(family="ZZNOBODY", given="Ix", births=(date(1970, 1, 1),), postcode="ZZ98 1AA")))
    document_id = held(trust, problems=[Problem("sheet 1", "no column says the role")])
    trust.clock.to(MEETING)
    record_held(trust.as_reviewer(), trust.meeting_id())
    trust.work()
    assert trust.only(lists)["state"] == "heard"
    dismiss(trust.as_reviewer(), document_id)
    trust.work()
    assert trust.only(lists)["state"] == "closed"


def test_a_held_list_shows_what_was_read_and_that_somebody_looked(trust: Trust) -> None:
    document_id = held(trust, problems=[Problem("sheet 1", "no column says the role")])
    shown = show_held(trust.as_reviewer(), document_id)
    assert shown.item.reason == "sheet 1: no column says the role"
    assert [problem.where for problem in shown.problems] == ["sheet 1"]
    assert len(trust.rows(audit_events, audit_events.c.action == Action.DOCUMENT_DISPLAYED.value)) == 1


def test_a_held_case_shows_its_own_people_and_problems(trust: Trust) -> None:
    shown = show_held(trust.as_reviewer(), held_case(trust))
    assert (shown.case_ref, shown.people, shown.problems) == ("2", (ROWAN,), (TORN,))


def test_an_accepted_case_goes_on(trust: Trust) -> None:
    case_id = held_case(trust)
    assert trust.states() == [S.FLAGGED, S.HELD]
    accept_case(trust.as_reviewer(), case_id)
    trust.work()
    assert trust.states() == [S.FLAGGED, S.FLAGGED]
    assert trust.list_state() is ListState.FLAGGED
    assert state_of_play(trust.deployment).held == 0


def test_a_case_dealt_with_by_hand_counts_those_whom_nobody_could_read(trust: Trust) -> None:
    case_id = held_case(trust)
    transcribe_case(trust.as_reviewer(), case_id, 3)
    trust.work()
    assert trust.states() == [S.FLAGGED, S.TRANSCRIBED]
    assert balance(trust) == (4, 4, True)


def test_by_hand_counts_at_least_the_people_who_were_read(trust: Trust) -> None:
    trust.issue(case("1", ANNA, ROWAN), problems=[Problem("row 2", "torn", "1")])
    (item,) = held_items(trust.deployment)
    with pytest.raises(UsageError):
        transcribe_case(trust.as_reviewer(), item.object_id, 1)
    assert trust.states() == [S.HELD, S.HELD]


def test_a_case_of_which_nobody_was_read_cannot_simply_be_accepted(trust: Trust) -> None:
    trust.issue(case("1", ANNA), problems=[Problem("row 3", "two people in one cell", "2")])
    (item,) = held_items(trust.deployment)
    assert show_held(trust.as_reviewer(), item.object_id).case_ref == "2"
    with pytest.raises(UsageError):
        accept_case(trust.as_reviewer(), item.object_id)
    transcribe_case(trust.as_reviewer(), item.object_id, 2)
    assert balance(trust) == (3, 3, True)


def test_a_withdrawn_case_takes_its_people_with_it(trust: Trust) -> None:
    case_id = held_case(trust)
    withdraw_case(trust.as_reviewer(), case_id)
    trust.work()
    assert trust.states() == [S.FLAGGED, S.WITHDRAWN]
    assert trust.only(cases, cases.c.withdrawn)["case_id"] == case_id
    assert trust.list_state() is ListState.FLAGGED


def test_a_held_thing_is_known_by_the_beginning_of_its_id(trust: Trust) -> None:
    document_id = held(trust, day=None)
    assert resolve_held(trust.deployment, document_id[:6]) == ("document", document_id)
    with pytest.raises(UsageError):
        resolve_held(trust.deployment, "")
    dismiss(trust.as_reviewer(), document_id)
    with pytest.raises(UsageError):
        resolve_held(trust.deployment, document_id[:6])
