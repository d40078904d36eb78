"""How far a node is with what it was given: for who runs it and waits beside it."""

from hakari.app.node import Node


def answered(node: Node, order: str) -> int:
    """Return how many answers an order has."""
    with node.store.reading() as book:
        row = book.orders.get(order)
    return 0 if row is None else row.answered


def accepted_epochs(node: Node, pool: int) -> int:
    """Return how many epochs of a pool the chain has accepted."""
    with node.store.reading() as book:
        return sum(row.status == "accepted" for row in book.payouts.epochs(pool))


def paid_accounts(node: Node, pool: int) -> list[str]:
    """Return every account with a line in an accepted epoch of a pool, sorted."""
    with node.store.reading() as book:
        rows = [(row.pool, row.number) for row in book.payouts.epochs(pool) if row.status == "accepted"]
        return sorted({line.account for pool, number in rows for line in book.payouts.lines(pool, number)})


def claimed(node: Node) -> int:
    """Return the micro-units that accounts have claimed so far."""
    with node.store.reading() as book:
        return sum(int(str(each.args["amount"])) for each in book.chain.events(contract="payouts", event="Claimed"))


def quiet(node: Node) -> bool:
    """Tell whether nothing is on its way: the log holds all that was said and all that the chain did, anchors aside."""
    with node.store.reading() as book:
        heard, said = book.chain.mark("heard"), book.chain.mark("reported")
        news = [each for each in book.chain.events(first=(said or 0) + 1) if each.contract != "anchor"]
        busy = book.statements.waiting() or book.chain.intents("waiting", "signed") or news
    checkpoint = node.log.checkpoint()
    with node.store.reading() as book:
        whole = checkpoint is not None and checkpoint.size == book.statements.size()
    return not busy and whole and heard == node.confirmed()


def unheard(node: Node) -> list[str]:
    """Return what the chain still has to hear, or refused, each with the reason where there is one."""
    with node.store.reading() as book:
        standing = book.chain.intents("waiting", "signed", "reverted")
    return [f"{intent.name}: {intent.note or intent.status}" for intent in standing]
