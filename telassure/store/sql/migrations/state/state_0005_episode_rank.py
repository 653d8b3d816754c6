"""Expand: what was known of an episode as numbers, and its rank by them."""

import sqlalchemy as sa
from alembic import op

from telassure.store.sql.schema import TEXT

revision = "state_0005"
down_revision = "state_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("kpi_episode", sa.Column("evidence", TEXT, nullable=False, server_default="[]"))
    op.add_column("kpi_episode", sa.Column("rank", sa.Double(), nullable=True))


def downgrade() -> None:
    op.drop_column("kpi_episode", "rank")
    op.drop_column("kpi_episode", "evidence")
