"""Expand: bills, as the lines of the billing system make them up."""

import sqlalchemy as sa
from alembic import op

from telassure.store.sql.schema import TEXT

revision = "state_0016"
down_revision = "state_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customer_bill",
        *(sa.Column(name, TEXT, nullable=False) for name in ("customer_bill_id", "bill_id", "account", "feed")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("period_start", "period_end", "lines")),
        sa.Column("amount_micros", sa.BigInteger(), nullable=False),
        sa.Column("amount_currency", TEXT, nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_bill_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("customer_bill_by_issued_at", "customer_bill", ["account", "issued_at"])


def downgrade() -> None:
    op.drop_table("customer_bill")
