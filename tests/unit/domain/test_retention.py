"""When a document may be destroyed: every rule by itself, the order in which they bind, and what can never happen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.domain.case_list import DocumentKind
from integration.domain.progress import DocumentState
from integration.domain.retention import (
    CertificateState,
    CustodyFacts,
    DisposalPolicy,
    MayGo,
    MustStay,
    SourceCopy,
    Trigger,
    disposal_of,
    state_reached,
)

AT = datetime(2026, 12, 3, 14, 30, tzinfo=UTC)
POLICY = DisposalPolicy("1", research_form_days=1, minutes_days=2, case_list_days=3, refused_days=4)
FORM = CustodyFacts(
    kind=DocumentKind.RESEARCH_FORM,
    state=DocumentState.READ,
    kind_confirmed=True,
    everybody_on_list=False,
    preserved=False,
    meeting_held_at=AT,
)
MINUTES = replace(FORM, kind=DocumentKind.MINUTES, meeting_held_at=None, read_confirmed_at=AT)
CASE_LIST = replace(FORM, kind=DocumentKind.CASE_LIST, kind_confirmed=False, meeting_held_at=None, list_closed_at=AT)
REFUSED = replace(FORM, state=DocumentState.REFUSED, meeting_held_at=None, refusal_settled_at=AT)
HELD = replace(REFUSED, state=DocumentState.HELD)
UNRECOGNISED = replace(REFUSED, state=DocumentState.READ, kind=DocumentKind.UNRECOGNISED)

MAY_GO = {
    "a research form, its meeting held": (FORM, Trigger.MEETING_HELD, 1),
    "minutes, their reader having confirmed": (MINUTES, Trigger.READ_CONFIRMED, 2),
    "a case list, closed": (CASE_LIST, Trigger.LIST_CLOSED, 3),
    "a refused document, settled": (REFUSED, Trigger.REFUSAL_SETTLED, 4),
    "a held document, settled": (HELD, Trigger.REFUSAL_SETTLED, 4),
    "a document of no known kind, settled": (UNRECOGNISED, Trigger.REFUSAL_SETTLED, 4),
    "a form whose people are all on the list": (
        replace(FORM, kind_confirmed=False, everybody_on_list=True),
        Trigger.MEETING_HELD,
        1,
    ),
    "minutes whose people are all on the list": (
        replace(MINUTES, kind_confirmed=False, everybody_on_list=True),
        Trigger.READ_CONFIRMED,
        2,
    ),
}


@pytest.mark.parametrize("case", MAY_GO)
def test_may_go(case: str) -> None:
    facts, trigger, days = MAY_GO[case]
    assert disposal_of(facts, POLICY) == MayGo(trigger, AT.date() + timedelta(days=days))


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 7, 1, 23, 30, tzinfo=UTC), date(2026, 7, 3)),  # half past midnight in London, on the 2nd
        (datetime(2026, 7, 1, 22, 30, tzinfo=UTC), date(2026, 7, 2)),
        (datetime(2026, 12, 1, 23, 30, tzinfo=UTC), date(2026, 12, 2)),
    ],
)
def test_days_are_counted_by_englands_calendar(at: datetime, day: date) -> None:
    assert disposal_of(replace(FORM, meeting_held_at=at), POLICY) == MayGo(Trigger.MEETING_HELD, day)


MUST_STAY = {
    "a form before anybody recorded the meeting": (
        replace(FORM, meeting_held_at=None),
        "nobody has recorded that its meeting took place",
    ),
    "a form that was read and whose list is closed, but not the meeting held": (
        replace(FORM, meeting_held_at=None, read_confirmed_at=AT, list_closed_at=AT, refusal_settled_at=AT),
        "nobody has recorded that its meeting took place",
    ),
    "minutes that nobody read": (
        replace(MINUTES, read_confirmed_at=None, meeting_held_at=AT),
        "its reader has not confirmed that it was read",
    ),
    "a case list that is open": (replace(CASE_LIST, list_closed_at=None), "its list is not closed"),
    "a form that nobody confirmed, with strangers in it": (
        replace(FORM, kind_confirmed=False),
        "nobody has confirmed its kind, and it names people who are not on its meeting's list",
    ),
    "minutes that nobody confirmed, with strangers in them": (
        replace(MINUTES, kind_confirmed=False),
        "nobody has confirmed its kind, and it names people who are not on its meeting's list",
    ),
    "a refused document": (replace(REFUSED, refusal_settled_at=None), "a person has to settle it"),
    "a held document": (replace(HELD, refusal_settled_at=None), "a person has to settle it"),
    "one of no known kind": (replace(UNRECOGNISED, refusal_settled_at=None), "a person has to settle it"),
    "one that was only received": (replace(FORM, state=DocumentState.RECEIVED), "it is received"),
    "one that goes already": (replace(FORM, state=DocumentState.DESTROYING), "it is destroying"),
    "one that is gone": (replace(FORM, state=DocumentState.DESTROYED), "it is destroyed"),
}


@pytest.mark.parametrize("case", MUST_STAY)
def test_must_stay(case: str) -> None:
    facts, reason = MUST_STAY[case]
    assert disposal_of(facts, POLICY) == MustStay(reason)


@pytest.mark.parametrize("case", MAY_GO)
def test_a_legal_hold_wins_over_every_rule(case: str) -> None:
    facts = replace(MAY_GO[case][0], preserved=True)
    assert disposal_of(facts, POLICY) == MustStay("it is preserved under a legal hold")


@pytest.mark.parametrize("case", MAY_GO)
def test_without_a_signed_policy_nothing_goes(case: str) -> None:
    stays = disposal_of(MAY_GO[case][0], None)
    assert isinstance(stays, MustStay)
    assert "flagtag policy sign" in stays.reason


WHEN = st.none() | st.just(AT)
ANY_FACTS = st.builds(
    CustodyFacts,
    kind=st.sampled_from(DocumentKind),
    state=st.sampled_from(DocumentState),
    kind_confirmed=st.booleans(),
    everybody_on_list=st.booleans(),
    preserved=st.booleans(),
    meeting_held_at=WHEN,
    read_confirmed_at=WHEN,
    list_closed_at=WHEN,
    refusal_settled_at=WHEN,
)


@given(facts=ANY_FACTS)
def test_whatever_the_facts_nothing_goes_without_its_own_event(facts: CustodyFacts) -> None:
    answer = disposal_of(facts, POLICY)
    if isinstance(answer, MustStay):
        return
    happened = {
        Trigger.MEETING_HELD: facts.meeting_held_at,
        Trigger.READ_CONFIRMED: facts.read_confirmed_at,
        Trigger.LIST_CLOSED: facts.list_closed_at,
        Trigger.REFUSAL_SETTLED: facts.refusal_settled_at,
    }
    assert happened[answer.trigger] is not None
    assert answer.on >= AT.date()
    assert not facts.preserved
    if answer.trigger in (Trigger.MEETING_HELD, Trigger.READ_CONFIRMED):
        assert facts.kind_confirmed or facts.everybody_on_list


@pytest.mark.parametrize("rule", ["research_form_days", "minutes_days", "case_list_days", "refused_days"])
def test_a_policy_counts_days_forwards(rule: str) -> None:
    with pytest.raises(ValueError, match="counts days forwards"):
        DisposalPolicy("1", **{rule: -1})


def test_no_waiting_means_the_day_itself() -> None:
    assert disposal_of(FORM, DisposalPolicy("1")) == MayGo(Trigger.MEETING_HELD, date(2026, 12, 3))


REMOVED = SourceCopy("0" * 32, "drop", "removed", AT)
NOT_LOOKED_FOR = replace(REMOVED, gone_seen_at=None)
PENDING = replace(NOT_LOOKED_FOR, action="pending")
KEPT = replace(NOT_LOOKED_FOR, action="kept by configuration")


@pytest.mark.parametrize(
    ("copies", "state"),
    [
        ([], CertificateState.SOURCE_COPIES_CONFIRMED),
        ([REMOVED], CertificateState.SOURCE_COPIES_CONFIRMED),
        ([REMOVED, KEPT], CertificateState.SOURCE_COPIES_ACCOUNTED),
        ([KEPT, NOT_LOOKED_FOR], CertificateState.EPOCH_KEY_DESTROYED),
        ([REMOVED, PENDING], CertificateState.EPOCH_KEY_DESTROYED),
    ],
)
def test_a_certificate_is_in_the_state_of_its_worst_copy(copies: list[SourceCopy], state: CertificateState) -> None:
    assert state_reached(epoch_destroyed=True, copies=copies) is state
    assert state_reached(epoch_destroyed=False, copies=copies) is CertificateState.LOCAL_KEY_DESTROYED
