"""A list and its later versions: compared by what the cases say, only the difference acts, nobody is lost."""

from __future__ import annotations

from datetime import date

import pytest
from builders import case, subject
from deployments import MEETING, Trust, reading

from integration.domain.case_list import DocumentKind, Problem
from integration.domain.people import Role
from integration.domain.progress import DocumentState, ListState, SubjectState
from integration.storage.tables import documents, flag_grounds, list_versions, lists, subjects
from integration.workflow.close_list import balance_of
from integration.workflow.meetings import record_held
from integration.workflow.read_document import Confirmed
from integration.workflow.review_match import Answer, decide, show, waiting_for_review
from integration.workflow.settle_held import accept_case, held_items, settle_document, transcribe_case, withdraw_case

S = SubjectState
ANNA = subject(family="ZZTESTER", given="Quillon")  # patient 1001
ROWAN = subject(Role.PERPETRATOR, family="ZZOTHER", given="Rowan")  # patient 1002
NOBODY = subject(family="ZZNOBODY", given="Ix", births=(date(1970, 1, 1),), postcode="ZZ98 1AA")
NOONE = subject(family="ZZNOONE", given="Ux", births=(date(1971, 1, 1),), postcode="ZZ98 1AB")


def people_of(trust: Trust) -> list[tuple[SubjectState, str | None]]:
    return [(S(row["state"]), row["patient"]) for row in trust.people(~subjects.c.case_id.is_(None))]


def test_a_first_version_opens_the_list(trust: Trust) -> None:
    trust.issue(case("1", ANNA), case("2", ROWAN, NOBODY))
    assert [row["case_no"] for row in trust.cases()] == [0, 1]
    assert people_of(trust) == [(S.FLAGGED, "1001"), (S.FLAGGED, "1002"), (S.NOT_OUR_PATIENT, None)]
    assert trust.list_state() is ListState.FLAGGED


def test_the_same_list_again_changes_nothing_but_its_version(trust: Trust) -> None:
    trust.issue(case("1", ANNA), case("2", ROWAN))
    before = [(row["subject_id"], row["version"]) for row in trust.people()]
    second = trust.issue(case("1", ANNA), case("2", ROWAN))
    assert [(row["subject_id"], row["version"]) for row in trust.people()] == before
    assert {row["document_id"] for row in trust.people()} == {second}
    assert len(trust.rows(list_versions)) == 2
    assert trust.list_state() is ListState.FLAGGED


def test_a_late_addition_alone_acts(trust: Trust) -> None:
    trust.issue(case("1", ANNA))
    first = trust.people()[0]["subject_id"]
    trust.issue(case("1", ANNA), case("2", ROWAN))
    assert people_of(trust) == [(S.FLAGGED, "1001"), (S.FLAGGED, "1002")]
    assert trust.people()[0]["subject_id"] == first
    assert trust.register.writes == 2


def test_renumbered_cases_are_the_same_cases(trust: Trust) -> None:
    trust.issue(case("1", ANNA), case("2", ROWAN))
    before = {row["subject_id"] for row in trust.people()}
    trust.issue(case("1", NOBODY), case("2", ANNA), case("3", ROWAN))
    assert people_of(trust) == [(S.NOT_OUR_PATIENT, None), (S.FLAGGED, "1001"), (S.FLAGGED, "1002")]
    assert before <= {row["subject_id"] for row in trust.people()}
    assert waiting_for_review(trust.deployment) == []


def test_a_corrected_person_takes_the_place_of_the_wrong_one(trust: Trust) -> None:
    trust.issue(case("1", NOBODY))
    corrected = subject(family="ZZTESTER", given="Quillon", births=(date(1984, 3, 2),))
    trust.issue(case("1", corrected))
    assert sorted(people_of(trust)) == sorted([(S.WITHDRAWN, None), (S.FLAGGED, "1001")])


def test_the_flag_of_a_withdrawn_case_is_put_to_a_person(trust: Trust) -> None:
    trust.issue(case("1", ANNA), case("2", ROWAN))
    trust.issue(case("1", ANNA))
    (item,) = waiting_for_review(trust.deployment)
    assert item.why == ("its case is no longer on the list",)
    assert [row["status"] for row in trust.flags()] == ["active", "active"]
    shown = show(trust.deployment, item.subject_id)
    assert shown.subject == ROWAN
    assert shown.case_ref == "2"
    assert trust.list_state() is ListState.MATCHED
    decide(trust.as_reviewer(), item.subject_id, item.version, Answer.WITHDRAWN, None, "not on the list")
    trust.work()
    assert [(row["patient"], row["status"]) for row in trust.flags()] == [("1001", "active"), ("1002", "inactive")]


