"""Expand: what waits for a second person."""

import sqlalchemy as sa
from alembic import op

from telassure.store.sql.schema import TEXT

revision = "access_0004"
down_revision = "access_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_request",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("principal", TEXT, nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )


def downgrade() -> None:
    op.drop_table("access_request")
