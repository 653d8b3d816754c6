"""Contract: ledger lines are counted, say what priced them, and are sealed in a chain; those that stand are sealed too.

A release before this one would append lines without a seal, so it is refused from here on.
"""

from hashlib import sha256

import orjson
import sqlalchemy as sa
from alembic import op

from telassure.store.sql.migrations.steps import compatible_since
from telassure.store.sql.schema import TEXT

revision = "state_0017"
down_revision = "state_0016"
branch_labels = None
depends_on = None

_ROWS = 2_000
_BEFORE = -1
"""The partition under which the lines that nobody sealed are summed up."""
_STANDING = """SELECT charge_id, record_id, account, service, tariff, "time", volume, amount_micros, shortfall_micros,
balance_micros, currency, correction FROM charge ORDER BY "time", charge_id"""
_COUNTS = ("sequence", "catalogue_version", "rate_row", "checksum")


def upgrade() -> None:
    for name in ("sequence", "catalogue_version", "zone", "rate_row", "corrects", "seal", "checksum", "digest"):
        kind, default = (sa.BigInteger(), "0") if name in _COUNTS else (TEXT, "")
        op.add_column("charge", sa.Column(name, kind, nullable=False, server_default=default))
    head = op.create_table(
        "ledger_head",
        sa.Column("partition", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("partition"),
        sqlite_with_rowid=False,
    )
    lines, digest = _standing(op.get_bind())
    if lines:
        op.bulk_insert(head, [{"partition": _BEFORE, "number": 0, "lines": lines, "digest": digest}])
    compatible_since(revision)


def downgrade() -> None:
    op.drop_table("ledger_head")
    for name in ("digest", "checksum", "seal", "corrects", "rate_row", "zone", "catalogue_version", "sequence"):
        op.drop_column("charge", name)


def _standing(connection: sa.Connection) -> tuple[int, str]:
    """How many lines there are, and a hash over them in the order of their key, as `telassure ledger verify` has it."""
    lines, found = 0, sha256()
    stored = sa.text(_STANDING).execution_options(yield_per=_ROWS)
    for several in connection.execute(stored).partitions(_ROWS):
        for row in several:
            *plain, correction = row
            found.update(orjson.dumps([*plain, bool(correction), 0, 0, "", 0, "", ""]) + b"\n")
        lines += len(several)
    return lines, found.hexdigest()
