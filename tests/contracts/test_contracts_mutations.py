"""Break the contracts one line at a time: a mutant that no test notices is a hole in the tests."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from evm_chain import SHIPPED

HERE = Path(__file__).resolve().parent
HOME = HERE.parents[1]

TESTS = {
    "payouts": ["bounds", "plain_road", "disputes", "attacks", "proofs", "registry", "signatures"],
    "escrow": ["bounds", "plain_road", "attacks", "licences", "registry"],
    "proofs": ["false_proofs", "proofs"],
    "stakes": ["slash_ladder", "stakes", "attacks"],
    "licences": ["licences", "bounds", "votes", "attacks"],
    "pools": ["votes", "registry", "hand_over", "bounds"],
    "anchor": ["registry", "hand_over", "consistency"],
    "payment_token": ["licences", "signatures", "plain_road"],
    "tree": ["proofs", "plain_road"],
    "signatures": ["signatures", "plain_road"],
}

# contract, the line as it is, and as it would be if its author had slept
MUTANTS = [
    ("payouts", '    if state == PENDING:\n        assert due, "wait"', "    if state == PENDING:"),
    ("payouts", "return block.timestamp >= since + DEAD", "return False"),
    ("payouts", "return block.timestamp >= since + DEAD", "return True"),
    ("payouts", "    if history >> 160 >= 2:\n        return True\n", ""),
    ("payouts", 'assert block.timestamp > self._deadline(word), "wait"', 'assert False, "wait"'),
    ("payouts", "(history & (2**72 - 1))", "((history & MASK32) | (block.timestamp << 32))"),
    ("payouts", "return block.timestamp < self._ended_at(self._history[pool]) + GRACE", "return False"),
    ("payouts", "    if why != BY_PROOF:", "    if True:"),
    ("payouts", " + block.timestamp - opened", ""),
    ("payouts", "found.h == record.root and found.s == record.meta & MASK96", "found.h == record.root"),
    ("payouts", "assert len(leaf.path) == (record.meta >> 96) & 255", "assert True"),
    ("payouts", "self.nonces[leaf.account] = nonce + 1", "pass"),
    ("payouts", "assert checkpoint_size >= self._epochs[pool][n].meta >> 136", "assert True"),
    ("payouts", "    self._credit(resolver, pool, bond // 2)", "    pass"),
    (
        "payouts",
        "        self._credit(convert(challenge & MASK160, address), pool, bond)\n        if (word",
        "        if (word",
    ),
    ("payouts", "assert (money >> 128) + amount <= money & MASK128", "assert True"),
    ("payouts", '    elif state == UPHELD:\n        assert due, "wait"', "    elif state == UPHELD:"),
    ("payouts", "        assert due and over", "        assert due"),
    ("payouts", "        assert due and over", "        assert over"),
    ("payouts", "    assert paid == total", "    assert paid >= total"),
    ("payouts", "    assert paid == total", "    assert paid <= total"),
    ("payouts", "        assert pull.order > last", "        assert pull.order >= last"),
    ("payouts", "    assert keccak256(abi_encode(pulls)) == self._pulls[pool]", "    assert True"),
    ("payouts", '    assert cumulative > had, "nothing"', '    assert cumulative >= had, "nothing"'),
    ("payouts", '    assert fee < amount, "fee"', "    pass"),
    ("payouts", 'assert msg.sender == self.proofs, "auth"', "pass"),
    ("payouts", "assert msg.sender not in [roles.arbiter, roles.court]", "assert True"),
    ("payouts", "    if state != UPHELD:", "    if True:"),
    ("escrow", '    assert not staticcall Payouts(self.payouts).busy(pool), "busy"', "    pass"),
    ("escrow", "    kept: uint256 = back & MASK96", "    kept: uint256 = 0"),
    ("escrow", "if (who >> 240) & 3 == 3 and", "if (who >> 240) & 3 != 0 and"),
    ("escrow", "assert pay <= self._vested(who, when, money) - (money >> 96)", "assert True"),
    ("escrow", "        now = min(now, self._time(when, 72))", "        pass"),
    (
        "escrow",
        '    payouts: address = self.payouts\n    assert msg.sender == payouts, "auth"',
        "    payouts: address = self.payouts",
    ),
    (
        "escrow",
        '    assert staticcall IERC20(TOKEN).balanceOf(self) - before == amount * SCALE, "short"\n\n\n@internal',
        "\n\n@internal",
    ),
    ("escrow", "abi_encode(chain.id, self, pool, terms_version", "abi_encode(chain.id, self, terms_version"),
    ("escrow", "assert self._kind(who) != 0 and self._pool_of(who) == pool", "assert self._kind(who) != 0"),
    ("escrow", "assert when & (2**32 - 1) == terms_version", "assert True"),
    ("escrow", "    assert reserved <= self._left(self._money[order], back)", "    assert True"),
    ("escrow", "(reserved - min(reserved, pay + free))", "(reserved - min(reserved, pay))"),
    ("escrow", "self._time(self._when[order], 72) + ABANDON", "self._time(self._when[order], 72)"),
    ("escrow", 'assert msg.sender == self.licences, "auth"', "pass"),
    ("proofs", " and len(x.path) == len(y.path)", ""),
    (
        "proofs",
        "convert(a.account, uint256) >= convert(b.account, uint256)",
        "convert(a.account, uint256) > convert(b.account, uint256)",
    ),
    ("proofs", '        assert later.index > index, "right"', "        pass"),
    ("proofs", '    assert new.prev != old.prev + old.inc, "right"', "    pass"),
    ("proofs", '        assert b.index == a.index + 1, "edge"', "        pass"),
    ("proofs", '        assert a.index + 1 == 1 << len(a.path), "edge"', "        pass"),
    ("proofs", '        assert who < convert(b.account, uint256), "edge"', "        pass"),
    ("proofs", '    assert total != leaf.inc, "right"', "    pass"),
    ("proofs", '    assert new.prev > 0, "right"', "    pass"),
    ("tree", '    assert bits == 0, "index"', "    pass"),
    ("tree", "        total += step.s", "        total = total"),
    ("signatures", "    if s > HALF_N or s == 0:", "    if s == 0:"),
    ("signatures", "or self._delegated(signer)", ""),
    ("signatures", "convert(back, bytes32) == convert(MAGIC, bytes32)", "True"),
    ("stakes", "min(cooling, active + cooling - self._frozen[msg.sender])", "cooling"),
    ("stakes", "SLASH, amount - reward, 0", "SLASH, amount, 0"),
    (
        "stakes",
        "cool_at: uint256 = block.timestamp + UNSTAKE",
        "cool_at: uint256 = max(word >> 192, UNSTAKE + block.timestamp * (1 - min(word >> 192, 1)))",
    ),
    ("stakes", "exposure - min(exposure & MASK96, amount)", "exposure"),
    ("stakes", "    self._exposure[self._appeal[id] >> 160][account] -= amount << 96", "    pass"),
    ("stakes", "        at = block.timestamp + UNSTAKE", "        pass"),
    ("stakes", 'assert frozen + amount <= (word & MASK96) + self._cooling(word), "short"', "pass"),
    ("stakes", 'assert pending <= exposure & MASK96, "limit"', "pass"),
    ("stakes", "        version = word >> 192", "        pass"),
    ("stakes", "    self._return_contest(id, case, bond)\n    self._prize", "    self._prize"),
    ("stakes", "min(self._cooling(word), taken)", "0"),
    ("licences", "    if purpose == 0 or purpose & (purpose - 1) != 0:", "    if purpose == 0:"),
    ("licences", '    assert self.offers[self.licence[id].offer].resale, "locked"', "    pass"),
    (
        "licences",
        "abi_encode(chain.id, self, offer, to, authorisation",
        "abi_encode(chain.id, self, offer, authorisation",
    ),
    ("licences", '    assert terms.price <= max_price, "price"', "    pass"),
    ("licences", "block.timestamp >= right.expires", "block.timestamp > right.expires"),
    ("licences", '        assert parent.share_bps >= asked.derive_bps, "share"', "        pass"),
    ("licences", "    if scope == WITHDRAWAL and right.order > 0:", "    if right.order > 0:"),
    ("licences", "terms.purposes > 0 and terms.pool == pool", "terms.purposes > 0"),
    ("pools", 'assert (state.yes + state.no) * 100 >= state.shares_total * QUORUM_PERCENT, "quorum"', "pass"),
    ("pools", "block.timestamp + TIMELOCK_DAYS * DAY", "block.timestamp"),
    ("pools", '    assert not self.voted[vote][share.account], "voted"', "    pass"),
    (
        "pools",
        "snapshot_epoch > 0 and snapshot_epoch == staticcall Payouts(self.payouts).epoch_count(pool)",
        "snapshot_epoch > 0",
    ),
    (
        "pools",
        'assert state.yes * 3 >= (state.yes + state.no) * 2, "majority"',
        'assert state.yes > state.no, "majority"',
    ),
    ("pools", '    assert spent <= had, "short"', "    pass"),
    ("pools", "    assert court != self and arbiter != self", "    assert True"),
    ("pools", "block.timestamp >= until + PAUSE * DAY", "block.timestamp >= until"),
    ("pools", '    assert operator != last.arbiter and operator != last.court, "roles"', "    pass"),
    ("pools", "    self.next_operator[pool] = empty(address)\n", ""),
    ("pools", "    self._set_operator(pool, msg.sender)", "    self.operator[pool] = msg.sender"),
    ("pools", "    self.next_operator[pool] = operator\n", "    self._set_operator(pool, operator)\n"),
    ("anchor", "    self.next_key[log_id] = key\n", "    self.key_of[log_id] = key\n"),
    ("anchor", "    self.next_key[log_id] = empty(address)\n", ""),
    ("anchor", '    assert size >= last, "size"', "    pass"),
    ("anchor", "len(proof) == 0 and self.root_at[log_id][last] == root", "len(proof) == 0"),
    ("anchor", "len(proof) == 0 and self.root_at[log_id][last] == root", "self.root_at[log_id][last] == root"),
    ("anchor", "    return s == 0 and a == first_root and b == second_root", "    return s == 0 and b == second_root"),
    ("anchor", "    return s == 0 and a == first_root and b == second_root", "    return s == 0 and a == first_root"),
    (
        "anchor",
        "    return s == 0 and a == first_root and b == second_root",
        "    return a == first_root and b == second_root",
    ),
    ("anchor", "        if s == 0:\n            return False\n", ""),
    ("anchor", "        if f & 1 == 1 or f == s:", "        if f & 1 == 1:"),
    ("anchor", "        if f & 1 == 1 or f == s:", "        if f == s:"),
    ("anchor", "                if f & 1 == 1 or f == 0:", "                if f & 1 == 1:"),
    ("anchor", "    if first & (first - 1) != 0:", "    if first & 1 != 0:"),
    ("payment_token", '    assert to == msg.sender, "caller"', "    pass"),
]


# Every assertion of these contracts outside their constructors is taken out, one at a time: what they refuse, a test must miss.
ASSERTING = ("payouts", "escrow", "proofs", "stakes", "licences", "pools", "anchor")


def assertions(contract: str) -> list[int]:
    """The lines (from 0) of a contract's assertions outside its constructor."""
    found, inside = [], ""
    for number, line in enumerate((HOME / "contracts" / f"{contract}.vy").read_text().splitlines()):
        if line.startswith("def "):
            inside = line[4 : line.index("(")]
        if inside != "__init__" and line.strip().startswith("assert "):
            found.append(number)
    return found


