"""Who can do what here: every role, who holds its key, what it can and can never do, and what is not decentralised yet.

What a role can and can never do is fixed by the contracts (docs/reference/contracts.md); who holds it is asked from chain and settings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hakari.adapters.sql.store import Book
from hakari.app.node import Node
from hakari.core.canonical import Json
from hakari.core.errors import HakariError
from hakari.core.ids import Account
from hakari.pay.lines import NOBODY

POOLS_SHOWN = 20

RULES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "operator": (
        ("reserve", "propose", "publish", "licences"),
        ("settle_early", "claim_to_itself", "change_terms", "touch_claim"),
    ),
    "log": (("post", "promise"), ("shrink_log", "rewrite_past")),
    "session": (("say",), ("move_money",)),
    "relayer": (("send_claims",), ("redirect_claim",)),
    "arbiter": (("rule_first", "breach"), ("last_word", "propose_too")),
    "court": (("rule_last",), ("act_alone", "propose_too")),
    "guardian": (("stop_inflow",), ("stop_claim",)),
    "treasury": (("take_fees",), ("more_fees",)),
    "token": (("freeze",), ("touch_tree",)),
    "buyer": (("close", "refund"), ("take_reserved",)),
    "contributor": (("claim", "vote"), ("claim_more",)),
    "anyone": (("prove", "challenge", "claim_for", "propose_late"), ()),
}
"""Role → (what it can, what it can never), by names; the contracts hold both."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """Who holds a role. account: None where nobody does; contract: its address has code; pool: where it holds, None for all."""

    account: Account | None
    contract: bool = False
    pool: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Role:
    """A role with its holders, what it can and what it can never do. key: a public key that is no account's, else empty."""

    name: str
    holders: Sequence[Holder]
    can: Sequence[str]
    never: Sequence[str]
    key: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """Something that is not decentralised yet. `pools` are those that it is about, where it is about some."""

    name: str
    pools: Sequence[int] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Trust:
    """Roles in order of power, and gaps. asked: whether the chain answered; without it, holders' code is not known."""

    roles: Sequence[Role]
    gaps: Sequence[Gap]
    asked: bool
    chain_id: int
    embedded: bool


def plain(found: Trust) -> dict[str, Json]:
    """Return it as one JSON object: names for programs, whose sentences are in the pages' catalogue under `trust.`."""
    return {
        "asked": found.asked,
        "chain_id": found.chain_id,
        "embedded": found.embedded,
        "gaps": [{"gap": gap.name, "pools": list[Json](gap.pools)} for gap in found.gaps],
        "roles": [
            {
                "role": role.name,
                "holders": [
                    {"account": held.account, "contract": held.contract, "pool": held.pool} for held in role.holders
                ],
                "key": role.key,
                "can": list[Json](role.can),
                "never": list[Json](role.never),
            }
            for role in found.roles
        ],
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class _Pool:
    number: int
    operator: Account
    arbiter: Account
    court: Account
    treasury: Account
    evidence: str


def trust(node: Node) -> Trust:
    """Return who can do what, from the chain's events, the pools' terms, the chain's code and the settings."""
    with node.store.reading() as book:
        pools = _pools(book)
    guardian, asked = _guardian(node)
    code = _Code(node)
    made = {
        "operator": [Holder(account=each.operator, pool=each.number) for each in pools]
        or [Holder(account=node.operator)],
        "relayer": [Holder(account=node.account("relayer"))],
        "arbiter": [Holder(account=each.arbiter, pool=each.number) for each in pools],
        "court": [Holder(account=each.court, pool=each.number) for each in pools],
        "guardian": [Holder(account=guardian)],
        "treasury": [Holder(account=each.treasury, pool=each.number) for each in pools],
        "token": [Holder(account=node.contracts.payment_token)],
        "session": [Holder(account=node.operator)],
    }
    keys = {"log": node.signer.verifier.text}
    roles = [
        Role(
            name=name,
            holders=[code.marked(each) for each in _once(made.get(name, []))],
            can=can,
            never=never,
            key=keys.get(name, ""),
        )
        for name, (can, never) in RULES.items()
    ]
    return Trust(
        roles=roles,
        gaps=_gaps(node, pools, code),
        asked=asked and code.answered,
        chain_id=node.settings.chain_id,
        embedded=node.embedded is not None,
    )


def _once(holders: Sequence[Holder]) -> list[Holder]:
    """Return holders, one that holds a role in every pool named once."""
    accounts = {each.account for each in holders}
    if len(accounts) == 1 and len(holders) > 1:
        return [Holder(account=holders[0].account)]
    return list(holders)


def _pools(book: Book) -> list[_Pool]:
    found: list[_Pool] = []
    for row in book.orders.pools()[:POOLS_SHOWN]:
        having = ("pool", str(row.pool))
        said = book.chain.events(contract="pools", event="Terms", having=having)
        made = book.chain.events(contract="pools", event="Created", having=having)
        made += book.chain.events(contract="pools", event="OperatorChanged", having=having)
        terms = row.body["terms"]
        assert isinstance(terms, dict)  # the statement was checked
        if said and made:
            found.append(
                _Pool(
                    number=row.pool,
                    operator=Account(str(made[-1].args["operator"])),
                    arbiter=Account(str(said[-1].args["arbiter"])),
                    court=Account(str(said[-1].args["court"])),
                    treasury=Account(str(terms["fee_account"])),
                    evidence=str(terms["evidence"]),
                )
            )
    return found


def _guardian(node: Node) -> tuple[Account | None, bool]:
    try:
        found = str(node.chain.call(node.contracts, "pools", "GUARDIAN", [])).lower()
    except HakariError:
        return None, False
    return (None if found == NOBODY else Account(found)), True


class _Code:
    """Asks the chain, once for each address, whether it is a contract."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._known: dict[Account, bool] = {}
        self.answered = True

    def at(self, account: Account) -> bool:
        if account not in self._known:
            try:
                self._known[account] = bool(self._node.chain.code(account))
            except HakariError:
                self.answered = False
                return False
        return self._known[account]

    def marked(self, holder: Holder) -> Holder:
        if holder.account is None:
            return holder
        return Holder(account=holder.account, pool=holder.pool, contract=self.at(holder.account))


def _gaps(node: Node, pools: Sequence[_Pool], code: _Code) -> list[Gap]:
    own = {node.operator, node.account("relayer")}
    gaps = [
        Gap(name="own_chain") if node.embedded is not None else None,
        Gap(name="own_randomness") if node.randomness == "operator" else None,
        Gap(name="test_money") if node.settings.profile == "local" else None,
        _about("judge_is_operator", [each.number for each in pools if {each.arbiter, each.court} & own]),
        _about("one_judge", [each.number for each in pools if each.arbiter == each.court]),
        _about("single_keys", [each.number for each in pools if not (code.at(each.arbiter) and code.at(each.court))]),
        _about("hidden_evidence", [each.number for each in pools if each.evidence != "open"]),
        # These hold for every node of this version, whatever its settings.
        Gap(name="no_jury"),
        Gap(name="no_witness"),
        Gap(name="one_intake"),
        Gap(name="one_store"),
        Gap(name="own_pages"),
        Gap(name="issuer") if node.settings.payment_token else None,
    ]
    return [gap for gap in gaps if gap is not None]


def _about(name: str, pools: Sequence[int]) -> Gap | None:
    return Gap(name=name, pools=pools) if pools else None
