"""When a document may be destroyed, and the certificate that says that it was.

A research form goes once a person has recorded that its meeting took place, minutes once their reader confirms
(procedure 4.2.6, 4.6), a case list by the signed policy. Without a signed policy nothing is destroyed
(NHS Records Management Code, section 5), and a legal hold wins over every rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from integration.domain.case_list import DocumentKind
from integration.domain.progress import DocumentState

_LONDON = ZoneInfo("Europe/London")
IN_A_CONTAINER = "the mail or archive that it came in is still in custody, and goes first"


class Trigger(StrEnum):
    """The event that starts a document's last days."""

    MEETING_HELD = "meeting_held"
    READ_CONFIRMED = "read_confirmed"
    LIST_CLOSED = "list_closed"
    REFUSAL_SETTLED = "refusal_settled"
    TAKEN_APART = "taken_apart"
    BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class DisposalPolicy:
    """The trust's rules: days after each trigger. Signed by a named approver before it has any effect."""

    version: str
    research_form_days: int = 0
    minutes_days: int = 0
    case_list_days: int = 0
    refused_days: int = 0

    def __post_init__(self) -> None:
        days = (self.research_form_days, self.minutes_days, self.case_list_days, self.refused_days)
        if any(d < 0 for d in days):
            raise ValueError("a disposal policy counts days forwards")


@dataclass(frozen=True, slots=True)
class CustodyFacts:
    """What is on record about one document when the question is whether it may go."""

    kind: DocumentKind
    state: DocumentState
    kind_confirmed: bool  # by a person
    everybody_on_list: bool  # everybody in it is on its meeting's list
    preserved: bool  # legal hold
    meeting_held_at: datetime | None = None
    read_confirmed_at: datetime | None = None
    list_closed_at: datetime | None = None
    refusal_settled_at: datetime | None = None
    taken_apart_at: datetime | None = None  # of a mail or an archive
    in_a_container: bool = False  # the mail or archive that it came in is in custody still, and holds it too


@dataclass(frozen=True, slots=True)
class MayGo:
    trigger: Trigger
    on: date


@dataclass(frozen=True, slots=True)
class MustStay:
    """Why a document is still here; `reason` is shown to people."""

    reason: str


def disposal_of(facts: CustodyFacts, policy: DisposalPolicy | None) -> MayGo | MustStay:
    """Whether, why and from which day a document may be destroyed; the rules in the order in which they bind."""
    if facts.preserved:
        return MustStay("it is preserved under a legal hold")
    if policy is None:
        return MustStay("no disposal policy is signed: see `flagtag policy sign`")
    if facts.in_a_container:
        return MustStay(IN_A_CONTAINER)
    if facts.state is DocumentState.TAKEN_APART:
        return _after(facts.taken_apart_at, 0, Trigger.TAKEN_APART, "nothing says when it was taken apart")
    return _disposal_by_kind(facts, policy)


def _disposal_by_kind(facts: CustodyFacts, policy: DisposalPolicy) -> MayGo | MustStay:
    if facts.state in (DocumentState.REFUSED, DocumentState.HELD) or facts.kind is DocumentKind.UNRECOGNISED:
        return _after(
            facts.refusal_settled_at,
            policy.refused_days,
            Trigger.REFUSAL_SETTLED,
            "a person has to settle it",
        )
    if facts.state is not DocumentState.READ:
        return MustStay(f"it is {facts.state.value}")
    if facts.kind is DocumentKind.CASE_LIST:
        return _after(facts.list_closed_at, policy.case_list_days, Trigger.LIST_CLOSED, "its list is not closed")
    if not (facts.kind_confirmed or facts.everybody_on_list):
        return MustStay("nobody has confirmed its kind, and it names people who are not on its meeting's list")
    if facts.kind is DocumentKind.RESEARCH_FORM:
        reason = "nobody has recorded that its meeting took place"
        return _after(facts.meeting_held_at, policy.research_form_days, Trigger.MEETING_HELD, reason)
    reason = "its reader has not confirmed that it was read"
    return _after(facts.read_confirmed_at, policy.minutes_days, Trigger.READ_CONFIRMED, reason)


def _after(at: datetime | None, days: int, trigger: Trigger, otherwise: str) -> MayGo | MustStay:
    """So many days after, by England's calendar: late on a summer's evening its day is not that of UTC."""
    return MustStay(otherwise) if at is None else MayGo(trigger, at.astimezone(_LONDON).date() + timedelta(days=days))


class CertificateState(StrEnum):
    """How far the destruction has got; a certificate never claims more than was checked."""

    LOCAL_KEY_DESTROYED = "local_key_destroyed"
    EPOCH_KEY_DESTROYED = "epoch_key_destroyed"
    SOURCE_COPIES_ACCOUNTED = "source_copies_accounted"  # each is gone, or left where it is by a decision that is named
    SOURCE_COPIES_CONFIRMED = "source_copies_confirmed"  # each was looked for, and is gone


_LEFT_BY_DECISION = ("kept by configuration", "handed in by hand")


@dataclass(frozen=True, slots=True)
class SourceCopy:
    """One copy outside our custody: where it was, what was done, and until when somebody might recover it."""

    arrival_id: str
    source: str
    action: str  # "removed", "kept by configuration", "handed in by hand" …
    gone_seen_at: datetime | None
    note: str = ""

    @property
    def is_gone(self) -> bool:
        """Whether somebody looked for it and it was not there."""
        return self.gone_seen_at is not None

    @property
    def is_settled(self) -> bool:
        """Whether its fate is settled: gone, or left by somebody's decision, and then it is readable where it lies.

        Any other word (still owed, removed but not yet seen gone, out of reach) settles nothing.
        """
        return self.is_gone or self.action.startswith(_LEFT_BY_DECISION)


def state_reached(*, epoch_destroyed: bool, copies: Sequence[SourceCopy]) -> CertificateState:
    """How far the destruction of a document has got whose own key is destroyed."""
    if not epoch_destroyed:
        return CertificateState.LOCAL_KEY_DESTROYED
    if all(copy.is_gone for copy in copies):
        return CertificateState.SOURCE_COPIES_CONFIRMED
    if all(copy.is_settled for copy in copies):
        return CertificateState.SOURCE_COPIES_ACCOUNTED
    return CertificateState.EPOCH_KEY_DESTROYED
