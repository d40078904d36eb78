"""Statements, orders and answers as the database's tests want them: well formed, signed by nobody."""

import hashlib
from typing import Any

from hakari.core.ids import Account, Digest, StatementId
from hakari.core.statement import Statement
from hakari.work.records import AnswerRow, OrderRow, TaskRow

KEY = "ab" * 32
START = 1_764_000_000


def digest(text: str) -> Any:
    return Digest(hashlib.sha256(text.encode()).hexdigest())


def account(number: int) -> Account:
    return Account(f"0x{number:040x}")


def said(number: int, *, kind: str = "use", answers: int = 0) -> Statement:
    body = {"commitments": [digest(f"{number}.{n}") for n in range(answers)], "number": number}
    return Statement(kind=kind, author=account(number), time=START + number, body=body, key=KEY, signature="cd" * 64)


def order(number: int, *, tasks: int = 3, wanted: int = 2, pool: int = 1) -> OrderRow:
    return OrderRow(
        id=StatementId(digest(f"order {number}")),
        pool=pool,
        escrow_order=number,
        buyer=account(number),
        source="label",
        tasks=tasks,
        wanted=tasks * wanted,
        answered=0,
        deadline=START + 10**6,
        status="open",
    )


def task(n: int, *, wanted: int = 2) -> TaskRow:
    public, data = {"n": n}, {"text": f"秤 {n}"}
    return TaskRow(n=n, item=digest(f"item {n}"), public=public, data=data, salt="s" * 24, wanted=wanted)


def answer(of: OrderRow, statement: Statement, n: int, *, task: int) -> AnswerRow:
    return AnswerRow(
        order=of.id,
        account=statement.author,
        task=task,
        submission=statement.id,
        n=n,
        answer={"label": f"猫 {n}"},
        salt="t" * 24,
    )
