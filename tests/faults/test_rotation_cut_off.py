"""The operator's key replaced, and killed after every single step: the next start goes on where the last one stopped."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from world import mismatches, open_pool, opened

from hakari.adapters.evm.chain import Chain
from hakari.adapters.keys import Keys
from hakari.adapters.sql.statements import Statements
from hakari.app import Node, checking, rotate, rounds, succession
from hakari.people.wallets import address_of

PASSPHRASE = "of these tests"


class Killed(BaseException):
    """The process is gone."""


class Axe:
    """Kills after the first step that an attempt takes, unless it is told to rest."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.steps: list[str] = []
        for kind, name in ((Chain, "send"), (Keys, "promote"), (Keys, "stage"), (Statements, "add")):
            self._strike(patch, kind, name)

    def _strike(self, patch: pytest.MonkeyPatch, kind: type, name: str) -> None:
        whole: Callable[..., Any] = getattr(kind, name)

        def struck(this: Any, *args: Any, **more: Any) -> Any:
            there = name == "stage" and this.staged(args[0]) is not None
            found = whole(this, *args, **more)
            what = (
                f"{name} {args[0].kind} {args[0].author}"
                if name == "add"
                else f"{name} {args[0] if name != 'send' else ''}"
            )
            if not there and self.steps.count(what) < (1 if name != "send" else 5):
                self.steps.append(what)
                raise Killed(what)
            return found

        patch.setattr(kind, name, struck)


def settled(node: Node) -> None:
    while rounds.round_(node):
        continue


@pytest.fixture
def before(tmp_path: Path) -> Path:
    node = opened(tmp_path, passphrase=PASSPHRASE)
    try:
        open_pool(node)
        settled(node)
    finally:
        node.close()
    return tmp_path


def test_a_rotation_that_is_killed_after_every_step_is_finished_by_the_starts_after_it(
    before: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = opened(before, passphrase=PASSPHRASE)
    old, settings = node.operator, node.settings
    node.close()
    axe = Axe(monkeypatch)
    attempts = 0
    begin: Callable[[], Node | None] = lambda: rotate(settings, "operator")  # noqa: E731 the first by command, the rest by start
    while True:
        attempts += 1
        assert attempts < 40, axe.steps
        try:
            node = begin()
        except Killed:
            begin = lambda: succession.open_node(settings)  # noqa: E731
            continue
        if node is not None:
            break
        begin = lambda: succession.open_node(settings)  # noqa: E731
    monkeypatch.undo()
    try:
        # coin, a pool and the log in two steps each; what is said is one transaction, cut off in each of its statements
        assert axe.steps.count("send ") == 5
        for step in ("stage operator", "stage session", "promote session", "promote operator"):
            assert step in axe.steps
        for step in ("add chain", "add node", "add delegation", "add revocation"):
            assert any(each.startswith(step) for each in axe.steps), axe.steps
        settled(node)
        new = node.operator
        assert new != old
        assert str(node.chain.call(node.contracts, "pools", "operator", ["1"])).lower() == new
        with node.store.reading() as book:
            said = [each.body.get("operator", each.author) for each, _ in book.statements.about("node")]
            live = [
                key.account for key in (*book.statements.keys_of(old), *book.statements.keys_of(new)) if not key.revoked
            ]
        assert said == [old, new]
        assert live == [new]
        assert [address_of(node.keys.secret(name)) for name in node.keys.former("operator")] == [old]
        # What the old account held is the new one's.
        held = {each: int(node.chain.call(node.contracts, "payment_token", "balanceOf", [each])) for each in (old, new)}
        assert held == {old: 0, new: 2 * 10**12}
        assert mismatches(checking.check(str(before / "public"))) == []
    finally:
        node.close()
