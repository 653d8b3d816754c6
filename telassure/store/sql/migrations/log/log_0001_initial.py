"""The event log: streams, events, sources, positions, dead letters."""

import sqlalchemy as sa
from alembic import op

from telassure.store.sql.schema import TEXT

revision = "log_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dead_letter",
        sa.Column("letter_id", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("position", TEXT, nullable=False),
        sa.Column("operator", TEXT, nullable=False),
        sa.Column("place", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("replayed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("letter_id"),
    )
    waiting = sa.text("refused > replayed")
    op.create_index("ix_dead_letter_open", "dead_letter", ["time"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_table(
        "log_event",
        sa.Column("place", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.BigInteger(), nullable=False),
        sa.Column("position", TEXT, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("trace", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("place"),
    )
    op.create_table(
        "log_position",
        sa.Column("source", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", TEXT, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "position"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log_source",
        sa.Column("source", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("topology", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("source"),
        sa.UniqueConstraint("topology", "name"),
    )
    op.create_table(
        "log_stream",
        sa.Column("stream", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("topology", TEXT, nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("newest", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("stream"),
        sa.UniqueConstraint("topology", "partition"),
    )


def downgrade() -> None:
    op.drop_table("log_stream")
    op.drop_table("log_source")
    op.drop_table("log_position")
    op.drop_table("log_event")
    op.drop_table("dead_letter")
