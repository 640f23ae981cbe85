"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "actors",
        sa.Column("actor_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("login", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_actors")),
        sa.UniqueConstraint("kind", "login", name=op.f("uq_actors_kind_login")),
    )
    op.create_table(
        "arrivals",
        sa.Column("arrival_id", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("sender_known", sa.Boolean(), nullable=True),
        sa.Column("arrived_at", sa.String(length=32), nullable=False),
        sa.Column("gone_seen_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("arrival_id", name=op.f("pk_arrivals")),
    )
    op.create_index(op.f("ix_arrivals_state"), "arrivals", ["state"], unique=False)
    op.create_table(
        "audit_checkpoints",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_audit_checkpoints")),
    )
    op.create_table(
        "audit_events",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("canonical", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(length=32), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_events")),
    )
    op.create_index(op.f("ix_audit_events_object_id"), "audit_events", ["object_id"], unique=False)
    op.create_table(
        "flags",
        sa.Column("flag_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("register", sa.String(length=40), nullable=False),
        sa.Column("patient", sa.String(length=100), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("start", sa.String(length=10), nullable=False),
        sa.Column("end", sa.String(length=10), nullable=True),
        sa.Column("review_on", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("beside_opposite", sa.Boolean(), nullable=False),
        sa.Column("server_id", sa.String(length=200), nullable=True),
        sa.Column("server_version", sa.String(length=200), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.String(length=32), nullable=True),
        sa.Column("verified_at", sa.String(length=32), nullable=True),
        sa.Column("unanswered_since", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("flag_id", name=op.f("pk_flags")),
        sa.UniqueConstraint("key", name=op.f("uq_flags_key")),
        sa.UniqueConstraint(
            "register", "patient", "role", "generation", name=op.f("uq_flags_register_patient_role_generation")
        ),
    )
    op.create_index("ix_flags_patient", "flags", ["patient"], unique=False)
    op.create_index(op.f("ix_flags_state"), "flags", ["state"], unique=False)
    op.create_table(
        "local_flags",
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("patient", sa.String(length=100), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_local_flags")),
    )
    op.create_index(op.f("ix_local_flags_patient"), "local_flags", ["patient"], unique=False)
    op.create_table(
        "meetings",
        sa.Column("meeting_id", sa.String(length=32), nullable=False),
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("meeting_date", sa.String(length=10), nullable=False),
        sa.Column("held_at", sa.String(length=32), nullable=True),
        sa.Column("held_by", sa.String(length=32), nullable=True),
        sa.Column("postponed_from", sa.String(length=10), nullable=True),
        sa.PrimaryKeyConstraint("meeting_id", name=op.f("pk_meetings")),
        sa.UniqueConstraint("area", "meeting_date", name=op.f("uq_meetings_area_meeting_date")),
    )
    op.create_table(
        "patient_index",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("key_scheme", sa.String(length=40), nullable=False),
        sa.Column("patients", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=True),
        sa.Column("load_id", sa.String(length=32), nullable=True),
        sa.Column("loading_since", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_patient_index")),
    )
    op.create_table(
        "patient_keys",
        sa.Column("key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("birth", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pid", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sounds", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key", "birth", "pid", name=op.f("pk_patient_keys")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "patient_name_counts",
        sa.Column("kind", sa.String(length=1), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", name=op.f("pk_patient_name_counts")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "patients",
        sa.Column("pid", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("local_id", sa.String(length=100), nullable=False),
        sa.Column("nhs_number", sa.BigInteger(), nullable=True),
        sa.Column("birth", sa.Integer(), nullable=True),
        sa.Column("phone_key", sa.BigInteger(), nullable=True),
        sa.Column("sounds", sa.BigInteger(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pid", name=op.f("pk_patients")),
        sa.UniqueConstraint("local_id", name=op.f("uq_patients_local_id")),
    )
    op.create_index("ix_patients_birth_sounds", "patients", ["birth", "sounds"], unique=False)
    op.create_index("ix_patients_nhs_number", "patients", ["nhs_number"], unique=False)
    op.create_index("ix_patients_phone_key", "patients", ["phone_key"], unique=False)
    op.create_table(
        "policies",
        sa.Column("policy_id", sa.String(length=32), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("approver", sa.Text(), nullable=False),
        sa.Column("signed_by", sa.String(length=32), nullable=False),
        sa.Column("signed_at", sa.String(length=32), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("policy_id", name=op.f("pk_policies")),
    )
    op.create_table(
        "reasons",
        sa.Column("reason_id", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("given_at", sa.String(length=32), nullable=False),
        sa.Column("given_by", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("reason_id", name=op.f("pk_reasons")),
    )
    op.create_index(op.f("ix_reasons_object_id"), "reasons", ["object_id"], unique=False)
    op.create_table(
        "source_reports",
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("looked_at", sa.String(length=32), nullable=True),
        sa.Column("last_delivery_at", sa.String(length=32), nullable=True),
        sa.Column("failing_since", sa.String(length=32), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("oddities", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_source_reports")),
    )
    op.create_table(
        "work_failures",
        sa.Column("work", sa.String(length=80), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("failed_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("work", name=op.f("pk_work_failures")),
    )
    op.create_table(
        "documents",
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("kind_confirmed_by", sa.String(length=32), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("key_slot", sa.Integer(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=True),
        sa.Column("areas", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("meeting_id", sa.String(length=32), nullable=True),
        sa.Column("received_at", sa.String(length=32), nullable=False),
        sa.Column("received_late", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("everybody_on_list", sa.Boolean(), nullable=False),
        sa.Column("preserved_by", sa.String(length=32), nullable=True),
        sa.Column("displayed_whole_at", sa.String(length=32), nullable=True),
        sa.Column("read_confirmed_at", sa.String(length=32), nullable=True),
        sa.Column("read_confirmed_by", sa.String(length=32), nullable=True),
        sa.Column("refusal_settled_at", sa.String(length=32), nullable=True),
        sa.Column("destroyed_at", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.meeting_id"], name=op.f("fk_documents_meeting_id_meetings")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_documents")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_documents_fingerprint")),
    )
    op.create_index(op.f("ix_documents_meeting_id"), "documents", ["meeting_id"], unique=False)
    op.create_index(op.f("ix_documents_state"), "documents", ["state"], unique=False)
    op.create_table(
        "lists",
        sa.Column("list_id", sa.String(length=32), nullable=False),
        sa.Column("meeting_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("opened_at", sa.String(length=32), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("closed_at", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.meeting_id"], name=op.f("fk_lists_meeting_id_meetings")),
        sa.PrimaryKeyConstraint("list_id", name=op.f("pk_lists")),
        sa.UniqueConstraint("meeting_id", name=op.f("uq_lists_meeting_id")),
    )
    op.create_index(op.f("ix_lists_state"), "lists", ["state"], unique=False)
    op.create_table(
        "arrival_documents",
        sa.Column("arrival_id", sa.String(length=32), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("sealed_name", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["arrival_id"], ["arrivals.arrival_id"], name=op.f("fk_arrival_documents_arrival_id_arrivals")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.document_id"], name=op.f("fk_arrival_documents_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("arrival_id", "document_id", name=op.f("pk_arrival_documents")),
    )
    op.create_index(op.f("ix_arrival_documents_document_id"), "arrival_documents", ["document_id"], unique=False)
    op.create_table(
        "cases",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("list_id", sa.String(length=32), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("case_no", sa.Integer(), nullable=False),
        sa.Column("ref_fingerprint", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("repeat", sa.Boolean(), nullable=True),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("held_reason", sa.Text(), nullable=True),
        sa.Column("held_where", sa.Text(), nullable=True),
        sa.Column("transcribed_people", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.document_id"], name=op.f("fk_cases_document_id_documents")
        ),
        sa.ForeignKeyConstraint(["list_id"], ["lists.list_id"], name=op.f("fk_cases_list_id_lists")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_cases")),
    )
    op.create_index(op.f("ix_cases_list_id"), "cases", ["list_id"], unique=False)
    op.create_table(
        "certificates",
        sa.Column("certificate_id", sa.String(length=32), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("trigger", sa.String(length=40), nullable=False),
        sa.Column("policy_id", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.String(length=32), nullable=False),
        sa.Column("key_destroyed_at", sa.String(length=32), nullable=True),
        sa.Column("epoch_destroyed_at", sa.String(length=32), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("audit_seq", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.document_id"], name=op.f("fk_certificates_document_id_documents")
        ),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.policy_id"], name=op.f("fk_certificates_policy_id_policies")),
        sa.PrimaryKeyConstraint("certificate_id", name=op.f("pk_certificates")),
        sa.UniqueConstraint("document_id", name=op.f("uq_certificates_document_id")),
    )
    op.create_table(
        "list_versions",
        sa.Column("list_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.document_id"], name=op.f("fk_list_versions_document_id_documents")
        ),
        sa.ForeignKeyConstraint(["list_id"], ["lists.list_id"], name=op.f("fk_list_versions_list_id_lists")),
        sa.PrimaryKeyConstraint("list_id", "version", name=op.f("pk_list_versions")),
        sa.UniqueConstraint("document_id", name=op.f("uq_list_versions_document_id")),
    )
    op.create_table(
        "outcomes",
        sa.Column("outcome_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("heard", sa.Boolean(), nullable=False),
        sa.Column("heard_on", sa.String(length=10), nullable=False),
        sa.Column("repeat", sa.Boolean(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.String(length=32), nullable=False),
        sa.Column("recorded_by", sa.String(length=32), nullable=False),
        sa.Column("superseded", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_outcomes_case_id_cases")),
        sa.PrimaryKeyConstraint("outcome_id", name=op.f("pk_outcomes")),
    )
    op.create_index(op.f("ix_outcomes_case_id"), "outcomes", ["case_id"], unique=False)
    op.create_table(
        "subjects",
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("subject_no", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("patient", sa.String(length=100), nullable=True),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("parameters", sa.String(length=40), nullable=True),
        sa.Column("index_generation", sa.Integer(), nullable=True),
        sa.Column("index_stale", sa.Boolean(), nullable=False),
        sa.Column("candidates", sa.JSON(), nullable=True),
        sa.Column("review_why", sa.JSON(), nullable=True),
        sa.Column("flag_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_subjects_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.document_id"], name=op.f("fk_subjects_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_subjects")),
    )
    op.create_index(op.f("ix_subjects_case_id"), "subjects", ["case_id"], unique=False)
    op.create_index("ix_subjects_patient", "subjects", ["patient"], unique=False)
    op.create_index(op.f("ix_subjects_state"), "subjects", ["state"], unique=False)
    op.create_table(
        "actions",
        sa.Column("action_id", sa.String(length=32), nullable=False),
        sa.Column("outcome_id", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("due", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_at", sa.String(length=32), nullable=True),
        sa.Column("confirmed_by", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["outcome_id"], ["outcomes.outcome_id"], name=op.f("fk_actions_outcome_id_outcomes")),
        sa.PrimaryKeyConstraint("action_id", name=op.f("pk_actions")),
    )
    op.create_index(op.f("ix_actions_outcome_id"), "actions", ["outcome_id"], unique=False)
    op.create_table(
        "flag_grounds",
        sa.Column("flag_id", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("meeting_date", sa.String(length=10), nullable=False),
        sa.Column("lost_at", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["flag_id"], ["flags.flag_id"], name=op.f("fk_flag_grounds_flag_id_flags")),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subjects.subject_id"], name=op.f("fk_flag_grounds_subject_id_subjects")
        ),
        sa.PrimaryKeyConstraint("flag_id", "subject_id", name=op.f("pk_flag_grounds")),
    )
