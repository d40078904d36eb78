"""Asking again changes nothing, too much is refused, pages stay in place, and many at once end as if one after another."""

import asyncio
import http.client
import json
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from market import GOOD, Market, error, served, submission

from hakari.adapters.sql.store import Book, DatabaseUnavailable, Raced
from hakari.app.paces import Pace, TooMany
from hakari.client import Client
from hakari.core.errors import HakariError
from hakari.doors.api.errors import install
from hakari.doors.api.limits import Limits, asking
from hakari.people import receipts


def at_once(count: int, ask: Callable[[int], Any]) -> list[Any]:
    """Return what `ask` returned in each of `count` threads that began together."""
    barrier, found = threading.Barrier(count), [None] * count

    def one(n: int) -> None:
        barrier.wait()
        found[n] = ask(n)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_the_same_statement_again_gets_a_receipt_and_writes_nothing(market: Market):
    order = market.order(tasks=2, redundancy=2).id
    body = submission(market.person("again", "work"), order, [(0, GOOD)])
    first = market.post("/v1/submissions", body)
    before = market.trace()
    second = market.post("/v1/submissions", body)
    assert first.json()["id"] == second.json()["id"]
    assert receipts.check(second.json()["receipt"]).statement == first.json()["id"]
    assert market.trace() == before


def test_a_key_answers_the_same_request_alike_and_refuses_another(market: Market):
    order = market.order(tasks=2, redundancy=2).id
    body = submission(market.person("keyed", "work"), order, [(0, GOOD)])
    key = {"Idempotency-Key": "one"}
    first = market.post("/v1/submissions", body, key)
    assert market.post("/v1/submissions", body, key).content == first.content
    other = submission(market.person("keyed"), order, [(1, GOOD)])
    before = market.trace()
    assert error(market.post("/v1/submissions", other, key))["code"] == "idempotency_key_reused"
    elsewhere = market.post("/v1/uses", {"statement": body["statement"]}, key)
    assert (elsewhere.status_code, error(elsewhere)["code"]) == (422, "idempotency_key_reused")
    assert market.trace() == before
    assert market.post("/v1/submissions", other, {"Idempotency-Key": "two"}).status_code == 200


def test_a_refusal_is_not_kept_under_its_key(market: Market):
    order = market.order(tasks=1, redundancy=2).id
    early = submission(market.person("keyed", "work"), order, [(0, GOOD)], at=market.clock() + 650)
    key = {"Idempotency-Key": "later"}
    assert error(market.post("/v1/submissions", early, key))["code"] == "early_statement"
    market.clock.ahead = 100
    try:
        assert market.post("/v1/submissions", early, key).status_code == 200
    finally:
        market.clock.ahead = 0


def test_keys_of_two_accounts_are_apart(market: Market):
    order = market.order(tasks=3, redundancy=2).id
    for name in ("left", "right"):
        client = market.signed_in(name, "work")
        given = client.post(f"/v1/orders/{order}/assignments", {"count": 2}, key="mine")
        assert len(given["items"]) == 2
        assert client.post(f"/v1/orders/{order}/assignments", {"count": 2}, key="mine") == given


@pytest.mark.parametrize("key", ["", "x" * 129, "with space"])
def test_a_key_has_a_form(market: Market, key: str):
    answer = market.http.post("/v1/delegations", json={}, headers={"Idempotency-Key": key})
    assert answer.status_code == 422


def test_eight_at_once_hand_in_one_statement_and_one_is_written(market: Market):
    order = market.order(tasks=3, redundancy=3).id
    body = submission(market.person("eight", "work"), order, [(0, GOOD), (1, GOOD)])
    found = at_once(8, lambda n: httpx.post(f"{market.url}/v1/submissions", json=body, timeout=30))
    assert {answer.status_code for answer in found} == {200}
    assert len({answer.json()["id"] for answer in found}) == 1
    assert market.http.get(f"/v1/orders/{order}").json()["answered"] == 2


