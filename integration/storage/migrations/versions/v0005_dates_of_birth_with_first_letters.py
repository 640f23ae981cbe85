"""Dates of birth with first letters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "patient_births",
        sa.Column("day_key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pid", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sounds", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day_key", "pid", name=op.f("pk_patient_births")),
        sqlite_with_rowid=False,
    )
    op.drop_index(op.f("ix_patients_birth_sounds"), table_name="patients")
