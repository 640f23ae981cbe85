"""How an older database becomes this one, revision by revision (Alembic)."""
