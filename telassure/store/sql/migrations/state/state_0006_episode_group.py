"""Expand: the group that an episode belongs to, and the KPIs that corroborate it."""

import sqlalchemy as sa
from alembic import op

from telassure.store.sql.schema import TEXT

revision = "state_0006"
down_revision = "state_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("kpi_episode", sa.Column("group_id", TEXT, nullable=False, server_default=""))
    op.add_column("kpi_episode", sa.Column("corroborating", TEXT, nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("kpi_episode", "corroborating")
    op.drop_column("kpi_episode", "group_id")
