"""The whole story of a case list, as the steps that carry it; the records say which of them are due.

    receive      take a document into custody, then set the sender's copy aside     (receive_document)
    read         find out what it says, or take a mail or an archive apart          (read_document, take_apart)
                 a list's people go on record                                       (open_list)
    match        look for each person in the patient index                          (match_subjects)
    place        make the flag stand on the record, once                            (raise_flags)
    follow       let flags and reviews follow a record that was merged or removed   (follow_record_ends)
    retire       end a flag on a merged record, its successor standing              (follow_record_ends)
    advance      move the list on: matched, flagged, heard, closed                  (close_list)
    dispose      destroy what the rules and the signed policy let go                (destroy_documents)
    remove       remove the sender's copy, and see it gone                          (remove_source_copies)
    epoch        destroy the epoch's key                                            (destroy_documents)
    certify      say what was checked, signed                                       (destroy_documents)

Between match and place, and between flagged and heard, people decide: review_match, settle_held, meetings.
Each step takes one opaque id, may be repeated at will, and leaves the records in a state from which the next is due:
a restored backup, an emptied queue or a kill at any line loses nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select, update

from integration.custody.certificates import containers_of, irrecoverable_not_before
from integration.domain.audit import Action
from integration.domain.case_list import DocumentKind
from integration.domain.progress import DocumentState, ListState, SubjectState
from integration.domain.retention import CertificateState, MayGo, state_reached
from integration.errors import FlagtagError, Unavailable
from integration.storage.database import instant
from integration.storage.tables import (
    arrival_documents,
    arrivals,
    cases,
    certificates,
    document_parts,
    documents,
    flag_grounds,
    flags,
    lists,
    subjects,
    work_failures,
)
from integration.workflow.backoff import seconds_until_attempt
from integration.workflow.close_list import advance_list, next_state
from integration.workflow.deployment import Deployment
from integration.workflow.destroy_documents import certify, destroy_epoch, dispose
from integration.workflow.follow_record_ends import (
    ends_to_follow,
    flags_to_retire,
    follow_record_end,
    retire_flag,
)
from integration.workflow.match_subjects import LOOK_AGAIN, match_list
from integration.workflow.may_go import FORMS, may_go
from integration.workflow.raise_flags import OWED, UNPROVEN, place_flag
from integration.workflow.read_document import read_document
from integration.workflow.receive_document import ArrivalState
from integration.workflow.remove_source_copies import remove_source_copy, source_copies

THIS_EPOCH = "current"  # the one object of the step `epoch`

STEPS: dict[str, Callable[[Deployment, str], None]] = {
    "read": read_document,
    "match": match_list,
    "place": place_flag,
    "follow": follow_record_end,
    "retire": retire_flag,
    "advance": advance_list,
    "dispose": dispose,
    "remove": remove_source_copy,
    "epoch": lambda deployment, _: destroy_epoch(deployment),
    "certify": certify,
}


@dataclass(frozen=True, slots=True)
class Due:
    """One step that is due; `attempt` grows with each failure, so that a retry is new work to the engine."""

    step: str
    object_id: str
    attempt: int = 0


def due_steps(deployment: Deployment) -> list[Due]:
    """What must happen next, derived from the records alone; what failed comes back when its wait is over.

    A failure of what has meanwhile been settled otherwise is forgotten: nothing is owed there any longer.
    """
    now = instant(deployment.clock())
    generation = deployment.index.status().generation
    with deployment.database.reading() as connection:
        failed = {
            row["work"]: (row["attempts"], row["due_at"])
            for row in connection.execute(select(work_failures)).mappings()
        }
        owed = owed_flags(connection, deployment.register_name)
        found = [*_derive(connection, generation), *(("place", flag_id) for flag_id in owed)]
        not_before = {f"place:{flag_id}": due_at for flag_id, due_at in owed.items()}
    found += [("dispose", d) for d in _documents_that_may_go(deployment)]
    found += [("certify", d) for d in _certificates_to_improve(deployment)]
    due = []
    for step, object_id in found:
        work = f"{step}:{object_id}"
        attempts, due_at = failed.pop(work, (0, ""))
        if due_at <= now and not_before.get(work, "") <= now:
            due.append(Due(step, object_id, attempts))
    _forget_failures(deployment, list(failed))
    return due


def perform(deployment: Deployment, step: str, object_id: str) -> None:
    """Do one step; a failure that we foresaw is put on record with the time of the next attempt, not raised."""
    try:
        STEPS[step](deployment, object_id)
    except FlagtagError as error:
        record_failure(deployment, step, object_id, _reason(error))
    else:
        _forget_failures(deployment, [f"{step}:{object_id}"])


def record_failure(deployment: Deployment, step: str, object_id: str, reason: str) -> None:
    """Keep a failed step's attempts and next time in the records, so that a restart forgets nothing."""
    work = f"{step}:{object_id}"
    event = deployment.event(Action.WORK_FAILED, step, object_id, reason=reason)
    with deployment.database.change(event) as change:
        same = work_failures.c.work == work
        attempts = change.connection.execute(select(work_failures.c.attempts).where(same)).scalar_one_or_none()
        due = instant(deployment.in_(seconds_until_attempt((attempts or 0) + 1)))
        values = {"attempts": (attempts or 0) + 1, "due_at": due, "reason": reason, "failed_at": change.now}
        if attempts is None:
            change.connection.execute(insert(work_failures).values(work=work, **values))
        else:
            change.connection.execute(update(work_failures).where(same).values(**values))


