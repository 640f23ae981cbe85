"""Who did what to which thing: the events of the audit log, which hold random ids and never a person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ActorKind(StrEnum):
    PERSON = "person"
    PROCESS = "process"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody on the staff or a named process of ours. `actor_id` is random; who it is stands in our own table."""

    actor_id: str
    kind: ActorKind


class Action(StrEnum):
    """Every kind of event there is. A new act needs a new word here, and nothing else gets into the log."""

    DEPLOYMENT_CREATED = "deployment-created"
    # documents
    DOCUMENT_RECEIVED = "document-received"
    DOCUMENT_ARRIVED = "document-arrived"
    DOCUMENT_ARRIVED_AGAIN = "document-arrived-again"
    SOURCE_COPY_SET_ASIDE = "source-copy-set-aside"
    SOURCE_COPY_REMOVED = "source-copy-removed"
    SOURCE_COPY_KEPT = "source-copy-kept"
    SOURCE_FAILED = "source-failed"
    DOCUMENT_READ = "document-read"
    DOCUMENT_TAKEN_APART = "document-taken-apart"
    DOCUMENT_HELD = "document-held"
    DOCUMENT_REFUSED = "document-refused"
    DOCUMENT_SETTLED = "document-settled"
    DOCUMENT_DISPLAYED = "document-displayed"
    DOCUMENT_READ_CONFIRMED = "document-read-confirmed"
    DOCUMENT_PRESERVED = "document-preserved"
    DOCUMENT_RELEASED = "document-released"
    # lists and people
    LIST_OPENED = "list-opened"
    LIST_CHANGED = "list-changed"
    LIST_CLOSED = "list-closed"
    CASE_HELD = "case-held"
    CASE_SETTLED = "case-settled"
    SUBJECT_MATCHED = "subject-matched"
    SUBJECT_DISPLAYED = "subject-displayed"
    REVIEW_DECIDED = "review-decided"
    REVIEW_UNDONE = "review-undone"
    SUBJECT_SETTLED = "subject-settled"
    INDEX_UPDATED = "index-updated"
    PATIENT_MERGED = "patient-merged"
    PATIENT_REMOVED = "patient-removed"
    RECORD_END_FOLLOWED = "record-end-followed"
    PARAMETERS_ADOPTED = "parameters-adopted"
    # flags
    FLAG_WANTED = "flag-wanted"
    FLAG_ATTEMPTED = "flag-attempted"
    FLAG_VERIFIED = "flag-verified"
    FLAG_HELD = "flag-held"
    FLAG_RENEWED = "flag-renewed"
    FLAG_MOVED = "flag-moved"
    FLAG_ALLOWED = "flag-allowed"
    FLAG_ENDED = "flag-ended"
    FLAG_DRIFTED = "flag-drifted"
    FLAGS_SERVED = "flags-served"
    # meetings
    MEETING_HELD = "meeting-held"
    MEETING_POSTPONED = "meeting-postponed"
    OUTCOME_RECORDED = "outcome-recorded"
    OUTCOME_DISPLAYED = "outcome-displayed"
    ACTION_RECORDED = "action-recorded"
    ACTION_CONFIRMED = "action-confirmed"
    # destruction
    POLICY_SIGNED = "policy-signed"
    DESTRUCTION_BEGUN = "destruction-begun"
    KEY_DESTROYED = "key-destroyed"
    EPOCH_KEY_DESTROYED = "epoch-key-destroyed"
    CERTIFICATE_ISSUED = "certificate-issued"
    # the log itself
    CHECKPOINT_SIGNED = "checkpoint-signed"
    WORK_FAILED = "work-failed"


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One act. `details` are codes, counts, dates and random ids only: no words that a document or person gave."""

    action: Action
    actor: Actor
    object_type: str  # "document", "list", "case", "subject", "flag", "meeting" …
    object_id: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def canonical(self, seq: int, at: str) -> bytes:
        """The bytes that the log's tree is built over: sorted keys, no white space, UTF-8."""
        fields = {
            "seq": seq,
            "at": at,
            "action": self.action.value,
            "actor": self.actor.actor_id,
            "actor_kind": self.actor.kind.value,
            "object_type": self.object_type,
            "object_id": self.object_id,
            "details": dict(self.details),
        }
        return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