def test_a_person_taken_out_of_a_case_is_shown_as_the_person_that_they_were(trust: Trust) -> None:
    trust.issue(case("9", NOBODY), case("1", ROWAN, ANNA))
    trust.issue(case("1", ANNA))
    items = {item.role: item for item in waiting_for_review(trust.deployment)}
    shown = show(trust.deployment, items[Role.PERPETRATOR].subject_id)
    assert shown.subject == ROWAN
    assert len(items) == 1


def test_who_was_taken_out_of_a_case_is_not_looked_for_in_somebody_elses_place(trust: Trust) -> None:
    trust.issue(case("9", NOBODY), case("1", ROWAN, ANNA))
    trust.issue(case("1", NOONE, ANNA))
    by_state = {(row["state"], row["role"]): row for row in trust.people()}
    assert (S.UNDER_REVIEW, Role.PERPETRATOR) in by_state
    assert (S.NOT_OUR_PATIENT, Role.VICTIM) in by_state
    trust.load()
    trust.work()
    assert {(row["patient"], row["role"]) for row in trust.flags()} == {("1001", "victim"), ("1002", "perpetrator")}


@pytest.mark.parametrize("third", ["same", "changed"])
def test_whether_a_gone_persons_flag_stays_is_asked_until_somebody_answers(trust: Trust, third: str) -> None:
    trust.issue(case("1", ANNA, ROWAN))
    trust.issue(case("1", ANNA))
    trust.issue(*([case("1", ANNA), case("2", NOBODY)] if third == "same" else [case("1", ANNA, NOBODY)]))
    (item,) = waiting_for_review(trust.deployment)
    assert item.why == ("its case is no longer on the list",)
    assert show(trust.deployment, item.subject_id).subject == ROWAN


def test_somebody_taken_off_and_put_back_has_a_ground_of_their_own(trust: Trust) -> None:
    trust.issue(case("1", ANNA, ROWAN))
    trust.issue(case("1", ANNA))
    trust.issue(case("1", ANNA, ROWAN))
    (item,) = waiting_for_review(trust.deployment)
    decide(trust.as_reviewer(), item.subject_id, item.version, Answer.WITHDRAWN, None, "an entry that was replaced")
    trust.work()
    assert [row["status"] for row in trust.flags()] == ["active", "active"]
    assert sorted(trust.states()) == sorted([S.FLAGGED, S.ALREADY_FLAGGED, S.WITHDRAWN])
    assert len(trust.rows(flag_grounds, flag_grounds.c.lost_at.is_(None))) == 2


def test_who_was_never_flagged_simply_goes(trust: Trust) -> None:
    trust.issue(case("1", ANNA), case("2", NOBODY))
    trust.issue(case("1", ANNA))
    assert sorted(trust.states()) == sorted([S.FLAGGED, S.WITHDRAWN])
    assert trust.list_state() is ListState.FLAGGED


def test_a_case_in_doubt_is_held_and_the_others_go_on(trust: Trust) -> None:
    trust.issue(case("1", ANNA), case("2", ROWAN), problems=[Problem("row 3", "the date of birth is not one", "2")])
    assert trust.states() == [S.FLAGGED, S.HELD]
    (item,) = held_items(trust.deployment)
    assert (item.what, item.where, item.reason) == ("case", "row 3", "the date of birth is not one")
    assert trust.list_state() is ListState.MATCHED


def test_a_case_of_which_only_a_problem_was_read_is_held_too(trust: Trust) -> None:
    trust.issue(case("1", ANNA), problems=[Problem("row 3", "two people in one cell", "2")])
    assert [(row["case_no"], row["held"]) for row in trust.cases()] == [(-1, True), (0, False)]


def test_one_unread_case_is_never_taken_for_another(trust: Trust) -> None:
    two_in_one = "two people in one cell"
    trust.issue(case("1", ANNA), problems=[Problem("row 3", two_in_one, "B")])
    (held,) = held_items(trust.deployment)
    transcribe_case(trust.as_reviewer(), held.object_id, 2)
    trust.issue(
        case("1", ANNA),
        problems=[Problem("row 3", two_in_one, "A"), Problem("row 4", two_in_one, "B")],
    )
    assert sorted(item.where for item in held_items(trust.deployment)) == ["row 3", "row 4"]


def test_a_case_in_doubt_is_looked_at_again_in_each_version(trust: Trust) -> None:
    """The words that could not be read may be others now, and name somebody else."""
    doubtful = {"problems": [Problem("row 2", "the second name could not be read", "1")]}
    trust.issue(case("1", ANNA), **doubtful)
    (held,) = held_items(trust.deployment)
    accept_case(trust.as_reviewer(), held.object_id)
    trust.work()
    trust.issue(case("1", ANNA), **doubtful)
    assert [item.object_id for item in held_items(trust.deployment)] == [held.object_id]
    assert trust.states() == [S.FLAGGED]


