"""Contract in an embedded log: records from here on have checksums of another kind, which an earlier release would take
for damage, so it is refused; in PostgreSQL, where no record has one, it goes on."""

from alembic import op

from telassure.store.sql.migrations.steps import compatible_since

revision = "log_0006"
down_revision = "log_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        compatible_since("log_0006")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        compatible_since("log_0003")
