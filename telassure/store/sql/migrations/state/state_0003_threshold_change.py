"""Expand: what operators' verdicts changed."""

import sqlalchemy as sa
from alembic import op

from telassure.store.sql.schema import TEXT

revision = "state_0003"
down_revision = "state_0002"
branch_labels = None
depends_on = None

_TEXTS = ("domain", "feed", "managed_object", "measurement", "episode_id", "verdict", "undoes", "user", "why")


def upgrade() -> None:
    op.create_table(
        "threshold_change",
        sa.Column("change_id", TEXT, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in _TEXTS),
        sa.Column("before", sa.Double(), nullable=True),
        sa.Column("after", sa.Double(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("change_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("threshold_change_by_given_at", "threshold_change", ["given_at"])


def downgrade() -> None:
    op.drop_table("threshold_change")