def _forget_failures(deployment: Deployment, works: Sequence[str]) -> None:
    recorded = work_failures.c.work.in_(works)
    with deployment.database.reading() as connection:
        if not works or connection.execute(select(work_failures.c.work).where(recorded)).first() is None:
            return
    with deployment.database.change() as change:  # the success itself has its event; this is housekeeping
        change.connection.execute(delete(work_failures).where(recorded))


def _reason(error: FlagtagError) -> str:
    return f"{error.system}: {error.phase}: {error.reason}" if isinstance(error, Unavailable) else str(error)


def _derive(connection: Connection, generation: int) -> Iterator[tuple[str, str]]:
    received = select(documents.c.document_id).where(documents.c.state == DocumentState.RECEIVED.value)
    yield from (("read", d) for d in connection.execute(received).scalars())
    yield from (("follow", e) for e in ends_to_follow(connection))
    yield from (("retire", f) for f in flags_to_retire(connection))
    yield from (("match", d) for d in _lists_to_match(connection, generation))
    open_lists = select(lists.c.list_id).where(lists.c.state != ListState.CLOSED.value)
    for list_id in connection.execute(open_lists).scalars().all():
        if next_state(connection, list_id) is not None:
            yield "advance", list_id
    yield from (("remove", a) for a in _copies_to_remove(connection))
    if connection.execute(_destroyed_under_a_living_epoch()).first() is not None:
        yield "epoch", THIS_EPOCH


def _lists_to_match(connection: Connection, generation: int) -> list[str]:
    looked_for_before = subjects.c.state.in_(LOOK_AGAIN) & (func.coalesce(subjects.c.index_generation, 0) < generation)
    statement = (
        select(lists.c.list_id)
        .join(cases, cases.c.list_id == lists.c.list_id)
        .join(subjects, subjects.c.case_id == cases.c.case_id)
        .where(
            lists.c.state != ListState.CLOSED.value,
            ~cases.c.withdrawn,
            ~cases.c.held,
            (subjects.c.state == SubjectState.WAITING.value) | looked_for_before,
        )
        .distinct()
    )
    return list(connection.execute(statement).scalars())


def owed_flags(connection: Connection, register: str | None = None) -> dict[str, str]:
    """Flags owed, and from when to try: an active one only while somebody whose flag it is waits for it or has it.

    Of one register, or of all that we ever worked with.
    """
    supports = (SubjectState.MATCHED.value, SubjectState.FLAGGED.value, SubjectState.ALREADY_FLAGGED.value)
    ground = (
        select(flag_grounds.c.flag_id)
        .join(subjects, subjects.c.subject_id == flag_grounds.c.subject_id)
        .where(flag_grounds.c.lost_at.is_(None), subjects.c.state.in_(supports))
    )
    statement = select(flags.c.flag_id, flags.c.due_at).where(
        flags.c.state.in_((OWED, UNPROVEN)),
        (flags.c.status != "active") | flags.c.flag_id.in_(ground),
    )
    if register is not None:
        statement = statement.where(flags.c.register == register)
    return {flag_id: due_at or "" for flag_id, due_at in connection.execute(statement)}


