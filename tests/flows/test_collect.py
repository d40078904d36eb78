"""A request for texts and pictures: five people answer, what is new and clean is kept and paid, released, sold, and verified."""

import hashlib
import io
import json
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from world import FEE_BPS, PRICE, RESEARCH, REWARD, SPLIT, UNIT_COST, World, mismatches, opened

from hakari.app import Node, checking, pools
from hakari.client import Client, Refused, digest
from hakari.core import canonical
from hakari.core.canonical import Json
from hakari.doors.cli.main import cli
from hakari.doors.server import serving
from hakari.people.wallets import address_of
from hakari.sources.collect.kind import COLLECT

sys.path.append(str(Path(__file__).parents[1] / "unit" / "sources" / "collect"))
from made import SPEC, TEXTS, edited, picture

BUYER = "buyer of units"
PEOPLE = ("fia", "gus", "hal", "ida", "jon")
BRIEF = "Write what you saw yourself, or send a picture that you took. Nobody's name."
TARGET = 16
RIGHTS: list[Json] = ["made_by_me", "may_be_licensed"]


def text(content: str, **more: Json) -> dict[str, Json]:
    return {"language": "en", "made": "people", "rights": RIGHTS, "text": content, **more}


def secret(name: str) -> bytes:
    return hashlib.sha256(f"world {name}".encode()).digest()


@dataclass
class Request:
    """One request's whole life in a pool of an evidence class."""

    world: World
    node: Node
    evidence: str
    order: str = ""
    reasons: dict[str, list[str]] = field(default_factory=dict)
    refused: dict[str, list[str]] = field(default_factory=dict)

    def place(
        self, name: str = BUYER, *, reward: int = REWARD, budget: int = TARGET * UNIT_COST, target: int = TARGET
    ) -> None:
        who = self.world.delegated(name, "buy")
        number, deadline = self.world.fund(name, budget)
        body: dict[str, Json] = {
            "assignment": "open",
            "budget": str(budget),
            "deadline": deadline,
            "description": "Small things seen in towns.",
            "escrow_order": number,
            "evidence": self.evidence,
            "guideline": {"sha256": digest(BRIEF), "version": 1},
            "pool": self.world.pool(),
            "quality": {"rules": COLLECT.rules},
            "redundancy": 1,
            "reward": str(reward),
            "source": "collect",
            "spec": {**SPEC, "target": target},
            "terms_version": 1,
            "title": "Things seen in towns",
        }
        said = who.order(body, items=[{"prompt": "Something that you saw in a town."}], guideline=BRIEF)
        self.order = self.world.keep(said).id

    def hand_in(self, name: str, units: Sequence[dict[str, Json]], files: Sequence[tuple[bytes, str]] = ()) -> None:
        who = self.world.delegated(name, "work")
        self.world.signed_in(name)
        sent = [
            {**text(""), "text": None, "language": "", "upload": who.upload(io.BytesIO(data), type=kind)["id"]}
            for data, kind in files
        ]
        receipt, checks = who.contribute(self.order, [*units, *({**each, "text": None} for each in sent)])
        self.refused.setdefault(name, []).extend(each["refused"]["code"] for each in checks if each["refused"])
        if receipt is not None:
            self.world.keep(receipt)
            self.reasons.setdefault(name, []).append(receipt.id)

    def live(self) -> None:
        self.place()
        self.hand_in("fia", [text(TEXTS[0]), text(TEXTS[1])], [(picture(seed=1), "image/png")])
        self.hand_in("gus", [text(TEXTS[0]), text(edited(TEXTS[1])), text(TEXTS[2])])
        self.hand_in(
            "hal", [text("Call me on +49 30 901820 about the boat in the harbour, please, at noon."), text(TEXTS[3])]
        )
        self.hand_in(
            "ida",
            [text("the end of the road " * 40), text("Too short.")],
            [(picture(seed=1, kind="JPEG", quality=60), "image/jpeg"), (picture(seed=2, kind="JPEG"), "image/jpeg")],
        )
        german = (
            "Der alte Mann ist nicht im Haus, und die Kinder spielen mit dem Hund auf der Straße, weil es warm ist."
        )
        self.hand_in("jon", [text(german), text(TEXTS[4]), text(TEXTS[5])], [(picture(seed=3), "image/png")])
        # The last place is filled by a creation that says what it is.
        self.hand_in("jon", [text(f"{TEXTS[2]} {TEXTS[5]}"[40:-40], made="machines", tools="A language model")])
        reader = self.world.person("reader")
        assert reader.get(f"/v1/orders/{self.order}")["answered"] == TARGET
        self.world.wait("the verdicts", lambda: reader.get(f"/v1/orders/{self.order}")["status"] == "judged")
        for name, submissions in self.reasons.items():
            found = [reader.get(f"/v1/submissions/{each}")["items"] for each in submissions]
            self.reasons[name] = [each["reason"] for items in found for each in items]


