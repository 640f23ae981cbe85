"""Records end and parameters are adopted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "adopted_parameters",
        sa.Column("adoption_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("adopted_at", sa.String(length=32), nullable=False),
        sa.Column("adopted_by", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("adoption_no", name=op.f("pk_adopted_parameters")),
    )
    op.create_table(
        "record_ends",
        sa.Column("end_id", sa.String(length=32), nullable=False),
        sa.Column("local_id", sa.String(length=100), nullable=False),
        sa.Column("survivor", sa.String(length=100), nullable=True),
        sa.Column("ended_at", sa.String(length=32), nullable=False),
        sa.Column("followed_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("end_id", name=op.f("pk_record_ends")),
    )
    op.create_index("ix_record_ends_followed_at", "record_ends", ["followed_at"], unique=False)
    op.create_index(op.f("ix_record_ends_local_id"), "record_ends", ["local_id"], unique=False)
    op.add_column("flags", sa.Column("moved_to", sa.String(length=32), nullable=True))
