"""Upkeep of the patient index: records that have ended, and the matching parameters that a person adopted."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from integration.storage.tables import ID, INSTANT, metadata

# A patient's record that was merged into another, or removed. What that means for flags and reviews is derived from it.
record_ends = Table(
    "record_ends",
    metadata,
    Column("end_id", ID, primary_key=True),
    Column("local_id", String(100), nullable=False, index=True),
    Column("survivor", String(100)),  # null: removed
    Column("ended_at", INSTANT, nullable=False),
    Column("followed_at", INSTANT),  # when flags and reviews had followed; null: they are to
)
Index("ix_record_ends_followed_at", record_ends.c.followed_at)

# The last row is in force; a row without a text goes back to what ships with the program.
adopted_parameters = Table(
    "adopted_parameters",
    metadata,
    Column("adoption_no", Integer, primary_key=True, autoincrement=False),
    Column("version", String(40), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("text", Text),  # the whole file as it was adopted
    Column("adopted_at", INSTANT, nullable=False),
    Column("adopted_by", ID, nullable=False),
)
