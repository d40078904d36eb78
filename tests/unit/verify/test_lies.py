"""Each lie changes one thing and rebuilds all that follows with every key of the node; the verifier must name it."""

import json
from dataclasses import replace
from hashlib import sha256

import pytest

from hakari.core import canonical
from hakari.core.money import Micros
from hakari.log.tiles import pack, unpack
from hakari.verify.outside import OMISSION, UNSEEN
from hakari.verify.ports import Held
from hakari.verify.verification import verify

from .world import CONTRACTS, KINDS, LOG_ID, REWARD, View, World


def checked(world, chain=None):
    return verify(world.held(), chain, kinds=KINDS)


@pytest.fixture(scope="module")
def honest():
    world = World()
    world.made = world.tell()
    return world


def test_an_honest_folder_holds_and_says_what_it_could_not_see(honest):
    report = verify(Held(files=honest.made), receipts=honest.receipts, kinds=KINDS)
    assert report.ok, report.mismatches
    assert report.unseen == UNSEEN
    levels = {(check.name, check.level): check.count for check in report.checks}
    assert levels["log", "recomputed"] == len(honest.statements)
    assert levels["verdicts", "recomputed"] == 40
    assert levels["tasks", "attested"] == 8
    for name in ("chain", "orders", "sales", "uses", "anchors", "pools"):
        assert (name, "recomputed") not in levels
        assert levels[name, "asserted"] > 0


def test_with_an_rpc_the_same_folder_is_recomputed_from_the_chain(honest):
    report = verify(Held(files=honest.made), View(honest), kinds=KINDS)
    assert report.ok, report.mismatches
    assert report.unseen == (OMISSION,)
    assert "asserted" not in {check.level for check in report.checks}


def test_the_report_is_json_and_shares_sum_to_all(honest):
    report = verify(Held(files=honest.made), kinds=KINDS)
    read = json.loads(canonical.encode(report.json()))
    assert read["ok"] is True
    assert read["classes"] == {"open": {"answers": 40, "share_bps": 10_000}}


def test_progress_is_told_section_by_section(honest):
    heard = []
    verify(
        Held(files=honest.made),
        progress=lambda name, done, total: heard.append((name, done, total)),
        kinds=KINDS,
    )
    assert ("log", len(honest.statements), len(honest.statements)) in heard
    assert {"statements", "chain", "verdicts", "epochs", "files"} <= {name for name, _, _ in heard}


@pytest.mark.parametrize(
    ("evidence", "assignment"), [("open", "open"), ("keyed", "drawn"), ("sealed", "drawn"), ("sealed", "open")]
)
def test_every_class_of_evidence_and_assignment_holds(evidence, assignment):
    world = World(evidence=evidence, assignment=assignment)
    report = checked(world, View(world))
    assert report.ok, report.mismatches
    levels = {(check.name, check.level) for check in report.checks}
    assert (("verdicts", "recomputed") in levels) == (evidence != "sealed")
    assert (("epochs", "attested") in levels) == (evidence == "sealed")
    assert report.classes == {evidence: 40}


class Listed(World):
    """A market whose order says who may answer what."""

    def order(self):
        allowed = self.at(
            "allowed",
            [{"account": worker.account, "task": task} for worker in self.workers for task in range(self.task_count)],
        )
        super().order(listed=self.keep(canonical.lines(allowed)))


def test_a_listed_order_holds_and_an_account_off_the_list_does_not():
    assert checked(Listed(assignment="listed")).ok
    report = checked(Listed({"allowed": lambda lines: lines[1:]}, assignment="listed"))
    assert [(each.section, each.where) for each in report.mismatches] == [("assignments", World().workers[0].account)]


def other_answer(opened):
    first = opened[0]
    return [
        replace(first, answer=replace(first.answer, answer={"label": (first.answer.answer["label"] + 1) % 3})),
        *opened[1:],
    ]


def flipped(judgement):
    at = next(n for n, verdict in enumerate(judgement.verdicts) if not verdict.accepted)
    verdicts = list(judgement.verdicts)
    verdicts[at] = replace(verdicts[at], accepted=True, reason="accepted")
    return replace(judgement, verdicts=verdicts)


def rescored(judgement):
    verdicts = list(judgement.verdicts)
    verdicts[0] = replace(verdicts[0], score_bps=verdicts[0].score_bps - 2)
    return replace(judgement, verdicts=verdicts)


def redecided(judgement):
    decisions = list(judgement.decisions)
    decisions[0] = replace(decisions[0], statistic=decisions[0].statistic - 0.01)
    return replace(judgement, decisions=decisions)


