"""Who can do what: made from chain and settings, and said in every language."""

import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from life import Life
from world import secret

from hakari.app import open_node, pools, rounds, trust
from hakari.app.node import Node
from hakari.config import Settings
from hakari.doors.web.languages import LANGUAGES, catalogue
from hakari.people.wallets import address_of

GAPS = {
    "no_jury",
    *("own_chain", "own_randomness", "test_money", "judge_is_operator", "one_judge", "single_keys"),
    *("hidden_evidence", "no_witness", "one_intake", "one_store", "own_pages", "issuer"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_names_every_role_and_every_gap_in_every_language(lived: Life, language: str) -> None:
    page = lived.browser().get("/explore/trust", headers={"Accept-Language": language})
    assert page.status_code == 200
    assert page.text.count("<h1") == 1
    assert page.text.count("<h3") == len(trust.RULES)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|<[a-z][^>]*\s(style|on[a-z]+)=", page.text)


def test_holders_are_those_of_the_chain(lived: Life) -> None:
    found = trust.trust(lived.node)
    held = {role.name: [each.account for each in role.holders] for role in found.roles}
    assert held["operator"] == [lived.node.operator]
    assert held["arbiter"] == [address_of(secret("arbiter"))]
    assert held["court"] == [address_of(secret("court"))]
    assert held["treasury"] == [lived.node.account("treasury")]
    assert held["guardian"] == [None]
    assert held["token"] == [lived.node.contracts.payment_token]
    assert found.asked
    token = next(role for role in found.roles if role.name == "token")
    assert token.holders[0].contract
    log = next(role for role in found.roles if role.name == "log")
    assert log.key == lived.node.signer.verifier.text


def test_the_api_says_the_same_as_the_page(lived: Life) -> None:
    found = lived.browser().get("/v1/trust").json()
    assert found == trust.plain(trust.trust(lived.node))
    assert {role["role"] for role in found["roles"]} == set(trust.RULES)
    [court] = [role["holders"] for role in found["roles"] if role["role"] == "court"]
    assert court == [{"account": address_of(secret("court")), "contract": False, "pool": 1}]


def test_the_command_line_says_it_in_words(lived: Life) -> None:
    command = [sys.executable, "-m", "hakari.doors.cli.main", "trust", "--url", lived.world.url]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert shown.returncode == 0, shown.stderr
    said = " ".join(shown.stderr.split())
    assert address_of(secret("court")) in said
    assert "No open jury rules yet" in said
    assert "have the last word if anyone appeals" in said


def test_gaps_are_those_of_this_chain_and_these_terms(lived: Life) -> None:
    gaps = {gap.name: gap.pools for gap in trust.trust(lived.node).gaps}
    assert {"own_chain", "own_randomness", "test_money", "single_keys", "hidden_evidence", "no_witness"} <= set(gaps)
    assert not {"judge_is_operator", "one_judge", "issuer"} & set(gaps)
    assert gaps["single_keys"] == [1]


def _node(folder: Path) -> Node:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return open_node(Settings(dir=folder))


def test_an_operator_that_judges_itself_is_named(tmp_path: Path) -> None:
    node = _node(tmp_path)
    terms = {
        "evidence": "open",
        "fee_account": node.account("treasury"),
        "fee_bps": 0,
        "licence": "CC0",
        "operator": node.operator,
        "sale_split": {"contributors": 10_000, "fee": 0, "originator": 0},
    }
    pools.open_pool(node, name="Own", terms=terms, arbiter=node.account("relayer"), court=address_of(secret("court")))
    for _ in range(20):
        rounds.round_(node)
        rounds.number(node)
        with node.store.reading() as book:
            if book.orders.pools():
                break
    gaps = {gap.name: gap.pools for gap in trust.trust(node).gaps}
    node.close()
    assert gaps["judge_is_operator"] == [1]
    assert "hidden_evidence" not in gaps


def test_every_ability_and_every_gap_has_its_sentences() -> None:
    english = catalogue("en")
    wanted = {f"trust.can.{each}" for can, _ in trust.RULES.values() for each in can}
    wanted |= {f"trust.never.{each}" for _, never in trust.RULES.values() for each in never}
    wanted |= {f"trust.role.{name}" for name in trust.RULES} | {f"trust.role.{name}.is" for name in trust.RULES}
    wanted |= {f"trust.gap.{name}{part}" for name in GAPS for part in ("", ".means", ".less")}
    assert not wanted - set(english)
    source = Path(trust.__file__).read_text("utf-8")
    assert set(re.findall(r'(?:Gap\(name=|_about\()"(\w+)"', source)) == GAPS
