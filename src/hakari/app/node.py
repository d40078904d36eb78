"""A node: its adapters, its keys and its voice."""

import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from hakari.adapters.blobs import Folder, Objects, Parts, open_blobs
from hakari.adapters.evm.chain import Chain, open_chain
from hakari.adapters.evm.contracts import Addresses, deploy
from hakari.adapters.evm.embedded import EmbeddedChain
from hakari.adapters.keys import Keys, open_keys
from hakari.adapters.seat import Seat
from hakari.adapters.sql.store import Store
from hakari.app import rotation
from hakari.app.logbook import Logbook
from hakari.app.paces import Pace
from hakari.config import Settings
from hakari.core import ids
from hakari.core import statement as statements
from hakari.core.canonical import Json
from hakari.core.errors import Conflict, Unknown
from hakari.core.ids import Account
from hakari.core.statement import Statement
from hakari.log.note import SignerKey
from hakari.pay.tree import Tree
from hakari.people import signing
from hakari.people.wallets import address_of
from hakari.work.intake import Running

log = logging.getLogger("hakari.node")


@dataclass(frozen=True, kw_only=True)
class Node:
    """Everything a door or the worker needs, opened once. `clock` gives Unix seconds. `contents` holds uploaded bytes by their SHA-256,
    `parts` what is on its way there.

    `running`, `listed`, `trees` and `cards` hold what never changes, by id; `careers` what settlements made of each
    pool's accounts so far. The paces are of this process.
    """

    settings: Settings
    store: Store
    public: Folder | Objects
    private: Folder
    contents: Folder
    parts: Parts
    log: Logbook
    chain: Chain
    embedded: EmbeddedChain | None
    contracts: Addresses
    keys: Keys
    signer: SignerKey
    clock: Callable[[], int]
    seat: Seat
    randomness: str
    confirmations: int
    accounts_pace: Pace
    claims_pace: Pace
    drafts_pace: Pace
    running: dict[str, Running] = field(default_factory=dict[str, Running])
    listed: dict[str, dict[str, list[int]]] = field(default_factory=dict[str, dict[str, list[int]]])
    trees: dict[str, Tree] = field(default_factory=dict[str, Tree])
    cards: dict[str, Any] = field(default_factory=dict[str, Any])
    careers: dict[int, Any] = field(default_factory=dict[int, Any])

    @property
    def operator(self) -> Account:
        """The account that operates the pools of this node."""
        return address_of(self.keys.secret("operator"))

    @property
    def name(self) -> str:
        """What the node is called: by its settings, or else as its log is."""
        return self.settings.name or self.signer.name.removesuffix("/log")

    def confirmed(self) -> int:
        """Return the newest block that is deep enough to be believed; below 0 where the chain is shorter than that."""
        return self.chain.block_number() - self.confirmations

    def account(self, signer: str) -> Account:
        """Return the account of one of the node's chain keys: operator or relayer."""
        return address_of(self.keys.secret(signer))

    def sentence(self, kind: str, body: dict[str, Json], *, at: int | None = None) -> Statement:
        """Return a statement of the operator, signed by its session key. `at`: Unix seconds, now where not given."""
        secret = self.keys.secret("session")
        moment = self.clock() if at is None else at
        key = signing.public_key(secret)
        message = statements.signed_bytes(kind=kind, author=self.operator, time=moment, body=body, key=key)
        return Statement(
            kind=kind,
            author=self.operator,
            time=moment,
            body=body,
            key=key,
            signature=signing.sign(secret, message),
        )

    def evidence(self, data: bytes) -> str:
        """Keep evidence in the private folder, on disk, under its SHA-256. Returns the digest. Call before the statement that names it.

        It becomes public together with the leaf of that statement (app.evidence).
        """
        digest = hashlib.sha256(data).hexdigest()
        if self.private.read(f"evidence/{digest}") != data:
            self.private.write(f"evidence/{digest}", data)
            # The statement that names it will survive a power loss, so this must do so before.
            self.private.settle()
        return digest

    def kept(self, digest: str) -> bytes:
        """Return evidence that this node keeps or published. Raises Unknown where it has neither."""
        path = f"evidence/{digest}"
        found = self.private.read(path) or self.public.read(path)
        if found is None:
            raise Unknown(f"evidence {digest} is not here any more")
        return found

    def close(self) -> None:
        """Close database and chain, and leave the worker's seat."""
        self.store.close()
        self.chain.close()
        if self.embedded is not None:
            self.embedded.close()
        self.seat.close()