class People(World):
    """The world of this flow."""

    def everyone(self) -> list[str]:
        treasury = str(self.person("reader").get("/v1/pools")["items"][0]["terms"]["fee_account"])
        return [treasury, *(self.account(name) for name in (BUYER, *PEOPLE))]


@pytest.fixture(scope="module", params=["open", "sealed"])
def request_(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Request]:
    folder = tmp_path_factory.mktemp(request.param)
    node = opened(folder)
    try:
        with serving(node):
            pools.open_pool(
                node,
                name="Towns",
                terms={**pools.usual_terms(node, evidence=request.param, fee_bps=FEE_BPS), "sale_split": dict(SPLIT)},
                arbiter=address_of(secret("arbiter")),
                court=address_of(secret("court")),
            )
            world = People(url=node.settings.url, public=folder / "public")
            try:
                made = Request(world=world, node=node, evidence=request.param)
                made.live()
                yield made
            finally:
                world.close()
    finally:
        node.close()


def test_a_request_is_answered_paid_released_sold_and_verified(request_: Request) -> None:
    world = request_.world
    assert request_.reasons == {
        "fia": ["kept", "kept", "kept"],
        "gus": ["duplicate", "near_duplicate", "kept"],
        "hal": ["kept"],
        "ida": ["too_repetitive", "too_small", "near_duplicate", "kept"],
        "jon": ["wrong_language", "kept", "kept", "kept", "kept"],
    }
    assert request_.refused["hal"] == ["personal_data"]
    world.settled("verdicts")
    world.claim()
    held = {name: world.balance(world.account(name)) for name in PEOPLE}
    kept = kept_by(request_)
    assert held == {name: REWARD * kept[world.account(name)] for name in PEOPLE}
    assert kept[world.account("fia")] == 3
    release = sell(request_)
    files = buy(request_, release)
    rows = check_release(request_, files, sum(kept.values()))
    world.wait("the sale", lambda: world.person("reader").get("/v1/statements", kind="sale")["items"])
    world.settled()
    world.claim()
    part = PRICE - sum(PRICE * SPLIT[name] // 10_000 for name in ("fee", "originator"))
    gained = {name: world.balance(world.account(name)) - held[name] for name in PEOPLE}
    assert sum(gained.values()) == part
    assert all(abs(gained[name] - part * kept[world.account(name)] // len(rows)) <= 1 for name in PEOPLE)
    world.quiet()
    report = world.verify()
    assert mismatches(report) == []
    levels = {(check.name, check.level): check.count for check in report.checks}
    if request_.evidence == "open":
        assert levels[("verdicts", "recomputed")] == TARGET
    else:
        assert ("verdicts", "recomputed") not in levels
        assert levels[("verdicts", "attested")] == TARGET
        check_as_a_licensee(request_, files)
    something_is_wrong(request_, release, rows)


def something_is_wrong(request_: Request, release: str, rows: list[dict[str, Any]]) -> None:
    """A stranger reports one unit; it is not served any more; a release without it is made; the owner's objection frees it again."""
    from hakari.core.statement import row_commitment

    world = request_.world
    buyer, student, stranger = world.person(BUYER), world.person("student"), world.delegated("stranger", "work")
    world.keep(buyer.delegate(scopes="buy work", nonce=1))
    row = f"row:{release}:{row_commitment(rows[0])}"
    words = "This names my neighbour, whose name is Rumpelstiltskin."
    sent = world.keep(stranger.report(row, reason="private", note=words))
    with pytest.raises(Refused) as strange:
        stranger.report(f"release:{'0' * 64}", reason="illegal", note="")
    assert strange.value.code == "unknown_subject"

    operator = Client(world.url, secret=request_.node.keys.secret("operator"))
    operator.sign_in()
    seen = operator.get("/v1/reports", subject=row)
    assert (seen["items"][0]["note"], seen["quarantined"]) == (words, False)
    assert "note" not in stranger.get("/v1/reports", subject=row)["items"][0]
    taken = {"about": [sent.id], "reason": "private", "result": "quarantined", "subject": row}
    with pytest.raises(Refused) as forbidden:
        buyer.post("/v1/decisions", taken)
    assert forbidden.value.code == "forbidden"
    # Read before the decision: its offers are taken back as soon as the chain is heard.
    offer = int(student.get(f"/v1/releases/{release}")["offers"][0]["offer"])
    decision = str(operator.post("/v1/decisions", taken)["id"])

    use = student.get("/v1/statements", kind="use")["items"][-1]["id"]
    with pytest.raises(Refused) as stopped:
        student.download(f"/v1/releases/{release}/files/data.parquet", use=use)
    assert (stopped.value.code, stopped.value.status) == ("quarantined", 451)
    licence = int(student.get(f"/v1/accounts/{student.account}")["licences"][0]["id"])
    with pytest.raises(Refused) as again:
        student.use(licence=licence, release=release, purpose=RESEARCH, why="Again.", files=["data.parquet"])
    assert again.value.code == "quarantined"
    world.wait("the end of its sale", lambda: stop_is_heard(request_, offer))

    clean = str(buyer.post(f"/v1/orders/{request_.order}/releases", {"name": "Towns, without one"})["id"])
    assert buyer.get(f"/v1/releases/{clean}")["body"]["items"] == len(rows) - 1
    with pytest.raises(Refused) as unconcerned:
        stranger.object_to(row, decision=decision, note="I like it.")
    assert unconcerned.value.code == "not_concerned"
    objected = world.keep(buyer.object_to(row, decision=decision, note="It is a fairy tale."))
    operator.post("/v1/decisions", {"about": [objected.id], "reason": "private", "result": "restored", "subject": row})
    assert student.download(f"/v1/releases/{release}/files/data.parquet", use=use)
    world.quiet()
    report = world.verify()
    assert mismatches(report) == []
    assert ("quarantine", "recomputed", 2) in [(check.name, check.level, check.count) for check in report.checks]
    public = b"".join(path.read_bytes() for path in world.public.rglob("*") if path.is_file())
    assert b"Rumpelstiltskin" not in public
    own_data(request_)
    bidding(request_)
    lie(request_, release, operator, licence)


def own_data(request_: Request) -> None:
    """Somebody lists data of her own: an order that pays nothing, answered by herself, under the same checks as everybody's."""
    world = request_.world
    olga = world.delegated("olga", "buy work")
    world.signed_in("olga")
    mine = Request(world=world, node=request_.node, evidence=request_.evidence)
    mine.place("olga", reward=0, budget=1, target=2)
    new = "The bridge keeper has a list of the boats that went under in the night and of those that did not come back to him."
    mine.hand_in("olga", [text(new), text(TEXTS[0])])
    world.wait("the verdicts", lambda: olga.get(f"/v1/orders/{mine.order}")["status"] == "judged")
    found = olga.get(f"/v1/submissions/{mine.reasons['olga'][0]}")["items"]
    assert [each["reason"] for each in found] == ["kept", "duplicate"], "what another order of the pool kept is known"
    offer = {"price": "5000000", "purposes": RESEARCH, "term_seconds": 0}
    made = str(olga.post(f"/v1/orders/{mine.order}/releases", {"name": "Of my own", "offer": offer})["id"])
    world.wait("the offer", lambda: olga.get(f"/v1/releases/{made}")["offers"])
    world.quiet()
    assert mismatches(world.verify()) == []


def bidding(request_: Request) -> None:
    """A bid on a request becomes an order for its author alone, at its price, once; verify holds the one against the other."""
    world, node = request_.world, request_.node
    asked = Request(world=world, node=node, evidence=request_.evidence)
    asked.place("asker", target=3)
    asker, bidder = world.person("asker"), world.delegated("bidder", "work")
    until = node.clock() + 86_400
    with pytest.raises(Refused) as own:
        world.delegated("asker", "buy work").bid(asked.order, count=2, price=300_000, until=until)
    assert own.value.code == "malformed"
    keys = {name: world.public.parent / f"{name}.key" for name in ("asker", "bidder", "stranger")}
    for name, file in keys.items():
        file.write_text(secret(name).hex())
    run = CliRunner()
    terms = ("--count", "2", "--price", "0.3", "--key-file", str(keys["bidder"]), "--url", world.url)
    assert run.invoke(cli, ["bid", "make", asked.order[:12], *terms]).exit_code == 0
    shown = run.invoke(cli, ["bid", "list", asked.order, "--json", "--url", world.url])
    [listed] = json.loads(shown.stdout)
    assert (listed["author"], listed["count"], listed["price"], listed["taken"]) == (bidder.account, 2, "300000", None)
    bid = listed["id"]
    world.signed_in("asker")
    made = asker.post(f"/v1/orders/{asked.order}/bids/{bid}", {"days": 1})
    number, deadline = funded(world, asker, int(made["body"]["budget"]))
    body = {**made["body"], "deadline": deadline, "escrow_order": number}

    def placed(**changed: Any) -> str:
        more = {"items": made["items"], "guideline": made["guideline"], "extra": made["extra"]}
        return world.keep(asker.order({**body, **changed}, **more)).id

    for changed in ({"reward": "299999"}, {"spec": {**body["spec"], "near_bps": 9999}}, {"bid": asked.order}):
        with pytest.raises(Refused) as wrong:
            placed(**changed)
        assert wrong.value.code == "no_bid"
    theirs = run.invoke(
        cli, ["bid", "accept", asked.order, bid, "--key-file", str(keys["stranger"]), "--url", world.url]
    )
    assert (type(theirs.exception).__name__, getattr(theirs.exception, "code", None)) == ("Refused", "forbidden")
    world.call(asker, "payment_token", "faucet(address,uint256)", [asker.account, int(body["budget"])])
    taken = run.invoke(cli, ["bid", "accept", asked.order, bid, "--key-file", str(keys["asker"]), "--url", world.url])
    assert taken.exit_code == 0, taken.stderr
    order = taken.stderr.split("Order ")[1][:64]
    again, later = funded(world, asker, int(body["budget"]))
    with pytest.raises(Refused) as twice:
        placed(escrow_order=again, deadline=later)
    assert twice.value.code == "bid_taken"
    [said] = asker.get(f"/v1/orders/{asked.order}/bids")["items"]
    assert (said["price"], said["count"], said["taken"]) == ("300000", 2, order)
    world.signed_in("bidder")
    assert len(bidder.assignments(order, count=9)) == 2
    assert world.signed_in("stranger").assignments(order, count=9) == []
    world.quiet()
    report = world.verify()
    assert mismatches(report) == []
    assert ("bids", "recomputed", 1) in [(check.name, check.level, check.count) for check in report.checks]


def funded(world: World, who: Client, budget: int) -> tuple[int, int]:
    """Put a budget into escrow once more. Returns the order's number on chain and its deadline."""
    deadline = int(time.time()) + 86_400
    world.call(who, "payment_token", "faucet(address,uint256)", [who.account, budget])
    world.call(who, "payment_token", "approve(address,uint256)", [who.node["chain"]["contracts"]["escrow"], budget])
    world.call(who, "escrow", "fund(uint256,uint256,uint256,uint256)", [world.pool(), 1, budget, deadline])
    return world.number("escrow", "order_count()", []), deadline


def stop_is_heard(request_: Request, offer: int) -> bool:
    with request_.node.store.reading() as book:
        return bool(book.chain.events(contract="licences", event="Stopped", having=("offer", str(offer))))


def lie(request_: Request, release: str, operator: Client, licence: int) -> None:
    """A node that serves what is in quarantine is caught by whoever verifies."""
    world, student = request_.world, request_.world.person("student")
    body = {"about": [], "reason": "unsafe", "result": "quarantined", "subject": f"release:{release}"}
    operator.post("/v1/decisions", body)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("hakari.app.quarantines.pass_release", lambda *_: None)
        world.keep(
            student.use(licence=licence, release=release, purpose=RESEARCH, why="Secretly.", files=["data.parquet"])
        )
    world.quiet()
    [found] = mismatches(world.verify())
    assert "use of a release" in found
    assert release in found


def kept_by(request_: Request) -> Counter[str]:
    """Kept units by account, from the public results."""
    reader = request_.world.person("reader")
    [said] = reader.get("/v1/statements", kind="verdicts")["items"]
    data = (request_.world.public / "evidence" / said["statement"]["body"]["results"]).read_bytes()
    authors = {
        each["leaf"]: each["statement"]["author"] for each in reader.get("/v1/statements", kind="submission")["items"]
    }
    return Counter(str(authors[line["leaf"]]) for line in canonical.read_lines(data) if line["accepted"])


def sell(request_: Request) -> str:
    buyer = request_.world.signed_in(BUYER)
    offer = {"price": str(PRICE), "purposes": RESEARCH | 1, "term_seconds": 365 * 86_400}
    made = str(buyer.post(f"/v1/orders/{request_.order}/releases", {"name": "Towns", "offer": offer})["id"])
    request_.world.wait("the offer", lambda: buyer.get(f"/v1/releases/{made}")["offers"])
    return made


def buy(request_: Request, release: str) -> dict[str, bytes]:
    """A student buys a licence and downloads every file."""
    world = request_.world
    student = world.delegated("student", "buy")
    world.signed_in("student")
    found = student.get(f"/v1/releases/{release}")
    licences = student.node["chain"]["contracts"]["licences"]
    world.call(student, "payment_token", "faucet(address,uint256)", [student.account, PRICE])
    world.call(student, "payment_token", "approve(address,uint256)", [licences, PRICE])
    offer = int(found["offers"][0]["offer"])
    world.call(student, "licences", "buy(uint256,address,uint256)", [offer, student.account, PRICE])
    world.wait("the licence", lambda: student.get(f"/v1/accounts/{student.account}")["licences"])
    licence = int(student.get(f"/v1/accounts/{student.account}")["licences"][0]["id"])
    names = [str(each["path"]) for each in found["body"]["files"]]
    use = student.use(licence=licence, release=release, purpose=RESEARCH, why="A model of towns.", files=names)
    world.keep(use)
    return {name: student.download(f"/v1/releases/{release}/files/{name}", use=use.id) for name in names}


def check_release(request_: Request, files: dict[str, bytes], kept: int) -> list[dict[str, Any]]:
    """What the buyer has is what was kept: texts in rows, pictures in the archive, each of its hash."""
    import pyarrow.parquet as pq

    rows = pq.read_table(io.BytesIO(files["data.parquet"])).to_pylist()
    assert len(rows) == kept
    with tarfile.open(fileobj=io.BytesIO(files["files-00000.tar"])) as archive:
        pictures = {member.name: archive.extractfile(member).read() for member in archive.getmembers()}  # type: ignore[union-attr]
    for row in rows:
        data = row["text"].encode() if row["text"] else pictures.pop(row["file"])
        assert hashlib.sha256(data).hexdigest() == row["sha256"]
        assert len(data) == row["bytes"]
    assert not pictures
    assert {row["made"] for row in rows} == {"machines", "people"}
    reader = request_.world.person("reader")
    [said] = reader.get("/v1/statements", kind="release")["items"]
    card = json.loads((request_.world.public / "evidence" / said["statement"]["body"]["croissant"]).read_bytes())
    assert [each["@id"] for each in card["distribution"]] == ["data.parquet", "files-00000.tar", "in-files-00000.tar"]
    public = b"\n".join(path.read_bytes() for path in request_.world.public.rglob("*") if path.is_file())
    seen = [any(each.encode() in public for each in TEXTS[:1]), TEXTS[3].encode()[:30] in public]
    assert request_.evidence == "open" or not any(seen)
    return rows


def check_as_a_licensee(request_: Request, files: dict[str, bytes]) -> None:
    """With the opened answers of the release beside the public files, all is judged again."""
    import shutil

    mine = request_.world.public.parent / "mine"
    shutil.copytree(request_.world.public, mine)
    answers = files["answers-00000.jsonl"]
    (mine / "evidence" / hashlib.sha256(answers).hexdigest()).write_bytes(answers)
    report = checking.check(str(mine), rpc=f"{request_.world.url}/rpc")
    assert mismatches(report) == []
    assert ("verdicts", "recomputed", TARGET) in [(check.name, check.level, check.count) for check in report.checks]
