"""Expand: what became of each act, who acknowledged an alarm and when, who works on a ticket and what was noted."""

import sqlalchemy as sa
from alembic import op

from telassure.store.sql.schema import TEXT

revision = "state_0007"
down_revision = "state_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "act_outcome",
        sa.Column("act_id", TEXT, nullable=False),
        sa.Column("command", TEXT, nullable=False),
        sa.Column("object_type", TEXT, nullable=False),
        sa.Column("object_id", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("arguments", TEXT, nullable=False),
        sa.Column("user", TEXT, nullable=False),
        sa.Column("stated", sa.Boolean(), nullable=False),
        sa.Column("why", TEXT, nullable=False),
        sa.Column("face", TEXT, nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("trace", TEXT, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("act_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("act_outcome_by_object_id", "act_outcome", ["object_id"])
    op.create_index("act_outcome_by_given_at", "act_outcome", ["given_at"])
    op.add_column("alarm", sa.Column("ack_user", TEXT, nullable=False, server_default=""))
    op.add_column("alarm", sa.Column("acked_at", sa.BigInteger(), nullable=True))
    op.add_column("trouble_ticket", sa.Column("assignee", TEXT, nullable=False, server_default=""))
    op.add_column("trouble_ticket", sa.Column("notes", TEXT, nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("trouble_ticket", "notes")
    op.drop_column("trouble_ticket", "assignee")
    op.drop_column("alarm", "acked_at")
    op.drop_column("alarm", "ack_user")
    op.drop_table("act_outcome")
