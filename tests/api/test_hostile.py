"""Whatever bytes arrive: no 500, every error in the one shape, only declared answers, nothing outside the public folder."""

import contextlib
import gzip
import json
import random
import socket
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from market import GOOD, Market, error, submission
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hakari.doors.api import create_app

JSON = {"Content-Type": "application/json"}
HASH = "ab" * 32
ROUTES = [
    ("POST", "/v1/auth/nonce"),
    ("POST", "/v1/auth/session"),
    ("DELETE", "/v1/auth/session"),
    ("POST", "/v1/delegations"),
    ("POST", "/v1/revocations"),
    ("POST", "/v1/orders"),
    ("POST", f"/v1/orders/{HASH}/assignments"),
    ("POST", f"/v1/orders/{HASH}/releases"),
    ("POST", "/v1/submissions"),
    ("POST", "/v1/uses"),
    ("POST", f"/v1/accounts/0x{'12' * 20}/claims"),
    ("POST", "/rpc"),
]
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "NUL": b"\x00",
    "no JSON": b"{",
    "bytes": bytes(range(256)),
    "half a character": b'{"message":"\xc3"}',
    "a lone surrogate": b'{"message":"\\ud800","signature":"\\udfff"}',
    "NUL in text": b'{"message":"a\\u0000b","signature":"\\u0000"}',
    "NaN": b'{"count":NaN}',
    "infinity": b'{"count":-Infinity}',
    "a fraction": b'{"count":1.0}',
    "a huge number": b'{"count":' + b"9" * 100_000 + b"}",
    "an exponent": b'{"count":1e999999}',
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "a member twice": b'{"count":1,"count":2}',
    "null": b"null",
    "a list": b"[]",
    "text": b'"x"',
    "true": b"true",
    "an object of nothing": b"{}",
    "an object of all": json.dumps(
        {"statement": {"kind": "x"}, "answers": [], "items": [], "guideline": "", "count": 0, "name": "", "offer": {}}
    ).encode(),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"count":1}'.encode("utf-16"),
    "gzip": gzip.compress(b'{"count":1}'),
}


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_no_bytes_make_a_route_fail(market: Market, method: str, path: str):
    before = market.trace()
    for name, body in BODIES.items():
        for headers in (JSON, {}, {"Content-Type": "text/plain"}, {**JSON, "Content-Encoding": "gzip"}):
            answer = market.http.request(method, path, content=body, headers=headers)
            assert answer.status_code < 500, (name, headers, answer.text[:300])
            if answer.status_code >= 400:
                error(answer)
            else:
                assert path in ("/v1/auth/nonce", "/rpc"), (name, answer.text[:300])
    after = market.trace()
    assert {name: rows for name, rows in after[0].items() if name != "nonces"} == {
        name: rows for name, rows in before[0].items() if name != "nonces"
    }
    assert after[1] == before[1]


def test_a_compressed_body_is_refused_before_it_is_read(market: Market):
    bomb = gzip.compress(b" " * (64 * 2**20))
    answer = market.http.post("/v1/submissions", content=bomb, headers={**JSON, "Content-Encoding": "gzip"})
    assert answer.status_code == 415
    assert error(answer)["code"] == "encoding_unknown"
    plain = market.http.post("/v1/auth/nonce", content=b"{}", headers={**JSON, "Content-Encoding": "identity"})
    assert plain.status_code == 200


MEMBERS: list[tuple[str, Any]] = [
    ("author", "0x" + "g" * 40),
    ("author", "0x" + "A" * 40),
    ("time", True),
    ("time", -1),
    ("time", 2**53),
    ("time", "1"),
    ("version", 2),
    ("version", True),
    ("kind", "poem"),
    ("kind", "verdicts"),
    ("kind", "x\x00"),
    ("key", "account"),
    ("key", "AB" * 32),
    ("signature", "ab" * 65),
    ("signature", ""),
    ("body", []),
    ("body", {}),
    ("body", {"commitments": ["ab" * 32], "guideline": 1, "order": "\ud800"}),
    ("body", {"commitments": [HASH], "guideline": 1, "order": HASH, "more": 1}),
    ("body", {"commitments": [HASH] * 501, "guideline": 1, "order": HASH}),
    ("body", {"commitments": HASH, "guideline": 1, "order": HASH}),
    ("body", {"text": "x" * 70_000}),
]


@pytest.mark.parametrize(("member", "value"), MEMBERS)
def test_a_bent_statement_is_refused_with_its_place(market: Market, member: str, value: Any):
    body = submission(market.person("worker", "work"), HASH, [(0, GOOD)])
    body["statement"][member] = value
    before = market.trace()
    answer = market.http.post(
        "/v1/submissions", content=json.dumps(body).encode("utf-8", "surrogatepass"), headers=JSON
    )
    said = error(answer)
    assert said["code"] in ("malformed", "wrong_kind", "unknown_order")
    assert answer.status_code in (400, 404, 422)
    assert market.trace() == before


