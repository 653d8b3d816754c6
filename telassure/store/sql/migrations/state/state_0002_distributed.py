"""Expand: rows per partition for counters, taken positions, the outbox's partition, traces."""

import sqlalchemy as sa
from alembic import op

from telassure.store.sql.migrations.steps import begin_compatibility
from telassure.store.sql.schema import TEXT

revision = "state_0002"
down_revision = "state_0001"
branch_labels = None
depends_on = None

_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TRACED = ("alarm", "kpi_episode", "service_problem", "trouble_ticket", "notification")
_OF_POSITION = {  # "operator/partition/offset/…"
    "sqlite": "CAST(substr(position, instr(position, '/') + 1) AS INTEGER)",
    "postgresql": "CAST(split_part(position, '/', 2) AS INTEGER)",
}
_NUMBERED = {"sqlite": "position GLOB '*/[0-9]*/*'", "postgresql": "position ~ '^[^/]*/[0-9]{1,6}/'"}


def upgrade() -> None:
    begin_compatibility("state_0001")
    for table in _TRACED:
        op.add_column(table, sa.Column("trace", TEXT, nullable=False, server_default=""))
    for table, value in (("counter", "count"), ("feed", "newest")):
        op.create_table(
            f"partition_{table}",
            sa.Column("topology", TEXT, nullable=False),
            sa.Column("partition", sa.Integer(), nullable=False),
            sa.Column("name", TEXT, nullable=False),
            sa.Column(value, sa.BigInteger(), nullable=False),
            sa.PrimaryKeyConstraint("topology", "partition", "name"),
        )
    op.add_column("outbox", sa.Column("partition", sa.Integer(), nullable=True))
    dialect = op.get_bind().dialect.name
    op.execute(f"UPDATE outbox SET partition = {_OF_POSITION[dialect]} WHERE {_NUMBERED[dialect]}")  # noqa: S608  # words of ours
    op.create_index("outbox_by_partition", "outbox", ["topology", "partition", "place"])
    _create_taken()


def _create_taken() -> None:
    op.create_table(
        "taken_source",
        sa.Column("source", _ROW_NUMBER, nullable=False),
        sa.Column("topology", TEXT, nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("source"),
        sa.UniqueConstraint("topology", "partition", "name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "taken_position",
        sa.Column("source", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", TEXT, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "position"),
        sqlite_with_rowid=False,
    )
    op.create_index("taken_position_by_offset", "taken_position", ["source", "offset"])


def downgrade() -> None:
    for table in ("taken_position", "taken_source", "partition_feed", "partition_counter", "compatibility"):
        op.drop_table(table)
    op.drop_index("outbox_by_partition", "outbox")
    op.drop_column("outbox", "partition")
    for table in _TRACED:
        op.drop_column(table, "trace")
