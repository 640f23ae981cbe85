"""The tables. Random ids, states, roles, patient ids, decisions and reason codes; never a name or an address.

What a document says lies sealed under that document's key, outside the database; rows point into it by position.
Instants are aware UTC in ISO 8601 text, so that SQLite and PostgreSQL order them alike.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ID = String(32)  # random, 128 bits as hex
INSTANT = String(32)  # 2026-11-22T05:21:25.123456+00:00
DAY = String(10)  # 2026-11-22
CODE = String(40)

# Staff and processes of ours. The audit log holds `actor_id` alone.
actors = Table(
    "actors",
    metadata,
    Column("actor_id", ID, primary_key=True),
    Column("kind", CODE, nullable=False),
    Column("login", String(200), nullable=False),
    UniqueConstraint("kind", "login"),
)

# The audit log: append-only; `leaf` is the RFC 6962 leaf hash of the event's canonical bytes.
audit_events = Table(
    "audit_events",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("canonical", LargeBinary, nullable=False),
    Column("leaf", LargeBinary(32), nullable=False),
    Column("action", CODE, nullable=False),
    Column("object_id", String(64), nullable=False, index=True),
)
audit_checkpoints = Table(
    "audit_checkpoints",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),  # origin, size, root and signature, as signed
    Column("signed_at", INSTANT, nullable=False),
)

meetings = Table(
    "meetings",
    metadata,
    Column("meeting_id", ID, primary_key=True),
    Column("area", String(200), nullable=False),
    Column("meeting_date", DAY, nullable=False),
    Column("held_at", INSTANT),  # when a person recorded that it took place
    Column("held_by", ID),
    Column("postponed_from", DAY),
    UniqueConstraint("area", "meeting_date"),
)

documents = Table(
    "documents",
    metadata,
    Column("document_id", ID, primary_key=True),
    Column("state", CODE, nullable=False, index=True),
    Column("kind", CODE, nullable=False),  # domain DocumentKind
    Column("kind_confirmed_by", ID),
    Column("fingerprint", String(64), nullable=False, unique=True),  # HMAC, never a plain digest
    Column("key_slot", Integer),  # null once destroyed
    Column("size", BigInteger, nullable=False),
    Column("media_type", String(100)),
    Column("areas", JSON, nullable=False),  # the areas that its source or its sender stands for
    Column("source", String(200), nullable=False),  # of its first arrival: whose passwords may open it
    Column("came_in", CODE),  # domain CameIn; null: by itself, at least once
    Column("read_ms", Integer),  # what reading this part has taken; null until it is tried or a person asks for it
    Column("meeting_id", ID, ForeignKey("meetings.meeting_id"), index=True),
    Column("received_at", INSTANT, nullable=False),
    Column("received_late", Boolean, nullable=False, default=False),
    Column("reason", Text),  # why it is held or refused: fixed sentences only
    Column("everybody_on_list", Boolean, nullable=False, default=False),
    Column("preserved_by", ID),
    Column("displayed_whole_at", INSTANT),
    Column("read_confirmed_at", INSTANT),
    Column("read_confirmed_by", ID),
    Column("refusal_settled_at", INSTANT),
    Column("destroyed_at", INSTANT),
)

# One delivery: a file, or a mail whose attachments are several documents with one origin.
arrivals = Table(
    "arrivals",
    metadata,
    Column("arrival_id", ID, primary_key=True),
    Column("source", String(200), nullable=False),
    Column("state", CODE, nullable=False, index=True),  # recorded, set_aside, removed, gone, kept, by_hand
    Column("sender_known", Boolean),
    Column("arrived_at", INSTANT, nullable=False),
    Column("gone_seen_at", INSTANT),
)
arrival_documents = Table(
    "arrival_documents",
    metadata,
    Column("arrival_id", ID, ForeignKey("arrivals.arrival_id"), primary_key=True),
    Column("document_id", ID, ForeignKey("documents.document_id"), primary_key=True, index=True),
    # all that the sender wrote round it, sealed under the document's key: a file's name may hold a person's
    Column("sealed_name", LargeBinary),
    Column("sealed_subject", LargeBinary),  # of the mail that it came in
    Column("sealed_sender", LargeBinary),  # of a mail from an address that we do not know
)
# The parts of mails and archives that were taken apart: each is a document, and has every arrival of its container.
document_parts = Table(
    "document_parts",
    metadata,
    Column("container_id", ID, ForeignKey("documents.document_id"), primary_key=True),
    Column("part_no", Integer, primary_key=True, autoincrement=False),  # 1, 2, …
    Column("document_id", ID, ForeignKey("documents.document_id"), nullable=False, index=True),
    Column("found_at", INSTANT, nullable=False),
)

# One meeting's list; a re-issued one is a new version of it.
lists = Table(
    "lists",
    metadata,
    Column("list_id", ID, primary_key=True),
    Column("meeting_id", ID, ForeignKey("meetings.meeting_id"), nullable=False, unique=True),
    Column("state", CODE, nullable=False, index=True),
    Column("opened_at", INSTANT, nullable=False),
    Column("late", Boolean, nullable=False, default=False),  # came later than the procedure's notice
    Column("closed_at", INSTANT),
)
list_versions = Table(
    "list_versions",
    metadata,
    Column("list_id", ID, ForeignKey("lists.list_id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("document_id", ID, ForeignKey("documents.document_id"), nullable=False, unique=True),
)
cases = Table(
    "cases",
    metadata,
    Column("case_id", ID, primary_key=True),
    Column("list_id", ID, ForeignKey("lists.list_id"), nullable=False, index=True),
    Column("document_id", ID, ForeignKey("documents.document_id"), nullable=False),  # the version that holds it now
    Column("case_no", Integer, nullable=False),  # position in that document's reading; -1: only a problem names it
    Column("ref_fingerprint", String(64), nullable=False),  # HMAC of the case reference
    Column("fingerprint", String(64), nullable=False),  # HMAC of all that the case says
    Column("repeat", Boolean),
    Column("held", Boolean, nullable=False, default=False),
    Column("held_reason", Text),  # fixed sentences only
    Column("held_where", Text),
    Column("transcribed_people", Integer, nullable=False, default=0),  # people whom only a person could read
    Column("withdrawn", Boolean, nullable=False, default=False),
)
subjects = Table(
    "subjects",
    metadata,
    Column("subject_id", ID, primary_key=True),
    Column("case_id", ID, ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("document_id", ID, ForeignKey("documents.document_id"), nullable=False),
    Column("subject_no", Integer, nullable=False),  # position in the case's reading
    Column("fingerprint", String(64), nullable=False),  # HMAC of all that the list says of the person
    Column("role", CODE, nullable=False),
    Column("state", CODE, nullable=False, index=True),
    Column("version", Integer, nullable=False, default=0),  # grows with each change: two reviewers cannot collide
    Column("patient", String(100)),  # local id, once decided
    Column("decided_by", ID),  # actor; null: by rule
    Column("parameters", String(40)),  # version of the matching parameters
    Column("index_generation", Integer),
    Column("index_stale", Boolean, nullable=False, default=False),
    Column("candidates", JSON),  # [{patient, grade, score, reasons, weights}], best first
    Column("review_why", JSON),  # the guards' words
    Column("flag_id", ID),
)

# The ledger: which flags should stand, and what is known of them.
flags = Table(
    "flags",
    metadata,
    Column("flag_id", ID, primary_key=True),
    Column("key", String(36), nullable=False, unique=True),  # UUIDv8, domain flag_key
    Column("register", String(40), nullable=False),
    Column("patient", String(100), nullable=False),
    Column("role", CODE, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("status", CODE, nullable=False),  # wanted: active, inactive, entered-in-error
    Column("start", DAY, nullable=False),
    Column("end", DAY),
    Column("review_on", DAY, nullable=False),
    Column("state", CODE, nullable=False, index=True),  # owed, unproven, verified, held
    Column("reason", Text),  # why it is held: fixed sentences only
    Column("beside_opposite", Boolean, nullable=False, default=False),  # a person allowed it beside an opposite flag
    Column("server_id", String(200)),
    Column("server_version", String(200)),
    Column("attempts", Integer, nullable=False, default=0),
    Column("due_at", INSTANT),  # when to try next; null: nothing is owed
    Column("verified_at", INSTANT),
    Column("unanswered_since", INSTANT),  # when a write left whose answer never came; null: it may not arrive late
    Column("moved_to", ID),  # the flag that takes its place on the record it was merged into; it ends once that stands
    UniqueConstraint("register", "patient", "role", "generation"),
)
# A flag rests on the cases that name its patient in its role; losing one never ends a flag that another supports.
flag_grounds = Table(
    "flag_grounds",
    metadata,
    Column("flag_id", ID, ForeignKey("flags.flag_id"), primary_key=True),
    Column("subject_id", ID, ForeignKey("subjects.subject_id"), primary_key=True),
    Column("meeting_date", DAY, nullable=False),
    Column("lost_at", INSTANT),
)

# Why somebody did something, in their words: sealed under the records key, and read by nobody but us.
reasons = Table(
    "reasons",
    metadata,
    Column("reason_id", ID, primary_key=True),
    Column("action", CODE, nullable=False),  # domain Action
    Column("object_id", ID, nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("given_at", INSTANT, nullable=False),
    Column("given_by", ID, nullable=False),
)

# Our own register's store, for trusts whose record system has no door (kind = "local").
local_flags = Table(
    "local_flags",
    metadata,
    Column("key", String(36), primary_key=True),
    Column("patient", String(100), nullable=False, index=True),
    Column("resource", Text, nullable=False),  # FHIR R4 JSON, as served
    Column("version", Integer, nullable=False),
    Column("updated_at", INSTANT, nullable=False),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("outcome_id", ID, primary_key=True),
    Column("case_id", ID, ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("heard", Boolean, nullable=False),
    Column("heard_on", DAY, nullable=False),
    Column("repeat", Boolean),
    Column("sealed", LargeBinary, nullable=False),  # case reference, note and template fields, under the records key
    Column("recorded_at", INSTANT, nullable=False),
    Column("recorded_by", ID, nullable=False),
    Column("superseded", Boolean, nullable=False, default=False),
)
actions = Table(
    "actions",
    metadata,
    Column("action_id", ID, primary_key=True),
    Column("outcome_id", ID, ForeignKey("outcomes.outcome_id"), nullable=False, index=True),
    Column("owner", String(200), nullable=False),
    Column("due", DAY, nullable=False),
    Column("status", CODE, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # its words and how it was completed, under the records key
    Column("confirmed_at", INSTANT),
    Column("confirmed_by", ID),
)

policies = Table(
    "policies",
    metadata,
    Column("policy_id", ID, primary_key=True),
    Column("sha256", String(64), nullable=False),  # of the policy's canonical text
    Column("text", Text, nullable=False),
    Column("approver", Text, nullable=False),  # a named approver: name and post of a member of staff
    Column("signed_by", ID, nullable=False),
    Column("signed_at", INSTANT, nullable=False),
    Column("signature", String(128), nullable=False),  # Ed25519 over text, approver and instant
)
certificates = Table(
    "certificates",
    metadata,
    Column("certificate_id", ID, primary_key=True),
    Column("document_id", ID, ForeignKey("documents.document_id"), nullable=False, unique=True),
    Column("state", CODE, nullable=False),  # domain CertificateState, or "begun"
    Column("trigger", CODE, nullable=False),
    Column("policy_id", ID, ForeignKey("policies.policy_id"), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("slot", Integer, nullable=False),
    Column("begun_at", INSTANT, nullable=False),
    Column("key_destroyed_at", INSTANT),
    Column("epoch_destroyed_at", INSTANT),
    Column("body", Text),  # the certificate as signed; replaced as the state improves
    Column("audit_seq", BigInteger),  # the event that holds the certificate's hash
)

# Work that failed and when to try it again: kept here so that a restart forgets nothing.
work_failures = Table(
    "work_failures",
    metadata,
    Column("work", String(80), primary_key=True),  # "step:object id"
    Column("attempts", Integer, nullable=False),
    Column("due_at", INSTANT, nullable=False),
    Column("reason", Text, nullable=False),  # phase and fixed sentence
    Column("failed_at", INSTANT, nullable=False),
)
# The last word of each source: health is proven by traffic, not by state.
source_reports = Table(
    "source_reports",
    metadata,
    Column("source", String(200), primary_key=True),
    Column("looked_at", INSTANT),
    Column("last_delivery_at", INSTANT),
    Column("failing_since", INSTANT),
    Column("failure", Text),  # phase and fixed sentence
    Column("oddities", JSON),  # what lies there and was not taken: fixed sentences, no names
)

Index("ix_subjects_patient", subjects.c.patient)
Index("ix_flags_patient", flags.c.patient)
