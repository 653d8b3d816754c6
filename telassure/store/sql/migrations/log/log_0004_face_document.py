"""Expand: what API faces keep of resources that others create, or add to."""

import sqlalchemy as sa
from alembic import op

from telassure.store.sql.schema import ROW_NUMBER, TEXT

revision = "log_0004"
down_revision = "log_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "face_document",
        sa.Column("place", ROW_NUMBER, primary_key=True),
        sa.Column("resource", TEXT, nullable=False),
        sa.Column("document_id", TEXT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("resource", "document_id"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("face_document")
