"""People who wait for a person: nobody decides over another's head, and every answer can be followed to its flag."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from builders import case, patient, subject
from deployments import Trust
from reviews import ANNA, DOUBTFUL, ELSEWHERE, LATER, answer, the_one
from sqlalchemy import select

from integration.domain.audit import Action
from integration.domain.case_list import Problem
from integration.domain.people import Role
from integration.domain.progress import ListState, SubjectState
from integration.errors import Conflict, UsageError
from integration.storage.tables import audit_events, reasons
from integration.workflow.end_flags import end_flag
from integration.workflow.keep_documents import preserve, release
from integration.workflow.match_subjects import TO_CONFIRM
from integration.workflow.open_list import CASE_GONE
from integration.workflow.review_match import (
    Answer,
    decide,
    resolve,
    show,
    undo,
    version_of,
    version_shown,
    waiting_for_review,
)
from integration.workflow.search_again import Changed, search_again

S = SubjectState


def test_the_earliest_meeting_comes_first(trust: Trust) -> None:
    trust.issue(case("1", DOUBTFUL), day=LATER)
    trust.issue(case("2", DOUBTFUL))
    assert [item.meeting_date for item in waiting_for_review(trust.deployment)] == ["2026-12-03", "2027-01-14"]


def test_what_the_list_says_of_the_case_and_nothing_is_made_of_is_shown(trust: Trust) -> None:
    here, elsewhere = Problem("row 3", "a remark", "1"), Problem("row 9", "a remark", "2")
    trust.issue(case("1", DOUBTFUL), case("2", ELSEWHERE), remarks=[here, elsewhere])
    assert show(trust.as_reviewer(), the_one(trust).subject_id).remarks == (here,)


def test_showing_a_person_is_on_record(trust: Trust) -> None:
    trust.issue(case("27/1", DOUBTFUL))
    shown = show(trust.as_reviewer(), the_one(trust).subject_id)
    assert (shown.case_ref, shown.subject) == ("27/1", DOUBTFUL)
    found = {candidate["patient"]: patient for candidate, patient in shown.candidates}
    assert found["1001"] == trust.deployment.index.patient("1001")
    assert search_again(trust.as_reviewer(), the_one(trust).subject_id, Changed()).candidates
    displayed = trust.rows(audit_events, audit_events.c.action == Action.SUBJECT_DISPLAYED.value)
    assert len(displayed) == 2
    assert all(trust.as_reviewer().actor.actor_id.encode() in row["canonical"] for row in displayed)
    assert not any(b"ZZTESTER" in row["canonical"] or b"27/1" in row["canonical"] for row in displayed)


def test_a_match_is_flagged(trust: Trust) -> None:
    trust.issue(case("1", DOUBTFUL))
    assert answer(trust, the_one(trust), Answer.MATCH, "1001") is S.MATCHED
    (row,) = trust.people()
    assert (row["state"], row["patient"]) == (S.FLAGGED, "1001")
    assert row["decided_by"] == trust.as_reviewer().actor.actor_id


@pytest.mark.parametrize(
    ("said", "then"),
    [
        (Answer.NO_MATCH, S.NOT_OUR_PATIENT),
        (Answer.NOT_ENOUGH, S.NOT_ENOUGH_TO_SAY),
        (Answer.TRANSCRIBED, S.TRANSCRIBED),
        (Answer.WITHDRAWN, S.WITHDRAWN),
    ],
)
def test_every_other_answer_ends_without_a_flag(trust: Trust, said: Answer, then: SubjectState) -> None:
    trust.issue(case("1", DOUBTFUL))
    assert answer(trust, the_one(trust), said) is then
    assert trust.flags() == []
    assert trust.list_state() is ListState.FLAGGED


@pytest.mark.parametrize(
    ("role", "then"), [(Role.CHILD, S.CHILD_NOTED), (Role.PERPETRATOR, S.MATCHED), (Role.VICTIM, S.MATCHED)]
)
def test_only_flagged_roles_get_a_flag(trust: Trust, role: Role, then: SubjectState) -> None:
    trust.issue(case("1", replace(DOUBTFUL, role=role)))
    assert answer(trust, the_one(trust), Answer.MATCH, "1001") is then
    assert len(trust.flags()) == (then is S.MATCHED)


def test_a_second_decision_on_what_somebody_else_saw_is_a_conflict(trust: Trust) -> None:
    trust.issue(case("1", DOUBTFUL))
    item = the_one(trust)
    answer(trust, item, Answer.MATCH, "1001")
    with pytest.raises(Conflict):
        decide(trust.as_reviewer(), item.subject_id, item.version, Answer.NO_MATCH, None, "another")
    with pytest.raises(Conflict):
        undo(trust.as_reviewer(), item.subject_id, item.version, "another")
    assert trust.states() == [S.FLAGGED]


def test_two_reviewers_at_the_same_moment_cannot_both_be_right(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other decides between our look and our change."""
    trust.issue(case("1", DOUBTFUL))
    item = the_one(trust)
    real = type(trust.deployment.index).patient

    def slow(index: object, local_id: str) -> object:
        monkeypatch.undo()
        answer(trust, item, Answer.NO_MATCH)
        return real(index, local_id)  # type: ignore[arg-type]

    monkeypatch.setattr(type(trust.deployment.index), "patient", slow)
    with pytest.raises(Conflict):
        decide(trust.as_reviewer(), item.subject_id, item.version, Answer.MATCH, "1001", "sure")
    assert trust.flags() == []
    assert trust.states() == [S.NOT_OUR_PATIENT]