def test_eight_statements_at_once_for_the_same_task_and_one_stands(market: Market):
    order = market.order(tasks=1, redundancy=9).id
    client = market.person("greedy", "work")
    bodies = [submission(client, order, [(0, GOOD)], at=market.clock() + n) for n in range(8)]
    found = at_once(8, lambda n: httpx.post(f"{market.url}/v1/submissions", json=bodies[n], timeout=30))
    assert Counter(answer.status_code for answer in found) == {200: 1, 409: 7}
    assert {error(answer)["code"] for answer in found if answer.status_code == 409} == {"already_answered"}
    assert market.http.get(f"/v1/orders/{order}").json()["answered"] == 1


def test_eight_people_at_once_for_three_places_and_three_stand(market: Market):
    order = market.order(tasks=1, redundancy=3).id
    bodies = [submission(market.person(f"crowd {n}", "work"), order, [(0, GOOD)]) for n in range(8)]
    found = at_once(8, lambda n: httpx.post(f"{market.url}/v1/submissions", json=bodies[n], timeout=30))
    assert Counter(answer.status_code for answer in found) == {200: 3, 409: 5}
    assert {error(answer)["code"] for answer in found if answer.status_code == 409} == {"task_full"}
    assert market.http.get(f"/v1/orders/{order}").json()["answered"] == 3


def test_two_asking_at_once_for_tasks_are_given_the_same_ones(market: Market):
    market.rounds()
    order = market.order(tasks=20, redundancy=2, assignment="drawn").id
    client = market.signed_in("drawn", "work")
    found = at_once(6, lambda n: client.assignments(order, count=5))
    assert len({tuple(task["task"] for task in given) for given in found}) == 1


def test_a_batch_of_five_hundred_is_one_statement(market: Market):
    order = market.order(tasks=500, redundancy=1).id
    client = market.person("busy", "work")
    sent = client.submit(order, [(task, GOOD) for task in range(500)])
    assert market.http.get(f"/v1/orders/{order}").json()["answered"] == 500
    assert len(market.http.get(f"/v1/submissions/{sent.id}").json()["items"]) == 500


def test_one_more_than_a_batch_is_refused(market: Market):
    order = market.order(tasks=501, redundancy=1).id
    before = market.trace()
    answer = market.post(
        "/v1/submissions", submission(market.person("busy", "work"), order, [(n, GOOD) for n in range(501)])
    )
    assert (answer.status_code, error(answer)["pointer"]) == (422, "/answers")
    assert market.trace() == before


def test_pages_stay_in_place_while_more_arrives(market: Market):
    def seen(start: str | None, most: int = 100) -> list[str]:
        found: list[str] = []
        while start is not None and len(found) < most:
            page = market.http.get("/v1/statements", params={"cursor": start, "limit": 3}).json()
            found += [each["id"] for each in page["items"]]
            start = page["next"]
        return found

    first = market.http.get("/v1/statements", params={"limit": 3}).json()
    whole = seen("0", 10_000)
    assert len(set(whole)) == len(whole)
    market.person("newcomer", "work")
    assert seen(first["next"], 10_000) == [*whole[3:], *seen("0", 10_000)[len(whole) :]]
    assert len(seen("0", 10_000)) == len(whole) + 1


def test_an_exact_last_page_is_followed_by_an_empty_one(market: Market):
    count = len(list(market.person("reader").pages("/v1/orders")))
    page = market.http.get("/v1/orders", params={"limit": count}).json()
    rest = market.http.get("/v1/orders", params={"limit": count, "cursor": page["next"] or "0"}).json()
    assert (len(page["items"]), rest["items"] == [] or page["next"] is None) == (count, True)


def test_a_body_that_says_nothing_of_its_length_is_cut_off_at_the_limit(market: Market):
    wire = http.client.HTTPConnection("127.0.0.1", market.port, timeout=20)
    pieces = (b" " * 2**20 for _ in range(34))
    wire.request(
        "POST", "/v1/submissions", body=pieces, headers={"Content-Type": "application/json"}, encode_chunked=True
    )
    answer = wire.getresponse()
    assert answer.status == 413
    assert json.loads(answer.read())["error"]["code"] == "too_large"
    wire.close()


