"""Answers and assignments in other roles than work, and an answer's merit.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("assignments", sa.Column("role", sa.String(length=8), nullable=False, server_default="work"))
    op.add_column("answers", sa.Column("role", sa.String(length=8), nullable=False, server_default="work"))
    op.add_column("answers", sa.Column("merit", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("answers", "merit")
    op.drop_column("answers", "role")
    op.drop_column("assignments", "role")
