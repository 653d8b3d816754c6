"""Expand: champion and challenger side by side."""

import sqlalchemy as sa
from alembic import op

from telassure.store.sql.schema import TEXT

revision = "state_0004"
down_revision = "state_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model_comparison",
        *(sa.Column(name, TEXT, nullable=False) for name in ("comparison_id", "domain", "challenger")),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("champion_episodes", "challenger_episodes", "agreed", "since", "time")
        ),
        sa.PrimaryKeyConstraint("comparison_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("model_comparison_by_time", "model_comparison", ["time"])


def downgrade() -> None:
    op.drop_table("model_comparison")
