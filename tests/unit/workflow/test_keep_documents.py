"""What people do to documents: confirm a kind, hold for the law, destroy by hand; and what may change meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from builders import case
from deployments import AREA, MEETING, Trust, reading
from disposal import ANNA, FORM, NOBODY, hold_meeting, is_gone, says, state, why_not
from sqlalchemy import update

from integration.custody import destruction
from integration.domain.case_list import DocumentKind
from integration.domain.progress import DocumentState
from integration.errors import Conflict, UsageError
from integration.storage.tables import documents
from integration.workflow.destroy_documents import dispose
from integration.workflow.keep_documents import confirm_kind, destroy_now, preserve, release
from integration.workflow.meetings import record_held
from integration.workflow.settle_held import dismiss, read_again


@pytest.mark.parametrize(
    "said",
    [reading(case("1", ANNA), day=None, kind=FORM), reading(case("1", ANNA)), reading(kind=DocumentKind.UNRECOGNISED)],
    ids=["held", "a list", "unrecognised"],
)
def test_only_the_kind_of_what_was_read_as_a_form_or_minutes_is_confirmed(trust: Trust, said: Any) -> None:
    content = trust.deliver(said)
    trust.run()
    with pytest.raises(UsageError, match="only the kind"):
        confirm_kind(trust.as_reviewer(), trust.document_of(content))
    assert trust.document(trust.document_of(content))["kind_confirmed_by"] is None


def test_a_reading_of_another_kind_is_not_confirmed_by_what_was_said_of_the_first(trust: Trust) -> None:
    content = trust.deliver(reading(case("1", ANNA), kind=FORM, day=None))
    trust.run()
    document_id = trust.document_of(content)
    with trust.deployment.database.change() as change:  # as an older version of ours allowed
        change.connection.execute(update(documents).values(kind_confirmed_by="7" * 32, kind="unrecognised"))
    read_again(trust.as_reviewer(), document_id)
    trust.work()
    assert trust.document(document_id)["kind_confirmed_by"] is None


def test_a_legal_hold_wins_over_every_rule(trust: Trust, listed: str) -> None:
    form = trust.issue(case("1", NOBODY), kind=FORM)
    with pytest.raises(UsageError):
        preserve(trust.as_reviewer(), form, " ")
    preserve(trust.as_reviewer(), form, "inquest")
    hold_meeting(trust)
    assert state(trust, form) is DocumentState.READ
    assert why_not(trust, form) == "it is preserved under a legal hold"
    with pytest.raises(UsageError):
        destroy_now(trust.as_reviewer(), form)
    release(trust.as_reviewer(), form, "inquest over")
    trust.work()
    assert is_gone(trust, form)
    with pytest.raises(UsageError, match="too late"):
        preserve(trust.as_reviewer(), form, "inquest")


def test_a_person_destroys_by_hand(trust: Trust, listed: str) -> None:
    form = trust.issue(case("1", ANNA), kind=FORM)
    destroy_now(trust.as_reviewer(), form)
    assert is_gone(trust, form)
    trust.work()
    assert says(trust, form)["trigger"] == "by_hand"
    destroy_now(trust.as_reviewer(), form)  # again: nothing more happens


def test_a_list_whose_people_would_be_lost_is_not_destroyed_by_hand(trust: Trust, listed: str) -> None:
    with pytest.raises(UsageError, match="open"):
        destroy_now(trust.as_reviewer(), listed)
    content = trust.deliver(reading(case("9", ANNA)))
    from integration.workflow.receive_document import collect

    collect(trust.deployment, trust.source)
    with pytest.raises(UsageError, match="not read yet"):
        destroy_now(trust.as_reviewer(), trust.document_of(content))


@pytest.mark.parametrize(
    "becomes",
    [
        {"state": DocumentState.HELD.value},
        {"kind": DocumentKind.CASE_LIST.value},
        {"kind_confirmed_by": None},
        {"meeting_id": None},
    ],
    ids=["held", "a list", "unconfirmed", "of no meeting"],
)
def test_what_changes_between_the_rules_and_the_record_keeps_a_document(
    trust: Trust, listed: str, becomes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    form = trust.issue(case("1", ANNA), kind=FORM)
    confirm_kind(trust.as_reviewer(), form)
    changed_before_it_is_recorded(trust, form, becomes, monkeypatch)
    trust.clock.to(MEETING)
    record_held(trust.as_reviewer(), trust.meeting_id())
    with pytest.raises(Conflict):
        dispose(trust.deployment, form)
    assert state(trust, form) not in (DocumentState.DESTROYING, DocumentState.DESTROYED)


def test_what_changes_while_a_person_destroys_by_hand_keeps_a_document(
    trust: Trust, listed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = trust.issue(case("1", ANNA), kind=FORM)
    changed_before_it_is_recorded(trust, form, {"state": DocumentState.HELD.value}, monkeypatch)
    with pytest.raises(UsageError, match="waits for a person"):
        destroy_now(trust.as_reviewer(), form)
    assert state(trust, form) is DocumentState.HELD


def changed_before_it_is_recorded(
    trust: Trust, document_id: str, becomes: dict[str, Any], patch: pytest.MonkeyPatch
) -> None:
    real = destruction.begin

    def begin(*args: Any, **named: Any) -> None:
        with trust.deployment.database.change() as change:
            changed = update(documents).where(documents.c.document_id == document_id)
            change.connection.execute(changed.values(**becomes))
        real(*args, **named)

    patch.setattr(destruction, "begin", begin)


@pytest.mark.parametrize("refused", [False, True], ids=["held", "refused"])
def test_what_waits_for_a_person_is_not_destroyed_by_hand(trust: Trust, refused: bool) -> None:
    content = trust.deliver(reading(case("1", ANNA), area="Elsewhere" if refused else AREA, day=None))
    trust.run()
    document_id = trust.document_of(content)
    with pytest.raises(UsageError, match="waits for a person"):
        destroy_now(trust.as_reviewer(), document_id)
    dismiss(trust.as_reviewer(), document_id)
    destroy_now(trust.as_reviewer(), document_id)
    assert is_gone(trust, document_id)
