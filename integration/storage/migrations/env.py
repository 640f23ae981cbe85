"""Runs the revisions on the connection that the caller has opened, inside the caller's transaction."""

from __future__ import annotations

from alembic import context

from integration.storage.migrations.all_tables import every_table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=every_table,
    transactional_ddl=True,  # SQLite can, if the driver does not begin and commit by itself; ours does not
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
