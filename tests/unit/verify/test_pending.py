"""An event that the log may still restate is pending: a stranger who fetches at that moment is told so, and no lie hides behind it."""

from hakari.verify.ports import Held
from hakari.verify.report import Findings
from hakari.verify.verification import references, verify
from hakari.verify.walk import walk

from .world import KINDS, View, World


class Prompt(World):
    """A market that says pool, sale and use as soon as it hears of them, as a node does: the chain's events follow in the log."""

    held_back = False

    def restate(self):
        if not self.held_back:
            super().restate()

    def sell(self):
        self.held_back = True
        sale = super().sell()
        self.use()
        self.held_back = False
        self.restate()
        return sale


def report_at(world, size, chain=None):
    """Verify the folder as it was when the log had `size` leaves."""
    whole = world.statements
    world.statements = whole[:size]
    files = world.publish()
    world.statements = whole
    log = walk(Held(files=files), Findings())
    asked = {f"evidence/{digest}" for digest in references(log.ledger)}
    files = {
        path: data
        for path, data in files.items()
        if path in asked or path.startswith("log/") or path == "node.json" or path.split("/")[1] in log.ledger.releases
    }
    return verify(Held(files=files), chain, kinds=KINDS)


def place(world, kind, nth=0):
    return [n for n, each in enumerate(world.statements, 1) if each.kind == kind][nth]


def pending(report):
    return [note for note in report.notes if note.startswith("Pending")]


def test_an_honest_log_holds_at_every_size_and_says_what_is_pending():
    world = Prompt()
    world.tell()
    for size in range(2, world.size + 1):
        report = report_at(world, size)
        assert report.ok, (size, report.mismatches)
    for kind, event in (("pool", "Terms"), ("order", "Funded"), ("sale", "Bought"), ("use", "Bought")):
        size = place(world, kind)
        [note] = pending(report_at(world, size))
        assert f"{event} of {world.statements[size - 1].id}" in note
    assert not pending(report_at(world, world.size))


def test_what_is_pending_is_held_against_the_events_that_an_rpc_shows():
    world = Prompt()
    world.tell()
    for kind in ("pool", "order", "sale", "use"):
        report = report_at(world, place(world, kind), View(world))
        assert report.ok, (kind, report.mismatches)
        assert not pending(report)
        assert any(check.name == f"{kind}s" and check.level == "recomputed" for check in report.checks)


def test_an_rpc_that_does_not_show_the_event_names_what_rests_on_it():
    for kind, lie, what in (
        ("pool", "pools.Terms", "hash of terms"),
        ("sale", "licences.Bought", "Bought event"),
        ("use", "licences.Bought", "licence"),
    ):
        world = Prompt({lie: lambda _: None})
        world.tell()
        size = place(world, kind)
        assert report_at(world, size).ok
        named = report_at(world, size, View(world)).mismatches
        assert any(each.where == world.statements[size - 1].id and what in each.what for each in named), (kind, named)


def test_an_order_without_money_is_named_once_the_chain_is_said_behind_it():
    """The first `chain` statement behind an order may have been made before its event was deep enough; the second was not."""
    world = World({"escrow.Funded": lambda _: None})
    world.begin()
    world.order()
    assert pending(report_at(world, world.size))
    found = report_at(world, world.size, View(world)).mismatches
    assert [(each.section, each.what) for each in found] == [("orders", "Funded event")]
    world.anchor()
    world.restate()
    report = report_at(world, world.size)
    assert [(each.section, each.what) for each in report.mismatches] == [("orders", "Funded event")]


def test_a_sale_and_a_use_of_no_licence_are_named_once_the_chain_is_said_behind_them():
    world = Prompt({"licences.Bought": lambda _: None})
    world.tell()
    report = report_at(world, place(world, "chain", -1))
    named = {(each.section, each.what) for each in report.mismatches}
    assert {("sales", "Bought event"), ("uses", "licence")} <= named
