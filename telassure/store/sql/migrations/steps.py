"""What migrations share: the mark that says which releases may still work with a database.

An expand migration leaves the mark where it is: an older release goes on beside it. A contract migration moves it
to the first revision that does without what is taken away.
"""

import sqlalchemy as sa
from alembic import op

from telassure.store.sql.schema import TEXT

MARK = sa.table("compatibility", sa.column("compatible_since", TEXT))


def begin_compatibility(since: str) -> None:
    """Make the mark. Databases from before it have none, and their releases refuse every later revision."""
    op.create_table("compatibility", sa.Column("compatible_since", TEXT, nullable=False))
    op.execute(MARK.insert().values(compatible_since=since))


def compatible_since(revision: str) -> None:
    """A contract migration's: releases whose newest revision is below this one refuse the database from here on."""
    op.execute(MARK.update().values(compatible_since=revision))
