"""The operator's pages: who may see them, what they say, and that they hold no secret."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from life import Life
from starlette.testclient import TestClient

from hakari.app import Node, open_node, operator
from hakari.config import Settings
from hakari.doors.api import create_app
from hakari.doors.web.languages import LANGUAGES


@contextmanager
def opened(folder: Path, *, clock: Callable[[], int] | None = None, **settings: str) -> Iterator[Node]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        node = open_node(Settings(dir=folder, **settings), clock=clock)
    yield node
    node.close()


def at(node: Node, *, peer: str = "127.0.0.1", **headers: str) -> TestClient:
    return TestClient(
        create_app(node),
        base_url="http://127.0.0.1:8080",
        client=(peer, 5000),
        headers={"Accept": "text/html", **headers},
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_machine_itself_sees_health_and_set_up_in_every_language(tmp_path: Path, language: str) -> None:
    with opened(tmp_path) as node:
        browser = at(node, **{"Accept-Language": language})
        for path in ("/operator", "/operator/setup"):
            answer = browser.get(path)
            assert answer.status_code == 200
            assert answer.text.count("<h1") == 1


@pytest.mark.parametrize(
    "headers", [{"X-Forwarded-For": "203.0.113.9"}, {"Via": "1.1 proxy"}, {"Host": "evil.example"}]
)
def test_what_came_through_a_proxy_or_by_another_name_sees_nothing(tmp_path: Path, headers: dict[str, str]) -> None:
    with opened(tmp_path) as node:
        for path in ("/operator", "/operator/setup"):
            assert at(node, **headers).get(path).status_code == 403
            assert at(node, peer="203.0.113.9").get(path).status_code == 403


def test_with_a_public_address_the_machine_itself_does_not_suffice(tmp_path: Path) -> None:
    with opened(tmp_path, public_url="https://node.example") as node:
        assert at(node).get("/operator").status_code == 403


def test_a_stranger_who_is_signed_in_sees_nothing_and_the_operator_does(lived: Life) -> None:
    assert lived.browser("ada").get("/operator").status_code == 403
    operator.check_sight(lived.node, lived.node.operator, peer="203.0.113.9", host="node.example", forwarded=True)
    with pytest.raises(operator.NotOperator):
        operator.check_sight(lived.node, None, peer="203.0.113.9", host="localhost", forwarded=False)


def test_the_pages_hold_no_secret(tmp_path: Path) -> None:
    with opened(tmp_path, chain_key="ab" * 32) as node:
        pages = "".join(at(node).get(path).text for path in ("/operator", "/operator/setup"))
        secrets = [node.keys.secret(name).hex() for name in ("log", "operator", "session", "relayer", "salts")]
        secrets.append((tmp_path / "node" / "keys" / "passphrase").read_text().strip())
        assert not [secret for secret in secrets if secret in pages]
        assert "HAKARI_CHAIN_KEY" in pages


def test_the_set_up_page_names_what_is_missing_and_what_is_there(tmp_path: Path) -> None:
    with opened(tmp_path) as node:
        left = {step.name for step in operator.steps(node) if not step.done}
        assert {"passphrase", "public_url", "https", "pool", "legal_terms", "profile", "chain", "token"} <= left
        (tmp_path / "legal").mkdir()
        (tmp_path / "legal" / "terms.ja.md").write_text("# 規約")
        assert {step.name for step in operator.steps(node) if step.done} >= {"legal_terms"}


def test_a_node_without_a_worker_says_so_and_one_with_a_worker_does_not(tmp_path: Path, lived: Life) -> None:
    with opened(tmp_path) as node:
        worker = next(sign for sign in operator.health(node).signs if sign.name == "worker")
        assert worker.level == "bad"
        assert "No worker is at work" in at(node).get("/operator").text
    signs = {sign.name: sign.level for sign in operator.health(lived.node).signs}
    assert (signs["worker"], signs["chain"], signs["fuel"], signs["session"]) == ("good", "good", "good", "good")


def test_an_order_that_nobody_answers_and_one_that_is_over_are_stuck_and_a_fresh_one_is_not(lived: Life) -> None:
    with lived.node.store.reading() as book:
        row = book.orders.get(lived.open)
        assert row is not None
        assert operator.stuck(lived.node.clock(), book, row) is None
        idle = operator.stuck(lived.node.clock() + 2 * operator.DAY_S, book, row)
        over = operator.stuck(row.deadline + operator.DAY_S, book, row)
    assert idle is not None
    assert over is not None
    assert (idle.why, over.why) == ("idle", "over")