ALL_ASSERTIONS = [(contract, number) for contract in ASSERTING for number in assertions(contract)]


@pytest.fixture(scope="module")
def compiler() -> ModuleType:
    spec = importlib.util.spec_from_file_location("compile_contracts", HOME / "scripts" / "compile_contracts.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("contract", sorted({name for name, _, _ in MUTANTS}))
def test_every_mutation_still_fits_its_source(contract: str) -> None:
    source = (HOME / "contracts" / f"{contract}.vy").read_text()
    for name, old, new in MUTANTS:
        if name == contract:
            assert old in source, f"this line of {name} is gone, change the mutant: {old}"
            assert new != old


@pytest.mark.soak
@pytest.mark.parametrize("number", range(len(MUTANTS)), ids=lambda n: f"{MUTANTS[n][0]}-{n}")
def test_a_mutant_is_noticed(
    number: int, tmp_path: Path, compiler: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, old, new = MUTANTS[number]
    noticed(name, lambda source: source.replace(old, new, 1), f"{old!r} -> {new!r}", tmp_path, compiler, monkeypatch)


def test_the_assertions_are_found() -> None:
    assert len(ALL_ASSERTIONS) > 220
    for contract in ASSERTING:
        source = (HOME / "contracts" / f"{contract}.vy").read_text()
        assert 0 < len(assertions(contract)) <= source.count("\n    assert ") + source.count("\n        assert "), (
            contract
        )


@pytest.mark.soak
@pytest.mark.parametrize(("name", "line"), ALL_ASSERTIONS)
def test_an_assertion_taken_out_is_noticed(
    name: str, line: int, tmp_path: Path, compiler: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(source: str) -> str:
        lines = source.splitlines(keepends=True)
        indent = lines[line][: len(lines[line]) - len(lines[line].lstrip())]
        lines[line] = f"{indent}pass\n"
        return "".join(lines)

    noticed(name, broken, f"line {line + 1} without its assertion", tmp_path, compiler, monkeypatch)


def noticed(  # noqa: PLR0917 what pytest gives is passed on
    name: str,
    change: Callable[[str], str],
    what: str,
    tmp_path: Path,
    compiler: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Assert that the tests of a contract fail where its source is changed."""
    sources, artefacts = tmp_path / "contracts", tmp_path / "artefacts"
    shutil.copytree(HOME / "contracts", sources)
    shutil.copytree(SHIPPED, artefacts)
    broken = sources / f"{name}.vy"
    broken.write_text(change(broken.read_text()))
    monkeypatch.setattr(compiler, "SOURCES", sources)
    users = (
        [name]
        if name not in compiler.MODULES
        else [path.stem for path in sources.glob("*.vy") if f"\nimport {name}\n" in path.read_text()]
    )
    for user in users:
        (artefacts / f"{user}.json").write_text(compiler.text(compiler.compiled(sources / f"{user}.vy")))
    files = [str(HERE / f"test_contracts_{test}.py") for test in TESTS[name]]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-n0", "-p", "no:cacheprovider", *files],
        env={**os.environ, "MUTANT_ARTEFACTS": str(artefacts)},
        cwd=HOME,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, f"nobody noticed in {name}: {what}\n{done.stdout[-2000:]}"
