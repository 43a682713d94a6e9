"""The truth: one SQLite database, the only home of SQLAlchemy and alembic."""
