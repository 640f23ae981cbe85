"""How things stand: what still settles, what is owed, and what waits for a person."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from integration.domain.flag import FlagStatus
from integration.domain.progress import DocumentState, SubjectState
from integration.storage.tables import (
    cases,
    documents,
    flag_grounds,
    flags,
    source_reports,
    subjects,
    work_failures,
)
from integration.workflow.deployment import Deployment
from integration.workflow.process_case_list import owed_flags
from integration.workflow.raise_flags import HELD
from integration.workflow.source_reports import LEFT_TO_A_PERSON


@dataclass(frozen=True, slots=True)
class Cycle:
    """What one cycle left behind: `owed` effects come back by themselves, `held` things wait for a person."""

    settling: bool
    owed: int
    held: int


def state_of_play(deployment: Deployment) -> Cycle:
    """What still settles, what is owed, and what waits for a person."""
    failing = select(func.count()).where(
        source_reports.c.failing_since.is_not(None), source_reports.c.source.in_(deployment.sources)
    )
    waiting = (DocumentState.HELD.value, DocumentState.REFUSED.value)
    held_documents = select(func.count()).where(
        documents.c.state.in_(waiting), documents.c.refusal_settled_at.is_(None)
    )
    reviews = select(func.count()).where(subjects.c.state == SubjectState.UNDER_REVIEW.value)
    held_cases = select(func.count()).where(cases.c.held)
    held_flags = flags_held_by_themselves()
    with deployment.database.reading() as connection:
        owed = len(owed_flags(connection)) + sum(
            connection.execute(q).scalar_one() for q in (failing, select(func.count()).select_from(work_failures))
        )
        held = sum(connection.execute(q).scalar_one() for q in (held_documents, reviews, held_cases, held_flags))
        held += _deliveries_left(deployment, connection)
    settling = any(source.settling() for source in deployment.sources.values())
    return Cycle(settling, owed, held)


def flags_held_by_themselves() -> Select[int]:
    """How many flags are held that stand in no other list of what waits."""
    return select(func.count()).where(flags.c.state == HELD, or_(*_waits_by_itself()))


def _waits_by_itself() -> tuple[ColumnElement[bool], ...]:
    """Held flags that no review stands for: an end, and one whose people are settled."""
    settled = (SubjectState.FLAGGED.value, SubjectState.ALREADY_FLAGGED.value)
    ground = (
        select(flag_grounds.c.flag_id)
        .join(subjects, subjects.c.subject_id == flag_grounds.c.subject_id)
        .where(flag_grounds.c.lost_at.is_(None), subjects.c.state.in_(settled))
    )
    return flags.c.status != FlagStatus.ACTIVE.value, flags.c.flag_id.in_(ground)


def _deliveries_left(deployment: Deployment, connection: Connection) -> int:
    """How many sources hold a delivery that we do not take and a person has to see to."""
    statement = select(source_reports).where(source_reports.c.source.in_(deployment.sources))
    rows = connection.execute(statement).mappings()
    return sum(any(said.endswith(LEFT_TO_A_PERSON) for said in row["oddities"] or ()) for row in rows)
