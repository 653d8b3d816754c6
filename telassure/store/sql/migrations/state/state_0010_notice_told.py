"""Expand: which receivers have had a notice that others still wait for."""

import sqlalchemy as sa
from alembic import op

from telassure.store.sql.schema import TEXT

revision = "state_0010"
down_revision = "state_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    names = ("topology", "outbox_id", "receiver")
    op.create_table(
        "notice_told",
        *(sa.Column(name, TEXT, nullable=False) for name in names),
        sa.PrimaryKeyConstraint(*names),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("notice_told")
