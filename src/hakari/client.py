"""The Python client: the same words as the HTTP API. Keys stay here; the node sees signatures only.

client = Client("http://127.0.0.1:8080", secret=my_32_bytes)
client.delegate(scopes="work")
client.sign_in()
for task in client.assignments(order, count=10): ...
receipt = client.submit(order, [(task["task"], {"winner": "left"}), ...])
"""

import hashlib
import os
import secrets as random
import time
import weakref
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import httpx
from eth_abi.abi import encode
from eth_account import Account as Wallet
from eth_account.messages import encode_defunct, encode_typed_data
from eth_utils.crypto import keccak
from nacl.signing import SigningKey

from hakari.core import canonical, statement, typed
from hakari.core.canonical import Json
from hakari.core.errors import HakariError
from hakari.core.ids import Account
from hakari.core.statement import ACCOUNT_KEY, BATCH, Statement

SESSION_S = 90 * 86_400
PATIENCE_S = 120.0
"""How long a request waits at most, in all, for a node that says «too many requests» and when to come again."""
AUTHORISED_S = 3_600
"""How long an authorisation is good where nothing else is said."""
PIECE = 8 * 2**20
"""Bytes of an upload that one request sends."""


class Refused(HakariError):
    """The node refused a request. `code`, `status` and `pointer` are the node's."""

    def __init__(self, status: int, code: str, message: str, pointer: str | None) -> None:
        super().__init__(message, pointer=pointer)
        self.status = status  # type: ignore[misc]
        self.code = code  # type: ignore[misc]


class Unreachable(HakariError):
    """The node did not answer. The request can be repeated: statements and idempotency keys make that safe."""

    code = "unreachable"
    status = 503


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """A statement that the node took, and its receipt (keep it: without inclusion it is evidence)."""

    id: str
    receipt: Mapping[str, Json]


