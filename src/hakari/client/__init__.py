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
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import httpx
from nacl.signing import SigningKey

from hakari.client.door import Refused, Unreachable
from hakari.client.money import Money
from hakari.core import canonical, statement, typed
from hakari.core.canonical import Json
from hakari.core.statement import ACCOUNT_KEY, BATCH, Statement

__all__ = ["Client", "Refused", "Sent", "Unreachable", "digest"]

SESSION_S = 90 * 86_400
PIECE = 8 * 2**20
"""Bytes of an upload that one request sends."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """A statement that the node took, and its receipt (keep it: without inclusion it is evidence)."""

    id: str
    receipt: Mapping[str, Json]


class Client(Money):
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
        super().__init__(url, secret=secret, clock=clock, timeout=timeout, http=http, sleep=sleep)
        self._session = SigningKey(session or random.token_bytes(32))
        self.key = self._session.verify_key.encode().hex()
        self._keep = keep
        held = canonical.decode(keep.read_bytes()) if keep is not None and keep.exists() else {}
        self._kept = cast(dict[str, list[dict[str, Json]]], held)

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

        how: `answers` for every task again, answers to other `items`, to such with all its tasks hidden among them as `challenges`
        while its audits are sealed, or to the `rest`, tasks of a closed order that lack answers.
        each: answers a task; reward: micro-units an answer; both the first order's where not given.
        """
        asked: dict[str, object] = {"days": days, "each": each, "how": how, "items": list(items)}
        asked["reward"] = None if reward is None else str(reward)
        return self._funded(self.post(f"/v1/orders/{order}/more", asked))

    def _funded(self, made: Mapping[str, Any]) -> Sent:
        """Fund an order as the node drew it up, without gas, and place it."""
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

    def accept_bid(self, request: str, bid: str, *, days: int = 14) -> Sent:
        """Take a bid on a request of one's own, after `sign_in`: the order for its author alone, funded without gas and placed."""
        return self._funded(self.post(f"/v1/orders/{request}/bids/{bid}", {"days": days}))

    def serve(self, *, pool: int, roles: Sequence[str], until: int, at: int | None = None) -> Sent:
        """Let this account be drawn in these roles until then; no roles take it back."""
        body: dict[str, Json] = {"pool": pool, "roles": list[Json](sorted(roles)), "until": until}
        return self._said("/v1/services", self.sign("service", body, at=at))

    def corrections(self, order: str) -> list[dict[str, Any]]:
        """Return this account's answers in an exam beside the right ones: of a training once its result is said, else once judged."""
        return cast(list[dict[str, Any]], self.get(f"/v1/orders/{order}/corrections")["items"])

    def declare(self, *, language: str | None = None, region: str | None = None) -> dict[str, Any]:
        """Say this account's language (ISO 639) and region (ISO 3166-1), for shares of 20 people or more in figures."""
        said = {"language": language, "region": region}
        return cast(dict[str, Any], self._send("PUT", "/v1/declared", json=said).json())

    def accept_invitation(self, *, pool: int, by: str) -> Sent:
        """Say that this account came into a pool by somebody else's invitation: who then has a part of what its work earns there."""
        return self._said("/v1/invitations", self.sign("invitation", {"by": by, "pool": pool}))

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

    def _by_account(self, kind: str, body: Mapping[str, Json], message: Mapping[str, object], at: int) -> Statement:
        return Statement(
            kind=kind, author=self.account, time=at, body=body, key=ACCOUNT_KEY, signature=self._typed(message)
        )

    def _said(self, path: str, said: Statement, **more: object) -> Sent:
        body = {"statement": canonical.decode(said.bytes), **more}
        answer = self.post(path, body)
        return Sent(id=answer["id"], receipt=answer["receipt"])


def _file_digest(file: BinaryIO) -> str:
    file.seek(0)
    state = hashlib.sha256()
    while piece := file.read(PIECE):
        state.update(piece)
    return state.hexdigest()


def digest(text: str) -> str:
    """Return the SHA-256 of a text, as orders name their guideline."""
    return hashlib.sha256(text.encode()).hexdigest()