def test_a_client_that_asks_too_often_is_told_to_wait(tmp_path: Path):
    hasty = Market(tmp_path / "node", rate=5)
    with served(hasty):
        found = [hasty.http.get("/v1/pools") for _ in range(80)]
        refused = [answer for answer in found if answer.status_code == 429]
        assert 20 <= len(refused) <= 40
        assert error(refused[0])["code"] == "too_many_requests"
        assert refused[0].headers["retry-after"] == "1"
        assert hasty.person("patient").get("/v1/pools")["items"]  # the client comes again when it is told to
        hasty.http.close()
    hasty.close()


@pytest.fixture
def paced(market: Market, monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """The market under limits: four requests and two claims at once, and no time passes unless the test says so."""
    time = {"now": 0.0}
    for name, burst, what in (("accounts_pace", 4, "4 from one account"), ("claims_pace", 2, "2 claims")):
        pace = Pace(rate=0.5, burst=burst, what=what, clock=lambda: time["now"])
        monkeypatch.setitem(market.node.__dict__, name, pace)
    return time


def test_one_account_is_told_to_wait_and_another_is_not(market: Market, paced: dict[str, float]):
    order = market.order(tasks=6, redundancy=3).id
    eager, other = market.person("eager", "work"), market.person("calm", "work")
    bodies = [submission(eager, order, [(task, GOOD)]) for task in range(6)]
    forged = {**bodies[5], "statement": {**bodies[5]["statement"], "signature": "ab" * 64}}
    for _ in range(9):  # what somebody else signs uses nothing up
        assert error(market.post("/v1/submissions", forged))["code"] == "wrong_signature"
    assert [market.post("/v1/submissions", body).status_code for body in bodies[:4]] == [200] * 4
    before = market.trace()
    answer = market.post("/v1/submissions", bodies[4])
    assert (answer.status_code, error(answer)["code"]) == (429, "too_many_requests")
    assert answer.headers["retry-after"] == "2"
    assert market.trace() == before
    assert market.post("/v1/submissions", submission(other, order, [(0, GOOD)])).status_code == 200
    paced["now"] += 2
    assert market.post("/v1/submissions", bodies[4]).status_code == 200
    assert market.post("/v1/submissions", bodies[5]).status_code == 429


def test_claims_have_a_pace_of_their_own_and_asking_again_costs_nothing(market: Market, paced: dict[str, float]):
    order = market.order(tasks=1, redundancy=3).id
    people = [market.person(f"paid {n}", "work") for n in range(3)]
    for who in people:
        who.submit(order, [(0, GOOD)])

    def claimable(who: Client) -> bool:
        return who.get(f"/v1/accounts/{who.account}")["earnings"]["claimable"] != "0"

    market.until(lambda: people[0].get(f"/v1/accounts/{people[0].account}")["earnings"]["in_window"] != "0")
    market.rounds()
    market.post("/rpc", {"jsonrpc": "2.0", "id": 1, "method": "evm_increaseTime", "params": [60]})
    market.until(lambda: all(map(claimable, people)))
    paths = [f"/v1/accounts/{who.account}/claims" for who in people]
    assert [market.post(path, {}).status_code for path in [*paths[:2], *paths[:2]]] == [202] * 4
    before = market.trace()
    answer = market.post(paths[2], {})
    assert (answer.status_code, error(answer)["code"], answer.headers["retry-after"]) == (429, "too_many_requests", "2")
    assert market.trace() == before
    paced["now"] += 2
    assert market.post(paths[2], {}).status_code == 202


def test_lines_and_payouts_come_in_pages(market: Market):
    orders = [market.order(tasks=1, redundancy=1).id for _ in range(3)]
    who = market.person("often paid", "work")
    for order in orders:
        who.submit(order, [(0, GOOD)])

    def skipped() -> None:
        market.post("/rpc", {"jsonrpc": "2.0", "id": 1, "method": "evm_increaseTime", "params": [60]})

    market.until(lambda: skipped() or len(list(who.lines())) == 3)
    path = f"/v1/accounts/{who.account}/lines"
    whole = who.get(path)
    assert whole["next"] is None
    walked = list(who.pages(path, limit=1))
    assert walked == whole["items"] == list(who.lines())
    assert sorted(each["cause"] for each in walked) == sorted(
        who.get(f"/v1/orders/{order}")["verdicts"][0]["id"] for order in orders
    )
    market.until(lambda: skipped() or list(who.payouts()))
    assert list(who.pages(f"/v1/accounts/{who.account}/payouts", limit=1)) == list(who.payouts())
    for cursor in ("1", "1.2", "a.b.c", f"1.2.{'g' * 64}", "1.2." + "a" * 65):
        answer = market.http.get(path, params={"cursor": cursor})
        assert (answer.status_code, error(answer)["code"]) == (422, "malformed")


def test_a_bucket_holds_what_it_says_and_forgets_who_asked_longest_ago():
    now = [0.0]
    pace = Pace(rate=2, burst=3, what="3", most=2, clock=lambda: now[0])

    def taken(key: str, count: int = 1) -> int:
        try:
            pace.take(key, count)
        except TooMany as refusal:
            return refusal.wait_s
        return 0

    assert [taken("a") for _ in range(4)] == [0, 0, 0, 1]
    now[0] = 0.5
    assert [taken("a"), taken("a")] == [0, 1]
    assert taken("b", 3) == 0
    assert taken("b", 3) == 2
    now[0] = 10
    assert [taken("b", 9), taken("b")] == [0, 4]  # more than it holds passes once it is full, and is paid for after
    assert taken("c") == 0
    assert taken("a", 3) == 0  # «a» was forgotten for «c»
    assert [Pace(rate=0, burst=0, what="").take("a") for _ in range(9)] == [None] * 9


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9%eth0", "2001:db8:1:2::/64"),
        ("unix:", "unix:"),
    ],
)
def test_an_address_of_ipv6_counts_as_its_network(host: str, key: str):
    assert asking({"client": (host, 1)}) == key
    assert asking({}) == ""


