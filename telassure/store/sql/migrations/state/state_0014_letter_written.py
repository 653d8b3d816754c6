"""Expand: when a letter was last written, by the database's clock."""

import sqlalchemy as sa
from alembic import op

revision = "state_0014"
down_revision = "state_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("dead_letter", sa.Column("kept_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("dead_letter", "kept_at")
