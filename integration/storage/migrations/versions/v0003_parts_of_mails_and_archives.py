"""Parts of mails and archives."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "document_parts",
        sa.Column("container_id", sa.String(length=32), nullable=False),
        sa.Column("part_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("found_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["container_id"], ["documents.document_id"], name=op.f("fk_document_parts_container_id_documents")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.document_id"], name=op.f("fk_document_parts_document_id_documents")
        ),
        sa.PrimaryKeyConstraint("container_id", "part_no", name=op.f("pk_document_parts")),
    )
    op.create_index(op.f("ix_document_parts_document_id"), "document_parts", ["document_id"], unique=False)
    op.add_column("arrival_documents", sa.Column("sealed_subject", sa.LargeBinary(), nullable=True))
    op.add_column("arrival_documents", sa.Column("sealed_sender", sa.LargeBinary(), nullable=True))
    op.add_column("documents", sa.Column("came_in", sa.String(length=40), nullable=True))