def test_a_bucket_fills_again_with_time():
    now = [0.0]
    limits = Limits(_nothing, body_bytes=10, rate=2, clock=lambda: now[0])
    answers: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answers.append(message["status"])

    async def ask(count: int, client: str) -> None:
        for _ in range(count):
            await limits({"type": "http", "headers": [], "client": (client, 1)}, _nothing, send)  # type: ignore[arg-type]

    asyncio.run(ask(21, "a"))
    assert answers == [429]
    asyncio.run(ask(1, "b"))
    now[0] = 1.0
    asyncio.run(ask(3, "a"))
    assert answers == [429, 429]


async def _nothing(*_: Any) -> None:
    return None


def test_what_failed_together_is_heard_by_its_own_thread_only(market: Market):
    class Odd(HakariError):
        code = "odd"

    def write(n: int) -> Callable[[Book], int]:
        def inside(book: Book) -> int:
            book.chain.set_mark(f"together {n}", n)
            if n % 3 == 1:
                raise Odd(str(n))
            return n

        return inside

    def ask(n: int) -> object:
        try:
            return market.node.store.together(write(n))
        except Odd as refusal:
            return refusal.message

    assert at_once(12, ask) == [str(n) if n % 3 == 1 else n for n in range(12)]
    with market.node.store.reading() as book:
        assert [book.chain.mark(f"together {n}") for n in range(12)] == [None if n % 3 == 1 else n for n in range(12)]


def test_a_lost_race_is_run_again(market: Market):
    tries: list[int] = []

    def write(book: Book) -> int:
        tries.append(1)
        if len(tries) < 3:
            raise Raced("another was first")
        return len(tries)

    assert market.node.store.together(write) == 3


@pytest.mark.parametrize("kind", [DatabaseUnavailable, Raced])
def test_what_can_be_repeated_says_when(kind: type[HakariError]):
    from fastapi import FastAPI

    app = FastAPI()
    install(app)

    @app.get("/")
    def fail() -> None:
        raise kind("not now")

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://x") as client:
            return await client.get("/")

    answer = asyncio.run(ask())
    assert answer.headers["retry-after"] == "1"
    assert error(answer)["code"] == kind.code
