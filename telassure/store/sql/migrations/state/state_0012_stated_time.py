"""Expand: what an element whose clock is ahead said of its alarm."""

import sqlalchemy as sa
from alembic import op

revision = "state_0012"
down_revision = "state_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("alarm", sa.Column("stated_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("alarm", "stated_at")