class Client:
    """One account at one node. A request that comes too soon (429) is sent again when the node says, for two minutes at most.

    secret: 32 bytes of the account's secp256k1 key. session: 32 bytes of an Ed25519 seed, random where not given. clock: Unix seconds.
    keep: a file of openings that are not called for yet; read at the start, so that a program that ended can still reveal.
    """

    def __init__(
        self,
        url: str,
        *,
        secret: bytes,
        session: bytes | None = None,
        clock: Callable[[], int] | None = None,
        timeout: float = 60.0,
        http: httpx.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
        keep: Path | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.account = Account(Wallet.from_key(secret).address.lower())
        self._secret = secret
        self._session = SigningKey(session or random.token_bytes(32))
        self.key = self._session.verify_key.encode().hex()
        self._clock = clock or (lambda: int(time.time()))
        self._sleep = sleep
        self._http = http or httpx.Client(timeout=timeout)
        if http is None:
            weakref.finalize(self, self._http.close)
        self._keep = keep
        held = canonical.decode(keep.read_bytes()) if keep is not None and keep.exists() else {}
        self._kept = cast(dict[str, list[dict[str, Json]]], held)
        self._token: str | None = None
        self._node: dict[str, Any] | None = None

    def close(self) -> None:
        """Close the connections; a client that is thrown away does so by itself."""
        self._http.close()

    @property
    def node(self) -> dict[str, Any]:
        """Who the node is (asked once)."""
        if self._node is None:
            self._node = self.get("/v1/node")
        return self._node

    def node_now(self) -> dict[str, Any]:
        """Return who the node is and how far it is, asked anew."""
        return self.get("/v1/node")

    def get(self, path: str, **params: object) -> dict[str, Any]:
        """Return a JSON object of the API. Raises Refused or Unreachable."""
        return cast(dict[str, Any], self._send("GET", path, params=params).json())

    def post(self, path: str, body: object, *, key: str | None = None) -> dict[str, Any]:
        """Post JSON and return the answer. `key` is the Idempotency-Key."""
        headers = {} if key is None else {"Idempotency-Key": key}
        return cast(dict[str, Any], self._send("POST", path, json=body, headers=headers).json())

    def pages(self, path: str, **params: object) -> Iterator[dict[str, Any]]:
        """Yield the items of a list, page by page."""
        cursor: str | None = "0"
        while cursor is not None:
            page = self.get(path, cursor=cursor, **params)
            yield from page["items"]
            cursor = page["next"]

    def lines(self, account: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield every line of an account (this client's own where none is named): amount, epoch, cause."""
        return self.pages(f"/v1/accounts/{account or self.account}/lines")

    def payouts(self, account: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield the proofs with which anyone can claim for an account (this client's own where none is named), one a pool."""
        return self.pages(f"/v1/accounts/{account or self.account}/payouts")

    def download(self, path: str, **params: object) -> bytes:
        """Return a file's bytes."""
        return self._send("GET", path, params=params).content

    def delegate(
        self, *, scopes: str = "work", seconds: int = SESSION_S, nonce: int = 0, at: int | None = None
    ) -> Sent:
        """Let this client's session key sign for the account: one wallet signature, then none."""
        start = self._clock() if at is None else at
        body: dict[str, Json] = {
            "expires": start + seconds,
            "log": self.node["log"]["origin"],
            "nonce": nonce,
            "not_before": start,
            "scopes": scopes,
            "session_key": self.key,
        }
        message = typed.delegation(
            chain_id=self.node["chain"]["chain_id"],
            log=self.node["log"]["origin"],
            account=self.account,
            session_key=self.key,
            scopes=scopes,
            not_before=start,
            expires=start + seconds,
            nonce=nonce,
        )
        return self._said("/v1/delegations", self._by_account("delegation", body, message, start))

    def revoke(self, key: str | None = None) -> Sent:
        """Take a session key back (this client's own where none is named)."""
        now, taken = self._clock(), key or self.key
        origin = self.node["log"]["origin"]
        message = typed.revocation(
            chain_id=self.node["chain"]["chain_id"], log=origin, account=self.account, session_key=taken, time=now
        )
        body: dict[str, Json] = {"log": origin, "session_key": taken}
        return self._said("/v1/revocations", self._by_account("revocation", body, message, now))

    def sign_in(self) -> None:
        """Open a session (EIP-4361), needed for reading tasks and asking for releases."""
        asked = self.post("/v1/auth/nonce", {})
        issued = datetime.fromtimestamp(self._clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        message = (
            f"{asked['domain']} wants you to sign in with your Ethereum account:\n"
            f"{Wallet.from_key(self._secret).address}\n\n"
            "Sign in to Hakari.\n\n"
            f"URI: {asked['uri']}\nVersion: 1\nChain ID: {asked['chain_id']}\n"
            f"Nonce: {asked['nonce']}\nIssued At: {issued}"
        )
        signature = Wallet.sign_message(encode_defunct(text=message), self._secret).signature.hex()
        opened = self.post("/v1/auth/session", {"message": message, "signature": signature.removeprefix("0x")})
        self._token = opened["token"]

    def sign(self, kind: str, body: Mapping[str, Json], *, at: int | None = None) -> Statement:
        """Return a statement signed by the session key."""
        moment = self._clock() if at is None else at
        message = statement.signed_bytes(kind=kind, author=self.account, time=moment, body=body, key=self.key)
        return Statement(
            kind=kind,
            author=self.account,
            time=moment,
            body=body,
            key=self.key,
            signature=self._session.sign(message).signature.hex(),
        )

    def order(
        self, body: Mapping[str, Json], *, items: Sequence[Json], guideline: str, extra: Sequence[str] = ()
    ) -> Sent:
        """Place a funded order (docs/reference/formats.md §4.5)."""
        return self._said(
            "/v1/orders", self.sign("order", body), items=list(items), guideline=guideline, extra=list(extra)
        )

    def more(
        self,
        order: str,
        *,
        how: str,
        each: int | None = None,
        reward: int | None = None,
        days: int = 14,
        items: Sequence[Json] = (),
    ) -> Sent:
        """Pay for more of an order of one's own, after `sign_in`: an order that continues it, funded without gas and placed.

        how: `answers` for every task again, answers to other `items`, or to the `rest`, tasks of a closed order that lack answers.
        each: answers a task; reward: micro-units an answer; both the first order's where not given.
        """
        asked: dict[str, object] = {"days": days, "each": each, "how": how, "items": list(items)}
        asked["reward"] = None if reward is None else str(reward)
        made = self.post(f"/v1/orders/{order}/more", asked)
        body = made["body"]
        deadline = self._clock() + int(made["seconds"])
        authorised = self.pay_budget(
            pool=body["pool"], terms_version=body["terms_version"], amount=int(body["budget"]), deadline=deadline
        )
        funded = {**body, "deadline": deadline, "escrow_order": self.paid(authorised)["order"]}
        return self.order(funded, items=made["items"], guideline=made["guideline"], extra=made["extra"])

    def assignments(self, order: str, *, count: int) -> list[dict[str, Any]]:
        """Be given up to `count` tasks to answer."""
        return cast(list[dict[str, Any]], self.post(f"/v1/orders/{order}/assignments", {"count": count})["items"])

    def submit(
        self,
        order: str,
        answers: Iterable[tuple[int, Json]],
        *,
        guideline: int = 1,
        role: str | None = None,
        salts: Sequence[str] | None = None,
        at: int | None = None,
    ) -> Sent:
        """Hand in up to 500 answers as (task, answer) under one signature; `salts` are random where not given.

        role: the one that the tasks were assigned in, where it is not work.
        """
        salted, body = self._answers(order, answers, guideline=guideline, role=role, salts=salts)
        return self._said("/v1/submissions", self.sign("submission", body, at=at), answers=salted)

    def commit(
        self,
        order: str,
        answers: Iterable[tuple[int, Json]],
        *,
        guideline: int = 1,
        role: str | None = None,
        salts: Sequence[str] | None = None,
        at: int | None = None,
    ) -> Sent:
        """Hand in commitments alone, where the order's `reveal` names the role: nobody sees the answers before all have committed.

        The openings are kept here, and in the file `keep` before anything is sent; call `reveal` until it has nothing more to open.
        """
        salted, body = self._answers(order, answers, guideline=guideline, role=role, salts=salts)
        said = self.sign("submission", {**body, "tasks": [each["task"] for each in salted]}, at=at)
        self._kept[said.id] = salted
        self._write_kept()
        return self._said("/v1/submissions", said)

    def reveal(self) -> list[Sent]:
        """Open everything that this client committed and that is called for now. Returns a receipt for each `reveal` sent."""
        sent: list[Sent] = []
        called: dict[tuple[str, str], list[int]] = {}
        for each in self.get(f"/v1/accounts/{self.account}/commitments")["items"]:
            if each["until"] is not None and each["submission"] in self._kept:
                called.setdefault((each["order"], each["submission"]), []).append(int(each["n"]))
        for (order, submission), numbers in called.items():
            n = sorted(numbers)
            body: dict[str, Json] = {"n": list[Json](n), "order": order, "submission": submission}
            openings = [self._kept[submission][each] for each in n]
            sent.append(self._said("/v1/reveals", self.sign("reveal", body), openings=openings))
        return sent

    def _answers(
        self,
        order: str,
        answers: Iterable[tuple[int, Json]],
        *,
        guideline: int,
        role: str | None,
        salts: Sequence[str] | None,
    ) -> tuple[list[dict[str, Json]], dict[str, Json]]:
        """Return the openings of a submission and its body."""
        pairs = list(answers)[: BATCH + 1]
        salted: list[dict[str, Json]] = [
            {"task": task, "answer": answer, "salt": salts[n] if salts else random.token_urlsafe(18)}
            for n, (task, answer) in enumerate(pairs)
        ]
        commitments = [
            statement.answer_commitment(task=task, answer=answer, salt=str(each["salt"]))
            for (task, answer), each in zip(pairs, salted, strict=True)
        ]
        body: dict[str, Json] = {"commitments": list[Json](commitments), "guideline": guideline, "order": order}
        if role is not None:
            body["role"] = role
        return salted, body

    def _write_kept(self) -> None:
        if self._keep is not None:
            # Whole or not at all: a torn file would lose answers that can't be given again.
            data, beside = canonical.encode(self._kept), self._keep.with_name(f"{self._keep.name}.new")
            with beside.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._keep)

    def appeal(self, order: str, *, verdicts: str, leaf: int, n: int, reason: str) -> Sent:
        """Appeal a refused answer, commitment n of the submission at `leaf`; reason: answer, audit, guideline or item."""
        body: dict[str, Json] = {"leaf": leaf, "n": n, "order": order, "reason": reason, "verdicts": verdicts}
        return self._said("/v1/appeals", self.sign("appeal", body))

    def pause(self, order: str, *, until: int, at: int | None = None) -> Sent:
        """Pause an order of one's own until a Unix second, or let it go on: until 0."""
        return self._said("/v1/pauses", self.sign("pause", {"order": order, "until": until}, at=at))

    def guideline(self, order: str, *, text: str | None = None, at: int | None = None) -> Sent:
        """Say that an order of one's own goes on after its calibration: under the guideline that it has, or under this text."""
        known = self.get(f"/v1/orders/{order}")["body"]["guideline"]
        body: dict[str, Json] = {
            "order": order,
            "sha256": known["sha256"] if text is None else digest(text),
            "version": known["version"] + (text is not None),
        }
        return self._said("/v1/guidelines", self.sign("guideline", body, at=at), text=text)

    def remark(self, order: str, task: int, note: str) -> Sent:
        """Tell an order's buyer what its guideline left open in a task of the calibration that this account answered."""
        return self._noted("/v1/remarks", "remark", {"order": order, "task": task}, note)

    def bid(self, order: str, *, count: int, price: int, until: int, at: int | None = None) -> Sent:
        """Bid on a request: `count` units at `price` micro-units for each kept one, if its buyer orders so until then."""
        body: dict[str, Json] = {"count": count, "order": order, "price": str(price), "until": until}
        return self._said("/v1/bids", self.sign("bid", body, at=at))

    def serve(self, *, pool: int, roles: Sequence[str], until: int, at: int | None = None) -> Sent:
        """Let this account be drawn in these roles until then; no roles take it back."""
        body: dict[str, Json] = {"pool": pool, "roles": list[Json](sorted(roles)), "until": until}
        return self._said("/v1/services", self.sign("service", body, at=at))

    def upload(
        self,
        file: Path | BinaryIO,
        *,
        type: str,
        name: str = "",
        at: str | None = None,
        tell: Callable[[int, int], None] | None = None,
    ) -> dict[str, Any]:
        """Send a file in pieces of 8 MiB and return the upload as the node has it: id, sha256, what was measured.

        at: an upload of the same file that was begun before, to go on with. tell: called with bytes sent and bytes in all. A connection
        that breaks is tried again from where the node stands, up to ten times in a row. Raises Refused where the node does not
        take it.
        """
        opened = file.open("rb") if isinstance(file, Path) else file
        try:
            length = opened.seek(0, 2)
            headers = {"Tus-Resumable": "1.0.0"}
            if at is None:
                known = name or (file.name if isinstance(file, Path) else "")
                said = {"filename": known, "filetype": type, "sha256": _file_digest(opened)}
                metadata = ",".join(
                    f"{key} {b64encode(value.encode()).decode()}" for key, value in said.items() if value
                )
                begun = self._send(
                    "POST",
                    "/v1/uploads",
                    headers={**headers, "Upload-Length": str(length), "Upload-Metadata": metadata},
                )
                at = begun.headers["location"].rsplit("/", 1)[-1]
            self._pour(f"/v1/uploads/{at}", opened, length, headers, tell)
            return self.get(f"/v1/uploads/{at}")
        finally:
            if isinstance(file, Path):
                opened.close()

    def _pour(
        self, path: str, file: BinaryIO, length: int, headers: dict[str, str], tell: Callable[[int, int], None] | None
    ) -> None:
        failed, stands = 0, -1
        while stands < length:
            try:
                if stands < 0:
                    stands = int(self._send("HEAD", path, headers=dict(headers)).headers["upload-offset"])
                    continue
                file.seek(stands)
                more = {**headers, "Content-Type": "application/offset+octet-stream", "Upload-Offset": str(stands)}
                answer = self._send("PATCH", path, headers=more, content=file.read(PIECE))
                stands, failed = int(answer.headers["upload-offset"]), 0
            except (Unreachable, Refused) as error:
                # After a broken piece the node may still be holding the end, or have got further than we know.
                if failed == 10 or (isinstance(error, Refused) and error.code not in ("in_use", "wrong_offset")):
                    raise
                failed, stands = failed + 1, -1
                time.sleep(min(5.0, 0.1 * 2**failed))
            else:
                if tell is not None:
                    tell(stands, length)

    def checks(self, order: str, units: Sequence[Mapping[str, Json]]) -> list[dict[str, Any]]:
        """Return for each unit (`text` or `upload`, and what is declared) the answer to sign, or why it is refused."""
        return cast(list[dict[str, Any]], self.post(f"/v1/orders/{order}/checks", {"units": list(units)})["items"])

    def contribute(self, order: str, units: Sequence[Mapping[str, Json]]) -> tuple[Sent | None, list[dict[str, Any]]]:
        """Have up to 500 units checked and hand in those that pass, under one signature; return the receipt and all checks.

        The receipt is None where nothing passed or nothing is wanted any more. Where others took the same places first, others are
        asked for.
        """
        found = self.checks(order, units)
        good = [each["answer"] for each in found if each["answer"] is not None]
        for _ in range(10):
            places = [int(each["task"]) for each in self.assignments(order, count=len(good))] if good else []
            if not places:
                break
            try:
                return self.submit(order, list(zip(places, good, strict=False))), found
            except Refused as error:
                if error.code != "task_full":
                    raise
        return None, found

    def release(
        self,
        order: str,
        *,
        name: str,
        offer: Mapping[str, Json] | None = None,
        parents: Mapping[str, int] | None = None,
    ) -> str:
        """Make a release of a judged order of one's own, after `sign_in`, and return its id.

        offer: price (micro-units as text), purposes (bit mask), term_seconds, vest_seconds. parents: the releases that it derives
        from, each with the basis points of its income that they get.
        """
        above: list[Json] = [{"bps": bps, "release": each} for each, bps in sorted((parents or {}).items())]
        body: dict[str, Json] = {
            "name": name,
            "offer": None if offer is None else dict(offer),
            "parents": above,
        }
        return str(self.post(f"/v1/orders/{order}/releases", body)["id"])

    def lineage(self, release: str) -> dict[str, Any]:
        """Return what a release derives from, what derives from it, and who has which part of its income."""
        return self.get(f"/v1/releases/{release}/lineage")

    def report(self, subject: str, *, reason: str, note: str) -> Sent:
        """Say that something is wrong: reason is copyright, illegal, private or unsafe. The log holds the note's salted digest only."""
        return self._noted("/v1/reports", "report", {"reason": reason, "subject": subject}, note)

    def object_to(self, subject: str, *, decision: str, note: str) -> Sent:
        """Object to a decision that put something of yours into quarantine."""
        return self._noted("/v1/objections", "objection", {"decision": decision, "subject": subject}, note)

    def _noted(self, path: str, kind: str, body: Mapping[str, Json], note: str) -> Sent:
        salt = random.token_urlsafe(18)
        digest = statement.note_commitment(note=note, salt=salt)
        return self._said(path, self.sign(kind, {**body, "note": digest}), note=note, salt=salt)

    def use(
        self,
        *,
        licence: int,
        release: str,
        purpose: int,
        why: str,
        files: Sequence[str],
        seconds: int | None = None,
    ) -> Sent:
        """Log one use of a licence: it opens the files for `seconds`, a day at most, not beyond the licence; an hour if not given."""
        now = self._clock()
        body: dict[str, Json] = {
            "files": list[Json](files),
            "licence": licence,
            "purpose": purpose,
            "release": release,
            "statement": why,
        }
        if seconds is not None:
            body["until"] = now + seconds
        return self._said("/v1/uses", self.sign("use", body, at=now))

    def pay_budget(
        self, *, pool: int, terms_version: int, amount: int, deadline: int, seconds: int = AUTHORISED_S
    ) -> str:
        """Have the node's relayer put a budget (micro-units) into escrow; costs no gas. Returns the authorisation's id: see `paid`.

        seconds: how long the signature is good. Raises Refused where the token takes no authorisations, or the account holds less.
        """
        body = self.signed_budget(
            pool=pool, terms_version=terms_version, amount=amount, deadline=deadline, seconds=seconds
        )
        return str(self.post("/v1/fundings", body)["id"])

    def signed_budget(
        self, *, pool: int, terms_version: int, amount: int, deadline: int, seconds: int = AUTHORISED_S
    ) -> dict[str, Any]:
        """Return a signed authorisation of a budget, for whoever sends it."""
        salt = random.token_hex(32)
        words = typed.funding(
            chain_id=self.node["chain"]["chain_id"],
            escrow=self.node["chain"]["contracts"]["escrow"],
            pool=pool,
            terms_version=terms_version,
            amount=amount,
            deadline=deadline,
            salt=salt,
        )
        signed = self._authorisation("escrow", words, amount=amount, seconds=seconds)
        return {**signed, "deadline": deadline, "pool": pool, "salt": salt, "terms_version": terms_version}

    def pay_price(self, offer: int, *, price: int, seconds: int = AUTHORISED_S) -> str:
        """Have the node's relayer buy a licence at a price (micro-units); costs no gas. Returns the authorisation's id: see `paid`."""
        salt = random.token_hex(32)
        words = typed.purchase(
            chain_id=self.node["chain"]["chain_id"],
            licences=self.node["chain"]["contracts"]["licences"],
            offer=offer,
            to=self.account,
            max_price=price,
            salt=salt,
        )
        signed = self._authorisation("licences", words, amount=price, seconds=seconds)
        return str(self.post("/v1/purchases", {**signed, "offer": offer, "salt": salt})["id"])

    def paid(self, authorisation: str, *, most_s: float = 120.0) -> dict[str, Any]:
        """Wait until an authorisation is used and return it with the escrow `order` or `licence`. Raises Refused or Unreachable."""
        for _ in range(max(1, int(most_s * 2))):
            found = self.get(f"/v1/accounts/{self.account}/authorisations/{authorisation}")
            if found["status"] == "done":
                return found
            if found["status"] == "refused":
                raise Refused(409, "reverted", str(found["reason"]), None)
            self._sleep(0.5)
        raise Unreachable(f"authorisation {authorisation} is not on the chain after {most_s:g} s; it may still come")

    def _authorisation(self, contract: str, words: bytes, *, amount: int, seconds: int) -> dict[str, Any]:
        """Return what every authorisation of a contract says, signed. words: what its nonce is the hash of."""
        domain = self.get(f"/v1/accounts/{self.account}/purse")["authorisations"]
        if domain is None:
            raise Refused(409, "no_authorisations", "the payment token takes no authorisations (EIP-3009)", None)
        valid_before = self._clock() + seconds
        message = typed.authorisation(
            chain_id=self.node["chain"]["chain_id"],
            token=domain["token"],
            name=domain["name"],
            version=domain["version"],
            account=self.account,
            to=self.node["chain"]["contracts"][contract],
            amount=amount * int(domain["scale"]),
            valid_before=valid_before,
            nonce=keccak(words).hex(),
        )
        return {
            "account": self.account,
            "amount": str(amount),
            "signature": self._typed(message),
            "valid_before": valid_before,
        }

    def votes(self, pool: int) -> list[dict[str, Any]]:
        """Return a pool's votes, newest first: what each would change, where it stands, this account's weight and vote."""
        return cast(list[dict[str, Any]], self.get(f"/v1/pools/{pool}/votes", account=self.account)["items"])

    def vote(self, vote: int, *, support: bool, seconds: int = AUTHORISED_S) -> str:
        """Vote in a pool without gas: the relayer sends what is signed here. It can't be taken back."""
        deadline = self._clock() + seconds
        message = typed.ballot(
            chain_id=self.node["chain"]["chain_id"],
            pools=self.node["chain"]["contracts"]["pools"],
            vote=vote,
            account=self.account,
            support=support,
            deadline=deadline,
        )
        body = {"account": self.account, "deadline": deadline, "signature": self._typed(message), "support": support}
        return str(self.post(f"/v1/votes/{vote}/ballots", body)["transaction"])

    def revoke_licence(self, licence: int, *, reason: str) -> dict[str, Any]:
        """Withdraw the data of a licence, as the operator and after `sign_in`: the buyer gets back what has not vested."""
        return self.post(f"/v1/licences/{licence}/revocations", {"reason": reason})

    def revoke_for_breach(self, licence: int, *, reason: str, rpc: str | None = None) -> dict[str, Any]:
        """End a licence on chain, as the arbiter of its pool, because it was broken: nothing goes back."""
        told = hashlib.sha256(reason.encode()).digest()
        return self.call("licences", "revoke(uint256,bytes32,uint256)", [licence, told, 2], rpc=rpc)

    def refund_licence(self, licence: int, *, rpc: str | None = None) -> dict[str, Any]:
        """Take back from escrow, as the buyer, what had not vested of a licence. Refused while an epoch of the pool is open."""
        order = int(self.get(f"/v1/licences/{licence}")["income_order"])
        return self.call("escrow", "refund(uint256,address)", [order, self.account], rpc=rpc)

    def call(self, contract: str, signature: str, args: Sequence[object], *, rpc: str | None = None) -> dict[str, Any]:
        """Send one transaction from this account, e.g. call("escrow", "fund(uint256,uint256,uint256,uint256)", [...]).

        rpc: the chain's JSON-RPC, the node's /rpc where not given. Waits for the receipt. Raises Refused where it reverts.
        """
        where = rpc or f"{self.url}/rpc"
        types = signature[signature.index("(") + 1 : -1]
        data = keccak(text=signature)[:4] + encode(types.split(",") if types else [], list(args))
        call = {"from": self.account, "to": self.node["chain"]["contracts"][contract], "data": "0x" + data.hex()}
        gas = int(self._rpc(where, "eth_estimateGas", [call]), 16)
        price = int(self._rpc(where, "eth_gasPrice", []), 16)
        transaction = {
            "to": Wallet.from_key(self._secret).address if not call["to"] else _checksummed(str(call["to"])),
            "data": call["data"],
            "value": 0,
            "gas": gas * 5 // 4,
            "maxFeePerGas": 2 * price,
            "maxPriorityFeePerGas": price,
            "nonce": int(self._rpc(where, "eth_getTransactionCount", [self.account, "pending"]), 16),
            "chainId": self.node["chain"]["chain_id"],
            "type": 2,
        }
        raw = Wallet.sign_transaction(transaction, self._secret).raw_transaction.hex()
        sent = self._rpc(where, "eth_sendRawTransaction", ["0x" + raw.removeprefix("0x")])
        for _ in range(600):
            receipt = self._rpc(where, "eth_getTransactionReceipt", [sent])
            if receipt is not None:
                if receipt["status"] != "0x1":
                    raise Refused(409, "reverted", f"{contract}.{signature} reverted", None)
                return cast(dict[str, Any], receipt)
            time.sleep(0.1)
        raise Unreachable(f"{contract}.{signature}: no receipt for {sent} within a minute")

    def view(self, contract: str, signature: str, args: Sequence[object], *, rpc: str | None = None) -> bytes:
        """Return the raw answer of a contract's view."""
        types = signature[signature.index("(") + 1 : -1]
        data = keccak(text=signature)[:4] + encode(types.split(",") if types else [], list(args))
        call = {"to": self.node["chain"]["contracts"][contract], "data": "0x" + data.hex()}
        return bytes.fromhex(str(self._rpc(rpc or f"{self.url}/rpc", "eth_call", [call, "latest"]))[2:])

    def _rpc(self, where: str, method: str, params: Sequence[object]) -> Any:
        asked = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = cast(dict[str, Any], self._send("POST", where, json=asked).json())
        if "error" in answer:
            raise Refused(409, "chain", str(answer["error"].get("message")), None)
        return answer["result"]

    def _by_account(self, kind: str, body: Mapping[str, Json], message: Mapping[str, object], at: int) -> Statement:
        return Statement(
            kind=kind, author=self.account, time=at, body=body, key=ACCOUNT_KEY, signature=self._typed(message)
        )

    def _typed(self, message: Mapping[str, object]) -> str:
        """Return the account's own signature over typed data, 130 hexadecimal digits."""
        signable = encode_typed_data(full_message=cast(dict[str, Any], message))
        return Wallet.sign_message(signable, self._secret).signature.hex().removeprefix("0x")

    def _said(self, path: str, said: Statement, **more: object) -> Sent:
        body = {"statement": canonical.decode(said.bytes), **more}
        answer = self.post(path, body)
        return Sent(id=answer["id"], receipt=answer["receipt"])

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers: dict[str, str] = more.pop("headers", {})
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        url = path if "://" in path else self.url + path
        left = PATIENCE_S
        while True:
            try:
                answer = self._http.request(method, url, headers=headers, **more)
            except httpx.TransportError as error:
                raise Unreachable(f"{url} did not answer: {error}") from error
            pause = _pause_s(answer)
            if pause is None or pause > left:
                break
            # Nothing was done: the same request is due again then.
            self._sleep(pause)
            left -= pause
        if answer.is_success:
            return answer
        try:
            problem = answer.json()["error"]
            code, message, pointer = problem["code"], problem["message"], problem["pointer"]
        except (ValueError, KeyError, TypeError):
            # Not the node's own words: a proxy in between, or another server.
            raise Refused(answer.status_code, "refused", answer.text[:200], None) from None
        raise Refused(answer.status_code, code, message, pointer)


def _pause_s(answer: httpx.Response) -> float | None:
    """Return after how many seconds a request that came too soon may be sent again; None for any other answer."""
    if answer.status_code != httpx.codes.TOO_MANY_REQUESTS.value:
        return None
    told = answer.headers.get("Retry-After", "")
    return float(told) if told.isdigit() and int(told) > 0 else 1.0


def _checksummed(address: str) -> str:
    digits = address.removeprefix("0x").lower()
    hashed = keccak(text=digits).hex()
    return "0x" + "".join(d.upper() if int(h, 16) >= 8 else d for d, h in zip(digits, hashed, strict=False))


def _file_digest(file: BinaryIO) -> str:
    file.seek(0)
    state = hashlib.sha256()
    while piece := file.read(PIECE):
        state.update(piece)
    return state.hexdigest()


def digest(text: str) -> str:
    """Return the SHA-256 of a text, as orders name their guideline."""
    return hashlib.sha256(text.encode()).hexdigest()
