"""Payments without gas: a buyer signs what an order or a licence costs (EIP-3009), and the relayer sends it.

The signature's nonce is a hash of the purchase, so that neither the relayer nor anybody who sees it can make it another one.
Nothing of ours holds the money in between: the contract takes it and opens the order, or gives the licence, in one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from hakari.adapters.evm.chain import Reverted
from hakari.adapters.sql.chain import Intent
from hakari.app import desk, intents, offices
from hakari.app.node import Node
from hakari.core import typed
from hakari.core.canonical import Json
from hakari.core.errors import Conflict, HakariError, Malformed, Unknown
from hakari.core.ids import Account
from hakari.people.delegation import recover, signable

LONGEST_S = 7 * 86_400
"""How long an authorisation may be good: who signs one wants it sent now."""


class NoAuthorisations(Conflict):
    """The payment token takes no authorisations: buy with a transaction of your own."""

    code = "no_authorisations"


class AuthorisationSpent(Conflict):
    """The authorisation was used or taken back before: sign a new one."""

    code = "authorisation_spent"


class AuthorisationExpired(Conflict):
    """The authorisation is not good any more: sign a new one."""

    code = "authorisation_expired"


class TooLittle(Conflict):
    """The account holds less of the payment token than it signed for."""

    code = "too_little"


class UnknownAuthorisation(Unknown):
    """An authorisation that nobody asked this node to send."""

    code = "unknown_authorisation"


class UnknownOffer(Unknown):
    """An offer of licences that is not on the chain, or not of a pool of this node."""

    code = "unknown_offer"


class PriceChanged(Conflict):
    """The offer's price is another than the authorisation's."""

    code = "price_changed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """The payment token's EIP-712 domain; `scale`: its base units in one micro-unit."""

    chain_id: int
    address: Account
    name: str
    version: str
    scale: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Authorisation:
    """What a buyer signed: micro-units, good until before `valid_before` (Unix seconds). salt: 64 digits; signature: 130."""

    buyer: Account
    amount: int
    salt: str
    valid_before: int
    signature: str


def token(node: Node) -> Token | None:
    """Return how payments are signed here; None where the token takes none (no EIP-3009)."""

    def ask(function: str, args: Sequence[Any] = ()) -> Any:
        return node.chain.call(node.contracts, "payment_token", function, args)

    try:
        made = Token(
            chain_id=node.settings.chain_id,
            address=node.contracts.payment_token,
            name=str(ask("name")),
            version=str(ask("version")),
            scale=10 ** (int(ask("decimals")) - 6),
        )
        ask("authorizationState", [node.operator, "00" * 32])
        separator = str(ask("DOMAIN_SEPARATOR"))
    except (Reverted, ValueError, OverflowError):
        return None
    # Some tokens answer `version` with another thing than what their signatures are made with.
    example = typed.authorisation(
        **_domain(made), account=node.operator, to=node.operator, amount=0, valid_before=0, nonce="00" * 32
    )
    return made if encode_typed_data(full_message=example).header.hex() == separator else None


def gasless(node: Node) -> bool:
    """Tell whether payments can be signed here, asked once; False while the chain does not say."""
    known = node.cards.get(node.contracts.payment_token)
    if known is None:
        try:
            known = node.cards[node.contracts.payment_token] = token(node) is not None
        except HakariError:
            return False
    return cast(bool, known)


