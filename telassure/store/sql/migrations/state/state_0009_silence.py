"""Expand: silences, so that what is kept from having tickets is seen."""

import sqlalchemy as sa
from alembic import op

from telassure.store.sql.schema import TEXT

revision = "state_0009"
down_revision = "state_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    texts = ("silence_id", "domain", "objects", "state", "user", "why")
    op.create_table(
        "silence",
        *(sa.Column(name, TEXT, nullable=False) for name in texts),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("ended_by", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("silence_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("silence_by_until", "silence", ["state", "until"])


def downgrade() -> None:
    op.drop_table("silence")