def more_to_operator(lines):
    operator = World().operator.account
    return [
        replace(each, amount=Micros(each.amount + 1)) if (each.account, each.source) == (operator, 1) else each
        for each in lines
    ]


def one_less(lines):
    return lines[1:]


def moved(lines):
    """Money of one worker's line goes to another."""
    workers = {worker.account for worker in World().workers}
    first, second = [n for n, each in enumerate(lines) if each.account in workers][:2]
    lines = list(lines)
    lines[first] = replace(lines[first], amount=Micros(lines[first].amount - REWARD))
    lines[second] = replace(lines[second], amount=Micros(lines[second].amount + REWARD))
    return lines


def heavier(weights):
    first = min(weights)
    return {**weights, first: weights[first] + 1}


def with_(**members):
    return lambda body: {**body, **members}


def stale(**members):
    """A signed statement with another body: the signature is what its author made."""
    return lambda statement: replace(statement, body={**statement.body, **members})


def later_claim(args):
    """Who claims for a second time shows one unit less than the tree gives."""
    if args["amount"] == args["cumulative"]:
        return args
    return {**args, "amount": args["amount"] - 1, "cumulative": args["cumulative"] - 1}


def backwards(tasks):
    return tasks[::-1]


LIES = {
    "vote": ("answers", other_answer, "answers", "answer 0 of leaf"),
    "verdict": ("judgement", flipped, "verdicts", "verdict on answer"),
    "score": ("judgement", rescored, "verdicts", "score of answer"),
    "decision": ("judgement", redecided, "verdicts", "decision on"),
    "summary": ("judgement", lambda j: replace(j, summary=j.summary[:-1]), "verdicts", "lines of the summary"),
    "rules": ("judgement", lambda j: replace(j, rules="tiny.other"), "statements", "rules"),
    "paid": ("verdicts", with_(paid="1"), "verdicts", "paid"),
    "accepted": ("verdicts", with_(accepted=1), "verdicts", "accepted answers"),
    "verdicts of the future": ("verdicts", with_(size=10**6), "statements", "size of verdicts"),
    "line to the operator": ("lines", more_to_operator, "epochs", "line of epoch statement"),
    "line left out": ("lines", one_less, "epochs", "line of epoch statement"),
    "line moved to another": ("lines", moved, "epochs", "line of epoch statement"),
    "root": ("epoch", with_(root="ab" * 32), "epochs", "root"),
    "pulls": ("epoch", lambda b: {**b, "pulls": [{**b["pulls"][0], "free": "0"}]}, "epochs", "pulls"),
    "epoch number": ("epoch", with_(number=7), "epochs", "number of an epoch"),
    "share": ("shares", heavier, "releases", "share in release"),
    "share dropped": ("shares", lambda w: dict(list(w.items())[1:]), "releases", "share in release"),
    "row": ("release", with_(root="ab" * 32), "releases", "root of the manifest"),
    "items": ("release", with_(items=3), "releases", "items"),
    "cell of the data": ("rows", lambda rows: [{**rows[0], "image": "x"}, *rows[1:]], "releases", "root of its rows"),
    "row left out of the data": ("rows", lambda rows: rows[1:], "releases", "rows"),
    "data that is no data": ("data", lambda _: b"PAR1 rows", "releases", "rows"),
    "data that ends early": ("data", lambda data: data[:-40], "releases", "rows"),
    "data under another name": (
        "release",
        lambda b: {**b, "files": [{**b["files"][0], "access": "licensee", "path": "rows.parquet"}]},
        "releases",
        "files",
    ),
    "data kept back": (
        "release",
        lambda b: {**b, "files": [{**b["files"][0], "access": "licensee"}]},
        "releases",
        "access to data.parquet",
    ),
    "lineage": (
        "release",
        lambda b: {**b, "lineage": {**b["lineage"], "verdicts": []}},
        "releases",
        "share in release",
    ),
    "price": ("sale", with_(price="1000002"), "sales", "price of a sale"),
    "licence": ("sale", with_(purposes=127), "sales", "purposes of a sale"),
    "buyer": ("sale", with_(buyer=CONTRACTS["pools"]), "sales", "buyer of a sale"),
    "purpose": ("use", with_(purpose=64), "uses", "purpose of a use"),
    "files": ("use", with_(files=["other"]), "uses", "files of a use"),
    "open for ever": ("use", with_(until=10**10), "uses", "until of a use"),
    "open before": ("use", with_(until=1), "uses", "until of a use"),
    "licence of another": ("user", lambda _: World().buyer, "uses", "holder of the licence"),
    "use forged": ("use statement", stale(purpose=4), "statements", "statement"),
    "order term": ("order", stale(reward="1"), "statements", "statement"),
    "submission forged": ("submission 0", stale(guideline=2), "statements", "statement"),
    "pool term": ("terms", with_(fee_bps=501), "pools", "hash of terms"),
    "draw": ("assigned", backwards, "assignments", "draw in order"),
    "task of nowhere": ("assigned", lambda tasks: [*tasks[:-1], 99], "statements", "assigned task"),
    "funding": ("escrow.Funded", lambda a: {**a, "amount": a["amount"] + 1}, "orders", "budget against the chain"),
    "claim": ("payouts.Claimed", lambda a: {**a, "amount": a["amount"] + 1}, "chain", "amount claimed"),
    "claim beyond": (
        "payouts.Claimed",
        later_claim,
        "epochs",
        "cumulative amount claimed",
    ),
    "acceptance": ("payouts.Accepted", lambda _: None, "chain", "claimed of a pool"),
    "paid out": ("escrow.PaidOut", lambda _: None, "chain", "orders paid out"),
    "proposal": ("payouts.Proposed", with_(root="ab" * 32), "chain", "accepted root"),
    "evidence of a proposal": ("payouts.Proposed", with_(evidence="ab" * 32), "epochs", "evidence proposed"),
    "anchor": ("anchor.Posted", with_(root="ab" * 32), "anchors", "root anchored"),
    "anchor beyond": ("anchor.Posted", with_(size=10**6), "anchors", "anchored size"),
    "chain gap": ("chain", lambda b: {**b, "from": b["from"] + 1}, "statements", "blocks"),
    "count of events": ("chain", with_(count=99), "chain", "count of events"),
}


