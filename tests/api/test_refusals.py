"""Each thing that can't be accepted is refused by its own code, with place and reason, and leaves no trace."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from eth_account import Account as Wallet
from eth_account.messages import encode_defunct
from market import GOOD, GUIDELINE, REWARD, UNIT_COST, Market, error, items, secret, submission

from hakari.client import Client
from hakari.core import canonical, typed
from hakari.core.statement import Statement
from hakari.people.wallets import sign_typed

RESEARCH, TRAINING = 2, 8


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What the refusals are tried on: orders in their states, a release that somebody holds a licence of."""

    market: Market
    open: str
    listed: str
    full: str
    closed: str
    release: str
    licence: int
    expires: int
    escrow: int
    deadline: int


@pytest.fixture(scope="module")
def scene(market: Market) -> Scene:
    open_ = market.order(tasks=5, redundancy=3).id
    worker, other = market.person("worker", "work"), market.person("other", "work")
    lines = canonical.lines([{"account": worker.account, "task": 0}]).decode()
    listed = market.order(tasks=2, assignment="listed", redundancy=1, listed=lines, budget=UNIT_COST).id
    full = market.order(tasks=2, redundancy=1).id
    other.submit(full, [(0, GOOD)])
    closed = market.order(tasks=2, redundancy=2).id
    for who in (worker, other):
        who.submit(closed, [(0, GOOD), (1, GOOD)])
    worker.submit(open_, [(4, GOOD)])
    buyer = market.signed_in("buyer")
    market.until(lambda: buyer.get(f"/v1/orders/{closed}")["status"] == "judged")
    offer = {"price": "1000000", "purposes": RESEARCH | 1, "term_seconds": 500}
    made = buyer.post(f"/v1/orders/{closed}/releases", {"name": "Moods", "offer": offer})["id"]
    market.until(lambda: bool(buyer.get(f"/v1/releases/{made}")["offers"]))
    student = market.signed_in("student", "buy")
    market.person("stranger", "buy work")
    market.signed_in("stranger")
    student.call("payment_token", "faucet(address,uint256)", [student.account, 10**6])
    student.call("payment_token", "approve(address,uint256)", [student.node["chain"]["contracts"]["licences"], 10**6])
    number = int(student.get(f"/v1/releases/{made}")["offers"][0]["offer"])
    student.call("licences", "buy(uint256,address,uint256)", [number, student.account, 10**6])
    market.until(lambda: bool(student.get(f"/v1/accounts/{student.account}")["licences"]))
    held = student.get(f"/v1/accounts/{student.account}")["licences"][0]
    revoked = market.person("revoked", "work")
    revoked.revoke()
    market.person("short").delegate(scopes="work", seconds=60)
    escrow, deadline = market.fund(buyer, 4 * UNIT_COST)
    market.rounds()
    return Scene(
        market=market,
        open=open_,
        listed=listed,
        full=full,
        closed=closed,
        release=made,
        licence=int(held["id"]),
        expires=int(held["expires"]),
        escrow=escrow,
        deadline=deadline,
    )


def bent(body: dict[str, Any], place: str, value: Any) -> dict[str, Any]:
    """Return a copy with one member changed, by its path."""
    copy = json.loads(json.dumps(body))
    at = copy
    *way, last = place.split("/")
    for part in way:
        at = at[int(part)] if isinstance(at, list) else at[part]
    at[int(last) if isinstance(at, list) else last] = value
    return copy


def submit(scene: Scene, who: str, order: str, tasks: list[int], **more: Any) -> httpx.Response:
    body = submission(scene.market.person(who), order, [(task, GOOD) for task in tasks], **more)
    return scene.market.post("/v1/submissions", body)


def order(
    scene: Scene, *, who: str = "buyer", tasks: int = 2, wrapped: dict[str, Any] | None = None, **changed: Any
) -> httpx.Response:
    given = {
        "escrow_order": scene.escrow,
        "deadline": scene.deadline,
        "budget": 4 * UNIT_COST,
        "redundancy": 2,
    } | changed
    body = scene.market.body(**given)
    said = scene.market.person(who).sign("order", body)
    whole = {
        "statement": canonical.decode(said.bytes),
        "items": items(tasks),
        "guideline": GUIDELINE,
        **(wrapped or {}),
    }
    return scene.market.post("/v1/orders", whole)