def purse(node: Node, account: Account) -> dict[str, Any]:
    """Return what an account holds of the payment token (micro-units), and the domain in which it signs payments, or null."""
    held = int(node.chain.call(node.contracts, "payment_token", "balanceOf", [account]))
    decimals = int(node.chain.call(node.contracts, "payment_token", "decimals", []))
    found = token(node)
    domain = None
    if found is not None:
        domain = {"name": found.name, "scale": str(found.scale), "token": found.address, "version": found.version}
    return {"balance": str(held // 10 ** (decimals - 6)), "authorisations": domain}


def fund(
    node: Node, authorisation: Authorisation, *, pool: int, terms_version: int, deadline: int, address: str
) -> str:
    """Have the relayer put a signed budget into escrow. Returns the authorisation's id; the same again asks for nothing more.

    address: where the wish comes from, as for claims. Raises Malformed, WrongSignature, NoAuthorisations,
    AuthorisationSpent, AuthorisationExpired, TooLittle, UnknownPool, TooMany, and Reverted with the contract's own reason.
    """
    with node.store.reading() as book:
        if book.orders.pool(pool) is None:
            raise desk.UnknownPool(f"pool must be one of this node's, got {pool}", pointer="/pool")
        known = desk.terms(book, pool)
        offices.pass_(node, book, pool)
    if terms_version != known.version:
        raise Malformed(f"terms_version must be {known.version}, got {terms_version}", pointer="/terms_version")
    if deadline <= node.clock():
        raise Malformed(f"deadline must lie ahead, got {deadline}", pointer="/deadline")
    nonce = keccak(
        typed.funding(
            chain_id=node.settings.chain_id,
            escrow=node.contracts.escrow,
            pool=pool,
            terms_version=terms_version,
            amount=authorisation.amount,
            deadline=deadline,
            salt=authorisation.salt,
        )
    ).hex()
    args: list[Json] = [
        authorisation.buyer,
        str(pool),
        str(terms_version),
        str(authorisation.amount),
        str(deadline),
        authorisation.salt,
        "0",
        str(authorisation.valid_before),
        *_vrs(authorisation.signature),
    ]
    wanted = Intent(
        name=_name(authorisation.buyer, nonce),
        signer="relayer",
        contract="escrow",
        function="fund_with_authorization",
        args=args,
    )
    return _ask(node, authorisation, nonce, wanted, address=address)


def buy(node: Node, authorisation: Authorisation, *, offer: int, address: str) -> str:
    """Have the relayer buy a licence for who signed its price. Returns the authorisation's id; the same again asks for nothing more.

    Raises what `fund` raises, UnknownOffer and PriceChanged.
    """
    with node.store.reading() as book:
        offered = book.chain.events(contract="licences", event="Offered", having=("offer", str(offer)))
        if not offered or book.releases.get(str(offered[0].args["release"])) is None:
            raise UnknownOffer(f"offer must be one of a release of this node, got {offer}", pointer="/offer")
    price = int(node.chain.call(node.contracts, "licences", "offers", [offer])["price"])
    if price == 0:
        raise Malformed(f"offer must be one that costs something, {offer} is free", pointer="/offer")
    if price != authorisation.amount:
        raise PriceChanged(f"amount must be the offer's price, {price}, got {authorisation.amount}", pointer="/amount")
    nonce = keccak(
        typed.purchase(
            chain_id=node.settings.chain_id,
            licences=node.contracts.licences,
            offer=offer,
            to=authorisation.buyer,
            max_price=price,
            salt=authorisation.salt,
        )
    ).hex()
    signed: list[Json] = [authorisation.buyer, str(price), authorisation.salt, "0", str(authorisation.valid_before)]
    args: list[Json] = [str(offer), authorisation.buyer, [*signed, *_vrs(authorisation.signature)]]
    wanted = Intent(
        name=_name(authorisation.buyer, nonce), signer="relayer", contract="licences", function="buy_for", args=args
    )
    return _ask(node, authorisation, nonce, wanted, address=address)


def show(node: Node, account: Account, authorisation: str) -> dict[str, Any]:
    """Return what became of an authorisation: `status` is waiting, sent, done or refused.

    Done has the escrow `order` that it opened or the `licence` that it bought; refused has the contract's `reason`, and nothing was
    taken. Raises UnknownAuthorisation.
    """
    with node.store.reading() as book:
        found = book.chain.intents_about(f"{_name(account, authorisation)}:")
        if not found:
            raise UnknownAuthorisation(
                f"authorisation must be one that {account} had this node send, got {authorisation}"
            )
        last = found[0]
        made: dict[str, Any] = {
            "id": authorisation,
            "status": _STATUS[last.status],
            "tx": last.tx,
            "order": None,
            "licence": None,
            "reason": None,
        }
        if last.status == "reverted":
            made["reason"] = last.note or "the contract refused it: it no longer held when its block came"
        if last.status == "done":
            [event, member, name] = _MADE[last.contract]
            said = book.chain.events(contract=last.contract, event=event, having=("buyer", account))
            mine = [each for each in said if each.tx == last.tx]
            # Mined, but the worker has not heard of it yet: it is done once it can be shown.
            made["status"] = "done" if mine else "sent"
            made[name] = int(str(mine[0].args[member])) if mine else None
    return made


_STATUS = {"waiting": "waiting", "signed": "sent", "done": "done", "reverted": "refused"}
_MADE = {"escrow": ("Funded", "order", "order"), "licences": ("Bought", "id", "licence")}


def _ask(node: Node, authorisation: Authorisation, nonce: str, wanted: Intent, *, address: str) -> str:
    """Check an authorisation as the contract will, then record that it is to be sent."""
    with node.store.reading() as book:
        if any(each.status != "reverted" for each in book.chain.intents_about(f"{wanted.name}:")):
            return nonce
    known = token(node)
    if known is None:
        raise NoAuthorisations("the payment token takes no authorisations (EIP-3009): send a transaction of your own")
    now = node.clock()
    if authorisation.valid_before <= now:
        raise AuthorisationExpired(
            f"valid_before must lie ahead of {now}, got {authorisation.valid_before}", pointer="/valid_before"
        )
    if authorisation.valid_before > now + LONGEST_S:
        raise Malformed(
            f"valid_before must be at most {now + LONGEST_S}, a week ahead, got {authorisation.valid_before}",
            pointer="/valid_before",
        )
    message = typed.authorisation(
        **_domain(known),
        account=authorisation.buyer,
        to=node.contracts.named()[wanted.contract],
        amount=authorisation.amount * known.scale,
        valid_before=authorisation.valid_before,
        nonce=nonce,
    )
    by = recover(signable(message), authorisation.signature)
    if by != authorisation.buyer:
        raise Malformed(
            f"signature must be {authorisation.buyer}'s over exactly this authorisation, got one that names {by}",
            pointer="/signature",
        )
    if node.chain.call(node.contracts, "payment_token", "authorizationState", [authorisation.buyer, nonce]):
        raise AuthorisationSpent("the authorisation must not have been used or taken back, it was", pointer="/salt")
    held = int(node.chain.call(node.contracts, "payment_token", "balanceOf", [authorisation.buyer])) // known.scale
    if held < authorisation.amount:
        raise TooLittle(
            f"{authorisation.buyer} must hold {authorisation.amount} micro-units of the token, got {held}",
            pointer="/amount",
        )
    node.chain.call(node.contracts, wanted.contract, wanted.function, wanted.args)
    with node.store.book() as book:
        if intents.want(book, wanted):
            node.claims_pace.take(address)
    return nonce


def _name(account: Account, nonce: str) -> str:
    return f"authorised:{account}:{nonce}"


def _domain(known: Token) -> dict[str, Any]:
    return {"chain_id": known.chain_id, "token": known.address, "name": known.name, "version": known.version}


def _vrs(signature: str) -> list[Json]:
    return cast(list[Json], [str(int(signature[128:], 16)), signature[:64], signature[64:128]])