PATHS = [
    "/public/../../etc/passwd",
    "/public/%2e%2e/%2e%2e/etc/passwd",
    "/public/..%2f..%2fnode/node.sqlite",
    "/public//etc/passwd",
    "/public/%00",
    "/public/%ff%fe",
    "/public/evidence/",
    "/public/evidence",
    "/public/./node.json",
    "/public/..\\..\\x",
    "/public/log/../../private",
    "/public/" + "a" * 399,
    "/public/" + "a" * 401,
    "/public/" + "a/" * 190,
    "/log/../node.json",
    "/log/%2e%2e/node.json",
    "/log/..%5cnode.json",
    "/log/tile/0/000/",
    "/log/",
    "/public/",
    "/log/%F0%9F",
    "/nothing",
    "/v1",
    "/v1/",
    "/v1/orders/",
    "/v1/node/",
    "/v1//node",
    "/v2/node",
    "/v1/orders/" + "AB" * 32,
    "/v1/orders/../node",
    "/v1/orders/%00",
    "/v1/accounts/0x12",
    f"/v1/releases/{HASH}/files/..%2f..%2fkeys",
    f"/v1/releases/{HASH}/files/%00",
    "/v1/licences/0",
    "/v1/licences/99999999999999999999",
    "/v1/licences/-1",
    "/v1/orders?cursor=-1",
    "/v1/orders?cursor=9007199254740992",
    "/v1/orders?limit=0",
    "/v1/orders?limit=201",
    "/v1/orders?cursor=abc",
    "/v1/statements?kind=%00",
    "/v1/statements?author=0x1",
    f"/v1/log/inclusion?statement={HASH}",
    "/v1/log/inclusion",
    "/v1/log/consistency?first=2&second=1",
    "/v1/log/consistency?first=1&second=999999",
]


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_out_or_breaks(market: Market, path: str):
    status, body = raw(market, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode("latin-1"))
    assert 400 <= status < 500, (status, body[:200])
    assert set(json.loads(body)) == {"error"}


def test_every_method_on_every_route_speaks_the_one_shape(market: Market):
    paths = {path for _, path in ROUTES} | {
        "/",
        "/v1/node",
        "/v1/orders",
        "/public/node.json",
        "/log/checkpoint",
        "/no",
    }
    for path in sorted(paths):
        for method in ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
            answer = market.http.request(method, path)
            assert answer.status_code < 500, (method, path)
            if answer.status_code >= 400:
                if method == "HEAD":
                    assert answer.content == b""
                else:
                    error(answer)
            if answer.status_code == 405:
                assert answer.headers["allow"]


def test_head_of_a_public_file_has_its_length_and_no_body(market: Market):
    whole, head = market.http.get("/public/node.json"), market.http.head("/public/node.json")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))


@pytest.mark.parametrize("name", ["Idempotency-Key", "Authorization", "X-Whatever"])
@pytest.mark.parametrize(
    "value", [b"\xff\xfe", b"a b", b"x" * 129, b"Bearer \xc3\x28", b"Bearer " + b"t" * 5000, b"", b"\t"]
)
def test_no_header_breaks_a_request(market: Market, name: str, value: bytes):
    head = b"POST /v1/delegations HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
    status, body = raw(market, head + name.encode() + b": " + value + b"\r\nContent-Length: 2\r\n\r\n{}")
    assert 400 <= status < 500
    assert set(json.loads(body)) == {"error"}


def test_random_bytes_on_the_wire_break_nothing(market: Market):
    dice = random.Random(7)
    for _ in range(30):
        junk = dice.randbytes(dice.randrange(1, 400))
        raw(market, dice.choice([b"", b"POST /v1/uses HTTP/1.1\r\nHost: x\r\n", b"GET /public/"]) + junk + b"\r\n\r\n")
    assert market.http.get("/v1/node").status_code == 200


def raw(market: Market, data: bytes) -> tuple[int, bytes]:
    """Send bytes as they are; return the status (0 for none) and the body."""
    with socket.create_connection(("127.0.0.1", market.port), timeout=0.5) as wire:
        wire.sendall(data)
        answer = b""
        with contextlib.suppress(TimeoutError, ConnectionResetError):
            while piece := wire.recv(65536):
                answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    status = head.split(b" ", 2)[1:2]
    assert not status or status[0] != b"500", answer[:300]
    return (int(status[0]) if status and status[0].isdigit() else 0), body


CHECKS = [not_a_server_error, status_code_conformance, response_schema_conformance, response_headers_conformance]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_what_the_schema_says_is_what_is_answered(market: Market, mode: GenerationMode):
    schema = schemathesis.openapi.from_dict(create_app(market.node).openapi())
    token = market.signed_in("worker", "work")._token
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=20,
            derandomize=True,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            answer = case.call(base_url=market.url, headers={"Authorization": f"Bearer {token}"})
            case.validate_response(answer, checks=CHECKS)
            if answer.status_code >= 400 and case.method != "HEAD":  # an answer to HEAD has no body
                kind = {"content-type": answer.headers["content-type"][0]}
                error(httpx.Response(answer.status_code, headers=kind, content=answer.content))

        asked = [each for each in operation.iter_parameters() if each.name != "authorization"]
        if mode is GenerationMode.NEGATIVE and not asked and not operation.body:
            continue  # nothing in it can be wrong: who asks is said by any text or none
        ask()