@pytest.mark.parametrize("lie", LIES)
def test_the_first_thing_that_a_report_names_is_the_lie(lie):
    """What follows from a lie may be named too; nothing is named before it."""
    place, change, section, what = LIES[lie]
    lies = {place: change}
    if lie == "pool term":  # the hash on chain stays that of the true terms
        lies["pools.Terms"] = with_(hash="ab" * 32)
    report = checked(World(lies))
    assert not report.ok
    assert report.mismatches[0].section == section
    assert what in report.mismatches[0].what


def test_a_dropped_submission_is_named_by_its_receipt():
    world = World({"submission 0": lambda _: None}, assignment="open")
    report = checked(world, receipts=[]) if False else verify(world.held(), receipts=world.receipts, kinds=KINDS)
    assert [each.section for each in report.mismatches] == ["receipts", "receipts"]
    assert report.mismatches[0].what.startswith("OMITTED")
    assert report.mismatches[0].where == world.receipts[0]["statement"]


def test_a_dropped_submission_without_its_receipt_is_silent_but_the_report_says_so():
    world = World({"submission 0": lambda _: None}, assignment="open")
    report = checked(world, View(world))
    assert report.ok
    assert OMISSION in report.unseen


def test_a_receipt_whose_time_is_not_over_is_only_noted():
    world = World({"submission 0": lambda _: None}, assignment="open")
    files = world.held()
    late = world.receipts[0]["include_by"] + 10**6
    from hakari.people import receipts

    fresh = receipts.make(world.signer, statement="ab" * 32, time=late - 1, include_by=late).json
    report = verify(files, receipts=[fresh], kinds=KINDS)
    assert report.ok
    assert any("not in the log yet" in note for note in report.notes)
    assert not verify(files, receipts=[fresh], kinds=KINDS, now=late + 1).ok


@pytest.mark.parametrize("thing", [None, {}, [], "x", 7, {"statement": 1}])
def test_what_is_no_receipt_is_named(honest, thing):
    report = verify(Held(files=honest.made), receipts=[thing], kinds=KINDS)
    assert [(each.section, each.where) for each in report.mismatches] == [("receipts", "receipt 1")]


def test_a_receipt_of_another_log_is_named(honest):
    from hakari.log.note import SignerKey
    from hakari.people import receipts

    other = SignerKey(name="other.example/log", seed=bytes(32))
    given = receipts.make(other, statement="ab" * 32, time=1, include_by=2).json
    report = verify(Held(files=honest.made), receipts=[given], kinds=KINDS)
    assert [each.section for each in report.mismatches] == ["receipts"]


