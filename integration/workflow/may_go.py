"""Whether a document may go: the facts on record, put before the rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, RowMapping, Select, func, select, update

from integration.domain.audit import Action
from integration.domain.case_list import DocumentKind, Reading
from integration.domain.people import Role, Subject
from integration.domain.progress import DocumentState, ListState
from integration.domain.retention import CustodyFacts, MayGo, MustStay, disposal_of
from integration.storage.records import get
from integration.storage.tables import document_parts, documents, list_versions, lists, meetings
from integration.workflow.arrivals import PART_NO
from integration.workflow.deployment import Deployment
from integration.workflow.sealed import reading_of

FORMS = frozenset({DocumentKind.RESEARCH_FORM, DocumentKind.MINUTES})


@dataclass(frozen=True, slots=True)
class Custody:
    """One document in custody, as the list of documents shows it: no name, and why it is still here."""

    document_id: str
    kind: str
    state: str
    received_at: str
    size: int
    meeting: str
    part_of: str  # the mail or archive that it came in; empty if it came by itself
    preserved: bool
    next_step: str


def custody_list(deployment: Deployment) -> list[Custody]:
    """Every document that we ever held, the newest first, with what becomes of it next."""
    with deployment.database.reading() as connection:
        statement = select(documents).order_by(documents.c.received_at.desc(), PART_NO)
        rows = list(connection.execute(statement).mappings())
        part_of = dict(connection.execute(select(document_parts.c.document_id, document_parts.c.container_id)).all())
        names = {
            m["meeting_id"]: f"{m['area']} {m['meeting_date']}" for m in connection.execute(select(meetings)).mappings()
        }
    return [
        Custody(
            document_id=row["document_id"],
            kind=row["kind"],
            state=row["state"],
            received_at=row["received_at"],
            size=row["size"],
            meeting=names.get(row["meeting_id"], ""),
            part_of=part_of.get(row["document_id"], ""),
            preserved=row["preserved_by"] is not None,
            next_step=_next_step(deployment, row),
        )
        for row in rows
    ]


def _next_step(deployment: Deployment, row: RowMapping) -> str:
    if row["state"] == DocumentState.DESTROYED.value:
        return "destroyed; see `flagtag deletions show`"
    match may_go(deployment, row["document_id"]):
        case MayGo(on=on):
            return f"goes on {on.isoformat()}"
        case MustStay(reason=reason):
            return reason


def may_go(deployment: Deployment, document_id: str, *, suppose_on_list: bool = False) -> MayGo | MustStay:
    """What the rules and the policy in force say about one document, today.

    `suppose_on_list`: as if everybody in it were on its meeting's list, which is only looked up when all else is met.
    """
    signed = deployment.policy()
    facts = facts_of(deployment, document_id)
    if suppose_on_list:
        facts = replace(facts, everybody_on_list=True)
    return disposal_of(facts, signed.policy if signed else None)


def everybody_is_on_the_list(deployment: Deployment, document_id: str) -> bool:
    """Whether a form or minutes name only people who are on their meeting's list; recorded once it is so.

    A document that names nobody, or that was not wholly read, proves nothing. It is asked as early as can be, for the
    list may be destroyed before the document.
    """
    with deployment.database.reading() as connection:
        row = get(connection, documents, document_id)
        on_list = (
            select(documents)
            .join(list_versions, list_versions.c.document_id == documents.c.document_id)
            .join(lists, lists.c.list_id == list_versions.c.list_id)
            .where(lists.c.meeting_id == row["meeting_id"])
        )
        versions = list(connection.execute(on_list).mappings())
    reading = reading_of(deployment, row)
    if reading is None or reading.problems:
        return False
    named = [subject for case in reading.cases for subject in case.subjects]
    listed = list(_people(reading_of(deployment, version) for version in versions))
    if not named or not all(any(_same_person(one, other) for other in listed) for one in named):
        return False
    event = deployment.event(Action.DOCUMENT_SETTLED, "document", document_id, answer="everybody-on-list")
    with deployment.database.change(event) as change:
        statement = update(documents).where(documents.c.document_id == document_id)
        change.connection.execute(statement.values(everybody_on_list=True))
    return True


def compare_forms_with_list(deployment: Deployment, meeting_id: str) -> None:
    """Look, for each form and minutes of a meeting, whether everybody in it is on the list as it is now."""
    undecided = (
        (documents.c.meeting_id == meeting_id)
        & (documents.c.state == DocumentState.READ.value)
        & documents.c.kind.in_(kind.value for kind in FORMS)
        & documents.c.kind_confirmed_by.is_(None)
        & ~documents.c.everybody_on_list
    )
    with deployment.database.reading() as connection:
        found = connection.execute(select(documents.c.document_id).where(undecided)).scalars().all()
    for document_id in found:
        everybody_is_on_the_list(deployment, document_id)


def _people(readings: Iterable[Reading | None]) -> Iterable[Subject]:
    return (subject for r in readings if r is not None for case in r.cases for subject in case.subjects)


def _same_person(one: Subject, other: Subject) -> bool:
    """The same words for a name; the same role and a date of birth in common where both have one.

    Minutes name a person without saying their role, which is no contradiction.
    """
    names = {(n.family.casefold(), n.given.casefold()) for n in one.names}
    if one.role not in (other.role, Role.OTHER) or not names & {
        (n.family.casefold(), n.given.casefold()) for n in other.names
    }:
        return False
    return not one.births or not other.births or bool(set(one.births) & set(other.births))


def facts_of(deployment: Deployment, document_id: str) -> CustodyFacts:
    """What is on record about one document; raises `UsageError` if there is none."""
    with deployment.database.reading() as connection:
        return facts_in(connection, document_id)


def facts_in(connection: Connection, document_id: str) -> CustodyFacts:
    """The same, as a transaction that is under way sees it."""
    row = get(connection, documents, document_id)
    meeting = get(connection, meetings, row["meeting_id"]) if row["meeting_id"] else None
    closed = (
        select(lists.c.closed_at)
        .join(list_versions, list_versions.c.list_id == lists.c.list_id)
        .where(list_versions.c.document_id == document_id, lists.c.state == ListState.CLOSED.value)
    )
    closed_at = connection.execute(closed).scalar_one_or_none()
    taken_apart = select(func.min(document_parts.c.found_at)).where(document_parts.c.container_id == document_id)
    return CustodyFacts(
        kind=DocumentKind(row["kind"]),
        state=DocumentState(row["state"]),
        kind_confirmed=row["kind_confirmed_by"] is not None,
        everybody_on_list=row["everybody_on_list"],
        preserved=row["preserved_by"] is not None,
        meeting_held_at=at(meeting["held_at"] if meeting else None),
        read_confirmed_at=at(row["read_confirmed_at"]),
        list_closed_at=at(closed_at),
        refusal_settled_at=at(row["refusal_settled_at"]),
        taken_apart_at=at(connection.execute(taken_apart).scalar_one()),
        in_a_container=connection.execute(_containers_in_custody(document_id)).first() is not None,
    )


def _containers_in_custody(document_id: str) -> Select[tuple[str]]:
    return (
        select(documents.c.document_id)
        .join(document_parts, document_parts.c.container_id == documents.c.document_id)
        .where(document_parts.c.document_id == document_id, documents.c.state != DocumentState.DESTROYED.value)
    )


def at(text: str | None) -> datetime | None:
    """An instant as the tables keep it, or None."""
    return datetime.fromisoformat(text) if text else None
