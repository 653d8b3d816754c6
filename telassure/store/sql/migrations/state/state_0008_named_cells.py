"""Contract: cells are laid out by the names of their fields, which earlier releases do not read."""

from telassure.store.sql.migrations.steps import compatible_since

revision = "state_0008"
down_revision = "state_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    compatible_since("state_0008")


def downgrade() -> None:
    compatible_since("state_0001")
