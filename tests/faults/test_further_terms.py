"""A further version of a pool's terms, and a node killed between hearing of it and saying it; texts that are missing or do not fit."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from world import mismatches, open_pool, opened, secret
from world import terms as first_terms

from hakari.adapters.sql.chain import Chain as Heard
from hakari.adapters.sql.statements import Statements
from hakari.app import Node, amending, checking, hearing, pools, rounds
from hakari.app.promises import log_id
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.core.errors import HakariError
from hakari.doors.cli.main import cli
from hakari.people.wallets import address_of

ROLES = tuple(address_of(secret(name)) for name in ("arbiter", "court"))


class Killed(BaseException):
    """The process is gone."""


def settled(node: Node) -> None:
    while rounds.round_(node):
        continue


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    made = opened(tmp_path)
    open_pool(made)
    settled(made)
    yield made
    made.close()


def second(node: Node, **other: Json) -> dict[str, Json]:
    return {**first_terms(node), "licence": "another", **other}


def bound(node: Node, terms: dict[str, Json], *, version: int = 2, **other: Any) -> str:
    """Bind a version of the first pool's terms on chain, as its creator may until the first order. Returns its hash."""
    digest = hashlib.sha256(canonical.encode(terms)).hexdigest()
    log = bytes.fromhex(other.get("log", log_id(node)))
    args = [1, version, bytes.fromhex(digest), *ROLES, other.get("cap", 500), (log, 0, other.get("derive", 0))]
    who = node.keys.secret("operator")
    nonce = node.chain.nonce(address_of(who))
    signed = node.chain.sign_call(who, node.contracts, "pools", "publish_terms", args, nonce=nonce)
    node.chain.send(signed.raw)
    receipt = node.chain.receipt(signed.hash)
    assert receipt is not None
    assert receipt.status
    return digest


def said(node: Node) -> list[dict[str, Any]]:
    return amending.show(node, 1)["items"]  # type: ignore[return-value]


def waits(node: Node) -> list[tuple[int, str]]:
    return [(each["version"], each["why"]) for each in amending.show(node, 1)["waiting"]]  # type: ignore[union-attr]


@pytest.mark.parametrize("where", ["before the note is kept", "before it is looked past", "before it is said"])
def test_a_node_killed_before_it_says_a_version_says_it_once_when_it_is_back(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    terms = second(node)
    amending.draft(node, 1, terms, arbiter=ROLES[0], court=ROLES[1])
    bound(node, terms)
    with monkeypatch.context() as cut:

        def killed(*_: Any, **__: Any) -> None:
            raise Killed

        if where == "before the note is kept":
            cut.setattr(amending, "bind", killed)
        elif where == "before it is looked past":
            whole = Heard.set_mark
            cut.setattr(
                Heard,
                "set_mark",
                lambda this, name, *a, **k: killed() if name == pools.FOUND else whole(this, name, *a, **k),
            )
        else:
            cut.setattr(Statements, "add", killed)
        with pytest.raises(Killed):
            settled(node)
    node.close()
    back = opened(tmp_path)
    try:
        settled(back)
        assert [each["version"] for each in said(back)] == [1, 2]
        assert said(back)[1]["terms"] == terms
        assert waits(back) == []
        assert mismatches(checking.check(str(tmp_path / "public"))) == []
    finally:
        back.close()


def test_a_text_that_anyone_hands_in_later_is_said(node: Node) -> None:
    terms = second(node)
    digest = bound(node, terms)
    settled(node)
    assert waits(node) == [(2, "text_missing")]
    with pytest.raises(amending.StrangeTerms, match=digest):
        amending.hand_in(node, 1, {**terms, "licence": "yet another"})
    assert amending.hand_in(node, 1, terms) == 2
    settled(node)
    assert [each["version"] for each in said(node)] == [1, 2]
    with pytest.raises(amending.StrangeTerms, match="none now"):
        amending.hand_in(node, 1, terms)


@pytest.mark.parametrize(
    ("other", "why"),
    [({"log": "ab" * 32}, "another_log"), ({"derive": 7}, "text_unfit"), ({"cap": 499}, "text_unfit")],
)
def test_a_version_that_would_be_a_lie_is_not_said(node: Node, other: dict[str, Any], why: str) -> None:
    terms = second(node)
    amending.draft(node, 1, terms, arbiter=ROLES[0], court=ROLES[1])
    bound(node, terms, **other)
    settled(node)
    assert waits(node) == [(2, why)]
    assert [each["version"] for each in said(node)] == [1]


def test_a_version_after_one_that_nobody_has_the_text_of_is_said(node: Node) -> None:
    bound(node, second(node, licence="lost"))
    terms = second(node)
    amending.draft(node, 1, terms, arbiter=ROLES[0], court=ROLES[1])
    bound(node, terms, version=3)
    settled(node)
    assert [each["version"] for each in said(node)] == [1, 3]
    assert waits(node) == [(2, "text_missing")]


def test_terms_that_a_pool_can_not_have_are_refused(node: Node) -> None:
    for terms in ({"fee_bps": 1}, {**second(node), "sale_split": {"contributors": 1, "fee": 1, "originator": 1}}):
        with pytest.raises(HakariError) as refused:
            amending.hand_in(node, 1, terms)  # type: ignore[arg-type]
        assert refused.value.code == "malformed"
    with pytest.raises(HakariError, match="three different"):
        amending.draft(node, 1, second(node), arbiter=ROLES[0], court=ROLES[0])


@pytest.mark.filterwarnings("ignore:HAKARI_PASSPHRASE is not set")
def test_terms_are_drafted_by_a_command_at_a_stopped_node(tmp_path: Path) -> None:
    made = opened(tmp_path)
    open_pool(made)
    settled(made)
    wanted = second(made)
    made.close()
    file = tmp_path / "terms.json"
    file.write_text(json.dumps(wanted))
    people = ("--arbiter", ROLES[0], "--court", ROLES[1], "--dir", str(tmp_path))
    drafted = CliRunner().invoke(cli, ["pool", "draft", "1", str(file), *people])
    assert drafted.exit_code == 0, drafted.stderr
    motion = json.loads(drafted.stdout)
    assert (motion["version"], motion["hash"]) == (2, hashlib.sha256(canonical.encode(wanted)).hexdigest())
    file.write_text("{")
    refused = CliRunner().invoke(cli, ["pool", "draft", "1", str(file), *people])
    assert (refused.exit_code, refused.stdout) == (2, "")
    # The text is kept: a version that the chain binds is said by the node that is started again.
    again = opened(tmp_path)
    bound(again, wanted)
    settled(again)
    assert [each["hash"] for each in said(again)][1:] == [motion["hash"]]
    again.close()


def test_hearing_twice_says_nothing_twice(node: Node) -> None:
    terms = second(node)
    amending.draft(node, 1, terms, arbiter=ROLES[0], court=ROLES[1])
    bound(node, terms)
    hearing.hear(node)
    for _ in range(3):
        pools.found(node)
        amending.say(node)
    assert [each["version"] for each in said(node)] == [1, 2]