def test_who_names_no_version_decides_on_what_they_were_shown(trust: Trust) -> None:
    trust.issue(case("1", DOUBTFUL))
    subject_id = the_one(trust).subject_id
    search_again(trust.as_reviewer(), subject_id, Changed())
    show(trust.deployment, subject_id)  # somebody else looked
    with pytest.raises(UsageError, match="look before you decide"):
        version_shown(trust.as_reviewer(), subject_id)
    show(trust.as_reviewer(), subject_id)
    seen = version_shown(trust.as_reviewer(), subject_id)
    answer(trust, the_one(trust), Answer.NO_MATCH)
    with pytest.raises(Conflict):
        undo(trust.as_reviewer(), subject_id, version_shown(trust.as_reviewer(), subject_id), "shown too long ago")
    assert seen == version_shown(trust.as_reviewer(), subject_id)
    show(trust.as_reviewer(), subject_id)
    undo(trust.as_reviewer(), subject_id, version_shown(trust.as_reviewer(), subject_id), "wrong")


def test_answers_that_do_not_fit_are_refused(trust: Trust) -> None:
    trust.issue(case("1", DOUBTFUL))
    item = the_one(trust)
    for said, patient_id, reason in (
        (Answer.MATCH, None, "why"),
        (Answer.NO_MATCH, "1001", "why"),
        (Answer.MATCH, "9999", "why"),
        (Answer.MATCH, "1001", "  "),
    ):
        with pytest.raises(UsageError):
            decide(trust.as_reviewer(), item.subject_id, item.version, said, patient_id, reason)
    with pytest.raises(UsageError):
        decide(trust.as_reviewer(), "f" * 32, 0, Answer.NO_MATCH, None, "why")
    assert trust.states() == [S.UNDER_REVIEW]


def test_who_does_not_wait_is_not_decided(trust: Trust) -> None:
    trust.issue(case("1", ANNA))
    row = trust.people()[0]
    with pytest.raises(UsageError):
        decide(trust.as_reviewer(), row["subject_id"], row["version"], Answer.NO_MATCH, None, "why")


def test_two_people_of_one_case_never_take_one_record(trust: Trust) -> None:
    trust.issue(case("1", DOUBTFUL, replace(DOUBTFUL, role=Role.PERPETRATOR)))
    first, second = waiting_for_review(trust.deployment)
    answer(trust, first, Answer.MATCH, "1001")
    with pytest.raises(UsageError, match="another person of the same case"):
        decide(trust.as_reviewer(), second.subject_id, second.version, Answer.MATCH, "1001", "why")
    assert sorted(trust.states()) == sorted([S.FLAGGED, S.UNDER_REVIEW])


