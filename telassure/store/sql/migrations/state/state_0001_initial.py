"""A topology's state: checkpoints, cells, catalogue, outbox, counters, business records."""

import sqlalchemy as sa
from alembic import op

from telassure.store.sql.schema import TEXT

revision = "state_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alarm",
        sa.Column("alarm_id", TEXT, nullable=False),
        sa.Column("domain", TEXT, nullable=False),
        sa.Column("feed", TEXT, nullable=False),
        sa.Column("managed_object", TEXT, nullable=False),
        sa.Column("event_type", TEXT, nullable=False),
        sa.Column("probable_cause", TEXT, nullable=False),
        sa.Column("specific_problem", TEXT, nullable=False),
        sa.Column("perceived_severity", sa.SmallInteger(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("cleared_at", sa.BigInteger(), nullable=True),
        sa.Column("clear_reason", TEXT, nullable=False),
        sa.Column("occurrences", sa.BigInteger(), nullable=False),
        sa.Column("reraised_while_known", sa.BigInteger(), nullable=False),
        sa.Column("ack_state", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("alarm_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("alarm_by_changed_at", "alarm", ["state", "perceived_severity", "changed_at"], unique=False)
    op.create_table(
        "catalogue_entry",
        sa.Column("topology", TEXT, nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("noun", TEXT, nullable=False),
        sa.Column("identity", TEXT, nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("topology", "partition", "noun", "identity"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "cell",
        sa.Column("family", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("wake", sa.BigInteger(), nullable=True),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("family", "key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "cell_family",
        sa.Column("family", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("topology", TEXT, nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("operator", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("family"),
        sa.UniqueConstraint("topology", "partition", "operator"),
    )
    op.create_table(
        "charge",
        sa.Column("charge_id", TEXT, nullable=False),
        sa.Column("record_id", TEXT, nullable=False),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("service", TEXT, nullable=False),
        sa.Column("tariff", TEXT, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("volume", sa.BigInteger(), nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), nullable=False),
        sa.Column("shortfall_micros", sa.BigInteger(), nullable=False),
        sa.Column("balance_micros", sa.BigInteger(), nullable=False),
        sa.Column("currency", TEXT, nullable=False),
        sa.Column("correction", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("time", "charge_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "charged_hour",
        sa.Column("hour", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("currency", TEXT, nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "currency"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("topology", TEXT, nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("clocks", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("topology", "partition"),
    )
    op.create_table(
        "counter",
        sa.Column("topology", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topology", "name"),
    )
    op.create_table(
        "dead_letter",
        sa.Column("letter_id", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("position", TEXT, nullable=False),
        sa.Column("operator", TEXT, nullable=False),
        sa.Column("place", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("replayed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("letter_id"),
    )
    waiting = sa.text("refused > replayed")
    op.create_index("ix_dead_letter_open", "dead_letter", ["time"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_table(
        "feed",
        sa.Column("topology", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("newest", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topology", "name"),
    )
    op.create_table(
        "kpi_episode",
        sa.Column("episode_id", TEXT, nullable=False),
        sa.Column("domain", TEXT, nullable=False),
        sa.Column("feed", TEXT, nullable=False),
        sa.Column("managed_object", TEXT, nullable=False),
        sa.Column("measurement", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("severity", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("peak_score", sa.Double(), nullable=True),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("expected", sa.Double(), nullable=True),
        sa.Column("reason", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("episode_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("kpi_episode_by_changed_at", "kpi_episode", ["state", "changed_at"], unique=False)
    op.create_table(
        "mediated_count",
        sa.Column("count_id", TEXT, nullable=False),
        sa.Column("feed", TEXT, nullable=False),
        sa.Column("switch", TEXT, nullable=False),
        sa.Column("service", TEXT, nullable=False),
        sa.Column("period_start", sa.BigInteger(), nullable=False),
        sa.Column("period_end", sa.BigInteger(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("volume", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("rated_micros", sa.BigInteger(), nullable=False),
        sa.Column("currency", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("count_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "notification",
        sa.Column("notification_id", TEXT, nullable=False),
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("customer", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("notification_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("notification_by_time", "notification", ["time"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("place", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("topology", TEXT, nullable=False),
        sa.Column("outbox_id", TEXT, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("position", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("trace", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("place"),
        sa.UniqueConstraint("topology", "outbox_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "revenue_leakage",
        sa.Column("leakage_id", TEXT, nullable=False),
        sa.Column("control", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("service", TEXT, nullable=False),
        sa.Column("period_start", sa.BigInteger(), nullable=False),
        sa.Column("period_end", sa.BigInteger(), nullable=False),
        sa.Column("expected_micros", sa.BigInteger(), nullable=False),
        sa.Column("expected_currency", TEXT, nullable=False),
        sa.Column("found_micros", sa.BigInteger(), nullable=False),
        sa.Column("found_currency", TEXT, nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), nullable=False),
        sa.Column("amount_currency", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("leakage_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("revenue_leakage_by_time", "revenue_leakage", ["state", "time"], unique=False)
    op.create_table(
        "service_problem",
        sa.Column("problem_id", TEXT, nullable=False),
        sa.Column("domain", TEXT, nullable=False),
        sa.Column("feed", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("perceived_severity", sa.SmallInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("cleared_at", sa.BigInteger(), nullable=True),
        sa.Column("root_causes", TEXT, nullable=False),
        sa.Column("members", TEXT, nullable=False),
        sa.Column("member_count", sa.BigInteger(), nullable=False),
        sa.Column("active_count", sa.BigInteger(), nullable=False),
        sa.Column("affected_services", TEXT, nullable=False),
        sa.Column("affected_customers", TEXT, nullable=False),
        sa.Column("revenue_at_risk_micros", sa.BigInteger(), nullable=False),
        sa.Column("revenue_at_risk_currency", TEXT, nullable=False),
        sa.Column("absorbed_by", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("problem_id"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "service_problem_by_opened_at", "service_problem", ["state", "perceived_severity", "opened_at"], unique=False
    )
    op.create_table(
        "switch_count",
        sa.Column("count_id", TEXT, nullable=False),
        sa.Column("feed", TEXT, nullable=False),
        sa.Column("switch", TEXT, nullable=False),
        sa.Column("service", TEXT, nullable=False),
        sa.Column("period_start", sa.BigInteger(), nullable=False),
        sa.Column("period_end", sa.BigInteger(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("volume", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("count_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trouble_ticket",
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("problem_id", TEXT, nullable=False),
        sa.Column("domain", TEXT, nullable=False),
        sa.Column("feed", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("root_cause", TEXT, nullable=False),
        sa.Column("affected_customers", TEXT, nullable=False),
        sa.Column("revenue_at_risk_micros", sa.BigInteger(), nullable=False),
        sa.Column("revenue_at_risk_currency", TEXT, nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("ticket_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("trouble_ticket_by_opened_at", "trouble_ticket", ["state", "opened_at"], unique=False)


def downgrade() -> None:
    op.drop_table("trouble_ticket")
    op.drop_table("switch_count")
    op.drop_table("service_problem")
    op.drop_table("revenue_leakage")
    op.drop_table("outbox")
    op.drop_table("notification")
    op.drop_table("mediated_count")
    op.drop_table("kpi_episode")
    op.drop_table("feed")
    op.drop_table("dead_letter")
    op.drop_table("counter")
    op.drop_table("checkpoint")
    op.drop_table("charged_hour")
    op.drop_table("charge")
    op.drop_table("cell_family")
    op.drop_table("cell")
    op.drop_table("catalogue_entry")
    op.drop_table("alarm")
