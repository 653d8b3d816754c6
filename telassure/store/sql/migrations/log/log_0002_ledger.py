"""Expand: when a ledger claimed a position."""

import sqlalchemy as sa
from alembic import op

from telassure.store.sql.migrations.steps import begin_compatibility

revision = "log_0002"
down_revision = "log_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    begin_compatibility("log_0001")
    op.add_column("log_position", sa.Column("claimed_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("log_position", "claimed_at")
    op.drop_table("compatibility")
