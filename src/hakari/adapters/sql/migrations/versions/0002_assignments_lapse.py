"""Assignments lapse: when each was made.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the time of an assignment; those from before lapse at once and can be asked for again."""
    op.add_column("assignments", sa.Column("time", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index("ix_assignments_order_time", "assignments", ["order", "time"])


def downgrade() -> None:
    """Forget when assignments were made."""
    op.drop_index("ix_assignments_order_time", "assignments")
    op.drop_column("assignments", "time")