def open_node(settings: Settings, *, clock: Callable[[], int] | None = None) -> Node:
    """Open a node: bring the schema up, open or join the chain, deploy what is missing, say who we are. Safe to run again.

    Raises what the adapters raise: DatabaseUnavailable, ChainUnavailable, WrongPassphrase, chain in use by another process.
    """
    now = clock or (lambda: int(time.time()))
    folder = settings.dir / "node"
    folder.mkdir(parents=True, exist_ok=True)
    keys = open_keys(folder / "keys", settings.passphrase)
    _use_given(settings, keys)
    funded = [address_of(keys.secret(name)) for name in ("operator", "relayer")]
    embedded = None
    if not settings.chain_url:
        embedded = EmbeddedChain.open(
            folder / "chain.sqlite",
            chain_id=settings.chain_id,
            funded=dict.fromkeys(funded, 10**24),
            dev=settings.profile == "local",
        )
    chain = open_chain(url=settings.chain_url or None, embedded=embedded, chain_id=settings.chain_id)
    store = Store(settings.database_url or f"sqlite:///{folder / 'node.sqlite'}")
    store.migrate()
    rotation.settle_operator(store, keys)
    founder = _founder(settings, store, keys)
    with store.book() as book:
        if book.chain.mark("from_block") is None:
            book.chain.set_mark("from_block", chain.block_number())
        begun = book.chain.mark("from_block")
    contracts = deploy(
        chain,
        keys.secret("operator"),
        profile=settings.profile,
        from_block=begun,
        token=ids.account(settings.payment_token) if settings.payment_token else None,
        deployer=founder,
    )
    public = open_blobs(settings.public or str(settings.dir / "public"))
    signer = rotation.log_signer(keys, public, _origin(settings, store, keys))
    node = Node(
        settings=settings,
        store=store,
        public=public,
        private=Folder(settings.dir / "private"),
        contents=Folder(settings.dir / "contents"),
        parts=Parts(settings.dir / "uploads"),
        log=Logbook(public, signer),
        chain=chain,
        embedded=embedded,
        contracts=contracts,
        keys=keys,
        signer=signer,
        clock=now,
        seat=Seat(folder),
        randomness="operator" if chain.is_embedded() else "chain",
        confirmations=_confirmations(settings),
        accounts_pace=Pace(
            rate=settings.account_rate,
            burst=10 * settings.account_rate,
            what=f"{settings.account_rate} requests a second from one account",
        ),
        claims_pace=Pace(
            rate=settings.claim_rate / 60,
            burst=10 * settings.claim_rate,
            what=f"{settings.claim_rate} transactions of the relayer a minute asked for from one address",
        ),
        drafts_pace=Pace(rate=1 / 60, burst=60, what="60 drafts begun from one address, then one a minute"),
    )
    try:
        agree(node)
        _introduce(node)
    except BaseException:
        node.close()
        raise
    return node


class StrangeOperator(Conflict):
    """The operator's key is not that of the account that operates the log."""

    code = "strange_operator"


def _use_given(settings: Settings, keys: Keys) -> None:
    if settings.chain_key:
        keys.use("operator", bytes.fromhex(settings.chain_key.removeprefix("0x")))


def _founder(settings: Settings, store: Store, keys: Keys) -> Account | None:
    """Return who began the log, None before it begins.

    Raises StrangeOperator rather than let another account than the operator speak in the log, which would never verify again.
    """
    _use_given(settings, keys)  # a rotation that is taken up just now does not outdo the setting
    with store.reading() as book:
        operators = rotation.operators(book)
    own = address_of(keys.secret("operator"))
    if operators and own != operators[-1]:
        where = (
            "HAKARI_CHAIN_KEY must be unset, or"
            if settings.chain_key
            else "the operator's key in the node's folder must be"
        )
        raise StrangeOperator(f"{where} that of {operators[-1]}, who operates this log, got the key of {own}")
    return operators[0] if operators else None


def _origin(settings: Settings, store: Store, keys: Keys) -> str:
    """Return the log's origin line: the one that the log began with; of a new log by the name in the settings, or by the log's own key.

    Two nodes of one origin would have one id on chain, and whoever anchors first would keep the other from anchoring at all.
    """
    with store.reading() as book:
        said = book.statements.about("node")
    if said:
        return str(cast(dict[str, Json], said[0][0].body["log"])["origin"])
    key = hashlib.sha256(bytes.fromhex(signing.public_key(keys.secret("log")))).hexdigest()
    return f"{settings.name or f'hakari-{key[:12]}'}/log"


OUTSIDE_CONFIRMATIONS = 12
"""Blocks that bury an event on an outside chain unless the settings say otherwise."""
TEST_CHAINS = (1337, 31337)


def _confirmations(settings: Settings) -> int:
    if settings.confirmations is not None:
        return settings.confirmations
    # A local test chain makes blocks on request only: what waits for blocks would wait for ever.
    return OUTSIDE_CONFIRMATIONS if settings.chain_url and settings.chain_id not in TEST_CHAINS else 0


def agree(node: Node) -> None:
    """Hold the published log and the chain's newest anchor against the database, and put lost files of the log back.

    Raises LogDiverged rather than let a node with an old or foreign database sign a second log.
    """
    log_id = hashlib.sha256(node.signer.name.encode()).hexdigest()
    newest = node.chain.call(node.contracts, "anchor", "latest", [log_id])
    anchored = (int(newest["size"]), bytes.fromhex(newest["root"])) if int(newest["size"]) else None
    for path in node.log.agree(node.store, anchored=anchored):
        log.warning("%s was lost or damaged; written again from the database", path)


def node_body(node: Node) -> dict[str, Json]:
    """Return the body of the `node` statement: what a stranger must know to begin (formats §4.3)."""
    with node.store.reading() as book:
        followed = len(rotation.operators(book)) > 1
    named: dict[str, Json] = {"operator": node.operator} if followed else {}
    return {
        **named,
        "chain": {
            "chain_id": node.settings.chain_id,
            "contracts": dict(sorted(node.contracts.named().items())),
            "from_block": node.contracts.from_block,
            "profile": node.settings.profile,
        },
        "formats": 1,
        "log": {"key": node.signer.verifier.text, "origin": node.signer.name},
        "name": node.name,
        "randomness": node.randomness,
    }


def _introduce(node: Node) -> None:
    """Put the operator's delegation and the `node` statement first in the log, once; say `node` again where it changed."""
    body = node_body(node)
    with node.store.book() as book:
        said = book.statements.about("node")
        if not said:
            rotation.delegate(
                book,
                node.keys.secret("operator"),
                node.keys.secret("session"),
                log=node.signer.name,
                chain_id=node.settings.chain_id,
                at=node.clock(),
            )
    rotation.finish_session(
        node.store, node.keys, log=node.signer.name, chain_id=node.settings.chain_id, at=node.clock()
    )
    with node.store.book() as book:
        if not said or said[-1][0].body != body:
            book.statements.add(node.sentence("node", body))
