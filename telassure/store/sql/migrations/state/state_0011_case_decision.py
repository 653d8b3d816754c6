"""Expand: what was decided about cases of leakage."""

import sqlalchemy as sa
from alembic import op

from telassure.store.sql.schema import TEXT

revision = "state_0011"
down_revision = "state_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    texts = ("leakage_id", "subject", "decision", "user", "why")
    op.create_table(
        "case_decision",
        *(sa.Column(name, TEXT, nullable=False) for name in texts),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("leakage_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("case_decision_by_decision", "case_decision", ["decision"])


def downgrade() -> None:
    op.drop_table("case_decision")
