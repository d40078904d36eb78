"""The client: it signs what the node checks, walks pages, and turns answers into errors with the node's own words."""

import json
from typing import Any

import httpx
import pytest

from hakari.client import Client, Refused, Unreachable, digest
from hakari.core.statement import answer_commitment, parse
from hakari.people.book import signed
from hakari.people.delegation import check_delegation, check_revocation

NODE = {"log": {"origin": "market.example/log"}, "chain": {"chain_id": 31337, "contracts": {}}}


def client(answer: Any, seen: list[httpx.Request] | None = None) -> Client:
    """Return a client whose node answers as told."""

    def handle(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        if request.url.path == "/v1/node":
            return httpx.Response(200, json=NODE)
        return answer(request) if callable(answer) else answer

    http = httpx.Client(transport=httpx.MockTransport(handle))
    return Client("http://market.example/", secret=b"\x01" * 32, session=b"\x02" * 32, clock=lambda: 1000, http=http)


TAKEN = httpx.Response(200, json={"id": "ab" * 32, "receipt": {}})


def test_a_submission_is_signed_over_commitments_that_open():
    seen: list[httpx.Request] = []
    client(TAKEN, seen).submit("cd" * 32, [(0, {"winner": "left"}), (7, {"winner": "tie"})])
    sent = json.loads(seen[-1].content)
    statement = parse(sent["statement"])
    assert signed(statement)
    assert statement.body["commitments"] == [answer_commitment(**each) for each in sent["answers"]]
    assert len({each["salt"] for each in sent["answers"]}) == 2


def test_delegation_and_revocation_are_what_the_node_checks():
    seen: list[httpx.Request] = []
    who = client(TAKEN, seen)
    who.delegate(scopes="buy work", seconds=60)
    said = parse(json.loads(seen[-1].content)["statement"])
    session = check_delegation(said, chain_id=31337, origin="market.example/log")
    assert (session.account, session.key, session.not_before, session.expires) == (who.account, who.key, 1000, 1060)
    who.revoke()
    said = parse(json.loads(seen[-1].content)["statement"])
    assert check_revocation(said, chain_id=31337, origin="market.example/log") == who.key


def test_a_request_that_comes_too_soon_is_sent_again_when_the_node_says():
    waits, slept = iter(["3", "nonsense", None]), list[float]()
    seen: list[httpx.Request] = []

    def answer(_: httpx.Request) -> httpx.Response:
        wait = next(waits)
        return TAKEN if wait is None else httpx.Response(429, headers={"Retry-After": wait}, json={})

    who = client(answer, seen)
    who._sleep = slept.append
    who.submit("cd" * 32, [(0, {"winner": "left"})])
    assert slept == [3.0, 1.0]
    assert len({request.content for request in seen}) == 1


def test_a_node_that_never_takes_it_is_told_as_a_refusal():
    slept: list[float] = []
    body = {"error": {"code": "too_many_requests", "message": "at most 1 request", "pointer": None}}
    who = client(httpx.Response(429, headers={"Retry-After": "50"}, json=body))
    who._sleep = slept.append
    with pytest.raises(Refused) as found:
        who.get("/v1/pools")
    assert (found.value.code, found.value.status, slept) == ("too_many_requests", 429, [50.0, 50.0])


def test_pages_are_walked_to_the_end():
    pages = {"0": ([1, 2], "2"), "2": ([3], None)}

    def answer(request: httpx.Request) -> httpx.Response:
        items, following = pages[request.url.params["cursor"]]
        return httpx.Response(200, json={"items": items, "next": following})

    assert list(client(answer).pages("/v1/orders")) == [1, 2, 3]


def test_a_refusal_keeps_the_nodes_words():
    problem = {"error": {"code": "task_full", "message": "full", "pointer": "/answers/0"}}
    with pytest.raises(Refused) as found:
        client(httpx.Response(409, json=problem)).get("/v1/pools")
    assert (found.value.code, found.value.status, found.value.pointer) == ("task_full", 409, "/answers/0")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"error":1}', b""])
def test_an_error_of_another_shape_is_still_a_refusal(body: bytes):
    with pytest.raises(Refused) as found:
        client(httpx.Response(502, content=body)).get("/v1/pools")
    assert (found.value.code, found.value.status) == ("refused", 502)


def test_silence_is_its_own_error():
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(Unreachable, match="did not answer"):
        client(answer).get("/v1/pools")


def test_a_key_travels_as_a_header_and_only_when_given():
    seen: list[httpx.Request] = []
    who = client(TAKEN, seen)
    who.post("/v1/x", {}, key="one")
    who.post("/v1/x", {})
    assert [request.headers.get("idempotency-key") for request in seen] == ["one", None]


def test_a_guideline_is_named_by_its_bytes():
    assert digest("秤") == "cc9d6b099914c44f806fbbd5e428f44501a1e97a8f0526b00c0d4fefdecc4389"