def _copies_to_remove(connection: Connection) -> list[str]:
    """Deliveries set aside of which every document is destroyed."""
    kept = (
        select(arrival_documents.c.arrival_id)
        .join(documents, documents.c.document_id == arrival_documents.c.document_id)
        .where(documents.c.state != DocumentState.DESTROYED.value)
    )
    statement = select(arrivals.c.arrival_id).where(
        arrivals.c.state.in_((ArrivalState.SET_ASIDE.value, ArrivalState.REMOVED.value)),
        arrivals.c.arrival_id.notin_(kept),
    )
    return list(connection.execute(statement).scalars())


def _destroyed_under_a_living_epoch() -> Select[tuple[str]]:
    return select(certificates.c.certificate_id).where(
        certificates.c.key_destroyed_at.is_not(None), certificates.c.epoch_destroyed_at.is_(None)
    )


def _documents_that_may_go(deployment: Deployment) -> Iterator[str]:
    """Documents whose destruction is under way, and those that the rules let go today."""
    states = [s.value for s in DocumentState if s not in (DocumentState.DESTROYED, DocumentState.RECEIVED)]
    with deployment.database.reading() as connection:
        statement = select(documents).where(documents.c.state.in_(states))
        rows = list(connection.execute(statement).mappings())
    policy_signed = deployment.policy() is not None
    for row in rows:
        if row["state"] == DocumentState.DESTROYING.value or (
            policy_signed and _may_go_or_could(deployment, row["document_id"], row["kind"])
        ):
            yield row["document_id"]


def _may_go_or_could(deployment: Deployment, document_id: str, kind: str) -> bool:
    verdict = may_go(deployment, document_id, suppose_on_list=DocumentKind(kind) in FORMS)
    return isinstance(verdict, MayGo) and verdict.on <= deployment.today()


def _certificates_to_improve(deployment: Deployment) -> list[str]:
    """Destroyed documents whose certificate says less than is confirmed by now, or that have come again since."""
    confirmed = CertificateState.SOURCE_COPIES_CONFIRMED.value
    came_again = (
        select(arrival_documents.c.document_id)
        .join(arrivals, arrivals.c.arrival_id == arrival_documents.c.arrival_id)
        .where(
            arrival_documents.c.document_id == certificates.c.document_id,
            arrivals.c.arrived_at > certificates.c.key_destroyed_at,
        )
        .exists()
    )
    found_in_a_container = (
        select(document_parts.c.document_id)
        .where(
            document_parts.c.document_id == certificates.c.document_id,
            document_parts.c.found_at > certificates.c.key_destroyed_at,
        )
        .exists()
    )
    says_less = (certificates.c.state != confirmed) | came_again | found_in_a_container
    with deployment.database.reading() as connection:
        statement = select(certificates).where(certificates.c.key_destroyed_at.is_not(None), says_less)
        rows = list(connection.execute(statement).mappings())
    return [row["document_id"] for row in rows if _says_less(deployment, row)]


def _says_less(deployment: Deployment, row: RowMapping) -> bool:
    if row["body"] is None:
        return True
    if row["epoch_destroyed_at"] is None:
        return False
    if row["state"] == CertificateState.LOCAL_KEY_DESTROYED.value:
        return True
    copies = source_copies(deployment, row["document_id"])
    if any(copy.arrival_id not in row["body"] for copy in copies):
        return True
    with deployment.database.reading() as connection:
        if any(container not in row["body"] for container in containers_of(connection, row["document_id"])):
            return True
        days = deployment.backup_retention_days
        since = irrecoverable_not_before(connection, row["document_id"], days)
    if since != json.loads(row["body"])["certificate"]["irrecoverable_not_before"]:
        return True
    return bool(row["state"] != state_reached(epoch_destroyed=True, copies=copies))
