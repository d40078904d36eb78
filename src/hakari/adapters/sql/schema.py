"""The tables. One schema for both databases; JSON is kept as canonical text. Amounts fit a signed 64-bit integer, nine million
million tokens, and intake refuses more (money.kept); sums of them need not fit (amounts.py)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

Hash = String(64)
Address = String(42)
# SQLite numbers rows by itself only for INTEGER PRIMARY KEY.
Serial = BigInteger().with_variant(Integer, "sqlite")

statements = Table(
    "statements",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("id", Hash, nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("author", Address, nullable=False),
    Column("subject", String(80)),  # the order, release or pool that it is about
    Column("time", BigInteger, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    Column("leaf", BigInteger, unique=True),  # null: in the outbox, not sequenced yet
    Index("ix_statements_kind_subject", "kind", "subject"),
    Index("ix_statements_kind_leaf", "kind", "leaf"),
    Index("ix_statements_author", "author", "seq"),
)

session_keys = Table(
    "session_keys",
    metadata,
    Column("key", Hash, primary_key=True),
    Column("account", Address, nullable=False, index=True),
    Column("scopes", String(64), nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("nonce", BigInteger, nullable=False),
    Column("revoked", Boolean, nullable=False, default=False),
)

pools = Table(
    "pools",
    metadata,
    Column("pool", BigInteger, primary_key=True, autoincrement=False),
    Column("statement", Hash, nullable=False),
    Column("body", Text, nullable=False),
)

orders = Table(
    "orders",
    metadata,
    Column("id", Hash, primary_key=True),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("pool", BigInteger, nullable=False, index=True),
    Column("escrow_order", BigInteger, nullable=False, unique=True),
    Column("buyer", Address, nullable=False, index=True),
    Column("source", String(32), nullable=False),
    Column("tasks", Integer, nullable=False),
    Column("wanted", BigInteger, nullable=False),  # answers that complete the order
    Column("answered", BigInteger, nullable=False, default=0),
    Column("deadline", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),  # open, closing, auditing, appealable, jury, judged
    Index("ix_orders_status", "status", "seq"),
)

tasks = Table(
    "tasks",
    metadata,
    Column("order", Hash, ForeignKey("orders.id"), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("item", Hash, nullable=False),
    Column("public", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("salt", String(64), nullable=False),
    Column("wanted", Integer, nullable=False),
    Column("answered", Integer, nullable=False, default=0),
)

assignments = Table(
    "assignments",
    metadata,
    Column("order", Hash, primary_key=True),
    Column("account", Address, primary_key=True),
    Column("task", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),  # place in the account's own row of tasks
    Column("size", BigInteger, nullable=False),  # log size that fixed the shuffle, 0 where tasks are listed
    Column("time", BigInteger, nullable=False, server_default="0"),  # of the newest assignment
    Column("role", String(8), nullable=False, server_default="work"),
    Index("ix_assignments_order_time", "order", "time"),
)

answers = Table(
    "answers",
    metadata,
    Column("order", Hash, primary_key=True),
    Column("account", Address, primary_key=True),
    Column("task", Integer, primary_key=True, autoincrement=False),
    Column("submission", Hash, nullable=False),
    Column("n", Integer, nullable=False),
    Column("answer", Text, nullable=False),
    Column("salt", String(64), nullable=False),
    Column("verdicts", Hash),  # null: not judged yet
    Column("accepted", Boolean),
    Column("score", Integer),
    Column("reason", String(64)),
    Column("role", String(8), nullable=False, server_default="work"),
    Column("merit", Integer),
    Index("ix_answers_submission", "submission"),
)

commitments = Table(
    "commitments",
    metadata,
    Column("order", Hash, primary_key=True),
    Column("account", Address, primary_key=True),
    Column("task", Integer, primary_key=True, autoincrement=False),
    Column("role", String(8), nullable=False),
    Column("submission", Hash, nullable=False),
    Column("n", Integer, nullable=False),
    Column("commitment", Hash, nullable=False),
    Column("called", BigInteger),  # null: nobody called for its opening yet
    Column("calls", Integer, nullable=False, server_default="0"),
    Column("reveal", Hash),  # null: not opened
    Index("ix_commitments_submission", "submission"),
    Index("ix_commitments_account", "account"),
)

chain_events = Table(
    "chain_events",
    metadata,
    Column("block", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("contract", String(32), nullable=False),
    Column("event", String(32), nullable=False),
    Column("address", Address, nullable=False),
    Column("tx", Hash, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("args", Text, nullable=False),
    Index("ix_chain_events_contract_event_block", "contract", "event", "block"),
)

chain_arguments = Table(
    "chain_arguments",
    metadata,
    Column("contract", String(32), primary_key=True),
    Column("name", String(16), primary_key=True),
    Column("value", String(80), primary_key=True),
    Column("event", String(32), primary_key=True),
    Column("block", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
)

intents = Table(
    "intents",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("name", String(160), nullable=False, unique=True),  # what it is for: makes every step idempotent
    Column("signer", String(16), nullable=False),
    Column("contract", String(32), nullable=False),
    Column("function", String(64), nullable=False),
    Column("args", Text, nullable=False),
    Column("status", String(16), nullable=False, index=True),  # waiting, signed, done, reverted
    Column("nonce", BigInteger),
    Column("raw", LargeBinary),
    Column("tx", Hash),
    Column("note", Text),
)

epochs = Table(
    "epochs",
    metadata,
    Column("pool", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("statement", Hash, nullable=False),
    Column("body", Text, nullable=False),
    Column("status", String(16), nullable=False),  # proposed, accepted, void
)

lines = Table(
    "lines",
    metadata,
    Column("pool", BigInteger, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("account", Address, primary_key=True),
    Column("cause", Hash, primary_key=True),
    Column("source", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("why", String(16), nullable=False),
    Index("ix_lines_account", "account"),
)

releases = Table(
    "releases",
    metadata,
    Column("id", Hash, primary_key=True),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("order", Hash, nullable=False, index=True),
    Column("pool", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("offer", Text),  # price, purposes and term that the originator asked for
)

uses = Table(
    "uses",
    metadata,
    Column("id", Hash, primary_key=True),
    Column("licence", BigInteger, nullable=False, index=True),
    Column("release", Hash, nullable=False, index=True),
    Column("account", Address, nullable=False),
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("account", Address, nullable=False, index=True),
    Column("length", BigInteger, nullable=False),
    Column("type", String(64), nullable=False),
    Column("name", String(200), nullable=False),
    Column("expected", Hash),  # the SHA-256 that its owner said it would have
    Column("sha256", Hash, index=True),  # null: not whole yet
    Column("stated", Text),  # what was measured of it
    Column("status", String(16), nullable=False),  # open, held, refused
    Column("note", Text),  # why it was refused: code and message
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger),  # null: an answer names it
)

sessions = Table(
    "sessions",
    metadata,
    Column("token", Hash, primary_key=True),  # SHA-256 of the bearer token
    Column("account", Address, nullable=False),
    Column("expires", BigInteger, nullable=False),
)

nonces = Table(
    "nonces",
    metadata,
    Column("nonce", String(64), primary_key=True),
    Column("expires", BigInteger, nullable=False),
)

replies = Table(
    "replies",
    metadata,
    Column("key", String(160), primary_key=True),  # idempotency key
    Column("account", Address, primary_key=True),
    Column("request", Hash, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("until", BigInteger, nullable=False),
)

marks = Table(
    "marks",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("text", Text),
)