def use(scene: Scene, who: str = "student", at: int | None = None, **changed: Any) -> httpx.Response:
    body = {
        "files": ["data.parquet"],
        "licence": scene.licence,
        "purpose": RESEARCH,
        "release": scene.release,
        "statement": "A study.",
    } | changed
    said = scene.market.person(who).sign("use", body, at=at)
    return scene.market.post("/v1/uses", {"statement": canonical.decode(said.bytes)})


def delegation(market: Market, who: str, key: str, **changed: Any) -> httpx.Response:
    client, now = market.person(who), market.clock()
    said = {
        "expires": now + 1000,
        "log": client.node["log"]["origin"],
        "nonce": 0,
        "not_before": now,
        "scopes": "work",
    } | changed
    message = typed.delegation(
        chain_id=client.node["chain"]["chain_id"],
        log=str(said["log"]),
        account=client.account,
        session_key=key,
        scopes=str(said["scopes"]),
        not_before=int(said["not_before"]),
        expires=int(said["expires"]),
        nonce=int(said["nonce"]),
    )
    statement = Statement(
        kind="delegation",
        author=client.account,
        time=int(said["not_before"]),
        body={**said, "session_key": key},
        key="account",
        signature=sign_typed(secret(who), message),
    )
    return market.post("/v1/delegations", {"statement": canonical.decode(statement.bytes)})


def sign_in(market: Market, who: str, **changed: str) -> dict[str, str]:
    asked = market.http.post("/v1/auth/nonce").json()
    said = {name: str(value) for name, value in asked.items()} | changed
    message = (
        f"{said['domain']} wants you to sign in with your Ethereum account:\n{Wallet.from_key(secret(who)).address}\n\n\n"
        f"URI: {said['uri']}\nVersion: 1\nChain ID: {said['chain_id']}\nNonce: {said['nonce']}\n"
        f"Issued At: {time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(market.clock()))}"
    )
    signature = Wallet.sign_message(encode_defunct(text=message), secret(who)).signature.hex()
    return {"message": message, "signature": signature}


def refused_sign_in(scene: Scene, **changed: str) -> Callable[[], httpx.Response]:
    given = sign_in(scene.market, "stranger", **changed)
    return lambda: scene.market.post("/v1/auth/session", given)


def replayed(scene: Scene) -> Callable[[], httpx.Response]:
    given = sign_in(scene.market, "stranger")
    assert scene.market.post("/v1/auth/session", given).status_code == 200
    return lambda: scene.market.post("/v1/auth/session", given)


def oversize(scene: Scene) -> httpx.Response:
    return scene.market.http.post("/v1/submissions", content=b"[" + b" " * (32 * 2**20) + b"]")


