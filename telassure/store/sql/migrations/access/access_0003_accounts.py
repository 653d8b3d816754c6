"""Expand: what people log in by, and their sessions."""

import sqlalchemy as sa
from alembic import op

from telassure.store.sql.schema import TEXT

revision = "access_0003"
down_revision = "access_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_account",
        sa.Column("principal", TEXT, nullable=False),
        sa.Column("password", TEXT, nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("principal"),
    )
    op.create_table(
        "access_link",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("principal", TEXT, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "access_session",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("principal", TEXT, nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )


def downgrade() -> None:
    for table in ("access_session", "access_link", "access_account"):
        op.drop_table(table)