def test_a_case_that_is_read_at_last_counts_nobody_twice(trust: Trust) -> None:
    trust.issue(case("1", ANNA), problems=[Problem("row 3", "two people in one cell", "2")])
    (held,) = held_items(trust.deployment)
    transcribe_case(trust.as_reviewer(), held.object_id, 2)
    trust.issue(case("1", ANNA), case("2", ROWAN, NOBODY))
    with trust.deployment.database.reading() as connection:
        balance = balance_of(connection, trust.only(lists)["list_id"])
    assert balance.people == 3
    assert balance.unread_people_by_hand == 0


def test_people_of_a_case_that_comes_into_doubt_wait_with_it(trust: Trust) -> None:
    trust.change_deployment(index=trust.deployment.index)
    first, second = reading(case("1", ANNA)), reading(case("1", ANNA), problems=[Problem("row 2", "torn", "1")])
    trust.deliver(first)
    trust.deliver(second)
    from integration.workflow.read_document import read_document
    from integration.workflow.receive_document import collect

    collect(trust.deployment, trust.source)
    for row in sorted(trust.rows(documents), key=lambda row: row["received_at"]):
        read_document(trust.deployment, row["document_id"])
    trust.work()
    assert trust.states() == [S.HELD]
    (item,) = held_items(trust.deployment)
    withdraw_case(trust.as_reviewer(), item.object_id)
    trust.work()
    assert trust.states() == [S.WITHDRAWN]
    assert trust.list_state() is ListState.FLAGGED


def test_withdrawing_a_held_case_puts_what_it_flagged_to_a_person(trust: Trust) -> None:
    trust.issue(case("1", ANNA))
    trust.issue(case("1", ANNA, ROWAN), problems=[Problem("row 3", "torn", "1")])
    assert trust.states() == [S.FLAGGED, S.HELD]
    (item,) = held_items(trust.deployment)
    withdraw_case(trust.as_reviewer(), item.object_id)
    trust.work()
    assert trust.states() == [S.UNDER_REVIEW, S.WITHDRAWN]


def test_a_new_version_of_a_closed_list_is_held(trust: Trust) -> None:
    trust.issue(case("1", NOBODY))
    trust.clock.to(MEETING)
    record_held(trust.as_reviewer(), trust.meeting_id())
    trust.work()
    assert trust.list_state() is ListState.CLOSED
    document_id = trust.issue(case("1", NOBODY), case("2", ANNA))
    assert trust.document(document_id)["state"] == DocumentState.HELD
    assert len(trust.people()) == 1


def test_an_addition_after_the_meeting_sends_the_list_back(trust: Trust) -> None:
    trust.issue(case("1", ANNA))
    trust.clock.to(MEETING)
    record_held(trust.as_reviewer(), trust.meeting_id())
    trust.work()
    assert trust.list_state() is ListState.HEARD
    trust.issue(case("1", ANNA), case("2", ROWAN))
    assert people_of(trust) == [(S.FLAGGED, "1001"), (S.FLAGGED, "1002")]
    assert trust.list_state() is ListState.HEARD


@pytest.mark.parametrize("refs", [("1/26", "2/26", "3/26", "4/26"), ("1", "2", "1", "2")])
def test_the_other_half_of_a_list_takes_nobody_off_without_a_persons_word(trust: Trust, refs: tuple[str, ...]) -> None:
    first = reading(case(refs[0], ANNA), case(refs[1], NOONE))
    for name, half in (("a", first), ("b", reading(case(refs[2], ROWAN), case(refs[3], NOBODY)))):
        trust.source.deliver(f"{name}.csv", trust.content(half))
    trust.run()  # both in one go, nobody matched yet
    (waiting,) = held_items(trust.deployment)
    assert "the other half" in waiting.reason
    assert len(trust.people()) == len(trust.cases()) == 2
    settle_document(trust.as_reviewer(), waiting.object_id, Confirmed(kind=DocumentKind.CASE_LIST))
    assert len(trust.rows(list_versions)) == 2  # a person's word is enough


def test_a_list_that_says_something_else_of_its_only_case_is_a_correction(trust: Trust) -> None:
    trust.issue(case("1", ANNA))
    trust.issue(case("1", NOBODY), case("2", ROWAN))
    assert held_items(trust.deployment) == []


def test_a_renumbered_list_with_one_person_in_common_is_a_version(trust: Trust) -> None:
    trust.issue(case("1", ANNA, NOBODY), case("2", NOONE))
    trust.issue(case("11", ROWAN), case("12", ANNA))
    assert held_items(trust.deployment) == []
