"""Expand: what the log was when a partition had read it up to its checkpoint."""

import sqlalchemy as sa
from alembic import op

from telassure.store.sql.schema import TEXT

revision = "state_0013"
down_revision = "state_0012"
branch_labels = None
depends_on = None

_ADDED = (("log_identity", TEXT), ("log_offset", sa.BigInteger()), ("log_chain", sa.LargeBinary()))


def upgrade() -> None:
    for name, kind in _ADDED:
        op.add_column("checkpoint", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for name, _ in _ADDED:
        op.drop_column("checkpoint", name)
