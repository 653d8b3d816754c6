"""Alembic runs this: the migration happens in the transaction that the caller opened."""

from alembic import context

if __name__ == "env_py":  # the name by which Alembic loads it; an import alone does nothing
    context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
    context.run_migrations()
