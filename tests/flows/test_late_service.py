"""Who offers to audit after the anchored log is not drawn, however soon after it."""

from pathlib import Path

from market_by_merit import AUDIT_REWARD, AUDITS, QUALITY, Merit, cost
from stage import operating, served, until
from world import CONFIG, World, mismatches, open_pool, opened

from hakari.app import Node, auditing, promises, rounds
from hakari.work.quality import AUDITORS

EARLY = ("eve", "fay")
LATE = ("gus", "hal", "ivy", "jon")


def reported(node: Node, order: str) -> bool:
    """Whether the log shows an anchor over all of an order's answers."""
    with node.store.reading() as book:
        last = max(row.leaf for row in book.answers.worked(order) if row.leaf is not None)
        anchor = auditing.anchor_of(node, book, last)
        return anchor is not None and anchor.block <= (book.chain.mark("reported") or 0)


def test_an_offer_that_waits_for_its_leaf_is_not_drawn(tmp_path: Path) -> None:
    node = opened(tmp_path)
    try:
        with served(node):
            market = World(url=node.settings.url, public=tmp_path / "public")
            merit = Merit(market, node)

            def says(_name: str, _task: int) -> dict[str, str]:
                return {"mood": "good"}

            with operating(node, without=(rounds.audit,)):
                open_pool(node)
                merit.serve(EARLY, "audit")
                order = merit.order(
                    "buyer of merit",
                    items=[{"text": f"Evening {n} at the harbour."} for n in range(4)],
                    spec={"config": CONFIG},
                    redundancy=2,
                    quality={**QUALITY, "audits": AUDITS},
                    beside=AUDITORS * cost(AUDIT_REWARD),
                )
                for name in ("ada", "ben"):
                    merit.answer(name, order, says)
                merit.reach(order, "auditing")
                market.quiet()
                promises.anchor(node)
                until("the anchor in the log", lambda: reported(node, order))
            with node.store.reading() as book:
                [row] = book.orders.with_status("auditing")
            # All that a draw needs is in the log and on chain; then more people offer, and no leaf is given before it.
            merit.serve(LATE, "audit")
            assert auditing.advance(node, row)
            with node.store.reading() as book:
                drawn = auditing.drawing(book, order, "audit")
            assert drawn is not None
            [panel] = auditing.panels_of(node, drawn)
            assert set(panel.accounts) == {market.account(name) for name in EARLY}
            with operating(node):
                merit.audited(order, EARLY, says)
                merit.reach(order, "judged")
                market.quiet()
            assert mismatches(market.verify()) == []
            market.close()
    finally:
        node.close()