def test_a_corrected_detail_keeps_the_record_and_its_flag(trust: Trust) -> None:
    """The list's new version names the same person otherwise: who was dropped does not stand in the way."""
    trust.issue(case("1", ANNA))
    trust.issue(case("1", DOUBTFUL))
    gone = next(i for i in waiting_for_review(trust.deployment) if i.why == (CASE_GONE,))
    now = next(i for i in waiting_for_review(trust.deployment) if i.why != (CASE_GONE,))
    assert answer(trust, now, Answer.MATCH, "1001") is S.MATCHED
    assert answer(trust, gone, Answer.WITHDRAWN) is S.WITHDRAWN
    assert [(f["status"], f["state"]) for f in trust.flags()] == [("active", "verified")]
    assert trust.register.writes == 1


def test_two_reviewers_at_the_same_moment_cannot_give_one_record_to_two_people_of_a_case(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust.issue(case("1", DOUBTFUL, replace(DOUBTFUL, role=Role.PERPETRATOR)))
    first, second = waiting_for_review(trust.deployment)
    database = trust.deployment.database
    real = database.change

    def slow(*events: object) -> object:
        monkeypatch.undo()
        decide(trust.as_reviewer(), second.subject_id, second.version, Answer.MATCH, "1001", "sure")
        return real(*events)  # type: ignore[arg-type]

    monkeypatch.setattr(database, "change", slow)
    with pytest.raises(UsageError, match="another person of the same case"):
        decide(trust.as_reviewer(), first.subject_id, first.version, Answer.MATCH, "1001", "sure")
    assert len({row["patient"] for row in trust.people() if row["patient"]}) == 1
    assert len(trust.flags()) == 1


def test_another_patient_after_all_moves_the_flag(trust: Trust) -> None:
    trust.load(patient("1003", "ZZTHIRD", "Ix", birth=date(1970, 3, 3), nhs_number=None, postcode="ZZ98 1AA"))
    trust.register.disagreeing.add("1001")
    trust.issue(case("1", ANNA))
    search_again(trust.as_reviewer(), the_one(trust).subject_id, Changed("ZZTHIRD", "Ix"))
    answer(trust, the_one(trust), Answer.MATCH, "1003")
    assert [(f["patient"], f["status"]) for f in trust.flags()] == [("1001", "entered-in-error"), ("1003", "active")]
    assert [flag.patient for flag, _ in trust.register.flags.values()] == ["1003"]
    assert trust.states() == [S.FLAGGED]


def test_a_flag_that_lost_its_last_meeting_is_reviewed_by_the_one_before(trust: Trust) -> None:
    trust.issue(case("1", ANNA))
    trust.issue(case("2", ANNA), day=LATER)
    assert [f["review_on"] for f in trust.flags()] == ["2028-01-14"]
    row = next(row for row in trust.people() if row["state"] == S.ALREADY_FLAGGED)
    undo(trust.as_reviewer(), row["subject_id"], row["version"], "a namesake")
    assert [f["review_on"] for f in trust.flags()] == ["2027-12-03"]


def test_who_is_dealt_with_by_hand_leaves_no_flag_owed(trust: Trust) -> None:
    trust.register.fail_next("unavailable")
    trust.issue(case("1", ANNA), case("2", ELSEWHERE))
    assert [f["state"] for f in trust.flags()] == ["owed"]
    trust.issue(case("2", ELSEWHERE))
    assert answer(trust, the_one(trust), Answer.TRANSCRIBED) is S.TRANSCRIBED
    trust.clock.forward(minutes=20)
    trust.work()
    assert [(f["status"], f["state"]) for f in trust.flags()] == [("inactive", "verified")]
    assert trust.register.flags == {}


def test_a_flag_that_stands_stays_with_who_was_dealt_with_by_hand(trust: Trust) -> None:
    trust.issue(case("1", ANNA), case("2", ELSEWHERE))
    trust.issue(case("2", ELSEWHERE))
    assert answer(trust, the_one(trust), Answer.TRANSCRIBED) is S.TRANSCRIBED
    assert [(f["status"], f["state"]) for f in trust.flags()] == [("active", "verified")]


def test_a_withdrawn_answer_ends_only_what_nothing_else_supports(trust: Trust) -> None:
    trust.issue(case("1", ANNA), case("2", subject(family="ZZNOBODY", given="Ix", births=(date(1970, 1, 1),))))
    trust.issue(case("3", ANNA), day=LATER)
    trust.issue(case("2", subject(family="ZZNOBODY", given="Ix", births=(date(1970, 1, 1),))))
    answer(trust, the_one(trust), Answer.WITHDRAWN)
    assert [f["status"] for f in trust.flags()] == ["active"]
    trust.issue(case("3", subject(family="ZZNOBODY", given="Ix", births=(date(1970, 1, 1),))), day=LATER)
    answer(trust, the_one(trust), Answer.WITHDRAWN)
    assert [f["status"] for f in trust.flags()] == ["inactive"]


def test_confirming_under_the_confirm_rule(trust: Trust) -> None:
    from integration.domain.flag import FlagRule
    from integration.workflow.deployment import FlagRules

    trust.change_deployment(rules=FlagRules(FlagRule.AUTOMATIC, FlagRule.CONFIRM, 12))
    trust.issue(case("1", replace(ANNA, role=Role.PERPETRATOR)))
    item = the_one(trust)
    assert item.why == (TO_CONFIRM,)
    assert trust.register.flags == {}
    answer(trust, item, Answer.MATCH, "1001")
    assert trust.states() == [S.FLAGGED]


def test_every_move_of_a_person_has_its_event(trust: Trust) -> None:
    trust.issue(case("1", DOUBTFUL))
    item = the_one(trust)
    answer(trust, item, Answer.MATCH, "1001")
    with trust.deployment.database.reading() as connection:
        statement = select(audit_events.c.action).where(audit_events.c.object_id == item.subject_id)
        said = connection.execute(statement.order_by(audit_events.c.seq)).scalars().all()
    assert said == [Action.SUBJECT_MATCHED, Action.REVIEW_DECIDED, Action.SUBJECT_SETTLED]


def test_an_id_is_known_by_its_beginning(trust: Trust) -> None:
    trust.issue(case("1", DOUBTFUL))
    item = the_one(trust)
    assert resolve(trust.deployment, item.subject_id[:8]) == item.subject_id
    with pytest.raises(UsageError):
        resolve(trust.deployment, "zz")


def test_every_reason_is_kept_where_only_we_can_read_it(trust: Trust) -> None:
    document_id = trust.issue(case("1", DOUBTFUL))
    item, reviewer = the_one(trust), trust.as_reviewer()
    decide(reviewer, item.subject_id, item.version, Answer.MATCH, "1001", "ZZTESTER told me")
    undo(reviewer, item.subject_id, version_of(trust.deployment, item.subject_id), "she did not")
    decide(reviewer, item.subject_id, version_of(trust.deployment, item.subject_id), Answer.MATCH, "1001", "she did")
    trust.work()
    flag_id = next(f["flag_id"] for f in trust.flags() if f["status"] == "active")
    end_flag(reviewer, flag_id, "its time is over")
    preserve(reviewer, document_id, "a court asks")
    release(reviewer, document_id, "it asks no more")
    kept = sorted(trust.rows(reasons), key=lambda row: row["given_at"])
    secrets = trust.deployment.secrets
    assert [(row["action"], secrets.open_record(row["reason_id"], row["sealed"]).decode()) for row in kept] == [
        ("review-decided", "ZZTESTER told me"),
        ("review-undone", "she did not"),
        ("review-decided", "she did"),
        ("flag-ended", "its time is over"),
        ("document-preserved", "a court asks"),
        ("document-released", "it asks no more"),
    ]
    assert {row["object_id"] for row in kept} == {item.subject_id, flag_id, document_id}
    assert {row["given_by"] for row in kept} == {reviewer.actor.actor_id}
    assert not any(b"ZZTESTER" in row["canonical"] or b"told" in row["canonical"] for row in trust.rows(audit_events))
