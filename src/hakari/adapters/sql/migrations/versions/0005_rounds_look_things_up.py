"""What a quiet round asks is looked up, not read through: arguments of events, statements by kind and leaf, orders by status.

Revision ID: 0005
Revises: 0004
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ARGUMENTS = ("account", "epoch", "id", "log_id", "offer", "order", "pool", "release", "to", "vote")


def upgrade() -> None:
    """Make the table of arguments from the events that stand, and the indexes."""
    made = op.create_table(
        "chain_arguments",
        sa.Column("contract", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("value", sa.String(80), primary_key=True),
        sa.Column("event", sa.String(32), primary_key=True),
        sa.Column("block", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
    )
    connection = op.get_bind()
    standing = connection.execute(sa.text("SELECT contract, event, block, position, args FROM chain_events"))
    for rows in iter(lambda: standing.fetchmany(1000), []):
        found = [
            {
                "contract": row.contract,
                "name": name,
                "value": value,
                "event": row.event,
                "block": row.block,
                "position": row.position,
            }
            for row in rows
            for name, value in json.loads(row.args).items()
            if name in ARGUMENTS and isinstance(value, str) and len(value) <= 80
        ]
        if found:
            connection.execute(made.insert(), found)
    op.drop_index("ix_chain_events_contract_event", "chain_events")
    op.create_index("ix_chain_events_contract_event_block", "chain_events", ["contract", "event", "block"])
    op.create_index("ix_statements_kind_leaf", "statements", ["kind", "leaf"])
    op.create_index("ix_orders_status", "orders", ["status", "seq"])


def downgrade() -> None:
    """Go back to reading through."""
    op.drop_index("ix_orders_status", "orders")
    op.drop_index("ix_statements_kind_leaf", "statements")
    op.drop_index("ix_chain_events_contract_event_block", "chain_events")
    op.create_index("ix_chain_events_contract_event", "chain_events", ["contract", "event"])
    op.drop_table("chain_arguments")
