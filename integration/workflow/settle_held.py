"""A person settles what waits: a document that could not be made out, a refused one, a case with a row in doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, func, insert, select, update

from integration.domain.audit import Action
from integration.domain.case_list import DocumentKind, Problem
from integration.domain.progress import DocumentState, ListState, SubjectState
from integration.errors import UsageError
from integration.storage.database import Change, new_id
from integration.storage.records import get, move_document, move_list, move_subject, resolve_id
from integration.storage.tables import cases, documents, lists, subjects
from integration.workflow.arrivals import PART_NO, place_of
from integration.workflow.deployment import Deployment
from integration.workflow.open_list import (
    UNREAD_CASE,
    add_list_version,
    standing_subjects,
    withdraw_subject,
)
from integration.workflow.postponed_meetings import current_meeting
from integration.workflow.read_document import Confirmed, find_or_add_meeting, read_document
from integration.workflow.sealed import reading_of, sender_of


@dataclass(frozen=True, slots=True)
class HeldItem:
    """One thing that waits for a person: what it is, why, and where in the document."""

    object_id: str
    what: str  # "document" or "case"
    state: str
    kind: str
    since: str
    where: str  # the source of a document and which part it is, the place in its document of a case
    reason: str


@dataclass(frozen=True, slots=True)
class HeldShown:
    """What was read of a held thing; showing it is on record."""

    item: HeldItem
    case_ref: str | None = field(repr=False)
    problems: tuple[Problem, ...] = field(repr=False)
    people: tuple[object, ...] = field(repr=False)  # domain Subjects
    sender: str = field(default="", repr=False)  # the address of a mail from somebody whom we do not know


def held_items(deployment: Deployment) -> list[HeldItem]:
    """Documents and cases that wait for a person, the oldest first."""
    waiting = (DocumentState.HELD.value, DocumentState.REFUSED.value)
    of_documents = (
        select(documents)
        .where(documents.c.state.in_(waiting), documents.c.refusal_settled_at.is_(None))
        .order_by(documents.c.received_at, PART_NO)
    )
    of_cases = select(cases, lists.c.opened_at).join(lists, cases.c.list_id == lists.c.list_id).where(cases.c.held)
    with deployment.database.reading() as connection:
        rows = connection.execute(of_documents).mappings().all()
        items = [_document_item(row, place_of(connection, row)) for row in rows]
        items += [_case_item(row) for row in connection.execute(of_cases.order_by(lists.c.opened_at)).mappings()]
    return items


def show_held(deployment: Deployment, object_id: str) -> HeldShown:
    """What was made out of a held document or case, and what was not; an event says who looked."""
    with deployment.database.reading() as connection:
        case = connection.execute(select(cases).where(cases.c.case_id == object_id)).mappings().one_or_none()
        document = get(connection, documents, case["document_id"] if case else object_id)
        opened = get(connection, lists, case["list_id"])["opened_at"] if case else ""
        where = place_of(connection, document)
    reading = reading_of(deployment, document)
    problems: tuple[Problem, ...] = reading.problems if reading else ()
    people: tuple[object, ...] = ()
    case_ref = None
    if case is not None and reading is not None:
        problems = tuple(p for p in problems if _is_of(deployment, p, case))
        if case["case_no"] != UNREAD_CASE:
            case_ref, people = reading.cases[case["case_no"]].case_ref, reading.cases[case["case_no"]].subjects
        else:
            case_ref = problems[0].case_ref if problems else None
    what = "case" if case is not None else "document"
    with deployment.database.change(deployment.event(Action.DOCUMENT_DISPLAYED, what, object_id)):
        pass  # the display itself is the act
    if case is not None:
        return HeldShown(_case_item({**case, "opened_at": opened}), case_ref, problems, people)
    return HeldShown(_document_item(document, where), case_ref, problems, people, sender_of(deployment, document))


def _is_of(deployment: Deployment, problem: Problem, case: RowMapping) -> bool:
    if problem.case_ref is None:
        return False
    ref = " ".join(problem.case_ref.split()).casefold().encode()
    return bool(deployment.secrets.fingerprint("case reference", ref) == case["ref_fingerprint"])


def settle_document(deployment: Deployment, document_id: str, confirmed: Confirmed) -> None:
    """A person says what a held document is; it is read again in that light."""
    row = _waiting_document(deployment, document_id)
    if row["state"] != DocumentState.HELD.value:
        raise UsageError("a refused document is not processed; read it again (--again) or dismiss it (--dismiss)")
    _check_area(deployment, confirmed.area)
    event = deployment.event(Action.DOCUMENT_SETTLED, "document", document_id, answer="confirmed")
    with deployment.database.change(event) as change:
        values: dict[str, object] = {"refusal_settled_at": None}  # should doubt remain, it waits in sight
        if confirmed.area is not None:
            values["areas"] = [confirmed.area]
        change.connection.execute(update(documents).where(documents.c.document_id == document_id).values(**values))
    read_document(deployment, document_id, confirmed)


def read_again(deployment: Deployment, document_id: str, area: str | None = None) -> None:
    """Try a held or refused document once more, for instance after a password or an area was added.

    `area`: a person vouches that it may be for this area too, whatever its source or sender stands for.
    """
    row = _waiting_document(deployment, document_id)
    _check_area(deployment, area)
    areas = row["areas"] or list(deployment.areas)
    if area is not None and area not in areas:
        areas = [*areas, area]
    event = deployment.event(Action.DOCUMENT_SETTLED, "document", document_id, answer="again")
    with deployment.database.change() as change:
        values = {"reason": None, "areas": areas, "refusal_settled_at": None, "read_ms": row["read_ms"] or 0}
        move_document(change, document_id, DocumentState.RECEIVED, event, **values)


def dismiss(deployment: Deployment, document_id: str) -> None:
    """A person says that a held or refused document is not for us; it goes by the disposal policy."""
    _waiting_document(deployment, document_id)
    event = deployment.event(Action.DOCUMENT_SETTLED, "document", document_id, answer="dismissed")
    with deployment.database.change(event) as change:
        values = {"refusal_settled_at": change.now}
        change.connection.execute(update(documents).where(documents.c.document_id == document_id).values(**values))


def transcribe_document(deployment: Deployment, document_id: str, people: int, area: str, meeting_date: date) -> None:
    """A person dealt by hand with a whole list that could not be read; its people are counted, not flagged by us."""
    row = _waiting_document(deployment, document_id)
    _check_area(deployment, area)
    if row["state"] != DocumentState.HELD.value or people < 1:
        raise UsageError("only a held list is transcribed, and it names at least one person")
    event = deployment.event(Action.DOCUMENT_SETTLED, "document", document_id, answer="transcribed", people=people)
    with deployment.database.change() as change:
        meeting_id = current_meeting(change.connection, find_or_add_meeting(change, area, meeting_date))
        values = {"kind": DocumentKind.CASE_LIST.value, "kind_confirmed_by": deployment.actor.actor_id}
        move_document(change, document_id, DocumentState.READ, event, meeting_id=meeting_id, reason=None, **values)
        list_id, _ = add_list_version(deployment, change, document_id, meeting_id, area, meeting_date, by_person=True)
        counted = _standing_people(change.connection, cases.c.list_id == list_id)
        print_ = deployment.secrets.fingerprint("transcribed", document_id.encode())
        case = {"case_id": new_id(), "list_id": list_id, "document_id": document_id, "case_no": UNREAD_CASE}
        case |= {"ref_fingerprint": print_, "fingerprint": print_, "transcribed_people": max(0, people - counted)}
        change.connection.execute(insert(cases).values(**case))


def accept_case(deployment: Deployment, case_id: str) -> None:
    """A person says that what was read of a case is right: its people go on."""
    with deployment.database.change() as change:
        case = _held_case(get(change.connection, cases, case_id))
        if case["case_no"] == UNREAD_CASE:
            raise UsageError("nobody was read in this case; deal with it by hand and say so (--transcribed N)")
        _release(change.connection, case_id)
        for subject in _held_subjects(change.connection, case_id):
            move_subject(change, subject, SubjectState.WAITING)
        change.also(deployment.event(Action.CASE_SETTLED, "case", case_id, answer="accepted"))
        _back_to_reading(deployment, change, case["list_id"])


def transcribe_case(deployment: Deployment, case_id: str, people: int) -> None:
    """A person dealt with a case by hand: everybody in it is counted so, those included whom we could not read."""
    with deployment.database.change() as change:
        _held_case(get(change.connection, cases, case_id))
        held = _held_subjects(change.connection, case_id)
        counted = _standing_people(change.connection, cases.c.case_id == case_id)
        if people < max(1, counted):
            raise UsageError(f"at least {max(1, counted)} people were read in this case; count them all")
        for subject in held:
            move_subject(change, subject, SubjectState.TRANSCRIBED, decided_by=deployment.actor.actor_id)
        _release(change.connection, case_id, transcribed_people=people - counted)
        change.also(deployment.event(Action.CASE_SETTLED, "case", case_id, answer="transcribed", people=people))


def withdraw_case(deployment: Deployment, case_id: str) -> None:
    """A person says that a held case is not on the list any more."""
    with deployment.database.change() as change:
        case = _held_case(get(change.connection, cases, case_id))
        for subject in standing_subjects(change, case):
            withdraw_subject(deployment, change, subject)
        _release(change.connection, case_id, withdrawn=True)
        change.also(deployment.event(Action.CASE_SETTLED, "case", case_id, answer="withdrawn"))


def standing_of(deployment: Deployment, what: str, object_id: str) -> tuple[str, str]:
    """State and reason of a document or a case after somebody settled it."""
    with deployment.database.reading() as connection:
        if what == "case":
            case = get(connection, cases, object_id)
            return ("held" if case["held"] else "settled"), case["held_reason"] or ""
        document = get(connection, documents, object_id)
        return document["state"], document["reason"] or ""


def resolve_held(deployment: Deployment, prefix: str) -> tuple[str, str]:
    """("document" | "case", whole id) of a held thing, from the first characters of its id."""
    ids = [(i.what, i.object_id) for i in held_items(deployment) if i.object_id.startswith(prefix.strip().lower())]
    if len(ids) == 1 and prefix.strip():
        return ids[0]
    if len(ids) > 1:
        raise UsageError("several held things begin so; type more of the id")
    with deployment.database.reading() as connection:
        resolve_id(connection, documents, prefix)
    raise UsageError("that document does not wait for anybody")


def _waiting_document(deployment: Deployment, document_id: str) -> RowMapping:
    with deployment.database.reading() as connection:
        row = get(connection, documents, document_id)
    if row["state"] not in (DocumentState.HELD.value, DocumentState.REFUSED.value):
        raise UsageError("that document does not wait for anybody")
    return row


def _check_area(deployment: Deployment, area: str | None) -> None:
    if area is not None and area not in deployment.areas:
        raise UsageError(f"the areas are: {', '.join(deployment.areas)}")


def _held_case(case: RowMapping) -> RowMapping:
    if not case["held"]:
        raise UsageError("that case does not wait for anybody")
    return case


def _held_subjects(connection: Connection, case_id: str) -> list[RowMapping]:
    held = (subjects.c.case_id == case_id) & (subjects.c.state == SubjectState.HELD.value)
    return list(connection.execute(select(subjects).where(held)).mappings())


def _standing_people(connection: Connection, of: ColumnElement[bool]) -> int:
    """How many people of some cases are counted already, one by one or as dealt with by hand."""
    standing = (
        select(func.count())
        .select_from(subjects.join(cases, subjects.c.case_id == cases.c.case_id))
        .where(of, subjects.c.state != SubjectState.WITHDRAWN.value)
    )
    by_hand = select(func.coalesce(func.sum(cases.c.transcribed_people), 0)).where(of)
    return int(connection.execute(standing).scalar_one() + connection.execute(by_hand).scalar_one())


def _release(connection: Connection, case_id: str, **values: object) -> None:
    statement = update(cases).where(cases.c.case_id == case_id)
    connection.execute(statement.values(held=False, **values))


def _back_to_reading(deployment: Deployment, change: Change, list_id: str) -> None:
    if get(change.connection, lists, list_id)["state"] not in (ListState.READ.value, ListState.CLOSED.value):
        event = deployment.event(Action.LIST_CHANGED, "list", list_id, state=ListState.READ.value)
        move_list(change, list_id, ListState.READ, event)


def _document_item(row: RowMapping, where: str) -> HeldItem:
    return HeldItem(
        row["document_id"],
        "document",
        row["state"],
        row["kind"],
        row["received_at"],
        where,
        row["reason"] or "",
    )


def _case_item(row: Mapping[Any, Any]) -> HeldItem:
    """A row of `cases` with its list's opening."""
    where, reason = row["held_where"] or "", row["held_reason"] or ""
    return HeldItem(row["case_id"], "case", "held", "case", row["opened_at"], where, reason)
