"""What goes, when, and what the certificate says of it; what a rule, a hold or a missing signature keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import case
from deployments import AREA, MEETING, POLICY, REVIEWER, Trust, open_trust, reading
from disposal import ANNA, FORM, MINUTES, NOBODY, hold_meeting, is_gone, says, state, why_not
from fakes.case_list_source import FakeSource

from integration.custody.certificates import certificate_of
from integration.custody.destruction import live_check
from integration.custody.policy import policy_in_force, sign_policy
from integration.domain.case_list import Problem
from integration.domain.people import Role
from integration.domain.progress import DocumentState, ListState
from integration.domain.retention import CertificateState, DisposalPolicy
from integration.errors import DocumentRefused, UsageError
from integration.ports import UntrustedFile
from integration.storage.tables import certificates, documents
from integration.workflow.destroy_documents import dispose
from integration.workflow.keep_documents import confirm_kind, confirm_read, destroy_now
from integration.workflow.may_go import custody_list
from integration.workflow.meetings import record_held
from integration.workflow.process_case_list import due_steps
from integration.workflow.receive_document import ArrivalState, hand_in
from integration.workflow.settle_held import dismiss


def test_a_form_whose_people_are_all_on_the_list_goes_after_the_meeting(trust: Trust, listed: str) -> None:
    form = trust.issue(case("1", NOBODY), kind=FORM)
    assert state(trust, form) is DocumentState.READ
    assert why_not(trust, form) == "nobody has recorded that its meeting took place"
    trust.clock.to(MEETING + timedelta(days=30))
    trust.work()
    assert state(trust, form) is DocumentState.READ  # never by the date alone
    hold_meeting(trust)
    assert is_gone(trust, form)
    assert why_not(trust, form) == "destroyed; see `flagtag deletions show`"


def test_the_whole_destruction_is_certified(trust: Trust, listed: str) -> None:
    form = trust.issue(case("1", NOBODY), kind=FORM)
    hold_meeting(trust)
    assert is_gone(trust, form)
    said = says(trust, form)
    assert (said["state"], said["trigger"]) == (CertificateState.SOURCE_COPIES_CONFIRMED, "meeting_held")
    assert [(copy["source"], copy["action"]) for copy in said["copies"]] == [("drop", "removed")]
    assert said["copies"][0]["gone_seen_at"] is not None
    assert trust.source.aside == {}
    with trust.deployment.database.reading() as connection:
        certificate = certificate_of(connection, form)
    assert certificate is not None
    d = trust.deployment
    assert live_check(d.database, d.vault, d.keys, d.secrets, certificate) == []


@pytest.mark.parametrize(
    "stranger",
    [
        replace(NOBODY, names=ANNA.names),
        replace(NOBODY, role=Role.CHILD),
        replace(NOBODY, births=(date(1970, 1, 2),)),
    ],
    ids=["name", "role", "birth"],
)
def test_a_form_that_names_anybody_else_stays_until_a_person_confirms_its_kind(
    trust: Trust, listed: str, stranger: Any
) -> None:
    form = trust.issue(case("1", NOBODY, stranger), kind=FORM)
    hold_meeting(trust)
    assert state(trust, form) is DocumentState.READ
    assert "names people who are not on its meeting's list" in why_not(trust, form)
    confirm_kind(trust.as_reviewer(), form)
    trust.work()
    assert is_gone(trust, form)


@pytest.mark.parametrize(
    "said", [reading(kind=FORM), reading(case("1", NOBODY), kind=FORM, problems=[Problem("p1", "torn")])]
)
def test_a_form_that_names_nobody_or_was_not_wholly_read_proves_nothing(trust: Trust, listed: str, said: Any) -> None:
    content = trust.deliver(said)
    trust.run()
    hold_meeting(trust)
    assert state(trust, trust.document_of(content)) is DocumentState.READ


def test_a_form_that_came_before_its_list_goes_too(trust: Trust) -> None:
    form = trust.issue(case("1", NOBODY), kind=FORM)
    trust.issue(case("1", NOBODY))
    hold_meeting(trust)
    assert is_gone(trust, form)


def test_minutes_go_once_they_are_read(trust: Trust, listed: str) -> None:
    minutes = trust.issue(case("1", NOBODY), kind=MINUTES)
    confirm_kind(trust.as_reviewer(), minutes)
    hold_meeting(trust)
    assert state(trust, minutes) is DocumentState.READ
    assert why_not(trust, minutes) == "its reader has not confirmed that it was read"
    confirm_read(trust.as_reviewer(), minutes)
    trust.work()
    assert is_gone(trust, minutes)
    assert says(trust, minutes)["trigger"] == "read_confirmed"


def test_minutes_that_name_others_and_were_read_stay_until_their_kind_is_confirmed(trust: Trust, listed: str) -> None:
    minutes = trust.issue(case("1", ANNA), kind=MINUTES)
    confirm_read(trust.as_reviewer(), minutes)
    trust.work()
    assert state(trust, minutes) is DocumentState.READ


def test_a_list_goes_once_it_is_closed_in_every_version(trust: Trust, listed: str) -> None:
    second = trust.issue(case("1", NOBODY), case("3", NOBODY))
    assert why_not(trust, listed) == "its list is not closed"
    hold_meeting(trust)
    assert trust.list_state() is ListState.CLOSED
    assert is_gone(trust, listed)
    assert is_gone(trust, second)
    assert len(trust.people()) >= 2  # who was on it stays on record, without a name


def test_a_refused_document_goes_once_a_person_has_settled_it(trust: Trust) -> None:
    content = trust.deliver(DocumentRefused("it is empty"))
    trust.run()
    document_id = trust.document_of(content)
    assert (state(trust, document_id), why_not(trust, document_id)) == (
        DocumentState.REFUSED,
        "a person has to settle it",
    )
    dismiss(trust.as_reviewer(), document_id)
    trust.work()
    assert is_gone(trust, document_id)
    assert says(trust, document_id)["trigger"] == "refusal_settled"


def test_a_held_document_stays(trust: Trust) -> None:
    document_id = trust.issue(case("1", NOBODY), day=None)
    assert (state(trust, document_id), why_not(trust, document_id)) == (DocumentState.HELD, "a person has to settle it")


def test_the_days_of_the_policy_are_counted(tmp_path: Path) -> None:
    trust = open_trust(tmp_path, policy=DisposalPolicy("1", research_form_days=7))
    trust.issue(case("1", NOBODY))
    form = trust.issue(case("1", NOBODY), kind=FORM)
    hold_meeting(trust)
    trust.clock.to(MEETING + timedelta(days=6))
    trust.work()
    assert state(trust, form) is DocumentState.READ
    assert why_not(trust, form) == "goes on 2026-12-10"
    trust.clock.to(MEETING + timedelta(days=7))
    trust.work()
    assert is_gone(trust, form)
    trust.deployment.database.close()


def test_without_a_signed_policy_nothing_goes(tmp_path: Path) -> None:
    trust = open_trust(tmp_path, policy=None)
    listed = trust.issue(case("1", NOBODY))
    hold_meeting(trust)
    assert trust.list_state() is ListState.CLOSED
    assert state(trust, listed) is DocumentState.READ
    assert why_not(trust, listed) == "no disposal policy is signed: see `flagtag policy sign`"
    dispose(trust.deployment, listed)
    with pytest.raises(UsageError, match="policy"):
        destroy_now(trust.as_reviewer(), listed)
    assert state(trust, listed) is DocumentState.READ
    assert len(trust.source.aside) == 1
    trust.deployment.database.close()


def test_a_policy_file_that_was_changed_is_in_force_once_it_is_signed(trust: Trust, listed: str) -> None:
    d, changed = trust.deployment, replace(POLICY, version="2")
    trust.change_deployment(policy=lambda: policy_in_force(d.database, d.secrets, changed))
    hold_meeting(trust)
    assert state(trust, listed) is DocumentState.READ
    sign_policy(d.database, d.secrets, changed, "B. Approver, records manager", REVIEWER)
    trust.work()
    assert is_gone(trust, listed)


def test_a_kept_source_keeps_its_copy_and_the_certificate_says_so(trust: Trust, listed: str) -> None:
    trust.change_deployment(kept_sources=frozenset({"drop"}))
    hold_meeting(trust)
    assert is_gone(trust, listed)
    assert len(trust.source.aside) == 1
    assert trust.arrival_states() == [ArrivalState.KEPT]
    said = says(trust, listed)
    assert (said["state"], said["copies"][0]["action"]) == (
        CertificateState.SOURCE_COPIES_ACCOUNTED,
        "kept by configuration",
    )


def test_what_was_handed_in_is_the_persons_own_to_destroy(trust: Trust) -> None:
    trust.reader.by_content[b"mine"] = reading(case("1", NOBODY))
    document_id = hand_in(trust.as_reviewer(), UntrustedFile("mine.csv", b"mine")).document_id
    trust.work()
    hold_meeting(trust)
    assert is_gone(trust, document_id)
    said = says(trust, document_id)
    assert said["state"] == CertificateState.SOURCE_COPIES_ACCOUNTED
    assert said["copies"][0]["action"].startswith("handed in by hand")
    assert due_steps(trust.deployment) == []


def test_a_certificate_says_no_more_than_was_seen_and_improves(trust: Trust, listed: str) -> None:
    trust.source.failing = {"remove"}
    hold_meeting(trust)
    assert is_gone(trust, listed)
    said = says(trust, listed)
    assert (said["state"], said["copies"][0]["action"]) == (CertificateState.EPOCH_KEY_DESTROYED, "pending")
    trust.source.failing = set()
    trust.clock.forward(minutes=1)
    trust.work()
    assert says(trust, listed)["state"] == CertificateState.SOURCE_COPIES_CONFIRMED
    assert due_steps(trust.deployment) == []


def test_a_copy_that_was_removed_and_not_yet_seen_gone_is_looked_for_again(
    trust: Trust, listed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(FakeSource, "is_gone", lambda _source, _arrival: False)
        hold_meeting(trust)
        assert trust.arrival_states() == [ArrivalState.REMOVED]
        assert says(trust, listed)["state"] == CertificateState.EPOCH_KEY_DESTROYED
    trust.work()
    assert trust.arrival_states() == [ArrivalState.GONE]
    assert says(trust, listed)["state"] == CertificateState.SOURCE_COPIES_CONFIRMED


def test_a_source_that_is_no_longer_configured_is_named(trust: Trust, listed: str) -> None:
    trust.change_deployment(sources={})
    trust.clock.to(MEETING)
    record_held(trust.as_reviewer(), trust.meeting_id())
    trust.work()
    said = says(trust, listed)
    assert said["state"] == CertificateState.EPOCH_KEY_DESTROYED
    assert said["copies"][0]["action"] == "not removed: its source is no longer configured"


def test_a_mail_is_removed_once_all_that_it_brought_is_destroyed(trust: Trust) -> None:
    trust.reader.by_content[b"list"] = reading(case("1", NOBODY))
    trust.reader.by_content[b"form"] = reading(case("1", ANNA), kind=FORM)
    trust.source.deliver("list.csv", b"list", ("form.docx", b"form"))
    trust.run()
    hold_meeting(trust)
    assert is_gone(trust, trust.document_of(b"list"))
    assert len(trust.source.aside) == 1
    confirm_kind(trust.as_reviewer(), trust.document_of(b"form"))
    trust.work()
    assert trust.source.aside == {}
    assert {row["state"] for row in trust.rows(certificates)} == {CertificateState.SOURCE_COPIES_CONFIRMED}


@pytest.mark.parametrize("line", ["keys.destroy", "vault.shred", "destroy_epoch"])
def test_an_interrupted_destruction_is_taken_up_again(
    trust: Trust, listed: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    owner, name = {
        "keys.destroy": (trust.deployment.keys, "destroy"),
        "vault.shred": (trust.deployment.vault, "shred"),
        "destroy_epoch": (trust.deployment.keys, "destroy_epoch"),
    }[line]
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, die)
        with pytest.raises(Killed):
            hold_meeting(trust)
    trust.work()
    assert is_gone(trust, listed)
    assert says(trust, listed)["state"] == CertificateState.SOURCE_COPIES_CONFIRMED


def test_the_list_of_documents_names_their_meeting_and_nobody(trust: Trust, listed: str) -> None:
    (row,) = custody_list(trust.deployment)
    assert (row.document_id, row.kind, row.meeting) == (listed, "case_list", f"{AREA} {MEETING.isoformat()}")
    assert "ZZNOBODY" not in repr(row)
    assert trust.only(documents)["size"] == row.size
