"""Contract in an embedded log: its identity, and checksums that chain its records from here on.

A release before this one would add records without a checksum, so it is refused; in PostgreSQL, where this database
holds the ledger of a log that is elsewhere, it goes on.
"""

import secrets
import time
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from telassure.store.sql.migrations.steps import compatible_since
from telassure.store.sql.schema import TEXT

revision = "log_0003"
down_revision = "log_0002"
branch_labels = None
depends_on = None

_BEGAN = """
    UPDATE log_stream SET identity = :made, begun = newest, trimmed = COALESCE((
        SELECT min(place) FROM log_event
        WHERE place > stream * 1099511627776 AND place < (stream + 1) * 1099511627776
    ) - stream * 1099511627776 - 1, newest)
"""


def _added() -> Sequence[sa.Column[Any]]:
    return (
        sa.Column("identity", TEXT, nullable=False, server_default=""),
        sa.Column("begun", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("chain", sa.LargeBinary(), nullable=True),
        sa.Column("trimmed", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("trimmed_chain", sa.LargeBinary(), nullable=True),
    )


def upgrade() -> None:
    made = secrets.token_hex(16)
    table = op.create_table(
        "log_identity",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("identity", TEXT, nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.bulk_insert(table, [{"identity": made, "made_at": time.time_ns() // 1_000, "reason": "made"}])
    op.add_column("log_event", sa.Column("chain", sa.LargeBinary(), nullable=True))
    for column in _added():
        op.add_column("log_stream", column)
    began = sa.text(_BEGAN)
    op.execute(began.bindparams(made=made))
    if op.get_bind().dialect.name == "sqlite":
        compatible_since("log_0003")


def downgrade() -> None:
    for column in _added():
        op.drop_column("log_stream", column.name)
    op.drop_column("log_event", "chain")
    op.drop_table("log_identity")
