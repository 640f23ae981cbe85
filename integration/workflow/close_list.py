"""Where a list stands: its balance, what still keeps it open, and the moves that follow from its people's states.

Every person on a list reaches a counted end state; a list that does not balance cannot close.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, func, select

from integration.domain.audit import Action
from integration.domain.case_list import DocumentKind
from integration.domain.progress import DocumentState, ListState, SubjectState
from integration.storage.records import get, move_list
from integration.storage.tables import cases, documents, list_versions, lists, meetings, outcomes, subjects
from integration.workflow.deployment import Deployment

BEFORE_MATCHED = (SubjectState.WAITING,)


@dataclass(frozen=True, slots=True)
class Balance:
    """One list's people, counted: every one of them is in `states` or among those dealt with by hand."""

    list_id: str
    area: str
    meeting_date: str
    state: ListState
    late: bool
    version: int
    states: Mapping[SubjectState, int]
    held_cases: int
    unread_people_by_hand: int
    outcomes_missing: int

    @property
    def people(self) -> int:
        return sum(self.states.values()) + self.unread_people_by_hand

    @property
    def ended(self) -> int:
        return sum(n for state, n in self.states.items() if state.is_end) + self.unread_people_by_hand

    @property
    def balances(self) -> bool:
        """Everybody has an end state, and no case waits that might name more people."""
        return self.people == self.ended and self.held_cases == 0


def balance_of(connection: Connection, list_id: str) -> Balance:
    """Count one list's people, from the records."""
    row = get(connection, lists, list_id)
    meeting = get(connection, meetings, row["meeting_id"])
    counted = (
        select(subjects.c.state, func.count())
        .join(cases, subjects.c.case_id == cases.c.case_id)
        .where(cases.c.list_id == list_id)
        .group_by(subjects.c.state)
    )
    states = Counter({SubjectState(state): n for state, n in connection.execute(counted)})
    of_list = cases.c.list_id == list_id
    held = connection.execute(select(func.count()).where(of_list, cases.c.held)).scalar_one()
    by_hand = connection.execute(select(func.sum(cases.c.transcribed_people)).where(of_list)).scalar() or 0
    versions = select(func.max(list_versions.c.version)).where(list_versions.c.list_id == list_id)
    return Balance(
        list_id=list_id,
        area=meeting["area"],
        meeting_date=meeting["meeting_date"],
        state=ListState(row["state"]),
        late=row["late"],
        version=connection.execute(versions).scalar() or 0,
        states=states,
        held_cases=held,
        unread_people_by_hand=by_hand,
        outcomes_missing=_outcomes_missing(connection, list_id),
    )


def _outcomes_missing(connection: Connection, list_id: str) -> int:
    """Cases with a flagged patient of ours whose outcome nobody has recorded (procedure 4.6)."""
    flagged = (SubjectState.FLAGGED.value, SubjectState.ALREADY_FLAGGED.value)
    with_patient = (
        select(subjects.c.case_id)
        .join(cases, subjects.c.case_id == cases.c.case_id)
        .where(cases.c.list_id == list_id, ~cases.c.withdrawn, subjects.c.state.in_(flagged))
        .distinct()
    )
    recorded = select(outcomes.c.case_id).where(~outcomes.c.superseded)
    missing = with_patient.where(subjects.c.case_id.notin_(recorded))
    return connection.execute(select(func.count()).select_from(missing.subquery())).scalar_one()


def advance_list(deployment: Deployment, list_id: str) -> None:
    """Move a list on as far as its people's states and its meeting allow. Safe to repeat."""
    while True:
        with deployment.database.reading() as connection:
            then = next_state(connection, list_id)
        if then is None:
            return
        with deployment.database.change() as change:
            if next_state(change.connection, list_id) is not then:
                continue  # somebody was faster; look again
            balance = balance_of(change.connection, list_id)
            counts = {state.value: n for state, n in balance.states.items() if n}
            closing = then is ListState.CLOSED
            action = Action.LIST_CLOSED if closing else Action.LIST_CHANGED
            event = deployment.event(action, "list", list_id, state=then.value, people=balance.people, **counts)
            values = {"closed_at": change.now} if closing else {}
            move_list(change, list_id, then, event, **values)


def next_state(connection: Connection, list_id: str) -> ListState | None:
    """The state that a list is due to move to, or None while it is where it belongs."""
    balance = balance_of(connection, list_id)
    waiting = any(balance.states.get(state) for state in BEFORE_MATCHED)
    match balance.state:
        case ListState.READ:
            return None if waiting else ListState.MATCHED
        case ListState.MATCHED:
            if waiting:
                return ListState.READ
            return ListState.FLAGGED if balance.balances else None
        case ListState.FLAGGED:
            if not balance.balances:
                return ListState.MATCHED
            return ListState.HEARD if _is_held(connection, balance.list_id) else None
        case ListState.HEARD:
            if not balance.balances:
                return ListState.MATCHED
            settled = balance.outcomes_missing == 0 and not _more_may_come(connection, balance)
            return ListState.CLOSED if settled else None
        case ListState.CLOSED:
            return None


def _more_may_come(connection: Connection, balance: Balance) -> bool:
    """Whether a document waits that may be a version of this list: its meeting's, or one whose meeting is in doubt."""
    meeting_id = get(connection, lists, balance.list_id)["meeting_id"]
    waiting = select(documents.c.meeting_id, documents.c.areas).where(
        documents.c.state.in_((DocumentState.RECEIVED.value, DocumentState.HELD.value)),
        documents.c.refusal_settled_at.is_(None),
        documents.c.kind.in_((DocumentKind.CASE_LIST.value, DocumentKind.UNRECOGNISED.value)),
    )
    return any(
        row.meeting_id == meeting_id or (row.meeting_id is None and balance.area in row.areas)
        for row in connection.execute(waiting)
    )


def _is_held(connection: Connection, list_id: str) -> bool:
    meeting: RowMapping = get(connection, meetings, get(connection, lists, list_id)["meeting_id"])
    return meeting["held_at"] is not None
