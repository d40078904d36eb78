"""Answers that are committed first: what stands committed, whether its opening was called for, and what opened it.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of commitments."""
    op.create_table(
        "commitments",
        sa.Column("order", sa.String(64), primary_key=True),
        sa.Column("account", sa.String(42), primary_key=True),
        sa.Column("task", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("role", sa.String(8), nullable=False),
        sa.Column("submission", sa.String(64), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("commitment", sa.String(64), nullable=False),
        sa.Column("called", sa.BigInteger(), nullable=True),
        sa.Column("calls", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("reveal", sa.String(64), nullable=True),
    )
    op.create_index("ix_commitments_submission", "commitments", ["submission"])
    op.create_index("ix_commitments_account", "commitments", ["account"])


def downgrade() -> None:
    """Forget them."""
    op.drop_table("commitments")
