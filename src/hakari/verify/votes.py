"""The weights of votes against what the accepted epochs gave: who votes with more than they earned is named."""

from collections.abc import Sequence

from hakari.pay import tree as pay_tree
from hakari.verify.docket import Docket
from hakari.verify.epochs import PoolBook


def check_votes(docket: Docket, books: Sequence[PoolBook]) -> None:
    """Hold the weights of every vote in this node's pools against what each account had earned by the epoch that it names."""
    replay = docket.replay
    if replay is None:
        return
    pools = {each.number: each for each in books}
    with docket.findings.section("votes"):
        for vote in replay.votes.values():
            book = pools.get(vote.pool)
            if book is None:
                continue
            of = replay.accepted[vote.pool][vote.epoch - 1]
            epoch = book.made.get((of.epoch, of.terms_version, of.size))
            if epoch is None:
                continue  # named where the epoch is
            terms = docket.log.ledger.terms.get((vote.pool, of.terms_version))
            weights = epoch.earned if terms is not None and terms.votes else {}
            root, total = pay_tree.shares_root(weights)
            right = docket.findings.same(
                vote.where,
                f"weights of vote {vote.number} by epoch {vote.epoch}",
                expected=(root.hex(), total),
                got=(vote.shares_root, vote.total),
            )
            earned = {str(account): int(amount) for account, amount in weights.items()}
            for account, (weight, _) in vote.cast.items():
                right &= docket.findings.same(
                    account, f"weight in vote {vote.number}", expected=earned.get(account, 0), got=weight
                )
            if right:
                docket.findings.holds("recomputed", 1 + len(vote.cast))
