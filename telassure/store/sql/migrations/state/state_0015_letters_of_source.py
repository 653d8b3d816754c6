"""Expand: an index of the open letters of each source, of which only so many bytes are kept."""

import sqlalchemy as sa
from alembic import op

revision = "state_0015"
down_revision = "state_0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    waiting = sa.text("refused > replayed")
    op.create_index("ix_dead_letter_source", "dead_letter", ["source"], sqlite_where=waiting, postgresql_where=waiting)


def downgrade() -> None:
    op.drop_index("ix_dead_letter_source", "dead_letter")