class Shared(World):
    """A market on contracts that serve another node too."""

    def __init__(self, log_id, **more):
        super().__init__(**more)
        self.other_log = log_id

    def release(self):
        terms = {
            "arbiter": CONTRACTS["pools"],
            "court": CONTRACTS["anchor"],
            "fee_cap_bps": 0,
            "bond": 0,
            "derive_bps": 0,
        }
        self.emit("pools", "Terms", pool=2, version=1, hash="ab" * 32, log_id=self.other_log, **terms)
        number = sum(event.event in ("Funded", "Income") for event in self.events) + 1
        buyer = {"buyer": self.buyer.account, "terms_version": 1, "amount": 5, "deadline": self.time + 9}
        self.emit("escrow", "Funded", order=number, pool=2, **buyer)
        self.emit(
            "payouts",
            "Proposed",
            pool=2,
            epoch=1,
            proposer=self.buyer.account,
            terms_version=1,
            root="ab" * 32,
            total=5,
            depth=0,
            pulls=[{"free": "0", "order": str(number), "pay": "5"}],
            checkpoint_size=1,
            evidence="ab" * 32,
            bond=1,
            window_ends=self.time + 9,
        )
        super().release()


def test_pools_of_another_node_on_the_same_contracts_are_its_own_affair():
    assert checked(Shared("cd" * 32)).ok


def test_a_pool_that_names_this_log_and_is_not_stated_in_it_is_named():
    report = checked(Shared(LOG_ID))
    assert [(each.section, each.what) for each in report.mismatches] == [("epochs", "terms")]


# -- lies that only the chain shows


def test_rewritten_chain_evidence_is_silent_without_an_rpc_and_named_with_one(honest):
    lying = World({"terms": with_(fee_bps=900)})
    folder = lying.held()
    assert verify(folder, kinds=KINDS).ok
    report = verify(folder, View(honest), kinds=KINDS)
    assert report.mismatches[0].section == "chain"
    assert "Terms" in report.mismatches[0].what


def test_an_event_left_out_of_the_log_is_named(honest):
    lying = World({"pools.Release": lambda _: None})
    report = verify(lying.held(), View(honest), kinds=KINDS)
    assert any(each.section == "chain" for each in report.mismatches)


def test_foreign_code_missing_money_and_another_chain_are_named(honest):
    folder = Held(files=honest.made)
    view = View(honest)
    view.foreign = {"escrow"}
    view.balances = {CONTRACTS["payouts"]: 0, CONTRACTS["escrow"]: 0}
    report = verify(folder, view, kinds=KINDS)
    # all epochs are claimed: payouts owes nothing but the proposer's bonds
    assert [(each.section, each.what.split(" at")[0]) for each in report.mismatches] == [
        ("rpc", "code of escrow"),
        ("rpc", "balance"),
        ("rpc", "balance"),
    ]
    view = View(honest)
    view.chain_id = lambda: 1
    assert [each.what for each in verify(folder, view, kinds=KINDS).mismatches] == ["chain id of the RPC"]


# -- the folder


def test_a_further_file_is_named(honest):
    for path in ("evidence/" + "ab" * 32, "notes.txt", "log/tile/0/001", "releases/x", "evidence/../node.json", ""):
        report = verify(Held(files={**honest.made, path: b"x"}), kinds=KINDS)
        assert [each.where for each in report.mismatches] == [path]


def test_what_a_node_leaves_that_stops_while_it_publishes_is_noted(honest):
    data = b"early"
    bundle = next(data for path, data in honest.made.items() if path.startswith("log/tile/entries/000"))
    first = pack(unpack(bundle, len(honest.statements))[:1])
    left = {f"evidence/{sha256(data).hexdigest()}": data, "log/tile/entries/000.p/1": first}
    report = verify(Held(files={**honest.made, **left}), kinds=KINDS)
    assert report.ok
    for path in left:
        assert any(path.removeprefix("log/") in note for note in report.notes)


def test_a_folder_that_can_not_be_listed_holds_with_a_note(honest):
    report = verify(Held(files=honest.made, listed=False), kinds=KINDS)
    assert report.ok
    assert any("can't be listed" in note for note in report.notes)


def test_every_missing_file_is_named(honest):
    for path in honest.made:
        report = verify(Held(files={name: data for name, data in honest.made.items() if name != path}), kinds=KINDS)
        assert path in {each.where for each in report.mismatches}, path


def test_a_changed_byte_in_any_file_is_named(honest):
    for path, data in honest.made.items():
        for at in {0, len(data) // 2, len(data) - 1}:
            changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
            report = verify(Held(files={**honest.made, path: changed}), kinds=KINDS)
            wheres = {each.where for each in report.mismatches}
            assert path in wheres or (path == "node.json" and wheres), (path, at, report.mismatches)


def test_another_log_key_than_the_pinned_one_is_refused(honest):
    folder = Held(files=honest.made)
    assert verify(folder, kinds=KINDS, key=honest.signer.verifier.text).ok
    report = verify(folder, kinds=KINDS, key="x" + honest.signer.verifier.text)
    assert not report.complete
    assert report.mismatches[0].what == "log key"
