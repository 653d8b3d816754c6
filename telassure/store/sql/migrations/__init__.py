"""Alembic's scripts: `log` and `state` hold the revisions of the two kinds of database."""
