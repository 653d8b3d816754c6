"""Who may do what: principals, and the digests of their tokens."""

import sqlalchemy as sa
from alembic import op

from telassure.store.sql.migrations.steps import begin_compatibility
from telassure.store.sql.schema import TEXT

revision = "access_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    begin_compatibility("access_0001")
    op.create_table(
        "access_principal",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("roles", TEXT, nullable=False),
        sa.Column("feeds", TEXT, nullable=False),
        sa.Column("domains", TEXT, nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "access_token",
        sa.Column("token_id", TEXT, nullable=False),
        sa.Column("principal", TEXT, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("origin", TEXT, nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_id"),
    )


def downgrade() -> None:
    op.drop_table("access_token")
    op.drop_table("access_principal")
    op.drop_table("compatibility")