def by_token(client: Client, method: str, path: str, **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {client._token}"}
    return httpx.request(method, client.url + path, headers=headers, **more)


Case = Callable[[Scene], httpx.Response | Callable[[], httpx.Response]]

CASES: dict[str, tuple[Case, int, str, str | None, str]] = {
    "a task that the order has not": (
        lambda s: submit(s, "stranger", s.open, [5]),
        422,
        "unknown_task",
        "/answers/0/task",
        r"must be 0 to 4, got 5",
    ),
    "an order that is judged": (
        lambda s: submit(s, "stranger", s.closed, [0]),
        409,
        "order_closed",
        None,
        r"takes answers until \d+ while it is open, got one at \d+",
    ),
    "a second answer by the same account": (
        lambda s: submit(s, "worker", s.open, [4]),
        409,
        "already_answered",
        None,
        r"answered before: \[4\]",
    ),
    "one task twice in a batch": (
        lambda s: submit(s, "stranger", s.open, [1, 1]),
        409,
        "already_answered",
        "/answers/1/task",
        r"task 1 must be answered once, got it twice",
    ),
    "a batch of which one was answered": (
        lambda s: submit(s, "worker", s.open, [0, 4]),
        409,
        "already_answered",
        None,
        r"\[4\]",
    ),
    "a signature by another key": (
        lambda s: s.market.post(
            "/v1/submissions",
            bent(submission(s.market.person("worker"), s.open, [(0, GOOD)]), "statement/signature", "ab" * 64),
        ),
        403,
        "wrong_signature",
        "/statement/signature",
        r"signature is not that of key [0-9a-f]{64}",
    ),
    "a signature over another body": (
        lambda s: s.market.post(
            "/v1/submissions", bent(submission(s.market.person("worker"), s.open, [(0, GOOD)]), "statement/time", 1)
        ),
        403,
        "early_key",
        "/statement/time",
        r"must be at or after the key's not_before \d+, got 1",
    ),
    "a key that nobody delegated": (
        lambda s: submit(s, "nobody", s.open, [0]),
        403,
        "unknown_key",
        "/statement/key",
        r"must be delegated by 0x[0-9a-f]{40} first, got [0-9a-f]{64}",
    ),
    "an expired key": (
        lambda s: submit(s, "short", s.open, [0], at=s.market.clock() + 120),
        403,
        "expired_key",
        "/statement/time",
        r"must be before the key's expires \d+, got \d+",
    ),
    "a revoked key": (
        lambda s: submit(s, "revoked", s.open, [0]),
        403,
        "revoked_key",
        "/statement/key",
        r"key [0-9a-f]{64} was revoked by 0x",
    ),
    "a key without the scope": (
        lambda s: submit(s, "buyer", s.open, [0]),
        403,
        "wrong_scope",
        "/statement/key",
        r"must hold the scope 'work' for a submission, got \['buy'\]",
    ),
    "a stale guideline version": (
        lambda s: submit(s, "stranger", s.open, [0], guideline=2),
        409,
        "stale_guideline",
        "/statement/body/guideline",
        r"must be version 1, got 2",
    ),
    "a body above the limit": (oversize, 413, "too_large", None, r"must be at most 33554432 bytes, got 33554434"),
    "a task that was not assigned": (
        lambda s: submit(s, "worker", s.listed, [0]),
        403,
        "not_assigned",
        None,
        r"must be assigned to 0x[0-9a-f]{40} first; not assigned: \[0\]",
    ),
    "a task that is full": (
        lambda s: submit(s, "stranger", s.full, [0]),
        409,
        "task_full",
        None,
        r"have all the answers they want: \[0\]",
    ),
    "an answer that was not committed to": (
        lambda s: s.market.post(
            "/v1/submissions",
            bent(submission(s.market.person("worker"), s.open, [(0, GOOD)]), "answers/0/answer", {"mood": "bad"}),
        ),
        422,
        "wrong_commitment",
        "/statement/body/commitments/0",
        r"must be the SHA-256 of the canonical answer, salt and task .*, got '[0-9a-f]{64}'",
    ),
    "fewer answers than commitments": (
        lambda s: s.market.post(
            "/v1/submissions",
            bent(
                submission(s.market.person("worker"), s.open, [(0, GOOD), (1, GOOD)]),
                "answers",
                [{"task": 0, "answer": GOOD, "salt": "s" * 22}],
            ),
        ),
        400,
        "malformed",
        "/answers",
        r"as many as commitments, expected 2, got 1",
    ),
    "an answer that the kind does not know": (
        lambda s: s.market.post(
            "/v1/submissions", submission(s.market.person("worker"), s.open, [(0, {"mood": "so-so"})])
        ),
        400,
        "malformed",
        "/answers/0/answer/mood",
        r"must be one of \['good', 'bad'\], got 'so-so'",
    ),
    "a statement from the future": (
        lambda s: submit(s, "stranger", s.open, [0], at=s.market.clock() + 700),
        400,
        "early_statement",
        "/statement/time",
        r"must be at most \d+, got \d+",
    ),
    "a good statement at the wrong door": (
        lambda s: s.market.post(
            "/v1/uses", {"statement": submission(s.market.person("worker"), s.open, [(0, GOOD)])["statement"]}
        ),
        400,
        "wrong_kind",
        "/statement/kind",
        r"must be 'use' here, got 'submission'",
    ),
    "an order that is not here": (
        lambda s: submit(s, "stranger", "ab" * 32, [0]),
        404,
        "unknown_order",
        "/statement/body/order",
        r"must be one of this node's, got '(ab){32}'",
    ),
    "an order without money": (
        lambda s: order(s, escrow_order=9999),
        409,
        "order_not_funded",
        "/statement/body/escrow_order",
        r"9999 must be funded first, found none",
    ),
    "an order on another buyer's money": (
        lambda s: order(s, who="stranger"),
        409,
        "order_not_funded",
        "/statement/author",
        r"expected 0x[0-9a-f]{40}, got 0x[0-9a-f]{40}",
    ),
    "an order with another budget than the chain's": (
        lambda s: order(s, budget=5 * UNIT_COST),
        409,
        "order_not_funded",
        "/statement/body/budget",
        rf"expected {4 * UNIT_COST}, got {5 * UNIT_COST}",
    ),
    "an order under other terms": (
        lambda s: order(s, terms_version=2),
        400,
        "malformed",
        "/statement/body/terms_version",
        r"must be 1, got 2",
    ),
    "an order of another evidence class": (
        lambda s: order(s, evidence="open"),
        400,
        "malformed",
        "/statement/body/evidence",
        r"must be 'keyed', got 'open'",
    ),
    "an order of a pool that is not here": (
        lambda s: order(s, pool=77),
        404,
        "unknown_pool",
        "/statement/body/pool",
        r"must be one of this node's, got 77",
    ),
    "an order above its budget": (
        lambda s: order(s, redundancy=3),
        409,
        "over_budget",
        "/statement/body/budget",
        rf"must cover all answers in every role, {6 * UNIT_COST}, got {4 * UNIT_COST}",
    ),
    "an order of no known kind": (
        lambda s: order(s, source="poems"),
        400,
        "malformed",
        "/statement/body/source",
        r"must be one of \['[a-z', ]+'\], got 'poems'",
    ),
    "an order under other rules": (
        lambda s: order(s, quality={"rules": "label/0"}),
        400,
        "malformed",
        "/statement/body/quality/rules",
        r"must be one of \['label/1', 'label/2'\], got 'label/0'",
    ),
    "an order of the past": (
        lambda s: order(s, deadline=1),
        400,
        "malformed",
        "/statement/body/deadline",
        r"must lie ahead, got 1",
    ),
    "another guideline than the one named": (
        lambda s: order(s, wrapped={"guideline": "Be nice."}),
        400,
        "malformed",
        "/guideline",
        r"must be the text whose SHA-256 the order names, [0-9a-f]{64}, got one of [0-9a-f]{64}",
    ),
    "an item that the configuration does not show": (
        lambda s: order(s, wrapped={"items": [{"text": "a"}, {"truth": "good"}]}),
        400,
        "malformed",
        "/items/1/truth",
        r"got 'truth' too",
    ),
    "a reward above 64 bits": (
        lambda s: order(s, reward=str(2**63)),
        400,
        "malformed",
        "/statement/body/reward",
        r"must be below 2\^63 micro-units, got 9223372036854775808",
    ),
    "a budget above 64 bits": (
        lambda s: order(s, budget=2**96 - 1),
        400,
        "malformed",
        "/statement/body/budget",
        r"must be below 2\^63 micro-units, got \d+",
    ),
    "an amount that no format has": (
        lambda s: order(s, reward=str(2**96)),
        400,
        "malformed",
        "/statement/body/reward",
        r"below 2\^96",
    ),
    "more answers to a task than a node counts": (
        lambda s: order(s, reward="0", redundancy=1_000_001),
        400,
        "malformed",
        "/statement/body/redundancy",
        r"must be at most 1000000, got 1000001",
    ),
    "a price above 64 bits": (
        lambda s: by_token(
            s.market.person("buyer"),
            "POST",
            f"/v1/orders/{s.closed}/releases",
            json={"name": "Dear", "offer": {"price": str(2**63), "purposes": 1, "term_seconds": 1}},
        ),
        400,
        "malformed",
        "/offer/price",
        r"must be below 2\^63 micro-units, got 9223372036854775808",
    ),
    "another account's session key": (
        lambda s: delegation(s.market, "stranger", s.market.person("worker").key),
        409,
        "taken_key",
        "/statement/body/session_key",
        r"belongs to another account",
    ),
    "a session key of small order": (
        lambda s: delegation(s.market, "stranger", "01" + "00" * 31),
        400,
        "weak_key",
        "/statement/body/session_key",
        r"",
    ),
    "a delegation of a nonce that was used": (
        lambda s: delegation(s.market, "worker", s.market.person("worker").key),
        409,
        "taken_key",
        "/statement/body/nonce",
        r"must be above 0, got 0",
    ),
    "a delegation for another log": (
        lambda s: delegation(s.market, "stranger", s.market.person("stranger").key, log="other/log", nonce=1),
        400,
        "malformed",
        "/statement/body/log",
        r"must be 'hakari-[0-9a-f]{12}/log', got 'other/log'",
    ),
    "a delegation of the operator's scope": (
        lambda s: delegation(s.market, "stranger", s.market.person("stranger").key, scopes="operate", nonce=1),
        403,
        "forbidden",
        "/statement/body/scopes",
        r"operate is the operator's",
    ),
    "a sign-in nonce a second time": (
        replayed,
        403,
        "wrong_sign_in",
        "/message",
        r"nonce must be one this node made in the last ten minutes, used once, got '[0-9a-f]+'",
    ),
    "a nonce that nobody made": (
        lambda s: refused_sign_in(s, nonce="0123456789abcdef"),
        403,
        "wrong_sign_in",
        "/message",
        r"nonce must be one this node made .*, got '0123456789abcdef'",
    ),
    "a sign-in for another domain": (
        lambda s: refused_sign_in(s, domain="evil.example"),
        403,
        "wrong_sign_in",
        "/message",
        r"domain must be '127.0.0.1:\d+', got 'evil.example'",
    ),
    "a sign-in for another chain": (
        lambda s: refused_sign_in(s, chain_id="1"),
        403,
        "wrong_sign_in",
        "/message",
        r"chain_id must be 31337, got 1",
    ),
    "another's licence": (
        lambda s: use(s, "stranger"),
        403,
        "no_licence",
        "/statement/body/licence",
        r"must be one that 0x[0-9a-f]{40} holds",
    ),
    "a licence that was never bought": (
        lambda s: use(s, licence=999),
        403,
        "no_licence",
        "/statement/body/licence",
        r"licence 999 must be one that",
    ),
    "a purpose outside the licence": (
        lambda s: use(s, purpose=TRAINING),
        403,
        "wrong_purpose",
        "/statement/body/purpose",
        r"must be one of \['evaluation', 'research'\], got bit 8",
    ),
    "an expired licence": (
        lambda s: use(s, at=s.expires),
        403,
        "licence_expired",
        "/statement/time",
        r"was good until \d+, got a use at \d+",
    ),
    "a use of a file that the release has not": (
        lambda s: use(s, files=["more.parquet"]),
        400,
        "malformed",
        "/statement/body/files",
        r"must be of \['data.parquet'\], got \['more.parquet'\]",
    ),
    "a use of a release that is not here": (
        lambda s: use(s, release="cd" * 32),
        404,
        "unknown_release",
        "/statement/body/release",
        r"must be one of this node's, got (cd){32}",
    ),
    "a use that opens the files for longer than the licence": (
        lambda s: use(s, until=s.expires + 1),
        400,
        "malformed",
        "/statement/body/until",
        r"must be after \d+ and at most \d+, got \d+",
    ),
    "a use that opens the files for no time": (
        lambda s: use(s, at=s.market.clock(), until=s.market.clock()),
        400,
        "malformed",
        "/statement/body/until",
        r"must be after \d+ and at most \d+, got \d+",
    ),
    "a file without a logged use": (
        lambda s: by_token(s.market.person("student"), "GET", f"/v1/releases/{s.release}/files/data.parquet"),
        403,
        "no_licence",
        None,
        r"needs a logged use",
    ),
    "a file without signing in": (
        lambda s: s.market.http.get(f"/v1/releases/{s.release}/files/data.parquet"),
        403,
        "no_licence",
        None,
        r"needs a logged use",
    ),
    "a file that the release has not": (
        lambda s: s.market.http.get(f"/v1/releases/{s.release}/files/other.parquet"),
        404,
        "unknown",
        None,
        r"must be one of \['data.parquet'\], got 'other.parquet'",
    ),
    "a release by a stranger": (
        lambda s: by_token(
            s.market.person("stranger"), "POST", f"/v1/orders/{s.closed}/releases", json={"name": "Mine"}
        ),
        403,
        "not_originator",
        None,
        r"must be asked for by the order's buyer 0x[0-9a-f]{40}, got 0x[0-9a-f]{40}",
    ),
    "a release of an order that is not judged": (
        lambda s: by_token(s.market.person("buyer"), "POST", f"/v1/orders/{s.open}/releases", json={"name": "Early"}),
        409,
        "conflict",
        None,
        r"needs an order that is judged, got one that is open",
    ),
    "a release by nobody": (
        lambda s: s.market.post(f"/v1/orders/{s.closed}/releases", {"name": "Mine"}),
        401,
        "not_signed_in",
        None,
        r"sign in first",
    ),
    "tasks for nobody": (
        lambda s: s.market.post(f"/v1/orders/{s.open}/assignments", {"count": 1}),
        401,
        "not_signed_in",
        None,
        r"sign in first",
    ),
    "tasks of an order that is judged": (
        lambda s: by_token(
            s.market.person("stranger"), "POST", f"/v1/orders/{s.closed}/assignments", json={"count": 1}
        ),
        409,
        "order_closed",
        None,
        r"gives tasks while it is open",
    ),
    "more tasks than a batch holds": (
        lambda s: by_token(
            s.market.person("stranger"), "POST", f"/v1/orders/{s.open}/assignments", json={"count": 501}
        ),
        422,
        "malformed",
        "/count",
        r"less than or equal to 500, got 501",
    ),
    "a claim with nothing to claim": (
        lambda s: s.market.post(f"/v1/accounts/0x{'12' * 20}/claims", {}),
        409,
        "nothing_to_claim",
        None,
        r"0x(12){20} has nothing to claim",
    ),
    "a member twice": (
        lambda s: s.market.http.post(
            "/v1/auth/session",
            content=b'{"message":"a","message":"b","signature":"c"}',
            headers={"Content-Type": "application/json"},
        ),
        400,
        "malformed",
        None,
        r"keys must be unique, got 'message' twice",
    ),
    "a fraction": (
        lambda s: s.market.http.post(
            "/v1/submissions", content=b'{"a":1.5}', headers={"Content-Type": "application/json"}
        ),
        400,
        "malformed",
        None,
        r"numbers must be whole, got 1.5",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_refused_says_why_and_leaves_no_trace(scene: Scene, name: str):
    ask, status, code, pointer, words = CASES[name]
    scene.market.person("nobody")
    before = scene.market.trace()
    answer = ask(scene)
    if not isinstance(answer, httpx.Response):
        before = scene.market.trace()
        answer = answer()
    said = error(answer)
    assert (said["code"], answer.status_code, said["pointer"]) == (code, status, pointer), said
    assert re.search(words, said["message"]), said["message"]
    assert scene.market.trace() == before


def test_the_good_neighbours_are_accepted(scene: Scene):
    assert submit(scene, "stranger", scene.open, [0, 1, 3]).status_code == 200
    assert submit(scene, "short", scene.open, [0]).status_code == 200
    good = use(scene)
    assert good.status_code == 200
    path = f"/v1/releases/{scene.release}/files/data.parquet"
    student, stranger = (scene.market.person(name) for name in ("student", "stranger"))
    given = by_token(student, "GET", path, params={"use": good.json()["id"]})
    assert given.status_code == 200
    assert given.content.startswith(b"PAR1")
    assert error(by_token(stranger, "GET", path, params={"use": good.json()["id"]}))["code"] == "no_licence"
    assert order(scene).status_code == 201
    assert error(order(scene, title="Once more"))["code"] == "conflict"


def test_a_use_opens_its_files_for_its_time_and_a_new_one_opens_them_again(scene: Scene):
    path, student = f"/v1/releases/{scene.release}/files/data.parquet", scene.market.person("student")
    now = scene.market.clock()
    first = use(scene, at=now, until=now + 60).json()["id"]
    assert by_token(student, "GET", path, params={"use": first}).status_code == 200
    scene.market.clock.ahead = 60
    try:
        over = by_token(student, "GET", path, params={"use": first})
        assert (over.status_code, error(over)["code"]) == (403, "use_over")
        assert use(scene, at=now, until=now + 60).json()["id"] == first  # the same statement again is no new use
        assert error(by_token(student, "GET", path, params={"use": first}))["code"] == "use_over"
        again = use(scene, at=now + 60, until=now + 70).json()["id"]
        assert by_token(student, "GET", path, params={"use": again}).status_code == 200
    finally:
        scene.market.clock.ahead = 0


def test_an_order_of_the_past_takes_no_answers(scene: Scene):
    placed = scene.market.order(tasks=1, redundancy=2, seconds=3600)
    body = submission(scene.market.person("stranger"), placed.id, [(0, GOOD)])
    scene.market.clock.ahead = 3600
    try:
        before = scene.market.trace()
        assert error(scene.market.post("/v1/submissions", body))["code"] == "order_closed"
        assert scene.market.trace() == before
    finally:
        scene.market.clock.ahead = 0
    assert REWARD
    assert scene.market.post("/v1/submissions", body).status_code == 200
